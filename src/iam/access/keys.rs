//! The values a condition key can have, in finitely many classes, and whether one of them meets what is asked.
//!
//! Two values are in one class when every test of the key answers the same for both; `absent` is a value of its own. A key
//! that takes several values has any non-empty set of them: what is asked of all values leaves the classes that may be
//! in the set, what is asked of some value picks one of these.

use std::collections::{BTreeMap, BTreeSet};

use super::super::operator::Quantifier;
use super::super::template::Token;
use super::super::typed;
use super::automaton::{Universe, accepts, classes};
use super::budget::{Budget, Spent};
use super::compile::{Atom, Bound, Key, Opaque, Test};
use super::key_types::ValueType;

/// Values that no test tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueClass {
    /// For each test whether it holds.
    pub(super) tests: Vec<bool>,
    /// One of them; none where it is not known whether there is one.
    pub(super) example: Option<String>,
}

/// What a key is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setting {
    /// The request does not carry it.
    Absent,
    /// One value of each of these classes.
    Classes(Vec<usize>),
}

/// A value that something outside the conditions has settled; none: the key is absent.
pub(super) type Pin = Option<String>;

/// The class of one value.
pub(super) fn class_of(key: &Key, value: &str) -> ValueClass {
    ValueClass {
        tests: key.tests.iter().map(|test| holds(test, value)).collect(),
        example: Some(value.to_owned()),
    }
}

fn holds(test: &Test, value: &str) -> bool {
    test.any.iter().any(|bound| match bound {
        Bound::Text(tokens) => accepts(tokens, value),
        Bound::Number(order, bound) => {
            typed::decimal(value).is_some_and(|value| order.holds(value, *bound))
        }
        Bound::Instant(order, bound) => {
            typed::instant(value).is_some_and(|value| order.holds(value, *bound))
        }
        Bound::Address(range) => {
            typed::Range::address(value).is_some_and(|address| range.contains(&address))
        }
    })
}

/// The classes of all values of a key.
pub(super) fn partition(key: &Key, budget: &mut Budget) -> Result<Vec<ValueClass>, Spent> {
    if key.kind == ValueType::Bool {
        return Ok(vec![class_of(key, "true"), class_of(key, "false")]);
    }
    let mut families: Vec<Vec<(Vec<bool>, String)>> = Vec::new();
    let (mut text, mut numbers, mut instants, mut ranges) = (false, vec![], vec![], vec![]);
    for bound in key.tests.iter().flat_map(|test| &test.any) {
        match bound {
            Bound::Text(_) => text = true,
            Bound::Number(_, at) => numbers.push(*at),
            Bound::Instant(_, at) => instants.push(*at),
            Bound::Address(range) => ranges.push(*range),
        }
    }
    if text {
        families.push(texts(key, budget)?);
    }
    let mut kinds = Vec::new();
    let mut typed_examples: Vec<(ValueType, fn(&Bound) -> bool, Vec<String>)> = Vec::new();
    if !numbers.is_empty() {
        let examples = points(numbers, typed::decimal_text);
        typed_examples.push((
            ValueType::Number,
            |b| matches!(b, Bound::Number(..)),
            examples,
        ));
    }
    if !instants.is_empty() {
        let examples = points(instants, typed::instant_text);
        typed_examples.push((
            ValueType::Instant,
            |b| matches!(b, Bound::Instant(..)),
            examples,
        ));
    }
    if !ranges.is_empty() {
        let examples = addresses(ranges);
        typed_examples.push((
            ValueType::Address,
            |b| matches!(b, Bound::Address(_)),
            examples,
        ));
    }
    for (kind, family, examples) in typed_examples {
        budget.spend(examples.len() * key.tests.len())?;
        let class = |value: String| {
            let tests = key.tests.iter().map(|test| {
                test.any.first().is_some_and(|bound| family(bound)) && holds(test, &value)
            });
            (tests.collect(), value)
        };
        families.push(examples.into_iter().map(class).collect());
        kinds.push(kind);
    }
    if families.is_empty() {
        return Ok(vec![class_of(key, any_value(key.kind))]);
    }
    // A value outside a typed family, and one that every family would call its own.
    let mut found: Vec<ValueClass> = Vec::new();
    let mut known: BTreeSet<Vec<bool>> = BTreeSet::new();
    let alone = families.len() == 1;
    let mut add = |class: ValueClass, found: &mut Vec<ValueClass>| {
        if known.insert(class.tests.clone()) {
            found.push(class);
        }
    };
    for (tests, value) in families.iter().flatten() {
        let class = if alone {
            ValueClass {
                tests: tests.clone(),
                example: Some(value.clone()),
            }
        } else {
            budget.spend(key.tests.len() + value.len())?;
            class_of(key, value)
        };
        add(class, &mut found);
    }
    // Of a key of another type, or of none that is known, a value need not be one that can be read.
    if kinds.as_slice() != [key.kind] || !alone {
        add(class_of(key, "x"), &mut found);
    }
    if !alone {
        // The families could be met in any combination; whether some value does is not known.
        let mut combined: BTreeSet<Vec<bool>> = BTreeSet::from([vec![false; key.tests.len()]]);
        for family in &families {
            let mut next = combined.clone();
            for (tests, _) in family {
                for other in &combined {
                    budget.spend(tests.len())?;
                    next.insert(tests.iter().zip(other).map(|(a, b)| *a | *b).collect());
                }
            }
            combined = next;
        }
        for tests in combined {
            add(
                ValueClass {
                    tests,
                    example: None,
                },
                &mut found,
            );
        }
    }
    Ok(found)
}

