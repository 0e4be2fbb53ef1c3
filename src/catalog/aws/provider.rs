//! The Terraform provider that generated code is pinned to, and its lock file.
//!
//! The `zh:` hashes are those of the release's signed checksums (all platforms); the `h1:` hashes are of the unpacked
//! packages, which Terraform writes after a download and which a local mirror is checked against.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::Deserialize;

/// The pin of one provider.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderPin {
    /// Its full address, `registry.terraform.io/hashicorp/aws`.
    pub address: String,
    /// Its source in `required_providers`, `hashicorp/aws`.
    pub source: String,
    /// The exact version, also the constraint.
    pub version: String,
    /// Hashes of the packages of all platforms, sorted.
    pub zh: Vec<String>,
    /// Hashes of unpacked packages by platform.
    pub h1: Vec<PlatformHash>,
}

/// The hash of one platform's unpacked package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformHash {
    /// `linux_amd64`.
    pub platform: String,
    /// `h1:…`.
    pub hash: String,
}

/// The pin of `hashicorp/aws`.
pub fn pin() -> &'static ProviderPin {
    static PARSED: OnceLock<ProviderPin> = OnceLock::new();
    PARSED.get_or_init(|| {
        serde_json::from_str(include_str!("data/provider.json")).unwrap_or_default()
    })
}

/// Every hash of the pin, sorted.
pub fn hashes() -> impl Iterator<Item = &'static str> {
    let pin = pin();
    let packages = pin.h1.iter().map(|entry| entry.hash.as_str());
    let mut hashes: Vec<&str> = packages.chain(pin.zh.iter().map(String::as_str)).collect();
    hashes.sort_unstable();
    hashes.into_iter()
}

/// The text of `.terraform.lock.hcl` for a configuration whose only provider is the pinned one, with these hashes,
/// exactly as Terraform formats it, so that `terraform init -lockfile=readonly` accepts it and `init` leaves it as it is.
pub fn lock_file_hcl<'a>(hashes: impl IntoIterator<Item = &'a str>) -> String {
    let pin = pin();
    let mut hashes: Vec<&str> = hashes.into_iter().collect();
    hashes.sort_unstable();
    let mut text = String::from(
        "# This file is maintained automatically by \"terraform init\".\n# Manual edits may be lost in future updates.\n\n",
    );
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "provider \"{}\" {{\n  version     = \"{}\"\n  constraints = \"{}\"\n  hashes = [\n",
        pin.address, pin.version, pin.version
    );
    for hash in hashes {
        let _ = writeln!(text, "    \"{hash}\",");
    }
    text.push_str("  ]\n}\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pin_is_whole() {
        let pin = pin();
        assert_eq!(pin.address, format!("registry.terraform.io/{}", pin.source));
        assert_eq!(pin.version, "5.100.0");
        assert_eq!(pin.zh.len(), 15);
        assert!(pin.zh.is_sorted());
        for hash in &pin.zh {
            assert!(
                hash.strip_prefix("zh:").is_some_and(
                    |hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())
                )
            );
        }
        for entry in &pin.h1 {
            assert!(
                entry
                    .hash
                    .strip_prefix("h1:")
                    .is_some_and(|base64| base64.len() == 44 && base64.ends_with('='))
            );
        }
        assert!(pin.h1.iter().any(|entry| entry.platform == "linux_amd64"));
    }

    #[test]
    fn the_lock_file_has_terraforms_form() {
        let text = lock_file_hcl(hashes());
        let body: hcl::Body = hcl::from_str(&text).unwrap();
        let block = body.blocks().next().unwrap();
        assert_eq!(
            block.labels[0].as_str(),
            "registry.terraform.io/hashicorp/aws"
        );
        assert_eq!(text.lines().nth(5), Some("  constraints = \"5.100.0\""));
        assert_eq!(text.matches("    \"zh:").count(), 15);
        assert!(text.ends_with("  ]\n}\n"));
    }
}
