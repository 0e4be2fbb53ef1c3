//! A service that was only ever answered for: written by `init` and `add`, applied as it is.

use crate::stack::Stack;
use crate::{example_files, slgen, text};

/// The answers; names are those of the compact example, whose handlers and account are used.
const ANSWERS: [&[&str]; 6] = [
    &[
        "init",
        "--service=orders",
        "--first-environment=prod",
        "--account=222222222222",
        "--email=oncall@example.com",
        "--name=api",
        "--trigger=http",
        "--route=GET /orders/{id}",
        "--auth=jwt",
        "--issuer=https://login.example.com/",
    ],
    &[
        "add",
        "resource",
        "--name=orders",
        "--type=dynamodb_table",
        "--existing=orders",
    ],
    &[
        "add",
        "resource",
        "--name=jobs",
        "--type=sqs_queue",
        "--existing=jobs",
    ],
    &[
        "add",
        "access",
        "--function=api",
        "--to=orders",
        "--allow=GetItem",
    ],
    &[
        "add",
        "function",
        "--name=worker",
        "--trigger=queue",
        "--queue=jobs",
        "--schema=schemas/job.json",
        "--to=orders",
        "--allow=PutItem",
    ],
    &[
        "add",
        "function",
        "--name=nightly",
        "--trigger=schedule",
        "--schedule=rate(1 day)",
    ],
];

#[test]
fn what_was_answered_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    example_files::lay_out("compact", folder.path());
    for answers in ANSWERS {
        let output = slgen(folder.path(), answers);
        assert!(output.status.success(), "{}", text(&output));
    }
    let manifest = std::fs::read_to_string(folder.path().join("slgen.yaml")).unwrap();
    let stack = Stack::of("compact", "prod", "222222222222", Some(&manifest));
    stack.apply();
}
