//! A blueprint fills in what a manifest does not say.
//!
//! Precedence, low to high: tool default < parents < baseline < archetype < the manifest's own. A lock stands above
//! them all: what contradicts it is refused (see [`super::refusals`]), so it never hides what a manifest says.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{Archetype, Blueprint, Floor, Held, Lock, Setting};
use crate::manifest::model::Manifest;
use crate::manifest::{escape, unescape};

/// JSON pointer of what a manifest does not say itself → where its value is from.
pub type Origins = BTreeMap<String, String>;

/// A manifest with everything filled in that a blueprint gives.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The manifest.
    pub manifest: Manifest,
    /// Where what was filled in is from.
    pub origins: Origins,
    /// Why it could not be filled in: a lock whose value does not fit, as an input gave it.
    pub fault: Option<String>,
}

/// What slgen itself takes where neither manifest nor blueprint says anything.
const TOOL: &str = "built-in default";

fn tool_defaults() -> Json {
    json!({
        "logs": { "retention_days": 365, "archive": "s3" },
        "api": { "throttle": { "rate": 100, "burst": 200 } },
        "queue": { "batch": 10, "max_receives": 5 },
        "function": {
            "package": "image", "sign": true, "architecture": "arm64",
            "memory_mb": 256, "timeout_s": 30, "concurrency": 10,
        },
    })
}

/// Sections that are filled in only where the manifest has them: without, they mean nothing.
const OPTIONAL: [&str; 3] = ["resources", "review", "ci"];

/// Fills in a manifest.
pub fn settle(written: &Manifest, blueprint: &Blueprint) -> Settled {
    let mut filling = Filling {
        value: serde_json::to_value(written).unwrap_or_default(),
        origins: Origins::new(),
    };
    let has_api = written.api.is_some()
        || written
            .functions
            .values()
            .flat_map(|f| &f.triggers)
            .any(|t| t.http.is_some());
    filling.locks(blueprint, written, has_api);
    for (name, function) in &written.functions {
        let at = format!("/functions/{}", escape(name));
        if let Some((kind, archetype)) = blueprint.archetype(function) {
            let of = format!("/archetypes/{}/defaults", escape(kind));
            let value = serde_json::to_value(&archetype.defaults).unwrap_or_default();
            let origin = |rest: &str| {
                let place = blueprint
                    .origin(&format!("{of}{rest}"))
                    .and_then(|o| o.place);
                place.map_or_else(
                    || format!("archetype {kind}"),
                    |(file, line)| format!("archetype {kind} ({file}:{line})"),
                )
            };
            filling.fill(&at, "", value, &origin);
        }
    }
    let baseline = serde_json::to_value(&blueprint.defaults).unwrap_or_default();
    let origin = |rest: &str| {
        let found = blueprint.origin(&format!("/defaults{rest}"));
        found.map_or_else(|| TOOL.to_owned(), |origin| format!("baseline {origin}"))
    };
    filling.layer(written, baseline, has_api, &origin);
    filling.layer(written, tool_defaults(), has_api, &|_| TOOL.to_owned());
    filling.bound(blueprint, written);
    let (manifest, fault) = match serde_json::from_value(filling.value) {
        Ok(manifest) => (manifest, None),
        Err(error) => (written.clone(), Some(error.to_string())),
    };
    Settled {
        manifest,
        origins: filling.origins,
        fault,
    }
}

struct Filling {
    value: Json,
    origins: Origins,
}

impl Filling {
    /// Locked values, where nothing is said.
    fn locks(&mut self, blueprint: &Blueprint, written: &Manifest, has_api: bool) {
        for (setting, lock) in blueprint.locks_for(written) {
            let section = setting.segments().next().unwrap_or_default();
            let optional = OPTIONAL.contains(&section) && self.value.get(section).is_none();
            if optional || section == "resources" || (section == "api" && !has_api) {
                continue;
            }
            for pointer in setting.places(&self.value) {
                let origin = format!("locked by {}", lock.origin);
                self.fill(&pointer, "", lock.it.value.clone(), &|_| origin.clone());
            }
        }
    }

