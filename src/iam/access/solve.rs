//! Whether some request context makes all of a list of literals true and none of a list of statements match.

use std::collections::BTreeMap;

use super::automaton::{FIRST_SYMBOL, contains};
use super::budget::{Budget, Spent};
use super::compile::{Arena, Atom, Opaque};
use super::keys::{Demand, Domain, Pin, Setting, ValueClass, class_of, partition};
use crate::iam::template::{Part, Template, Token};

/// What can be true or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variable {
    /// A condition.
    Atom(usize),
    /// A match that variables or symbols decide.
    Opaque(Opaque),
}

/// A variable and what it has to be.
pub(super) type Literal = (Variable, bool);

/// Literals that together make one thing happen.
pub(super) type Alternative = Vec<Literal>;

/// Whether what is not known may be taken as it suits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It may: that nothing is found proves that there is nothing.
    Possible,
    /// It may not: what is found is a request.
    Definite,
}

/// Values of keys, by their index.
pub(super) type Model = BTreeMap<usize, Vec<String>>;

/// Partitions of the keys and containments of opaque patterns, made when first needed.
pub(super) struct Tables {
    partitions: Vec<Option<Vec<ValueClass>>>,
    implied: Option<Vec<(Opaque, Opaque)>>,
}

impl Tables {
    pub(super) fn new(arena: &Arena) -> Self {
        Self {
            partitions: vec![None; arena.keys.len()],
            implied: None,
        }
    }

    fn prepare(&mut self, arena: &Arena, key: usize, budget: &mut Budget) -> Result<(), Spent> {
        if self.partitions[key].is_none() {
            self.partitions[key] = Some(partition(&arena.keys[key], budget)?);
        }
        Ok(())
    }

    /// Pairs of opaque matches of which the first implies the second.
    fn implied(&mut self, arena: &Arena, budget: &mut Budget) -> Result<(), Spent> {
        if self.implied.is_some() {
            return Ok(());
        }
        let tokens = symbolic(&arena.resources);
        let mut pairs = Vec::new();
        for (inner, (from, _)) in tokens.iter().zip(&arena.resources) {
            for (outer, (to, _)) in tokens.iter().zip(&arena.resources) {
                if from != to && contains(outer, inner, budget)? {
                    pairs.push((*from, *to));
                }
            }
        }
        self.implied = Some(pairs);
        Ok(())
    }
}

/// Patterns in which each variable and symbol is a character of its own.
fn symbolic(templates: &[(Opaque, Template)]) -> Vec<Vec<Token>> {
    let mut letters: BTreeMap<&Part, char> = BTreeMap::new();
    let mut next = FIRST_SYMBOL;
    templates
        .iter()
        .map(|(_, template)| {
            template
                .0
                .iter()
                .map(|part| match part {
                    Part::Char(c) => Token::Char(*c),
                    Part::One => Token::One,
                    Part::Many => Token::Many,
                    Part::Variable { .. } | Part::Symbol(_) => {
                        let letter = *letters.entry(part).or_insert_with(|| {
                            let letter = next;
                            next = char::from_u32(next as u32 + 1).unwrap_or(char::MAX);
                            letter
                        });
                        Token::Char(letter)
                    }
                })
                .collect()
        })
        .collect()
}

/// One question.
pub(super) struct Solver<'a> {
    pub(super) arena: &'a Arena,
    pub(super) tables: &'a mut Tables,
    /// Keys that are settled, by index.
    pub(super) pins: &'a BTreeMap<usize, Pin>,
    pub(super) mode: Mode,
    pub(super) budget: &'a mut Budget,
}

struct State {
    values: BTreeMap<Variable, bool>,
    /// Literals in the order they were assumed, to take them back.
    trail: Vec<Variable>,
    demands: BTreeMap<usize, Vec<(usize, bool)>>,
}