fn any_value(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Bool => "true",
        ValueType::Number => "1",
        ValueType::Instant => "2026-01-01T00:00:00Z",
        ValueType::Address => "192.0.2.1",
        ValueType::Text => "x",
    }
}

/// The classes of strings.
fn texts(key: &Key, budget: &mut Budget) -> Result<Vec<(Vec<bool>, String)>, Spent> {
    let mut patterns: Vec<&[Token]> = Vec::new();
    let mut owners = Vec::new();
    for (index, test) in key.tests.iter().enumerate() {
        for bound in &test.any {
            if let Bound::Text(tokens) = bound {
                patterns.push(tokens);
                owners.push(index);
            }
        }
    }
    let fixed = |pattern: &&[Token]| pattern.iter().all(|t| matches!(t, Token::Char(_)));
    if patterns.iter().all(|pattern| fixed(pattern)) {
        return exact_texts(key, &patterns, &owners, budget);
    }
    let found = classes(None, &patterns, Universe::Value, budget)?;
    Ok(found
        .into_iter()
        .map(|class| {
            let mut tests = vec![false; key.tests.len()];
            for (owner, hit) in owners.iter().zip(&class.hits) {
                tests[*owner] |= hit;
            }
            (tests, class.text)
        })
        .collect())
}

/// Without wildcards: each string, and any other.
fn exact_texts(
    key: &Key,
    patterns: &[&[Token]],
    owners: &[usize],
    budget: &mut Budget,
) -> Result<Vec<(Vec<bool>, String)>, Spent> {
    let text = |pattern: &[Token]| -> String {
        pattern
            .iter()
            .filter_map(|token| match token {
                Token::Char(c) => Some(*c),
                _ => None,
            })
            .collect()
    };
    let mut by_text: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for (pattern, owner) in patterns.iter().zip(owners) {
        budget.spend(pattern.len() + key.tests.len())?;
        let value = text(pattern);
        if value.is_empty() {
            continue;
        }
        by_text
            .entry(value)
            .or_insert_with(|| vec![false; key.tests.len()])[*owner] = true;
    }
    let mut other = "x".to_owned();
    while by_text.contains_key(&other) {
        other.push('x');
    }
    by_text.insert(other, vec![false; key.tests.len()]);
    Ok(by_text
        .into_iter()
        .map(|(value, tests)| (tests, value))
        .collect())
}

/// Each bound, something between two of them, something on either side.
fn points(bounds: Vec<i128>, show: fn(i128) -> String) -> Vec<String> {
    const UNIT: i128 = 1_000_000_000;
    let sorted: BTreeSet<i128> = bounds.into_iter().collect();
    let mut values = BTreeSet::new();
    if let (Some(first), Some(last)) = (sorted.first(), sorted.last()) {
        values.insert(first - UNIT);
        values.insert(last + UNIT);
    }
    let list: Vec<i128> = sorted.into_iter().collect();
    for pair in list.windows(2) {
        let middle = pair[0] + (pair[1] - pair[0]) / 2;
        // A whole number reads better where there is one.
        let whole = middle.div_euclid(UNIT) * UNIT;
        values.insert(if whole > pair[0] { whole } else { middle });
    }
    values.extend(list);
    values.into_iter().map(show).collect()
}

