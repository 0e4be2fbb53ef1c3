//! `slgen snapshot` against a service that gives prepared answers: what is said when the account cannot be read.
#![cfg(feature = "live")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints its figures"
)]

mod failures;
mod recorded;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use slgen::live::aws::snapshot::Snapshot;

const SECRET: &str = "canary-secret-key";

/// Status and body for a request.
type Answer = fn(&str) -> (u16, String);

struct Fake {
    endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// Answers each request until the process ends.
fn fake(answer: Answer) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = asked.clone();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|n| n > 2) {}
            let length = head
                .lines()
                .find_map(|l| {
                    l.to_ascii_lowercase()
                        .strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0_usize);
            let mut sent = vec![0; length];
            let _ = reader.read_exact(&mut sent);
            let request = head + &String::from_utf8_lossy(&sent);
            let (status, body) = answer(&request);
            kept.lock().unwrap().push(request);
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = reader.get_mut().write_all((head + &body).as_bytes());
        }
    });
    Fake { endpoint, asked }
}

fn snapshot(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    slgen(folder, environment, &[&["snapshot"], arguments].concat())
}

fn slgen(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/orders"))
        .args(arguments)
        .env_clear()
        .env("HOME", folder)
        .env("NO_COLOR", "1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn with_keys(fake: &Fake) -> [(&str, &str); 3] {
    [
        ("AWS_ENDPOINT_URL", fake.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ]
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    assert!(!text.contains(SECRET), "{text}");
    text
}

fn identity(account: &str) -> (u16, String) {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:sts::{account}:assumed-role/reader/x</Arn><UserId>A:x</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    (200, body)
}

fn error(code: &str) -> (u16, String) {
    (
        403,
        format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
        ),
    )
}

#[test]
fn without_credentials_the_chain_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = snapshot(folder.path(), &[], &["-e", "dev"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    for part in [
        "SLG-LIVE-001",
        "no AWS credentials",
        "AWS_ACCESS_KEY_ID",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "instance's role",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(output.stdout.is_empty());
}

#[test]
fn another_account_is_one_error_and_nothing_is_read() {
    let fake = fake(|_| identity("999999999999"));
    let folder = tempfile::tempdir().unwrap();
    let output = snapshot(folder.path(), &with_keys(&fake), &["-e", "dev"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("account is 111111111111, and the credentials are of 999999999999"),
        "{said}"
    );
    assert_eq!(said.matches("error[").count(), 1, "{said}");
    assert_eq!(fake.asked.lock().unwrap().len(), 1);
}

#[test]
fn credentials_that_sts_refuses_are_said_so() {
    let fake = fake(|_| error("ExpiredToken"));
    let folder = tempfile::tempdir().unwrap();
    let output = snapshot(folder.path(), &with_keys(&fake), &["-e", "dev"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("sts:GetCallerIdentity") && said.contains("ExpiredToken"),
        "{said}"
    );
}

#[test]
fn credentials_that_end_while_reading_leave_no_file() {
    let fake = fake(|request| {
        if request.contains("GetCallerIdentity") {
            identity("111111111111")
        } else {
            error("ExpiredToken")
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("live.json");
    let output = snapshot(
        folder.path(),
        &with_keys(&fake),
        &["-e", "dev", "--output", file.to_str().unwrap()],
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("does not accept the credentials: ExpiredToken"),
        "{said}"
    );
    assert!(!file.exists());
}

#[test]
fn what_is_denied_is_not_checked_and_never_absent() {
    let fake = fake(|request| {
        if request.contains("GetCallerIdentity") {
            identity("111111111111")
        } else {
            error("AccessDenied")
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("live.json");
    let output = snapshot(
        folder.path(),
        &with_keys(&fake),
        &[
            "-e",
            "dev",
            "--at",
            "2026-11-24",
            "--output",
            file.to_str().unwrap(),
        ],
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("not checked: function of orders-dev-create-order: access denied, lambda:GetFunctionConfiguration is missing"), "{said}");
    let snapshot = Snapshot::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert!(snapshot.live.graph.resources.is_empty());
    assert!(snapshot.live.not_checked.len() > 20);
    assert_eq!(
        (
            snapshot.environment.as_str(),
            snapshot.taken.to_string().as_str()
        ),
        ("dev", "2026-11-24")
    );
}

/// An account of ours in which nothing exists. Every service has its own way to say so; lists are empty.
fn nothing(request: &str) -> (u16, String) {
    let head = request.lines().next().unwrap_or("").to_owned();
    let lower = request.to_ascii_lowercase();
    if request.contains("GetCallerIdentity") {
        identity("111111111111")
    } else if lower.contains("x-amz-target: amazonsqs") {
        (
            400,
            r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#.to_owned(),
        )
    } else if lower.contains("x-amz-target: amazonec2containerregistry") {
        (
            400,
            r#"{"__type":"RepositoryNotFoundException"}"#.to_owned(),
        )
    } else if lower.contains("x-amz-target: trentservice") {
        (400, r#"{"__type":"NotFoundException"}"#.to_owned())
    } else if lower.contains("x-amz-target: logs_") || lower.contains("x-amz-target: awsevents") {
        (200, "{}".to_owned())
    } else if lower.contains("x-amz-target: ") {
        (400, r#"{"__type":"ResourceNotFoundException"}"#.to_owned())
    } else if request.contains("Action=DescribeAlarms") {
        (
            200,
            "<R><DescribeAlarmsResult><MetricAlarms/></DescribeAlarmsResult></R>".to_owned(),
        )
    } else if request.contains("Action=GetTopicAttributes") {
        error("NotFound")
    } else if request.contains("Action=") {
        error("NoSuchEntity")
    } else if head.contains("?versioning") {
        (404, "<Error><Code>NoSuchBucket</Code></Error>".to_owned())
    } else if head.contains("/functions/") {
        (404, r#"{"__type":"ResourceNotFoundException"}"#.to_owned())
    } else {
        (200, "{}".to_owned())
    }
}

#[test]
fn where_nothing_exists_everything_was_checked() {
    let fake = fake(nothing);
    let folder = tempfile::tempdir().unwrap();
    let output = snapshot(
        folder.path(),
        &with_keys(&fake),
        &["-e", "dev", "--at", "2026-11-24"],
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let snapshot = Snapshot::parse(&text(&output.stdout)).unwrap();
    assert!(snapshot.live.graph.resources.is_empty() && snapshot.live.not_checked.is_empty());
    let asked = fake.asked.lock().unwrap();
    assert!(asked.len() > 20, "{}", asked.len());
    for request in asked.iter() {
        assert!(
            request.starts_with("GET ") || request.starts_with("POST / "),
            "{request}"
        );
    }
}

#[test]
fn the_environment_must_be_clear() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&[][..], &["-e", "staging"]] {
        let output = snapshot(folder.path(), &[], arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("--env: dev, prod"), "{said}");
    }
}
