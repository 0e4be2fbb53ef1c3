//! What is known before anything is created: what is written, what refers to that, and what the provider fills in
//! while it plans.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::shape::anything;
use crate::graph::{Address, Graph, Kind, Part, Resource, Value};

/// Most references from one to the next.
const DEEPEST: usize = 16;

/// What the provider fills in while it plans, by resource type: recorded from plans of what slgen generates by
/// `scripts/extract-plan-defaults` (hashicorp/aws 5.100.0). The provider's schema does not tell it.
static DEFAULTS: LazyLock<BTreeMap<String, Defaults>> =
    LazyLock::new(|| serde_json::from_str(include_str!("defaults.json")).unwrap_or_default());

#[derive(Default, Deserialize)]
struct Defaults {
    /// Values by the path of an attribute.
    #[serde(default)]
    set: Map<String, Json>,
    /// Values that the provider takes for nothing.
    #[serde(default)]
    suppressed: Map<String, Json>,
    /// Blocks that the provider fills in only when it creates the resource.
    #[serde(default)]
    unknown: Vec<String>,
}

/// The values of a graph as far as they are known.
pub(in crate::policy) struct Known<'a> {
    graph: &'a Graph,
    /// Tags of every resource that can have some.
    tags: BTreeMap<String, Value>,
}

impl<'a> Known<'a> {
    pub(in crate::policy) fn of(graph: &'a Graph) -> Self {
        let providers = graph.providers.get("aws").into_iter().flatten();
        let mut tags = BTreeMap::new();
        for provider in providers.filter(|provider| !provider.contains_key("alias")) {
            let given = provider.get("default_tags").map(Value::sole);
            if let Some(Kind::Map(given)) = given.and_then(|t| t.get("tags")).map(|t| &t.kind) {
                tags.extend(given.clone());
            }
        }
        Self { graph, tags }
    }

    /// What a resource has, with what it refers to and what the provider fills in.
    pub(in crate::policy) fn attributes(&self, resource: &Resource) -> BTreeMap<String, Value> {
        let mut attributes: BTreeMap<String, Value> = resource
            .attributes
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), self.value(value)))
            .collect();
        let kind = &resource.address.kind;
        if let Some(defaults) = DEFAULTS.get(kind) {
            for (path, default) in &defaults.set {
                let path: Vec<&str> = path.split('.').collect();
                fill(&mut attributes, &path, &plain(default));
            }
            for (name, value) in &defaults.suppressed {
                let written = attributes.get(name).map(anything);
                if written.is_some_and(|written| written.after.as_ref() == Some(value)) {
                    attributes.insert(name.clone(), Value::null());
                }
            }
            for path in &defaults.unknown {
                let unknown = Value::symbol(format!("{}.{path}", resource.address));
                let path: Vec<&str> = path.split('.').collect();
                fill(&mut attributes, &path, &unknown);
            }
        }
        self.tag(kind, &mut attributes);
        attributes
    }

    /// `tags_all`: those of the provider, and its own.
    fn tag(&self, kind: &str, attributes: &mut BTreeMap<String, Value>) {
        let schema = crate::graph::schema::resource(kind, false);
        if !schema.is_some_and(|s| s.block.attributes.contains_key("tags_all")) {
            return;
        }
        let own = attributes.get("tags").map(|tags| &tags.kind);
        let mut all = self.tags.clone();
        match own {
            Some(Kind::Map(own)) => all.extend(own.clone()),
            Some(Kind::Symbol(_)) => return,
            _ => {}
        }
        if !all.is_empty() {
            attributes.insert("tags_all".to_owned(), Kind::Map(all).into());
        }
    }

    /// A value with what it refers to, where that is known.
    pub(super) fn value(&self, value: &Value) -> Value {
        self.resolved(value, 0)
    }

    fn resolved(&self, value: &Value, depth: usize) -> Value {
        let items = |items: &[Value]| -> Vec<Value> {
            items.iter().map(|v| self.resolved(v, depth)).collect()
        };
        let resolved: Value = match &value.kind {
            Kind::List(list) => Kind::List(items(list)).into(),
            Kind::Set(set) => Value::set(items(set)),
            Kind::Map(map) => {
                let map = map.iter().filter(|(_, v)| !v.is_null());
                let map = map.map(|(name, v)| (name.clone(), self.resolved(v, depth)));
                Kind::Map(map.collect()).into()
            }
            Kind::Symbol(symbol) => match self.symbol(symbol, depth) {
                Some(known) => known,
                None => return value.clone(),
            },
            Kind::Template(parts) => Value::from_parts(parts.iter().map(|part| {
                match part {
                    Part::Literal(text) => Part::Literal(text.clone()),
                    Part::Symbol(symbol) => self
                        .symbol(symbol, depth)
                        .and_then(|known| known.text())
                        .map_or_else(|| Part::Symbol(symbol.clone()), Part::Literal),
                }
            })),
            _ => return value.clone(),
        };
        resolved.marked(value.sensitive)
    }

    /// What `type.name.attribute` is, where it is known before anything is created.
    fn symbol(&self, symbol: &str, depth: usize) -> Option<Value> {
        if depth >= DEEPEST {
            return None;
        }
        let (resource, attribute) = symbol.rsplit_once('.')?;
        let resource = self
            .graph
            .resources
            .get(&resource.parse::<Address>().ok()?)?;
        let value = resource.attributes.get(attribute)?;
        let value = self.resolved(value, depth + 1);
        (value.is_known() && !value.is_null()).then_some(value)
    }
}

/// Puts a default where nothing is written; in every block on the way that is.
fn fill(map: &mut BTreeMap<String, Value>, path: &[&str], default: &Value) {
    let Some((name, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        let written = map.contains_key(*name);
        if !written {
            map.insert((*name).to_owned(), default.clone());
        }
        return;
    }
    match map.get_mut(*name).map(|value| &mut value.kind) {
        Some(Kind::List(items) | Kind::Set(items)) => {
            for item in items {
                if let Kind::Map(inner) = &mut item.kind {
                    fill(inner, rest, default);
                }
            }
        }
        Some(Kind::Map(inner)) => fill(inner, rest, default),
        _ => {}
    }
}

/// A JSON value as one of the graph.
fn plain(value: &Json) -> Value {
    match value {
        Json::Null => Kind::Null.into(),
        Json::Bool(b) => Kind::Bool(*b).into(),
        Json::Number(n) => Kind::Number(n.clone()).into(),
        Json::String(text) => Value::string(text.as_str()),
        Json::Array(items) => Kind::List(items.iter().map(plain).collect()).into(),
        Json::Object(map) => {
            let map = map.iter().map(|(name, v)| (name.clone(), plain(v)));
            Kind::Map(map.collect()).into()
        }
    }
}

/// Every symbol in a value, in its order.
pub(super) fn symbols(value: &Value, tell: &mut dyn FnMut(&str)) {
    match &value.kind {
        Kind::Symbol(symbol) => tell(symbol),
        Kind::Template(parts) => {
            for part in parts {
                if let Part::Symbol(symbol) = part {
                    tell(symbol);
                }
            }
        }
        Kind::List(items) | Kind::Set(items) => items.iter().for_each(|v| symbols(v, tell)),
        Kind::Map(map) => map.values().for_each(|v| symbols(v, tell)),
        _ => {}
    }
}

/// The resource whose attribute a symbol is.
pub(super) fn resource_of(symbol: &str) -> Option<Address> {
    symbol.rsplit_once('.')?.0.parse().ok()
}
