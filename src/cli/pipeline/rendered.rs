//! What rendering makes.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::provenance::Parts;

/// Rendered files and what they belong to.
pub(super) struct Rendered {
    pub(super) files: BTreeMap<Utf8PathBuf, String>,
    pub(super) parts: Parts,
}
