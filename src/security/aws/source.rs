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

/// A kind of source.
struct Known {
    /// Service in its ARN.
    service: &'static str,
    /// Resource type.
    terraform: &'static str,
    holds: &'static str,
    actions: &'static [&'static str],
}

/// The first stands for what is not known.
const SOURCES: [Known; 4] = [
    Known {
        service: "sqs",
        terraform: "aws_sqs_queue",
        holds: "messages",
        actions: &["sqs:SendMessage"],
    },
    Known {
        service: "sns",
        terraform: "aws_sns_topic",
        holds: "messages",
        actions: &["sns:Publish"],
    },
    Known {
        service: "kinesis",
        terraform: "aws_kinesis_stream",
        holds: "records",
        actions: &["kinesis:PutRecord", "kinesis:PutRecords"],
    },
    Known {
        service: "dynamodb",
        terraform: "aws_dynamodb_table",
        holds: "changes",
        actions: &[
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:PartiQLDelete",
            "dynamodb:PartiQLInsert",
            "dynamodb:PartiQLUpdate",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ],
    },
];

impl<'a> Source<'a> {
    /// By its ARN or address.
    pub(super) fn of(sight: &Sight<'a>, named: Option<&Value>) -> Self {
        let mut arn = shown(named);
        let service = arn.strip_prefix("arn:").and_then(|a| a.split(':').nth(1));
        let fitting = |known: &&Known| service.is_none_or(|service| service == known.service);
        let target = |known: &'static Known| {
            let target = sight.context.target(known.terraform, named)?;
            Some((known, target))
        };
        let found = SOURCES.iter().filter(fitting).find_map(target);
        let known = match found {
            Some((known, _)) => known,
            None => SOURCES.iter().find(fitting).unwrap_or(&SOURCES[0]),
        };
        let resource = found.map(|(_, resource)| resource);
        // Of the stream of a table only the table's name is known before it is there.
        if let Some(table) = resource.filter(|r| r.address.kind == "aws_dynamodb_table") {
            arn = format!("table/{}", shown(table.get("name")));
        }
        Self {
            arn,
            resource,
            holds: known.holds,
            actions: known.actions,
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
