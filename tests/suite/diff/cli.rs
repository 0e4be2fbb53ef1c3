//! The command line: sources, gates, exit statuses.

use std::path::Path;
use std::process::{Command, Output};

use super::example::{copy, lay_out};

pub(crate) fn slgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", err(&status));
}

/// A repository with the orders example, generated and committed.
pub(crate) fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/orders");
    lay_out("orders", folder.path());
    copy(&example.join("infra"), &folder.path().join("infra"));
    std::fs::copy(example.join("slgen.yaml"), folder.path().join("slgen.yaml")).unwrap();
    // The record that is written beside them.
    let generated = slgen(folder.path(), &["generate", "--force"]);
    assert!(generated.status.success(), "{}", err(&generated));
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "first"]);
    folder
}

pub(crate) fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn nothing_changed() {
    let folder = repository();
    for arguments in [
        &["diff", "--detailed-exitcode"][..],
        &["diff", "--base", "HEAD", "--detailed-exitcode"],
    ] {
        let output = slgen(folder.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}{}",
            out(&output),
            err(&output)
        );
        assert!(out(&output).contains("no change"), "{}", out(&output));
    }
}

#[test]
fn ten_commits_that_each_change_one_thing() {
    let folder = repository();
    let path = folder.path();
    // What is changed, the counts of what is said, one thing that is said, and the exit status.
    #[rustfmt::skip]
    let commits: [(&str, &str, &str, &str, i32); 10] = [
        ("allow: [PutItem, GetItem]", "allow: [PutItem, GetItem, DeleteItem]", "1 widening", "may now dynamodb:DeleteItem", 3),
        ("allow: [PutItem, GetItem, DeleteItem]", "allow: [PutItem, GetItem]", "1 narrowing", "may no longer dynamodb:DeleteItem", 0),
        ("timeout_s: 10\n", "timeout_s: 20\n", "widening", "SLG-DIFF-004", 0),
        ("concurrency: 20", "concurrency: 10", "narrowing", "SLG-RES-004", 0),
        ("scopes: [orders.write]", "scopes: [orders.write, orders.admin]", "1 widening", "SLG-AUTH-007", 0),
        ("retention_days: 365", "retention_days: 400", "narrowing", "SLG-LOG-001", 0),
        ("rate: 100", "rate: 200", "widening", "SLG-AUTH-003", 0),
        ("paths: [\"orders/*\"]", "paths: [\"*\"]", "widening", "may now s3:GetObject", 0),
        ("handler: index.handler", "handler: index.main", "1 undetermined", "SLG-DIFF-005", 3),
        ("description: Accepts a new order", "description: Takes a new order", "neutral", "neutral", 0),
    ];
    for (number, (from, to, counts, said, status)) in commits.into_iter().enumerate() {
        if from == "handler: index.handler" {
            let file = path.join("src/fulfil_order/index.mjs");
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(file, text + "\nexport const main = handler;\n").unwrap();
        }
        edit(path, "slgen.yaml", from, to);
        let generated = slgen(path, &["generate"]);
        assert!(generated.status.success(), "{number}: {}", err(&generated));
        let output = slgen(path, &["diff", "--base", "HEAD"]);
        let text = out(&output);
        assert!(
            text.contains(counts),
            "{from} → {to}:\n{text}{}",
            err(&output)
        );
        assert!(text.contains(said), "{from} → {to}:\n{text}");
        assert_eq!(output.status.code(), Some(status), "{from} → {to}:\n{text}");
        git(path, &["add", "-A"]);
        git(path, &["commit", "-q", "-m", to]);
    }
    // From the first to the last: all of it, in one.
    let output = slgen(path, &["diff", "--base", "HEAD~10", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert!(
        report["summary"]["widening"].as_u64().unwrap() >= 3,
        "{report:#}"
    );
}

#[test]
fn what_is_pending_and_what_was_edited_by_hand() {
    let folder = repository();
    edit(
        folder.path(),
        "slgen.yaml",
        "timeout_s: 10\n",
        "timeout_s: 20\n",
    );
    let output = slgen(
        folder.path(),
        &["diff", "--detailed-exitcode", "--security-only"],
    );
    assert!(out(&output).contains("[-10-]{+20+}"), "{}", out(&output));
    assert_eq!(output.status.code(), Some(2), "{}", out(&output));
    edit(
        folder.path(),
        "slgen.yaml",
        "timeout_s: 20\n",
        "timeout_s: 10\n",
    );
    edit(
        folder.path(),
        "infra/orders/queue_jobs.tf",
        "Effect    = \"Deny\"",
        "Effect    = \"Allow\"",
    );
    let output = slgen(folder.path(), &["diff"]);
    let text = out(&output);
    assert!(text.contains("hand-edited"), "{text}");
    assert!(text.contains("was edited since slgen wrote it"), "{text}");
    // Generating would take the permission away again.
    assert!(text.contains('▼'), "{text}");
}

#[test]
fn an_exception_covers_a_finding_until_its_day() {
    let folder = repository();
    edit(
        folder.path(),
        "slgen.yaml",
        "allow: [PutItem, GetItem]",
        "allow: [PutItem, GetItem, DeleteItem]",
    );
    let exception = |expires: &str| {
        format!(
            "exceptions:\n  - {{ rule: SLG-DIFF-101, scope: functions.create-order, reason: orders are cancelled, owner: team@example.com, expires: {expires} }}"
        )
    };
    edit(
        folder.path(),
        "slgen.yaml",
        "exceptions:",
        &exception("2099-01-01"),
    );
    assert!(slgen(folder.path(), &["generate"]).status.success());
    let output = slgen(folder.path(), &["diff", "--base", "HEAD"]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("1 covered by exceptions"), "{text}");
    assert!(text.contains("orders are cancelled"), "{text}");
    // The access line, not only the function.
    assert!(text.contains("slgen.yaml:50"), "{text}");
    assert!(
        text.contains("SLG-DIFF-101  functions.create-order  new  until 2099-01-01"),
        "{text}"
    );
    edit(folder.path(), "slgen.yaml", "2099-01-01", "2020-01-01");
    let output = slgen(folder.path(), &["diff", "--base", "HEAD"]);
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}{}",
        out(&output),
        err(&output)
    );
}

