//! `slgen diff --plan` and `--state` on an applied stack: nothing is found on it as it is, the noise in `resource_drift`
//! included, and what is then opened is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::example_files::{copy, lay_out};
use crate::stack::Stack;
use crate::{ROOT, slgen, text};

/// What is opened, each in one file: what is written instead of what, and the rule, the severity, the address and the
/// path of the finding.
#[rustfmt::skip]
const SEEDS: [(&str, &str, &str, [&str; 4]); 4] = [
    ("fn_create_order.tf", "\"dynamodb:GetItem\",", "\"dynamodb:GetItem\", \"dynamodb:DeleteItem\",",
     ["SLG-DIFF-101", "high", "aws_iam_role.create_order", "permissions"]),
    ("fn_create_order.tf", "retention_in_days = 365", "retention_in_days = 7",
     ["SLG-LOG-001", "medium", "aws_cloudwatch_log_group.create_order", "retention_in_days"]),
    ("queue_jobs.tf", "kms_master_key_id                 = aws_kms_key.stack.arn", "",
     ["SLG-ENC-002", "high", "aws_sqs_queue.jobs", "kms_master_key_id"]),
    ("bucket_incoming.tf", "block_public_policy     = true", "block_public_policy     = false",
     ["SLG-NET-001", "critical", "aws_s3_bucket_public_access_block.incoming", "block_public_policy"]),
];

/// An applied stack of the orders example in the environment dev. Its code is changed, and not applied.
pub(crate) fn recorded(stack: &Stack) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let plan = stack.plan();
    let noise: Value = serde_json::from_str(&plan).unwrap();
    let noise = noise["resource_drift"].as_array().map_or(0, Vec::len);
    assert!(
        noise > 20,
        "resource_drift has only {noise} entries: nothing is shown"
    );
    let (findings, status) = report(&stack.project(), &["--plan", &write("plan.json", &plan)]);
    assert_eq!((findings.as_slice(), status), (&[][..], 0));

    let untouched_code = code(stack, &folder.path().join("untouched"));
    let opened_code = code(stack, &folder.path().join("opened"));
    seed(&opened_code.join("infra/orders"));
    let state = stack.state_file();
    let untouched_state = write("state.json", &state);
    let opened_state = write("opened.json", &in_state(&state));
    let compared =
        |state: &str, project: &Path| report(project, &["--state", state, "--env", "dev"]);

    let (known, _) = compared(&untouched_state, &untouched_code);
    explained(&known);
    let more = |state: &str, project: &Path| {
        let (mut findings, status) = compared(state, project);
        findings.retain(|f| !known.contains(f));
        (findings, status)
    };
    let (findings, status) = more(&untouched_state, &opened_code);
    assert_eq!(status, 3);
    opened(&findings, "widening");
    // Somebody opened it in the account, and a refresh wrote it down: applying closes it again.
    let (findings, status) = more(&opened_state, &untouched_code);
    assert_eq!(status, 0);
    opened(&findings, "narrowing");
    let (findings, _) = more(&opened_state, &opened_code);
    assert!(findings.is_empty(), "{findings:#?}");

    seed(&stack.out());
    let plan = write("opened.plan.json", &stack.plan());
    let (findings, status) = report(&stack.project(), &["--plan", &plan]);
    assert_eq!(status, 3);
    opened(&findings, "widening");
}

/// The code as it was generated, in the network that was made for the test.
fn code(stack: &Stack, project: &Path) -> PathBuf {
    lay_out("orders", project);
    for name in ["slgen.yaml", "slgen.lock"] {
        std::fs::copy(stack.project().join(name), project.join(name)).unwrap();
    }
    let out = project.join("infra/orders");
    copy(&stack.source(), &out);
    stack.in_its_network(&out.join("environments/dev.tfvars"));
    project.to_owned()
}

/// The findings of a run, and its exit status.
fn report(project: &Path, arguments: &[&str]) -> (Vec<Value>, i32) {
    let output = slgen(
        project,
        &[&["diff", "--format", "json"], arguments].concat(),
    );
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&output)));
    assert_eq!(report["not_checked"].as_array().unwrap(), &[] as &[Value]);
    let findings = report["findings"].as_array().unwrap().clone();
    (findings, output.status.code().unwrap())
}

