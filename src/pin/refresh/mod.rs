//! Holds what is pinned against what the registries say, and takes what is new where that is wanted.

mod action;
mod image;

use std::collections::BTreeSet;

use super::budget::Budget;
use super::oci::Registry;
use super::trouble::{Kind, Trouble};
use super::{Lock, Needed};
use crate::date::Date;

/// What is wanted.
#[allow(missing_debug_implementations, reason = "a closure has none")]
pub struct Wanted<'a> {
    /// What a lock file has to pin.
    pub needed: &'a Needed,
    /// Whether something pinned, of a kind and a name, is to be replaced by what is new.
    pub update: &'a dyn Fn(&str, &str) -> bool,
    /// Versions of actions that were named: `actions/checkout`, `v7.0.1`.
    pub versions: &'a [(String, String)],
    /// What is younger than so many days is not taken.
    pub cooldown: Option<u16>,
    /// The day.
    pub today: Date,
    /// Longest time in all.
    pub budget: Budget,
}

/// What came of it.
#[derive(Debug)]
pub struct Refreshed {
    /// The new lock file.
    pub lock: Lock,
    /// What happened, a line each.
    pub told: Vec<String>,
    /// Whether something stands for something else than was pinned, and was left as pinned.
    pub moved: bool,
}

struct Run<'a> {
    wanted: &'a Wanted<'a>,
    registry: Option<Registry>,
    told: Vec<String>,
    moved: bool,
    troubles: Vec<Trouble>,
}

/// Asks about everything that is pinned or needed, but for what is pinned as this slgen carries it.
///
/// # Errors
/// Everything that could not be asked, is wrong or remains without a pin; nothing is to be written then.
pub fn refresh(mut lock: Lock, wanted: &Wanted<'_>) -> Result<Refreshed, Vec<Trouble>> {
    let mut run = Run {
        wanted,
        registry: None,
        told: Vec::new(),
        moved: false,
        troubles: Vec::new(),
    };
    let pinned = lock.images.iter().map(|i| i.image.clone());
    let names: BTreeSet<String> = pinned.chain(wanted.needed.images.iter().cloned()).collect();
    if names.iter().any(|name| !run.carried_image(&lock, name)) {
        run.registry = Some(Registry::new(wanted.budget).map_err(|trouble| vec![trouble])?);
    }
    for name in names {
        if run.carried_image(&lock, &name) {
            continue;
        }
        let old = lock.images.iter().position(|i| i.image == name);
        let before = old.map(|at| lock.images[at].clone());
        match run.image(&name, before.as_ref()) {
            Ok(None) => {}
            Ok(Some(new)) => match old {
                Some(at) => lock.images[at] = new,
                None => lock.images.push(new),
            },
            Err(trouble) => run.troubles.push(trouble),
        }
    }
    let pinned = lock.actions.iter().map(|a| a.action.clone());
    let names: BTreeSet<String> = pinned
        .chain(wanted.needed.actions.iter().cloned())
        .collect();
    for name in names {
        if run.carried_action(&lock, &name) {
            continue;
        }
        let old = lock.actions.iter().position(|a| a.action == name);
        let before = old.map(|at| lock.actions[at].clone());
        match run.action(&name, before.as_ref()) {
            Ok(None) => {}
            Ok(Some(new)) => match old {
                Some(at) => lock.actions[at] = new,
                None => lock.actions.push(new),
            },
            Err(trouble) => run.troubles.push(trouble),
        }
    }
    let missing = wanted.needed.missing(&lock);
    let tools = missing.tools.iter();
    run.troubles
        .extend(tools.map(|name| unpinned("tool", name)));
    if run.troubles.is_empty() {
        Ok(Refreshed {
            lock,
            told: run.told,
            moved: run.moved,
        })
    } else {
        Err(run.troubles)
    }
}

/// Something needed that nothing pins.
pub fn unpinned(what: &str, name: &str) -> Trouble {
    let help = match what {
        "tool" => "use a slgen that carries it, or write its version and hashes into slgen.lock",
        _ => "run `slgen pin` where the registry can be reached",
    };
    Trouble::new(
        Kind::Unpinned,
        &format!("{what} {name} is needed and not pinned"),
        help,
    )
}

/// What became of a candidate for a pin.
enum Age {
    Taken,
    TooYoung(String),
}

impl Run<'_> {
    /// Too young: what was pinned stays, and without that nothing is.
    fn kept<T>(&mut self, name: &str, why: &str, old: Option<&str>) -> Result<Option<T>, Trouble> {
        match old {
            Some(old) => {
                self.told.push(format!("{name}: {why}; {old} stays pinned"));
                Ok(None)
            }
            None => Err(Trouble::new(
                Kind::Unpinned,
                &format!("{name} is needed and not pinned: {why}"),
                "wait, name an older one, or pin it with a shorter --cooldown after a review",
            )),
        }
    }

    fn age(&mut self, name: &str, made: Option<Date>, days: u16) -> Age {
        let Some(made) = made else {
            self.told.push(format!(
                "{name}: nothing says when it was made, so that --cooldown does not hold it back"
            ));
            return Age::Taken;
        };
        let age = made.days_until(self.wanted.today);
        if age >= i64::from(days) {
            return Age::Taken;
        }
        Age::TooYoung(format!(
            "what is new is of {made}, younger than {days} days"
        ))
    }
}
