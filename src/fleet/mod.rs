//! Many services at once: what a report says of them. Who reads them and judges is the command.

mod html;
pub mod impact;
mod markdown;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

pub use html::html;
pub use markdown::markdown;
pub use text::text;

use crate::date::Date;
use crate::diff::report::escape;
use crate::guardrail::Severity;

/// Days before its end in which an exception is called expiring.
pub const SOON: u32 = 30;

/// Severities, the worst first.
pub const SEVERITIES: [Severity; 4] = [
    Severity::Critical,
    Severity::High,
    Severity::Medium,
    Severity::Low,
];

/// Access levels as AWS names them, the most sensitive first; what the facts do not know comes last.
pub const LEVELS: [&str; 6] = [
    "Permissions management",
    "Write",
    "Tagging",
    "Read",
    "List",
    "unknown",
];

/// What there is to say of many services.
#[derive(Debug)]
pub struct Fleet {
    /// The UTC day that ends and ages are counted from.
    pub today: Date,
    /// Days after which a lock file counts as old.
    pub pins_older_than: u32,
    /// The services in the order of their manifests' paths.
    pub services: Vec<Service>,
}

/// Where a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It cannot be read.
    Unreadable,
    /// A rule, an exception or a last day stops it.
    Gated,
    /// Nothing stops it.
    Sound,
}

impl State {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Gated => "gated",
            Self::Sound => "sound",
        }
    }
}

/// One manifest.
#[derive(Debug, Serialize)]
pub struct Service {
    /// Its path.
    pub manifest: String,
    /// Where it stands.
    pub state: State,
    /// Why it cannot be read, or what stops it first.
    pub reason: Option<String>,
    /// What is known of it; nothing where it cannot be read.
    #[serde(flatten)]
    pub facts: Option<Facts>,
}

/// What is known of a service.
#[derive(Debug, Serialize)]
pub struct Facts {
    /// Its name.
    pub service: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// Its blueprint.
    pub blueprint: Blueprint,
    /// Names of its environments.
    pub environments: Vec<String>,
    /// How many functions it has.
    pub functions: usize,
    /// Findings of the guardrails by severity, those that exceptions cover left out.
    pub findings: BTreeMap<String, usize>,
    /// Its exceptions.
    pub exceptions: Exceptions,
    /// Its lock file.
    pub pins: Pins,
    /// What its functions may do: lines of the ledger by access level.
    pub permissions: BTreeMap<String, usize>,
    /// Lines of the ledger that lead to more privilege, credentials or exposure.
    pub harmful: usize,
    /// What invokes its functions: HTTP routes by their authentication, everything else as `event`.
    pub entries: BTreeMap<String, usize>,
}

/// A blueprint as a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Blueprint {
    /// Its name.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// Where it is.
    pub source: String,
}

/// How many exceptions there are.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Exceptions {
    /// That hold, the expiring ones among them.
    pub open: usize,
    /// That end within [`SOON`] days.
    pub expiring: usize,
    /// Whose last day is over.
    pub expired: usize,
}

/// How old what is pinned is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Pins {
    /// Whether there is a lock file.
    pub locked: bool,
    /// Days since the lock file was last committed, where git knows.
    pub age_days: Option<i64>,
    /// Whether that is longer ago than was asked for.
    pub old: bool,
    /// Images, actions and tools that this slgen carries another pin of.
    pub behind: Vec<String>,
}

impl Fleet {
    /// How many services are in this state.
    pub fn count(&self, state: State) -> usize {
        self.services.iter().filter(|s| s.state == state).count()
    }

    fn facts(&self) -> impl Iterator<Item = &Facts> {
        self.services
            .iter()
            .filter_map(|service| service.facts.as_ref())
    }

    /// Services by blueprint and version.
    pub fn blueprints(&self) -> BTreeMap<Blueprint, usize> {
        let mut found = BTreeMap::new();
        for facts in self.facts() {
            *found.entry(facts.blueprint.clone()).or_insert(0) += 1;
        }
        found
    }

