//! The question as statements: what has to match, what must not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::Effect;
use super::super::document::Document;
use super::super::evaluate::caller_is;
use super::super::template::{Token, fold};
use super::automaton::{Class, Universe, classes};
use super::budget::{Budget, Spent};
use super::callers::CallerClass;
use super::compile::{Arena, Compiled, Opaque, Pattern, Patterns, Reading, Valuation};
use super::keys::Pin;
use super::solve::{Alternative, Literal, Mode, Model, Solver, Tables, Variable};

/// The statements of one side, as indices.
#[derive(Debug, Default)]
pub(super) struct SideStatements {
    pub(super) allows: Vec<usize>,
    pub(super) denies: Vec<usize>,
    /// What a boundary allows; none without one.
    pub(super) boundary: Option<Vec<usize>>,
}

/// One side's documents.
#[derive(Debug, Clone, Copy)]
pub(super) struct SideDocuments<'a> {
    pub(super) policies: &'a [Document],
    pub(super) boundary: Option<&'a Document>,
}

/// A question compiled.
pub(super) struct Program {
    pub(super) arena: Arena,
    pub(super) statements: Vec<Compiled>,
    pub(super) old: SideStatements,
    pub(super) new: SideStatements,
    /// Actions as the new side spells them, by their folded form.
    pub(super) spelling: HashMap<String, String>,
    /// For each class of callers how each statement stands to it.
    caller_standings: Vec<Vec<Standing>>,
    /// The same where callers do not matter.
    everyone: Vec<Standing>,
}

/// What has to match, and what must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The first is an Allow of the new side.
    pub(super) positives: Vec<usize>,
    pub(super) negatives: Vec<usize>,
}

/// A request that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) caller: Option<usize>,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) model: Model,
}

impl Program {
    pub(super) fn new(
        old: SideDocuments<'_>,
        new: SideDocuments<'_>,
        callers: &[CallerClass],
        changed: &BTreeSet<String>,
        valuation: Option<&Valuation>,
    ) -> Self {
        let principals = !callers.is_empty();
        let mut arena = Arena::default();
        let mut statements: Vec<Compiled> = Vec::new();
        let mut index: HashMap<Compiled, usize> = HashMap::new();
        let mut side = |documents: SideDocuments<'_>, tag: char| {
            let mut found = SideStatements::default();
            let all = documents
                .policies
                .iter()
                .map(|document| (document, false))
                .chain(documents.boundary.map(|document| (document, true)));
            for (document, bounds) in all {
                let reading = Reading {
                    version: document.version,
                    valuation,
                    changed,
                    side: tag,
                };
                if bounds {
                    found.boundary.get_or_insert_default();
                }
                for statement in &document.statements {
                    if principals && statement.principal.is_none() {
                        continue;
                    }
                    let mut compiled = arena.statement(statement, &reading);
                    if !principals {
                        compiled.principal = None;
                    }
                    let next = statements.len();
                    let id = *index.entry(compiled.clone()).or_insert(next);
                    if id == next {
                        statements.push(compiled);
                    }
                    let list = match (statement.effect, bounds, &mut found.boundary) {
                        (Effect::Deny, ..) => &mut found.denies,
                        (Effect::Allow, true, Some(boundary)) => boundary,
                        (Effect::Allow, ..) => &mut found.allows,
                    };
                    if !list.contains(&id) {
                        list.push(id);
                    }
                }
            }
            found
        };
        let old = side(old, '\u{1}');
        let new_side = side(new, '\u{2}');
        let spelling = new
            .policies
            .iter()
            .flat_map(|document| &document.statements)
            .flat_map(|statement| &statement.action.values)
            .map(|action| (fold(action), action.clone()))
            .collect();
        let caller_standings = callers
            .iter()
            .map(|caller| {
                statements
                    .iter()
                    .map(|statement| Standing::to_caller(statement, caller, &mut arena))
                    .collect()
            })
            .collect();
        Self {
            arena,
            everyone: vec![Standing::Matches; statements.len()],
            caller_standings,
            statements,
            old,
            new: new_side,
            spelling,
        }
    }

    /// All that would be new access: an Allow of the new side, cut by the boundary and not denied, that the old side did
    /// not allow, or its boundary did not, or a Deny of it did deny.
    pub(super) fn targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        let no_boundary = [None];
        let bounds: Vec<Option<usize>> = match &self.new.boundary {
            Some(list) => list.iter().copied().map(Some).collect(),
            None => no_boundary.to_vec(),
        };
        for allow in &self.new.allows {
            for bound in &bounds {
                let positives: Vec<usize> = std::iter::once(*allow).chain(*bound).collect();
                let mut add = |extra: Option<usize>, more: &[usize]| {
                    let positives: Vec<usize> = positives.iter().copied().chain(extra).collect();
                    let mut negatives = self.new.denies.clone();
                    negatives.extend(more);
                    negatives.sort_unstable();
                    negatives.dedup();
                    // What matches cannot be kept from matching.
                    if !positives.iter().any(|p| negatives.contains(p)) {
                        targets.push(Target {
                            positives,
                            negatives,
                        });
                    }
                };
                add(None, &self.old.allows);
                if let Some(boundary) = &self.old.boundary {
                    add(None, boundary);
                }
                for deny in &self.old.denies {
                    add(Some(*deny), &[]);
                }
            }
        }
        targets
    }
}

