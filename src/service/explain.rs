//! The manifest with every default filled in, and where each value came from.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use super::model::{Function, Platform, Service, Setting, TriggerKind};
use crate::blueprint::{Archetype, Blueprint};
use crate::manifest::{Loaded, escape, model};

/// A manifest without gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The manifest, every default filled in.
    pub manifest: Json,
    /// JSON pointer of each scalar or list of scalars that the manifest does not say → where it comes from.
    pub origins: BTreeMap<String, String>,
    /// JSON pointer of what the manifest says → its line, from 1.
    pub lines: BTreeMap<String, usize>,
    /// JSON pointer of a number that environments set otherwise → environment → its value there.
    pub overrides: BTreeMap<String, IndexMap<String, u32>>,
}

/// Fills in the defaults of a sound manifest.
pub fn explain(loaded: &Loaded, service: &Service, blueprint: &Blueprint) -> Explained {
    let manifest = &loaded.manifest;
    let mut filled = Filled {
        value: serde_json::to_value(manifest).unwrap_or_default(),
        origins: BTreeMap::new(),
        overrides: BTreeMap::new(),
    };
    let baseline = origin(blueprint);
    let defaults = &blueprint.defaults;
    filled.set("/cloud", json!("aws"), BUILT_IN);
    filled.set("/out", json!(service.out), "from the service's name");
    let archive = defaults.logs.archive.as_deref();
    filled.set(
        "/logs/retention_days",
        json!(service.logs.retention_days.default),
        from(defaults.logs.retention_days.is_some(), &baseline),
    );
    filled.overridden("/logs/retention_days", &service.logs.retention_days);
    filled.set(
        "/logs/archive",
        json!(archive.unwrap_or("s3")),
        from(archive.is_some(), &baseline),
    );
    if let Some(api) = &service.api {
        filled.set("/api/kind", json!(api.kind), BUILT_IN);
        filled.set("/api/throttle/rate", json!(api.throttle.rate), &baseline);
        filled.set("/api/throttle/burst", json!(api.throttle.burst), &baseline);
    }
    if let Some(ci) = &service.ci {
        filled.set("/ci/scanner", json!(ci.scanner), BUILT_IN);
        filled.set("/ci/updates", json!(ci.updates), BUILT_IN);
        if let Platform::Github { branch, runs_on } = &ci.platform {
            filled.set("/ci/branch", json!(branch), BUILT_IN);
            filled.set("/ci/runs_on", json!(runs_on), BUILT_IN);
        }
    }
    for (name, function) in &manifest.functions {
        if let Some(settled) = service.functions.get(name) {
            filled.function(blueprint, name, function, settled);
        }
    }
    let mut lines = BTreeMap::new();
    said(loaded, "", &filled.value, &filled.origins, &mut lines);
    Explained {
        manifest: filled.value,
        origins: filled.origins,
        lines,
        overrides: filled.overrides,
    }
}

const BUILT_IN: &str = "built-in default";

fn origin(blueprint: &Blueprint) -> String {
    format!("baseline {} {}", blueprint.name, blueprint.version)
}

fn from(given: bool, layer: &str) -> &str {
    if given { layer } else { BUILT_IN }
}

struct Filled {
    value: Json,
    origins: BTreeMap<String, String>,
    overrides: BTreeMap<String, IndexMap<String, u32>>,
}

impl Filled {
    /// Sets a value where the manifest says none; parents that are missing are mappings.
    fn set(&mut self, pointer: &str, value: Json, origin: &str) {
        let mut node = &mut self.value;
        for segment in pointer.split('/').skip(1) {
            let key = segment.replace("~1", "/").replace("~0", "~");
            if node.is_null() {
                *node = Json::Object(Map::new());
            }
            let next = match node {
                Json::Object(map) => Some(map.entry(key).or_insert(Json::Null)),
                Json::Array(list) => key.parse().ok().and_then(|n: usize| list.get_mut(n)),
                _ => None,
            };
            let Some(next) = next else { return };
            node = next;
        }
        if node.is_null() {
            *node = value;
            self.origins.insert(pointer.to_owned(), origin.to_owned());
        }
    }

    fn overridden(&mut self, pointer: &str, setting: &Setting) {
        if !setting.overrides.is_empty() {
            self.overrides
                .insert(pointer.to_owned(), setting.overrides.clone());
        }
    }

