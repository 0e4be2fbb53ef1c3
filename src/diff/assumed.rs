//! What widens wherever the code is applied, where it does not say in which region and account.

use std::collections::BTreeMap;

use super::finding::{Direction, Finding};
use super::normalise::Names;
use crate::graph::Graph;

/// Both sides in one region and account, where neither says in which: ARNs of its own resources are known then, and
/// name no other's.
pub(super) fn placed(old: &Graph, new: &Graph) -> Option<(Graph, Graph)> {
    let (before, after) = (Names::of(old), Names::of(new));
    let open = before.place() == after.place() && !before.is_placed();
    open.then(|| (before.assumed().resolve(old), after.assumed().resolve(new)))
}

/// What widens wherever it is, of what could not be decided. That nothing does is no answer: another's ARN may be one's
/// own.
pub(super) fn wider(found: &mut [Finding], assumed: Vec<Finding>) {
    let key = |f: &Finding| (f.rule.clone(), f.address.clone(), f.path.clone());
    let wider = assumed
        .into_iter()
        .filter(|f| f.direction == Direction::Widening);
    let mut wider: BTreeMap<_, Finding> = wider.map(|f| (key(&f), f)).collect();
    for finding in found
        .iter_mut()
        .filter(|f| f.direction == Direction::Undetermined)
    {
        if let Some(wider) = wider.remove(&key(finding)) {
            *finding = wider;
        }
    }
}
