//! An image of a function, in a file that registries are given as it is.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use tempfile::TempDir;

use super::install::last_lines;
use super::{Builder, data};
use crate::inputs::checksum;
use crate::manifest::similar;
use crate::pin::is_digest;

/// No index or manifest of one image comes near this size.
const DOCUMENT: u64 = 4 * 1024 * 1024;

/// What Lambda takes: <https://github.com/opencontainers/image-spec/blob/main/manifest.md> and Docker's older form.
const MANIFESTS: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// A built image, until it is dropped.
pub struct Built {
    folder: TempDir,
    /// Digest of its manifest, `sha256:…`: how a repository that it is copied to names it.
    pub digest: String,
    /// The builder that made it.
    pub builder: &'static str,
}

impl Built {
    /// The OCI archive: <https://github.com/opencontainers/image-spec/blob/main/image-layout.md>.
    pub fn archive(&self) -> Utf8PathBuf {
        Utf8PathBuf::from(
            self.folder
                .path()
                .join("image.tar")
                .to_string_lossy()
                .into_owned(),
        )
    }
}

/// What an image is built of.
#[derive(Debug)]
pub struct Recipe<'a> {
    /// Text of the Dockerfile.
    pub dockerfile: &'a str,
    /// Text of its ignore file.
    pub ignored: &'a str,
    /// The build context, an absolute path.
    pub source: &'a Utf8Path,
    /// Operating system and processor, `linux/arm64`.
    pub platform: &'a str,
}

/// Builds an image in a folder of its own below the given one, with the builder of that name or with the first that can be run.
///
/// # Errors
/// No such builder, none that can be run, one that fails, with its last words; a file that holds no single image.
pub fn build(recipe: &Recipe, beside: &Utf8Path, builder: Option<&str>) -> Result<Built, String> {
    let builder = chosen(builder)?;
    let folder = tempfile::Builder::new()
        .prefix(".slgen-image-")
        .tempdir_in(beside)
        .map_err(|error| format!("{beside}: {error}"))?;
    // Absolute, as builders also look for a file in the build context.
    let path = std::path::absolute(folder.path()).map_err(|error| format!("{beside}: {error}"))?;
    let path = path.to_string_lossy();
    for (name, text) in [
        ("Dockerfile", recipe.dockerfile),
        ("Dockerfile.dockerignore", recipe.ignored),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let own = folder.path().file_name().unwrap_or_default();
    let own = own.to_string_lossy().to_lowercase();
    let tag = format!("localhost/{}", own.trim_start_matches('.'));
    for arguments in &builder.commands {
        let arguments = arguments.iter().map(|word| {
            word.replace("{platform}", recipe.platform)
                .replace("{tag}", &tag)
                .replace("{folder}", &path)
                .replace("{source}", recipe.source.as_str())
        });
        let arguments: Vec<String> = arguments.collect();
        let output = Command::new(&builder.name)
            .args(&arguments)
            .current_dir(folder.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| {
                let Builder { name, needs, .. } = builder;
                format!("{name} cannot be run ({error}): install {needs}")
            })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            let words = arguments.join(" ");
            let shown = last_lines(&said);
            return Err(format!("{} {words} failed:\n{shown}", builder.name));
        }
    }
    let mut built = Built {
        folder,
        digest: String::new(),
        builder: &builder.name,
    };
    built.digest = digest(&built.archive())?;
    Ok(built)
}

/// The builder of a name, or the first that can be run.
fn chosen(name: Option<&str>) -> Result<&'static Builder, String> {
    let known = &data().builders;
    if let Some(name) = name {
        return known.iter().find(|b| b.name == name).ok_or_else(|| {
            let names = known.iter().map(|builder| builder.name.as_str());
            similar(name, names.clone()).map_or_else(
                || format!("no builder {name:?}: there are {}", list(names)),
                |near| format!("no builder {name:?}: did you mean {near}?"),
            )
        });
    }
    let runs = |builder: &&Builder| {
        let mut command = Command::new(&builder.name);
        command.arg("--version").stdin(Stdio::null());
        let output = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        output.is_ok_and(|status| status.success())
    };
    known.iter().find(runs).ok_or_else(|| {
        let needs: Vec<&str> = known.iter().map(|b| b.needs.as_str()).collect();
        format!(
            "nothing here builds images: install {}",
            needs.join(", or ")
        )
    })
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
}

