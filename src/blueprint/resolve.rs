//! The chain of a blueprint and its parents → one blueprint in effect. A child may tighten, never loosen.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::format::{Exceptions, Floor, Lock, Only, plain};
use super::member::{Broken, Member, Origin, Unread, setting_in};
use super::setting::Setting;
use super::{Archetype, Blueprint, Fault, Fetch, Found, Guardrail, Held, Source};
use crate::diagnostic::{Diagnostic, Sources, position};
use crate::manifest::model::Baseline;

/// Most parents above each other.
const DEEPEST: usize = 8;

/// Why a blueprint cannot be used.
pub enum Refused {
    /// What the manifest says of it is wrong.
    Faults(Vec<Fault>),
    /// It is.
    Broken(Broken),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

/// Loads the blueprint that a manifest names, with its parents.
///
/// # Errors
/// Everything that is wrong, and the fix.
pub fn load(baseline: &Baseline, fetch: &dyn Fetch) -> Result<Found, Vec<Fault>> {
    open(baseline, fetch).map_err(|refused| match refused {
        Refused::Faults(faults) => faults,
        Refused::Broken(broken) => {
            let file = broken
                .faults
                .iter()
                .find_map(|d| Some(&d.span.as_ref()?.file));
            let what = file.map_or(&*baseline.source, |file| file.as_str());
            let mut fault = Fault::new(
                "source",
                format!("{what} is no blueprint that can be used"),
                "mend it; `slgen blueprint lint` shows the places",
            );
            fault.notes = broken
                .faults
                .iter()
                .map(|d| placed(d, &broken.sources))
                .collect();
            vec![fault]
        }
    })
}

/// The same; what is wrong with blueprints themselves is told at its place there.
///
/// # Errors
/// As [`load`].
pub fn open(baseline: &Baseline, fetch: &dyn Fetch) -> Result<Found, Refused> {
    let source = Source::parse(&baseline.source)
        .map_err(|(message, help)| Fault::new("source", message, help))?;
    let files = fetch.fetch(&source, &baseline.version)?;
    let member = Member::read(source, files, &baseline.inputs).map_err(|unread| match unread {
        Unread::Faulty(broken) => Refused::Broken(broken),
        Unread::Inputs(faults) => Refused::Faults(
            faults
                .into_iter()
                .map(|fault| {
                    let key = fault.name.map_or_else(
                        || "inputs".to_owned(),
                        |name| format!("inputs/{}", crate::manifest::escape(&name)),
                    );
                    Fault::new(&key, fault.message, fault.help)
                })
                .collect(),
        ),
    })?;
    let version = &member.definition.version;
    if *version != baseline.version {
        let message = format!(
            "{} has version {version}, not {}",
            baseline.source, baseline.version
        );
        return Err(Fault::new("version", message, format!("write version: {version}")).into());
    }
    let members = chain(member, fetch).map_err(Refused::Broken)?;
    let sha256 = Found::checksum(&members);
    let sources = sources(&members);
    let blueprint =
        resolve(members).map_err(|faults| Refused::Broken(Broken { faults, sources }))?;
    Ok(Found { blueprint, sha256 })
}

/// A blueprint by its source alone, whatever its version and its inputs are: for its author.
///
/// # Errors
/// As [`load`].
pub fn open_any(source: &str, fetch: &dyn Fetch) -> Result<Blueprint, Refused> {
    let source =
        Source::parse(source).map_err(|(message, help)| Fault::new("source", message, help))?;
    let files = fetch.fetch(&source, "")?;
    let text = files
        .text(super::files::DEFINITION.into())
        .unwrap_or_default();
    let given = super::inputs::placeholders(text);
    let member = Member::read(source, files, &given).map_err(|unread| match unread {
        Unread::Faulty(broken) => Refused::Broken(broken),
        Unread::Inputs(faults) => Refused::Faults(
            faults
                .into_iter()
                .map(|fault| {
                    Fault::new(
                        "inputs",
                        fault.message,
                        "give the input a default or examples: [value]",
                    )
                })
                .collect(),
        ),
    })?;
    let members = chain(member, fetch).map_err(Refused::Broken)?;
    let sources = sources(&members);
    resolve(members).map_err(|faults| Refused::Broken(Broken { faults, sources }))
}

fn sources(members: &[Member]) -> Sources {
    let texts = members
        .iter()
        .map(|m| (m.file.clone(), m.text().to_owned()));
    Sources(texts.collect())
}

/// A fault of a blueprint's file on one line.
fn placed(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place =
        diagnostic
            .span
            .as_ref()
            .map_or_else(String::new, |span| match sources.0.get(&span.file) {
                Some(text) => {
                    let (line, column) = position(text, span.start);
                    format!("{}:{line}:{column}: ", span.file)
                }
                None => format!("{}: ", span.file),
            });
    let help = diagnostic.help.as_deref().unwrap_or_default();
    format!("{place}{}; {help}", diagnostic.message)
}

/// The blueprint and its parents, the furthest last.
fn chain(first: Member, fetch: &dyn Fetch) -> Result<Vec<Member>, Broken> {
    let mut seen = BTreeSet::from([first.source.clone()]);
    let mut members = vec![first];
    while let Some(child) = members.last()
        && let Some(extends) = &child.definition.extends
    {
        let refused = |key: &str, message: String, help: String| Broken {
            faults: vec![child.fault(&format!("/extends/{key}"), message, help)],
            sources: sources(&members),
        };
        let source = Source::parse(&extends.source)
            .and_then(|parent| child.source.join(parent))
            .map_err(|(message, help)| refused("source", message, help))?;
        if !seen.insert(source.clone()) {
            let mut names: Vec<String> = members.iter().map(|m| m.source.to_string()).collect();
            names.push(source.to_string());
            let message = format!("a circle of parents: {}", names.join(" → "));
            let help = "let the furthest extend nothing".to_owned();
            return Err(refused("source", message, help));
        }
        if members.len() > DEEPEST {
            let message = format!("more than {DEEPEST} parents above each other");
            let help = "merge some of them".to_owned();
            return Err(refused("source", message, help));
        }
        let files = fetch
            .fetch(&source, &extends.version)
            .map_err(|fault| refused("source", fault.message, fault.help))?;
        let parent =
            Member::read(source, files, &extends.inputs).map_err(|unread| match unread {
                Unread::Faulty(broken) => broken,
                Unread::Inputs(faults) => {
                    let faults = faults.into_iter();
                    let faults = faults.map(|f| child.fault("/extends/inputs", f.message, f.help));
                    Broken {
                        faults: faults.collect(),
                        sources: sources(&members),
                    }
                }
            })?;
        let version = &parent.definition.version;
        if *version != extends.version {
            let message = format!(
                "{} has version {version}, not {}",
                extends.source, extends.version
            );
            return Err(refused(
                "version",
                message,
                format!("write version: {version}"),
            ));
        }
        members.push(parent);
    }
    Ok(members)
}

/// One blueprint in effect.
///
/// # Errors
/// Wherever a child loosens its parent, or a blueprint contradicts itself.
pub(super) fn resolve(members: Vec<Member>) -> Result<Blueprint, Vec<Diagnostic>> {
    let Some(own) = members.first().map(|m| m.definition.clone()) else {
        return Err(Vec::new());
    };
    let mut defaults = Json::Null;
    let mut blueprint = Blueprint {
        name: own.name,
        version: own.version,
        description: own.description,
        ..Blueprint::default()
    };
    let mut faults = Vec::new();
    let mut archetypes: IndexMap<String, (Archetype, Json)> = IndexMap::new();
    for (layer, member) in members.iter().enumerate().rev() {
        let definition = &member.definition;
        merge(&mut defaults, to_json(&definition.defaults));
        for (index, lock) in definition.locks.iter().enumerate() {
            let origin = member.origin(&format!("/locks/{index}"), layer);
            blueprint
                .locks
                .push(Held::new(Setting::new(&lock.setting), lock.clone(), origin));
        }
        for (index, floor) in definition.floors.iter().enumerate() {
            let origin = member.origin(&format!("/floors/{index}"), layer);
            blueprint.floors.push(Held::new(
                Setting::new(&floor.setting),
                floor.clone(),
                origin,
            ));
        }
        for (tag, value) in &definition.tags.fixed {
            let at = format!("/tags/fixed/{}", crate::manifest::escape(tag));
            let lock = Lock {
                setting: format!("tags.{tag}"),
                value: Json::String(value.clone()),
                reason: format!("{} puts this tag on every resource.", definition.name),
            };
            let setting = Setting::of_tag(tag);
            blueprint
                .locks
                .push(Held::new(setting, lock, member.origin(&at, layer)));
        }
        for (name, said) in &definition.archetypes {
            let at = format!("/archetypes/{}", crate::manifest::escape(name));
            let (archetype, defaults) = archetypes.entry(name.clone()).or_default();
            if let Some(description) = &said.description {
                archetype.description.clone_from(description);
            }
            if let Some(triggers) = &said.triggers {
                archetype.triggers.clone_from(triggers);
            }
            merge(defaults, to_json(&said.defaults));
            for (index, lock) in said.locks.iter().enumerate() {
                let origin = member.origin(&format!("{at}/locks/{index}"), layer);
                let setting = setting_in(Some(name), &lock.setting);
                archetype
                    .locks
                    .push(Held::new(setting, lock.clone(), origin));
            }
            for (index, floor) in said.floors.iter().enumerate() {
                let origin = member.origin(&format!("{at}/floors/{index}"), layer);
                let setting = setting_in(Some(name), &floor.setting);
                archetype
                    .floors
                    .push(Held::new(setting, floor.clone(), origin));
            }
            if archetype.triggers.is_empty() || archetype.description.is_empty() {
                let message = format!("the archetype {name} says no triggers or no description");
                let help = "give description: and triggers:, as no parent does";
                faults.push(member.fault(&at, message, help));
            }
        }
        guardrails(&mut blueprint, member, layer, &mut faults);
        allowed(&mut blueprint, member, layer, &mut faults);
        for (tag, required) in &definition.tags.required {
            let at = format!("/tags/required/{}", crate::manifest::escape(tag));
            let origin = member.origin(&at, layer);
            blueprint
                .required_tags
                .push((tag.clone(), required.clone(), origin));
        }
        for (index, denied) in definition.denied.actions.iter().enumerate() {
            let origin = member.origin(&format!("/denied/actions/{index}"), layer);
            blueprint.denied.push((denied.clone(), origin));
        }
        blueprint.notes.extend(definition.notes.iter().cloned());
    }
    blueprint.defaults = serde_json::from_value(defaults).unwrap_or_default();
    blueprint.archetypes = archetypes
        .into_iter()
        .map(|(name, (mut archetype, defaults))| {
            archetype.defaults = serde_json::from_value(defaults).unwrap_or_default();
            (name, archetype)
        })
        .collect();
    contradictions(&blueprint, &members, &mut faults);
    blueprint.members = members;
    if faults.is_empty() {
        Ok(blueprint)
    } else {
        Err(faults)
    }
}

fn to_json(value: &impl serde::Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

/// Mappings merge by key; scalars and lists replace.
pub(super) fn merge(base: &mut Json, over: Json) {
    match (base, over) {
        (Json::Object(base), Json::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Json::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

/// Severities only rise, and exceptions only become fewer.
fn guardrails(
    blueprint: &mut Blueprint,
    member: &Member,
    layer: usize,
    faults: &mut Vec<Diagnostic>,
) {
    for (id, said) in &member.definition.guardrails {
        let at = format!("/guardrails/{}", crate::manifest::escape(id));
        let origin = member.origin(&at, layer);
        let Some(held) = blueprint.guardrails.get_mut(id) else {
            let guardrail = Guardrail {
                severity: said.severity,
                forbidden: said.exceptions == Some(Exceptions::Forbidden),
                days: said.exception_days,
                reason: said.reason.clone(),
                origin,
            };
            blueprint.guardrails.insert(id.clone(), guardrail);
            continue;
        };
        let parent = held.origin.clone();
        let mut loosens = |key: &str, message: String| {
            let help = format!("a child may only tighten; {}", held.reason);
            faults.push(member.fault(&format!("{at}/{key}"), message, help));
        };
        match (held.severity, said.severity) {
            (Some(of), Some(own)) if own < of => {
                loosens(
                    "severity",
                    format!("{id} is {own} here, and {of} in {parent}"),
                );
            }
            (of, own) => held.severity = own.or(of),
        }
        match (held.days, said.exception_days) {
            (Some(of), Some(own)) if own > of => {
                let message =
                    format!("exceptions to {id} last {own} days here, and {of} in {parent}");
                loosens("exception_days", message);
            }
            (of, own) => held.days = own.or(of),
        }
        held.forbidden |= said.exceptions.is_some();
        held.reason.clone_from(&said.reason);
        held.origin = origin;
    }
}

/// What a child allows, its parents allow.
fn allowed(blueprint: &mut Blueprint, member: &Member, layer: usize, faults: &mut Vec<Diagnostic>) {
    let said = &member.definition.allowed;
    let held = &mut blueprint.allowed;
    for (what, own, held) in [
        ("runtimes", &said.runtimes, &mut held.runtimes),
        ("regions", &said.regions, &mut held.regions),
        ("services", &said.services, &mut held.services),
        ("actions", &said.actions, &mut held.actions),
    ] {
        let Some(own) = own else { continue };
        let at = format!("/allowed/{what}");
        if let Some((parent, origin)) = held {
            let more = own
                .only
                .iter()
                .enumerate()
                .find(|(_, value)| !covered(value, parent));
            if let Some((index, value)) = more {
                let message = format!("{value} is not among the {what} that {origin} allows");
                let help = format!("a child may only tighten; {}", parent.reason);
                faults.push(member.fault(&format!("{at}/only/{index}"), message, help));
            }
        }
        *held = Some((own.clone(), member.origin(&at, layer)));
    }
}

/// Whether a list allows a value, or all that a pattern stands for.
pub(super) fn covered(value: &str, list: &Only) -> bool {
    list.only.iter().any(|of| value == of || matches(of, value))
}

/// Whether a pattern with `*` fits a text, whatever their case, as IAM compares actions.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            match rest.find(before) {
                Some(at) => rest = rest.get(at + before.len()..).unwrap_or_default(),
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

/// Locks, floors and defaults that do not go together.
fn contradictions(blueprint: &Blueprint, members: &[Member], faults: &mut Vec<Diagnostic>) {
    let locks: Vec<&Held<Lock>> = blueprint.all_locks().collect();
    let floors: Vec<&Held<Floor>> = blueprint.all_floors().collect();
    let mut tell = |origin: &Origin, message: String, reason: &str| {
        let help = format!("a child may only tighten; {reason}");
        let fault = Diagnostic::error(super::CODE, message).at(origin.span.clone());
        faults.push(fault.help(help));
    };
    // The parents' come first.
    for (index, lock) in locks.iter().enumerate() {
        let (value, setting) = (plain(&lock.it.value), lock.setting.short());
        for other in &locks[..index] {
            if other.setting.overlaps(&lock.setting) && other.it.value != lock.it.value {
                let message = format!(
                    "{} locks {setting} to {value}, and {} locks it to {}",
                    lock.origin,
                    other.origin,
                    plain(&other.it.value)
                );
                let (later, reason) = if other.origin.layer < lock.origin.layer {
                    (&other.origin, &lock.it.reason)
                } else {
                    (&lock.origin, &other.it.reason)
                };
                tell(later, message, reason);
            }
        }
        for floor in &floors {
            if floor.setting.overlaps(&lock.setting)
                && let Some(bound) = floor.it.broken(&lock.it.value)
            {
                let message = format!(
                    "{} locks {setting} to {value}, which must be {bound} by {}",
                    lock.origin, floor.origin
                );
                tell(&lock.origin, message, &floor.it.reason);
            }
        }
    }
    for floor in &floors {
        for parent in &floors {
            let above = parent.origin.layer > floor.origin.layer;
            if above
                && parent.setting == floor.setting
                && let Some(bound) = loosened(&floor.it, &parent.it)
            {
                let message = format!(
                    "{} lets {} be {}, and {} asks for {}",
                    floor.origin,
                    floor.setting.short(),
                    bound.0,
                    parent.origin,
                    bound.1
                );
                tell(&floor.origin, message, &parent.it.reason);
            }
        }
    }
    for (layer, member) in members.iter().enumerate() {
        for (setting, value, pointer) in said_defaults(member) {
            let origin = member.origin(&pointer, layer);
            let (short, value_text) = (setting.short(), plain(&value));
            // What an archetype asks for moves a default of all functions.
            let binds = |by: &Setting, of: &Origin| {
                of.layer >= layer
                    && by.overlaps(&setting)
                    && (setting.is_of_archetype() || !by.is_of_archetype())
            };
            let lock = locks
                .iter()
                .find(|lock| binds(&lock.setting, &lock.origin) && lock.it.value != value);
            if let Some(lock) = lock {
                let message = format!(
                    "{origin} has {short}: {value_text}, and {} locks it to {}",
                    lock.origin,
                    plain(&lock.it.value)
                );
                tell(&origin, message, &lock.it.reason);
            }
            let floor = floors.iter().find_map(|floor| {
                let binds = binds(&floor.setting, &floor.origin);
                Some((floor, floor.it.broken(&value).filter(|_| binds)?))
            });
            if let Some((floor, bound)) = floor {
                let message = format!(
                    "{origin} has {short}: {value_text}, which must be {bound} by {}",
                    floor.origin
                );
                tell(&origin, message, &floor.it.reason);
            }
        }
    }
}

/// What a child lets be that its parent does not, and what the parent asks for.
fn loosened(child: &Floor, parent: &Floor) -> Option<(String, String)> {
    if let (Some(own), Some(of)) = (child.min, parent.min)
        && own < of
    {
        return Some((format!("as little as {own}"), format!("at least {of}")));
    }
    if let (Some(own), Some(of)) = (child.max, parent.max)
        && own > of
    {
        return Some((format!("as much as {own}"), format!("at most {of}")));
    }
    let (own, of) = (child.one_of.as_ref()?, parent.one_of.as_ref()?);
    let more = own.iter().find(|value| !of.contains(value))?;
    let all: Vec<String> = of.iter().map(plain).collect();
    Some((plain(more), format!("one of {}", all.join(", "))))
}

/// A member's defaults as settings of the manifest: setting, value and pointer in its file.
pub(super) fn said_defaults(member: &Member) -> Vec<(Setting, Json, String)> {
    let mut said = Vec::new();
    let Json::Object(defaults) = to_json(&member.definition.defaults) else {
        return said;
    };
    for (key, value) in defaults {
        let at = format!("/defaults/{key}");
        match key.as_str() {
            "function" => leaves(&["functions", "*"], value, &at, &mut said),
            "environment" => leaves(&["environments", "*"], value, &at, &mut said),
            // Of triggers and by type: nothing can lock those.
            "queue" | "resources" => {}
            _ => leaves(&[&key], value, &at, &mut said),
        }
    }
    for (name, archetype) in &member.definition.archetypes {
        let at = format!("/archetypes/{}/defaults", crate::manifest::escape(name));
        leaves(
            &["functions", name],
            to_json(&archetype.defaults),
            &at,
            &mut said,
        );
    }
    said
}

/// Every default in effect: setting and value; those of triggers and resources by their section.
pub(super) fn default_values(blueprint: &Blueprint) -> Vec<(String, Json)> {
    let mut said = Vec::new();
    let defaults = to_json(&blueprint.defaults);
    for (key, value) in defaults.as_object().into_iter().flatten() {
        match key.as_str() {
            "function" => leaves(&["functions", "*"], value.clone(), "", &mut said),
            "environment" => leaves(&["environments", "*"], value.clone(), "", &mut said),
            key => leaves(&[key], value.clone(), "", &mut said),
        }
    }
    for (name, archetype) in &blueprint.archetypes {
        let path = ["functions", &format!("({name})")];
        leaves(&path, to_json(&archetype.defaults), "", &mut said);
    }
    let leaf = |(setting, value, _): (Setting, Json, String)| {
        (!value.is_object()).then(|| (setting.to_string(), value))
    };
    said.into_iter().filter_map(leaf).collect()
}

fn leaves(path: &[&str], value: Json, at: &str, said: &mut Vec<(Setting, Json, String)>) {
    let setting = Setting::of(path);
    match value {
        Json::Object(map) => {
            said.push((setting, Json::Object(map.clone()), at.to_owned()));
            for (key, value) in map {
                let at = format!("{at}/{}", crate::manifest::escape(&key));
                leaves(&[path, &[key.as_str()]].concat(), value, &at, said);
            }
        }
        value => said.push((setting, value, at.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mappings_merge_and_the_rest_replaces() {
        let mut base = json!({"a": {"x": 1, "y": [1, 2]}, "b": 1});
        merge(&mut base, json!({"a": {"y": [3]}, "c": 2}));
        assert_eq!(base, json!({"a": {"x": 1, "y": [3]}, "b": 1, "c": 2}));
    }

    #[test]
    fn a_star_fits_any_text() {
        for (pattern, text, fits) in [
            ("iam:*", "iam:PassRole", true),
            ("iam:*", "s3:GetObject", false),
            ("s3:Get*", "S3:getObject", true),
            ("*:Delete*", "s3:DeleteObject", true),
            ("s3:*Object", "s3:GetObject", true),
            ("s3:*Object", "s3:GetObjectAcl", false),
            ("a*b*a", "aba", true),
            ("a*a", "a", false),
            ("s3:GetObject", "s3:GetObject", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
