//! Settings that are no resource (versions, providers, backend, lock file), as resources, so that
//! the one table judges them too.

use std::collections::BTreeMap;

use crate::graph::{Address, Graph, Kind, Location, Resource, Value};

/// Type under which a graph holds what Terraform's lock file pins.
pub const LOCK: &str = "terraform_lock";

/// Adds them to a graph.
pub(super) fn add(graph: &mut Graph) {
    if let Some(version) = graph.required_version.clone() {
        let attributes = BTreeMap::from([("required_version".to_owned(), Value::string(version))]);
        insert(graph, "terraform", "settings", attributes);
    }
    for (name, provider) in graph.required_providers.clone() {
        let attributes = BTreeMap::from([
            ("source".to_owned(), Value::string(provider.source)),
            ("version".to_owned(), Value::string(provider.version)),
        ]);
        insert(graph, "terraform_provider", &name, attributes);
    }
    for (name, blocks) in graph.providers.clone() {
        for (number, attributes) in blocks.into_iter().enumerate() {
            let name = if number == 0 {
                name.clone()
            } else {
                format!("{name}_{number}")
            };
            insert(graph, "provider", &name, attributes);
        }
    }
    if let Some((kind, attributes)) = graph.backend.clone() {
        insert(graph, "terraform_backend", &kind, attributes);
    }
}

fn insert(graph: &mut Graph, kind: &str, name: &str, attributes: BTreeMap<String, Value>) {
    let address = Address {
        data: false,
        kind: kind.to_owned(),
        module: Vec::new(),
        name: name.to_owned(),
        key: None,
    };
    let resource = Resource {
        address: address.clone(),
        attributes,
        location: None,
        attribute_lines: BTreeMap::new(),
        references: Vec::new(),
        prevent_destroy: false,
        ignore_changes: Vec::new(),
    };
    graph.resources.insert(address, resource);
}

/// Adds the providers of a lock file (`.terraform.lock.hcl`): version and hashes of each. Text that
/// is no lock file adds nothing.
pub fn add_lock(graph: &mut Graph, file: &str, text: &str) {
    let mut provider: Option<(String, usize)> = None;
    let mut attributes: BTreeMap<String, Value> = BTreeMap::new();
    let mut hashes = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("provider \"") {
            provider = rest
                .split_once('"')
                .map(|(source, _)| (source.to_owned(), number + 1));
        } else if line == "}" {
            if let Some((source, number)) = provider.take() {
                let name = source.rsplit('/').next().unwrap_or(&source).to_owned();
                let mut found = std::mem::take(&mut attributes);
                found.insert("hashes".to_owned(), Value::set(std::mem::take(&mut hashes)));
                insert(graph, LOCK, &name, found);
                let address = Address {
                    data: false,
                    kind: LOCK.to_owned(),
                    module: Vec::new(),
                    name,
                    key: None,
                };
                if let Some(resource) = graph.resources.get_mut(&address) {
                    resource.location = Some(Location {
                        file: file.into(),
                        line: number,
                    });
                }
            }
        } else if let Some((key, value)) = line.split_once('=') {
            if matches!(key.trim(), "version" | "constraints") {
                let value = value.trim().trim_matches('"');
                attributes.insert(key.trim().to_owned(), Kind::String(value.to_owned()).into());
            }
        } else if let Some(hash) = line.strip_prefix('"') {
            hashes.push(Value::string(hash.trim_end_matches(['"', ','])));
        }
    }
}
