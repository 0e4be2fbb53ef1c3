//! What a new function counts for: what it may do and who can call it, not that it is new.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::cli::{edit, err, git, out, repository, slgen};

/// Findings of the orders example with one function more, as JSON.
fn with_function(folder: &Path, text: &str) -> Vec<Value> {
    let source = folder.join("src/tidy");
    std::fs::create_dir_all(&source).unwrap();
    let handler = "def handler(event, context):\n    pass\n";
    std::fs::write(source.join("app.py"), handler).unwrap();
    let function = format!(
        "\n  tidy:\n    runtime: python3.13\n    source: src/tidy\n    handler: app.handler\n{text}\nexceptions:"
    );
    edit(folder, "slgen.yaml", "\nexceptions:", &function);
    let generated = slgen(folder, &["generate"]);
    assert!(generated.status.success(), "{}", err(&generated));
    let output = slgen(folder, &["diff", "--base", "HEAD", "--format", "json"]);
    let report: Value = serde_json::from_str(&out(&output)).unwrap();
    report["findings"].as_array().unwrap().clone()
}

/// The greatest severity among those that open, by address.
fn opened(found: &[Value]) -> BTreeMap<&str, Vec<&str>> {
    let mut severities: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for finding in found {
        if matches!(
            finding["direction"].as_str(),
            Some("widening" | "undetermined")
        ) {
            let severity = finding["severity"].as_str().unwrap();
            let address = finding["address"].as_str().unwrap();
            severities.entry(address).or_default().push(severity);
        }
    }
    severities
}

fn worst(opened: &BTreeMap<&str, Vec<&str>>) -> &'static str {
    let any = |severity: &str| opened.values().flatten().any(|s| *s == severity);
    ["critical", "high", "medium", "low"]
        .into_iter()
        .find(|severity| any(severity))
        .unwrap_or("none")
}

#[test]
fn a_new_function_is_ranked_by_what_it_may_do_and_who_can_call_it() {
    // What is written of the function; the worst that is said, and of its role.
    let cases = [
        // Nothing but its own logs.
        ("", "medium", "low"),
        // Its own dead letters come with it, and the network's interfaces are Lambda's to make.
        (
            "    triggers:\n      - { schedule: rate(1 hour) }\n",
            "medium",
            "medium",
        ),
        ("    network: { vpc: true }\n", "medium", "low"),
        // What the stack has already.
        (
            "    access:\n      - { to: orders-table, allow: [GetItem] }\n",
            "medium",
            "medium",
        ),
        (
            "    access:\n      - { to: orders-table, allow: [DeleteItem] }\n",
            "high",
            "high",
        ),
        (
            "    access:\n      - { to: legacy-table, allow: [GetItem] }\n",
            "high",
            "high",
        ),
        ("    secrets: { ERP: erp-key }\n", "high", "high"),
        // Behind an authorizer.
        (
            "    triggers:\n      - { http: GET /tidy, scopes: [orders.read] }\n",
            "medium",
            "low",
        ),
    ];
    let folder = repository();
    for (text, all, of_role) in cases {
        git(folder.path(), &["checkout", "-q", "--", "slgen.yaml"]);
        let found = with_function(folder.path(), text);
        let opened = opened(&found);
        assert_eq!(worst(&opened), all, "{text}{opened:#?}");
        let role: Vec<&Value> = found
            .iter()
            .filter(|f| f["address"] == "aws_iam_role.tidy" && f["rule"] == "SLG-DIFF-101")
            .collect();
        assert_eq!(role.len(), 1, "{text}");
        assert_eq!(role[0]["severity"], of_role, "{text}{role:#?}");
        let function = found.iter().find(|f| {
            f["address"] == "aws_lambda_function.tidy" && f["path"].as_array().unwrap().is_empty()
        });
        let function = function.unwrap_or_else(|| panic!("{text}: {found:#?}"));
        assert_eq!(function["direction"], "neutral", "{text}");
    }
}

