//! What other tools say about the stack: nothing, or what is explained.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::stack::Stack;
use crate::{ROOT, installed, text};

/// The checks that are skipped, at most; each stands with its fact in `src/cloud/aws/skips.json`.
const SKIPPED: [&str; 7] = [
    "CKV_AWS_116",
    "CKV_AWS_117",
    "CKV_AWS_144",
    "CKV_AWS_145",
    "CKV_AWS_18",
    "CKV_AWS_272",
    "CKV_AWS_309",
];

/// checkov has nothing failed. `source` is where it finds inline skips for a plan.
pub(crate) fn checkov(arguments: &[&str], target: &Path, source: &Path) {
    let output = Command::new(installed("checkov", "checkov"))
        .args(arguments)
        .arg(target)
        .args(["--skip-download", "--compact", "-o", "json"])
        .arg("--repo-root-for-plan-enrichment")
        .arg(source)
        .env("CHECKOV_RUN_SCA_PACKAGE_SCAN", "false")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    let ids = |list: &str| -> Vec<String> {
        report["results"][list]
            .as_array()
            .unwrap()
            .iter()
            .map(|check| {
                let part = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
                format!("{} {}", part("check_id"), part("resource"))
            })
            .collect()
    };
    let failed = ids("failed_checks");
    assert!(failed.is_empty(), "{arguments:?}: {failed:#?}");
    assert_eq!(report["summary"]["parsing_errors"], 0, "{arguments:?}");
    let passed = report["summary"]["passed"].as_u64().unwrap();
    assert!(passed > 100, "{arguments:?}: only {passed} checks ran");
    let skipped: BTreeSet<String> = ids("skipped_checks")
        .iter()
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .collect();
    let known = SKIPPED.map(str::to_owned).into();
    assert!(skipped.is_subset(&known), "{skipped:?}");
    println!("checkov {arguments:?}: {passed} passed, 0 failed, skipped {skipped:?}");
}

/// A finding that is known, and why it stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explained {
    /// Tool, or check of it.
    tool: String,
    /// What it is about; `*` is any text.
    r#where: String,
    /// What it says; `*` is any text.
    finding: String,
    /// Why it stands.
    why: String,
    /// The only example that has it.
    only: Option<String>,
}

fn glob(pattern: &str) -> Regex {
    let parts: Vec<String> = pattern
        .split('*')
        .map(|part| {
            part.chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() || c == ' ' {
                        c.to_string()
                    } else {
                        format!("\\{c}")
                    }
                })
                .collect()
        })
        .collect();
    Regex::new(&format!("^{}$", parts.join(".*"))).unwrap()
}

/// Every line, `<tool> <where> <finding>`, is explained, and every explanation is needed.
fn explain(file: &str, example: &str, lines: &[String]) {
    let path = Path::new(ROOT).join("tests/e2e").join(file);
    let list: Vec<Explained> =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let patterns: Vec<Regex> = list
        .iter()
        .map(|e| glob(&format!("{} {} {}", e.tool, e.r#where, e.finding)))
        .collect();
    let unexplained: Vec<&String> = lines
        .iter()
        .filter(|line| !patterns.iter().any(|pattern| pattern.is_match(line)))
        .collect();
    assert!(
        unexplained.is_empty(),
        "mend these, or say in tests/e2e/{file} why they stand: {unexplained:#?}"
    );
    for (explained, pattern) in list.iter().zip(&patterns) {
        assert!(explained.why.len() > 20, "{explained:?}");
        let due = explained.only.as_deref().is_none_or(|only| only == example);
        assert!(
            !due || lines.iter().any(|line| pattern.is_match(line)),
            "nothing to explain any more: {explained:?}"
        );
    }
}

/// The lines of `scripts/lint-policies`.
fn lint(state: &str) -> Vec<String> {
    let mut child = Command::new(installed("iam", "python"))
        .arg(Path::new(ROOT).join("scripts/lint-policies"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(state.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// parliament and cloudsplaining report nothing about any policy that is not explained.
pub(crate) fn explain_policies(example: &str, state: &str) {
    let lines = lint(state);
    let asked: usize = lines[0].strip_prefix("policies ").unwrap().parse().unwrap();
    assert!(asked >= 15, "only {asked} policies were looked at");
    explain("policy_findings.json", example, &lines[1..]);
    println!(
        "parliament and cloudsplaining on {asked} policies: {} explained",
        lines.len() - 1
    );
}

/// Both tools are awake: a weak policy is reported by both.
#[test]
fn a_weak_policy_is_reported() {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","iam:PassRole","s3:DeleteBucket"],"Resource":"*"}]}"#;
    let state = serde_json::json!({ "values": { "root_module": { "resources": [{
        "address": "aws_iam_role_policy.weak",
        "mode": "managed",
        "type": "aws_iam_role_policy",
        "values": { "policy": policy },
    }] } } });
    let lines = lint(&state.to_string());
    for expected in [
        "parliament aws_iam_role_policy.weak policy RESOURCE_STAR",
        "cloudsplaining aws_iam_role_policy.weak policy allows_data_exfiltration_actions s3:GetObject",
        "cloudsplaining aws_iam_role_policy.weak policy infrastructure_modification s3:DeleteBucket",
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(expected)),
            "{expected}: {lines:#?}"
        );
    }
}

/// prowler's checks of what the stack uses: each failure about the stack is explained. What is the
/// account's own (its trail, its password policy) or the test's (existing resources) is none of it.
pub(crate) fn prowler(stack: &Stack) {
    let out = stack.out().join(".prowler");
    let output = stack
        .moto
        .command(installed("prowler", "python"), &stack.out())
        .arg(Path::new(ROOT).join("scripts/prowler-aws"))
        .args([
            "aws",
            "-f",
            "eu-west-1",
            "--no-banner",
            "--ignore-exit-code-3",
        ])
        .args([
            "--services",
            "awslambda",
            "iam",
            "cloudwatch",
            "sqs",
            "sns",
            "dynamodb",
            "ecr",
            "kms",
        ])
        .args(["-M", "json-ocsf", "-F", "report", "-o"])
        .arg(&out)
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let report = std::fs::read_to_string(out.join("report.ocsf.json")).unwrap();
    let report: Vec<Value> = serde_json::from_str(&report).unwrap();
    std::fs::remove_dir_all(out).unwrap();
    let lines = |status: &str| -> Vec<String> {
        report
            .iter()
            .filter(|finding| finding["status_code"] == status)
            .map(|finding| {
                let part =
                    |pointer: &str| finding.pointer(pointer).and_then(Value::as_str).unwrap();
                format!(
                    "{} {} {}",
                    part("/metadata/event_code"),
                    part("/resources/0/name"),
                    part("/status_detail")
                )
            })
            .collect()
    };
    let passed = lines("PASS");
    let ours = passed.iter().filter(|line| line.contains(" orders-prod"));
    assert!(ours.count() > 40, "{passed:#?}");
    let failed = lines("FAIL");
    explain("prowler_findings.json", "orders", &failed);
    println!(
        "prowler: {} passed, {} explained",
        passed.len(),
        failed.len()
    );
}
