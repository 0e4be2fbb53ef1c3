//! The rules on the generated trees of the examples.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use camino::Utf8PathBuf;
use slgen::graph::{Graph, hcl};
use slgen::guardrail::{Finding, Input, check};

fn files(example: &str) -> BTreeMap<Utf8PathBuf, String> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{example}/infra/orders"));
    std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "tf"))
        .map(|path| {
            (
                path.file_name().unwrap().to_str().unwrap().into(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect()
}

fn read(example: &str, environment: &str) -> Graph {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{example}/infra/orders"));
    let tfvars = format!("environments/{environment}.tfvars");
    let text = std::fs::read_to_string(folder.join(&tfvars)).unwrap();
    match hcl::read(&files(example), &[(tfvars.into(), text)]) {
        Ok(graph) => graph,
        Err(errors) => panic!("{errors:?}"),
    }
}

fn judge(graph: &Graph) -> Vec<Finding> {
    let permissions = BTreeSet::new();
    check(&Input {
        graph,
        permissions: &permissions,
        environment: "prod",
        permissions_boundary: None,
    })
}

#[test]
fn the_generated_trees_are_clean() {
    for (example, environment) in [("orders", "dev"), ("orders", "prod"), ("compact", "prod")] {
        let mut found = judge(&read(example, environment));
        found.retain(|f| {
            f.rule != "SLG-PKG-003" && f.rule != "SLG-ENC-003" && f.rule != "SLG-ENC-008"
        });
        for f in &found {
            println!(
                "{example} {environment} {} {} {:?} {}",
                f.rule, f.address, f.attribute, f.message
            );
        }
        assert_eq!(found, []);
    }
}
