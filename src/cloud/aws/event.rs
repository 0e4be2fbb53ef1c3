//! Events of an `EventBridge` bus: a rule with an exact pattern, its target, and what it may invoke.

use serde_json::{Value as Json, json};

use super::builder::Builder;
use super::names::{self, tf};
use super::policy::{Principal, Statement, Why};
use super::reference::Reference;
use crate::iam::Text;
use crate::render::Expr;
use crate::service::Service;
use crate::service::model::{Function, Trigger, TriggerKind};

/// A function's rules, each with the permission to invoke it.
pub(super) fn rules(builder: &mut Builder<'_>, name: &str, function: &Function) -> Vec<Json> {
    let mut rules = Vec::new();
    for (suffix, trigger) in of(function) {
        let TriggerKind::Event {
            source,
            detail_type,
            ..
        } = &trigger.kind
        else {
            continue;
        };
        let arn = arn(builder.service, name, &suffix, trigger);
        let why = Why::asked(
            format!("events {detail_type} of {source} invoke this function"),
            &trigger.pointer,
        );
        let account = Text::parse("{var.account_id}");
        builder.invoked_by("events.amazonaws.com", name, &arn, account, &why);
        rules.push(json!({
            "tf": address(name, &suffix),
            "function_tf": tf(name),
            "name": Expr::text(&rule_name(name, &suffix)),
            "description": format!("Events for the function {name}"),
            "bus": Expr::text(&bus(builder.service, trigger).unwrap_or_else(|| Text::literal("default"))),
            "source": source,
            "detail_type": detail_type,
            "target_id": name,
            "dlq_arn": Expr::text(&names::queue_arn(&format!("{name}-dlq"))),
            "statement_id": format!("event{suffix}"),
            "source_arn": Expr::text(&arn),
        }));
    }
    rules
}

/// Lets the rules put what they cannot deliver into the function's dead-letter queue.
pub(super) fn dead_letters(
    service: &Service,
    name: &str,
    function: &Function,
    dlq: &str,
) -> Option<Statement> {
    let rules = arns(service, name, function);
    if rules.is_empty() {
        return None;
    }
    let why = Why::companion("EventBridge leaves events that it could not deliver");
    let statement = Statement::allow("UndeliveredEvents", ["sqs:SendMessage"], &why);
    Some(for_rules(statement.on([names::queue_arn(dlq)]), rules))
}

/// Lets them encrypt these letters.
pub(super) fn key(service: &Service) -> Option<Statement> {
    let functions = service.functions.iter();
    let rules: Vec<Text> = functions
        .flat_map(|(name, function)| arns(service, name, function))
        .collect();
    if rules.is_empty() {
        return None;
    }
    // EventBridge user guide, "Using dead-letter queues to process undelivered events".
    let why = Why::companion("EventBridge leaves undelivered events in an encrypted queue");
    let actions = ["kms:Decrypt", "kms:GenerateDataKey"];
    let statement = Statement::allow("UndeliveredEvents", actions, &why);
    Some(for_rules(statement.on([Text::literal("*")]), rules))
}

/// `EventBridge` acting for these rules, and for no others.
fn for_rules(statement: Statement, rules: Vec<Text>) -> Statement {
    statement
        .by(Principal::Service(Text::literal("events.amazonaws.com")))
        .when("ArnEquals", "aws:SourceArn", rules)
        .when(
            "StringEquals",
            "aws:SourceAccount",
            [Text::parse("{var.account_id}")],
        )
}

/// ARNs of a function's rules.
fn arns(service: &Service, name: &str, function: &Function) -> Vec<Text> {
    let rules = of(function);
    rules
        .map(|(suffix, trigger)| arn(service, name, &suffix, trigger))
        .collect()
}

/// Terraform name of a rule.
pub(super) fn address(name: &str, suffix: &str) -> String {
    format!("{}_event{}", tf(name), tf(suffix))
}

/// A function's event triggers, each with what tells its rule from the others.
fn of(function: &Function) -> impl Iterator<Item = (String, &Trigger)> {
    let triggers = function.triggers.iter();
    let events = triggers.filter(|t| matches!(t.kind, TriggerKind::Event { .. }));
    events
        .enumerate()
        .map(|(index, trigger)| (suffix(index), trigger))
}

/// What tells a function's rule, counted from 0, from its others.
pub(super) fn suffix(index: usize) -> String {
    match index {
        0 => String::new(),
        n => format!("-{}", n + 1),
    }
}

fn rule_name(name: &str, suffix: &str) -> Text {
    names::full(&format!("{name}-event{suffix}"))
}

/// `rule/<name>` on the default bus, `rule/<bus>/<name>` on another (service authorization reference, `EventBridge`).
fn arn(service: &Service, name: &str, suffix: &str, trigger: &Trigger) -> Text {
    let arn = names::arn("events").then("rule/");
    let arn = match bus(service, trigger) {
        Some(bus) => arn.join(&bus).then("/"),
        None => arn,
    };
    arn.join(&rule_name(name, suffix))
}

fn bus(service: &Service, trigger: &Trigger) -> Option<Text> {
    match &trigger.kind {
        TriggerKind::Event { bus, .. } => {
            Some(Reference::of(service, bus.as_deref()?)?.name().clone())
        }
        _ => None,
    }
}
