//! Blueprints: defaults, locked values, floors and archetypes. The built-in ones are read by the
//! same loader as a platform team's.
//!
//! `blueprint.yaml` ([`Definition`]) and its parents ([`Member`]s, fetched through [`Fetch`]) are resolved into one
//! [`Blueprint`] in effect, which fills in a manifest ([`settle`]) and refuses what it does not allow ([`refusals`]).

mod apply;
mod contradiction;
mod fetch;
pub mod files;
mod format;
mod held;
mod inputs;
pub mod lint;
mod load;
mod member;
mod resolve;
mod setting;
mod source;
mod templates;

use std::sync::OnceLock;

use camino::Utf8Path;
use indexmap::IndexMap;

pub use apply::{Origins, Settled, settle};
pub use fetch::{Fault, Fetch, Local};
pub use files::Files;
pub use format::{
    Allowed, ArchetypeDefinition, Defaults, Definition, DeniedActions, Floor, FunctionDefaults,
    Lock, Only, PolicySettings, RequiredTag, plain,
};
pub use held::{Granted, grants_refused, long_exceptions, refusals};
pub use inputs::{AskedInput, Inputs, used};
pub use load::{Refused, load, open, open_any};
pub use member::{Broken, Member, Origin, parse};
pub(crate) use resolve::matches as glob;
pub use setting::Setting;
pub use source::Source;
pub use templates::Template;

use crate::guardrail::Severity;
use crate::manifest::model::{Baseline, Function, Trigger};

/// Code of a fault in a blueprint's own file.
pub(crate) const CODE: &str = "SLG-BLUEPRINT-001";

/// A blueprint in effect: itself and its parents as one.
#[derive(Debug, Clone, Default)]
pub struct Blueprint {
    /// Name.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// For people.
    pub description: String,
    /// Values where the manifest says nothing.
    pub defaults: Defaults,
    /// Values that nobody below may change, those of archetypes apart.
    pub locks: Vec<Held<Lock>>,
    /// Bounds, those of archetypes apart.
    pub floors: Vec<Held<Floor>>,
    /// Kinds of function.
    pub archetypes: IndexMap<String, Archetype>,
    /// What holds for guardrails, by rule id.
    pub guardrails: IndexMap<String, Guardrail>,
    /// Tags that a manifest has to give.
    pub required_tags: Vec<(String, RequiredTag, Origin)>,
    /// What may be used at all.
    pub allowed: AllowedHere,
    /// Actions that may never be granted.
    pub denied: Vec<(DeniedActions, Origin)>,
    /// Shown after `slgen generate`, the furthest parent's first.
    pub notes: Vec<String>,
    /// The blueprint itself, then its parents, the furthest last.
    pub members: Vec<Member>,
}

/// Something that holds for a setting, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Held<T> {
    /// The setting; of an archetype: of its functions.
    pub setting: Setting,
    /// What holds.
    pub it: T,
    /// Where it stands.
    pub origin: Origin,
}

impl<T> Held<T> {
    fn new(setting: Setting, it: T, origin: Origin) -> Self {
        Self {
            setting,
            it,
            origin,
        }
    }
}

/// What may be used at all, each with where it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AllowedHere {
    /// Runtimes of functions.
    pub runtimes: Option<(Only, Origin)>,
    /// Regions of environments.
    pub regions: Option<(Only, Origin)>,
    /// Services that functions may be given access to.
    pub services: Option<(Only, Origin)>,
    /// Actions that functions may be given.
    pub actions: Option<(Only, Origin)>,
}

/// What holds for a guardrail.
#[derive(Debug, Clone, PartialEq)]
pub struct Guardrail {
    /// How bad a finding is at least.
    pub severity: Option<Severity>,
    /// No exceptions.
    pub forbidden: bool,
    /// Most days from today that an exception may last.
    pub days: Option<u32>,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A kind of function.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Archetype {
    /// For people.
    pub description: String,
    /// Kinds of trigger it may have.
    pub triggers: Vec<String>,
    /// Values where the manifest says nothing.
    pub defaults: FunctionDefaults,
    /// Values that nobody below may change.
    pub locks: Vec<Held<Lock>>,
    /// Bounds.
    pub floors: Vec<Held<Floor>>,
}

impl Archetype {
    /// Whether a function that names no archetype is of this one: it takes all its triggers, and it
    /// has some.
    pub fn fits(&self, function: &Function) -> bool {
        let takes = |kind: &str| self.triggers.iter().any(|t| t == kind);
        !function.triggers.is_empty()
            && function
                .triggers
                .iter()
                .filter_map(Trigger::kind)
                .all(takes)
    }
}

impl Blueprint {
    /// The archetype of a function, named or the first that takes all its triggers.
    pub fn archetype(&self, function: &Function) -> Option<(&str, &Archetype)> {
        let (name, archetype) = match function.blueprint.as_deref() {
            Some(name) => self.archetypes.get_key_value(name)?,
            None => self.archetypes.iter().find(|(_, a)| a.fits(function))?,
        };
        Some((name, archetype))
    }

    /// What it asks a manifest for.
    pub fn asked_inputs(&self) -> Vec<AskedInput> {
        let own = self.members.first();
        let schema = own.and_then(|member| member.definition.inputs.as_ref());
        schema.map(AskedInput::of).unwrap_or_default()
    }

    /// Every default in effect: setting of the manifest and value.
    pub fn default_values(&self) -> Vec<(String, serde_json::Value)> {
        contradiction::default_values(self)
    }

    /// Every lock, the furthest parent's first; those of archetypes stand for all functions.
    fn all_locks(&self) -> impl Iterator<Item = &Held<Lock>> {
        let archetypes = self.archetypes.values().flat_map(|a| &a.locks);
        self.locks.iter().chain(archetypes)
    }

    /// Every floor, in the same order.
    fn all_floors(&self) -> impl Iterator<Item = &Held<Floor>> {
        let archetypes = self.archetypes.values().flat_map(|a| &a.floors);
        self.floors.iter().chain(archetypes)
    }

    /// Where the value of a pointer stands that the nearest blueprint says: `/defaults/logs/archive`.
    fn origin(&self, pointer: &str) -> Option<Origin> {
        let layer = self.members.iter().position(|m| m.has(pointer))?;
        Some(self.members[layer].origin(pointer, layer))
    }
}

/// The JSON Schema of `blueprint.yaml`, for editors and for the checks of its structure.
pub fn schema() -> &'static serde_json::Value {
    static SCHEMA: OnceLock<serde_json::Value> = OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(Definition).to_value())
}

/// The built-in blueprints.
pub fn builtin() -> &'static [Blueprint] {
    static BUILTIN: OnceLock<Vec<Blueprint>> = OnceLock::new();
    BUILTIN.get_or_init(|| {
        let local = Local::new(Utf8Path::new(""));
        let all = fetch::BUILTIN.iter().filter_map(|(name, files)| {
            let text = files.first()?.1;
            let definition = parse(Utf8Path::new(name), text).ok()?;
            let baseline = Baseline {
                source: format!("builtin:{name}"),
                version: definition.version,
                inputs: IndexMap::new(),
            };
            load(&baseline, &local).ok()
        });
        all.collect()
    })
}

/// A blueprint that gives defaults and asks for nothing: what a manifest is checked against when
/// its own blueprint cannot be loaded.
pub fn neutral() -> Blueprint {
    let mut blueprint = builtin().first().cloned().unwrap_or_default();
    blueprint.locks.clear();
    blueprint.floors.clear();
    blueprint.archetypes.clear();
    blueprint
}

#[cfg(test)]
mod tests;
