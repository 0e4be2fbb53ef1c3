//! The search for a request that meets a target: callers, then actions, then resources, then conditions.

use std::collections::BTreeMap;

use super::automaton::Universe;
use super::budget::{Budget, Spent};
use super::callers::CallerClass;
use super::compile::Patterns;
use super::keys::Pin;
use super::program::{Program, Target};
use super::solve::{Alternative, Literal, Mode, Model, Solver, Tables, Variable};
use super::spots::{Spot, Walks, spots};
use super::standing::Standing;

/// A request that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) caller: Option<usize>,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) model: Model,
}

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
