//! What is said of a resource beside its settings: which provider makes it, and what Terraform leaves alone.

use std::collections::BTreeMap;

use super::Direction;
use super::comparison::Comparison;
use super::finding::Finding;
use crate::graph::{Address, Graph, Kind, Resource, Value};
use crate::guardrail::Severity;

/// Rule of resources whose number is not known any more.
const NUMBER: &str = "SLG-DIFF-027";

/// The rule of this module and what a widening means.
pub(super) const RULES: &[(&str, &str)] = &[(
    NUMBER,
    "how many there are, or whether there is one at all, is not known before apply",
)];

/// Both resources with these as attributes; `None` where they are alike.
pub(super) fn of(before: &Resource, after: &Resource) -> Option<(Resource, Resource)> {
    let alike = before.prevent_destroy == after.prevent_destroy
        && before.ignore_changes == after.ignore_changes
        && provider(before) == provider(after);
    (!alike).then(|| (with(before), with(after)))
}

fn with(resource: &Resource) -> Resource {
    let ignored = resource.ignore_changes.iter().map(|steps| {
        let all = steps.is_empty();
        Value::string(if all {
            "all".to_owned()
        } else {
            steps.join(".")
        })
    });
    let lifecycle = BTreeMap::from([
        (
            "prevent_destroy".to_owned(),
            Kind::Bool(resource.prevent_destroy).into(),
        ),
        ("ignore_changes".to_owned(), Value::set(ignored.collect())),
    ]);
    let mut resource = resource.clone();
    let attributes = &mut resource.attributes;
    attributes.insert("lifecycle".to_owned(), Kind::Map(lifecycle).into());
    if let Some(provider) = provider(&resource).map(Value::string) {
        resource.attributes.insert("provider".to_owned(), provider);
    }
    resource
}

/// The provider that is named, where it is not the one that Terraform takes anyway.
fn provider(resource: &Resource) -> Option<String> {
    let usual = resource.address.kind.split('_').next();
    let named = resource.provider.clone();
    named.filter(|provider| Some(provider.as_str()) != usual)
}

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
            RULES
                .first()
                .map_or("", |(_, means)| *means)
                .clone_into(&mut finding.meaning);
            let resource = new.resources.get(address);
            finding.location = resource.and_then(|r| r.location.clone());
            found.push(finding);
        }
    }
}
