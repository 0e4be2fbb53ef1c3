//! Values to try for policy variables, in search of a request.

use std::collections::BTreeMap;

use super::super::template::{Part, Template, Token};
use super::compile::{Bound, Valuation};
use super::keys::Pin;
use super::program::Program;

/// At most so many valuations are tried.
const MOST: usize = 32;

/// Valuations worth trying: all absent, all different, each with the strings that it meets elsewhere.
pub(super) fn candidates(program: &Program) -> Vec<Valuation> {
    let variables: Vec<&String> = program.arena.variables.iter().collect();
    let fresh = |index: usize| Some(format!("x{}", "y".repeat(index)));
    let mut found: Vec<Valuation> = Vec::new();
    let mut add = |valuation: Valuation| {
        if found.len() < MOST && !found.contains(&valuation) {
            found.push(valuation);
        }
    };
    let with = |each: &dyn Fn(usize) -> Option<String>| -> Valuation {
        variables
            .iter()
            .enumerate()
            .map(|(index, key)| ((*key).clone(), each(index)))
            .collect()
    };
    add(with(&|_| None));
    add(with(&fresh));
    add(with(&|_| Some("x".to_owned())));
    for index in 0..variables.len() {
        add(with(&|i| if i == index { None } else { fresh(i) }));
        add(with(&|i| if i == index { fresh(i) } else { None }));
    }
    for (index, key) in variables.iter().enumerate() {
        for value in met(program, key) {
            let value = Some(value);
            add(with(&|i| if i == index { value.clone() } else { fresh(i) }));
            add(with(&|i| if i == index { value.clone() } else { None }));
        }
    }
    found
}

/// Strings that conditions compare the key with, and what stands in other resources where the variable does.
fn met(program: &Program, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    let literal = |tokens: &[Token]| -> Option<String> {
        tokens
            .iter()
            .map(|token| match token {
                Token::Char(c) => Some(*c),
                _ => None,
            })
            .collect()
    };
    if let Some(index) = program.arena.find_key(key) {
        for bound in program.arena.keys[index].tests.iter().flat_map(|t| &t.any) {
            if let Bound::Text(tokens) = bound {
                found.extend(literal(tokens));
            }
        }
    }
    let plain = program
        .statements
        .iter()
        .filter_map(|statement| statement.resource.as_ref())
        .flat_map(|resource| &resource.any)
        .filter(|pattern| pattern.opaque.is_none());
    for pattern in plain {
        for (_, template) in &program.arena.resources {
            found.extend(captured(template, key, &pattern.prefix));
        }
    }
    found.retain(|value| !value.is_empty());
    found.truncate(8);
    found
}

/// What a text has in the place of a variable that only plain characters precede.
fn captured(template: &Template, key: &str, text: &str) -> Option<String> {
    let mut rest = text;
    for (at, part) in template.0.iter().enumerate() {
        match part {
            Part::Char(c) => rest = rest.strip_prefix(*c)?,
            Part::Variable { key: name, .. } if name == key => {
                return Some(match template.0.get(at + 1) {
                    Some(Part::Char(end)) => rest.split(*end).next()?.to_owned(),
                    _ => rest.to_owned(),
                });
            }
            _ => return None,
        }
    }
    None
}

/// The keys of a valuation as pins.
pub(super) fn pins(program: &mut Program, valuation: &Valuation) -> BTreeMap<usize, Pin> {
    valuation
        .iter()
        .map(|(key, value)| (program.arena.key(key), value.clone()))
        .collect()
}
