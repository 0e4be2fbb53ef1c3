use std::collections::BTreeMap;

use super::*;
use crate::graph::hcl;

const PROVIDER: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}
resource "aws_iam_role" "a" {
  name = "a"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
"#;

/// What is read, and what is not.
fn read_in_part(text: &str) -> (Vec<String>, Vec<String>) {
    let files = BTreeMap::from([("main.tf".into(), format!("{PROVIDER}{text}"))]);
    let graph = hcl::read(&files, &[]).unwrap();
    let line = |p: Permission| {
        let conditions: Vec<String> = p
            .conditions
            .iter()
            .flat_map(|(op, keys)| {
                keys.iter()
                    .map(move |(key, v)| format!(" {op} {key} {v:?}"))
            })
            .collect();
        let principal = p.principal.map_or(String::new(), |p| format!(" {p}"));
        format!(
            "{} {:?} {} {}{principal}{}",
            p.holder,
            p.effect,
            p.action,
            p.resource,
            conditions.concat()
        )
    };
    let (permissions, unread) = permissions(&graph);
    (
        permissions.into_iter().map(line).collect(),
        unread.iter().map(ToString::to_string).collect(),
    )
}

/// What is read where all is.
fn read(text: &str) -> Vec<String> {
    let (read, unread) = read_in_part(text);
    assert_eq!(unread, [""; 0]);
    read
}

fn role_policy(role: &str, statement: &str) -> String {
    format!(
        "resource \"aws_iam_role_policy\" \"p\" {{\n  role = {role}\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = {statement} }})\n}}\n"
    )
}

#[test]
fn statements_become_one_permission_for_each_action_and_resource() {
    let statement = r#"[{
        Effect = "Allow", Action = ["sqs:SendMessage", "sqs:GetQueueUrl"],
        Resource = [aws_sqs_queue.jobs.arn, "*"],
        Condition = { Bool = { "aws:SecureTransport" = true } } }]"#;
    let tail = " Bool aws:SecureTransport {\"true\"}";
    let expected: Vec<String> = ["sqs:GetQueueUrl", "sqs:SendMessage"]
        .iter()
        .flat_map(|action| {
            ["*", "<aws_sqs_queue.jobs.arn>"]
                .map(|on| format!("aws_iam_role.a Allow {action} {on}{tail}"))
        })
        .collect();
    // By reference, by its name, by one statement that stands alone.
    for role in ["aws_iam_role.a.id", "aws_iam_role.a.name", "\"a\""] {
        assert_eq!(read(&role_policy(role, statement)), expected, "{role}");
    }
    let alone = statement.trim_start_matches('[').trim_end_matches(']');
    assert_eq!(read(&role_policy("\"a\"", alone)), expected);
}

#[test]
fn principals_and_invocations_are_read() {
    let text = r#"
resource "aws_sqs_queue_policy" "p" {
  queue_url = "https://sqs.eu-west-1.amazonaws.com/111111111111/jobs"
  policy = jsonencode({ Version = "2012-10-17", Statement = {
Effect = "Deny", Principal = { AWS = ["*", "111111111111"], Service = "s3.amazonaws.com" }, Action = "sqs:*", Resource = "*" } })
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.a.arn
}
resource "aws_lambda_permission" "p" {
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.f.function_name
  principal      = "s3.amazonaws.com"
  source_account = "111111111111"
}
"#;
    assert_eq!(
        read(text),
        [
            "aws_lambda_function.f Allow lambda:InvokeFunction arn:aws:lambda:eu-west-1:111111111111:function:f Service:s3.amazonaws.com StringEquals aws:SourceAccount {\"111111111111\"}",
            "aws_sqs_queue.jobs Deny sqs:* * *",
            "aws_sqs_queue.jobs Deny sqs:* * AWS:111111111111",
            "aws_sqs_queue.jobs Deny sqs:* * Service:s3.amazonaws.com",
        ]
    );
}

#[test]
fn what_may_grant_and_is_not_read_is_named() {
    let good = r#"{ Effect = "Allow", Action = "sqs:*", Resource = "*" }"#;
    for (text, expected) in [
        (role_policy("\"b\"", good), "role names no aws_iam_role of this stack"),
        (role_policy("\"a\"", "var.unknown"), "Statement: is a statement or a list of statements"),
        (
            role_policy("\"a\"", &good.replace("Action", "NotAction")),
            "a statement has an element \"NotAction\"",
        ),
        (
            role_policy("\"a\"", &good.replace("Allow", "allow")),
            "Statement.Effect: is \"Allow\" or \"Deny\"",
        ),
        (
            role_policy("\"a\"", &good.replace("{ Effect", "{ Principal = \"*\", Effect")),
            "an identity policy names a Principal",
        ),
        (
            role_policy("\"a\"", good).replace("2012-10-17", "2008-10-17"),
            "version is not 2012-10-17",
        ),
        (
            role_policy("\"a\"", &good.replace("Resource = \"*\"", "Sid = \"x\"")),
            "a statement has no Resource",
        ),
        (
            "resource \"aws_iam_role_policy_attachment\" \"x\" {\n  role = \"a\"\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n".to_owned(),
            "aws_iam_role_policy_attachment.x.policy_arn: what this attribute",
        ),
        (
            "resource \"aws_kms_grant\" \"x\" {\n  key_id = \"k\"\n  grantee_principal = \"p\"\n  operations = [\"Decrypt\"]\n}\n".to_owned(),
            "what a aws_kms_grant grants is not read",
        ),
    ] {
        let text = format!("{text}\nvariable \"unknown\" {{}}\n");
        let (_, unread) = read_in_part(&text);
        assert!(unread.iter().any(|e| e.contains(expected)), "{expected}: {unread:?}");
    }
}

#[test]
fn what_stands_beside_it_is_read() {
    let statements = r#"[
        { Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" },
        { Effect = "Deny", NotAction = "sqs:*", Resource = "*" },
        { Effect = "Deny", Action = "sqs:DeleteQueue", Resource = "*" }]"#;
    let grant = "resource \"aws_kms_grant\" \"x\" {\n  key_id = \"k\"\n  grantee_principal = \"p\"\n  operations = [\"Decrypt\"]\n}\n";
    let text = role_policy("\"a\"", statements) + grant;
    assert_eq!(
        read_in_part(&text),
        (
            [
                "aws_iam_role.a Allow sqs:SendMessage *",
                "aws_iam_role.a Deny sqs:DeleteQueue *"
            ]
            .map(str::to_owned)
            .to_vec(),
            [
                "aws_iam_role_policy.p.policy: a statement has an element \"NotAction\", which is not read",
                "aws_kms_grant.x.*: what a aws_kms_grant grants is not read"
            ]
            .map(str::to_owned)
            .to_vec()
        )
    );
}

#[test]
fn the_data_parses() {
    assert!(DATA.places.len() > 10 && DATA.attributes.len() > 5 && DATA.other_grants.len() > 5);
}
