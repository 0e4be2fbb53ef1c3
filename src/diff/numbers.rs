//! How many resources there are of one block, where that is not known before apply.

use super::Direction;
use super::comparison::Comparison;
use super::finding::Finding;
use crate::graph::{Address, Graph};
use crate::guardrail::Severity;

/// Rule of resources whose number is not known any more.
const NUMBER: &str = "SLG-DIFF-027";

const MEANS: &str = "how many there are, or whether there is one at all, is not known before apply";

/// The rule of this module and what a widening means.
pub(super) const RULES: &[(&str, &str)] = &[(NUMBER, MEANS)];

impl Comparison<'_> {
    /// Resources whose number was known, or said by another expression.
    pub(super) fn numbers(&self, old: &Graph, new: &Graph, found: &mut Vec<Finding>) {
        for (address, expression) in &new.unexpanded {
            if address.data || old.unexpanded.get(address) == Some(expression) {
                continue;
            }
            let same = |a: &Address| a.kind == address.kind && a.name == address.name;
            if !old.resources.keys().filter(|a| !a.data).any(same) {
                continue;
            }
            let mut finding = self.finding(
                NUMBER,
                Direction::Undetermined,
                Severity::Medium,
                address.to_string(),
                "",
            );
            MEANS.clone_into(&mut finding.meaning);
            let resource = new.resources.get(address);
            finding.location = resource.and_then(|r| r.location.clone());
            found.push(finding);
        }
    }
}
