//! The manifest with every default filled in, and where each value came from.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use super::model::{Function, Platform, Service, Setting, TriggerKind};
use crate::blueprint::{Blueprint, Origins};
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
pub fn explain(
    loaded: &Loaded,
    service: &Service,
    blueprint: &Blueprint,
    origins: &Origins,
) -> Explained {
    let manifest = &loaded.manifest;
    let mut filled = Filled {
        value: serde_json::to_value(manifest).unwrap_or_default(),
        origins: origins.clone(),
        overrides: BTreeMap::new(),
    };
    filled.set("/cloud", json!("aws"), BUILT_IN);
    filled.set("/out", json!(service.out), "from the service's name");
    filled.overridden("/logs/retention_days", &service.logs.retention_days);
    if let Some(api) = &service.api {
        filled.set("/api/kind", json!(api.kind), BUILT_IN);
    }
    for (name, resource) in &service.resources {
        if resource.kind == "kinesis_stream" && resource.is_ours() {
            let at = format!("/resources/{}/retention_hours", escape(name));
            filled.set(&at, json!(resource.retention_hours), BUILT_IN);
        }
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

    /// Takes a default back that has no effect.
    fn unset(&mut self, pointer: &str) {
        if self.origins.remove(pointer).is_some()
            && let Some((parent, key)) = pointer.rsplit_once('/')
            && let Some(Json::Object(map)) = self.value.pointer_mut(parent)
        {
            map.shift_remove(key);
        }
    }

    /// Shows a default as it was moved inside the bounds that hold.
    fn moved(&mut self, pointer: &str, value: u32) {
        if self.origins.contains_key(pointer)
            && let Some(slot) = self.value.pointer_mut(pointer)
        {
            *slot = json!(value);
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
        if let Some((archetype, _)) = blueprint.archetype(function) {
            self.set(
                &format!("{at}/blueprint"),
                json!(archetype),
                "the first archetype that takes its triggers",
            );
        }
        let seen = format!("seen in {}", function.source);
        self.set(&format!("{at}/runtime"), json!(settled.runtime), &seen);
        self.set(&format!("{at}/handler"), json!(settled.handler), &seen);
        // Images are pinned by digest instead; a proxy may answer earlier.
        if settled.package == model::Package::Image {
            self.unset(&format!("{at}/sign"));
        }
        self.moved(&format!("{at}/timeout_s"), settled.timeout_s.default);
        if let Some(image) = &settled.image {
            for (key, value) in [("base", &image.base), ("build", &image.build)] {
                let origin = format!("by the runtime {}", settled.runtime);
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
                TriggerKind::Schedule { timezone, .. } => {
                    self.set(&format!("{at}/timezone"), json!(timezone), BUILT_IN);
                }
                TriggerKind::Stream(stream) => {
                    for (key, value) in [
                        ("batch", json!(stream.batch)),
                        ("window_s", json!(stream.window_s)),
                        ("from", json!(stream.from)),
                        ("parallelization", json!(stream.parallelization)),
                        ("max_age_s", json!(stream.max_age_s)),
                        ("max_retries", json!(stream.max_retries)),
                    ] {
                        self.set(&format!("{at}/{key}"), value, BUILT_IN);
                    }
                    if let Some(view) = stream.view {
                        self.set(&format!("{at}/view"), json!(view), BUILT_IN);
                    }
                }
                TriggerKind::Object { events, .. } => {
                    self.set(&format!("{at}/events"), json!(events), BUILT_IN);
                }
                TriggerKind::Queue { .. }
                | TriggerKind::Topic { .. }
                | TriggerKind::Event { .. }
                | TriggerKind::Url { .. } => {}
            }
        }
    }
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
