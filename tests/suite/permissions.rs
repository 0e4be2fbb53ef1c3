//! `slgen permissions` as it is called.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::example_files;

fn slgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .arg("permissions")
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn folder(files: &[(&str, Value)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in files {
        fs::write(folder.path().join(name), value.to_string()).unwrap();
    }
    folder
}

fn policy(statement: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statement})
}

fn allow(action: &str) -> Value {
    policy(
        &json!({"Effect": "Allow", "Action": action, "Resource": "arn:aws:sqs:eu-west-1:111122223333:jobs"}),
    )
}

#[test]
fn the_question_of_new_access() {
    let files = folder(&[
        ("send.json", allow("sqs:SendMessage")),
        ("all.json", allow("sqs:*")),
        (
            "odd.json",
            policy(
                &json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*",
            "Condition": {"StringFoo": {"aws:x": "1"}}}),
            ),
        ),
        (
            "open.json",
            policy(
                &json!({"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}),
            ),
        ),
    ]);
    let ask = |new: &str, old: &str| {
        let output = slgen(
            files.path(),
            &["--policy", new, "--against", old, "--format", "json"],
        );
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["schema"], "slgen.new-access/1");
        assert!(answer["reason"].as_str().unwrap().len() > 10);
        (output.status.code().unwrap(), answer)
    };
    let (status, answer) = ask("send.json", "all.json");
    assert_eq!(
        (status, &answer["verdict"], &answer["witness"]),
        (0, &json!("no"), &Value::Null)
    );
    let (status, answer) = ask("all.json", "send.json");
    assert_eq!((status, &answer["verdict"]), (3, &json!("yes")));
    assert_eq!(
        answer["witness"]["resource"],
        "arn:aws:sqs:eu-west-1:111122223333:jobs"
    );
    assert!(
        answer["witness"]["action"]
            .as_str()
            .unwrap()
            .starts_with("sqs:")
    );
    assert_eq!(answer["witness"]["context"], json!({}));
    let (status, answer) = ask("odd.json", "send.json");
    assert_eq!((status, &answer["verdict"]), (3, &json!("unknown")));
    let (status, answer) = ask("open.json", "send.json");
    assert_eq!((status, &answer["verdict"]), (3, &json!("yes")));
    assert!(answer["witness"]["principal"].is_string());
    let text = slgen(
        files.path(),
        &["--policy", "send.json", "--against", "all.json"],
    );
    assert_eq!(String::from_utf8_lossy(&text.stdout), "no new access\n");
}

