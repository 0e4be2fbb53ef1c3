//! Policies of a blueprint, through the built binary.

mod hostile;
mod team;

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};
use team::{ROOT, Team};

/// What the policies in `tests/policies` find with data of a kind: rule and message.
fn found(kind: &str) -> BTreeSet<(String, String)> {
    let team = Team::new("");
    for entry in std::fs::read_dir(format!("{ROOT}/tests/policies")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        team.policy(&format!("{name}.rego"), &read("policy.rego"));
        team.policy(&format!("{name}.json"), &read(&format!("{kind}/data.json")));
    }
    let said = team.slgen(&["validate", "--format", "json"]);
    let document: Value = serde_json::from_str(&said.text).unwrap();
    let all = document["diagnostics"].as_array().unwrap().iter();
    let text = |told: &Value, key: &str| told[key].as_str().unwrap().to_owned();
    all.map(|told| (text(told, "code"), text(told, "message")))
        .filter(|(code, _)| !code.starts_with("SLG-"))
        .collect()
}

#[test]
fn each_policy_passes_good_data_and_finds_with_bad() {
    assert_eq!(found("good"), BTreeSet::new());
    let rules: BTreeSet<String> = found("bad").into_iter().map(|(rule, _)| rule).collect();
    for rule in [
        "ORG-LAMBDA-001",
        "main.deny_untraced",
        "s3.deny_algorithm",
        "iam.deny_action",
        "iam.deny_principal",
        "iam.warn_session",
        "tags.deny",
        "regions.deny",
        "regions.deny_elsewhere",
        "retention.deny_short",
    ] {
        assert!(rules.contains(rule), "{rule} is not among {rules:?}");
    }
}

/// A test with Terraform compares all of it; this one, what was recorded of some.
#[test]
fn policies_see_what_terraform_plans() {
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .args([
            "-C",
            &format!("{ROOT}/examples/orders"),
            "blueprint",
            "input",
            "--env",
            "dev",
        ])
        .output()
        .unwrap();
    let ours: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = std::fs::read_to_string(format!("{ROOT}/tests/data/policies/orders-dev.plan.json"))
        .unwrap();
    let real: Value = serde_json::from_str(&text).unwrap();
    let same = |ours: &Value, real: &Value| {
        for recorded in real.as_array().unwrap() {
            let address = &recorded["address"];
            let own = ours
                .as_array()
                .unwrap()
                .iter()
                .find(|own| own["address"] == *address);
            assert_eq!(
                parsed(own.unwrap().clone()),
                parsed(recorded.clone()),
                "{address}"
            );
        }
    };
    same(&ours["resource_changes"], &real["resource_changes"]);
    same(
        &ours["planned_values"]["root_module"]["resources"],
        &real["planned_values"],
    );
    for (name, value) in real["variables"].as_object().unwrap() {
        assert_eq!(ours["variables"][name], *value, "{name}");
    }
    let function = ours["configuration"]["root_module"]["resources"]
        .as_array()
        .unwrap();
    let function = function
        .iter()
        .find(|r| r["address"] == "aws_lambda_function.create_order");
    let expressions = &function.unwrap()["expressions"];
    assert_eq!(
        expressions["role"]["references"],
        json!(["aws_iam_role.create_order.arn", "aws_iam_role.create_order"])
    );
    assert_eq!(expressions["memory_size"]["constant_value"], 256);
    assert_eq!(
        expressions["tracing_config"][0]["mode"]["constant_value"],
        "Active"
    );
}

/// Documents in texts as values: their keys have no order.
fn parsed(value: Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(document @ Value::Object(_)) => document,
            _ => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(parsed).collect(),
        Value::Object(map) => Value::Object(map.into_iter().map(|(k, v)| (k, parsed(v))).collect()),
        other => other,
    }
}

const NO_MEMORY: &str = "package main
import rego.v1

