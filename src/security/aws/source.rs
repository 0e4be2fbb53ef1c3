//! Queues, topics, streams and tables that functions get events of, and who fills them.

use crate::graph::{Resource, Value};
use crate::iam::{Effect, Permission, PolicyKind};
use crate::security::sight::{Sight, shown};

/// What events come from.
pub(super) struct Source<'a> {
    /// Its ARN as it is shown.
    arn: String,
    /// It, when it is of the stack.
    pub(super) resource: Option<&'a Resource>,
    /// What it holds.
    holds: &'static str,
    /// Actions that put something in.
    actions: &'static [&'static str],
}

/// Resource type, what it holds, and the actions that put something in.
const SOURCES: [(&str, &str, &[&str]); 4] = [
    ("aws_sqs_queue", "messages", &["sqs:SendMessage"]),
    ("aws_sns_topic", "messages", &["sns:Publish"]),
    (
        "aws_kinesis_stream",
        "records",
        &["kinesis:PutRecord", "kinesis:PutRecords"],
    ),
    (
        "aws_dynamodb_table",
        "changes",
        &[
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:PartiQLDelete",
            "dynamodb:PartiQLInsert",
            "dynamodb:PartiQLUpdate",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ],
    ),
];

impl<'a> Source<'a> {
    /// By its ARN or address.
    pub(super) fn of(sight: &Sight<'a>, named: Option<&Value>) -> Self {
        let arn = shown(named);
        for (kind, holds, actions) in SOURCES {
            let Some(resource) = sight.context.target(kind, named) else {
                continue;
            };
            // Of a table only its name is known before it is there.
            let arn = match kind {
                "aws_dynamodb_table" => format!("table/{}", shown(resource.get("name"))),
                _ => arn,
            };
            return Self {
                arn,
                resource: Some(resource),
                holds,
                actions,
            };
        }
        let kinesis = arn.contains(":kinesis:");
        let (_, holds, actions) = SOURCES[if kinesis { 2 } else { 0 }];
        Self {
            arn,
            resource: None,
            holds,
            actions,
        }
    }

    /// Whether an ARN of a policy is its own.
    fn is_named(&self, arn: &str) -> bool {
        match self.arn.strip_prefix("table/") {
            Some(table) => arn.ends_with(&format!(":table/{table}")),
            None => arn == self.arn,
        }
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        format!("{} of {}", self.holds, self.arn)
    }

    /// What of the stack lets somebody put something in.
    pub(super) fn senders<'s>(
        &'s self,
        sight: &'s Sight<'_>,
    ) -> impl Iterator<Item = &'s Permission> {
        let address = self.resource.map(|source| source.address.to_string());
        sight.context.permissions.iter().filter(move |p| {
            p.effect == Effect::Allow
                && self
                    .actions
                    .iter()
                    .any(|a| p.action.eq_ignore_ascii_case(a))
                && match p.kind {
                    PolicyKind::Identity => self.is_named(&p.resource),
                    PolicyKind::Resource => address.as_deref() == Some(p.holder.as_str()),
                    PolicyKind::Trust => false,
                }
        })
    }
}
