//! Access lines that end: what the generated policies allow on the last day and after it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use camino::Utf8PathBuf;
use serde_json::json;
use slgen::graph::hcl;
use slgen::iam::evaluate::{Outcome, identity};
use slgen::iam::{Context, Document, Permission, PolicyKind, Request, permissions};

use crate::example_files;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const ROLE: &str = "aws_iam_role.create_order";
const LAST_SECOND: &str = "2098-12-31T23:59:59Z";
const MIDNIGHT: &str = "2099-01-01T00:00:00Z";
const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/1";

/// The orders example, changed and generated.
fn generated(changes: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    example_files::lay_out("orders", folder.path());
    let file = Path::new(ROOT).join("examples/orders/slgen.yaml");
    let mut text = std::fs::read_to_string(file).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    std::fs::write(folder.path().join("slgen.yaml"), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder.path())
        .arg("generate")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    folder
}

/// What the role of `create-order` may do in dev, read from the Terraform.
fn held(folder: &Path) -> Vec<Permission> {
    let out = folder.join("infra/orders");
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&out).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|e| e == "tf") {
            let name = Utf8PathBuf::from(entry.file_name().into_string().unwrap());
            files.insert(name, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    let values = std::fs::read_to_string(out.join("environments/dev.tfvars")).unwrap();
    let graph = hcl::read(&files, &[("environments/dev.tfvars".into(), values)]).unwrap();
    let (all, unread) = permissions(&graph);
    assert_eq!(unread, []);
    all.into_iter()
        .filter(|p| p.holder == ROLE && p.kind == PolicyKind::Identity)
        .collect()
}

fn policy(permissions: &[Permission]) -> Document {
    let statements: Vec<_> = permissions
        .iter()
        .map(|p| {
            let mut statement =
                json!({ "Effect": p.effect, "Action": p.action, "Resource": p.resource });
            if !p.conditions.is_empty() {
                statement["Condition"] = json!(p.conditions);
            }
            statement
        })
        .collect();
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    let text = document.to_string();
    Document::parse(&text.replace("<aws_kms_key.stack.arn>", KEY)).unwrap()
}

/// Which of the actions are allowed at a time, each asked as its own statement describes it.
fn allowed(permissions: &[Permission], time: &str) -> BTreeSet<String> {
    let policy = policy(permissions);
    let allowed = permissions.iter().filter(|p| {
        let mut context = Context::new().with("aws:CurrentTime", time);
        for keys in p.conditions.values() {
            for (key, values) in keys.iter().filter(|(key, _)| *key != "aws:CurrentTime") {
                context.set(key, values.iter().take(1));
            }
        }
        let request = Request {
            caller: None,
            action: p.action.clone(),
            resource: p.resource.replace("<aws_kms_key.stack.arn>", KEY),
            context,
        };
        match identity(std::slice::from_ref(&policy), None, &request) {
            Outcome::Allowed => true,
            Outcome::ImplicitlyDenied => false,
            other => panic!("{p:?}: {other:?}"),
        }
    });
    allowed
        .map(|p| {
            let via = p.conditions.values().find_map(|k| k.get("kms:ViaService"));
            let via = via.and_then(|hosts| hosts.first());
            let host = via.map_or(String::new(), |h| format!(" via {h}"));
            format!("{}{host}", p.action)
        })
        .collect()
}

/// What ends with the last day.
fn ends(permissions: &[Permission]) -> Vec<String> {
    let before = allowed(permissions, LAST_SECOND);
    let after = allowed(permissions, MIDNIGHT);
    assert!(after.is_subset(&before));
    let all: BTreeSet<_> = permissions.iter().map(|p| &p.action).collect();
    assert!(all.len() > 5);
    before.difference(&after).cloned().collect()
}

const QUEUE: &str = "- { to: jobs, allow: [SendMessage] }";
const TABLE: &str = "- { to: orders-table, allow: [PutItem, GetItem] }";

#[test]
fn without_an_end_nothing_ends() {
    let folder = generated(&[]);
    let held = held(folder.path());
    assert!(ends(&held).is_empty());
    assert!(allowed(&held, MIDNIGHT).contains("sqs:SendMessage"));
}

#[test]
fn a_line_ends_with_what_it_alone_needs() {
    let ending = QUEUE.replace(" }", ", until: 2098-12-31 }");
    let folder = generated(&[(QUEUE, &ending)]);
    assert_eq!(
        ends(&held(folder.path())),
        [
            "kms:Decrypt via sqs.eu-west-1.amazonaws.com",
            "kms:GenerateDataKey via sqs.eu-west-1.amazonaws.com",
            "sqs:SendMessage"
        ]
    );
    let read = |file: &str| {
        let path = folder.path().join("infra/orders").join(file);
        std::fs::read_to_string(path).unwrap()
    };
    let policy = read("fn_create_order.tf");
    assert!(policy.contains("DateLessThan = {"), "{policy}");
    assert!(policy.contains(r#""aws:CurrentTime" = "2099-01-01T00:00:00Z""#));
    let why = "SendMessage on jobs, until 2098-12-31 (/functions/create-order/access/2/allow/0)";
    let ledger = read("PERMISSIONS.md");
    let line = ledger.lines().find(|l| l.contains(why)).unwrap();
    assert!(
        line.contains("DateLessThan aws:CurrentTime = 2099-01-01T00:00:00Z"),
        "{line}"
    );
    let recorded = read("permissions.json");
    assert!(recorded.contains(r#""reason": "SendMessage on jobs, until 2098-12-31""#));
    assert!(recorded.contains(r#""2099-01-01T00:00:00Z""#));
}

#[test]
fn what_another_line_needs_stays() {
    let ending = TABLE.replace(" }", ", until: 2098-12-31 }");
    let folder = generated(&[(TABLE, &ending)]);
    // The line on the index needs the key for reading, and stays.
    assert_eq!(
        ends(&held(folder.path())),
        [
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "kms:Encrypt via dynamodb.eu-west-1.amazonaws.com",
            "kms:GenerateDataKey via dynamodb.eu-west-1.amazonaws.com",
        ]
    );

    // Both statements stand, and what one allows is allowed.
    let both = format!("{ending}\n      - {{ to: orders-table, allow: [GetItem] }}");
    let folder = generated(&[(TABLE, &both)]);
    let held = held(folder.path());
    assert!(!ends(&held).contains(&"dynamodb:GetItem".to_owned()));
    assert!(ends(&held).contains(&"dynamodb:PutItem".to_owned()));
    assert_eq!(
        held.iter()
            .filter(|p| p.action == "dynamodb:GetItem")
            .count(),
        2
    );
}

#[test]
fn a_raw_statement_and_a_call_of_a_sibling_end() {
    let lines = "      - { to: functions.nightly-report, allow: [invoke], until: 2098-12-31 }
      - raw: { actions: [\"s3:GetObject\"], resources: [\"arn:aws:s3:::acme-catalogue/x\"], conditions: { Bool: { \"aws:SecureTransport\": [\"true\"] } } }
        reason: the catalogue has no manifest yet
        until: 2098-12-31";
    let folder = generated(&[(QUEUE, &format!("{QUEUE}\n{lines}"))]);
    assert_eq!(
        ends(&held(folder.path())),
        ["lambda:InvokeFunction", "s3:GetObject"]
    );
}
