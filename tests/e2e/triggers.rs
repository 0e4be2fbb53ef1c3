//! A small stack of each kind of trigger, as it is generated: formatted, valid, nothing found, applied, nothing left.

use crate::stack::Stack;
use crate::{installed, text};

const ACCOUNT: &str = "111111111111";

/// What the manifests take to exist already.
const PREPARE: &str = r#"
import boto3
boto3.client("kinesis").create_stream(StreamName="company-events", ShardCount=1)
boto3.client("sns").create_topic(Name="company-notices")
boto3.client("events").create_event_bus(Name="shop")
"#;

fn applied_and_scanned(kind: &'static str) {
    let stack = Stack::generate(kind, "dev", ACCOUNT);
    let prepared = stack
        .moto
        .command(installed("moto", "python"), &stack.project())
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .args(["-c", PREPARE])
        .output()
        .unwrap();
    assert!(prepared.status.success(), "{}", text(&prepared));
    stack.scan();
    stack.apply();
}

#[test]
fn streams_are_applied_and_scanned() {
    applied_and_scanned("stream");
}

#[test]
fn topics_are_applied_and_scanned() {
    applied_and_scanned("topic");
}

#[test]
fn objects_are_applied_and_scanned() {
    applied_and_scanned("object");
}

#[test]
fn events_are_applied_and_scanned() {
    applied_and_scanned("event");
}

#[test]
fn signed_routes_are_applied_and_scanned() {
    applied_and_scanned("signed");
}

#[test]
fn urls_are_applied_and_scanned() {
    applied_and_scanned("url");
}