    /// Sums of a count by name, over all services.
    fn sums(&self, of: impl Fn(&Facts) -> &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
        let mut sums = BTreeMap::new();
        for (name, count) in self.facts().flat_map(of) {
            *sums.entry(name.clone()).or_insert(0) += count;
        }
        sums
    }

    /// Findings by severity, the worst first.
    pub fn findings(&self) -> Vec<(String, usize)> {
        let sums = self.sums(|facts| &facts.findings);
        let names = SEVERITIES.iter().map(ToString::to_string);
        ordered(names, &sums)
    }

    /// Permissions by access level, the most sensitive first.
    pub fn permissions(&self) -> Vec<(String, usize)> {
        let sums = self.sums(|facts| &facts.permissions);
        ordered(LEVELS.iter().map(ToString::to_string), &sums)
    }

    /// Entry points by authentication.
    pub fn entries(&self) -> Vec<(String, usize)> {
        self.sums(|facts| &facts.entries).into_iter().collect()
    }

    /// Exceptions of all services.
    pub fn exceptions(&self) -> Exceptions {
        let mut sum = Exceptions::default();
        for Exceptions {
            open,
            expiring,
            expired,
        } in self.facts().map(|facts| facts.exceptions)
        {
            sum.open += open;
            sum.expiring += expiring;
            sum.expired += expired;
        }
        sum
    }

    /// What is counted over all services, as people read it: heading, and what is counted with its number.
    pub fn sections(&self) -> [(&'static str, Vec<(String, usize)>); 5] {
        let exceptions = self.exceptions();
        let (unlocked, old, behind) = self.pins();
        [
            ("findings", self.findings()),
            (
                "exceptions",
                vec![
                    ("open".to_owned(), exceptions.open),
                    (format!("expiring within {SOON} days"), exceptions.expiring),
                    ("expired".to_owned(), exceptions.expired),
                ],
            ),
            ("permissions", self.permissions()),
            ("entry points", self.entries()),
            (
                "pins",
                vec![
                    ("without slgen.lock".to_owned(), unlocked),
                    (format!("older than {} days", self.pins_older_than), old),
                    ("behind this slgen".to_owned(), behind),
                ],
            ),
        ]
    }

    /// Services without a lock file, with an old one, and with one that is behind this slgen.
    pub fn pins(&self) -> (usize, usize, usize) {
        let count = |is: &dyn Fn(&Pins) -> bool| self.facts().filter(|f| is(&f.pins)).count();
        (
            count(&|pins| !pins.locked),
            count(&|pins| pins.old),
            count(&|pins| !pins.behind.is_empty()),
        )
    }
}

fn ordered(
    names: impl Iterator<Item = String>,
    sums: &BTreeMap<String, usize>,
) -> Vec<(String, usize)> {
    let counted = names.map(|name| {
        let count = sums.get(&name).copied().unwrap_or(0);
        (name, count)
    });
    counted.collect()
}

/// For programs.
pub fn json(fleet: &Fleet) -> String {
    let map = |list: Vec<(String, usize)>| list.into_iter().collect::<BTreeMap<_, _>>();
    let blueprints = fleet.blueprints().into_iter();
    let blueprints = blueprints.map(|(blueprint, services)| {
        serde_json::json!({
            "name": blueprint.name,
            "version": blueprint.version,
            "source": blueprint.source,
            "services": services,
        })
    });
    let (unlocked, old, behind) = fleet.pins();
    let value = serde_json::json!({
        "schema": "slgen.fleet/1",
        "today": fleet.today,
        "pins_older_than_days": fleet.pins_older_than,
        "summary": {
            "services": fleet.services.len(),
            "sound": fleet.count(State::Sound),
            "gated": fleet.count(State::Gated),
            "unreadable": fleet.count(State::Unreadable),
            "blueprints": blueprints.collect::<Vec<_>>(),
            "findings": map(fleet.findings()),
            "exceptions": fleet.exceptions(),
            "pins": { "unlocked": unlocked, "old": old, "behind": behind },
            "permissions": map(fleet.permissions()),
            "entries": map(fleet.entries()),
        },
        "services": fleet.services,
    });
    escape::json(&format!("{value:#}\n"))
}
