//! The role with which `diff --live` and `snapshot` read an account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;

use super::pack::{ManagedPolicy, Permits, pack};
use super::stack::Stack;
use crate::catalog::aws::calls;
use crate::iam::Effect;

/// Where a kind of resource of [`calls::Call::on`] lies, when the stack has resources of a type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Resource type.
    #[serde(rename = "type")]
    kind: String,
    /// ARNs, as in `lifecycle.json`.
    on: Vec<String>,
    /// Only with the stack's tags: AWS makes up the ids.
    #[serde(default)]
    tagged: bool,
    /// Why it goes beyond the stack's own names.
    #[serde(rename = "why")]
    _why: Option<String>,
}

fn places() -> &'static BTreeMap<String, Vec<Place>> {
    static DATA: OnceLock<BTreeMap<String, Vec<Place>>> = OnceLock::new();
    DATA.get_or_init(|| match serde_json::from_str(include_str!("reader.json")) {
        Ok(places) => places,
        Err(error) => unreachable!("built-in data is tested to parse: {error}"),
    })
}

/// The managed policies of the role: the calls that the live reader makes, on the stack's functions, on what hangs on
/// them, and on what else the stack owns. It changes nothing and reads no content: no items, objects, messages, secret
/// values or code.
///
/// # Errors
/// A sentence for each resource whose name is not known, or for what fits into no policy.
pub fn reader(stack: &Stack<'_>) -> Result<Vec<ManagedPolicy>, Vec<String>> {
    let mut faults = BTreeSet::new();
    let mut permits = Permits::default();
    for call in calls::calls() {
        let action = call.action();
        if call.on == "*" {
            let region = stack.in_region("*").into_iter().collect();
            permits.add(Effect::Allow, action, "*", region);
            continue;
        }
        for place in places().get(&call.on).into_iter().flatten() {
            for resource in stack.graph.of_type(&place.kind) {
                for template in &place.on {
                    let conditions = if place.tagged {
                        stack.with_tags("aws:ResourceTag")
                    } else {
                        Vec::new()
                    };
                    match stack.arn(template, &resource.attributes) {
                        Ok(arn) => permits.add(Effect::Allow, action, &arn, conditions),
                        Err(fault) => {
                            faults.insert(format!("{}: {fault}", resource.address));
                        }
                    }
                }
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults.into_iter().collect());
    }
    pack(&format!("slgen-{}-reader", stack.name), permits).map_err(|fault| vec![fault])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every call of the live reader is of a kind that has a place, and no place is without a call.
    #[test]
    fn kinds_are_those_of_the_calls() {
        let called: BTreeSet<&str> = calls::calls()
            .iter()
            .map(|call| call.on.as_str())
            .filter(|on| *on != "*")
            .collect();
        let placed: BTreeSet<&str> = places().keys().map(String::as_str).collect();
        assert_eq!(called, placed);
    }
}
