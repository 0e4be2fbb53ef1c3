//! The whole ledger of both examples and of each kind of trigger, stated line by line: a permission more or less is a failed
//! test. That the rendered policies say the same is the first invariant, held at every run.

use std::fs;
use std::path::Path;

use serde_json::Value;
use slgen::catalog::aws::iam;

use crate::trigger;

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

/// What the test is about: the examples, whose trees stand in the repository, and a stack of each kind of trigger.
fn subjects() -> Vec<String> {
    let triggers = fs::read_dir(Path::new(ROOT).join("tests/triggers")).unwrap();
    let mut triggers: Vec<String> = triggers
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    triggers.sort();
    assert!(triggers.len() >= 2, "{triggers:?}");
    let examples = ["orders", "compact"].map(str::to_owned);
    examples.into_iter().chain(triggers).collect()
}

fn ledger(subject: &str) -> Vec<Line> {
    let example = Path::new(ROOT).join(format!("examples/{subject}/infra/orders/permissions.json"));
    let text = fs::read_to_string(example).unwrap_or_else(|_| generated(subject));
    let document: Value = serde_json::from_str(&text).unwrap();
    let lines = document["permissions"].as_array().unwrap().iter();
    lines.map(line).collect()
}

/// The ledger of a kind of trigger, generated.
fn generated(trigger: &str) -> String {
    let folder = trigger::generated(trigger);
    let out = fs::read_dir(folder.path().join("infra")).unwrap().next();
    let out = out.unwrap().unwrap().path();
    fs::read_to_string(out.join("permissions.json")).unwrap()
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
    for example in subjects() {
        let mut lines: Vec<String> = ledger(&example).iter().map(Line::text).collect();
        lines.sort();
        let text = lines.join("\n") + "\n";
        let path = Path::new(ROOT).join(format!("tests/expected/{example}.ledger.txt"));
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text, expected,
            "{example}: UPDATE=1 cargo test --test suite ledger::"
        );
    }
}

/// Wildcards only where they narrow, or where the service knows nothing narrower.
#[test]
fn what_is_allowed_is_exact() {
    for lines in subjects().iter().map(|e| ledger(e)) {
        exact(&lines);
    }
}

fn exact(lines: &[Line]) {
    for line in lines.iter().filter(|line| !line.deny) {
        let text = line.text();
        // The account's own IAM policies decide about the key (KMS developer guide, "Default key policy").
        let delegation =
            line.holder == "aws_kms_key.stack" && line.principal == "arn:aws:iam::{account}:root";
        assert!(delegation || !line.action.contains(['*', '?']), "{text}");
        assert_ne!(line.principal, "*", "{text}");
        if line.policy == "identity" && line.resource.as_deref() == Some("*") {
            let scoped = iam::supports_resource_level(&line.action);
            // Lambda takes no less of a function in a VPC; its code is refused the same.
            let kept_from_code = lines.iter().any(|other| {
                other.deny && other.holder == line.holder && other.action == line.action
            });
            let attaches = iam::wildcard_reason(&line.action).is_some() && kept_from_code;
            assert!(scoped == Some(false) || attaches, "{text}");
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
}