/// Digest of the one image in an OCI archive, held against the manifest that is in it.
///
/// # Errors
/// A file that cannot be read or is no OCI archive, several images or none, an index in place of an image, which Lambda does
/// not take, a manifest that has another digest.
pub fn digest(archive: &Utf8Path) -> Result<String, String> {
    let fault = |reason: &str| format!("{archive}: {reason}");
    let Some(index) = entry(archive, "index.json")? else {
        return Err(fault("no OCI archive: it has no index.json"));
    };
    let index: Index =
        serde_json::from_slice(&index).map_err(|error| fault(&format!("index.json: {error}")))?;
    let [image] = index.manifests.as_slice() else {
        let found = index.manifests.len();
        return Err(fault(&format!("{found} images, and one is wanted")));
    };
    if !MANIFESTS.contains(&image.media_type.as_str()) {
        return Err(fault(&format!(
            "{} is no single image, and Lambda takes nothing else",
            image.media_type.escape_debug()
        )));
    }
    let hash = image.digest.strip_prefix("sha256:").unwrap_or_default();
    if !is_digest(&image.digest) {
        return Err(fault("its digest is no SHA-256"));
    }
    let Some(manifest) = entry(archive, &format!("blobs/sha256/{hash}"))? else {
        return Err(fault("the manifest of its image is missing"));
    };
    if checksum(&manifest) == hash {
        Ok(image.digest.clone())
    } else {
        Err(fault("the manifest of its image has another digest"))
    }
}

/// A document in an archive.
fn entry(archive: &Utf8Path, name: &str) -> Result<Option<Vec<u8>>, String> {
    let fault = |error: std::io::Error| {
        let no_archive = matches!(error.kind(), ErrorKind::Other | ErrorKind::UnexpectedEof);
        let reason = if no_archive { "no OCI archive: " } else { "" };
        format!("{archive}: {reason}{error}")
    };
    let mut archive = tar::Archive::new(File::open(archive).map_err(fault)?);
    for entry in archive.entries_with_seek().map_err(fault)? {
        let mut entry = entry.map_err(fault)?;
        let path = entry.path().map_err(fault)?;
        if path.strip_prefix("./").unwrap_or(&path) == std::path::Path::new(name) {
            if entry.size() > DOCUMENT {
                return Err(fault(ErrorKind::FileTooLarge.into()));
            }
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(fault)?;
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

    /// An archive of an image with this type and these digests in its index.
    fn archive(media_type: &str, digests: &[String]) -> (TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("x.tar")).unwrap();
        let mut archive = tar::Builder::new(File::create(&path).unwrap());
        let manifests: Vec<_> = digests
            .iter()
            .map(|digest| serde_json::json!({ "mediaType": media_type, "digest": digest, "size": 2 }))
            .collect();
        let index = serde_json::json!({ "schemaVersion": 2, "manifests": manifests }).to_string();
        for (name, content) in [
            ("oci-layout", "{}"),
            ("index.json", index.as_str()),
            (&format!("blobs/sha256/{}", of("{}")), "{}"),
        ] {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            archive
                .append_data(&mut header, name, content.as_bytes())
                .unwrap();
        }
        archive.into_inner().unwrap();
        (folder, path)
    }

    fn of(text: &str) -> String {
        checksum(text.as_bytes())
    }

    #[test]
    fn the_digest_is_the_manifests() {
        let own = format!("sha256:{}", of("{}"));
        let (_folder, path) = archive(TYPE, std::slice::from_ref(&own));
        assert_eq!(digest(&path), Ok(own));
    }

    #[test]
    fn what_is_no_single_image_has_none() {
        let own = format!("sha256:{}", of("{}"));
        let other = format!("sha256:{}", of("other"));
        for (media_type, digests, reason) in [
            (TYPE, vec![], "0 images"),
            (TYPE, vec![own.clone(), other.clone()], "2 images"),
            (TYPE, vec![other], "is missing"),
            (TYPE, vec!["sha256:../../x".into()], "no SHA-256"),
            (
                "application/vnd.oci.image.index.v1+json",
                vec![own],
                "no single image",
            ),
        ] {
            let (_folder, path) = archive(media_type, &digests);
            let error = digest(&path).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("x.tar")).unwrap();
        fs::write(&path, "no archive ".repeat(200)).unwrap();
        assert!(digest(&path).unwrap_err().contains("no OCI archive"));
    }
}
