//! The rules of `slgen diff`.

use std::collections::BTreeMap;

use super::{comparison, lookups, numbers, policy, table};

/// A rule of the tables that no guardrail has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleText {
    /// `SLG-DIFF-…`.
    pub id: String,
    /// What a widening means, in one sentence.
    pub means: String,
}

/// Every rule of the tables, sorted by id.
pub fn rules() -> Vec<RuleText> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (id, means) in table::means() {
        found.entry(id.clone()).or_insert_with(|| means.clone());
    }
    let own = [
        policy::RULES,
        comparison::RULES,
        lookups::RULES,
        numbers::RULES,
    ];
    for (id, means) in own.into_iter().flatten() {
        found.insert((*id).to_owned(), (*means).to_owned());
    }
    let rules = found.into_iter();
    rules.map(|(id, means)| RuleText { id, means }).collect()
}
