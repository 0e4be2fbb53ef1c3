//! The URL of a function: it takes requests that principals of the account signed, and no others.
//!
//! No permission is written for it: in its own account a principal's own policy decides (Lambda developer guide,
//! "Control access to Lambda function URLs"), and nobody else gets in.

use serde_json::{Value as Json, json};

use super::alarm::{self, Alarm};
use super::names::tf;
use crate::render::Expr;
use crate::service::model::{Function, TriggerKind};

/// Context of the URL, none or one.
pub(super) fn of(name: &str, function: &Function) -> Vec<Json> {
    if has(function) {
        vec![json!({ "function_tf": tf(name) })]
    } else {
        Vec::new()
    }
}

/// Whether the function has a URL.
pub(super) fn has(function: &Function) -> bool {
    let mut triggers = function.triggers.iter();
    triggers.any(|t| matches!(t.kind, TriggerKind::Url { .. }))
}

/// Alarms on what the URL answers.
pub(super) fn alarms(name: &str, function: &Function) -> Vec<Alarm> {
    // A URL has no throttle but the function's concurrency; so many refusals in five minutes are no accident.
    const REFUSED: u32 = 50;
    if !has(function) {
        return Vec::new();
    }
    vec![
        alarm::lambda(
            name,
            "url-server-errors",
            "Url5xxCount",
            "Sum",
            Expr::number(1),
            format!("The URL of {name} answered with server errors."),
        ),
        alarm::lambda(
            name,
            "url-client-errors",
            "Url4xxCount",
            "Sum",
            Expr::number(REFUSED),
            format!(
                "Many requests to the URL of {name} were refused: a broken client, or someone is probing."
            ),
        ),
    ]
}
