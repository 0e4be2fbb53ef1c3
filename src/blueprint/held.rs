//! What a blueprint does not let a manifest do, each at its place there.

use serde_json::Value as Json;

use super::format::plain;
use super::resolve::{covered, matches};
use super::{Blueprint, Only, Origin, Setting};
use crate::date::Date;
use crate::diagnostic::Diagnostic;
use crate::manifest::{Loaded, escape};

/// A locked value.
const LOCKED: &str = "SLG-BLUEPRINT-002";
/// A value beyond a floor.
const FLOOR: &str = "SLG-BLUEPRINT-003";
/// Something that is not allowed here.
const ALLOWED: &str = "SLG-BLUEPRINT-004";
/// A tag that is missing, or does not fit.
const TAG: &str = "SLG-BLUEPRINT-005";
/// An exception that may not be.
const EXCEPTION: &str = "SLG-BLUEPRINT-006";

/// Everything that a manifest says and may not. `written` is the manifest without what was filled in, `loaded` has it.
pub fn refusals(loaded: &Loaded, written: &Json, blueprint: &Blueprint) -> Vec<Diagnostic> {
    let mut held = Refusals {
        loaded,
        faults: Vec::new(),
    };
    let settled = serde_json::to_value(&loaded.manifest).unwrap_or_default();
    held.locks(written, blueprint);
    held.floors(&settled, blueprint);
    if let Some((regions, origin)) = &blueprint.allowed.regions {
        for (name, environment) in &loaded.manifest.environments {
            let at = format!("/environments/{}/region", escape(name));
            held.only(&at, "region", &environment.region, regions, origin);
        }
    }
    held.tags(blueprint);
    held.exceptions(blueprint);
    held.faults
}

struct Refusals<'a> {
    loaded: &'a Loaded,
    faults: Vec<Diagnostic>,
}

impl Refusals<'_> {
    fn fault(&mut self, code: &str, at: &str, message: String, help: &str, origin: &Origin) {
        if self.loaded.is_damaged(at) {
            return;
        }
        let mut fault = self.loaded.error(code, at, message, help);
        if origin.place.is_some() {
            fault = fault.note(format!("by {origin}"));
        }
        self.faults.push(fault);
    }

    /// What environments set at a place: pointer and value.
    fn set(&self, setting: &Setting) -> Vec<(String, Json)> {
        let environments = &self.loaded.manifest.environments;
        let all = environments.iter().flat_map(|(env, e)| {
            let at = format!("/environments/{}/set", escape(env));
            let set = e
                .set
                .iter()
                .filter(|(path, _)| Setting::new(path).overlaps(setting));
            set.map(move |(path, value)| (format!("{at}/{}", escape(path)), Json::from(*value)))
        });
        all.collect()
    }

    fn locks(&mut self, written: &Json, blueprint: &Blueprint) {
        for (setting, lock) in blueprint.locks_for(&self.loaded.manifest) {
            let said = setting.found(written).into_iter();
            let said = said.map(|(at, value)| (at, value.clone()));
            // Only numbers can be set by environment; anything else there is a fault of its own.
            let set = self.set(&setting).into_iter();
            let set = set.filter(|_| lock.it.value.is_number());
            for (at, value) in said.chain(set) {
                if value != lock.it.value {
                    let message = format!(
                        "{} locks {} to {}",
                        lock.origin.blueprint,
                        setting.short(),
                        plain(&lock.it.value)
                    );
                    self.fault(LOCKED, &at, message, &lock.it.reason, &lock.origin);
                }
            }
        }
    }

    fn floors(&mut self, settled: &Json, blueprint: &Blueprint) {
        for (setting, floor) in blueprint.floors_for(&self.loaded.manifest) {
            let said = setting.found(settled).into_iter();
            let said = said.map(|(at, value)| (at, value.clone()));
            for (at, value) in said.chain(self.set(&setting)) {
                let told = self.faults.iter().any(|d| d.faults(&at));
                if let Some(bound) = floor.it.broken(&value).filter(|_| !told) {
                    let name = setting.short();
                    let message = format!("{name} is {} and must be {bound}", plain(&value));
                    self.fault(FLOOR, &at, message, &floor.it.reason, &floor.origin);
                }
            }
        }
    }

    fn only(&mut self, at: &str, what: &str, value: &str, list: &Only, origin: &Origin) {
        if !list.only.iter().any(|allowed| allowed == value) {
            let (message, help) = not_allowed(what, value, list, origin);
            self.fault(ALLOWED, at, message, &help, origin);
        }
    }

    fn tags(&mut self, blueprint: &Blueprint) {
        for (tag, required, origin) in &blueprint.required_tags {
            let at = format!("/tags/{}", escape(tag));
            let Some(value) = self.loaded.manifest.tags.get(tag) else {
                let message = format!(
                    "the tag `{tag}` is missing, which {} asks for",
                    origin.blueprint
                );
                self.fault(TAG, &at, message, &required.reason, origin);
                continue;
            };
            let fits = required.pattern.as_deref().is_none_or(|pattern| {
                regex_lite::Regex::new(&format!("^(?:{pattern})$"))
                    .is_ok_and(|re| re.is_match(value))
            });
            if !fits {
                let pattern = required.pattern.as_deref().unwrap_or_default();
                let message = format!("the tag `{tag}` does not fit {pattern}");
                self.fault(TAG, &at, message, &required.reason, origin);
            }
        }
    }

    fn exceptions(&mut self, blueprint: &Blueprint) {
        for (index, exception) in self.loaded.manifest.exceptions.iter().enumerate() {
            let Some(guardrail) = blueprint.guardrails.get(&exception.rule) else {
                continue;
            };
            if guardrail.forbidden {
                let origin = &guardrail.origin;
                let message = format!("{} lets nobody except {}", origin.blueprint, exception.rule);
                let at = format!("/exceptions/{index}/rule");
                self.fault(EXCEPTION, &at, message, &guardrail.reason, origin);
            }
        }
    }
}

