//! What a manifest needs pinned.

use super::{Lock, PinnedBlueprint, PinnedProvider, VERSION};
use crate::catalog::aws::provider;
use crate::manifest::model::Baseline;

/// The lock file of a manifest with this baseline, whose blueprint has this checksum. From the one before it keeps
/// the package hashes (`h1:`) of further platforms for the same version of a provider.
pub fn resolve(baseline: &Baseline, sha256: &str, before: Option<&Lock>) -> Lock {
    let pin = provider::pin();
    let mut hashes: Vec<String> = provider::hashes().map(str::to_owned).collect();
    let same = before
        .iter()
        .flat_map(|lock| &lock.providers)
        .filter(|p| p.source == pin.source && p.version == pin.version);
    let packages = same
        .flat_map(|p| &p.hashes)
        .filter(|hash| hash.starts_with("h1:"));
    hashes.extend(packages.cloned());
    hashes.sort();
    hashes.dedup();
    Lock {
        version: VERSION,
        blueprints: vec![PinnedBlueprint {
            source: baseline.source.clone(),
            version: baseline.version.clone(),
            sha256: sha256.to_owned(),
        }],
        providers: vec![PinnedProvider {
            source: pin.source.clone(),
            version: pin.version.clone(),
            hashes,
        }],
        images: before.map_or_else(Vec::new, |lock| lock.images.clone()),
        actions: before.map_or_else(Vec::new, |lock| lock.actions.clone()),
        tools: before.map_or_else(Vec::new, |lock| lock.tools.clone()),
    }
}
