//! Keys of existing resources, which differ with the environment: a key's id is another one in every account.

use indexmap::IndexMap;

use super::build::{Build, code};
use super::model::Service;
use crate::manifest::model::Environment;
use crate::manifest::{escape, interpolate};

impl Build<'_> {
    /// Every environment says of which existing resources it names the keys, and every other one does so, too.
    pub(super) fn keys(&mut self) {
        let manifest = &self.loaded.manifest;
        let existing = manifest.resources.iter();
        let existing = existing.filter(|(_, resource)| resource.existing.is_some());
        let existing = existing.map(|(name, _)| name.as_str());
        for (environment, settings) in &manifest.environments {
            let at = format!("/environments/{}/kms_keys", escape(environment));
            for name in settings.kms_keys.keys() {
                let known = manifest.resources.get(name);
                if known.is_none_or(|resource| resource.existing.is_none()) {
                    self.unknown(
                        &format!("{at}/{}", escape(name)),
                        "/resources",
                        format!("there is no existing resource `{name}`"),
                        (name, existing.clone()),
                        "name a resource with existing:; what the stack creates has the stack's key",
                    );
                }
            }
            for (name, resource) in &manifest.resources {
                let elsewhere = manifest.environments.values();
                let elsewhere = elsewhere.filter(|e| e.kms_keys.contains_key(name)).count();
                let said = settings.kms_keys.contains_key(name) || resource.kms_key.is_some();
                if elsewhere > 0 && !said && !self.loaded.is_doubtful(&at) {
                    self.fault(
                        code::CONFLICT,
                        &format!("/resources/{}", escape(name)),
                        format!("nobody says which key encrypts `{name}` in {environment}"),
                        format!("give {environment} kms_keys: {{ {name}: <ARN> }}, or the resource kms_key: for all others"),
                    );
                }
            }
        }
    }

    /// The keys of an environment: what it says, and what a resource says for all that do not.
    pub(super) fn keys_in(&self, name: &str, settings: &Environment) -> IndexMap<String, String> {
        let manifest = &self.loaded.manifest;
        let place = (settings.account.as_str(), settings.region.as_str());
        let varies = |resource: &String| {
            let mut all = manifest.environments.values();
            all.any(|e| e.kms_keys.contains_key(resource))
        };
        let resources = manifest.resources.iter().filter(|(name, _)| varies(name));
        let keys = resources.filter_map(|(resource, settled)| {
            let own = settings.kms_keys.get(resource).cloned();
            let key = own.or_else(|| {
                let key = settled.kms_key.as_deref()?;
                interpolate::resolve(key, &manifest.service, name, place).ok()
            })?;
            Some((resource.clone(), key))
        });
        keys.collect()
    }
}

impl Service {
    /// Whether the key of a resource differs with the environment.
    pub(crate) fn has_keys_of(&self, resource: &str) -> bool {
        self.environments
            .values()
            .any(|e| e.kms_keys.contains_key(resource))
    }
}
