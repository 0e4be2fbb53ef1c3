//! Packages of the provider in a folder that mirrors a registry (Terraform documentation, "Provider Installation").
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::fs::{self, File};
use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};

use super::trouble::{Kind, Trouble};
use crate::catalog::aws::provider;

/// Most files of a package, and deepest folder.
const MOST: usize = 10_000;
const DEEPEST: usize = 16;

/// The package of one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its hash, to be locked.
    pub hash: String,
    /// Whether the hash is one of those that came with this slgen, from the release's signed checksums or the packages
    /// that they are of.
    pub known: bool,
}

/// The package of a platform, `linux_arm64`, in a mirror: packed or unpacked.
///
/// # Errors
/// There is none, or it is another than this slgen knows.
pub fn package(mirror: &Utf8Path, platform: &str) -> Result<Package, Trouble> {
    let pin = provider::pin();
    let wrong = |why: &str, help: &str| {
        let message = format!("{} {} for {platform}: {why}", pin.source, pin.version);
        Trouble::new(Kind::Wrong, &message, help)
    };
    if parts(platform).is_none() {
        return Err(wrong(
            "this is no platform",
            "write os_architecture: linux_arm64",
        ));
    }
    let provider = mirror.join(&pin.address);
    let name = pin.source.rsplit('/').next().unwrap_or("");
    let packed = provider.join(format!(
        "terraform-provider-{name}_{}_{platform}.zip",
        pin.version
    ));
    let unpacked = provider.join(&pin.version).join(platform);
    let unread = |path: &Utf8Path, error: &io::Error| {
        Trouble::new(
            Kind::Unanswered,
            &format!("{path}: {error}"),
            "make it readable",
        )
    };
    if packed.is_file() {
        let sum = sum(&packed).map_err(|error| unread(&packed, &error))?;
        let hash = format!("zh:{sum}");
        if !pin.zh.contains(&hash) {
            return Err(wrong(
                &format!("{packed} is no package of the release"),
                "replace it: `terraform providers mirror` fetches what was signed",
            ));
        }
        return Ok(Package { hash, known: true });
    }
    if !unpacked.is_dir() {
        return Err(wrong(
            &format!(
                "{mirror} has neither {} nor its zip",
                unpacked.strip_prefix(mirror).unwrap_or(&unpacked)
            ),
            "name a mirror that has it, or leave the platform out",
        ));
    }
    let hash = h1(&unpacked).map_err(|error| unread(&unpacked, &error))?;
    let mut of_platform = pin.h1.iter().filter(|entry| entry.platform == platform);
    match of_platform.next() {
        Some(entry) if entry.hash != hash => Err(wrong(
            &format!(
                "{unpacked} is not the package of the release: its hash is {hash}, not {}",
                entry.hash
            ),
            "replace it: `terraform providers mirror` fetches what was signed",
        )),
        found => Ok(Package {
            hash,
            known: found.is_some(),
        }),
    }
}

/// Operating system and architecture of a platform's name.
pub(super) fn parts(platform: &str) -> Option<(&str, &str)> {
    let plain = |text: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        !text.is_empty() && text.bytes().all(plain)
    };
    let parts = platform.split_once('_')?;
    (plain(parts.0) && plain(parts.1)).then_some(parts)
}

/// Terraform's hash of an unpacked package: of the sorted lines of its files' hashes and paths.
fn h1(folder: &Utf8Path) -> io::Result<String> {
    let mut files = Vec::new();
    list(folder, Utf8Path::new(""), 0, &mut files)?;
    files.sort();
    let mut all = Sha256::new();
    for path in files {
        all.update(format!("{}  {path}\n", sum(&folder.join(&path))?));
    }
    Ok(format!("h1:{}", STANDARD.encode(all.finalize())))
}

fn list(
    root: &Utf8Path,
    below: &Utf8Path,
    depth: usize,
    files: &mut Vec<Utf8PathBuf>,
) -> io::Result<()> {
    let many = || io::Error::other("more files than a provider has");
    if depth > DEEPEST {
        return Err(many());
    }
    for entry in root.join(below).read_dir_utf8()? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        // A mirror may link to a package.
        if fs::metadata(entry.path())?.is_dir() {
            list(root, &path, depth + 1, files)?;
        } else {
            files.push(path);
        }
        if files.len() > MOST {
            return Err(many());
        }
    }
    Ok(())
}

/// SHA-256 of a file, in hexadecimal.
fn sum(path: &Utf8Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    Ok(hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `printf 'a' | sha256sum` and so on: a second computation of the same lines.
    #[test]
    fn the_hash_is_of_sorted_lines() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        fs::create_dir(root.join("b")).unwrap();
        fs::write(root.join("b/x"), "x").unwrap();
        fs::write(root.join("LICENSE"), "l").unwrap();
        let line =
            |text: &str, path: &str| format!("{}  {path}\n", hex::encode(Sha256::digest(text)));
        let lines = line("l", "LICENSE") + &line("x", "b/x");
        let expected = format!("h1:{}", STANDARD.encode(Sha256::digest(lines)));
        assert_eq!(h1(root).unwrap(), expected);
    }

    #[test]
    fn a_package_that_is_not_the_releases_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let provider = root.join(&provider::pin().address);
        let version = &provider::pin().version;
        for platform in ["linux_amd64", "linux_arm64"] {
            fs::create_dir_all(provider.join(version).join(platform)).unwrap();
            fs::write(provider.join(version).join(platform).join("p"), "p").unwrap();
        }
        let fault = package(root, "linux_amd64").unwrap_err();
        assert_eq!(fault.kind, Kind::Wrong);
        assert!(
            fault.message.contains("not the package of the release"),
            "{fault:?}"
        );
        // No hash of an unpacked package of this platform is known.
        let found = package(root, "linux_arm64").unwrap();
        assert!(!found.known && found.hash.starts_with("h1:"), "{found:?}");
        let fault = package(root, "darwin_amd64").unwrap_err();
        assert!(fault.message.contains("nor its zip"), "{fault:?}");
        assert!(package(root, "../linux_arm64").is_err());
        fs::write(
            provider.join(format!("terraform-provider-aws_{version}_linux_arm64.zip")),
            "z",
        )
        .unwrap();
        let fault = package(root, "linux_arm64").unwrap_err();
        assert!(
            fault.message.contains("no package of the release"),
            "{fault:?}"
        );
    }
}
