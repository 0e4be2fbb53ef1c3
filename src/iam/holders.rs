//! Which resource a policy is attached to.

use std::collections::BTreeMap;

use crate::graph::{Graph, Kind, Resource, Value};

/// Resources by what policies call them.
pub(super) struct Holders<'a> {
    addresses: BTreeMap<String, &'a Resource>,
    /// Type → name → the first resource of that name.
    names: BTreeMap<&'a str, BTreeMap<&'a str, &'a Resource>>,
}

impl<'a> Holders<'a> {
    /// The managed resources of a graph; `name_of` gives the attribute that names one of a type.
    pub(super) fn of(graph: &'a Graph, name_of: impl Fn(&str) -> Option<&'static str>) -> Self {
        let mut holders = Self {
            addresses: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for resource in graph.resources.values().filter(|r| !r.address.data) {
            let kind = resource.address.kind.as_str();
            let Some(attribute) = name_of(kind) else {
                continue;
            };
            let address = resource.address.to_string();
            holders.addresses.insert(address, resource);
            if let Some(name) = resource.get(attribute).and_then(Value::as_str) {
                let names = holders.names.entry(kind).or_default();
                names.entry(name).or_insert(resource);
            }
        }
        holders
    }

    /// The resource of a type that a value is an attribute of, or its name, or an ARN or URL that
    /// ends in it.
    pub(super) fn find(&self, kind: &str, value: &Value) -> Option<&'a Resource> {
        match &value.kind {
            Kind::Symbol(symbol) => {
                let (address, attribute) = symbol.rsplit_once('.')?;
                let resource = self.addresses.get(address)?;
                (resource.address.kind == kind && !attribute.contains('[')).then_some(*resource)
            }
            Kind::String(text) => {
                let names = self.names.get(kind)?;
                let ends = text.match_indices([':', '/']).map(|(at, _)| at + 1);
                std::iter::once(0)
                    .chain(ends)
                    .filter_map(|at| names.get(text.get(at..)?).copied())
                    .min_by(|a, b| a.address.cmp(&b.address))
            }
            _ => None,
        }
    }
}