/// Every finding on the untouched stack is what moto or the tests' override makes of it, and each of these is seen.
fn explained(findings: &[Value]) {
    let known = std::fs::read_to_string(Path::new(ROOT).join("tests/e2e/diff_findings.json"));
    let known: Vec<Value> = serde_json::from_str(&known.unwrap()).unwrap();
    let key = |v: &Value| (v["address"].clone().to_string(), path(v));
    let seen: BTreeSet<_> = findings.iter().map(key).collect();
    let known: BTreeSet<_> = known.iter().map(key).collect();
    let new: Vec<_> = seen.difference(&known).collect();
    assert!(
        new.is_empty(),
        "found on an untouched stack: {new:#?}\n{findings:#?}"
    );
    let gone: Vec<_> = known.difference(&seen).collect();
    assert!(gone.is_empty(), "explains nothing any more: {gone:#?}");
    let opening = |f: &&Value| f["direction"] == "widening" || f["direction"] == "undetermined";
    assert_eq!(findings.iter().find(opening), None);
}

/// The path of a finding as text.
fn path(finding: &Value) -> String {
    match &finding["path"] {
        Value::Array(steps) => {
            let steps: Vec<_> = steps.iter().filter_map(Value::as_str).collect();
            steps.join(".")
        }
        path => path.as_str().unwrap_or_default().to_owned(),
    }
}

fn seed(out: &Path) {
    for (file, from, to, _) in SEEDS {
        let file = out.join(file);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{} has no {from:?}", file.display());
        std::fs::write(file, text.replacen(from, to, 1)).unwrap();
    }
}

/// The state with the same as the seeds make of the code.
fn in_state(state: &str) -> String {
    let mut state: Value = serde_json::from_str(state).unwrap();
    let mut changed = 0;
    for resource in state["resources"].as_array_mut().unwrap() {
        let named = format!(
            "{}.{}",
            resource["type"].as_str().unwrap(),
            resource["name"].as_str().unwrap()
        );
        let attributes = &mut resource["instances"][0]["attributes"];
        match named.as_str() {
            "aws_cloudwatch_log_group.create_order" => attributes["retention_in_days"] = 7.into(),
            "aws_sqs_queue.jobs" => attributes["kms_master_key_id"] = "".into(),
            "aws_s3_bucket_public_access_block.incoming" => {
                attributes["block_public_policy"] = false.into();
            }
            "aws_iam_role_policy.create_order" => {
                let policy = attributes["policy"].as_str().unwrap();
                assert!(policy.contains("\"dynamodb:GetItem\""), "{policy}");
                attributes["policy"] = policy
                    .replacen(
                        "\"dynamodb:GetItem\"",
                        "\"dynamodb:GetItem\",\"dynamodb:DeleteItem\"",
                        1,
                    )
                    .into();
            }
            _ => continue,
        }
        changed += 1;
    }
    assert_eq!(changed, SEEDS.len());
    state.to_string()
}

/// The findings are those of the seeds, and no others.
fn opened(findings: &[Value], direction: &str) {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let mut found: Vec<String> = findings
        .iter()
        .map(|f| {
            let (direction, rule) = (text(&f["direction"]), text(&f["rule"]));
            format!("{direction} {rule} {} {}", text(&f["address"]), path(f))
        })
        .collect();
    found.sort();
    let mut wanted: Vec<String> = SEEDS
        .iter()
        .map(|(.., [rule, _, address, path])| format!("{direction} {rule} {address} {path}"))
        .collect();
    wanted.sort();
    assert_eq!(found, wanted, "{findings:#?}");
    if direction == "widening" {
        for (.., [rule, severity, ..]) in SEEDS {
            let finding = findings.iter().find(|f| f["rule"] == rule).unwrap();
            assert_eq!(finding["severity"], severity, "{finding:#}");
        }
        let policy = findings
            .iter()
            .find(|f| f["rule"] == "SLG-DIFF-101")
            .unwrap();
        let action = text(&policy["witness"]["action"]);
        assert_eq!(action, "dynamodb:DeleteItem", "{policy:#}");
    }
}