/// How a statement stands to a string or a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    Misses,
    Matches,
    /// It depends on opaque matches: on one of them, or, negated, on none.
    Depends {
        negated: bool,
        on: Vec<Opaque>,
    },
}

impl Standing {
    fn of(negated: bool, plain: bool, on: Vec<Opaque>) -> Self {
        if plain {
            return if negated { Self::Misses } else { Self::Matches };
        }
        if on.is_empty() {
            return if negated { Self::Matches } else { Self::Misses };
        }
        Self::Depends { negated, on }
    }

    fn to_caller(statement: &Compiled, class: &CallerClass, arena: &mut Arena) -> Self {
        let Some((negated, named)) = &statement.principal else {
            return Self::Matches;
        };
        let mut plain = false;
        let mut on = Vec::new();
        for principal in named {
            match caller_is(principal, &class.caller) {
                Some(matches) => plain |= matches,
                None => on.push(arena.principal(principal)),
            }
        }
        Self::of(*negated, plain, on)
    }

    /// Whether a statement that must not match is no harder to avoid here than there.
    fn no_worse(&self, other: &Self) -> bool {
        *self == Self::Misses || *other == Self::Matches || self == other
    }

    /// Ways to make it match; none needed where it does.
    fn required(&self) -> Vec<Vec<Alternative>> {
        match self {
            Self::Misses => vec![Vec::new()],
            Self::Matches => Vec::new(),
            Self::Depends { negated: false, on } => vec![
                on.iter()
                    .map(|o| vec![(Variable::Opaque(*o), true)])
                    .collect(),
            ],
            Self::Depends { negated: true, on } => on
                .iter()
                .map(|o| vec![vec![(Variable::Opaque(*o), false)]])
                .collect(),
        }
    }

    /// Ways to keep it from matching.
    fn avoided(&self) -> Vec<Alternative> {
        match self {
            Self::Misses | Self::Matches => Vec::new(),
            Self::Depends { negated: false, on } => {
                vec![on.iter().map(|o| (Variable::Opaque(*o), false)).collect()]
            }
            Self::Depends { negated: true, on } => on
                .iter()
                .map(|o| vec![(Variable::Opaque(*o), true)])
                .collect(),
        }
    }
}

/// A class of strings with the standing of the statements looked at.
struct Spot {
    text: String,
    standings: Vec<Standing>,
    /// The opaque match of the driving pattern.
    driven_by: Option<Opaque>,
}

/// What was walked already: universe, driver and tracked patterns, by their ids.
type Walks = HashMap<(Universe, Option<usize>, Vec<usize>), Vec<Class>>;

