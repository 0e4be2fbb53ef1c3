//! `slgen diff` on an applied stack: what it says while nobody touched it is explained, and what was changed is found.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::stack::Stack;
use crate::text;

/// Rule and resource type of what opens, or may, on an untouched stack, and why it does.
const EXPLAINED: [(&str, &str, &str); 11] = [
    (
        "SLG-DIFF-101",
        "aws_iam_role",
        "the tests give their own network by -var",
    ),
    ("SLG-DIFF-003", "aws_lambda_function", "the same"),
    (
        "SLG-PKG-002",
        "aws_lambda_function",
        "moto has no code signing",
    ),
    (
        "SLG-DIFF-030",
        "aws_lambda_event_source_mapping",
        "moto forgets the alias",
    ),
    (
        "SLG-ENC-002",
        "aws_lambda_function",
        "moto does not keep kms_key_arn",
    ),
    (
        "SLG-RES-003",
        "aws_lambda_function",
        "moto does not keep dead_letter_config",
    ),
    (
        "SLG-RES-003",
        "aws_lambda_function_event_invoke_config",
        "moto forgets the qualifier",
    ),
    (
        "SLG-LOG-003",
        "aws_lambda_function",
        "moto does not keep logging_config",
    ),
    (
        "SLG-RES-013",
        "aws_sqs_queue_redrive_allow_policy",
        "left out for moto, on which the provider waits for ever",
    ),
    (
        "SLG-DIFF-050",
        "aws_apigatewayv2_authorizer",
        "moto has no GetAuthorizers",
    ),
    (
        "SLG-LOG-022",
        "aws_s3_bucket_notification",
        "moto does not keep it",
    ),
];

/// Rule and resource type of the critical changes of `live_cases.json`.
const CRITICAL: [(&str, &str); 14] = [
    ("SLG-AUTH-001", "aws_apigatewayv2_route"),
    ("SLG-AUTH-002", "aws_lambda_function_url"),
    ("SLG-DIFF-032", "aws_kms_grant"),
    ("SLG-DIFF-101", "aws_iam_role"),
    ("SLG-DIFF-102", "aws_iam_role"),
    ("SLG-DIFF-103", "aws_iam_role"),
    ("SLG-DIFF-104", "aws_kms_key"),
    ("SLG-DIFF-104", "aws_s3_bucket"),
    ("SLG-DIFF-104", "aws_sqs_queue"),
    ("SLG-DIFF-105", "aws_lambda_function"),
    ("SLG-DIFF-106", "aws_lambda_function"),
    ("SLG-IAM-007", "aws_iam_role"),
    ("SLG-INJ-004", "aws_lambda_function"),
    ("SLG-NET-001", "aws_s3_bucket_public_access_block"),
];

/// What `slgen diff` finds.
fn diff(stack: &Stack, arguments: &[&str]) -> Vec<Value> {
    let output = stack
        .moto
        .command(env!("CARGO_BIN_EXE_slgen"), &stack.project())
        .args(["diff", "--format", "json"])
        .args(arguments)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    report["findings"].as_array().unwrap().clone()
}

/// Rule and resource type of what opens something, or may.
fn opening(findings: &[Value]) -> BTreeSet<(&str, &str)> {
    findings
        .iter()
        .filter(|f| f["direction"] == "widening" || f["direction"] == "undetermined")
        .map(rule_and_type)
        .collect()
}

fn rule_and_type(finding: &Value) -> (&str, &str) {
    let address = finding["address"].as_str().unwrap();
    (
        finding["rule"].as_str().unwrap(),
        address.split('.').next().unwrap(),
    )
}

fn unexplained(findings: &[Value]) -> Vec<(&str, &str)> {
    let explained = |found: &(&str, &str)| EXPLAINED.iter().any(|e| (e.0, e.1) == *found);
    let open = opening(findings).into_iter();
    open.filter(|found| !explained(found)).collect()
}

/// The plan of an untouched stack.
pub(crate) fn untouched(stack: &Stack) {
    std::fs::write(stack.project().join("plan.json"), stack.plan()).unwrap();
    let findings = diff(stack, &["--plan", "plan.json"]);
    assert!(findings.is_empty(), "{findings:#?}");
}

/// The account, while nobody has touched it.
pub(crate) fn as_applied(stack: &Stack, environment: &str) {
    let findings = diff(stack, &["--live", "-e", environment]);
    assert_eq!(unexplained(&findings), [], "{findings:#?}");
}

/// The account, after the changes of `live_cases.json`.
pub(crate) fn changed(stack: &Stack, environment: &str) {
    let findings = diff(stack, &["--live", "-e", environment]);
    let critical = findings.iter().filter(|f| f["severity"] == "critical");
    let found: BTreeSet<(&str, &str)> = critical.map(rule_and_type).collect();
    let missed: Vec<_> = CRITICAL.iter().filter(|c| !found.contains(c)).collect();
    assert!(missed.is_empty(), "{missed:?}\n{found:?}");
}