#[test]
fn a_new_function_that_anyone_can_call_is_critical() {
    let folder = repository();
    let exception = "exceptions:\n  - { rule: SLG-AUTH-001, scope: functions.tidy, reason: a test, owner: a@example.com, expires: 2099-12-31 }";
    edit(folder.path(), "slgen.yaml", "exceptions:", exception);
    let found = with_function(
        folder.path(),
        "    triggers:\n      - { http: GET /tidy, auth: none }\n",
    );
    let route = found
        .iter()
        .find(|f| f["address"] == "aws_apigatewayv2_route.tidy_get_tidy")
        .unwrap();
    assert_eq!(route["direction"], "widening");
    assert_eq!(route["severity"], "critical");
    assert_eq!(
        route["meaning"],
        "the API takes requests by a further route: anyone on the internet can call it"
    );
}

/// Near misses of what counts for less: the same role before and after, and a policy that only looks alike.
#[test]
fn what_counts_for_less_is_only_what_is_new_bound_or_denied_to_code() {
    use slgen::guardrail::Severity;

    let role = |name: &str, statements: &str| {
        format!(
            "resource \"aws_iam_role\" \"{name}\" {{\nname = \"{name}\"\n}}\nresource \"aws_iam_role_policy\" \"{name}\" {{\nrole = aws_iam_role.{name}.name\npolicy = jsonencode({{ Version = \"2012-10-17\", Statement = [{statements}] }})\n}}\nresource \"aws_lambda_function\" \"{name}\" {{\nfunction_name = \"{name}\"\nrole = aws_iam_role.{name}.arn\n}}\n"
        )
    };
    let table = "resource \"aws_dynamodb_table\" \"t\" { name = \"t\" }\n";
    let write = "{ Effect = \"Allow\", Action = \"dynamodb:PutItem\", Resource = aws_dynamodb_table.t.arn }";
    let decrypt = |condition: &str| {
        format!(
            "{{ Effect = \"Allow\", Action = \"kms:Decrypt\", Resource = \"arn:aws:kms:eu-west-1:111111111111:key/a\", Condition = {condition} }}"
        )
    };
    let network = |function: &str| {
        format!(
            "{{ Effect = \"Allow\", Action = \"ec2:DeleteNetworkInterface\", Resource = \"*\" }}, {{ Effect = \"Deny\", Action = \"ec2:DeleteNetworkInterface\", Resource = \"*\", Condition = {{ ArnEquals = {{ \"lambda:SourceFunctionArn\" = \"arn:aws:lambda:eu-west-1:111111111111:function:{function}\" }} }} }}"
        )
    };
    let via = "StringEquals = { \"kms:ViaService\" = \"sqs.eu-west-1.amazonaws.com\" }";
    let like = "StringLike = { \"kms:ViaService\" = \"*\" }";
    let absent = "StringEqualsIfExists = { \"kms:ViaService\" = \"sqs.eu-west-1.amazonaws.com\" }";
    let old = role("a", "");
    #[rustfmt::skip]
    let cases = [
        // A new role on a new table, on one that was there, and an old role on a new table.
        (String::new(), format!("{table}{}", role("a", write)), Severity::Medium),
        (table.to_owned(), format!("{table}{}", role("a", write)), Severity::High),
        (old.clone(), format!("{table}{}", role("a", write)), Severity::High),
        // A key through a service, for any service, and where the condition may be left out.
        (String::new(), role("a", &decrypt(&format!("{{ {via} }}"))), Severity::Medium),
        (String::new(), role("a", &decrypt(&format!("{{ {like} }}"))), Severity::High),
        (String::new(), role("a", &decrypt(&format!("{{ {absent} }}"))), Severity::High),
        // What is denied to its own code, and to another's.
        (String::new(), role("a", &network("a")), Severity::Low),
        (String::new(), role("a", &network("b")), Severity::High),
    ];
    for (before, after, severity) in cases {
        let found = super::diff(&before, &after);
        let role = found.iter().find(|f| f.rule == "SLG-DIFF-101");
        let role = role.unwrap_or_else(|| panic!("{after}: {found:#?}"));
        assert_eq!(role.severity, severity, "{before}\n→\n{after}\n{role:#?}");
    }
}
