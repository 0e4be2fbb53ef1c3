//! References of code that the other side knows, and what is called otherwise now.

use std::collections::BTreeMap;

use super::change::Nature;
use super::normalise::{Names, put};
use super::pair::{Pair, Pairing, pair};
use crate::graph::{Graph, Resource};

/// Follows renames, and gives the references of code the values that the other side knows. Gives
/// old address → new address of what is called otherwise now.
pub(super) fn bind(
    old: &mut Graph,
    new: &mut Graph,
    before: Nature,
    after: Nature,
    pairing: Pairing,
) -> BTreeMap<String, String> {
    let mut renamed = BTreeMap::new();
    // A name found makes further identities known: of what hangs on it.
    for _ in 0..4 {
        let pairs = pair(old, new, pairing, &renamed);
        let both = pairs
            .iter()
            .filter_map(|Pair { before, after }| (*before).zip(*after));
        let both: Vec<(&Resource, &Resource)> = both.collect();
        let now: BTreeMap<String, String> = both
            .iter()
            .filter(|(a, b)| a.address != b.address)
            .map(|(a, b)| (a.address.to_string(), b.address.to_string()))
            .collect();
        let fixed = now == renamed;
        renamed = now;
        let (graph, changed) = match (before, after) {
            // References are resolved already: only another name changes them.
            (Nature::Code, Nature::Code) if fixed && renamed.is_empty() => break,
            (Nature::Code, Nature::Code) => {
                let changed = Names::of(old).renamed(renamed.clone()).changed(old);
                (&mut *old, changed)
            }
            (Nature::Code, Nature::Real | Nature::Account) => {
                let other = both.iter().map(|(a, b)| (a.address.to_string(), *b));
                let changed = Names::of(old).beside(other.collect()).changed(old);
                (&mut *old, changed)
            }
            (Nature::Real | Nature::Account, Nature::Code) => {
                let other = both.iter().map(|(a, b)| (b.address.to_string(), *a));
                let changed = Names::of(new).beside(other.collect()).changed(new);
                (&mut *new, changed)
            }
            (Nature::Real | Nature::Account, _) => break,
        };
        let done = fixed && changed.is_empty();
        put(graph, changed);
        if done {
            break;
        }
    }
    renamed
}
