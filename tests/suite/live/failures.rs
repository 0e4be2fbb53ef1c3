//! `slgen diff --live` where the account cannot be asked, or not in full: its message and its exit status.

use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;
use slgen::live::aws::snapshot::Snapshot;

use super::{Answer, error, fake, identity, nothing, slgen, snapshot, text, with_keys};

fn diff(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let arguments = [&["diff", "--live", "-e", "dev"], arguments].concat();
    slgen(folder, environment, &arguments)
}

/// Asks an account that answers so; exit status, standard output and standard error.
fn asked(answer: Answer, arguments: &[&str]) -> (Option<i32>, String, String) {
    let fake = fake(answer);
    let folder = tempfile::tempdir().unwrap();
    let output = diff(folder.path(), &with_keys(&fake), arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output.status.code(), out, err)
}

#[test]
fn without_an_account_nothing_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let output = diff(folder.path(), &[], &[]);
    let none = (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    );
    let expired = asked(|_| error("ExpiredToken"), &[]);
    let ended = |request: &str| {
        if request.contains("GetCallerIdentity") {
            identity("111111111111")
        } else {
            error("ExpiredToken")
        }
    };
    let ended = asked(ended, &[]);
    let other = asked(|_| identity("999999999999"), &[]);
    for ((status, out, err), said) in [
        (none, "no AWS credentials"),
        (expired, "sts:GetCallerIdentity: "),
        (ended, "AWS does not accept the credentials: ExpiredToken"),
        (
            other,
            "account is 111111111111, and the credentials are of 999999999999: nothing was read",
        ),
    ] {
        assert_eq!(status, Some(4), "{err}");
        assert!(
            err.contains("SLG-DIFF-INCOMPLETE") && err.contains(said),
            "{err}"
        );
        assert_eq!(err.matches("error[").count(), 1, "{err}");
        assert_eq!(out, "");
    }
}

fn denied(request: &str) -> (u16, String) {
    if request.contains("GetCallerIdentity") {
        identity("111111111111")
    } else {
        error("AccessDenied")
    }
}

#[test]
fn what_is_denied_is_listed_and_no_finding() {
    let (status, out, err) = asked(denied, &["--format", "json"]);
    assert_eq!(status, Some(4), "{err}");
    let report: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]));
    let not = report["not_checked"].as_array().unwrap();
    assert!(not.len() > 20, "{not:?}");
    let role = not.iter().find(|n| n["check"] == "role").unwrap();
    assert_eq!(role["action"], "iam:GetRole");
    let (status, out, _) = asked(denied, &[]);
    assert_eq!(status, Some(4));
    assert!(out.contains("iam:GetRole is missing"), "{out}");
    // It does not count as a difference, nor as none.
    let (status, ..) = asked(denied, &["--detailed-exitcode", "--fail-on", "low"]);
    assert_eq!(status, Some(4));
}

static THROTTLED: AtomicUsize = AtomicUsize::new(0);

