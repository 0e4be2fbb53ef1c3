//! Locks, floors and defaults of a chain that do not go together.

use serde_json::Value as Json;

use super::format::{Floor, Lock, plain};
use super::member::{Member, Origin};
use super::setting::{Setting, to_json};
use super::{Blueprint, Held};
use crate::diagnostic::Diagnostic;

/// Locks, floors and defaults that do not go together.
pub(super) fn contradictions(
    blueprint: &Blueprint,
    members: &[Member],
    faults: &mut Vec<Diagnostic>,
) {
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
fn said_defaults(member: &Member) -> Vec<(Setting, Json, String)> {
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
