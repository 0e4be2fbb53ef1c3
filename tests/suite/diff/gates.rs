//! When a run fails, and with which status.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::cli::{edit, err, git, out, repository, slgen};
use super::validators;

/// Folders that each hold one side of a change.
fn sides() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join("main.tf"), text).unwrap();
    };
    let function = |rest: &str| format!("resource \"aws_lambda_function\" \"f\" {{\n{rest}\n}}\n");
    write(
        "base",
        &function("timeout = 3\nreserved_concurrent_executions = 1\nhandler = \"a.b\""),
    );
    write(
        "low",
        &function("timeout = 9\nreserved_concurrent_executions = 1\nhandler = \"a.b\""),
    );
    write(
        "medium",
        &function("timeout = 3\nreserved_concurrent_executions = 9\nhandler = \"a.b\""),
    );
    write(
        "undetermined",
        &function("timeout = 3\nreserved_concurrent_executions = 1\nhandler = \"a.c\""),
    );
    write(
        "neutral",
        &function(
            "timeout = 3\nreserved_concurrent_executions = 1\nhandler = \"a.b\"\ndescription = \"x\"",
        ),
    );
    let unread = "module \"m\" {\nsource = \"example.com/a/b\"\n}\n";
    let base = function("timeout = 3\nreserved_concurrent_executions = 1\nhandler = \"a.b\"");
    write("unread", &format!("{base}{unread}"));
    write(
        "low-unread",
        &format!("{}{unread}", base.replace("timeout = 3", "timeout = 9")),
    );
    write(
        "mutable",
        "resource \"aws_ecr_repository\" \"r\" {\nname = \"r\"\nimage_tag_mutability = \"MUTABLE\"\n}\n",
    );
    write(
        "immutable",
        "resource \"aws_ecr_repository\" \"r\" {\nname = \"r\"\nimage_tag_mutability = \"IMMUTABLE\"\n}\n",
    );
    write(
        "open",
        "resource \"aws_lambda_function_url\" \"u\" {\nfunction_name = \"f\"\nauthorization_type = \"NONE\"\n}\n",
    );
    write(
        "closed",
        "resource \"aws_lambda_function_url\" \"u\" {\nfunction_name = \"f\"\nauthorization_type = \"AWS_IAM\"\n}\n",
    );
    folder
}

