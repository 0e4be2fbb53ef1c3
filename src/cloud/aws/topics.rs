//! Topic triggers: subscriptions, who may invoke by them, and where what is not delivered goes.

use serde_json::{Value as Json, json};

use super::alarm::Alarm;
use super::builder::Builder;
use super::filter;
use super::names::{self, tf};
use super::policy::{Principal, Statement, Why};
use super::reference::Reference;
use crate::iam::Text;
use crate::render::Expr;
use crate::service::Service;
use crate::service::model::{Function, Trigger, TriggerKind};

/// The topics that a function listens to, each with its resource.
fn of<'a>(
    service: &Service,
    function: &'a Function,
) -> impl Iterator<Item = (&'a Trigger, &'a str, Reference)> {
    function.triggers.iter().filter_map(|t| match &t.kind {
        TriggerKind::Topic { topic, .. } => {
            Some((t, topic.as_str(), Reference::of(service, topic)?))
        }
        _ => None,
    })
}

/// Terraform name of a function's subscription to a topic.
pub(super) fn address(function: &str, topic: &str) -> String {
    format!("{}_topic_{}", tf(function), tf(topic))
}

/// SNS acting for these topics, and for no others.
fn for_topics(statement: Statement, topics: &[Reference]) -> Statement {
    statement
        .by(Principal::Service(Text::literal("sns.amazonaws.com")))
        .when(
            "ArnEquals",
            "aws:SourceArn",
            topics.iter().map(Reference::arn),
        )
        .when(
            "StringEquals",
            "aws:SourceAccount",
            topics.iter().map(|topic| topic.account().clone()),
        )
}

/// Lets the topics put what they cannot deliver into the function's dead-letter queue.
pub(super) fn dead_letters(service: &Service, function: &Function, dlq: &str) -> Option<Statement> {
    let topics: Vec<Reference> = of(service, function).map(|(.., topic)| topic).collect();
    if topics.is_empty() {
        return None;
    }
    let why = Why::companion("messages of a topic that the function could not be given");
    let statement = Statement::allow("Undelivered", ["sqs:SendMessage"], &why);
    Some(for_topics(statement.on([names::queue_arn(dlq)]), &topics))
}

/// Lets them encrypt these letters.
pub(super) fn key(service: &Service) -> Option<Statement> {
    let functions = service.functions.values();
    let topics: Vec<Reference> = functions
        .flat_map(|function| of(service, function))
        .map(|(.., topic)| topic)
        .collect();
    if topics.is_empty() {
        return None;
    }
    // SQS developer guide, "Configure KMS permissions for AWS services".
    let why = Why::companion("undelivered messages of topics reach encrypted dead-letter queues");
    let statement = Statement::allow("Undelivered", ["kms:Decrypt", "kms:GenerateDataKey"], &why);
    Some(for_topics(statement.on([Text::literal("*")]), &topics))
}

/// Contexts of `subscription.tf`; records who may invoke.
pub(super) fn subscriptions(
    builder: &mut Builder<'_>,
    name: &str,
    function: &Function,
    dlq: &str,
) -> Vec<Json> {
    let mut subscriptions = Vec::new();
    for (trigger, topic, reference) in of(builder.service, function) {
        let arn = reference.arn();
        let why = Why::asked(
            format!("the topic {topic} invokes this function"),
            &trigger.pointer,
        );
        let account = reference.account().clone();
        builder.invoked_by("sns.amazonaws.com", name, &arn, account, &why);
        let address = address(name, topic);
        let pattern = match &trigger.kind {
            TriggerKind::Topic {
                filter: Some(schema),
                ..
            } => filter::subscription(builder, trigger, schema),
            _ => None,
        };
        let mut needs = vec![
            format!("aws_lambda_permission.{address}"),
            format!("aws_sqs_queue_policy.{}", tf(dlq)),
        ];
        if reference.owned {
            needs.push(format!("aws_sns_topic.{}", tf(topic)));
        }
        subscriptions.push(json!({
            "tf": address,
            "function_tf": tf(name),
            "topic_arn": Expr::text(&arn),
            "account": Expr::text(reference.account()),
            "statement_id": format!("topic-{topic}"),
            "dlq_arn": Expr::text(&names::queue_arn(dlq)),
            "filtered": pattern.is_some(),
            "pattern": pattern,
            "depends_on": Expr::raw(format!("[{}]", needs.join(", "))),
        }));
    }
    subscriptions
}

/// Messages that reach neither the function nor its dead-letter queue are lost without a trace.
pub(super) fn alarms(service: &Service, name: &str, function: &Function) -> Vec<Alarm> {
    // Another account counts its own topics.
    let own = Text::parse("{var.account_id}");
    of(service, function)
        .filter(|(.., reference)| *reference.account() == own)
        .map(|(_, topic, reference)| Alarm {
            tf: address(name, topic),
            name: format!("{name}-topic-{topic}"),
            description: format!(
                "A message of {topic} reached neither {name} nor its dead-letter queue: it is lost."
            ),
            namespace: Expr::string("AWS/SNS"),
            metric: Expr::string("NumberOfNotificationsFailedToRedriveToDlq"),
            dimensions: vec![("TopicName", Expr::text(reference.name()))],
            statistic: "Sum",
            threshold: Expr::number(1),
        })
        .collect()
}