#[test]
fn an_upgrade_stands_in_a_section_of_its_own() {
    let folder = repository();
    // As an older slgen would have committed it.
    edit(
        folder.path(),
        "infra/orders/fn_create_order.tf",
        "timeout                        = 10",
        "timeout                        = 5",
    );
    git(folder.path(), &["commit", "-q", "-a", "-m", "older"]);
    assert!(
        slgen(folder.path(), &["generate", "--force"])
            .status
            .success()
    );
    let output = slgen(folder.path(), &["diff", "--base", "HEAD"]);
    let text = out(&output);
    let (_, upgrade) = text
        .split_once("the manifest did not change here")
        .unwrap_or_else(|| panic!("{text}"));
    assert!(upgrade.contains("SLG-DIFF-004"), "{text}");
}

/// A role of the stack that is widened there is no upgrade, and no line of the manifest asked for it.
#[test]
fn what_is_written_beside_the_generated_files_is_told_by_its_own_line() {
    let folder = repository();
    let own = r#"resource "aws_iam_role_policy" "more" {
  name = "more"
  role = aws_iam_role.create_order.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}
"#;
    std::fs::write(folder.path().join("infra/orders/own.tf"), own).unwrap();
    let output = slgen(folder.path(), &["diff", "--base", "HEAD"]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("infra/orders/own.tf:1"), "{text}");
    assert!(!text.contains("slgen.yaml:"), "{text}");
    assert!(!text.contains("did not change here"), "{text}");
}