fn not_allowed(what: &str, value: &str, list: &Only, origin: &Origin) -> (String, String) {
    let message = format!("{} does not allow the {what} {value}", origin.blueprint);
    let help = format!("it allows {}; {}", list.only.join(", "), list.reason);
    (message, help)
}

impl Blueprint {
    /// Why a runtime may not be used, and what may: code, message and help.
    pub fn runtime_refused(&self, runtime: &str) -> Option<(&'static str, String, String)> {
        let (list, origin) = self.allowed.runtimes.as_ref()?;
        (!list.only.iter().any(|allowed| allowed == runtime)).then(|| {
            let (message, help) = not_allowed("runtime", runtime, list, origin);
            (ALLOWED, message, help)
        })
    }
}

/// A permission that the stack would grant.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'a> {
    /// IAM action.
    pub action: &'a str,
    /// JSON pointer of the line that asked for it; `None` when slgen itself needs it.
    pub pointer: Option<&'a str>,
    /// It only follows from another: a key that is used through the service that was asked for.
    pub follows: bool,
}

/// The permissions that a blueprint does not let anyone have: every one that it denies, and those that a function
/// asks for and are not allowed.
pub fn grants_refused<'a>(
    loaded: &Loaded,
    blueprint: &Blueprint,
    granted: impl Iterator<Item = Granted<'a>>,
) -> Vec<Diagnostic> {
    let allowed = &blueprint.allowed;
    let lists = [("service", &allowed.services), ("action", &allowed.actions)];
    if blueprint.denied.is_empty() && lists.iter().all(|(_, list)| list.is_none()) {
        return Vec::new();
    }
    let mut faults: Vec<Diagnostic> = Vec::new();
    for Granted {
        action,
        pointer,
        follows,
    } in granted
    {
        let at = pointer.unwrap_or("/baseline");
        let mut tell = |message: String, help: String| {
            if !faults
                .iter()
                .any(|d| d.message == message && d.pointer.as_deref() == Some(at))
            {
                faults.push(loaded.error(ALLOWED, at, message, help));
            }
        };
        for (denied, origin) in &blueprint.denied {
            if denied
                .actions
                .iter()
                .any(|pattern| matches(pattern, action))
            {
                let message = format!("{} denies {action}", origin.blueprint);
                tell(message, denied.reason.clone());
            }
        }
        // What a trigger needs is no access that anyone asks for.
        let asked = |at: &str| at.contains("/access/") || at.contains("/secrets/");
        if follows || !pointer.is_some_and(|at| at.starts_with("/functions/") && asked(at)) {
            continue;
        }
        for (what, list) in lists {
            let Some((list, origin)) = list else { continue };
            let value = match what {
                "service" => action.split(':').next().unwrap_or_default(),
                _ => action,
            };
            if !covered(value, list) {
                let (message, help) = not_allowed(what, value, list, origin);
                tell(message, help);
            }
        }
    }
    faults
}

/// Exceptions that last longer than a blueprint lets them, on a given day.
pub fn long_exceptions(loaded: &Loaded, blueprint: &Blueprint, today: Date) -> Vec<Diagnostic> {
    let exceptions = loaded.manifest.exceptions.iter().enumerate();
    let long = exceptions.filter_map(|(index, exception)| {
        let guardrail = blueprint.guardrails.get(&exception.rule)?;
        let (most, last) = (guardrail.days?, exception.expires.parse().ok()?);
        (today.days_until(last) > i64::from(most)).then(|| {
            loaded.error(
                EXCEPTION,
                &format!("/exceptions/{index}/expires"),
                format!(
                    "{} lets an exception to {} last {most} days at most",
                    guardrail.origin.blueprint, exception.rule
                ),
                guardrail.reason.clone(),
            )
        })
    });
    long.collect()
}
