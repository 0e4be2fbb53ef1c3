//! Policies: by what they allow, both ways.

use slgen::diff::Direction;
use slgen::guardrail::Severity;

use super::diff;
use super::score::Score;

fn role(statements: &str, trust: &str, rest: &str) -> String {
    format!(
        r#"
resource "aws_iam_role" "r" {{
  name = "r"
  {rest}
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{trust}] }})
}}
resource "aws_iam_role_policy" "p" {{
  name = "p"
  role = aws_iam_role.r.name
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statements}] }})
}}
"#
    )
}

const LAMBDA: &str = r#"{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }"#;

fn allow(action: &str, resource: &str, condition: &str) -> String {
    format!(r#"{{ Effect = "Allow", Action = "{action}", Resource = "{resource}"{condition} }}"#)
}

fn queue(statements: &str) -> String {
    format!(
        r#"
resource "aws_sqs_queue" "q" {{ name = "q" }}
resource "aws_sqs_queue_policy" "q" {{
  queue_url = aws_sqs_queue.q.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statements}] }})
}}
"#
    )
}

fn permission(rest: &str) -> String {
    format!(
        r#"
resource "aws_lambda_function" "f" {{ function_name = "f" }}
resource "aws_lambda_permission" "p" {{
  statement_id  = "p"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.function_name
  {rest}
}}
"#
    )
}