    /// The defaults of one layer, each at its places.
    fn layer(
        &mut self,
        written: &Manifest,
        defaults: Json,
        has_api: bool,
        origin: &dyn Fn(&str) -> String,
    ) {
        let Json::Object(defaults) = defaults else {
            return;
        };
        for (section, value) in defaults {
            let of = format!("/{}", escape(&section));
            match section.as_str() {
                "function" => {
                    for name in written.functions.keys() {
                        let at = format!("/functions/{}", escape(name));
                        self.fill(&at, &of, value.clone(), origin);
                    }
                }
                "environment" => {
                    for name in written.environments.keys() {
                        let at = format!("/environments/{}", escape(name));
                        self.fill(&at, &of, value.clone(), origin);
                    }
                }
                "resources" => {
                    for (name, resource) in &written.resources {
                        if let Some(value) = value.get(&resource.kind) {
                            let at = format!("/resources/{}", escape(name));
                            let of = format!("{of}/{}", escape(&resource.kind));
                            self.fill(&at, &of, value.clone(), origin);
                        }
                    }
                }
                // A kind of trigger, by its kind key.
                "queue" => {
                    for (name, function) in &written.functions {
                        let triggers = function.triggers.iter().enumerate();
                        for (index, _) in triggers.filter(|(_, t)| t.kind() == Some(&section)) {
                            let at = format!("/functions/{}/triggers/{index}", escape(name));
                            self.fill(&at, &of, value.clone(), origin);
                        }
                    }
                }
                "api" if !has_api => {}
                _ => self.fill(&of, &of, value, origin),
            }
        }
    }

    /// Puts a value where there is none. `of` is its pointer as `origin` knows it.
    fn fill(&mut self, at: &str, of: &str, value: Json, origin: &dyn Fn(&str) -> String) {
        // One value, though it is written as a mapping.
        let whole = ["network", "auth", "throttle"]
            .iter()
            .any(|key| at.rsplit('/').next() == Some(key));
        match value {
            Json::Object(map) if !whole => {
                for (key, value) in map {
                    let key = escape(&key);
                    self.fill(
                        &format!("{at}/{key}"),
                        &format!("{of}/{key}"),
                        value,
                        origin,
                    );
                }
            }
            value => {
                if let Some(slot) = slot(&mut self.value, at)
                    && slot.is_null()
                {
                    *slot = value;
                    self.origins.insert(at.to_owned(), origin(of));
                }
            }
        }
    }

    /// Moves defaults inside the bounds that hold: only what a manifest says itself can be out of them.
    fn bound(&mut self, blueprint: &Blueprint, written: &Manifest) {
        for (setting, floor) in blueprint.floors_for(written) {
            let places: Vec<(String, u64)> = setting
                .found(&self.value)
                .into_iter()
                .filter_map(|(at, value)| Some((at, value.as_u64()?)))
                .collect();
            for (at, number) in places {
                let least = u64::from(floor.it.min.unwrap_or(0));
                let most = u64::from(floor.it.max.unwrap_or(u32::MAX));
                let moved = number.max(least).min(most);
                if moved != number
                    && self.origins.contains_key(&at)
                    && let Some(slot) = slot(&mut self.value, &at)
                {
                    *slot = moved.into();
                    let origin = format!("bounded by {}", floor.origin);
                    self.origins.insert(at, origin);
                }
            }
        }
    }
}

/// What stands at a pointer, made empty where nothing does.
fn slot<'v>(value: &'v mut Json, pointer: &str) -> Option<&'v mut Json> {
    let mut node = value;
    for segment in pointer.split('/').skip(1) {
        let key = unescape(segment);
        if node.is_null() {
            *node = Json::Object(Map::new());
        }
        node = match node {
            Json::Object(map) => map.entry(key).or_insert(Json::Null),
            Json::Array(list) => list.get_mut(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(node)
}

impl Blueprint {
    /// Every lock with the place that it holds for in a manifest: those of archetypes for each function that is of one.
    pub(super) fn locks_for<'a>(&'a self, manifest: &'a Manifest) -> HeldAt<'a, Lock> {
        held_for(self, manifest, &self.locks, |archetype| &archetype.locks)
    }

    /// Every floor in the same way.
    pub(super) fn floors_for<'a>(&'a self, manifest: &'a Manifest) -> HeldAt<'a, Floor> {
        held_for(self, manifest, &self.floors, |archetype| &archetype.floors)
    }
}

/// What holds, each with its place in a manifest.
type HeldAt<'a, T> = Vec<(Setting, &'a Held<T>)>;

fn held_for<'a, T>(
    blueprint: &'a Blueprint,
    manifest: &Manifest,
    own: &'a [Held<T>],
    of: impl Fn(&'a Archetype) -> &'a Vec<Held<T>>,
) -> HeldAt<'a, T> {
    let own = own.iter().map(|held| (held.setting.clone(), held));
    let functions = manifest.functions.iter().flat_map(|(name, function)| {
        let archetype = blueprint.archetype(function);
        let held = archetype
            .into_iter()
            .flat_map(|(_, archetype)| of(archetype));
        held.map(move |held| (held.setting.for_function(name), held))
    });
    own.chain(functions).collect()
}