/// What the user wrote beside the generated files is code as well.
#[test]
fn what_stands_beside_the_generated_files_is_managed() {
    let folder = repository();
    let schedule = serde_json::json!({
        "type": "aws_scheduler_schedule", "id": "default/own", "attributes": {
            "name": "own", "group_name": "default",
            "target": [{ "arn": "arn:aws:lambda:eu-west-1:111111111111:function:orders-dev-nightly-report" }],
        }, "calls": ["scheduler:GetSchedule"],
    });
    let snapshot = serde_json::json!({
        "schema": "slgen.snapshot/1", "environment": "dev", "account": "111111111111", "region": "eu-west-1",
        "taken": "2026-11-24", "resources": [schedule], "not_checked": [],
    });
    std::fs::write(folder.path().join("live.json"), snapshot.to_string()).unwrap();
    let own = folder.path().join("infra/orders/own.tf");
    let code = |name: &str| {
        format!(
            r#"
resource "aws_scheduler_schedule" "own" {{
  name                = "{name}"
  group_name          = "default"
  schedule_expression = "rate(1 day)"
  flexible_time_window {{
    mode = "OFF"
  }}
  target {{
    arn      = "arn:aws:lambda:eu-west-1:111111111111:function:orders-dev-nightly-report"
    role_arn = "arn:aws:iam::111111111111:role/own"
  }}
}}
"#
        )
    };
    for (text, unmanaged) in [
        (String::new(), true),
        (code("own"), false),
        (code("another"), true),
    ] {
        std::fs::write(&own, text).unwrap();
        let arguments = ["diff", "--snapshot", "live.json", "--format", "json"];
        let output = slgen(folder.path(), &arguments);
        let report: serde_json::Value =
            serde_json::from_str(&out(&output)).unwrap_or_else(|e| panic!("{e}: {}", err(&output)));
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().any(|f| {
            let address = f["address"].as_str().unwrap();
            f["kind"] == "unmanaged" && address.starts_with("aws_scheduler_schedule")
        });
        assert_eq!(found, unmanaged, "{report:#}");
    }
}

#[test]
fn terraform_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let code = |action: &str| {
        format!(
            r#"
resource "aws_iam_role" "r" {{
  name               = "r"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
}}
resource "aws_iam_role_policy" "p" {{
  role   = aws_iam_role.r.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = "{action}", Resource = "arn:aws:s3:::b/*" }}] }})
}}
"#
        )
    };
    let write = |name: &str, text: String| {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join("main.tf"), text).unwrap();
    };
    write("old", code("s3:GetObject"));
    write("new", code("s3:*"));
    let output = slgen(
        folder.path(),
        &["diff", "--code", "new", "--against", "old"],
    );
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}{}",
        out(&output),
        err(&output)
    );
    assert!(
        out(&output).contains("aws_iam_role.r.permissions"),
        "{}",
        out(&output)
    );
    write("empty", String::new());
    std::fs::remove_file(folder.path().join("empty/main.tf")).unwrap();
    let output = slgen(
        folder.path(),
        &["diff", "--code", "empty", "--against", "empty"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("no Terraform code"),
        "{}",
        err(&output)
    );
}

