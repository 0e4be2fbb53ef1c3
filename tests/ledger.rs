//! The whole ledger of both examples, stated line by line: a permission more or less is a failed
//! test. That the rendered policies say the same is the first invariant, held at every run.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/example.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod example_files;

use std::fs;
use std::path::Path;

use serde_json::Value;
use slgen::catalog::aws::iam;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

struct Line {
    holder: String,
    policy: String,
    deny: bool,
    principal: String,
    action: String,
    resource: Option<String>,
    conditions: Vec<String>,
}

fn ledger(example: &str) -> Vec<Line> {
    let file = format!("examples/{example}/infra/orders/permissions.json");
    lines(&fs::read_to_string(Path::new(ROOT).join(file)).unwrap())
}

fn lines(permissions: &str) -> Vec<Line> {
    let document: Value = serde_json::from_str(permissions).unwrap();
    let lines = document["permissions"].as_array().unwrap().iter();
    lines.map(line).collect()
}

fn line(line: &Value) -> Line {
    let part = |key: &str| line[key].as_str().unwrap().to_owned();
    let conditions = line["conditions"].as_array().unwrap().iter();
    Line {
        holder: part("holder"),
        policy: part("policy"),
        deny: part("effect") == "Deny",
        principal: part("principal"),
        action: part("action"),
        resource: line["resource"].as_str().map(str::to_owned),
        conditions: conditions
            .map(|c| {
                let values = c["values"].as_array().unwrap().iter();
                let values: Vec<&str> = values.map(|v| v.as_str().unwrap()).collect();
                let (operator, key) = (c["operator"].as_str().unwrap(), c["key"].as_str().unwrap());
                format!("{operator} {key}={}", values.join("|"))
            })
            .collect(),
    }
}

impl Line {
    fn text(&self) -> String {
        let Self {
            holder,
            policy,
            principal,
            action,
            ..
        } = self;
        let effect = if self.deny { "DENY " } else { "" };
        let by = match policy.as_str() {
            "identity" => String::new(),
            _ => format!(" by {principal}"),
        };
        let on = self
            .resource
            .as_ref()
            .map_or(String::new(), |r| format!(" on {r}"));
        let when = match self.conditions.as_slice() {
            [] => String::new(),
            conditions => format!(" if {}", conditions.join(", ")),
        };
        format!("{holder} {policy}: {effect}{action}{on}{by}{when}")
    }
}

#[test]
fn the_ledger_is_exactly_this() {
    for example in ["orders", "compact"] {
        let mut lines: Vec<String> = ledger(example).iter().map(Line::text).collect();
        lines.sort();
        let text = lines.join("\n") + "\n";
        let path = Path::new(ROOT).join(format!("tests/expected/{example}.ledger.txt"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text, expected,
            "{example}: UPDATE=1 cargo test --test ledger"
        );
    }
}

/// The same of each kind of trigger that a folder of `tests/triggers` shows, stated in its `ledger.txt`.
#[test]
fn the_ledger_of_each_trigger_is_exactly_this() {
    for kind in triggers() {
        let from = Path::new(ROOT).join("tests/triggers").join(&kind);
        let folder = tempfile::tempdir().unwrap();
        example_files::copy(&from, folder.path());
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(folder.path())
            .arg("generate")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{kind}: {told}");
        let file = folder.path().join("infra/orders/permissions.json");
        let lines = lines(&fs::read_to_string(file).unwrap());
        lines.iter().for_each(is_exact);
        let mut lines: Vec<String> = lines.iter().map(Line::text).collect();
        lines.sort();
        let text = lines.join("\n") + "\n";
        let path = from.join("ledger.txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, expected, "{kind}: UPDATE=1 cargo test --test ledger");
    }
}

fn triggers() -> Vec<String> {
    let folders = fs::read_dir(Path::new(ROOT).join("tests/triggers")).unwrap();
    let mut kinds: Vec<String> = folders
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    kinds.sort();
    assert!(kinds.len() >= 3);
    kinds
}

/// Wildcards only where they narrow, or where the service knows nothing narrower.
#[test]
fn what_is_allowed_is_exact() {
    for line in ["orders", "compact"].iter().flat_map(|e| ledger(e)) {
        is_exact(&line);
    }
}

fn is_exact(line: &Line) {
    if line.deny {
        return;
    }
    let text = line.text();
    // The account's own IAM policies decide about the key (KMS developer guide, "Default key policy").
    let delegation =
        line.holder == "aws_kms_key.stack" && line.principal == "arn:aws:iam::{account}:root";
    assert!(delegation || !line.action.contains(['*', '?']), "{text}");
    assert_ne!(line.principal, "*", "{text}");
    if line.policy == "identity" && line.resource.as_deref() == Some("*") {
        let scoped = iam::supports_resource_level(&line.action);
        assert_eq!(scoped, Some(false), "{text}");
    }
    // A service that acts for anyone must say for whom; Lambda's own trust cannot.
    let services = line.policy != "identity" && !line.principal.starts_with("arn:");
    let own_trust = line.policy == "trust" && line.principal == "lambda.amazonaws.com";
    if services && !own_trust {
        let bound = line
            .conditions
            .iter()
            .any(|c| c.contains("aws:SourceArn") || c.contains("aws:logs:arn"));
        assert!(bound, "{text}");
    }
}
