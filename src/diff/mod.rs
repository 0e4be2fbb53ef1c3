//! Which way the security goes: graph against graph, with a direction and a severity for each
//! change.
//!
//! Policies are compared by what they allow (`policy`), everything else by the tables in `aws/`:
//! what no row judges is neutral. Nothing here knows where a graph comes from.

mod allowed;
mod assumed;
mod bind;
mod callers;
mod change;
mod classify;
mod evidence;
pub mod finding;
mod fresh;
mod held;
mod ignored;
mod normalise;
mod pair;
mod path;
mod pins;
mod policy;
mod redact;
pub mod report;
mod rules;
mod settings;
mod severity;
mod signed;
mod table;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use change::Nature;
pub use finding::{
    ChangeKind, Covered, Direction, Finding, PolicyLine, Source, Summary, Witness, fold,
};
pub use pair::Pairing;
pub use redact::Shown;
pub use rules::{RuleText, rules};
pub use settings::{LOCK, add_lock};

use assumed::{placed, wider};
use bind::bind;
use change::{Change, changes};
use normalise::Names;
use pair::pair;

use crate::graph::{Graph, Location, Resource};
use crate::guardrail::Severity;

/// Rule of what no row of the tables judges.
const OTHER: &str = "SLG-DIFF-000";
/// Rule of a resource that only the account has, of a type that no row judges.
const UNMANAGED: &str = "SLG-DIFF-050";

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The graph, for one environment.
    pub graph: &'a Graph,
    /// What is read of it.
    pub nature: Nature,
}

/// What is compared.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Pending or drift.
    pub kind: ChangeKind,
    /// How resources are told to be the same.
    pub pairing: Pairing,
    /// Name of the environment, for the findings.
    pub environment: &'a str,
    /// Whether a second side without a resource of this type really has none; an account is read in
    /// part, and what could not be read is not absent.
    pub complete: &'a dyn Fn(&str) -> bool,
}

/// Everything that differs, in no order. Findings of several environments are put together by
/// [`fold`].
pub fn compare(before: Side<'_>, after: Side<'_>, question: &Question<'_>) -> Vec<Finding> {
    if before.nature == after.nature && before.graph == after.graph {
        return Vec::new();
    }
    let (first, second) = match question.pairing {
        Pairing::Address => (
            before.graph.expanded_like(after.graph),
            after.graph.expanded_like(before.graph),
        ),
        Pairing::Identity => (Cow::Borrowed(before.graph), Cow::Borrowed(after.graph)),
    };
    let mut old = Names::of(&first).resolve(&first);
    let mut new = Names::of(&second).resolve(&second);
    if before.nature == Nature::Code && after.nature == Nature::Code {
        settings::add(&mut old);
        settings::add(&mut new);
    }
    signed::mark(&mut old);
    signed::mark(&mut new);
    let renamed = bind(
        &mut old,
        &mut new,
        before.nature,
        after.nature,
        question.pairing,
    );
    if before.nature == Nature::Real && after.nature == Nature::Code {
        ignored::keep(&old, &mut new, &renamed);
    }
    let account = Names::account_of(after.graph).or(Names::account_of(before.graph));
    let sides = policy::Sides {
        before: held::Held::of(&old),
        after: held::Held::of(&new),
        renamed: &renamed,
        account,
        kind: question.kind,
        complete: question.complete,
    };
    let comparison = Comparison {
        question,
        account,
        natures: (before.nature, after.nature),
        sides: &sides,
        renamed: &renamed,
        gone: gone(&old, &new, &renamed),
    };
    let mut found = sides.findings();
    if found.iter().any(|f| f.direction == Direction::Undetermined)
        && let Some((old, new)) = placed(&old, &new)
    {
        let assumed = policy::Sides {
            before: held::Held::of(&old),
            after: held::Held::of(&new),
            renamed: &renamed,
            account,
            kind: question.kind,
            complete: question.complete,
        };
        wider(&mut found, assumed.findings());
    }
    for pair in pair(&old, &new, question.pairing, &renamed) {
        match (pair.before, pair.after) {
            (Some(a), Some(b)) => comparison.both(a, b, &mut found),
            (Some(a), None) => comparison.removed(a, &mut found),
            (None, Some(b)) => comparison.added(b, &mut found),
            (None, None) => {}
        }
    }
    // An account has no addresses: what is in the code as well is called as it is there.
    let called: BTreeMap<&String, &String> = match question.pairing {
        Pairing::Identity => renamed.iter().map(|(code, live)| (live, code)).collect(),
        Pairing::Address => BTreeMap::new(),
    };
    for finding in &mut found {
        finding.environments = vec![question.environment.to_owned()];
        if let Some(code) = called.get(&finding.address) {
            finding.address = (*code).clone();
        }
    }
    found
}

