//! Events of the objects of a bucket: who is told, and what S3 may invoke.

use serde_json::{Value as Json, json};

use super::builder::Builder;
use super::names::tf;
use super::policy::Why;
use super::reference::Reference;
use crate::iam::Text;
use crate::render::Expr;
use crate::service::Service;
use crate::service::model::{Function, ObjectEvent, TriggerKind};

/// The permissions by which buckets invoke a function, one a bucket.
pub(super) fn permissions(builder: &mut Builder<'_>, name: &str, function: &Function) -> Vec<Json> {
    let mut permissions = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for trigger in &function.triggers {
        let TriggerKind::Object { bucket, .. } = &trigger.kind else {
            continue;
        };
        let Some(reference) = Reference::of(builder.service, bucket) else {
            continue;
        };
        if known.contains(&bucket.as_str()) {
            continue;
        }
        known.push(bucket);
        let source = reference.arn();
        let why = Why::asked(
            format!("objects of {bucket} invoke this function"),
            &trigger.pointer,
        );
        let account = Text::parse("{var.account_id}");
        builder.invoked_by("s3.amazonaws.com", name, &source, account, &why);
        permissions.push(json!({
            "tf": permission_name(name, bucket),
            "function_tf": tf(name),
            "statement_id": format!("object-{bucket}"),
            "source_arn": Expr::text(&source),
        }));
    }
    permissions
}

/// Terraform name of the permission by which a bucket invokes a function.
pub(super) fn permission_name(function: &str, bucket: &str) -> String {
    format!("{}_object_{}", tf(function), tf(bucket))
}

/// Who is told of the objects of a bucket: a bucket has one list, whoever listens.
pub(super) fn notifications(service: &Service, bucket: &str) -> Vec<Json> {
    let mut told = Vec::new();
    for (name, function) in &service.functions {
        for (index, trigger) in function.triggers.iter().enumerate() {
            let TriggerKind::Object {
                bucket: of,
                events,
                prefix,
                suffix,
            } = &trigger.kind
            else {
                continue;
            };
            if of == bucket {
                let events: Vec<&str> = events.iter().copied().map(event_type).collect();
                told.push(json!({
                    "id": format!("{name}-{}", index + 1),
                    "function_tf": tf(name),
                    "events": events,
                    "has_prefix": !prefix.is_empty(),
                    "prefix": prefix,
                    "has_suffix": !suffix.is_empty(),
                    "suffix": suffix,
                }));
            }
        }
    }
    told
}

/// The permissions that a bucket's notifications rest on: S3 tries them when it is told whom to tell.
pub(super) fn allowed_by(service: &Service, bucket: &str) -> Vec<String> {
    let told = |function: &Function| {
        let mut triggers = function.triggers.iter();
        triggers.any(|t| matches!(&t.kind, TriggerKind::Object { bucket: of, .. } if of == bucket))
    };
    let told = service.functions.iter().filter(|(_, f)| told(f));
    told.map(|(name, _)| permission_name(name, bucket))
        .collect()
}

/// As S3 names it (S3 user guide, "Supported event types for SQS, SNS, and Lambda").
fn event_type(event: ObjectEvent) -> &'static str {
    match event {
        ObjectEvent::Created => "s3:ObjectCreated:*",
        ObjectEvent::Removed => "s3:ObjectRemoved:*",
    }
}
