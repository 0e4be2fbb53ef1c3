//! Names that differ in the manifest and are one in what is generated: Terraform names of routes,
//! queue readers and schedules, and variables that tell a function of its resources.

use std::collections::BTreeMap;

use super::api::slug;
use super::builder::Builder;
use super::names::shout;
use super::names::tf;
use super::object::permission_name;
use super::{database, event, topics};
use crate::catalog::aws::kinds;
use crate::catalog::webhooks;
use crate::service::model::{Auth, Function, Target, TriggerKind};

/// Refuses such names, each at its second place.
pub(super) fn check(builder: &mut Builder<'_>) {
    let service = builder.service;
    let mut problems = Vec::new();
    let mut taken: BTreeMap<(&str, String), String> = BTreeMap::new();
    for (name, function) in &service.functions {
        let mut schedules = 0;
        let mut events = 0;
        for trigger in &function.triggers {
            let (key, address, shown) = match &trigger.kind {
                TriggerKind::Http { method, path, .. } => {
                    let route = format!("{method} {path}");
                    let address = format!("{}_{}", tf(name), slug(&route));
                    ("http", ("aws_apigatewayv2_route", address), route)
                }
                TriggerKind::Queue { queue, .. } => {
                    let address = format!("{}_{}", tf(name), tf(queue));
                    let shown = format!("{name} reading {queue}");
                    ("queue", ("aws_lambda_event_source_mapping", address), shown)
                }
                TriggerKind::Schedule { expression, .. } => {
                    schedules += 1;
                    let address = match schedules {
                        1 => tf(name),
                        n => format!("{}_{n}", tf(name)),
                    };
                    let shown = format!("the schedule {expression} of {name}");
                    ("schedule", ("aws_scheduler_schedule", address), shown)
                }
                TriggerKind::Stream(stream) => {
                    let address = format!("{}_{}", tf(name), tf(&stream.source));
                    let shown = format!("{name} reading {}", stream.source);
                    (
                        "stream",
                        ("aws_lambda_event_source_mapping", address),
                        shown,
                    )
                }
                TriggerKind::Topic { topic, .. } => {
                    let address = topics::address(name, topic);
                    let shown = format!("{name} listening to {topic}");
                    ("topic", ("aws_sns_topic_subscription", address), shown)
                }
                TriggerKind::Object { bucket, .. } => {
                    let address = permission_name(name, bucket);
                    let shown = format!("{name} hearing of objects of {bucket}");
                    ("object", ("aws_lambda_permission", address), shown)
                }
                TriggerKind::Event { detail_type, .. } => {
                    let address = event::address(name, &event::suffix(events));
                    events += 1;
                    let shown = format!("the events {detail_type} of {name}");
                    ("event", ("aws_cloudwatch_event_rule", address), shown)
                }
                TriggerKind::Url { .. } => {
                    let shown = format!("the URL of {name}");
                    ("url", ("aws_lambda_function_url", tf(name)), shown)
                }
            };
            // What invokes by itself has a permission of the same name.
            let permission = ("aws_lambda_permission", address.1.clone());
            let pushed = matches!(key, "http" | "topic" | "event").then_some(permission);
            for address in std::iter::once(address).chain(pushed) {
                let terraform = format!("{}.{}", address.0, address.1);
                if let Some(other) = taken.insert(address, shown.clone())
                    && other != shown
                {
                    problems.push((
                        format!("{}/{key}", trigger.pointer),
                        format!("this and {other} would both be {terraform}"),
                        "rename one of the two".to_owned(),
                    ));
                    break;
                }
            }
        }
        problems.extend(variables(function, builder));
    }
    for (pointer, message, help) in problems {
        builder.problem(&pointer, message, help);
    }
}

/// Variables that two things a function uses would both set.
fn variables(function: &Function, builder: &Builder<'_>) -> Vec<(String, String, String)> {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let mut problems = Vec::new();
    for trigger in &function.triggers {
        if let TriggerKind::Http {
            method,
            path,
            auth: Auth::Hmac(_),
            ..
        } = &trigger.kind
        {
            let route = format!("{method} {path}");
            taken.insert(webhooks::variable(&route), route);
        }
    }
    for access in &function.access {
        let (name, told) = match &access.target {
            Target::Resource { name, .. } => {
                let kind = builder.service.resources.get(name);
                let Some(kind) = kind.and_then(|r| kinds::kind(&r.kind)) else {
                    continue;
                };
                // A secret is told only where the manifest says how.
                if kind.name == "secret" {
                    continue;
                }
                let suffixes = match kind.name.as_str() {
                    kind @ ("rds_data_api" | "rds_db") => database::suffixes(kind).to_vec(),
                    _ => vec![kind.env.suffix.as_str()],
                };
                let told = suffixes
                    .iter()
                    .map(|suffix| format!("{}{suffix}", shout(name)));
                (name.clone(), told.collect::<Vec<_>>())
            }
            Target::Function { name } => {
                let told = format!("{}_ARN", shout(name));
                (format!("functions.{name}"), vec![told])
            }
            Target::Raw { .. } => continue,
        };
        for variable in told {
            if let Some(other) = taken.insert(variable.clone(), name.clone())
                && other != name
            {
                problems.push((
                    format!("{}/to", access.pointer),
                    format!("{name} and {other} would both be told as {variable}"),
                    "rename one of the two".to_owned(),
                ));
            }
        }
    }
    problems
}
