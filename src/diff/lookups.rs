//! Data sources: what refers to one has another value when another thing is looked up, whatever its own text says.

use super::Direction;
use crate::graph::{Address, Graph, Resource};

/// What the type of a data source begins with here.
const DATA: &str = "data.";
/// Rule of what is looked up.
pub(super) const LOOKED_UP: &str = "SLG-DIFF-026";

const MEANS: &str = "something else is looked up: what refers to it has another value";

/// The rule of this module and what a widening means.
pub(super) const RULES: &[(&str, &str)] = &[(LOOKED_UP, MEANS)];

/// Data sources whose values are known without asking anybody.
const KNOWN: [&str; 4] = [
    // Read as the document that it stands for, in the policies that refer to it.
    "aws_iam_policy_document",
    "aws_caller_identity",
    "aws_partition",
    "aws_region",
];

/// The data sources that are not alike on both sides, as resources of the type `data.TYPE`.
pub(super) fn pairs(old: &Graph, new: &Graph) -> Vec<(Option<Resource>, Option<Resource>)> {
    let looked = |graph: &Graph, address: &Address| -> Option<Resource> {
        let found = graph.resources.get(address)?;
        let mut resource = found.clone();
        resource.address.data = false;
        resource.address.kind = format!("{DATA}{}", address.kind);
        Some(resource)
    };
    let of = |graph: &Graph| -> Vec<Address> {
        let all = graph.resources.keys();
        all.filter(|a| a.data && !KNOWN.contains(&a.kind.as_str()))
            .cloned()
            .collect()
    };
    let mut addresses = of(old);
    addresses.extend(of(new));
    addresses.sort();
    addresses.dedup();
    let differs = |address: &Address| {
        let sides = (old.resources.get(address), new.resources.get(address));
        match sides {
            (Some(a), Some(b)) => a.attributes != b.attributes || a.provider != b.provider,
            _ => true,
        }
    };
    let different = addresses.iter().filter(|address| differs(address));
    different
        .map(|address| (looked(old, address), looked(new, address)))
        .collect()
}

/// Whether a type stands for a data source.
pub(super) fn is(kind: &str) -> bool {
    kind.starts_with(DATA)
}

/// What a change of it means where no row says more.
pub(super) fn meaning() -> (Direction, String) {
    (Direction::Undetermined, MEANS.to_owned())
}
