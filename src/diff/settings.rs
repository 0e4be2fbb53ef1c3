//! Settings that are no resource (versions, providers, backend, lock file), as resources, so that
//! the one table judges them too.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Address, Graph, Kind, Location, Resource, Value};

/// Type under which a graph holds what Terraform's lock file pins.
pub const LOCK: &str = "terraform_lock";
/// Type of what is required of a provider.
const PROVIDER: &str = "terraform_provider";

/// Adds them to both graphs. What one side does not say, its settings say nothing of: a pin that goes is a change. A
/// side without resources has no settings that could change.
pub(super) fn add(old: &mut Graph, new: &mut Graph) {
    let level = !old.resources.is_empty() && !new.resources.is_empty();
    add_to(old);
    add_to(new);
    add_demands(old, new);
    if level {
        let (gone, came) = (unsaid(old, new), unsaid(new, old));
        for (graph, addresses) in [(new, gone), (old, came)] {
            for address in addresses {
                let attributes = unnamed(&address.kind, &address.name);
                insert(graph, &address.kind, &address.name, attributes);
            }
        }
    }
}

/// What Terraform takes where nothing is said: a provider of its own (Terraform language, "Provider Requirements").
fn unnamed(kind: &str, name: &str) -> BTreeMap<String, Value> {
    let source = || Value::string(format!("hashicorp/{name}"));
    let own = (kind == PROVIDER).then(|| ("source".to_owned(), source()));
    own.into_iter().collect()
}

/// Settings of one side that the other has as well, and says nothing of.
fn unsaid(from: &Graph, to: &Graph) -> Vec<Address> {
    let uses = |provider: &str| {
        let mut kinds = to.resources.keys().map(|a| a.kind.split('_').next());
        kinds.any(|of| of == Some(provider))
    };
    let has = |a: &Address| match a.kind.as_str() {
        "terraform" | "terraform_backend" => true,
        PROVIDER | "provider" => uses(&a.name),
        _ => false,
    };
    let all = from.resources.keys().filter(|a| !a.data && has(a));
    all.filter(|a| !to.resources.contains_key(a))
        .cloned()
        .collect()
}

fn add_to(graph: &mut Graph) {
    if let Some(version) = graph.required_version.clone() {
        let attributes = BTreeMap::from([("required_version".to_owned(), Value::string(version))]);
        insert(graph, "terraform", "settings", attributes);
    }
    for (name, provider) in graph.required_providers.clone() {
        let mut attributes = unnamed(PROVIDER, &name);
        if !provider.source.is_empty() {
            attributes.insert("source".to_owned(), Value::string(provider.source));
        }
        attributes.insert("version".to_owned(), Value::string(provider.version));
        insert(graph, PROVIDER, &name, attributes);
    }
    for (name, blocks) in graph.providers.clone() {
        for attributes in blocks {
            let alias = attributes.get("alias").and_then(Value::text);
            let name = alias.map_or_else(|| name.clone(), |alias| format!("{name}_{alias}"));
            insert(graph, "provider", &name, attributes);
        }
    }
    if let Some((kind, mut attributes)) = graph.backend.clone() {
        attributes.insert("type".to_owned(), Value::string(kind.clone()));
        insert(graph, "terraform_backend", &kind, attributes);
    }
}

/// What variables have to be, of those that both sides have. Of other people's code the variables are not known: what is
/// demanded of one is all that shows it.
fn add_demands(old: &mut Graph, new: &mut Graph) {
    let has = |graph: &Graph, name: &String| {
        graph.variables.is_empty() || graph.variables.contains_key(name)
    };
    let names = old.demands.keys().chain(new.demands.keys());
    let both: BTreeSet<String> = names
        .filter(|name| has(old, name) && has(new, name))
        .cloned()
        .collect();
    for name in both {
        if old.demands.get(&name) == new.demands.get(&name) {
            continue;
        }
        for graph in [&mut *old, &mut *new] {
            let demands = graph.demands.get(&name).into_iter().flatten();
            let demands = demands
                .map(|demand| Value::string(demand.as_str()))
                .collect();
            let attributes = BTreeMap::from([("validation".to_owned(), Value::set(demands))]);
            insert(graph, "variable", &name, attributes);
        }
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
        provider: None,
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
