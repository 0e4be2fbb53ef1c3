//! A package of a lockfile.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use purl::GenericPurlBuilder;

use super::Range;

/// Where packages of a name come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ecosystem {
    /// Python.
    Pypi,
    /// JavaScript.
    Npm,
    /// Go.
    Go,
    /// Rust.
    Cargo,
    /// Java: the group, a colon, the artifact.
    Maven,
}

impl Ecosystem {
    /// Type of a package URL.
    pub fn purl_type(self) -> &'static str {
        match self {
            Self::Pypi => "pypi",
            Self::Npm => "npm",
            Self::Go => "golang",
            Self::Cargo => "cargo",
            Self::Maven => "maven",
        }
    }

    /// The name that all spellings of a name stand for.
    pub fn normal(self, name: &str) -> String {
        match self {
            Self::Pypi => normal_python(name),
            Self::Npm | Self::Go | Self::Cargo | Self::Maven => name.to_owned(),
        }
    }
}

/// PEP 503: lower case, runs of `-`, `_` and `.` are one `-`.
pub(super) fn normal_python(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '-' | '_' | '.') {
            if !normal.ends_with('-') {
                normal.push('-');
            }
        } else {
            normal.extend(c.to_lowercase());
        }
    }
    normal
}

/// Algorithms that still protect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    fn named(name: &str) -> Option<(Self, usize)> {
        match name {
            "sha256" => Some((Self::Sha256, 32)),
            "sha384" => Some((Self::Sha384, 48)),
            "sha512" => Some((Self::Sha512, 64)),
            _ => None,
        }
    }
}

/// The hash of a package's archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash {
    /// Algorithm.
    pub algorithm: Algorithm,
    /// Hexadecimal, in lower case.
    pub hex: String,
}

impl Hash {
    /// Reads `sha256:<hex>`, as Python's tools write it.
    pub(super) fn colon(text: &str) -> Option<Self> {
        let (name, hex) = text.split_once(':')?;
        Self::hex(name, hex)
    }

    /// A hash in hexadecimal.
    pub(super) fn hex(name: &str, hex: &str) -> Option<Self> {
        let (algorithm, bytes) = Algorithm::named(name)?;
        let right = hex.len() == bytes * 2 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        right.then(|| Self {
            algorithm,
            hex: hex.to_ascii_lowercase(),
        })
    }

    /// Reads Subresource Integrity, `sha512-<Base64>`, several apart by spaces.
    pub(super) fn integrity(text: &str) -> Vec<Self> {
        let each = text.split_whitespace().filter_map(|one| {
            let (name, value) = one.split_once('-')?;
            let (algorithm, length) = Algorithm::named(name)?;
            let value = value.split_once('?').map_or(value, |(value, _)| value);
            let bytes = STANDARD.decode(value).ok()?;
            let hex = hex::encode(&bytes);
            (bytes.len() == length).then_some(Self { algorithm, hex })
        });
        each.collect()
    }
}

/// One package at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Name, as the ecosystem normalises it.
    pub name: String,
    /// Version; empty where the file says none.
    pub version: String,
    /// Hashes of its archives; of formats that hash something else, none.
    pub hashes: Vec<Hash>,
    /// Licence, where the file states it.
    pub licence: Option<String>,
    /// Whether the project itself asks for it; unsaid where the file does not tell.
    pub direct: Option<bool>,
    /// Whether only development needs it, as the file says.
    pub development: bool,
    /// Whether it is the project's own code.
    pub local: bool,
    /// Packages that it needs, by their index in the file.
    pub requires: Vec<usize>,
    /// Where it stands.
    pub range: Range,
}

impl Package {
    /// A package of which only name and version are known.
    pub(super) fn new(ecosystem: Ecosystem, name: &str, version: &str, range: Range) -> Self {
        Self {
            ecosystem,
            name: ecosystem.normal(name),
            version: version.to_owned(),
            hashes: Vec::new(),
            licence: None,
            direct: None,
            development: false,
            local: false,
            requires: Vec::new(),
            range,
        }
    }

    /// Its package URL; none for a name that no URL can say.
    pub fn purl(&self) -> Option<String> {
        let (namespace, name) = match self.ecosystem {
            Ecosystem::Npm | Ecosystem::Go => self
                .name
                .rsplit_once('/')
                .map_or(("", self.name.as_str()), |(space, name)| (space, name)),
            Ecosystem::Maven => self.name.split_once(':').unwrap_or(("", &self.name)),
            Ecosystem::Pypi | Ecosystem::Cargo => ("", self.name.as_str()),
        };
        let kind = self.ecosystem.purl_type().to_owned();
        let mut builder = GenericPurlBuilder::new(kind, name);
        if !namespace.is_empty() {
            builder = builder.with_namespace(namespace);
        }
        if !self.version.is_empty() {
            builder = builder.with_version(self.version.as_str());
        }
        // The specification, "Character encoding": only letters, digits, `.-_~` and `:` stand for themselves. The
        // crate leaves `+`, which some readers take for a space.
        let purl = builder.build().ok()?.to_string();
        Some(purl.replace('+', "%2B"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_follow_their_type() {
        for (ecosystem, name, version, purl) in [
            (
                Ecosystem::Npm,
                "@types/node",
                "22.1.0",
                "pkg:npm/%40types/node@22.1.0",
            ),
            (
                Ecosystem::Pypi,
                "Aws_Xray.SDK",
                "2.15.0",
                "pkg:pypi/aws-xray-sdk@2.15.0",
            ),
            (
                Ecosystem::Go,
                "github.com/aws/aws-lambda-go",
                "v1.47.0",
                "pkg:golang/github.com/aws/aws-lambda-go@v1.47.0",
            ),
            (
                Ecosystem::Cargo,
                "serde",
                "1.0.0+x",
                "pkg:cargo/serde@1.0.0%2Bx",
            ),
            (
                Ecosystem::Go,
                "github.com/docker/docker",
                "v28.1.1+incompatible",
                "pkg:golang/github.com/docker/docker@v28.1.1%2Bincompatible",
            ),
            (
                Ecosystem::Maven,
                "com.google.code.gson:gson",
                "2.13.2",
                "pkg:maven/com.google.code.gson/gson@2.13.2",
            ),
        ] {
            let package = Package::new(ecosystem, name, version, (0, 0));
            assert_eq!(package.purl().as_deref(), Some(purl));
        }
    }

    #[test]
    fn only_hashes_that_protect_are_hashes() {
        assert!(Hash::colon(&format!("sha256:{}", "0a".repeat(32))).is_some());
        assert!(Hash::colon(&format!("sha256:{}", "0a".repeat(31))).is_none());
        assert!(Hash::colon(&format!("md5:{}", "0a".repeat(16))).is_none());
        let long = "RGwwWnwQvkVfavKVt22FGLw+xYSdzARwm0ru6DhTVA3umU5hZc28V3kO4stgYryrTlLpuvgI9GiijltAjNbcqA==";
        assert_eq!(Hash::integrity(&format!("sha512-{long}")).len(), 1);
        assert_eq!(Hash::integrity("sha1-DvF4Rw== sha512-AAAA").len(), 0);
    }
}
