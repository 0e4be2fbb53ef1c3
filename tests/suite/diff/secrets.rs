//! One secret in every place that a source can have one: no output holds it, in no format, however
//! much is told.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::cli::git;
use super::example::lay_out;
use super::formats::{outputs, report};

const CANARY: &str = "canary-lemon-tree";

const FORMATS: [&str; 6] = ["text", "json", "markdown", "sarif", "github", "gitlab"];

fn slgen(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env_remove("GITHUB_STEP_SUMMARY")
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// Every format and verbosity; somewhere it has to say that something is held back.
fn assert_silent(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) {
    let mut held_back = false;
    let summary = folder.join("summary.md");
    let with_summary = [
        environment,
        &[("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())],
    ]
    .concat();
    let runs = FORMATS.map(|format| ["--format", format, "-v"]);
    for more in runs
        .iter()
        .map(<[_; 3]>::as_slice)
        .chain([&["-q"][..], &[][..]])
    {
        let output = slgen(
            folder,
            &with_summary,
            &[&["diff"], arguments, more].concat(),
        );
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains(CANARY), "{arguments:?} {more:?}:\n{said}");
        assert!(
            matches!(output.status.code(), Some(0 | 3 | 4)),
            "{arguments:?} {more:?}:\n{said}"
        );
        if more.contains(&"json") {
            let report: Value = serde_json::from_str(&said).unwrap();
            let findings = report["findings"].as_array().unwrap();
            held_back |= findings.iter().any(|f| f["redacted"] == true);
            assert!(!findings.is_empty(), "{arguments:?}");
        }
    }
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(
        summary.contains("slgen diff") && !summary.contains(CANARY),
        "{summary}"
    );
    assert!(held_back, "{arguments:?}");
}

/// Code with a secret wherever code can have one.
fn code(secret: &str) -> String {
    format!(
        r#"
variable "s" {{
  default   = "{secret}"
  sensitive = true
}}
locals {{ joined = "x-${{var.s}}" }}
resource "aws_lambda_function" "f" {{
  function_name = "f"
  description   = local.joined
  environment {{ variables = {{ PLAIN = "{secret}", DB_PASSWORD = "{secret}", LD_PRELOAD = "{secret}" }} }}
}}
resource "aws_secretsmanager_secret_version" "s" {{
  secret_id     = "s"
  secret_string = jsonencode({{ password = "{secret}" }})
}}
resource "aws_ssm_parameter" "p" {{
  name  = "p"
  type  = "String"
  value = "{secret}"
}}
resource "aws_apigatewayv2_stage" "s" {{
  name            = "s"
  stage_variables = {{ k = "{secret}" }}
}}
resource "aws_cloudwatch_event_target" "t" {{
  rule  = "r"
  arn   = "arn:aws:lambda:eu-west-1:111111111111:function:f"
  input = jsonencode({{ token = "{secret}" }})
}}
resource "aws_db_instance" "d" {{ password = "{secret}" }}
output "o" {{ value = "{secret}" }}
"#
    )
}

#[test]
fn of_code() {
    let (old, new) = (code("other"), code(CANARY));
    for (before, after) in [
        (old.as_str(), new.as_str()),
        (&new, &old),
        ("", &new),
        (&new, ""),
    ] {
        let report = report(before, after);
        assert!(!report.findings.is_empty());
        for (format, output) in outputs(&report) {
            assert!(!output.contains(CANARY), "{format}:\n{output}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (name, text) in [("a", old), ("b", new)] {
        std::fs::create_dir(path.join(name)).unwrap();
        std::fs::write(path.join(name).join("main.tf"), text).unwrap();
        let values = format!("s = \"{CANARY}-of-{name}\"\n");
        std::fs::write(path.join(name).join("terraform.tfvars"), values).unwrap();
    }
    assert_silent(path, &[], &["--code", "b", "--against", "a"]);
    git(path, &["init", "-q"]);
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "first"]);
    std::fs::copy(path.join("b/main.tf"), path.join("a/main.tf")).unwrap();
    assert_silent(path, &[], &["--code", "a", "--base", "HEAD"]);
}

#[test]
fn of_a_plan() {
    let change = |kind: &str, before: Value, after: Value, sensitive: Value| {
        json!({
            "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {
                "actions": ["update"], "before": before, "after": after, "after_unknown": {},
                "before_sensitive": sensitive, "after_sensitive": sensitive,
            },
        })
    };
    let function = |secret: &str| {
        json!({
            "function_name": "f", "description": secret, "handler": "a.b",
            "environment": [{ "variables": { "TOKEN": secret, "STAGE": secret } }],
        })
    };
    let marked = json!({ "description": true, "environment": [{ "variables": {} }] });
    let version = |secret: &str| json!({ "secret_id": "s", "secret_string": secret });
    let changes = json!([
        change(
            "aws_lambda_function",
            function(&format!("{CANARY}-a")),
            function(CANARY),
            marked.clone()
        ),
        change(
            "aws_secretsmanager_secret_version",
            version(&format!("{CANARY}-a")),
            version(CANARY),
            json!({})
        ),
    ]);
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "applyable": true, "complete": true, "errored": false,
        "variables": { "token": { "value": CANARY } },
        "planned_values": {
            "outputs": { "o": { "sensitive": true, "value": CANARY } },
            "root_module": { "resources": [{ "address": "aws_lambda_function.x", "mode": "managed",
                "type": "aws_lambda_function", "name": "x", "values": function(CANARY), "sensitive_values": marked }] },
        },
        "resource_changes": changes,
        "resource_drift": changes,
        "output_changes": { "o": { "actions": ["update"], "before": CANARY, "after": CANARY, "after_unknown": false,
            "before_sensitive": true, "after_sensitive": true } },
        "configuration": {},
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plan.json"), plan.to_string()).unwrap();
    assert_silent(folder.path(), &[], &["--plan", "plan.json"]);
}

/// The compact example with a value in its environment, generated and committed with another.
fn service() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    lay_out("compact", path);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/compact/slgen.yaml");
    let text = std::fs::read_to_string(example).unwrap();
    let from = "    source: src/api\n";
    assert!(text.contains(from));
    for value in [format!("{CANARY}-a"), CANARY.to_owned()] {
        let with = format!("{from}    env: {{ STAGE: {value} }}\n");
        std::fs::write(path.join("slgen.yaml"), text.replace(from, &with)).unwrap();
        let generated = slgen(path, &[], &["generate"]);
        assert!(generated.status.success(), "{generated:?}");
        if value != CANARY {
            git(path, &["init", "-q"]);
            git(path, &["add", "-A"]);
            git(path, &["commit", "-q", "-m", "first"]);
        }
    }
    folder
}

