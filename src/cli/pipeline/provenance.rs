//! Which part of the manifest each Terraform address comes from.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::diff::LOCK;
use crate::graph::Graph;
use crate::manifest::escape;

/// Path of a file → scope and JSON pointer of the part of the manifest that it belongs to.
pub(super) type Parts = BTreeMap<Utf8PathBuf, Part>;
/// Scope and JSON pointer.
pub(super) type Part = (String, String);

/// Which part of the manifest each Terraform address comes from.
#[derive(Debug, Default)]
pub(in crate::cli) struct Provenance(BTreeMap<String, (String, String)>);

impl Provenance {
    /// By the file that an address stands in: each file belongs to one part of the manifest.
    pub(super) fn of<'g>(parts: &Parts, graphs: impl Iterator<Item = &'g Graph>) -> Self {
        let resources = graphs.flat_map(|graph| graph.resources.values());
        // What Terraform's lock file pins is no part of the manifest.
        let resources = resources.filter(|resource| resource.address.kind != LOCK);
        let places = resources.filter_map(|resource| {
            let part = parts.get(&resource.location.as_ref()?.file)?;
            Some((resource.address.to_string(), part.clone()))
        });
        Self(places.collect())
    }

    /// Scope, `functions.x`.
    pub(in crate::cli) fn scope(&self, address: &str) -> Option<String> {
        self.0.get(address).map(|(scope, _)| scope.clone())
    }

    /// JSON pointer in the manifest.
    pub(in crate::cli) fn pointer(&self, address: &str) -> Option<String> {
        // A finding that is about a function as such.
        if let Some(function) = address.strip_prefix("functions.") {
            return Some(format!("/functions/{}", escape(function)));
        }
        if address == "service" {
            return Some("/service".to_owned());
        }
        self.0.get(address).map(|(_, pointer)| pointer.clone())
    }
}
