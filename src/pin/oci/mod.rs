//! What a registry says an image is: an index or a manifest (OCI image and distribution specifications, 1.1).
#![cfg_attr(
    not(feature = "live"),
    allow(dead_code, reason = "nobody is asked without it")
)]

#[cfg(feature = "live")]
mod challenge;
#[cfg(feature = "live")]
mod ecr;
#[cfg(feature = "live")]
mod login;
#[cfg(feature = "live")]
mod registry;
#[cfg(not(feature = "live"))]
#[path = "without.rs"]
mod registry;

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

pub use registry::Registry;

use super::reference::is_digest;
use crate::date::Date;

/// Media types of indexes and manifests, OCI's and Docker's.
const INDEXES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
const MANIFESTS: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
/// Platforms that Lambda runs.
const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];
/// What the specification calls the day an image was made.
const CREATED: &str = "org.opencontainers.image.created";

/// An artifact of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Digest of its manifest.
    pub digest: String,
    /// The layer's bytes.
    pub layer: Vec<u8>,
}

/// A layer as a manifest describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    media_type: String,
    digest: String,
    size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawArtifact {
    schema_version: u32,
    artifact_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
    layers: Option<Vec<Layer>>,
}

/// The one layer of an artifact's manifest (OCI image specification, 1.1).
fn layer(body: &[u8], kind: &str, layers: &[&str]) -> Result<Layer, String> {
    let none = |_| "this is no manifest of an artifact".to_owned();
    let raw: RawArtifact = serde_json::from_slice(body).map_err(none)?;
    if raw.schema_version != 2 || raw.manifests.is_some() {
        return Err("this is no manifest of an artifact".to_owned());
    }
    if raw.artifact_type.as_deref() != Some(kind) {
        let said = raw.artifact_type.unwrap_or_default();
        return Err(format!("its artifact type is {said:?}, not {kind}"));
    }
    let mut found = raw.layers.unwrap_or_default();
    match (found.pop(), found.is_empty()) {
        (Some(layer), true) if !layers.contains(&layer.media_type.as_str()) => Err(format!(
            "its layer is {:?}, not {}",
            layer.media_type, layers[0]
        )),
        (Some(layer), true) if is_digest(&layer.digest) => Ok(layer),
        (Some(_), true) => Err("its layer has no digest by SHA-256".to_owned()),
        _ => Err("it has not one layer".to_owned()),
    }
}

/// What a tag stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Digest of the index, or of the manifest where there is no index.
    pub digest: String,
    /// Manifests of an index by platform; empty where there is no index.
    pub platforms: BTreeMap<String, String>,
    document: Document,
}

/// An index or a manifest, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Document {
    Index {
        platforms: BTreeMap<String, String>,
        created: Option<Date>,
    },
    Manifest {
        config: String,
        created: Option<Date>,
    },
}

impl Resolved {
    fn new(digest: String, document: Document) -> Self {
        let platforms = match &document {
            Document::Index { platforms, .. } => platforms.clone(),
            Document::Manifest { .. } => BTreeMap::new(),
        };
        Self {
            digest,
            platforms,
            document,
        }
    }

    /// What the digest is of, in words.
    pub fn described(&self) -> String {
        match &self.document {
            Document::Manifest { .. } => "a single manifest: no index, one platform".to_owned(),
            Document::Index { platforms, .. } => {
                let names: Vec<&str> = platforms.keys().map(String::as_str).collect();
                format!("an index of {}", names.join(" and "))
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    schema_version: u32,
    media_type: Option<String>,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

/// Reads what was answered; nothing in it is believed that contradicts its media type.
fn read(body: &[u8], content_type: Option<&str>) -> Result<Document, String> {
    let sent = content_type.map(|t| t.split(';').next().unwrap_or(t).trim());
    let raw: Raw = serde_json::from_slice(body).map_err(|_| match sent {
        Some(sent) => format!("this is no image, but {sent:?}"),
        None => "this is no image".to_owned(),
    })?;
    if raw.schema_version != 2 {
        return Err(format!(
            "its schema version is {}, and only 2 has digests that hold",
            raw.schema_version
        ));
    }
    // Some registries send no more than application/json.
    let known = |t: &&str| INDEXES.contains(t) || MANIFESTS.contains(t);
    let said = [sent.filter(known), raw.media_type.as_deref()];
    let said: Vec<&str> = said.into_iter().flatten().collect();
    if said.is_empty() || said.iter().any(|t| *t != said[0]) || !known(&said[0]) {
        return Err(format!(
            "its media type is {:?} by header and {:?} by content",
            sent.unwrap_or(""),
            raw.media_type.as_deref().unwrap_or("")
        ));
    }
    let index = INDEXES.contains(&said[0]);
    // What is both could be read as one by us and as the other by a builder (CVE-2021-41190).
    if (raw.config.is_some() || raw.layers.is_some()) == raw.manifests.is_some()
        || index != raw.manifests.is_some()
    {
        return Err("it is neither an index nor a manifest alone".to_owned());
    }
    let created = raw.annotations.as_ref().and_then(|a| day(a.get(CREATED)?));
    match (raw.manifests, raw.config) {
        (Some(manifests), _) => Ok(Document::Index {
            platforms: platforms(manifests)?,
            created,
        }),
        (None, Some(config)) if is_digest(&config.digest) => Ok(Document::Manifest {
            config: config.digest,
            created,
        }),
        _ => Err("it names no configuration by SHA-256".to_owned()),
    }
}

/// The manifests of an index for the platforms that Lambda runs.
fn platforms(manifests: Vec<Descriptor>) -> Result<BTreeMap<String, String>, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for descriptor in manifests {
        let Some(platform) = descriptor.platform else {
            continue;
        };
        // v8 is what arm64 is, whether said or not.
        let variant = platform
            .variant
            .filter(|v| !(v.is_empty() || platform.architecture == "arm64" && v == "v8"));
        let name = format!("{}/{}", platform.os, platform.architecture);
        if variant.is_some() || !PLATFORMS.contains(&name.as_str()) {
            continue;
        }
        if !is_digest(&descriptor.digest) {
            return Err(format!("its manifest for {name} has no digest by SHA-256"));
        }
        let before = found.insert(name.clone(), descriptor.digest.clone());
        if before.is_some_and(|before| before != descriptor.digest) {
            return Err(format!("it has two manifests for {name}"));
        }
    }
    if found.is_empty() {
        return Err(format!(
            "it has no manifest for a platform of Lambda: {}",
            PLATFORMS.join(", ")
        ));
    }
    Ok(found)
}

/// The UTC day of a timestamp by RFC 3339; the later one where its offset leaves two. Years that reproducible builds
/// write (1970, 1980) are no day.
fn day(text: &str) -> Option<Date> {
    let day: Date = text.get(..10)?.parse().ok()?;
    if day < Date::new(2005, 1, 1)? {
        return None;
    }
    let utc = text.ends_with('Z') || text.ends_with("+00:00");
    if utc { Some(day) } else { day.next() }
}

/// `sha256:…` of these bytes.
fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests;