/// Before, after, and the exit status at `low`, `medium`, `high`, `critical`, `never`, without and
/// with `--detailed-exitcode`.
const CASES: [(&str, &str, [i32; 5], [i32; 5]); 14] = [
    ("base", "base", [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
    ("base", "low", [3, 0, 0, 0, 0], [3, 2, 2, 2, 2]),
    ("base", "medium", [3, 3, 0, 0, 0], [3, 3, 2, 2, 2]),
    ("immutable", "mutable", [3, 3, 3, 0, 0], [3, 3, 3, 2, 2]),
    ("closed", "open", [3, 3, 3, 3, 0], [3, 3, 3, 3, 2]),
    // What is not known is high at least.
    ("base", "undetermined", [3, 3, 3, 0, 0], [3, 3, 3, 2, 2]),
    // What closes never fails.
    ("low", "base", [0, 0, 0, 0, 0], [2, 2, 2, 2, 2]),
    ("mutable", "immutable", [0, 0, 0, 0, 0], [2, 2, 2, 2, 2]),
    ("open", "closed", [0, 0, 0, 0, 0], [2, 2, 2, 2, 2]),
    ("base", "neutral", [0, 0, 0, 0, 0], [2, 2, 2, 2, 2]),
    // Nor is what was not looked at clean: after a gate, before a difference.
    ("base", "unread", [4, 4, 4, 4, 4], [4, 4, 4, 4, 4]),
    ("unread", "unread", [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
    ("base", "low-unread", [3, 4, 4, 4, 4], [3, 4, 4, 4, 4]),
    ("low", "unread", [4, 4, 4, 4, 4], [4, 4, 4, 4, 4]),
];

#[test]
fn every_level_with_every_severity_and_direction() {
    let folder = sides();
    let levels = ["low", "medium", "high", "critical", "never"];
    for (before, after, plain, detailed) in CASES {
        for (index, level) in levels.into_iter().enumerate() {
            for (more, expected) in [
                (None, plain[index]),
                (Some("--detailed-exitcode"), detailed[index]),
            ] {
                let mut arguments = vec![
                    "diff",
                    "--code",
                    after,
                    "--against",
                    before,
                    "--fail-on",
                    level,
                ];
                arguments.extend(more);
                let output = slgen(folder.path(), &arguments);
                assert_eq!(
                    output.status.code(),
                    Some(expected),
                    "{arguments:?}\n{}{}",
                    out(&output),
                    err(&output)
                );
            }
        }
    }
    // `high` is the default.
    for (before, after, plain, _) in CASES {
        let output = slgen(
            folder.path(),
            &["diff", "--code", after, "--against", before],
        );
        assert_eq!(output.status.code(), Some(plain[2]), "{before} → {after}");
    }
}

#[test]
fn the_format_changes_no_status_and_errors_are_what_fails() {
    let folder = sides();
    for (level, status, errors, warnings) in
        [("high", 3, 1, 0), ("critical", 0, 0, 1), ("never", 0, 0, 1)]
    {
        for format in ["text", "json", "markdown", "sarif", "github", "gitlab"] {
            let arguments = [
                "diff",
                "--code",
                "mutable",
                "--against",
                "immutable",
                "--fail-on",
                level,
                "--format",
                format,
            ];
            let output = slgen(folder.path(), &arguments);
            assert_eq!(output.status.code(), Some(status), "{format} {level}");
            let said = out(&output);
            let document = || -> Value { serde_json::from_str(&said).unwrap() };
            let mut count: BTreeMap<String, usize> = BTreeMap::new();
            match format {
                "github" => {
                    for annotation in validators::annotations(&said).unwrap() {
                        *count.entry(annotation.level).or_default() += 1;
                    }
                }
                "sarif" => {
                    for result in document()["runs"][0]["results"].as_array().unwrap() {
                        *count
                            .entry(result["level"].as_str().unwrap().to_owned())
                            .or_default() += 1;
                    }
                }
                _ => continue,
            }
            let of = |level: &str| count.get(level).copied().unwrap_or(0);
            assert_eq!(
                (of("error"), of("warning")),
                (errors, warnings),
                "{format} {level}: {said}"
            );
        }
    }
}

#[test]
fn security_only_leaves_out_what_neither_opens_nor_closes() {
    let folder = sides();
    let run = |before: &str, after: &str| {
        let arguments = [
            "diff",
            "--code",
            after,
            "--against",
            before,
            "--security-only",
            "--detailed-exitcode",
            "-v",
        ];
        let output = slgen(folder.path(), &arguments);
        (output.status.code(), out(&output))
    };
    let (status, said) = run("base", "neutral");
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("no change") && !said.contains("description"),
        "{said}"
    );
    assert_eq!(run("base", "low").0, Some(2));
    assert_eq!(run("low", "base").0, Some(2));
    assert_eq!(run("base", "undetermined").0, Some(3));
    assert_eq!(run("base", "unread").0, Some(4));
}

#[test]
fn what_cannot_be_asked_together_is_an_error_of_usage() {
    let folder = sides();
    for arguments in [
        &["--fail-on", "severe"][..],
        &["--against", "base"],
        &["--code", "low", "--against", "base", "--base", "HEAD"],
        &["--plan", "a", "--state", "b"],
        &["--live", "--snapshot", "a"],
        &["--snapshot", "a", "--base"],
    ] {
        let output = slgen(folder.path(), &[&["diff"], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            out(&output).is_empty() && !err(&output).is_empty(),
            "{arguments:?}"
        );
    }
}

fn exception(folder: &Path, rule: &str, scope: &str, expires: &str) {
    let path = folder.join("slgen.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let more = format!(
        "exceptions:\n  - {{ rule: {rule}, scope: {scope}, reason: agreed, owner: team@example.com, expires: {expires} }}"
    );
    std::fs::write(path, text.replacen("exceptions:", &more, 1)).unwrap();
}

/// The orders example with its timeout raised, which is low, and an exception.
fn excepted(rule: &str, scope: &str, expires: &str) -> tempfile::TempDir {
    let folder = repository();
    edit(
        folder.path(),
        "slgen.yaml",
        "timeout_s: 10\n",
        "timeout_s: 20\n",
    );
    assert!(slgen(folder.path(), &["generate"]).status.success());
    exception(folder.path(), rule, scope, expires);
    folder
}

fn today() -> String {
    let seconds = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    slgen::date::Date::from_unix(seconds).unwrap().to_string()
}

#[test]
fn an_exception_counts_by_rule_scope_and_day() {
    let day = today();
    let all = [
        "diff",
        "--base",
        "HEAD",
        "--fail-on",
        "low",
        "--format",
        "json",
    ];
    // Rule, scope, last day; ignored, state, exit status at `low`.
    for (rule, scope, expires, ignored, state, status) in [
        (
            "SLG-DIFF-004",
            "functions.create-order",
            "2099-01-01",
            1,
            "active",
            3,
        ),
        (
            "SLG-DIFF-004",
            "functions.create-order",
            day.as_str(),
            1,
            "expiring",
            3,
        ),
        (
            "SLG-DIFF-004",
            "functions.create-order",
            "2020-01-01",
            0,
            "expired",
            3,
        ),
        (
            "SLG-DIFF-004",
            "functions.fulfil-order",
            "2099-01-01",
            0,
            "stale",
            3,
        ),
        (
            "SLG-DIFF-005",
            "functions.create-order",
            "2099-01-01",
            0,
            "stale",
            3,
        ),
    ] {
        let folder = excepted(rule, scope, expires);
        let output = slgen(folder.path(), &all);
        let said: Value = serde_json::from_str(&out(&output)).unwrap();
        let errors = validators::diff_json(&said);
        assert!(errors.is_empty(), "{errors:#?}");
        assert_eq!(
            said["summary"]["ignored"], ignored,
            "{rule} {scope} {expires}\n{said:#}"
        );
        assert_eq!(said["exceptions"][0]["state"], state, "{said:#}");
        assert_eq!(said["exceptions"][0]["new"], true);
        assert!(said["exceptions"][0]["source"]["line"].as_u64().unwrap() > 1);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{rule} {scope} {expires}"
        );
        // The alarm that follows the timeout is another rule.
        let findings = said["findings"].as_array().unwrap();
        assert_eq!(
            findings
                .iter()
                .filter(|f| f["rule"] == "SLG-DIFF-004")
                .count(),
            1,
            "{said:#}"
        );
        if state == "expired" {
            let at = |level: &str| {
                let output = slgen(
                    folder.path(),
                    &["diff", "--base", "HEAD", "--fail-on", level],
                );
                output.status.code()
            };
            // An exception that is over is high.
            assert_eq!(
                ["high", "critical", "never"].map(at),
                [Some(3), Some(0), Some(0)]
            );
            let output = slgen(
                folder.path(),
                &["diff", "--base", "HEAD", "--format", "github"],
            );
            let annotations = validators::annotations(&out(&output)).unwrap();
            let over = annotations
                .iter()
                .find(|a| a.properties["title"] == "SLG-EXCEPTION-EXPIRED")
                .unwrap();
            assert_eq!(over.level, "error");
            assert_eq!(over.properties["file"], "slgen.yaml");
        }
    }
}

#[test]
fn exceptions_from_rules_of_diff_are_listed_and_judged_by_their_day() {
    let folder = repository();
    let path = folder.path();
    exception(path, "SLG-DIFF-004", "functions.create-order", "2099-01-01");
    exception(path, "SLG-DIFF-005", "functions.create-order", &today());
    let listed = |arguments: &[&str]| {
        let output = slgen(path, &[&["exceptions"], arguments].concat());
        (output.status.code(), out(&output))
    };
    let (status, said) = listed(&["--format", "json"]);
    assert_eq!(status, Some(0), "{said}");
    let document: Value = serde_json::from_str(&said).unwrap();
    assert!(
        validators::exceptions_json(&document).is_empty(),
        "{:#?}",
        validators::exceptions_json(&document)
    );
    let list = document["exceptions"].as_array().unwrap();
    let found: Vec<_> = list
        .iter()
        .map(|e| (e["rule"].as_str().unwrap(), e["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found[..2],
        [("SLG-DIFF-005", "expiring"), ("SLG-DIFF-004", "active")]
    );
    assert!(
        found.len() > 2
            && found[2..]
                .iter()
                .all(|(rule, _)| !rule.starts_with("SLG-DIFF"))
    );
    assert_eq!(list[0]["covers"], Value::Null);
    assert_eq!(list[2]["covers"], 1);
    // Only what ends soon.
    let (_, said) = listed(&["--within", "30d"]);
    assert!(
        said.contains("SLG-DIFF-005") && !said.contains("SLG-DIFF-004"),
        "{said}"
    );
    // Over: every command that judges says so, and so does the list.
    exception(path, "SLG-DIFF-101", "functions.create-order", "2020-01-01");
    let (status, said) = listed(&["--within", "0"]);
    assert_eq!(status, Some(3));
    assert!(said.contains("EXPIRED       SLG-DIFF-101"), "{said}");
    for command in ["validate", "generate"] {
        let output = slgen(path, &[command]);
        assert_eq!(output.status.code(), Some(3), "{}", err(&output));
        let said = err(&output);
        assert!(
            said.contains("SLG-EXCEPTION-EXPIRED") && said.contains("SLG-DIFF-101"),
            "{said}"
        );
    }
    git(path, &["checkout", "-q", "--", "slgen.yaml"]);
    exception(path, "SLG-DIFF-999", "functions.create-order", "2099-01-01");
    let output = slgen(path, &["validate"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        err(&output).contains("`slgen diff` has no rule \"SLG-DIFF-999\""),
        "{}",
        err(&output)
    );
}
