//! How the time of all rules grows with the stack.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use slgen::graph::{Graph, Kind, Part, Value};
use slgen::guardrail::{Input, ReadBack, check};
use slgen::iam::{self, Permission};

use super::tree::Tree;

/// Names of the example's functions, in addresses and in AWS.
const FUNCTIONS: [(&str, &str); 3] = [
    ("create_order", "create-order"),
    ("fulfil_order", "fulfil-order"),
    ("nightly_report", "nightly-report"),
];

fn renamed(text: &str, copy: usize) -> String {
    FUNCTIONS
        .iter()
        .fold(text.to_owned(), |text, (address, name)| {
            text.replace(address, &format!("{address}_{copy}"))
                .replace(name, &format!("{name}-{copy}"))
        })
}

fn value(of: &Value, copy: usize) -> Value {
    let all = |items: &[Value]| items.iter().map(|item| value(item, copy)).collect();
    let kind = match &of.kind {
        Kind::String(text) => Kind::String(renamed(text, copy)),
        Kind::Symbol(text) => Kind::Symbol(renamed(text, copy)),
        Kind::List(items) => Kind::List(all(items)),
        Kind::Set(items) => Kind::Set(all(items)),
        Kind::Map(map) => {
            let map = map.iter();
            Kind::Map(map.map(|(k, v)| (k.clone(), value(v, copy))).collect())
        }
        Kind::Template(parts) => {
            let parts = parts.iter().map(|part| match part {
                Part::Literal(text) => Part::Literal(renamed(text, copy)),
                Part::Symbol(text) => Part::Symbol(renamed(text, copy)),
            });
            Kind::Template(parts.collect())
        }
        other => other.clone(),
    };
    Value { kind, ..of.clone() }
}

/// The stack of the example with its functions, and all that is theirs, this many times.
fn stack(
    graph: &Graph,
    permissions: &BTreeSet<Permission>,
    copies: usize,
) -> (Graph, BTreeSet<Permission>) {
    let ours = |text: &str| FUNCTIONS.iter().any(|(address, _)| text.contains(address));
    let mut large = graph.clone();
    let mut granted = permissions.clone();
    for copy in 1..copies {
        for resource in graph.resources.values() {
            if !ours(&resource.address.name) {
                continue;
            }
            let mut resource = resource.clone();
            resource.address.name = renamed(&resource.address.name, copy);
            for of in resource.attributes.values_mut() {
                *of = value(of, copy);
            }
            for reference in &mut resource.references {
                *reference = renamed(reference, copy);
            }
            large.resources.insert(resource.address.clone(), resource);
        }
        for permission in permissions {
            if ours(&permission.holder) {
                granted.insert(Permission {
                    holder: renamed(&permission.holder, copy),
                    resource: renamed(&permission.resource, copy),
                    ..permission.clone()
                });
            }
        }
    }
    (large, granted)
}

fn time(graph: &Graph, permissions: &BTreeSet<Permission>) -> (Duration, usize) {
    let input = Input {
        graph,
        permissions,
        environment: "prod",
        permissions_boundary: None,
    };
    let mut best = Duration::MAX;
    let mut findings = 0;
    for _ in 0..3 {
        let start = Instant::now();
        findings = check(&input).len();
        best = best.min(start.elapsed());
    }
    (best, findings)
}

/// `cargo test --release --test suite hardening:: -- --ignored --nocapture`: figures, no judgement, since
/// machines differ.
#[test]
#[ignore = "measures time"]
fn the_time_of_all_rules_for_100_and_1000_functions() {
    let tree = Tree::of("orders", "prod", None);
    let graph = ReadBack::graph(&tree.files, "prod").unwrap();
    let (permissions, unread) = iam::permissions(&graph);
    assert_eq!(unread, []);
    let mut times = Vec::new();
    for copies in [34, 334] {
        let (graph, permissions) = stack(&graph, &permissions, copies);
        let (time, findings) = time(&graph, &permissions);
        println!(
            "{} functions, {} resources, {} permissions: {time:?}, {findings} findings",
            copies * 3,
            graph.resources.len(),
            permissions.len()
        );
        times.push(time);
    }
    println!(
        "ratio {:.1}",
        times[1].as_secs_f64() / times[0].as_secs_f64()
    );
}