    fn function(
        &mut self,
        blueprint: &Blueprint,
        name: &str,
        function: &model::Function,
        settled: &Function,
    ) {
        let at = format!("/functions/{}", escape(name));
        let kind = kind(blueprint, function);
        if let Some((archetype, _)) = kind {
            self.set(
                &format!("{at}/blueprint"),
                json!(archetype),
                "the first archetype that takes its triggers",
            );
        }
        let seen = format!("seen in {}", function.source);
        self.set(&format!("{at}/runtime"), json!(settled.runtime), &seen);
        self.set(&format!("{at}/handler"), json!(settled.handler), &seen);
        let given = |settings: &model::FunctionSettings, key: &str| {
            serde_json::to_value(settings)
                .unwrap_or_default()
                .get(key)
                .is_some()
        };
        let baseline = origin(blueprint);
        for (key, value) in [
            ("package", json!(settled.package)),
            ("architecture", json!(settled.architecture)),
            ("memory_mb", json!(settled.memory_mb.default)),
            ("timeout_s", json!(settled.timeout_s.default)),
            ("concurrency", json!(settled.concurrency.default)),
            ("sign", json!(settled.sign)),
        ] {
            // Images are pinned by digest instead.
            if key == "sign" && settled.package == model::Package::Image {
                continue;
            }
            let origin = match kind {
                Some((archetype, layer)) if given(&layer.defaults, key) => {
                    format!("archetype {archetype}")
                }
                _ => from(given(&blueprint.defaults.function, key), &baseline).to_owned(),
            };
            self.set(&format!("{at}/{key}"), value, &origin);
        }
        if let Some(image) = &settled.image {
            for (key, value) in [("base", &image.base), ("build", &image.build)] {
                let by = |settings: &model::FunctionSettings| {
                    let image = settings.image.as_ref();
                    image.is_some_and(|image| match key {
                        "base" => image.base.is_some(),
                        _ => image.build.is_some(),
                    })
                };
                let origin = match kind {
                    Some((archetype, layer)) if by(&layer.defaults) => {
                        format!("archetype {archetype}")
                    }
                    _ if by(&blueprint.defaults.function) => baseline.clone(),
                    _ => format!("by the runtime {}", settled.runtime),
                };
                self.set(&format!("{at}/image/{key}"), json!(value), &origin);
            }
        }
        for (key, setting) in [
            ("memory_mb", &settled.memory_mb),
            ("timeout_s", &settled.timeout_s),
            ("concurrency", &settled.concurrency),
        ] {
            self.overridden(&format!("{at}/{key}"), setting);
        }
        for trigger in &settled.triggers {
            let at = &trigger.pointer;
            match &trigger.kind {
                TriggerKind::Http { auth, .. } => {
                    self.set(&format!("{at}/auth"), json!(auth), "api.auth");
                }
                TriggerKind::Queue {
                    batch,
                    max_receives,
                    ..
                } => {
                    self.set(&format!("{at}/batch"), json!(batch), &baseline);
                    self.set(
                        &format!("{at}/max_receives"),
                        json!(max_receives),
                        &baseline,
                    );
                }
                TriggerKind::Schedule { timezone, .. } => {
                    self.set(&format!("{at}/timezone"), json!(timezone), BUILT_IN);
                }
                TriggerKind::Object { events, .. } => {
                    self.set(&format!("{at}/events"), json!(events), BUILT_IN);
                }
                TriggerKind::Event { .. } | TriggerKind::Url { .. } => {}
            }
        }
    }
}

/// The archetype of a function, named or the first that takes all its triggers.
fn kind<'a>(
    blueprint: &'a Blueprint,
    function: &'a model::Function,
) -> Option<(&'a str, &'a Archetype)> {
    let (name, archetype) = match function.blueprint.as_deref() {
        Some(name) => blueprint.archetypes.get_key_value(name)?,
        None => blueprint
            .archetypes
            .iter()
            .find(|(_, archetype)| archetype.fits(function))?,
    };
    Some((name, archetype))
}

/// Lines of what the manifest says itself.
fn said(
    loaded: &Loaded,
    pointer: &str,
    value: &Json,
    origins: &BTreeMap<String, String>,
    lines: &mut BTreeMap<String, usize>,
) {
    if origins.contains_key(pointer) {
        return;
    }
    if let Some((start, _)) = loaded
        .map
        .key(pointer)
        .or_else(|| loaded.map.value(pointer))
    {
        let (line, _) = crate::diagnostic::position(&loaded.text, start);
        lines.insert(pointer.to_owned(), line);
    }
    let children: Vec<(String, &Json)> = match value {
        Json::Object(map) => map
            .iter()
            .map(|(key, child)| (escape(key), child))
            .collect(),
        Json::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, child)| (index.to_string(), child))
            .collect(),
        _ => return,
    };
    for (key, child) in children {
        said(loaded, &format!("{pointer}/{key}"), child, origins, lines);
    }
}
