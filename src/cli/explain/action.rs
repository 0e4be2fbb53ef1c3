//! An IAM action: what it is, and who has it.

use super::answer::Asked;
use super::{Answer, Stack};
use crate::catalog::aws::{grants, iam, risk};
use crate::iam::action_matches;
use crate::iam::ledger::RecordedLine;

/// `dynamodb:Scan`; nothing else looks like it.
pub(super) fn parse(what: &str) -> Option<(&str, &str)> {
    let (service, operation) = what.split_once(':')?;
    let plain = |text: &str, more: &[char]| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(&c))
    };
    (plain(service, &['-']) && plain(operation, &['*', '?'])).then_some((service, operation))
}

pub(super) fn explain(
    service: &str,
    operation: &str,
    stack: Option<&Stack>,
) -> Result<Answer, String> {
    let asked = format!("{service}:{operation}");
    let Some(action) = iam::action(&asked) else {
        let near = iam::suggest_action(&asked);
        let near = near.map_or(String::new(), |name| format!("; did you mean {name}?"));
        let vintage = iam::vintage();
        return Err(format!(
            "the facts of {vintage} know no action {asked}{near}"
        ));
    };
    let mut answer = Answer::new(action.name.clone(), "action");
    answer.fact("access level", action.level.to_string());
    match iam::wildcard_reason(&action.name) {
        Some(reason) => answer.fact("resources", reason),
        None => {
            for resource in &action.resource_types {
                answer.fact("resources", format!("{}: {}", resource.name, resource.arn));
            }
        }
    }
    answer.fact("condition keys", action.condition_keys.join(", "));
    for note in risks(&action.name) {
        answer.fact("risk", note);
    }
    let included = grants::all().iter().filter(|grant| {
        let actions = grant.statements.iter().flat_map(|s| &s.actions);
        actions.into_iter().any(|a| *a == action.name)
    });
    let included: Vec<String> = included
        .map(|grant| format!("{} on {}", grant.name, grant.kind))
        .collect();
    answer.fact("granted by", included.join(", "));
    match stack {
        Some(stack) => holders(&mut answer, &action.name, stack),
        None => answer.fact("who has it", "not checked: there is no valid manifest here"),
    }
    Ok(answer)
}

fn holders(answer: &mut Answer, action: &str, stack: &Stack) {
    let mut any = false;
    for line in &stack.ledger.permissions {
        if action_matches(&line.action, action) {
            any = true;
            held(answer, "who has it", line, stack);
        }
    }
    if !any {
        answer.fact("who has it", "nobody in this stack");
    }
}

/// A line of the ledger with its reasons.
pub(super) fn held(answer: &mut Answer, about: &str, line: &RecordedLine, stack: &Stack) {
    for why in &line.why {
        let by = why
            .pointer
            .as_deref()
            .and_then(|p| Asked::of(&stack.prepared.loaded, p));
        let text = format!("{}: {line}", line.holder);
        answer.asked(about, text, Some(&why.reason), by);
    }
}

fn risks(action: &str) -> Vec<String> {
    // Escalation says with which other actions.
    let mut notes: Vec<String> = risk::harms(action, |_| false)
        .iter()
        .filter(|harm| **harm != risk::Harm::Escalation)
        .map(ToString::to_string)
        .collect();
    for path in risk::privilege_escalation() {
        if path.all_of.iter().any(|a| a == action) {
            notes.push(match path.all_of.as_slice() {
                [_] => format!("leads to more privilege by itself ({})", path.id),
                all => format!(
                    "leads to more privilege as {} ({})",
                    all.join(" + "),
                    path.id
                ),
            });
        }
    }
    notes
}
