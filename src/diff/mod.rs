//! Which way the security goes: graph against graph, with a direction and a severity for each
//! change.
//!
//! Policies are compared by what they allow (`policy`), everything else by the tables in `aws/`:
//! what no row judges is neutral where it is known to open nothing (`aws/plain.json`), and else undetermined. Nothing
//! here knows where a graph comes from.

mod allowed;
mod assumed;
mod bind;
mod blocks;
mod callers;
mod change;
mod cidr;
mod classify;
mod comparison;
mod evidence;
pub mod finding;
mod fresh;
mod held;
mod ignored;
mod lookups;
mod meta;
mod normalise;
mod numbers;
mod own;
mod pair;
mod path;
mod pins;
mod places;
mod plain;
mod policy;
mod reach;
mod redact;
pub mod report;
mod resolve;
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
use comparison::{Comparison, gone};
use normalise::Names;
use pair::pair;
use resolve::resolve_both;

use crate::graph::Graph;

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

/// Reads the tables that a comparison needs, while there is time before it.
pub fn read_tables() {
    table::read();
    plain::read();
    places::read();
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
    let (mut old, mut new) = resolve_both(&first, &second);
    let both_code = before.nature == Nature::Code && after.nature == Nature::Code;
    if both_code {
        settings::add(&mut old, &mut new);
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
        comparison.pair(pair.before, pair.after, &mut found);
    }
    if both_code {
        for (a, b) in lookups::pairs(&old, &new) {
            comparison.pair(a.as_ref(), b.as_ref(), &mut found);
        }
        comparison.numbers(before.graph, after.graph, &mut found);
    }
    if before.nature == after.nature {
        comparison.reach(&old, &new, &mut found);
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