/// Answers targets.
pub(super) struct Search<'a> {
    pub(super) program: &'a Program,
    pub(super) tables: Tables,
    walks: Walks,
    pub(super) callers: &'a [CallerClass],
    pub(super) pins: &'a BTreeMap<usize, Pin>,
    pub(super) mode: Mode,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        program: &'a Program,
        callers: &'a [CallerClass],
        pins: &'a BTreeMap<usize, Pin>,
        mode: Mode,
    ) -> Self {
        Self {
            tables: Tables::new(&program.arena),
            walks: Walks::new(),
            program,
            callers,
            pins,
            mode,
        }
    }

    /// A request that meets the target, or none. `accept` may refuse one that was found; the search goes on then.
    pub(super) fn run(
        &mut self,
        target: &Target,
        budget: &mut Budget,
        accept: &mut dyn FnMut(&Found) -> bool,
    ) -> Result<bool, Spent> {
        if self.callers.is_empty() {
            let pins = self.pins.clone();
            let standings = self.program.everyone.clone();
            return self.for_caller(target, None, &standings, &pins, budget, accept);
        }
        for index in 0..self.callers.len() {
            let standings = self.program.caller_standings[index].clone();
            if target
                .positives
                .iter()
                .any(|p| standings[*p] == Standing::Misses)
            {
                continue;
            }
            let mut pins = self.pins.clone();
            self.callers[index].pins(&self.program.arena, self.mode, &mut pins);
            if self.for_caller(target, Some(index), &standings, &pins, budget, accept)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn for_caller(
        &mut self,
        target: &Target,
        caller: Option<usize>,
        callers: &[Standing],
        pins: &BTreeMap<usize, Pin>,
        budget: &mut Budget,
        accept: &mut dyn FnMut(&Found) -> bool,
    ) -> Result<bool, Spent> {
        let negatives: Vec<usize> = target
            .negatives
            .iter()
            .copied()
            .filter(|n| callers[*n] != Standing::Misses)
            .collect();
        let positives = target.positives.len();
        let tracked: Vec<usize> = target.positives.iter().chain(&negatives).copied().collect();
        for action in self.actions(&tracked, positives, budget)? {
            // Only statements whose action matches matter from here on.
            let active: Vec<usize> = tracked
                .iter()
                .zip(&action.standings)
                .filter(|(_, standing)| **standing != Standing::Misses)
                .map(|(statement, _)| *statement)
                .collect();
            for resource in self.resources(&active, positives, budget)? {
                let mut clauses: Vec<Vec<Alternative>> = Vec::new();
                let mut required: Vec<Literal> = Vec::new();
                required.extend(resource.driven_by.map(|o| (Variable::Opaque(o), true)));
                for (position, (statement, standing)) in
                    active.iter().zip(&resource.standings).enumerate()
                {
                    let conditions = &self.program.statements[*statement].conditions;
                    let who = &callers[*statement];
                    if position < positives {
                        required.extend(conditions.iter().map(|a| (Variable::Atom(*a), true)));
                        clauses.extend(who.required());
                        clauses.extend(standing.required());
                    } else if *standing != Standing::Misses {
                        let mut ways: Vec<Alternative> = conditions
                            .iter()
                            .map(|a| vec![(Variable::Atom(*a), false)])
                            .collect();
                        ways.extend(who.avoided());
                        ways.extend(standing.avoided());
                        clauses.push(ways);
                    }
                }
                if clauses.iter().any(Vec::is_empty) {
                    continue;
                }
                let mut solver = Solver {
                    arena: &self.program.arena,
                    tables: &mut self.tables,
                    pins,
                    mode: self.mode,
                    budget,
                };
                if let Some(model) = solver.solve(&required, clauses)? {
                    let found = Found {
                        caller,
                        action: action.text.clone(),
                        resource: resource.text,
                        model,
                    };
                    if accept(&found) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    fn actions(
        &mut self,
        tracked: &[usize],
        positives: usize,
        budget: &mut Budget,
    ) -> Result<Vec<Spot>, Spent> {
        let patterns: Vec<Option<&Patterns>> = tracked
            .iter()
            .map(|s| Some(&self.program.statements[*s].action))
            .collect();
        spots(
            &patterns,
            positives,
            Universe::Action,
            &mut self.walks,
            budget,
        )
    }

    fn resources(
        &mut self,
        tracked: &[usize],
        positives: usize,
        budget: &mut Budget,
    ) -> Result<Vec<Spot>, Spent> {
        let patterns: Vec<Option<&Patterns>> = tracked
            .iter()
            .map(|s| self.program.statements[*s].resource.as_ref())
            .collect();
        spots(
            &patterns,
            positives,
            Universe::Resource,
            &mut self.walks,
            budget,
        )
    }
}

/// The classes of strings in which the first `positives` match and as few of the others as may be.
fn spots(
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
        let stand = |(index, patterns): (usize, &Option<&Patterns>)| {
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
        patterns.iter().enumerate().map(stand).collect()
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