#[test]
fn of_a_revision_and_what_is_pending() {
    let folder = service();
    assert_silent(folder.path(), &[], &["--base", "HEAD"]);
    git(folder.path(), &["checkout", "-q", "--", "infra"]);
    assert_silent(folder.path(), &[], &[]);
}

fn function(secret: &str) -> Value {
    json!({
        "function_name": "orders-prod-api", "handler": "other.handler", "description": secret,
        "environment": [{ "variables": { "STAGE": secret, "TOKEN": secret } }],
    })
}

#[test]
fn of_a_state() {
    let folder = service();
    let resource = |kind: &str, name: &str, attributes: Value, sensitive: Value| {
        json!({
            "mode": "managed", "type": kind, "name": name,
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{ "schema_version": 0, "attributes": attributes, "sensitive_attributes": sensitive,
                "private": CANARY }],
        })
    };
    let state = json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "x",
        "outputs": { "o": { "value": CANARY, "type": "string", "sensitive": true } },
        "resources": [
            resource("aws_lambda_function", "api", function(&format!("{CANARY}-b")),
                json!([[{ "type": "get_attr", "value": "description" }]])),
            resource("aws_secretsmanager_secret_version", "s",
                json!({ "secret_id": "s", "secret_string": CANARY }), json!([])),
            resource("aws_ssm_parameter", "p", json!({ "name": "p", "value": CANARY }), json!([])),
        ],
        "check_results": null,
    });
    std::fs::write(folder.path().join("x.tfstate"), state.to_string()).unwrap();
    assert_silent(folder.path(), &[], &["--state", "x.tfstate"]);
}

#[test]
fn of_a_snapshot() {
    let folder = service();
    let snapshot = json!({
        "schema": "slgen.snapshot/1", "environment": "prod", "account": "222222222222", "region": "eu-west-1",
        "taken": "2026-11-24",
        "resources": [
            { "type": "aws_lambda_function", "id": "orders-prod-api", "attributes": {
                "function_name": "orders-prod-api", "handler": "other.handler",
                "environment": [{ "variables": { "STAGE": CANARY, "TOKEN": CANARY } }],
            }, "calls": ["lambda:GetFunctionConfiguration"] },
            { "type": "aws_scheduler_schedule", "id": "default/evil", "attributes": {
                "name": "evil", "group_name": "default",
                "target": [{ "arn": "arn:aws:lambda:eu-west-1:222222222222:function:orders-prod-api", "input": CANARY }],
            }, "calls": ["scheduler:GetSchedule"] },
        ],
        "not_checked": [],
    });
    std::fs::write(folder.path().join("live.json"), snapshot.to_string()).unwrap();
    assert_silent(folder.path(), &[], &["--snapshot", "live.json"]);
}

#[cfg(feature = "live")]
#[test]
fn of_an_account() {
    let endpoint = super::fake::serve(|request| {
        let first = request.lines().next().unwrap_or_default();
        if request.contains("GetCallerIdentity") {
            let body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::222222222222:assumed-role/r/x</Arn>\
                        <UserId>A:x</UserId><Account>222222222222</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
            (200, body.to_owned())
        } else if first.contains("/functions/orders-prod-api/configuration") {
            let function = json!({
                "FunctionArn": "arn:aws:lambda:eu-west-1:222222222222:function:orders-prod-api",
                "FunctionName": "orders-prod-api",
                "Handler": "other.handler",
                "Role": "arn:aws:iam::222222222222:role/orders-prod-api",
                "Environment": { "Variables": { "STAGE": CANARY, "TOKEN": CANARY } },
            });
            (200, function.to_string())
        } else {
            // What a service says in its error is not passed on.
            let body = format!(
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>{CANARY}</Message></Error></ErrorResponse>"
            );
            (403, body)
        }
    });
    let folder = service();
    let environment = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", CANARY),
        ("AWS_SESSION_TOKEN", CANARY),
    ];
    assert_silent(folder.path(), &environment, &["--live"]);
    let output = slgen(folder.path(), &environment, &["snapshot"]);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(
        said.contains("other.handler") && !said.contains(CANARY),
        "{said}"
    );
}

#[test]
fn tokens_of_known_form_are_masked_anywhere() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let with = |text: &str| {
        format!(
            "resource \"aws_lambda_function\" \"f\" {{\nhandler = \"{text}\"\ndescription = \"see {text}\"\n}}"
        )
    };
    let report = report(&with("a.b"), &with(&token));
    assert_eq!(report.findings.len(), 2);
    for (format, output) in outputs(&report) {
        assert!(!output.contains(&token), "{format}:\n{output}");
    }
}