/// `type.name` of resources that are on one side only: old ones that are gone, new ones.
struct Gone {
    old: std::collections::BTreeSet<String>,
    new: std::collections::BTreeSet<String>,
}

fn gone(old: &Graph, new: &Graph, renamed: &BTreeMap<String, String>) -> Gone {
    let plain = |graph: &Graph| -> std::collections::BTreeSet<String> {
        let managed = graph.resources.keys().filter(|a| !a.data);
        managed
            .map(|a| format!("{}{}.{}", a.prefix(), a.kind, a.name))
            .collect()
    };
    let base = |address: &str| address.split('[').next().unwrap_or(address).to_owned();
    let (old, new) = (plain(old), plain(new));
    let kept: std::collections::BTreeSet<String> = renamed.keys().map(|a| base(a)).collect();
    let came: std::collections::BTreeSet<String> = renamed.values().map(|a| base(a)).collect();
    Gone {
        old: old
            .iter()
            .filter(|a| !new.contains(*a) && !kept.contains(*a))
            .cloned()
            .collect(),
        new: new
            .iter()
            .filter(|a| !old.contains(*a) && !came.contains(*a))
            .cloned()
            .collect(),
    }
}

struct Comparison<'a> {
    question: &'a Question<'a>,
    account: Option<&'a str>,
    natures: (Nature, Nature),
    sides: &'a policy::Sides<'a>,
    renamed: &'a BTreeMap<String, String>,
    gone: Gone,
}