#[test]
fn policies_open_and_close() {
    let get = allow("s3:GetObject", "arn:aws:s3:::b/*", "");
    let base = role(&get, LAMBDA, "");
    let when = |c: &str| format!(", Condition = {c}");
    let tls = r#"{ Effect = "Deny", Principal = "*", Action = "sqs:*", Resource = "arn:aws:sqs:eu-west-1:111111111111:q", Condition = { Bool = { "aws:SecureTransport" = "false" } } }"#;
    let public = r#"{ Effect = "Allow", Principal = "*", Action = "sqs:SendMessage", Resource = "arn:aws:sqs:eu-west-1:111111111111:q" }"#;
    let identity = ("aws_iam_role.r", "permissions");
    let trust = ("aws_iam_role.r", "assume_role_policy");
    let resource = ("aws_sqs_queue.q", "policy");
    let invoke = ("aws_lambda_function.f", "permission");
    let service = r#"principal = "s3.amazonaws.com"
  source_arn = "arn:aws:s3:::b"
  source_account = "111111111111""#;
    let cases: Vec<(&str, (&str, &str), String, String)> = vec![
        (
            "an action more",
            identity,
            base.clone(),
            role(
                &format!(
                    "{get}, {}",
                    allow("s3:DeleteObject", "arn:aws:s3:::b/*", "")
                ),
                LAMBDA,
                "",
            ),
        ),
        (
            "a wildcard for an action",
            identity,
            base.clone(),
            role(&allow("s3:Get*", "arn:aws:s3:::b/*", ""), LAMBDA, ""),
        ),
        (
            "another resource",
            identity,
            base.clone(),
            role(&allow("s3:GetObject", "*", ""), LAMBDA, ""),
        ),
        (
            "a condition lost",
            identity,
            role(
                &allow(
                    "s3:GetObject",
                    "arn:aws:s3:::b/*",
                    &when(r#"{ StringEquals = { "aws:PrincipalOrgID" = "o-1" } }"#),
                ),
                LAMBDA,
                "",
            ),
            base.clone(),
        ),
        (
            "a Deny lost",
            identity,
            role(
                &format!(
                    r#"{get}, {{ Effect = "Deny", Action = "s3:GetObject", Resource = "arn:aws:s3:::b/secret" }}"#
                ),
                LAMBDA,
                "",
            ),
            base.clone(),
        ),
        (
            "a Deny of what others allow lost",
            identity,
            role(
                &format!(r#"{get}, {{ Effect = "Deny", Action = "sqs:*", Resource = "*" }}"#),
                LAMBDA,
                "",
            ),
            base.clone(),
        ),
        (
            "NotAction",
            identity,
            base.clone(),
            role(
                r#"{ Effect = "Allow", NotAction = "iam:*", Resource = "*" }"#,
                LAMBDA,
                "",
            ),
        ),
        (
            "a foreign account is trusted",
            trust,
            base.clone(),
            role(
                &get,
                &format!(
                    r#"{LAMBDA}, {{ Effect = "Allow", Principal = {{ AWS = "arn:aws:iam::999999999999:root" }}, Action = "sts:AssumeRole" }}"#
                ),
                "",
            ),
        ),
        (
            "a queue is public",
            resource,
            queue(tls),
            queue(&format!("{tls}, {public}")),
        ),
        (
            "TLS no longer asked for",
            resource,
            queue(tls),
            queue(&tls.replace("sqs:*", "sqs:GetQueueUrl")),
        ),
        (
            "a policy where none was",
            resource,
            r#"resource "aws_sqs_queue" "q" { name = "q" }"#.to_owned(),
            queue(public),
        ),
        (
            "the account of a caller no longer asked",
            invoke,
            permission(service),
            permission(
                r#"principal = "s3.amazonaws.com"
  source_arn = "arn:aws:s3:::b""#,
            ),
        ),
        (
            "an ARN with a wildcard",
            invoke,
            permission(service),
            permission(&service.replace(":::b", ":::*")),
        ),
        (
            "everyone may invoke",
            invoke,
            permission(service),
            permission(r#"principal = "*""#),
        ),
        (
            "every action on the function",
            invoke,
            permission(service),
            permission(service).replace("lambda:InvokeFunction", "lambda:*"),
        ),
        (
            "the organisation no longer asked for",
            invoke,
            permission(
                r#"principal = "*"
  principal_org_id = "o-1""#,
            ),
            permission(r#"principal = "*""#),
        ),
        (
            "no signature asked for",
            invoke,
            permission(
                r#"principal = "*"
  function_url_auth_type = "AWS_IAM""#,
            ),
            permission(
                r#"principal = "*"
  function_url_auth_type = "NONE""#,
            ),
        ),
        (
            "a managed policy attached",
            (
                "aws_iam_role.r",
                "attached.arn:aws:iam::aws:policy/AdministratorAccess",
            ),
            base.clone(),
            format!(
                r#"{base}
resource "aws_iam_role_policy_attachment" "a" {{
  role       = aws_iam_role.r.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}}"#
            ),
        ),
    ];
    let mut score = Score::default();
    for (name, (address, path), before, after) in &cases {
        let (there, back) = (diff(before, after), diff(after, before));
        // A Deny that covers less is there still.
        let both_ways = matches!(*name, "no signature asked for");
        score.case(
            "widening",
            name,
            (address, path, Direction::Widening),
            &there,
        );
        let expected = if both_ways {
            Direction::Widening
        } else {
            Direction::Narrowing
        };
        score.case("reverse", name, (address, path, expected), &back);
    }
    score.check("policies");
}

#[test]
fn a_witness_says_who_may_do_what() {
    let before = role(&allow("s3:GetObject", "arn:aws:s3:::b/*", ""), LAMBDA, "");
    let after = role(&allow("s3:*", "arn:aws:s3:::b/*", ""), LAMBDA, "");
    let found = diff(&before, &after);
    assert_eq!(found.len(), 1, "{found:?}");
    let witness = found[0].witness.as_ref().unwrap();
    assert!(witness.action.starts_with("s3:"), "{witness:?}");
    assert!(
        witness.resource.starts_with("arn:aws:s3:::b/"),
        "{witness:?}"
    );
    assert!(
        found[0].meaning.starts_with("r may now s3:"),
        "{}",
        found[0].meaning
    );
    assert_eq!(found[0].gained[0].action, "s3:*");
}

#[test]
fn a_new_permission_matters_by_what_it_does_and_whose_the_resource_is() {
    let table = r#"
resource "aws_dynamodb_table" "t" { name = "t" }
"#;
    let own = "arn:aws:dynamodb:eu-west-1:111111111111:table/t";
    let other = "arn:aws:dynamodb:eu-west-1:111111111111:table/u";
    let base = allow("logs:DescribeLogGroups", "*", "");
    for (action, resource, severity) in [
        ("dynamodb:ListTagsOfResource", own, Severity::Medium),
        ("dynamodb:GetItem", own, Severity::Medium),
        ("dynamodb:GetItem", other, Severity::High),
        (
            "dynamodb:Query",
            &format!("{own}/index/i"),
            Severity::Medium,
        ),
        (
            "dynamodb:Query",
            &own.replace(":table/t", ":table/*"),
            Severity::High,
        ),
        ("dynamodb:DeleteItem", own, Severity::High),
        ("dynamodb:PutResourcePolicy", own, Severity::Critical),
        ("dynamodb:*", own, Severity::Critical),
        ("kms:Decrypt", "*", Severity::High),
        ("kms:CreateGrant", "*", Severity::Critical),
        ("s3:ListAllMyBuckets", "*", Severity::Medium),
        ("logs:PutLogEvents", "*", Severity::Low),
        (
            "iam:PassRole",
            "arn:aws:iam::111111111111:role/r",
            Severity::Critical,
        ),
        ("*", "*", Severity::Critical),
    ] {
        let before = format!("{table}{}", role(&base, LAMBDA, ""));
        let more = format!("{base}, {}", allow(action, resource, ""));
        let found = diff(&before, &format!("{table}{}", role(&more, LAMBDA, "")));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].direction, Direction::Widening, "{action}");
        assert_eq!(found[0].severity, severity, "{action} on {resource}");
    }
}

#[test]
fn what_completes_a_way_to_more_privilege_is_critical() {
    let had = allow("glue:GetDevEndpoint", "*", "");
    let create = allow("cloudformation:CreateStack", "*", "");
    let pass = allow("iam:PassRole", "arn:aws:iam::111111111111:role/r", "");
    let severity = |before: &str, after: &str| {
        let found = diff(&role(before, LAMBDA, ""), &role(after, LAMBDA, ""));
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].severity
    };
    let with = format!("{had}, {pass}");
    assert_eq!(severity(&had, &format!("{had}, {create}")), Severity::High);
    // With a role to pass.
    assert_eq!(
        severity(&with, &format!("{with}, {create}")),
        Severity::Critical
    );
}

#[test]
fn a_boundary_that_gives_way_gates() {
    let with = |actions: &str| {
        let boundary = format!(
            r#"resource "aws_iam_policy" "b" {{
  name   = "b"
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = {actions}, Resource = "*" }}] }})
}}"#
        );
        let all = allow("s3:*", "*", "");
        boundary + &role(&all, LAMBDA, "permissions_boundary = aws_iam_policy.b.arn")
    };
    let found = diff(
        &with(r#"["s3:GetObject"]"#),
        &with(r#"["s3:GetObject", "s3:ListBucket"]"#),
    );
    let role = found
        .iter()
        .find(|f| f.address == "aws_iam_role.r")
        .unwrap();
    assert_eq!(
        (role.direction, role.severity),
        (Direction::Widening, Severity::High)
    );
}

#[test]
fn another_role_is_judged_by_what_it_allows() {
    let roles = r#"
resource "aws_iam_role" "small" {
  name = "small"
}
resource "aws_iam_role" "large" {
  name = "large"
}
resource "aws_iam_role_policy" "large" {
  name   = "p"
  role   = aws_iam_role.large.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
"#;
    let with = |role: &str| {
        format!(
            "{roles}\nresource \"aws_lambda_function\" \"f\" {{\nfunction_name = \"f\"\nrole = aws_iam_role.{role}.arn\n}}"
        )
    };
    let directions = |a: &str, b: &str| -> Vec<(String, Direction)> {
        let found = diff(&with(a), &with(b));
        found.into_iter().map(|f| (f.path, f.direction)).collect()
    };
    assert_eq!(
        directions("small", "large"),
        [("role".to_owned(), Direction::Widening)]
    );
    assert_eq!(
        directions("large", "small"),
        [("role".to_owned(), Direction::Narrowing)]
    );
}

#[test]
fn what_cannot_be_read_is_undetermined() {
    let with = |policy: &str| {
        format!(
            "variable \"p\" {{}}\nresource \"aws_iam_role\" \"r\" {{\nname = \"r\"\n}}\nresource \"aws_iam_role_policy\" \"p\" {{\nrole = aws_iam_role.r.name\npolicy = {policy}\n}}"
        )
    };
    let known = r#"jsonencode({ Version = "2012-10-17", Statement = [] })"#;
    let found = diff(&with(known), &with("var.p"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].direction, Direction::Undetermined);
    assert!(diff(&with("var.p"), &with("var.p")).is_empty());
}

/// A key's policy names no key: what is told names no account that nobody has heard of.
#[test]
fn a_key_policy_is_about_its_key() {
    let key = |service: &str| {
        format!(
            r#"
resource "aws_kms_key" "k" {{
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Principal = {{ AWS = "arn:aws:iam::111111111111:root" }}, Action = "kms:*", Resource = "*" }},
    {{ Effect = "Allow", Principal = {{ Service = "{service}.amazonaws.com" }}, Action = "kms:Decrypt", Resource = "*" }},
  ] }})
}}
"#
        )
    };
    let found = diff(&key("sns"), &key("events"));
    let meanings: Vec<&str> = found.iter().map(|f| f.meaning.as_str()).collect();
    assert_eq!(
        meanings,
        ["events.amazonaws.com may now kms:Decrypt on aws_kms_key.k"]
    );
}
