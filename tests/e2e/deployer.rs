//! The life of a stack (made, changed, taken down) as calls to AWS, held against what is recorded in
//! `tests/deployer/requests.json`. The policies are checked with that recording by `tests/suite/deployer.rs`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::ROOT;
use crate::calls::{Call, Reader};
use crate::stack::Stack;
use crate::update;

/// The phases in their order.
const PHASES: [&str; 3] = ["apply", "update", "destroy"];

/// Updates and destroys an applied stack, and shows that its calls are those that are recorded.
pub(crate) fn update_and_destroy(stack: &Stack) {
    let manifest = std::fs::read_to_string(stack.project().join("slgen.yaml")).unwrap();
    stack.update(&update::updated(&manifest));
    stack.destroy();
    let mut reader = Reader::new("222222222222", "eu-west-1", stack.renamed());
    let called: Vec<(&str, BTreeSet<Call>)> = PHASES
        .into_iter()
        .map(|phase| (phase, reader.read(&stack.log(phase))))
        .collect();
    let path = Path::new(ROOT).join("tests/deployer/requests.json");
    let text = written(&called);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let recorded = std::fs::read_to_string(&path).unwrap();
    let lines = |text: &str| -> BTreeSet<String> {
        let lines = text
            .lines()
            .map(|line| line.trim_end_matches(',').to_owned());
        lines.collect()
    };
    let (recorded, called) = (lines(&recorded), lines(&text));
    let new: Vec<_> = called.difference(&recorded).collect();
    let gone: Vec<_> = recorded.difference(&called).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "the calls are not those recorded (UPDATE=1 records them)\nnew: {new:#?}\ngone: {gone:#?}"
    );
}

/// One request a line, by phase.
fn written(called: &[(&str, BTreeSet<Call>)]) -> String {
    let phases: Vec<String> = called
        .iter()
        .map(|(phase, calls)| {
            let calls: Vec<String> = calls
                .iter()
                .map(|call| format!("    {}", call.to_value()))
                .collect();
            format!("  {}: [\n{}\n  ]", json!(phase), calls.join(",\n"))
        })
        .collect();
    let text = format!("{{\n{}\n}}\n", phases.join(",\n"));
    let read: Result<Value, _> = serde_json::from_str(&text);
    assert!(read.is_ok(), "{read:?}");
    text
}
