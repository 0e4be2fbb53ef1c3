//! Time of a new-access decision as a multiple of the time to parse the two documents.
//!
//! `cargo bench --bench new_access`. The documents are the largest that IAM takes as managed policies: 6,144 characters in
//! 40 statements. Best of many rounds; no harness, since the figure is a ratio.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use slgen::iam::{Document, Grants, Verdict, new_access};

const STATEMENTS: usize = 40;
const CHARACTERS: usize = 6_144;

/// The name that stands in each resource, the same in both documents.
const NAME: &str = "some-name";

/// A document of 40 statements, filled up to the quota by the `Sid` of each.
fn largest(statement: impl Fn(usize, &str) -> Value) -> String {
    let build = |length: usize| -> String {
        let statements: Vec<Value> = (0..STATEMENTS)
            .map(|i| {
                let mut statement = statement(i, NAME);
                statement["Sid"] = json!(format!("S{i:02}{}", "s".repeat(length)));
                statement
            })
            .collect();
        json!({"Version": "2012-10-17", "Statement": statements}).to_string()
    };
    let mut length = 0;
    while build(length + 1).len() <= CHARACTERS {
        length += 1;
    }
    let text = build(length);
    assert!(
        text.len() <= CHARACTERS && text.len() > CHARACTERS - 2 * STATEMENTS,
        "{}",
        text.len()
    );
    text
}

fn allow(action: &[&str], resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn table(i: usize, name: &str) -> String {
    format!("arn:aws:dynamodb:eu-west-1:111122223333:table/{name}{i:02}")
}

/// Name, old and new document.
fn pairs() -> Vec<(&'static str, String, String)> {
    let plain = |actions: &'static [&'static str]| {
        move |i: usize, name: &str| allow(actions, &table(i, name))
    };
    let wide = |tail: &'static str| {
        move |i: usize, name: &str| {
            allow(
                &["s3:Get*", "s3:List*"],
                &format!("arn:aws:s3:::{name}{i:02}{tail}"),
            )
        }
    };
    let conditioned = |limit: usize| {
        move |i: usize, name: &str| {
            let mut statement = allow(&["sqs:Send*"], "*");
            let mut keys = Map::new();
            keys.insert(
                format!("aws:ResourceTag/t{}", i % 8),
                json!(format!("{name}{}", i % limit)),
            );
            statement["Condition"] = json!({"StringLike": keys});
            statement
        }
    };
    let denying = |i: usize, name: &str| {
        if i == 0 {
            json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
        } else {
            json!({"Effect": "Deny", "Action": ["dynamodb:Delete*", "dynamodb:Put*"], "Resource": table(i, name)})
        }
    };
    let inner = |letter: &'static str| {
        move |i: usize, name: &str| {
            allow(
                &["s3:GetObject"],
                &format!("arn:aws:s3:::*{name}{letter}*{i:02}*"),
            )
        }
    };
    vec![
        (
            "the same",
            largest(plain(&["dynamodb:GetItem"])),
            largest(plain(&["dynamodb:GetItem"])),
        ),
        (
            "literals, narrowed",
            largest(plain(&["dynamodb:GetItem", "dynamodb:PutItem"])),
            largest(plain(&["dynamodb:GetItem"])),
        ),
        (
            "literals, widened",
            largest(plain(&["dynamodb:GetItem"])),
            largest(plain(&["dynamodb:GetItem", "dynamodb:PutItem"])),
        ),
        (
            "prefixes, narrowed",
            largest(wide("*")),
            largest(wide("/*")),
        ),
        ("prefixes, widened", largest(wide("/*")), largest(wide("*"))),
        (
            "conditions, narrowed",
            largest(conditioned(40)),
            largest(conditioned(20)),
        ),
        (
            "conditions, widened",
            largest(conditioned(20)),
            largest(conditioned(40)),
        ),
        (
            "NotAction less Denies, the same",
            largest(denying),
            largest(denying),
        ),
        (
            "everything against NotAction less Denies",
            largest(denying),
            largest(|_, _| allow(&["*"], "*")),
        ),
        ("stars inside", largest(inner("a")), largest(inner("b"))),
    ]
}

fn best<T>(rounds: usize, mut work: impl FnMut() -> T) -> Duration {
    (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            black_box(work());
            begun.elapsed()
        })
        .min()
        .unwrap()
}

fn main() {
    println!(
        "{:42} {:>10} {:>10} {:>7}  verdict",
        "pair", "parse µs", "decide µs", "ratio"
    );
    for (name, old, new) in pairs() {
        let parse = best(200, || {
            (
                Document::parse(black_box(&old)).unwrap(),
                Document::parse(black_box(&new)).unwrap(),
            )
        });
        let (before, after) = (
            Grants::of([Document::parse(&old).unwrap()]),
            Grants::of([Document::parse(&new).unwrap()]),
        );
        let decide = best(20, || new_access(black_box(&before), black_box(&after)));
        let verdict = match new_access(&before, &after) {
            Verdict::Yes(_) => "yes",
            Verdict::No => "no",
            Verdict::Unknown(_) => "unknown",
        };
        println!(
            "{name:42} {:>10.1} {:>10.1} {:>7.1}  {verdict}",
            parse.as_secs_f64() * 1e6,
            decide.as_secs_f64() * 1e6,
            decide.as_secs_f64() / parse.as_secs_f64()
        );
    }
}