#[test]
fn the_analysis_of_one_policy() {
    let files = folder(&[(
        "role.json",
        policy(&json!({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"})),
    )]);
    let output = slgen(files.path(), &["--policy", "role.json", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["kind"], "identity");
    let topics: Vec<&str> = answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["topic"].as_str().unwrap())
        .collect();
    assert_eq!(topics, ["privilege-escalation", "credentials-exposure"]);
    assert_eq!(answer["findings"][0]["rule"], "SLG-IAM-008");
    let sarif = slgen(
        files.path(),
        &["--policy", "role.json", "--format", "sarif"],
    );
    let sarif: Value = serde_json::from_slice(&sarif.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let rules: Vec<&str> = results
        .iter()
        .map(|r| r["ruleId"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["SLG-IAM-008", "SLG-IAM-014"]);
    let text = slgen(files.path(), &["--policy", "role.json"]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("iam:CreateAccessKey can lead"));
}

#[test]
fn errors_say_where() {
    let files = folder(&[(
        "bad.json",
        policy(&json!([{"Effect": "Allow", "Action": 1}])),
    )]);
    for (file, expected) in [
        ("bad.json", "bad.json: Statement[0].Action: is a string"),
        ("none.json", "none.json: "),
    ] {
        let output = slgen(files.path(), &["--policy", file]);
        assert_eq!(output.status.code(), Some(1));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains(expected), "{message}");
    }
    // Without a policy it is the ledger of the manifest, and there is none here.
    assert_eq!(slgen(files.path(), &[]).status.code(), Some(1));
    let lost = slgen(files.path(), &["--against", "bad.json"]);
    assert_eq!(lost.status.code(), Some(1));
}

const ORDERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders");

fn orders(arguments: &[&str]) -> String {
    let output = slgen(Path::new(ORDERS), arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn answer(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The orders example with its manifest changed.
fn project(change: impl Fn(&str) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    example_files::lay_out("orders", folder.path());
    let manifest = fs::read_to_string(format!("{ORDERS}/slgen.yaml")).unwrap();
    let changed = change(&manifest);
    assert_ne!(manifest, changed);
    fs::write(folder.path().join("slgen.yaml"), changed).unwrap();
    folder
}

#[test]
fn the_ledger_says_how_and_why() {
    let text = orders(&["create-order"]);
    for part in [
        "functions.create-order\n",
        "  aws_iam_role.create_order may\n",
        "    Read   dynamodb:GetItem on arn:aws:dynamodb:{region}:{account}:table/{name}-orders-table\n",
        "because: GetItem on orders-table (slgen.yaml:50)\n",
        "because: writes its own log group (slgen adds it)\n",
        " by lambda.amazonaws.com if ArnLike aws:SourceArn = ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("fulfil"), "{text}");
    let risky = orders(&["fulfil-order"]);
    assert!(risky.contains("risk: reads data in bulk"), "{risky}");
    // What the manifest leaves to the blueprint.
    let folder = project(|manifest| manifest.replace(", archive: s3 }", " }"));
    let output = slgen(folder.path(), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = "because: hands log events to Firehose (logs.archive: ";
    assert!(text.contains(expected), "{text}");
    assert!(orders(&[]).contains("because: hands log events to Firehose (slgen.yaml:"));
}

#[test]
fn the_ledger_is_whole_in_every_format() {
    let recorded: Value = serde_json::from_str(
        &fs::read_to_string(format!("{ORDERS}/infra/orders/permissions.json")).unwrap(),
    )
    .unwrap();
    let recorded = recorded["permissions"].as_array().unwrap().len();
    let whole = answer(&orders(&["--format", "json"]));
    assert_eq!(whole["schema"], "slgen.ledger/1");
    let lines = whole["permissions"].as_array().unwrap();
    assert_eq!(lines.len(), recorded);
    for line in lines {
        let known = line["access_level"].is_string();
        let action = line["action"].as_str().unwrap();
        assert_eq!(known, !action.contains('*'), "{action}");
        for why in line["why"].as_array().unwrap() {
            let by = why["by"].as_str().unwrap();
            assert_eq!(by == "manifest", why["line"].is_u64(), "{why}");
        }
    }
    let markdown = orders(&["--format", "markdown"]);
    let rows = markdown.lines().filter(|line| line.starts_with("| "));
    let headings = markdown
        .lines()
        .filter(|line| line.starts_with("### "))
        .count();
    assert_eq!(rows.count(), recorded + headings);
    let unknown = slgen(Path::new(ORDERS), &["creat-order"]);
    assert_eq!(unknown.status.code(), Some(1));
    let message = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(message.contains("did you mean create-order?"), "{message}");
}

/// The data stores that a function's role names in the ledger.
fn stores(function: &str) -> BTreeSet<String> {
    let lines = answer(&orders(&[function, "--format", "json"]));
    let lines = lines["permissions"].as_array().unwrap();
    let data = ["dynamodb", "s3", "sqs", "sns", "secretsmanager"];
    lines
        .iter()
        .filter(|line| line["policy"] == "identity" && line["effect"] == "Allow")
        .filter(|line| {
            let service = line["action"].as_str().unwrap().split(':').next();
            service.is_some_and(|service| data.contains(&service))
        })
        .map(|line| line["resource"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_reach_of_an_ordinary_function_is_the_ledgers_stores() {
    for (function, least, influenced) in [
        ("create-order", 3, &["fulfil-order"][..]),
        ("fulfil-order", 3, &[]),
        ("nightly-report", 4, &[]),
    ] {
        let blast = answer(&orders(&["--blast", function, "--format", "json"]));
        assert_eq!(blast["schema"], "slgen.blast/1");
        let rows = blast["reaches"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["indirect"] == false));
        let reached: BTreeSet<String> = rows
            .iter()
            .filter(|row| row["class"] == "data")
            .flat_map(|row| row["resources"].as_array().unwrap())
            .map(|resource| resource.as_str().unwrap().to_owned())
            .collect();
        assert!(reached.len() >= least, "{reached:?}");
        assert_eq!(reached, stores(function), "{function}");
        let influences = blast["influences"].as_array().unwrap().iter();
        let names: Vec<&str> = influences
            .map(|i| i["function"].as_str().unwrap())
            .collect();
        assert_eq!(names, influenced, "{function}");
        // Nothing of the network: Lambda attaches the function, its code may not.
        assert!(!blast.to_string().contains("ec2:"), "{function}");
    }
}

#[test]
fn invocations_and_passed_roles_are_followed() {
    let role = "arn:aws:iam::111111111111:role/orders-dev-nightly-report-schedule";
    let folder = project(|manifest| {
        manifest.replace(
            "      - { to: jobs, allow: [SendMessage] }\n",
            &format!(
                "      - {{ to: functions.fulfil-order, allow: [invoke] }}\n      - {{ raw: {{ actions: [\"iam:PassRole\"], resources: [\"{role}\"], conditions: {{ StringEquals: {{ \"iam:PassedToService\": [scheduler.amazonaws.com] }} }} }}, reason: makes schedules, until: 2027-01-31 }}\n"
            ),
        )
    });
    let ask = |format: &str| {
        let output = slgen(
            folder.path(),
            &["--blast", "create-order", "--format", format],
        );
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    let blast = answer(&ask("json"));
    let rows = blast["reaches"].as_array().unwrap();
    let through = |step: &str| {
        let rows = rows
            .iter()
            .filter(move |row| row["chain"][0]["step"] == step);
        rows.map(|row| {
            format!(
                "{} {}",
                row["access"].as_str().unwrap(),
                row["on"].as_str().unwrap()
            )
        })
        .collect::<BTreeSet<_>>()
    };
    let invoked = through("invokes");
    assert!(
        invoked.contains("write receipts") && invoked.contains("read incoming"),
        "{invoked:?}"
    );
    let passed = through("passes");
    assert!(passed.contains("invoke nightly-report"), "{passed:?}");
    // The scheduler's role invokes the report, which acts as itself.
    let last = rows
        .iter()
        .find(|row| row["chain"].as_array().unwrap().len() == 2)
        .unwrap();
    assert_eq!(
        last["chain"][1]["function"],
        "aws_lambda_function.nightly_report"
    );
    // The role is named for one account.
    assert_eq!(last["environments"], json!(["dev"]));
    let text = ask("text");
    for part in [
        "create-order invokes fulfil-order, which may\n",
        "to scheduler.amazonaws.com, and has no action known to make it take the role, which may\n",
        "pass ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let markdown = ask("markdown");
    let chart = markdown.split("```mermaid\n").nth(1).unwrap();
    let chart = chart.strip_suffix("```\n").unwrap();
    let function = "[[\"fulfil-order\"]]";
    assert!(
        chart.starts_with("flowchart LR\n") && chart.contains(function),
        "{chart}"
    );
    assert!(
        chart.contains("|\"passes to scheduler.amazonaws.com\"|"),
        "{chart}"
    );
}

#[test]
fn a_chart_is_written_in_the_published_grammar() {
    // Mermaid documentation, "Flowcharts": nodes with quoted text in these shapes, links with quoted text.
    let text = r#""[^"\[\]{}()|<>`]+""#;
    let node = format!(r"  n\d+(\[\[{text}\]\]|\[\({text}\)\]|\{{\{{{text}\}}\}}|\[{text}\])");
    let link = format!(r"  n\d+ (-->|-\.->)\|{text}\| n\d+");
    let statement = regex_lite::Regex::new(&format!("^({node}|{link})$")).unwrap();
    for function in ["create-order", "fulfil-order", "nightly-report"] {
        let markdown = orders(&["--blast", function, "--format", "markdown"]);
        let chart = markdown.split("```mermaid\n").nth(1).unwrap();
        let mut lines = chart.lines();
        assert_eq!(lines.next(), Some("flowchart LR"));
        let body: Vec<&str> = lines.take_while(|part| *part != "```").collect();
        assert!(body.len() > 5, "{chart}");
        for part in body {
            assert!(statement.is_match(part), "{part}");
        }
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
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
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn two_revisions_are_compared() {
    let folder = project(|manifest| format!("{manifest}\n"));
    let path = folder.path().join("slgen.yaml");
    let manifest = fs::read_to_string(&path).unwrap();
    let generate = || {
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(folder.path())
            .arg("generate")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(
        folder.path(),
        &["commit", "-q", "--allow-empty", "-m", "empty"],
    );
    git(folder.path(), &["tag", "empty"]);
    generate();
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-q", "-m", "first"]);
    let ask = |arguments: &[&str]| {
        let output = slgen(folder.path(), arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        (
            output.status.code(),
            text,
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (status, text, _) = ask(&["--compare", "main"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.ends_with("the same\n"), "{text}");
    // One function more, one less.
    let widened = manifest
        .replace("allow: [PutItem, GetItem]", "allow: [PutItem, Scan]")
        .replace("paths: [\"orders/*\"]", "paths: [\"orders/new/*\"]");
    fs::write(&path, widened).unwrap();
    let (status, text, _) = ask(&["--compare", "main"]);
    assert_eq!(status, Some(3), "{text}");
    let table = "arn:aws:dynamodb:{region}:{account}:table/{name}-orders-table";
    for part in [
        &format!("    + dynamodb:Scan on {table}\n"),
        &format!("    - dynamodb:GetItem on {table}\n"),
        "    new access: dynamodb:Scan on arn:aws:dynamodb:eu-west-1:111111111111:table/orders-dev-orders-table (dev)\n",
        "/orders/new/*\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let (status, text, _) = ask(&["fulfil-order", "--compare", "main", "--format", "json"]);
    assert_eq!(status, Some(0), "{text}");
    let diff = answer(&text);
    assert_eq!(diff["schema"], "slgen.permissions-diff/1");
    assert_eq!(diff["changes"][0]["widened"], json!([]));
    assert_eq!(diff["changes"].as_array().unwrap().len(), 1);
    let (_, text, _) = ask(&["create-order", "--compare", "main", "--format", "json"]);
    let witness = &answer(&text)["changes"][0]["widened"][0];
    assert_eq!(
        (&witness["verdict"], &witness["witness"]["action"]),
        (&json!("yes"), &json!("dynamodb:Scan"))
    );
    let (status, text, _) = ask(&["--compare", "empty"]);
    assert_eq!(status, Some(3));
    assert!(!text.contains("    - "), "{text}");
    let (status, _, errors) = ask(&["--compare", "no-such-branch"]);
    assert_eq!(status, Some(1));
    assert!(
        errors.contains("git knows no commit \"no-such-branch\""),
        "{errors}"
    );
}

#[test]
fn every_policy_of_a_terraform_folder_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| fs::write(folder.path().join("main.tf"), text).unwrap();
    let role = r#"
resource "aws_iam_role" "ci" {
  name = "ci"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "events.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "inline" {
  role   = aws_iam_role.ci.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "iam:PassRole", Resource = "*" }] })
}
resource "aws_iam_policy" "more" {
  name   = "more"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", NotAction = ["iam:*", "lambda:*"], Resource = "*" }] })
}
resource "aws_iam_role_policy_attachment" "more" {
  role       = "ci"
  policy_arn = aws_iam_policy.more.arn
}
"#;
    write(role);
    let ask = |format: &str| {
        let output = slgen(folder.path(), &["--policy", ".", "--format", format]);
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (status, text) = ask("json");
    assert_eq!(status, Some(0), "{text}");
    let whole = answer(&text);
    assert_eq!(whole["schema"], "slgen.policies/1");
    let policies = whole["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 2, "{text}");
    // Passing a role and creating a stack stand in two policies of one role.
    assert_eq!(policies[0]["about"], "aws_iam_role.ci");
    let subjects = policies[0]["findings"].to_string();
    assert!(
        subjects.contains("PassExistingRoleToCloudFormation"),
        "{subjects}"
    );
    assert!(
        !subjects.contains("PassExistingRoleToNewLambda"),
        "{subjects}"
    );
    assert_eq!(policies[1]["findings"][0]["rule"], "SLG-IAM-004");
    write(&format!(
        "{role}\nvariable \"x\" {{}}\nresource \"aws_sqs_queue\" \"q\" {{ policy = var.x }}\nresource \"aws_iam_role_policy_attachment\" \"a\" {{\n  role = \"ci\"\n  policy_arn = \"arn:aws:iam::aws:policy/ReadOnlyAccess\"\n}}\n"
    ));
    let (status, text) = ask("text");
    assert_eq!(status, Some(4), "{text}");
    assert!(
        text.contains(
            "not checked: aws_sqs_queue.q.policy: the policy is not known, or not JSON\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("the policy arn:aws:iam::aws:policy/ReadOnlyAccess is not here\n"),
        "{text}"
    );
    write("resource {");
    let (status, text) = ask("text");
    assert_eq!(status, Some(4), "{text}");
    assert!(text.contains("not checked: main.tf:"), "{text}");
    // A module that is not here does not keep the rest from being judged.
    write(&format!(
        "{role}\nmodule \"m\" {{\n  source = \"acme/m/aws\"\n}}\n"
    ));
    let (status, text) = ask("text");
    assert_eq!(status, Some(4), "{text}");
    assert!(text.contains("aws_iam_role.ci"), "{text}");
    assert!(
        text.contains(": module.m: its source (acme/m/aws)"),
        "{text}"
    );
}
