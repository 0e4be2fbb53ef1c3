//! Logins of `docker login`, as far as they stand in its file: `auths` of `config.json`.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::pin::reference::HUB;

/// Largest file that is read.
const LARGEST: u64 = 1 << 20;

#[derive(Default, Deserialize)]
struct Config {
    #[serde(default)]
    auths: BTreeMap<String, Login>,
}

#[derive(Default, Deserialize)]
struct Login {
    /// User and password in Base64, as HTTP's basic authentication has them.
    #[serde(default)]
    auth: String,
}

/// The login at a registry, as a value of `Authorization`. Helpers that the file names are not run.
pub(super) fn basic(registry: &str) -> Option<String> {
    let folder = std::env::var_os("DOCKER_CONFIG")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".docker")))?;
    let path = folder.join("config.json");
    let small = std::fs::metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= LARGEST);
    let text = small.then(|| std::fs::read_to_string(&path).ok())??;
    found(&text, registry)
}

fn found(text: &str, registry: &str) -> Option<String> {
    let config: Config = serde_json::from_str(text).ok()?;
    let names = match registry {
        HUB => vec!["index.docker.io", HUB, "registry-1.docker.io"],
        other => vec![other],
    };
    let host = |key: &str| {
        let key = key.split_once("://").map_or(key, |(_, rest)| rest);
        key.split('/').next().unwrap_or(key).to_owned()
    };
    let logins = config.auths.iter();
    logins
        .filter(|(key, _)| names.contains(&host(key).as_str()))
        .find_map(|(_, login)| authorization(&login.auth))
}

/// Nothing but Base64 goes into a header.
pub(super) fn authorization(base64: &str) -> Option<String> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    (!base64.is_empty() && base64.bytes().all(fine)).then(|| format!("Basic {base64}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_found_by_host() {
        let text = r#"{ "auths": {
            "https://index.docker.io/v1/": { "auth": "aHVi" },
            "ghcr.io": { "auth": "Z2hjcg==" },
            "https://a.example:5000": { "auth": "YQ==" },
            "b.example": { "auth": "x\r\nX-Evil: 1" },
            "c.example": {}
        }, "credsStore": "desktop" }"#;
        for (registry, expected) in [
            (HUB, Some("Basic aHVi")),
            ("ghcr.io", Some("Basic Z2hjcg==")),
            ("a.example:5000", Some("Basic YQ==")),
            ("a.example", None),
            ("b.example", None),
            ("c.example", None),
            ("evil-ghcr.io", None),
        ] {
            assert_eq!(found(text, registry).as_deref(), expected, "{registry}");
        }
        assert_eq!(found("{", HUB), None);
    }
}