impl Comparison<'_> {
    fn finding(
        &self,
        rule: &str,
        direction: Direction,
        severity: Severity,
        address: String,
        path: &str,
    ) -> Finding {
        Finding::new(rule, direction, severity, self.question.kind, address, path)
    }

    /// A resource that is on both sides.
    fn both(&self, before: &Resource, after: &Resource, found: &mut Vec<Finding>) {
        self.changed(before, after, found);
        if let Some(now) = self.renamed.get(&before.address.to_string()) {
            let mut finding =
                self.finding(OTHER, Direction::Neutral, Severity::Low, now.clone(), "");
            // Code is compared with an account by identity: there is no address to be renamed.
            if self.question.pairing == Pairing::Address {
                finding.meaning = format!("called {} before", before.address);
                finding.location.clone_from(&after.location);
                found.push(finding);
            }
        }
    }

    /// The attributes that differ.
    fn changed(&self, before: &Resource, after: &Resource, found: &mut Vec<Finding>) {
        let kind = after.address.kind.as_str();
        let changes = changes((before, self.natures.0), (after, self.natures.1));
        if changes.is_empty() {
            return;
        }
        let mut judged_paths: Vec<String> = Vec::new();
        let held = (&self.sides.before, &self.sides.after);
        let callers = callers::Callers::of((before, held.0), (after, held.1));
        for row in table::rows(kind) {
            if callers.as_ref().is_some_and(|c| c.covers(&row.path)) {
                judged_paths.push(row.path.clone());
                continue;
            }
            let concerns = |c: &Change| within(&c.path, &row.path) || within(&row.path, &c.path);
            if !changes.iter().any(concerns) {
                continue;
            }
            if !row.kinds.is_empty() && !row.kinds.contains(&self.question.kind) {
                continue;
            }
            if row.path == "permissions_boundary"
                && self
                    .sides
                    .boundaries_known(&before.address.to_string(), &after.address.to_string())
            {
                continue;
            }
            for mut judged in classify::judge(row, before, after, self.account) {
                if self.question.kind == ChangeKind::Drift {
                    judged.severity = judged.severity.max(row.drift.unwrap_or(judged.severity));
                }
                let path = match &judged.part {
                    Some(part) => format!("{}.{part}", row.path),
                    None => row.path.clone(),
                };
                let mut finding = self.finding(
                    &row.rule,
                    judged.direction,
                    judged.severity,
                    after.address.to_string(),
                    &path,
                );
                (finding.before, finding.after) = shown(before, after, &path);
                finding.meaning = row.meaning(judged.direction, judged.milder);
                match &callers {
                    Some(callers) => callers.tell(&mut finding),
                    None => callers::tell_tokens(&mut finding, before, after),
                }
                finding.location = place(after, &path).or_else(|| place(before, &path));
                judged_paths.push(path);
                found.push(finding);
            }
            // What a row looked at and found no difference in is none.
            judged_paths.push(match row.compare {
                table::Compare::Names(_) | table::Compare::SecretNames => continue,
                _ => row.path.clone(),
            });
        }
        for change in &changes {
            let judged = judged_paths
                .iter()
                .any(|path| within(&change.path, path) || within(path, &change.path));
            if judged || held::covers(kind, &change.path) {
                continue;
            }
            found.push(self.neutral(before, after, change));
        }
    }

    fn neutral(&self, before: &Resource, after: &Resource, change: &Change) -> Finding {
        let kind = after.address.kind.as_str();
        let mut finding = self.finding(
            OTHER,
            Direction::Neutral,
            Severity::Low,
            after.address.to_string(),
            &change.path,
        );
        let (old, new) = (change.before.as_ref(), change.after.as_ref());
        (finding.before, finding.after) = redact::both(kind, &change.path, old, new);
        finding.location = place(after, &change.path).or_else(|| place(before, &change.path));
        let identifies = table::identity(kind)
            .is_some_and(|i| i.attributes.contains(&change.path) && change.path.ends_with("name"));
        if identifies {
            "replaced under another name: what it holds goes with the old one"
                .clone_into(&mut finding.meaning);
        }
        finding
    }

    fn added(&self, after: &Resource, found: &mut Vec<Finding>) {
        let kind = after.address.kind.as_str();
        let drift = self.question.kind == ChangeKind::Drift;
        if held::carrier(kind) {
            return;
        }
        let presence = table::presence(kind);
        let beside_new = after.references.iter().any(|r| self.gone.new.contains(r));
        let (rule, direction, severity, means) = match presence {
            Some(p) if drift => {
                let severity = match p.unmanaged {
                    Some(unmanaged) => unmanaged.severity(),
                    None if p.role == table::Role::Opens => Some(p.severity),
                    None => None,
                };
                match severity {
                    Some(severity) => (
                        p.rule.as_str(),
                        Direction::Widening,
                        severity,
                        unmanaged_sentence(p),
                    ),
                    None => (
                        p.rule.as_str(),
                        Direction::Neutral,
                        Severity::Low,
                        String::new(),
                    ),
                }
            }
            Some(p) => match p.role {
                table::Role::Opens => (
                    p.rule.as_str(),
                    Direction::Widening,
                    p.severity,
                    p.means.clone(),
                ),
                // What is protected is new itself: there was nothing to protect.
                table::Role::Protects if !beside_new => (
                    p.rule.as_str(),
                    Direction::Narrowing,
                    p.severity,
                    meaning(Direction::Narrowing, &p.means),
                ),
                _ => (OTHER, Direction::Neutral, Severity::Low, String::new()),
            },
            None if drift => (
                UNMANAGED,
                Direction::Undetermined,
                Severity::Medium,
                "it is in the account and not in the code".to_owned(),
            ),
            None => (OTHER, Direction::Neutral, Severity::Low, String::new()),
        };
        let severity = self.severer(presence, after, severity, direction);
        let mut finding = self.finding(rule, direction, severity, after.address.to_string(), "");
        if drift {
            finding.kind = ChangeKind::Unmanaged;
        }
        finding.meaning = match callers::of_new(after, &self.sides.after) {
            _ if means.is_empty() => "new".to_owned(),
            Some(callers) => format!("{means}: {callers}"),
            None => means,
        };
        finding.location.clone_from(&after.location);
        found.push(finding);
    }

    fn removed(&self, before: &Resource, found: &mut Vec<Finding>) {
        let kind = before.address.kind.as_str();
        if held::carrier(kind) || !(self.question.complete)(kind) {
            return;
        }
        let presence = table::presence(kind);
        let beside_gone = before.references.iter().any(|r| self.gone.old.contains(r));
        let (rule, direction, severity, means) = match presence {
            Some(p) => match p.role {
                table::Role::Opens => (
                    p.rule.as_str(),
                    Direction::Narrowing,
                    p.severity,
                    meaning(Direction::Narrowing, &p.means),
                ),
                // What it protected goes too.
                table::Role::Protects if !beside_gone => (
                    p.rule.as_str(),
                    Direction::Widening,
                    p.severity,
                    p.means.clone(),
                ),
                _ => (OTHER, Direction::Neutral, Severity::Low, String::new()),
            },
            None => (OTHER, Direction::Neutral, Severity::Low, String::new()),
        };
        let severity = self.severer(presence, before, severity, direction);
        let mut finding = self.finding(rule, direction, severity, before.address.to_string(), "");
        finding.meaning = match (means.is_empty(), self.question.kind) {
            (false, _) => means,
            (true, ChangeKind::Drift) => "it is in the code and not in the account".to_owned(),
            (true, _) => "removed".to_owned(),
        };
        finding.location.clone_from(&before.location);
        found.push(finding);
    }

    fn severer(
        &self,
        presence: Option<&table::Presence>,
        resource: &Resource,
        least: Severity,
        direction: Direction,
    ) -> Severity {
        let Some(presence) = presence.filter(|_| direction != Direction::Neutral) else {
            return least;
        };
        presence.severer.iter().fold(least, |severity, s| {
            let values = normalise::values(resource, &s.path);
            let texts: Vec<String> = values.iter().filter_map(|v| v.text()).collect();
            let texts: Vec<&String> = texts.iter().collect();
            classify::severer(&presence.severer, &s.path, severity, &texts, self.account)
        })
    }
}

