//! `tests/data/new-access.json`: what a change of identity policies newly allows. `old` and `new` are statements of the
//! current version of the language, or a whole document; `witness` is one request that shows it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use slgen::iam::evaluate::{Outcome, identity};
use slgen::iam::{Document, Grants, Request, Verdict, new_access};

struct Case {
    id: String,
    expected: String,
    old: Document,
    new: Document,
    witness: Option<Request>,
}

fn document(value: &Value) -> Document {
    let whole = if value.get("Version").is_some() {
        value.clone()
    } else {
        json!({"Version": "2012-10-17", "Statement": value})
    };
    Document::from_value(&whole).unwrap()
}

fn request(value: &Value) -> Request {
    let text = |name: &str| value[name].as_str().unwrap().to_owned();
    let mut request = Request {
        action: text("action"),
        resource: text("resource"),
        ..Request::default()
    };
    for (key, value) in value["context"].as_object().unwrap() {
        request.context.set(key, [value.as_str().unwrap()]);
    }
    request
}

fn cases() -> Vec<Case> {
    let all: Vec<Value> = serde_json::from_str(include_str!("../data/new-access.json")).unwrap();
    all.iter()
        .map(|case| Case {
            id: case["id"].as_str().unwrap().to_owned(),
            expected: case["expected"].as_str().unwrap().to_owned(),
            old: document(&case["old"]),
            new: document(&case["new"]),
            witness: case.get("witness").map(request),
        })
        .collect()
}

fn shows(case: &Case, witness: &Request) -> bool {
    let outcome = |policy: &Document| identity(std::slice::from_ref(policy), None, witness);
    outcome(&case.new) == Outcome::Allowed
        && matches!(
            outcome(&case.old),
            Outcome::ImplicitlyDenied | Outcome::ExplicitlyDenied
        )
}

#[test]
fn every_case_is_answered_as_expected() {
    let cases = cases();
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!((cases.len(), ids.len()), (69, 69));
    let mut wrong = Vec::new();
    for case in &cases {
        let verdict = new_access(
            &Grants::of([case.old.clone()]),
            &Grants::of([case.new.clone()]),
        );
        let right = match &verdict {
            Verdict::Yes(witness) => case.expected == "yes" && shows(case, witness),
            Verdict::No => case.expected == "no",
            Verdict::Unknown(_) => case.expected == "unknown",
        };
        if !right {
            wrong.push(format!("{}: {} not {verdict:?}", case.id, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The cases themselves: the evaluator confirms the request that each names.
#[test]
fn every_named_request_shows_new_access() {
    let mut confirmed = 0;
    for case in cases() {
        assert_eq!(
            case.witness.is_some(),
            case.expected == "yes",
            "{}",
            case.id
        );
        if let Some(witness) = &case.witness {
            assert!(shows(&case, witness), "{}", case.id);
            confirmed += 1;
        }
    }
    assert!(confirmed > 30, "{confirmed}");
}

/// Nothing is new in what is the same, and everything is against nothing.
#[test]
fn against_itself_and_against_nothing() {
    for case in cases() {
        for policy in [&case.old, &case.new] {
            let grants = Grants::of([policy.clone()]);
            assert_eq!(new_access(&grants, &grants), Verdict::No, "{}", case.id);
            assert_eq!(new_access(&grants, &Grants::default()), Verdict::No);
        }
    }
}