# METADATA
# title: A function has little memory
# description: It costs.
# related_resources: [{ ref: https://example.com/memory }]
# custom: { id: ORG-001, severity: medium, fix: Lower memory_mb. }
deny contains msg if {
  some r in input.resource_changes
  r.type == \"aws_lambda_function\"
  r.change.after.memory_size >= 128
  msg := sprintf(\"%s has %d MB\", [r.address, r.change.after.memory_size])
}
";

#[test]
fn a_finding_is_like_any_other() {
    let team = Team::new("");
    team.policy("memory.rego", NO_MEMORY);
    let said = team.slgen(&["generate"]);
    assert_eq!(said.status, 3, "{}", said.text);
    assert!(!team.has("orders/infra"));
    for line in [
        "error[ORG-001]: aws_lambda_function.tidy has",
        "--> slgen.yaml:",
        "= note: medium: aws_lambda_function.tidy at infra/orders/fn_tidy.tf:",
        "= note: policy: ../acme/policies/memory.rego:9 of acme 1.0.0",
        "= help: Lower memory_mb.",
    ] {
        assert!(said.text.contains(line), "{line}: {}", said.text);
    }
    let said = team.slgen(&["explain", "ORG-001"]);
    assert_eq!(said.status, 0, "{}", said.text);
    for line in [
        "A function has little memory",
        "It costs.",
        "https://example.com/memory",
    ] {
        assert!(said.text.contains(line), "{line}: {}", said.text);
    }
    let said = team.slgen(&["validate", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&said.text).unwrap();
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["id"], "ORG-001");
    assert_eq!(
        rule["shortDescription"]["text"],
        "A function has little memory"
    );
    let excepted = |rule: &str, scope: &str| {
        team.service(&format!(
            "exceptions: [{{ rule: {rule}, scope: {scope}, reason: It is agreed with the platform team., owner: me, expires: \"2999-01-01\" }}]\n"
        ));
        team.slgen(&["generate"])
    };
    let said = excepted("ORG-001", "service");
    assert_eq!(said.status, 3, "{}", said.text);
    assert!(said.text.contains("SLG-EXCEPTION-STALE"), "{}", said.text);
    let said = excepted("ORG-002", "functions.tidy");
    assert!(said.text.contains("did you mean ORG-001?"), "{}", said.text);
    let said = excepted("ORG-001", "functions.tidy");
    assert_eq!(said.status, 0, "{}", said.text);
    let page = team.read("orders/infra/orders/SECURITY.md");
    assert!(
        page.contains("ORG-001: A function has little memory"),
        "{page}"
    );
}

#[test]
fn guardrails_hold_for_policies() {
    let guardrails = |text: &str| {
        let team = Team::new(&format!("guardrails:\n  {text}\n"));
        team.policy("memory.rego", NO_MEMORY);
        team
    };
    let said =
        guardrails("ORG-001: { severity: critical, reason: We say so. }").slgen(&["validate"]);
    assert!(
        said.text.contains("critical: aws_lambda_function.tidy"),
        "{}",
        said.text
    );
    let team = guardrails("ORG-01: { severity: high, reason: We say so. }");
    for said in [
        team.slgen(&["validate"]),
        team.slgen(&["blueprint", "lint", "../acme"]),
    ] {
        assert_eq!(said.status, 1, "{}", said.text);
        assert!(
            said.text.contains("there is no rule ORG-01"),
            "{}",
            said.text
        );
        assert!(
            said.text.contains("acme/blueprint.yaml:6:"),
            "{}",
            said.text
        );
        assert!(
            said.text.contains("did you mean `ORG-001`?"),
            "{}",
            said.text
        );
    }
    let said = guardrails("ORG-001: { severity: low, reason: We say so. }").slgen(&["validate"]);
    assert_eq!(said.status, 1);
    assert!(
        said.text.contains("ORG-001 is medium by itself"),
        "{}",
        said.text
    );
    let team = guardrails("ORG-001: { exceptions: forbidden, reason: We say so. }");
    team.service("exceptions: [{ rule: ORG-001, scope: functions.tidy, reason: It is agreed with the platform team., owner: me, expires: \"2999-01-01\" }]\n");
    let said = team.slgen(&["validate"]);
    assert!(
        said.text.contains("lets nobody except ORG-001"),
        "{}",
        said.text
    );
}

#[test]
fn a_child_cannot_change_what_its_parents_ask() {
    let team = Team::new("");
    team.policy("memory.rego", NO_MEMORY);
    team.write(
        "child/blueprint.yaml",
        "name: child\nversion: 1.0.0\ndescription: Ours.\nextends: { source: \"path:../acme\", version: 1.0.0 }\npolicies: { namespaces: [main] }\n",
    );
    // The same package, and an exception from everything.
    team.write(
        "child/policies/memory.rego",
        "package main\nexception[rules] { rules := [\"\"] }\ndeny[msg] { msg := \"child\" }\n",
    );
    team.manifest("{ source: \"path:../child\", version: 1.0.0 }", "");
    let said = team.slgen(&["validate"]);
    assert!(said.text.contains("error[ORG-001]"), "{}", said.text);
    assert!(!said.text.contains("child\n"), "{}", said.text);
    let said = team.slgen(&["blueprint", "show", "../child"]);
    assert!(said.text.contains("ORG-001: medium"), "{}", said.text);
}

#[test]
fn declarative_rules_say_what_is_wrong_with_them() {
    for (rule, line) in [
        (
            "id: ORG-1, title: t, resource: aws_lambda_functoin, require: { a: { exists: true } }",
            "did you mean `aws_lambda_function`?",
        ),
        (
            "id: ORG-1, title: t, resource: aws_lambda_function, require: { memory_sise: { exists: true } }",
            "did you mean `memory_size`?",
        ),
        (
            "id: ORG-1, title: t, resource: aws_lambda_function, require: { memory_size: { not: { equal: 3 } } }",
            "did you mean `equals`?",
        ),
        (
            "id: ORG-1, title: t, resource: aws_lambda_function, require: { memory_size: { atleast: 3 } }",
            "did you mean `at_least`?",
        ),
        (
            "id: ORG-1, title: t, resource: aws_lambda_function, require: { runtime: { matches: \"(\" } }",
            "`(` is no regular expression",
        ),
        (
            "id: SLG-IAM-001, title: t, resource: aws_lambda_function, require: { runtime: { exists: true } }",
            "is no id",
        ),
        (
            "id: ORG-1, title: t, resource: aws_lambda_function, require: {}",
            "requires nothing",
        ),
        (
            "id: ORG-1, title: t, resource: aws_lambda_function, require: { runtime: {} }",
            "asks nothing",
        ),
        (
            "id: ORG-1, title: t, resource: google_*, require: { runtime: { exists: true } }",
            "stands for no type",
        ),
    ] {
        let team = Team::new("");
        team.policy("rules.yaml", &format!("rules:\n  - {{ {rule} }}\n"));
        let said = team.slgen(&["validate"]);
        assert_eq!(said.status, 1, "{rule}: {}", said.text);
        assert!(said.text.contains(line), "{rule}: {}", said.text);
        assert!(
            said.text.contains("acme/policies/rules.yaml:2:"),
            "{rule}: {}",
            said.text
        );
    }
}

#[test]
fn declarative_rules_find_what_does_not_hold() {
    let rule = |rule: &str| {
        let team = Team::new("");
        team.policy(
            "rules.yaml",
            &format!("rules:\n  - {{ id: ORG-1, title: It is so, {rule} }}\n"),
        );
        team.slgen(&["validate"])
    };
    for (text, finds) in [
        (
            "resource: aws_lambda_function, require: { memory_size: { at_most: 64 } }",
            Some("It is so: memory_size is 256, and must be at most 64"),
        ),
        (
            "resource: aws_lambda_function, require: { memory_size: { at_least: 64 } }",
            None,
        ),
        (
            "resource: aws_lambda_function, require: { tracing_config.mode: { equals: PassThrough } }, severity: critical",
            Some("critical: aws_lambda_function.tidy.tracing_config.mode"),
        ),
        (
            "resource: aws_lambda_function, require: { kms_key_arn: { exists: true } }",
            None,
        ),
        (
            "resource: aws_lambda_function, require: { kms_key_arn: { matches: ^arn } }",
            Some("known only after"),
        ),
        (
            "resource: aws_lambda_function, require: { memory_size: { not: { at_least: 64 } } }",
            Some("must not be at least 64"),
        ),
        (
            "resource: aws_lambda_function, require: { layers: { exists: false } }",
            None,
        ),
        (
            "resource: aws_s3_*, where: { tags_all: { has_keys: [Service] } }, require: { tags_all: { has_keys: [Team] } }",
            Some("must have Team"),
        ),
        (
            "resource: aws_lambda_function, where: { runtime: { equals: cobol } }, require: { memory_size: { at_most: 1 } }",
            None,
        ),
        (
            "resource: aws_sqs_queue, require: { tags_all.Environment: { in: [dev] } }, message: Only dev.",
            Some("error[ORG-1]: Only dev."),
        ),
        (
            "resource: aws_lambda_function, require: { memory_size: { at_most: 64 } }, severity: low, fix: Do it.",
            Some("warning[ORG-1]"),
        ),
    ] {
        let said = rule(text);
        match finds {
            Some(line) => assert!(said.text.contains(line), "{text}: {}", said.text),
            None => assert!(!said.text.contains("ORG-1"), "{text}: {}", said.text),
        }
    }
}

#[test]
fn lint_says_what_authors_did_not_mean() {
    let team = Team::new("policies: { namespaces: [man] }\n");
    team.policy("memory.rego", NO_MEMORY);
    let said = team.slgen(&["blueprint", "lint", "../acme"]);
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(
        said.text.contains("no policy is of the package man"),
        "{}",
        said.text
    );
    assert!(said.text.contains("did you mean `main`?"), "{}", said.text);

    let team = Team::new("");
    team.policy("a.rego", "package a\n\nwarn[msg] { msg := input.x }\n");
    let said = team.slgen(&["blueprint", "lint", "../acme"]);
    assert_eq!(said.status, 0, "{}", said.text);
    assert!(
        said.text.contains("a.warn has no id of its own"),
        "{}",
        said.text
    );
    team.write("before/blueprint.yaml", &team.read("acme/blueprint.yaml"));
    team.write(
        "acme/blueprint.yaml",
        &team
            .read("acme/blueprint.yaml")
            .replace("1.0.0\nd", "1.0.1\nd"),
    );
    team.policy("memory.rego", NO_MEMORY);
    let said = team.slgen(&["blueprint", "lint", "../acme", "--against", "../before"]);
    assert!(
        said.text.contains("the policy ORG-001 is new or stricter"),
        "{}",
        said.text
    );
    team.policy("notes.txt", "hello");
    let said = team.slgen(&["blueprint", "lint", "../acme"]);
    assert!(
        said.text.contains("acme/policies/notes.txt is no policy"),
        "{}",
        said.text
    );
}

#[test]
fn results_are_held_to_their_form() {
    for (result, line) in [
        (
            "{\"message\": \"m\"}",
            "gives an object without a text under msg",
        ),
        (
            "{\"msg\": \"m\", \"severity\": \"terrible\"}",
            "it is low, medium, high or critical",
        ),
        (
            "{\"msg\": \"m\", \"id\": \"SLG-IAM-001\"}",
            "does not begin with SLG-",
        ),
        ("3", "a message is a text"),
        ("[]", "a message is a text"),
    ] {
        let team = Team::new("");
        team.policy(
            "a.rego",
            &format!("package a\n\ndeny[x] {{ x := {result} }}\n"),
        );
        let said = team.slgen(&["validate"]);
        assert_eq!(said.status, 1, "{result}: {}", said.text);
        assert!(said.text.contains(line), "{result}: {}", said.text);
        assert!(
            said.text.contains("acme/policies/a.rego:3:"),
            "{result}: {}",
            said.text
        );
    }
    let team = Team::new("");
    team.policy(
        "a.rego",
        "package a\nimport rego.v1\ndeny[msg] if { msg := \"x\" }\n",
    );
    let said = team.slgen(&["validate"]);
    assert!(
        said.text.contains("write deny contains msg if"),
        "{}",
        said.text
    );
    let team = Team::new("");
    team.policy(
        "a.rego",
        "package a\n\nviolation[{\"msg\": \"m\", \"id\": \"ORG-9\", \"severity\": \"critical\", \"resource\": \"aws_lambda_function.tidy\", \"fix\": \"f\"}] { true }\ndeny = true { input.resource_changes }\nwarn_x = [] { true }\n",
    );
    let said = team.slgen(&["validate"]);
    for line in [
        "error[ORG-9]: m",
        "critical: aws_lambda_function.tidy at",
        "= help: f",
        "error[a.deny]: a.deny of ../acme/policies/a.rego",
    ] {
        assert!(said.text.contains(line), "{line}: {}", said.text);
    }
}

/// Rather than in place of what the rule gives.
#[test]
fn data_does_not_hide_a_rule() {
    for data in [
        "{\"main\": {\"deny\": []}}",
        "{\"main\": 1}",
        "{\"main\": {\"open\": true}}",
    ] {
        let team = Team::new("");
        team.policy(
            "a.rego",
            "package main\n\nopen = false\ndeny[msg] { not open; msg := \"x\" }\n",
        );
        team.policy("data.json", data);
        let said = team.slgen(&["validate"]);
        assert_eq!(said.status, 1, "{data}: {}", said.text);
        assert!(
            said.text
                .contains("a document of the data stands at data.main."),
            "{data}: {}",
            said.text
        );
    }
    let team = Team::new("");
    team.policy(
        "a.rego",
        "package main\n\ndeny[msg] { msg := data.main_data[_] }\n",
    );
    team.policy("data.json", "{ \"main_data\": [");
    let said = team.slgen(&["validate"]);
    assert!(
        said.text.contains("acme/policies/data.json:1:"),
        "{}",
        said.text
    );
}

#[test]
fn the_schema_is_published() {
    let said = Team::new("").slgen(&["schema", "--of", "policies"]);
    let path = format!("{ROOT}/docs/schemas/slgen.policies-1.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &said.text).unwrap();
    }
    assert_eq!(
        said.text,
        std::fs::read_to_string(&path).unwrap_or_default(),
        "run with UPDATE=1"
    );
}
