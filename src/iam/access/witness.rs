//! From what the search found to a request that people can read, and to a reason where there is none.

use std::collections::BTreeMap;

use super::super::request::{Context, Request};
use super::callers::CallerClass;
use super::compile::{Atom, Pattern};
use super::keys::Pin;
use super::program::{Program, Target};
use super::search::Found;
use crate::catalog::aws::iam;

/// The request.
pub(super) fn request(
    program: &Program,
    callers: &[CallerClass],
    pins: &BTreeMap<usize, Pin>,
    found: &Found,
) -> Request {
    let mut context = Context::new();
    let mut set = |key: usize, values: Vec<String>| {
        context.set(&program.arena.keys[key].name, values);
    };
    let mut pinned = pins.clone();
    let caller = found.caller.map(|index| {
        let class = &callers[index];
        class.pins(&program.arena, super::Mode::Definite, &mut pinned);
        class.caller.clone()
    });
    for (key, value) in pinned {
        set(key, value.into_iter().collect());
    }
    for (key, values) in &found.model {
        set(*key, values.clone());
    }
    Request {
        caller,
        action: program
            .spelling
            .get(&found.action)
            .filter(|spelled| !spelled.contains(['*', '?']))
            .cloned()
            .unwrap_or_else(|| found.action.clone()),
        resource: found.resource.clone(),
        context,
    }
}

/// The same with an action that AWS has and a resource of its, where the evaluator confirms that too.
pub(super) fn readable(
    program: &Program,
    target: &Target,
    request: &Request,
    confirms: &dyn Fn(&Request) -> bool,
) -> Request {
    let allow = &program.statements[target.positives[0]];
    let mut best = request.clone();
    if let Some(known) = iam::action(&best.action) {
        best.action = known.name;
    } else {
        let prefix = best.action.split(':').next().unwrap_or_default();
        let named = iam::actions_of(prefix).map(|name| format!("{prefix}:{name}"));
        let familiar = FAMILIAR.iter().map(|name| (*name).to_owned());
        let better = named
            .chain(familiar)
            .filter(|name| {
                let folded = super::super::template::fold(name);
                let listed = allow.action.any.iter().any(|p| p.matches(&folded));
                listed != allow.action.negated
            })
            .take(TRIES)
            .map(|action| Request {
                action,
                ..best.clone()
            })
            .find(|candidate| confirms(candidate));
        if let Some(better) = better {
            best = better;
        }
    }
    let exact = allow.resource.as_ref().is_some_and(|resource| {
        !resource.negated
            && resource
                .any
                .iter()
                .filter_map(Pattern::literal)
                .any(|text| text == best.resource)
    });
    if !exact && allow.resource.is_some() {
        let better = iam::action(&best.action)
            .into_iter()
            .flat_map(|action| action.resource_types)
            .filter(|kind| !kind.arn.is_empty())
            .take(TRIES)
            .map(|kind| Request {
                resource: filled(&kind.arn),
                ..best.clone()
            })
            .find(|candidate| confirms(candidate));
        if let Some(better) = better {
            best = better;
        }
    }
    best
}

const TRIES: usize = 12;

/// Actions that people know, of different services.
const FAMILIAR: [&str; 6] = [
    "s3:GetObject",
    "sqs:SendMessage",
    "dynamodb:GetItem",
    "iam:PassRole",
    "sts:AssumeRole",
    "lambda:InvokeFunction",
];

/// An ARN of the reference with its placeholders filled in.
fn filled(arn: &str) -> String {
    let mut out = String::new();
    let mut rest = arn;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(match name {
            "Partition" => "aws",
            "Region" => "us-east-1",
            "Account" => "111122223333",
            _ => "example",
        });
        rest = tail;
    }
    out + rest
}

/// Why there is no answer.
pub(super) fn reason(program: &Program, open: &[Target], spent: bool) -> String {
    if spent {
        return "the policies are too intricate: the work a decision may take ran out".to_owned();
    }
    let involved = open
        .iter()
        .flat_map(|target| target.positives.iter().chain(&target.negatives));
    for statement in involved {
        for atom in &program.statements[*statement].conditions {
            if let Atom::Opaque(condition) = &program.arena.atoms[*atom] {
                return format!(
                    "the condition operator {} is not one of AWS's, or its values cannot be read",
                    condition.operator
                );
            }
        }
    }
    if let Some(name) = program.arena.symbols.first() {
        return format!("it depends on <{name}>, which is known only after apply");
    }
    if let Some(key) = program.arena.variables.first() {
        return format!("it depends on the policy variable ${{{key}}}");
    }
    "the conditions on a key combine in a way that is not decided here".to_owned()
}
