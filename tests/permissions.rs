//! `slgen permissions` as it is called.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

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
    assert_eq!(slgen(files.path(), &[]).status.code(), Some(1));
}
