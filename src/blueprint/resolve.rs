//! The chain of a blueprint and its parents → one blueprint in effect. A child may tighten, never loosen.

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::contradiction::contradictions;
use super::format::{Exceptions, Lock, Only};
use super::member::{Member, setting_in};
use super::setting::{Setting, to_json};
use super::{Archetype, Blueprint, Guardrail, Held};
use crate::diagnostic::Diagnostic;

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
        let Some(here) = blueprint.guardrails.get_mut(id) else {
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
        let parent = here.origin.clone();
        let mut loosens = |key: &str, message: String| {
            let help = format!("a child may only tighten; {}", here.reason);
            faults.push(member.fault(&format!("{at}/{key}"), message, help));
        };
        match (here.severity, said.severity) {
            (Some(of), Some(own)) if own < of => {
                loosens(
                    "severity",
                    format!("{id} is {own} here, and {of} in {parent}"),
                );
            }
            (of, own) => here.severity = own.or(of),
        }
        match (here.days, said.exception_days) {
            (Some(of), Some(own)) if own > of => {
                let message =
                    format!("exceptions to {id} last {own} days here, and {of} in {parent}");
                loosens("exception_days", message);
            }
            (of, own) => here.days = own.or(of),
        }
        here.forbidden |= said.exceptions.is_some();
        here.reason.clone_from(&said.reason);
        here.origin = origin;
    }
}

/// What a child allows, its parents allow.
fn allowed(blueprint: &mut Blueprint, member: &Member, layer: usize, faults: &mut Vec<Diagnostic>) {
    let said = &member.definition.allowed;
    let effect = &mut blueprint.allowed;
    for (what, own, slot) in [
        ("runtimes", &said.runtimes, &mut effect.runtimes),
        ("regions", &said.regions, &mut effect.regions),
        ("services", &said.services, &mut effect.services),
        ("actions", &said.actions, &mut effect.actions),
    ] {
        let Some(own) = own else { continue };
        let at = format!("/allowed/{what}");
        if let Some((parent, origin)) = slot {
            let wider = own
                .only
                .iter()
                .enumerate()
                .find(|(_, value)| !covered(value, parent));
            if let Some((index, value)) = wider {
                let message = format!("{value} is not among the {what} that {origin} allows");
                let help = format!("a child may only tighten; {}", parent.reason);
                faults.push(member.fault(&format!("{at}/only/{index}"), message, help));
            }
        }
        *slot = Some((own.clone(), member.origin(&at, layer)));
    }
}

/// Whether a list allows a value, or all that a pattern stands for.
pub(super) fn covered(value: &str, list: &Only) -> bool {
    list.only.iter().any(|of| value == of || matches(of, value))
}

/// Whether a pattern with `*` fits a text, whatever their case, as IAM compares actions.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
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