/// One address between any two neighbouring ends of ranges.
fn addresses(ranges: Vec<typed::Range>) -> Vec<String> {
    let mut starts: BTreeSet<(bool, u128)> = BTreeSet::from([(false, 0), (true, 0)]);
    for range in ranges {
        starts.insert((range.v6, range.low));
        let limit = if range.v6 {
            u128::MAX
        } else {
            u128::from(u32::MAX)
        };
        if range.high < limit {
            starts.insert((range.v6, range.high + 1));
        }
    }
    starts
        .into_iter()
        .map(|(v6, bits)| typed::address_text(v6, bits))
        .collect()
}

/// A literal on a key: this atom has to be so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand<'a> {
    pub(super) atom: &'a Atom,
    pub(super) want: bool,
}

/// A key with its classes.
pub(super) struct Domain<'a> {
    pub(super) key: &'a Key,
    pub(super) classes: &'a [ValueClass],
    /// Whether opaque values may be matched or not as it suits, and classes without an example used.
    pub(super) lenient: bool,
}

impl Domain<'_> {
    /// A setting that meets all demands, `absent` first.
    pub(super) fn setting(&self, demands: &[Demand<'_>], pin: Option<&Pin>) -> Option<Setting> {
        if pin.is_none_or(Option::is_none) && demands.iter().all(|d| absent(d.atom) == d.want) {
            return Some(Setting::Absent);
        }
        if matches!(pin, Some(None)) {
            return None;
        }
        let mut universal: Vec<(usize, bool)> = Vec::new();
        let mut existential: Vec<(usize, bool)> = Vec::new();
        for Demand { atom, want } in demands {
            match atom {
                Atom::Absent { absent, .. } if *absent == *want => return None,
                Atom::Test {
                    test,
                    negated,
                    quantifier,
                    ..
                } => {
                    let positive = want != negated;
                    match (quantifier, self.key.several, *want) {
                        (Quantifier::One, false, _) => universal.push((*test, positive)),
                        // Any of the values matches.
                        (Quantifier::One, true, _) if positive => {
                            existential.push((*test, true));
                        }
                        (Quantifier::One, true, _) => universal.push((*test, false)),
                        (Quantifier::All, _, true) | (Quantifier::Any, _, false) => {
                            universal.push((*test, positive));
                        }
                        (Quantifier::All, _, false) | (Quantifier::Any, _, true) => {
                            existential.push((*test, positive));
                        }
                    }
                }
                _ => {}
            }
        }
        let first = |extra: Option<(usize, bool)>| {
            (0..self.classes.len())
                .find(|class| self.feasible(&self.classes[*class], &universal, extra))
        };
        if existential.is_empty() {
            return first(None).map(|class| Setting::Classes(vec![class]));
        }
        let mut picked = BTreeSet::new();
        for demand in existential {
            picked.insert(first(Some(demand))?);
        }
        Some(Setting::Classes(picked.into_iter().collect()))
    }

    /// Whether a value of the class can meet these demands.
    fn feasible(
        &self,
        class: &ValueClass,
        universal: &[(usize, bool)],
        extra: Option<(usize, bool)>,
    ) -> bool {
        if class.example.is_none() && !self.lenient {
            return false;
        }
        let demands = || universal.iter().copied().chain(extra);
        let opaque = |test: usize| self.key.tests[test].opaque.as_slice();
        let mut unmatched: BTreeSet<Opaque> = BTreeSet::new();
        for (test, want) in demands() {
            if !want {
                if class.tests[test] || !self.lenient && !opaque(test).is_empty() {
                    return false;
                }
                unmatched.extend(opaque(test));
            }
        }
        demands().all(|(test, want)| {
            !want
                || class.tests[test]
                || self.lenient && opaque(test).iter().any(|o| !unmatched.contains(o))
        })
    }
}

/// What an atom says of a request without the key.
fn absent(atom: &Atom) -> bool {
    match atom {
        Atom::Absent { absent, .. } => *absent,
        Atom::Test {
            negated,
            if_exists,
            quantifier,
            ..
        } => {
            *if_exists
                || match quantifier {
                    Quantifier::One => *negated,
                    Quantifier::All => true,
                    Quantifier::Any => false,
                }
        }
        Atom::Opaque(_) => false,
        Atom::Always(value) => *value,
    }
}
