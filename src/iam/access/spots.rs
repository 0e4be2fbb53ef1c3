//! The classes of actions or of resources that the statements of a target tell apart.

use std::collections::HashMap;

use super::super::template::Token;
use super::automaton::{Class, Universe, classes};
use super::budget::{Budget, Spent};
use super::compile::{Opaque, Pattern, Patterns};
use super::standing::Standing;

/// A class of strings with the standing of the statements looked at.
pub(super) struct Spot {
    pub(super) text: String,
    pub(super) standings: Vec<Standing>,
    /// The opaque match of the driving pattern.
    pub(super) driven_by: Option<Opaque>,
}

/// What was walked already: universe, driver and tracked patterns, by their ids.
pub(super) type Walks = HashMap<(Universe, Option<usize>, Vec<usize>), Vec<Class>>;

/// The classes of strings in which the first `positives` match and as few of the others as may be.
pub(super) fn spots(
    patterns: &[Option<&Patterns>],
    positives: usize,
    universe: Universe,
    walks: &mut Walks,
    budget: &mut Budget,
) -> Result<Vec<Spot>, Spent> {
    let mut found = Vec::new();
    match patterns.first().copied().flatten() {
        Some(Patterns {
            negated: false,
            any,
        }) => {
            for driver in any {
                spots_of(Some(driver), patterns, universe, walks, budget, &mut found)?;
            }
        }
        _ => spots_of(None, patterns, universe, walks, budget, &mut found)?,
    }
    found.retain(|spot: &Spot| {
        spot.standings[..positives]
            .iter()
            .all(|standing| *standing != Standing::Misses)
    });
    // A class in which less stands in the way makes those with more superfluous.
    let weight = |spot: &Spot| {
        spot.standings
            .iter()
            .filter(|standing| **standing != Standing::Misses)
            .count()
    };
    found.sort_by_key(weight);
    let mut kept: Vec<Spot> = Vec::new();
    for spot in found {
        budget.spend(kept.len() + 1)?;
        let superfluous = kept.iter().any(|other| {
            other.driven_by.is_none()
                && other.standings[..positives] == spot.standings[..positives]
                && other.standings[positives..]
                    .iter()
                    .zip(&spot.standings[positives..])
                    .all(|(a, b)| a.no_worse(b))
        });
        if !superfluous {
            kept.push(spot);
        }
    }
    Ok(kept)
}

fn spots_of(
    driver: Option<&Pattern>,
    patterns: &[Option<&Patterns>],
    universe: Universe,
    walks: &mut Walks,
    budget: &mut Budget,
    found: &mut Vec<Spot>,
) -> Result<(), Spent> {
    let standings = |hit: &mut dyn FnMut(&Pattern) -> bool| -> Vec<Standing> {
        let stand = |(index, patterns): (usize, Option<&Patterns>)| {
            let Some(patterns) = patterns else {
                return Standing::Matches;
            };
            if index == 0 && driver.is_some() {
                return Standing::Matches;
            }
            let mut plain = false;
            let mut on = Vec::new();
            for pattern in &patterns.any {
                if hit(pattern) {
                    match pattern.opaque {
                        None => plain = true,
                        Some(opaque) => on.push(opaque),
                    }
                }
            }
            Standing::of(patterns.negated, plain, on)
        };
        patterns.iter().copied().enumerate().map(stand).collect()
    };
    let driven_by = driver.and_then(|driver| driver.opaque);
    if let Some(text) = driver.and_then(Pattern::literal) {
        let count: usize = patterns.iter().flatten().map(|p| p.any.len()).sum();
        budget.spend(count + 1)?;
        found.push(Spot {
            text: text.to_owned(),
            standings: standings(&mut |pattern| pattern.matches(text)),
            driven_by,
        });
        return Ok(());
    }
    let mut tracked: Vec<&Pattern> = patterns
        .iter()
        .enumerate()
        .filter(|(index, _)| *index > 0 || driver.is_none())
        .flat_map(|(_, patterns)| patterns.iter().flat_map(|p| &p.any))
        .filter(|pattern| driver.is_none_or(|driver| !driver.disjoint(pattern)))
        .collect();
    tracked.sort_unstable_by_key(|pattern| pattern.id);
    tracked.dedup_by_key(|pattern| pattern.id);
    let ids: Vec<usize> = tracked.iter().map(|pattern| pattern.id).collect();
    let key = (universe, driver.map(|driver| driver.id), ids);
    if !walks.contains_key(&key) {
        let tokens: Vec<&[Token]> = tracked.iter().map(|p| p.tokens.as_slice()).collect();
        let driver = driver.map(|driver| driver.tokens.as_slice());
        let walked = classes(driver, &tokens, universe, budget)?;
        walks.insert(key.clone(), walked);
    }
    let ids = &key.2;
    for class in walks.get(&key).into_iter().flatten() {
        budget.spend(ids.len())?;
        let mut hit = |pattern: &Pattern| {
            ids.binary_search(&pattern.id)
                .is_ok_and(|place| class.hits[place])
        };
        found.push(Spot {
            standings: standings(&mut hit),
            text: class.text.clone(),
            driven_by,
        });
    }
    Ok(())
}