/// The values of an attribute as they may be shown; several, as through blocks, as a list.
fn shown(before: &Resource, after: &Resource, path: &str) -> (Option<Shown>, Option<Shown>) {
    let value = |resource: &Resource| match normalise::values(resource, path).as_slice() {
        [] => None,
        [one] => Some((*one).clone()),
        several => {
            let list = several.iter().map(|v| (*v).clone()).collect();
            Some(crate::graph::Value::from(crate::graph::Kind::List(list)))
        }
    };
    let (old, new) = (value(before), value(after));
    redact::both(&after.address.kind, path, old.as_ref(), new.as_ref())
}

fn unmanaged_sentence(presence: &table::Presence) -> String {
    match presence.role {
        table::Role::Opens | table::Role::Neutral => presence.means.clone(),
        table::Role::Protects => "it is in the account and not in the code".to_owned(),
    }
}

fn meaning(direction: Direction, means: &str) -> String {
    match direction {
        Direction::Widening => means.to_owned(),
        Direction::Narrowing => format!("no longer: {means}"),
        Direction::Undetermined => format!("perhaps: {means}"),
        Direction::Neutral => String::new(),
    }
}

/// Whether a path is another or stands below it.
fn within(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Line of an attribute, or of the nearest block that is written.
fn place(resource: &Resource, path: &str) -> Option<Location> {
    let location = resource.location.as_ref()?;
    let mut path = Some(path);
    while let Some(written) = path {
        if let Some(line) = resource.attribute_lines.get(written) {
            return Some(Location {
                line: *line,
                ..location.clone()
            });
        }
        path = written.rsplit_once('.').map(|(block, _)| block);
    }
    Some(location.clone())
}
