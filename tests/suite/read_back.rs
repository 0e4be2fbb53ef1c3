//! The generated trees, read back into the graph for each environment.

use std::collections::BTreeMap;
use std::path::Path;

use camino::Utf8PathBuf;
use slgen::graph::{Graph, Kind, hcl};

fn read(example: &str, environment: &str) -> Graph {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{example}/infra/orders"));
    let files: BTreeMap<Utf8PathBuf, String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "tf"))
        .map(|path| {
            (
                path.file_name().unwrap().to_str().unwrap().into(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    let tfvars = format!("environments/{environment}.tfvars");
    let text = std::fs::read_to_string(folder.join(&tfvars)).unwrap();
    match hcl::read(&files, &[(tfvars.into(), text)]) {
        Ok(graph) => graph,
        Err(errors) => panic!("{errors:?}"),
    }
}

fn text(graph: &Graph, address: &str, attribute: &str) -> Option<String> {
    let resource = graph
        .resources
        .values()
        .find(|r| r.address.to_string() == address)
        .unwrap();
    match &resource.get(attribute)?.kind {
        Kind::String(text) => Some(text.clone()),
        _ => None,
    }
}

#[test]
fn names_are_known_in_each_environment() {
    for environment in ["dev", "prod"] {
        let graph = read("orders", environment);
        let name = text(&graph, "aws_lambda_function.create_order", "function_name");
        assert_eq!(name, Some(format!("orders-{environment}-create-order")));
    }
}

#[test]
fn every_resource_is_there_with_its_place() {
    let graph = read("orders", "prod");
    let managed = graph.resources.values().filter(|r| !r.address.data).count();
    // Terraform plans 130: egress to an interface endpoint has one instance for each security group,
    // which only the account knows.
    assert_eq!(managed, 130);
    for resource in graph.resources.values() {
        assert!(resource.location.is_some(), "{}", resource.address);
    }
    assert_eq!(
        read("compact", "prod")
            .of_type("aws_lambda_function")
            .count(),
        3
    );
}

#[test]
fn a_setting_of_one_environment_is_bound() {
    let reserved = |environment: &str| {
        let graph = read("orders", environment);
        let function = graph
            .of_type("aws_lambda_function")
            .find(|r| r.address.name == "create_order")
            .cloned()
            .unwrap();
        match &function.get("reserved_concurrent_executions").unwrap().kind {
            Kind::Number(number) => number.as_u64(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reserved("dev"), Some(20));
    assert_eq!(reserved("prod"), Some(50));
}
