//! References of code that the other side knows, and what is called otherwise now.

use std::collections::BTreeMap;

use super::change::Nature;
use super::normalise::Names;
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
        let both: Vec<(Resource, Resource)> = pairs
            .iter()
            .filter_map(|Pair { before, after }| Some(((*before)?.clone(), (*after)?.clone())))
            .collect();
        let now: BTreeMap<String, String> = both
            .iter()
            .map(|(a, b)| (a.address.to_string(), b.address.to_string()))
            .filter(|(a, b)| a != b)
            .collect();
        let fixed = now == renamed;
        renamed = now;
        match (before, after) {
            (Nature::Code, Nature::Code) => {
                let names = Names::of(old).renamed(renamed.clone());
                let next = names.resolve(old);
                let done = fixed && next == *old;
                *old = next;
                if done {
                    break;
                }
            }
            (Nature::Code, Nature::Real | Nature::Account) => {
                let other = both
                    .iter()
                    .map(|(a, b)| (a.address.to_string(), b))
                    .collect();
                let next = Names::of(old).beside(other).resolve(old);
                let done = fixed && next == *old;
                *old = next;
                if done {
                    break;
                }
            }
            (Nature::Real | Nature::Account, Nature::Code) => {
                let other = both
                    .iter()
                    .map(|(a, b)| (b.address.to_string(), a))
                    .collect();
                let next = Names::of(new).beside(other).resolve(new);
                let done = fixed && next == *new;
                *new = next;
                if done {
                    break;
                }
            }
            (Nature::Real | Nature::Account, _) => break,
        }
    }
    renamed
}
