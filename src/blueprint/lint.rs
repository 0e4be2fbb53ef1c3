//! What is wrong with a blueprint though it can be used, and what a new version of it breaks.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Blueprint, Held, Member, Origin, inputs};
use crate::diagnostic::Diagnostic;
use crate::guardrail::CustomRule;
use crate::manifest::similar;
use crate::render::Templates;
use crate::render::foreign;

/// What a blueprint says and does not mean.
const LINT: &str = "SLG-BLUEPRINT-008";
/// A change that breaks a service.
const BREAKING: &str = "SLG-BLUEPRINT-009";

/// Everything that is wrong with a blueprint itself; its parents have their own authors.
pub fn lint(blueprint: &Blueprint) -> Vec<Diagnostic> {
    let Some(own) = blueprint.members.first() else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    unused(own, &mut faults);
    templates(blueprint, own, &mut faults);
    let kinds = crate::manifest::trigger_keys();
    for (name, archetype) in &own.definition.archetypes {
        let at = format!("/archetypes/{}/triggers", crate::manifest::escape(name));
        for (index, kind) in archetype.triggers.iter().flatten().enumerate() {
            if !kinds.contains(&kind.as_str()) {
                let help = similar(kind, kinds.iter().copied()).map_or_else(
                    || "name a kind of trigger, as a manifest has it: http".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("there is no trigger `{kind}`");
                faults.push(own.lint(&format!("{at}/{index}"), message, help));
            }
        }
    }
    if let Some(runtimes) = &own.definition.allowed.runtimes {
        let known = crate::catalog::aws::runtimes::runtimes();
        for (index, name) in runtimes.only.iter().enumerate() {
            if !known.iter().any(|runtime| runtime.name == *name) {
                let at = format!("/allowed/runtimes/only/{index}");
                let help = similar(name, known.iter().map(|r| r.name.as_str())).map_or_else(
                    || "name runtimes of Lambda".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                faults.push(own.lint(&at, format!("there is no runtime `{name}`"), help));
            }
        }
    }
    for (path, _) in own.files.below("handlers") {
        let kind = path
            .components()
            .next()
            .map(|part| part.as_str().to_owned());
        let kind = kind.unwrap_or_default();
        if !blueprint.archetypes.contains_key(&kind) {
            let message = format!("handlers/{path} is of no archetype: there is no `{kind}`");
            let help = "name the folder after an archetype: handlers/ARCHETYPE/FILE";
            faults.push(own.lint("/archetypes", message, help));
        }
    }
    faults
}

impl Member {
    fn lint(&self, at: &str, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
        let mut fault = self.fault(at, message, help);
        LINT.clone_into(&mut fault.code);
        fault
    }
}

/// Inputs that nothing uses.
fn unused(own: &Member, faults: &mut Vec<Diagnostic>) {
    let mut used: BTreeSet<&str> = inputs::used(own.text()).collect();
    let templates = own.files.below("templates");
    let texts = templates.filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok());
    let texts: Vec<&str> = texts.collect();
    let declared = own.definition.inputs.as_ref();
    let declared = declared.and_then(|schema| schema["properties"].as_object());
    for name in declared.into_iter().flat_map(|map| map.keys()) {
        let word = format!("input.{name}");
        if texts.iter().any(|text| text.contains(&word)) {
            used.insert(name);
        }
        if !used.contains(name.as_str()) {
            let at = format!("/inputs/properties/{}", crate::manifest::escape(name));
            let help = format!("write ${{input.{name}}} where it belongs, or take it out");
            faults.push(own.lint(&at, format!("nothing uses the input `{name}`"), help));
        }
    }
}

fn templates(blueprint: &Blueprint, own: &Member, faults: &mut Vec<Diagnostic>) {
    let all = match blueprint.templates() {
        Ok(all) => all,
        Err(told) => {
            let help = "rename it, or take it out";
            faults.extend(told.into_iter().map(|message| own.lint("", message, help)));
            return;
        }
    };
    let sources: foreign::Sources = all
        .iter()
        .map(|(n, t)| (n.clone(), t.text.clone()))
        .collect();
    let found = Templates::foreign(&sources).err().unwrap_or_default();
    let unescaped = own.templates().unwrap_or_default();
    let unescaped = unescaped
        .iter()
        .flat_map(|(name, t)| foreign::unescaped(name, &t.text));
    for fault in found.into_iter().chain(unescaped) {
        let file = all
            .get(&fault.template)
            .map_or("templates", |t| t.file.as_str());
        let line = fault
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        let mut told = own.lint("", format!("{file}{line}: {}", fault.message), fault.help);
        told.span = None;
        faults.push(told);
    }
}

/// Changes since an older version that break a service, unless the major version rose (the minor one before 1.0.0).
/// `rules` are those of the policies now and before.
pub fn against(new: &Blueprint, old: &Blueprint, rules: [&[CustomRule]; 2]) -> Vec<Diagnostic> {
    let Some(own) = new.members.first() else {
        return Vec::new();
    };
    let version = |b: &Blueprint| semver::Version::parse(&b.version).ok();
    let (Some(now), Some(before)) = (version(new), version(old)) else {
        return Vec::new();
    };
    let breaks = if before.major == 0 {
        (now.major, now.minor) > (before.major, before.minor)
    } else {
        now.major > before.major
    };
    let changed = || {
        let files = |b: &Blueprint| b.members.first().map(|m| m.files.sha256());
        files(new) != files(old)
    };
    let mut faults = Vec::new();
    let mut tell = |at: &str, message: String, help: String| {
        let mut fault = own.lint(at, message, help);
        BREAKING.clone_into(&mut fault.code);
        faults.push(fault);
    };
    if now <= before && changed() {
        let message = format!("it changed, and its version {now} is not above {before}");
        tell("/version", message, "raise the version".to_owned());
        return faults;
    }
    if breaks {
        return faults;
    }
    let [rules, old_rules] = rules;
    let stricter = rules
        .iter()
        .filter(|rule| rule.severity.gates())
        .filter(|rule| {
            let mut same = old_rules.iter().filter(|old| old.id == rule.id);
            !same.any(|old| old.severity >= rule.severity)
        });
    let stricter = stricter.map(|rule| {
        let what = format!("the policy {} is new or stricter", rule.id);
        ("/version".to_owned(), what)
    });
    for (at, what) in breaking(new, old).into_iter().chain(stricter) {
        let message = format!("{what}: services of {before} break");
        tell(&at, message, "raise the major version".to_owned());
    }
    faults
}

/// Pointer in the new blueprint's own file, and what breaks.
fn breaking(new: &Blueprint, old: &Blueprint) -> Vec<(String, String)> {
    let mut broken: Vec<(String, String)> = Vec::new();
    let inputs = |b: &Blueprint| {
        let own = b.members.first().and_then(|m| m.definition.inputs.clone());
        own.unwrap_or_default()
    };
    let (now, before) = (inputs(new), inputs(old));
    let required = |schema: &Json, name: &str| {
        let list = schema["required"].as_array();
        list.is_some_and(|all| all.iter().any(|n| n == name))
            && schema["properties"][name].get("default").is_none()
    };
    let names = |schema: &Json| -> Vec<String> {
        let map = schema["properties"].as_object();
        map.into_iter().flat_map(|m| m.keys().cloned()).collect()
    };
    for name in names(&now) {
        if required(&now, &name) && !required(&before, &name) {
            broken.push((
                "/inputs/required".into(),
                format!("the input `{name}` is needed now"),
            ));
        }
    }
    for name in names(&before) {
        if now["properties"].get(&name).is_none() {
            broken.push(("/inputs".into(), format!("the input `{name}` is gone")));
        }
    }
    for name in old.archetypes.keys() {
        if !new.archetypes.contains_key(name) {
            broken.push((
                "/archetypes".into(),
                format!("the archetype {name} is gone"),
            ));
        }
    }
    for (name, archetype) in &new.archetypes {
        let before = old.archetypes.get(name).map_or(&[][..], |a| &a.triggers);
        for kind in before
            .iter()
            .filter(|kind| !archetype.triggers.contains(kind))
        {
            let at = format!("/archetypes/{}", crate::manifest::escape(name));
            broken.push((
                at,
                format!("the archetype {name} takes no {kind} trigger any more"),
            ));
        }
    }
    for lock in new.all_locks() {
        let same = |other: &Held<super::Lock>| {
            other.setting == lock.setting && other.it.value == lock.it.value
        };
        if !old.all_locks().any(same) {
            let what = format!("{} is locked to {}", lock.setting, lock.it.value);
            broken.push((pointer(&lock.origin, "/locks"), what));
        }
    }
    for floor in new.all_floors() {
        let held = |other: &Held<super::Floor>| {
            other.setting == floor.setting
                && other.it.min >= floor.it.min
                && (floor.it.max.is_none() || other.it.max.is_some_and(|m| Some(m) <= floor.it.max))
                && (floor.it.one_of.is_none() || other.it.one_of == floor.it.one_of)
        };
        if !old.all_floors().any(held) {
            let what = format!("the floor of {} is tighter", floor.setting);
            broken.push((pointer(&floor.origin, "/floors"), what));
        }
    }
    for (what, now, before) in [
        ("runtimes", &new.allowed.runtimes, &old.allowed.runtimes),
        ("regions", &new.allowed.regions, &old.allowed.regions),
        ("services", &new.allowed.services, &old.allowed.services),
        ("actions", &new.allowed.actions, &old.allowed.actions),
    ] {
        let Some((now, _)) = now else { continue };
        let fewer = before.as_ref().is_none_or(|(before, _)| {
            before
                .only
                .iter()
                .any(|value| !super::resolve::covered(value, now))
        });
        if fewer {
            broken.push((
                format!("/allowed/{what}"),
                format!("fewer {what} are allowed"),
            ));
        }
    }
    for (tag, _, _) in &new.required_tags {
        if !old.required_tags.iter().any(|(other, _, _)| other == tag) {
            broken.push((
                "/tags/required".into(),
                format!("the tag `{tag}` is needed now"),
            ));
        }
    }
    for (denied, _) in &new.denied {
        let known = |action: &String| old.denied.iter().any(|(d, _)| d.actions.contains(action));
        if let Some(action) = denied.actions.iter().find(|action| !known(action)) {
            broken.push(("/denied/actions".into(), format!("{action} is denied now")));
        }
    }
    for (id, now) in &new.guardrails {
        let before = old.guardrails.get(id);
        let tighter = now.severity > before.and_then(|b| b.severity)
            || (now.forbidden && !before.is_some_and(|b| b.forbidden))
            || now
                .days
                .is_some_and(|days| before.and_then(|b| b.days).is_none_or(|b| days < b));
        if tighter {
            let at = format!("/guardrails/{}", crate::manifest::escape(id));
            broken.push((at, format!("{id} is stricter")));
        }
    }
    broken
}

fn pointer(origin: &Origin, section: &str) -> String {
    // What a parent brings stands where the parent is named.
    if origin.layer == 0 {
        section
    } else {
        "/extends"
    }
    .to_owned()
}
