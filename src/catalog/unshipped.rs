//! Names of files and folders that no package and no image holds, wherever they stand: what versions, credentials and
//! keys are kept in, and what a tool leaves behind.

use std::sync::OnceLock;

use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    /// One that begins with `*` is an ending, one that ends with it a beginning.
    anywhere: Vec<String>,
}

/// The patterns of their names.
pub fn anywhere() -> &'static [String] {
    static PARSED: OnceLock<Data> = OnceLock::new();
    let data = PARSED.get_or_init(|| {
        serde_json::from_str(include_str!("data/unshipped.json")).unwrap_or_default()
    });
    &data.anywhere
}

/// Whether a name is of a pattern, whose one or two `*` stand for any text.
pub fn is_of(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) if pattern.len() > 1 => name.contains(&pattern[1..pattern.len() - 1]),
        (Some(ending), _) => name.ends_with(ending),
        (None, Some(beginning)) => name.starts_with(beginning),
        (None, None) => name == pattern,
    }
}

/// Whether a file or folder of this name is never shipped.
pub fn is_unshipped(name: &str) -> bool {
    anywhere().iter().any(|pattern| is_of(pattern, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_and_authorities_go() {
        for name in [
            ".env",
            ".envrc",
            ".env.local",
            "tls.key",
            "server-key.pem",
            "id_ed25519",
            "x.tfstate.backup",
            ".git",
        ] {
            assert!(is_unshipped(name), "{name}");
        }
        for name in [
            "ca.pem",
            "global-bundle.pem",
            "environment.py",
            "keys.py",
            "id_rsa.py",
            "key.py",
        ] {
            assert!(!is_unshipped(name), "{name}");
        }
    }
}