#[test]
fn what_cannot_be_compared_has_a_message_and_a_status() {
    let folder = repository();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let state = |account: &str| {
        format!(
            r#"{{"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "x", "outputs": {{}}, "resources": [
              {{"mode": "managed", "type": "aws_sqs_queue", "name": "jobs", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
                "instances": [{{"schema_version": 0, "attributes": {{"name": "orders-dev-jobs", "arn": "arn:aws:sqs:eu-west-1:{account}:orders-dev-jobs"}}}}]}}]}}"#
        )
    };
    write("other.tfstate", &state("999999999999"));
    write("right.tfstate", &state("111111111111"));
    write("cut.tfstate", &state("111111111111")[..80]);
    write(
        "locked.tfstate",
        r#"{"meta": {}, "encrypted_data": "x", "encryption_version": "v0"}"#,
    );
    write("wrong.tfstate", r#"{"version": 4, "resources": 3}"#);
    write("old.tfstate", r#"{"version": 3, "modules": []}"#);
    write("new.tfstate", r#"{"version": 5, "resources": []}"#);
    write("empty.tfstate", "");
    write("no.tfstate", "Error: Error acquiring the state lock\n");
    let lock = r#"{"ID": "x", "Operation": "OperationTypeApply", "Who": "ann@ci", "Version": "1.11.4", "Created": "2026-01-01T00:00:00Z", "Path": "busy.tfstate"}"#;
    write("lock.info", lock);
    write("busy.tfstate", &state("111111111111"));
    write(".busy.tfstate.lock.info", lock);
    write(
        "two.json",
        r#"{"format_version": "2.0", "resource_changes": []}"#,
    );
    write(
        "encrypted.json",
        r#"{"meta": {}, "encrypted_data": "x", "encryption_version": "v0"}"#,
    );
    write("shown.json", r#"{"format_version": "1.0", "values": {}}"#);
    let plan = |more: &str| {
        format!(
            r#"{{"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {{"root_module": {{}}}}, "resource_changes": [], "configuration": {{}}{more}}}"#
        )
    };
    write(
        "errored.json",
        &plan(r#", "errored": true, "complete": true"#),
    );
    write(
        "half.json",
        &plan(r#", "errored": false, "complete": false"#),
    );
    write(
        "whole.json",
        &plan(r#", "errored": false, "complete": true"#),
    );
    for (arguments, status, said) in [
        (
            &["--state", "other.tfstate", "--env", "dev"][..],
            4,
            "999999999999",
        ),
        (
            &["--state", "cut.tfstate", "--env", "dev"],
            4,
            "ends too early",
        ),
        (
            &["--state", "locked.tfstate", "--env", "dev"],
            4,
            "encrypted",
        ),
        (
            &["--state", "wrong.tfstate", "--env", "dev"],
            1,
            "wrong.tfstate",
        ),
        (&["--state", "old.tfstate", "--env", "dev"], 4, "format 3"),
        (&["--state", "new.tfstate", "--env", "dev"], 4, "format 5"),
        (&["--state", "empty.tfstate", "--env", "dev"], 4, "is empty"),
        (&["--state", "no.tfstate", "--env", "dev"], 1, "not JSON"),
        (
            &["--state", "lock.info", "--env", "dev"],
            1,
            "the lock of a state",
        ),
        (&["--plan", "two.json"], 4, "format \"2.0\""),
        (&["--plan", "encrypted.json"], 4, "tofu show -json"),
        (&["--plan", "shown.json"], 1, "terraform show -json PLAN"),
        (&["--plan", "right.tfstate"], 1, "--state"),
        (&["--plan", "cut.tfstate"], 4, "ends too early"),
        (&["--state", "right.tfstate"], 1, "--env: one of dev, prod"),
        (
            &["--state", "missing.tfstate", "--env", "dev"],
            1,
            "missing.tfstate",
        ),
        (&["--plan", "errored.json"], 4, "errored"),
        (&["--plan", "half.json"], 4, "complete is false"),
        (&["--base", "no-such-branch"], 1, "no-such-branch"),
    ] {
        let output = slgen(folder.path(), &[&["diff"], arguments].concat());
        assert_eq!(
            output.status.code(),
            Some(status),
            "{arguments:?}: {}{}",
            out(&output),
            err(&output)
        );
        assert!(
            err(&output).contains(said),
            "{arguments:?}: {}",
            err(&output)
        );
    }
    // A locked state is compared, and is not all that there is to know.
    let arguments = ["diff", "--state", "busy.tfstate", "--env", "dev"];
    let output = slgen(
        folder.path(),
        &[&arguments[..], &["--fail-on", "never"]].concat(),
    );
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    // Lines are broken between words.
    let text = out(&output);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("locked by ann@ci for apply"), "{text}");
    assert!(text.contains("force-unlock"), "{text}");
    std::fs::remove_file(folder.path().join(".busy.tfstate.lock.info")).unwrap();
    let output = slgen(
        folder.path(),
        &[&arguments[..], &["--fail-on", "never"]].concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let output = slgen(folder.path(), &["diff", "--plan", "whole.json"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        out(&output),
        err(&output)
    );
    assert!(out(&output).contains("no change"), "{}", out(&output));
    // The queue is there already, the rest is new.
    let output = slgen(
        folder.path(),
        &[
            "diff",
            "--state",
            "right.tfstate",
            "--env",
            "dev",
            "--verbose",
        ],
    );
    assert!(
        out(&output).contains("aws_sqs_queue.jobs"),
        "{}",
        out(&output)
    );
    assert!(
        out(&output).contains("aws_lambda_function.create_order"),
        "{}",
        out(&output)
    );
}
