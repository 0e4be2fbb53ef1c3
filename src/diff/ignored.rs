//! `lifecycle.ignore_changes`: what Terraform leaves as it is, whatever the code says.

use std::collections::BTreeMap;

use crate::graph::{Graph, Kind, Resource, Value};

/// Gives code the values of what it ignores from what there is; `renamed` leads from an address there to that in code.
pub(super) fn keep(real: &Graph, code: &mut Graph, renamed: &BTreeMap<String, String>) {
    let real: BTreeMap<String, &Resource> = real
        .resources
        .values()
        .map(|resource| {
            let address = resource.address.to_string();
            (renamed.get(&address).cloned().unwrap_or(address), resource)
        })
        .collect();
    let some = |resource: &Resource| !resource.ignore_changes.is_empty();
    for resource in code.resources.values_mut(some) {
        let Some(real) = real.get(&resource.address.to_string()) else {
            continue;
        };
        for steps in std::mem::take(&mut resource.ignore_changes) {
            if steps.is_empty() {
                resource.attributes.clone_from(&real.attributes);
            } else {
                take(&real.attributes, &mut resource.attributes, &steps);
            }
            resource.ignore_changes.push(steps);
        }
    }
}

fn take(from: &BTreeMap<String, Value>, to: &mut BTreeMap<String, Value>, steps: &[String]) {
    let Some((first, rest)) = steps.split_first() else {
        return;
    };
    match (from.get(first), to.get_mut(first)) {
        (Some(from), _) if rest.is_empty() => drop(to.insert(first.clone(), from.clone())),
        (None, _) if rest.is_empty() => drop(to.remove(first)),
        (Some(from), Some(to)) => {
            // A block is a list of one.
            let (Kind::Map(from), Some(to)) = (&from.sole().kind, map(to)) else {
                return;
            };
            take(from, to, rest);
        }
        _ => {}
    }
}

fn map(value: &mut Value) -> Option<&mut BTreeMap<String, Value>> {
    match &mut value.kind {
        Kind::Map(map) => Some(map),
        Kind::List(items) | Kind::Set(items) => match items.as_mut_slice() {
            [one] => map(one),
            _ => None,
        },
        _ => None,
    }
}
