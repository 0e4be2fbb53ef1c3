//! What base images, workflow actions and tools stand for where no `slgen.lock` says otherwise.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A base image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinnedImage {
    /// As a Dockerfile names it, with its tag: `public.ecr.aws/lambda/python:3.13`.
    pub image: String,
    /// Digest of the index, or of the manifest where there is no index.
    pub digest: String,
    /// Digests of the manifests of an index by platform, `linux/arm64`; empty where there is no index.
    #[serde(default)]
    pub platforms: BTreeMap<String, String>,
}

/// An action of GitHub's workflows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinnedAction {
    /// Its repository, `actions/checkout`.
    pub action: String,
    /// The tag, for people: `v7.0.1`.
    pub version: String,
    /// The commit that the tag stood for, 40 hexadecimal digits in lower case.
    pub commit: String,
}

/// A tool that a workflow fetches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinnedTool {
    /// Its name, `osv-scanner`.
    pub tool: String,
    /// Exact version.
    pub version: String,
    /// SHA-256 of what is fetched, by platform, `linux_amd64`.
    pub sha256: BTreeMap<String, String>,
}

/// What the binary carries.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// The day that it is of.
    pub as_of: String,
    /// Where it is from.
    pub source: String,
    /// Base images.
    pub images: Vec<PinnedImage>,
    /// Actions.
    pub actions: Vec<PinnedAction>,
    /// Tools.
    pub tools: Vec<PinnedTool>,
}

/// The values of this version.
pub fn carried() -> &'static Carried {
    static PARSED: OnceLock<Carried> = OnceLock::new();
    PARSED.get_or_init(|| serde_json::from_str(include_str!("data/pins.json")).unwrap_or_default())
}
