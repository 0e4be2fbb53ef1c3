//! `slgen.lock`: what the names in a manifest stand for, by checksum.
//!
//! It stands beside the manifest, is written by `slgen pin` alone, and is reviewed like code: JSON, one line an
//! entry, in one order. Where there is none, the values that the binary carries hold. It has one list for each kind
//! of input that is fetched or may change under its name.

mod actions;
pub mod budget;
mod faults;
#[cfg(feature = "live")]
mod http;
mod lookup;
pub mod mirror;
pub mod oci;
pub mod provider;
pub mod reference;
pub mod refresh;
mod resolve;
mod text;
pub mod trouble;
mod verify;

use camino::{Utf8Path, Utf8PathBuf};
pub use faults::{is_repository, is_version};
pub use lookup::Pins;
pub use reference::is_digest;
pub use resolve::{Needed, resolve, update_tools};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use text::{parse, render};
pub use verify::{Hashes, verify};

pub use crate::catalog::pins::{PinnedAction, PinnedImage, PinnedTool};
use crate::diagnostic::{Diagnostic, Span};
use crate::inputs;
use crate::manifest::SourceMap;

/// Name of the file.
pub const FILE: &str = "slgen.lock";

/// The form of the file that this version reads and writes.
pub const VERSION: u32 = 1;

/// The content of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Form of the file: 1.
    pub version: u32,
    /// Blueprints, by source.
    pub blueprints: Vec<PinnedBlueprint>,
    /// Terraform providers, by source.
    pub providers: Vec<PinnedProvider>,
    /// Base images, by name and tag.
    #[serde(default)]
    pub images: Vec<PinnedImage>,
    /// Actions of workflows, by repository.
    #[serde(default)]
    pub actions: Vec<PinnedAction>,
    /// Tools of workflows, by name.
    #[serde(default)]
    pub tools: Vec<PinnedTool>,
}

/// A blueprint as it was when it was pinned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinnedBlueprint {
    /// As the manifest names it, `builtin:aws-baseline`.
    pub source: String,
    /// Exact version.
    pub version: String,
    /// SHA-256 of its files, 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// Of a git repository: the commit that the version's tag stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Of a registry: the digest of the manifest that the version's tag stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A Terraform provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinnedProvider {
    /// As in `required_providers`, `hashicorp/aws`.
    pub source: String,
    /// Exact version.
    pub version: String,
    /// Hashes of its packages as Terraform writes them, `h1:…` and `zh:…`, sorted.
    pub hashes: Vec<String>,
}

/// A lock file with its text and positions.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its content.
    pub lock: Lock,
    /// The file, as it is named in diagnostics.
    pub file: Utf8PathBuf,
    /// Its text.
    pub text: String,
    map: SourceMap,
}

impl Placed {
    fn error(
        &self,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        let span = self.map.nearest(pointer).map(|(start, end)| Span {
            file: self.file.clone(),
            start,
            end,
        });
        Diagnostic::error("SLG-LOCK-002", message)
            .at(span)
            .about(pointer)
            .help(help)
    }
}

/// Why a lock file could not be read.
#[derive(Debug)]
pub struct Unread {
    /// Every fault.
    pub faults: Vec<Diagnostic>,
    /// The file, as it is named in diagnostics.
    pub file: Utf8PathBuf,
    /// Its text, as far as there is one.
    pub text: String,
}

/// Reads the lock file beside a manifest; `None` when there is none. `root` is the manifest's folder, `manifest` the
/// manifest as the user named it.
///
/// # Errors
/// Every fault of the file, each with its place.
pub fn beside(root: &Utf8Path, manifest: &Utf8Path) -> Result<Option<Placed>, Unread> {
    let (path, file) = (root.join(FILE), manifest.with_file_name(FILE));
    if inputs::standing(&path).is_ok_and(|standing| standing.is_none()) {
        return Ok(None);
    }
    let unread = |faults, text| Unread {
        faults,
        file: file.clone(),
        text,
    };
    let text = crate::manifest::read(&path).map_err(|fault| {
        let message = fault.message.replacen(path.as_str(), file.as_str(), 1);
        let fault = Diagnostic::error("SLG-LOCK-001", message).help(faults::MEND);
        unread(vec![fault], String::new())
    })?;
    match parse(&file, &text) {
        Ok(placed) => Ok(Some(placed)),
        Err(faults) => Err(unread(faults, text)),
    }
}