#[test]
fn throttling_is_waited_out() {
    // The first three requests after the identity: of one call, then of the next.
    let fake = fake(|request| {
        let asks = request.contains("GetCallerIdentity");
        if !asks && THROTTLED.fetch_add(1, Ordering::Relaxed) < 3 {
            let code = r#"{"__type":"TooManyRequestsException"}"#;
            return (429, code.to_owned());
        }
        nothing(request)
    });
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["-e", "dev", "--at", "2026-11-24"];
    let output = snapshot(folder.path(), &with_keys(&fake), &arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let asked = fake.asked.lock().unwrap();
    let first = asked[1].lines().next().unwrap();
    let again = asked.iter().filter(|r| r.lines().next() == Some(first));
    assert_eq!(again.count(), 4, "{first}");
}

const FUNCTION: &str = "/functions/orders-dev-create-order/";

fn with_pages(request: &str) -> (u16, String) {
    let line = request.lines().next().unwrap_or("");
    if line.contains(&format!("{FUNCTION}configuration")) {
        let function = r#"{"FunctionName":"orders-dev-create-order","PackageType":"Image",
            "FunctionArn":"arn:aws:lambda:eu-west-1:111111111111:function:orders-dev-create-order",
            "Role":"arn:aws:iam::111111111111:role/orders-dev-create-order"}"#;
        return (200, function.to_owned());
    }
    if line.contains(&format!("{FUNCTION}aliases")) {
        let alias = |name: &str, more: &str| {
            let arn = "arn:aws:lambda:eu-west-1:111111111111:function:orders-dev-create-order";
            let alias =
                format!(r#""Name":"{name}","AliasArn":"{arn}:{name}","FunctionVersion":"1""#);
            (200, format!(r#"{{"Aliases":[{{{alias}}}]{more}}}"#))
        };
        return if line.contains("Marker=second") {
            alias("backdoor", "")
        } else {
            alias("live", r#","NextMarker":"second""#)
        };
    }
    if request.contains("Action=GetRole&") && request.contains("orders-dev-create-order") {
        let role = "<RoleName>orders-dev-create-order</RoleName>";
        let answer = format!("<R><GetRoleResult><Role>{role}</Role></GetRoleResult></R>");
        return (200, answer);
    }
    if request.contains("Action=ListRolePolicies&") && request.contains("orders-dev-create-order") {
        let (name, more) = if request.contains("Marker=second") {
            ("hidden", "<IsTruncated>false</IsTruncated>")
        } else {
            (
                "first",
                "<IsTruncated>true</IsTruncated><Marker>second</Marker>",
            )
        };
        let names = format!("<PolicyNames><member>{name}</member></PolicyNames>{more}");
        let answer = format!("<R><ListRolePoliciesResult>{names}</ListRolePoliciesResult></R>");
        return (200, answer);
    }
    if request.contains("Action=GetRolePolicy&") {
        let policy = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
        let result = format!("<PolicyDocument>{policy}</PolicyDocument>");
        let answer = format!("<R><GetRolePolicyResult>{result}</GetRolePolicyResult></R>");
        return (200, answer);
    }
    nothing(request)
}

#[test]
fn what_stands_on_a_second_page_is_seen() {
    let (_, out, err) = asked(with_pages, &["--format", "json"]);
    let report: Json = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let found = report["findings"].as_array().unwrap();
    let told = |rule: &str, address: &str| {
        let is = |f: &&Json| f["rule"] == rule && f["address"] == address;
        found.iter().filter(is).count()
    };
    let alias = r#"aws_lambda_alias.live["orders-dev-create-order/backdoor"]"#;
    assert_eq!(told("SLG-DIFF-041", alias), 1, "{found:#?}");
    assert_eq!(
        told("SLG-DIFF-101", "aws_iam_role.create_order"),
        1,
        "{found:#?}"
    );
    assert_eq!(report["not_checked"], serde_json::json!([]));
}

#[test]
fn a_list_whose_second_page_is_denied_was_not_checked() {
    let fake = fake(|request| {
        if request
            .lines()
            .next()
            .unwrap_or("")
            .contains("Marker=second")
        {
            return (403, r#"{"__type":"AccessDeniedException"}"#.to_owned());
        }
        with_pages(request)
    });
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["-e", "dev", "--at", "2026-11-24"];
    let output = snapshot(folder.path(), &with_keys(&fake), &arguments);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    let snapshot = Snapshot::parse(&text(&output.stdout)).unwrap();
    let not: Vec<String> = snapshot
        .live
        .not_checked
        .iter()
        .map(ToString::to_string)
        .collect();
    let alias = "alias of orders-dev-create-order: access denied, lambda:ListAliases is missing";
    assert_eq!(not, [alias]);
    let graph = &snapshot.live.graph;
    assert_eq!(graph.of_type("aws_lambda_alias").count(), 0);
}
