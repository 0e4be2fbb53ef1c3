//! What a manifest needs pinned, as far as nobody has to be asked.

use std::collections::BTreeSet;

use super::{Lock, PinnedBlueprint, PinnedProvider, Pins, VERSION};
use crate::catalog::aws::provider;
use crate::catalog::pins::carried;

/// What a service needs pinned beside its blueprint and provider, by the names that a lock file has them under.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needed {
    /// Base images, `public.ecr.aws/lambda/python:3.13`.
    pub images: BTreeSet<String>,
    /// Actions, `actions/checkout`.
    pub actions: BTreeSet<String>,
    /// Tools, `osv-scanner`.
    pub tools: BTreeSet<String>,
}

impl Needed {
    /// What of this a lock file does not pin.
    #[must_use]
    pub fn missing(&self, lock: &Lock) -> Self {
        let without = |names: &BTreeSet<String>, pinned: &dyn Fn(&str) -> bool| {
            names.iter().filter(|name| !pinned(name)).cloned().collect()
        };
        Self {
            images: without(&self.images, &|name| {
                lock.images.iter().any(|i| i.image == name)
            }),
            actions: without(&self.actions, &|name| {
                lock.actions.iter().any(|a| a.action == name)
            }),
            tools: without(&self.tools, &|name| {
                lock.tools.iter().any(|t| t.tool == name)
            }),
        }
    }

    /// Every name, with the word for what it is.
    pub fn names(&self) -> Vec<(&'static str, &str)> {
        let images = self.images.iter().map(|name| ("image", name.as_str()));
        let actions = self.actions.iter().map(|name| ("action", name.as_str()));
        let tools = self.tools.iter().map(|name| ("tool", name.as_str()));
        images.chain(actions).chain(tools).collect()
    }
}

/// The lock file of a manifest that rests on these blueprints. From the one before it keeps
/// images, actions and tools, and the package hashes (`h1:`) of further platforms for the same version of a provider;
/// what else is needed and the binary carries is added.
pub fn resolve(blueprints: Vec<PinnedBlueprint>, needed: &Needed, before: Option<&Lock>) -> Lock {
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
    let mut lock = Lock {
        version: VERSION,
        blueprints,
        providers: vec![PinnedProvider {
            source: pin.source.clone(),
            version: pin.version.clone(),
            hashes,
        }],
        images: before.map_or_else(Vec::new, |lock| lock.images.clone()),
        actions: before.map_or_else(Vec::new, |lock| lock.actions.clone()),
        tools: before.map_or_else(Vec::new, |lock| lock.tools.clone()),
    };
    let missing = needed.missing(&lock);
    let known = Pins::default();
    lock.images.extend(
        missing
            .images
            .iter()
            .filter_map(|name| known.image(name).cloned()),
    );
    lock.actions.extend(
        missing
            .actions
            .iter()
            .filter_map(|name| known.action(name).cloned()),
    );
    lock.tools.extend(
        missing
            .tools
            .iter()
            .filter_map(|name| known.tool(name).cloned()),
    );
    lock
}

/// Takes the tools that the binary carries in the place of those pinned, where `wanted` says so.
pub fn update_tools(lock: &mut Lock, wanted: impl Fn(&str) -> bool) {
    for tool in lock.tools.iter_mut().filter(|tool| wanted(&tool.tool)) {
        if let Some(newer) = carried().tools.iter().find(|t| t.tool == tool.tool) {
            newer.clone_into(tool);
        }
    }
}
