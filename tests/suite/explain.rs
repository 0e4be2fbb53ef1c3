//! `slgen explain`, `exceptions`, `completions` and `man`, by the built binary on the orders example.

use std::process::{Command, Output};

const ORDERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders");

fn slgen(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .args(["-C", ORDERS])
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

#[track_caller]
fn explained(what: &str) -> String {
    let output = slgen(&["explain", what]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The line of a generated file that holds a text.
fn place(file: &str, text: &str) -> String {
    let path = format!("{ORDERS}/infra/orders/{file}");
    let content = std::fs::read_to_string(path).unwrap();
    let line = content
        .lines()
        .position(|line| line.contains(text))
        .unwrap();
    format!("infra/orders/{file}:{}", line + 1)
}

#[test]
fn an_action_is_explained_by_facts_and_holders() {
    let text = explained("dynamodb:getitem");
    for part in [
        "access level    Read",
        "table: arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}",
        "read on dynamodb_table",
        "aws_iam_role.create_order: dynamodb:GetItem on arn:aws:dynamodb:{region}:{account}:table/{name}-orders-table\n",
        "because: GetItem on orders-table",
        "slgen.yaml:50: - { to: orders-table, allow: [PutItem, GetItem] }",
        "table/legacy-orders-{environment}",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(explained("dynamodb:Scan").contains("who has it      nobody in this stack"));
    assert!(explained("dynamodb:Scan").contains("reads data in bulk"));
    assert!(explained("iam:PassRole").contains("leads to more privilege as"));
    assert!(explained("xray:PutTraceSegments").contains("has no resource-level permissions"));
}

#[test]
fn a_resource_and_a_line_lead_to_the_manifest() {
    let text = explained("aws_sqs_queue.jobs");
    for part in [
        "generated   infra/orders/queue_jobs.tf:",
        "belongs to  resources.jobs",
        "{ type: sqs_queue }",
        "not sqs:* on",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let text = explained(&place("fn_create_order.tf", "\"dynamodb:PutItem\""));
    for part in [
        "resource    aws_iam_role_policy.create_order",
        "attribute   policy",
        "permission  aws_iam_role.create_order: dynamodb:PutItem on",
        "because: PutItem on orders-table",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("dynamodb:GetItem"), "{text}");
    let text = explained(&place("http_api.tf", "throttling_rate_limit"));
    assert!(
        text.contains("attribute   default_route_settings"),
        "{text}"
    );
    assert!(text.contains("belongs to  api"), "{text}");
}

#[test]
fn a_rule_is_explained_with_its_fix() {
    let text = explained("slg-pkg-003");
    for part in ["SLG-PKG-003: ", "severity", "fix ", "except", "see "] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    for (what, expected) in [
        ("SLG-PKG-303", "did you mean SLG-PKG-003?"),
        ("dynamodb:GetItems", "did you mean dynamodb:GetItem?"),
        ("aws_sqs_queue.job", "did you mean aws_sqs_queue.jobs?"),
        ("infra/orders/kms.tf:9999", "lines"),
        ("infra/orders/other.tf:1", "is not generated"),
        ("nonsense", "is no rule, action or resource of this stack"),
        ("", "is no rule, action or resource of this stack"),
    ] {
        let output = slgen(&["explain", what]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(text.contains(expected), "{what}: {text}");
    }
}

#[test]
fn answers_for_programs_carry_their_schema() {
    let output = slgen(&["--format", "json", "explain", "dynamodb:GetItem"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "slgen.explain/1");
    let facts = json["facts"].as_array().unwrap();
    assert!(facts.iter().any(|f| f["asked_by"]["line"] == 50), "{json}");
    let output = slgen(&["--format", "json", "exceptions"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "slgen.exceptions/1");
    assert_eq!(json["exceptions"][0]["state"], "active");
    assert_eq!(json["exceptions"][0]["covers"], 1);
}

#[test]
fn completions_and_the_manual_page_know_every_command() {
    for arguments in [
        &["completions", "bash"][..],
        &["completions", "zsh"],
        &["completions", "fish"],
        &["man"],
    ] {
        let output = slgen(arguments);
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        for command in ["validate", "generate", "explain", "exceptions", "schema"] {
            assert!(text.contains(command), "{arguments:?}: {command}");
        }
    }
}

#[test]
fn a_request_is_explained_by_the_lines_that_decide() {
    let ask = |request: &str, function: &[&str]| {
        let mut arguments = vec!["explain", "--request", request];
        arguments.extend(function);
        let output = slgen(&arguments);
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
        )
    };
    let table = "arn:aws:dynamodb:eu-west-1:111111111111:table/orders-dev-orders-table";
    let get =
        format!(r#"{{"action": "dynamodb:GetItem", "resource": "{table}", "context": {{}}}}"#);
    let (status, text) = ask(&get, &[]);
    assert_eq!(status, Some(0), "{text}");
    for part in [
        "allowed        aws_iam_role.create_order in dev: dynamodb:GetItem on ",
        "because: GetItem on orders-table",
        "slgen.yaml:50: - { to: orders-table, allow: [PutItem, GetItem] }",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("in prod"), "{text}");
    let (_, text) = ask(&get, &["fulfil-order"]);
    assert!(
        text.contains("aws_iam_role.fulfil_order in dev: no line allows it"),
        "{text}"
    );
    // What Lambda may do to attach the function, its code may not.
    let attach = r#"{"action": "ec2:DeleteNetworkInterface", "resource": "arn:aws:ec2:eu-west-1:111111111111:network-interface/eni-1",
        "context": {"lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:111111111111:function:orders-dev-nightly-report"}}"#;
    let (_, text) = ask(attach, &["nightly-report"]);
    assert!(
        text.contains(
            "denied         aws_iam_role.nightly_report in dev: not ec2:DeleteNetworkInterface"
        ),
        "{text}"
    );
    // Who may use a resource.
    let publish = r#"{"action": "sns:Publish", "resource": "arn:aws:sns:eu-west-1:111111111111:orders-dev-alarms",
        "principal": "Service:cloudwatch.amazonaws.com", "context": {"aws:SecureTransport": true, "aws:SourceAccount": "111111111111",
        "aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:orders-dev-x"}}"#;
    let (_, text) = ask(publish, &[]);
    assert!(
        text.contains("allowed        aws_sns_topic.alarms in dev"),
        "{text}"
    );
    let (_, text) = ask(&publish.replace("true", "false"), &[]);
    assert!(
        text.contains("denied         aws_sns_topic.alarms in dev"),
        "{text}"
    );
    let (status, text) = ask(r#"{"action": "sns:Publish"}"#, &[]);
    assert_eq!(status, Some(1));
    assert!(text.contains("resource is no text"), "{text}");
}