impl Solver<'_> {
    /// A context in which all `required` literals hold and each clause has an alternative that holds; none when there is
    /// none.
    pub(super) fn solve(
        &mut self,
        required: &[Literal],
        mut clauses: Vec<Vec<Alternative>>,
    ) -> Result<Option<Model>, Spent> {
        let opaques = required
            .iter()
            .chain(clauses.iter().flatten().flatten())
            .filter(|(variable, _)| matches!(variable, Variable::Opaque(_)))
            .count();
        if opaques > 1 && self.mode == Mode::Possible {
            self.tables.implied(self.arena, self.budget)?;
        }
        clauses.sort_by_key(Vec::len);
        let mut state = State {
            values: BTreeMap::new(),
            trail: Vec::new(),
            demands: BTreeMap::new(),
        };
        for literal in required {
            if !self.assume(&mut state, *literal)? {
                return Ok(None);
            }
        }
        if !self.search(&mut state, &clauses)? {
            return Ok(None);
        }
        Ok(Some(self.model(&state)))
    }

    fn search(&mut self, state: &mut State, clauses: &[Vec<Alternative>]) -> Result<bool, Spent> {
        let Some((clause, rest)) = clauses.split_first() else {
            return Ok(true);
        };
        let holds = |literal: &Literal| state.values.get(&literal.0) == Some(&literal.1);
        if clause
            .iter()
            .any(|alternative| alternative.iter().all(holds))
        {
            return self.search(state, rest);
        }
        for alternative in clause {
            let mark = state.trail.len();
            let mut fits = true;
            for literal in alternative {
                if !self.assume(state, *literal)? {
                    fits = false;
                    break;
                }
            }
            if fits && self.search(state, rest)? {
                return Ok(true);
            }
            self.retract(state, mark);
        }
        Ok(false)
    }

    /// Takes a literal as true; false when that contradicts what was assumed before.
    fn assume(&mut self, state: &mut State, (variable, want): Literal) -> Result<bool, Spent> {
        self.budget.spend(1)?;
        if let Some(value) = state.values.get(&variable) {
            return Ok(*value == want);
        }
        match variable {
            Variable::Opaque(opaque) => {
                if self.mode == Mode::Definite {
                    return Ok(false);
                }
                let value = |other: Opaque| state.values.get(&Variable::Opaque(other)).copied();
                for (from, to) in self.tables.implied.iter().flatten() {
                    let broken = if want {
                        *from == opaque && value(*to) == Some(false)
                    } else {
                        *to == opaque && value(*from) == Some(true)
                    };
                    if broken {
                        return Ok(false);
                    }
                }
            }
            Variable::Atom(index) => match &self.arena.atoms[index] {
                Atom::Always(value) => return Ok(*value == want),
                Atom::Opaque(_) => {
                    if self.mode == Mode::Definite {
                        return Ok(false);
                    }
                }
                atom => {
                    if let Some(key) = atom.key() {
                        let demands = state.demands.entry(key).or_default();
                        demands.push((index, want));
                        let demands = demands.clone();
                        match self.setting(key, &demands)? {
                            Some(_) => {}
                            None => {
                                if let Some(demands) = state.demands.get_mut(&key) {
                                    demands.pop();
                                }
                                return Ok(false);
                            }
                        }
                    }
                }
            },
        }
        state.values.insert(variable, want);
        state.trail.push(variable);
        Ok(true)
    }

    fn retract(&self, state: &mut State, mark: usize) {
        for variable in state.trail.drain(mark..).rev() {
            state.values.remove(&variable);
            if let Variable::Atom(index) = variable
                && let Some(key) = self.arena.atoms[index].key()
                && let Some(demands) = state.demands.get_mut(&key)
            {
                demands.pop();
            }
        }
    }

    fn setting(&mut self, key: usize, demands: &[(usize, bool)]) -> Result<Option<Setting>, Spent> {
        let pin = self.pins.get(&key);
        let pinned;
        let classes: &[ValueClass] = match pin {
            Some(Some(value)) => {
                pinned = [class_of(&self.arena.keys[key], value)];
                &pinned
            }
            Some(None) => &[],
            None => {
                self.tables.prepare(self.arena, key, self.budget)?;
                self.tables.partitions[key].as_deref().unwrap_or_default()
            }
        };
        self.budget.spend(demands.len() * classes.len())?;
        let demands: Vec<Demand<'_>> = demands
            .iter()
            .map(|(atom, want)| Demand {
                atom: &self.arena.atoms[*atom],
                want: *want,
            })
            .collect();
        let domain = Domain {
            key: &self.arena.keys[key],
            classes,
            lenient: self.mode == Mode::Possible,
        };
        Ok(domain.setting(&demands, pin))
    }

    /// The values of all keys that something is demanded of.
    fn model(&mut self, state: &State) -> Model {
        let mut model = Model::new();
        for (key, demands) in &state.demands {
            if demands.is_empty() {
                continue;
            }
            let Ok(Some(Setting::Classes(picked))) = self.setting(*key, demands) else {
                continue;
            };
            let values: Vec<String> = match self.pins.get(key) {
                Some(pin) => pin.iter().cloned().collect(),
                None => picked
                    .iter()
                    .filter_map(|class| {
                        self.tables.partitions[*key].as_ref()?[*class]
                            .example
                            .clone()
                    })
                    .collect(),
            };
            model.insert(*key, values);
        }
        model
    }
}
