//! One spelling for what is the same: references resolved, empties and defaults dropped, JSON read.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::table;
use crate::catalog::aws::region;
use crate::graph::{Address, Graph, Kind, Part, Resource, Value};

/// How deep references to attributes that refer to attributes are followed.
const DEPTH: usize = 6;

/// Values that the provider takes for attributes that are not written, of attributes that no row
/// of the table judges.
#[derive(Deserialize)]
struct Defaults(BTreeMap<String, BTreeMap<String, serde_json::Value>>);

static DEFAULTS: std::sync::LazyLock<Defaults> = std::sync::LazyLock::new(|| {
    serde_json::from_str(include_str!("aws/defaults.json")).unwrap_or(Defaults(BTreeMap::new()))
});

/// What the symbols of a graph stand for.
pub(super) struct Names<'a> {
    own: BTreeMap<String, &'a Resource>,
    /// Address → the same resource as another source has it, where its attributes are known.
    other: BTreeMap<String, &'a Resource>,
    /// Old address → new address.
    renamed: BTreeMap<String, String>,
    partition: &'static str,
    region: Option<String>,
    account: Option<String>,
}

impl<'a> Names<'a> {
    /// The names of one graph.
    pub(super) fn of(graph: &'a Graph) -> Self {
        let provider = graph.providers.get("aws").and_then(|list| list.first());
        let region = provider
            .and_then(|p| p.get("region"))
            .and_then(|v| v.as_str().map(str::to_owned));
        let account = Self::account_of(graph).map(str::to_owned);
        Self {
            own: graph
                .resources
                .values()
                .map(|r| (r.address.to_string(), r))
                .collect(),
            other: BTreeMap::new(),
            renamed: BTreeMap::new(),
            partition: region::partition(region.as_deref().unwrap_or_default()),
            region,
            account,
        }
    }

    /// With what another source knows of the same resources.
    pub(super) fn beside(mut self, other: BTreeMap<String, &'a Resource>) -> Self {
        self.other = other;
        self
    }

    /// With the addresses that resources have now.
    pub(super) fn renamed(mut self, renamed: BTreeMap<String, String>) -> Self {
        self.renamed = renamed;
        self
    }

    /// Region and account of the provider.
    pub(super) fn place(&self) -> (Option<&str>, Option<&str>) {
        (self.region.as_deref(), self.account.as_deref())
    }

    /// Whether both are known.
    pub(super) fn is_placed(&self) -> bool {
        self.region.is_some() && self.account.is_some()
    }

    /// In a region and an account that nothing else is in.
    pub(super) fn assumed(mut self) -> Self {
        self.region.get_or_insert_with(|| "REGION".to_owned());
        self.account.get_or_insert_with(|| "ACCOUNT".to_owned());
        self
    }

    /// The ARN that `type.name.arn` stands for, where it is known.
    pub(super) fn arn(&self, symbol: &str) -> Option<String> {
        self.symbol(symbol, 0)?.text()
    }

    /// The account of a graph's provider.
    pub(super) fn account_of(graph: &'a Graph) -> Option<&'a str> {
        let provider = graph.providers.get("aws")?.first()?;
        provider.get("allowed_account_ids")?.sole().as_str()
    }

    /// The attributes whose values are others once references are resolved, with those values.
    pub(super) fn changed(&self, graph: &Graph) -> Vec<(Address, String, Value)> {
        self.changed_of(&graph.resources)
    }

    /// The same of some of its resources.
    pub(super) fn changed_of<'r>(
        &self,
        resources: impl IntoIterator<Item = (&'r Address, &'r Resource)>,
    ) -> Vec<(Address, String, Value)> {
        let mut changed = Vec::new();
        for (address, resource) in resources {
            for (name, value) in resource.attributes.iter().filter(|(_, v)| may_resolve(v)) {
                let mut resolved = value.clone();
                self.value(&mut resolved, 0);
                if resolved != *value {
                    changed.push((address.clone(), name.clone(), resolved));
                }
            }
        }
        changed
    }

    /// Every value of the graph with its references resolved.
    pub(super) fn resolve(&self, graph: &Graph) -> Graph {
        let mut resolved = graph.clone();
        put(&mut resolved, self.changed(graph));
        resolved
    }

    fn value(&self, value: &mut Value, depth: usize) {
        match &mut value.kind {
            Kind::List(items) => {
                for item in items {
                    self.value(item, depth);
                }
            }
            Kind::Map(map) => {
                for item in map.values_mut() {
                    self.value(item, depth);
                }
            }
            Kind::Set(items) => {
                let mut items = std::mem::take(items);
                for item in &mut items {
                    self.value(item, depth);
                }
                value.kind = Value::set(items).kind;
            }
            Kind::Symbol(symbol) => match self.symbol(symbol, depth) {
                Some(known) => {
                    value.sensitive |= known.has_sensitive();
                    value.kind = known.kind;
                }
                None => *symbol = self.renamed_text(symbol),
            },
            Kind::Template(parts) => {
                let mut sensitive = false;
                let parts = std::mem::take(parts).into_iter().flat_map(|part| {
                    let Part::Symbol(symbol) = part else {
                        return vec![part];
                    };
                    // Where a whole value of a JSON document stands.
                    if let Some(inner) = symbol
                        .strip_prefix("jsonencode(")
                        .and_then(|s| s.strip_suffix(')'))
                        && let Some(known) = self.symbol(inner, depth)
                        && plain(&known)
                    {
                        sensitive |= known.has_sensitive();
                        let text = known.text().unwrap_or_default();
                        return vec![Part::Literal(match known.kind {
                            Kind::String(_) => format!("\"{text}\""),
                            _ => text,
                        })];
                    }
                    match self.symbol(&symbol, depth) {
                        Some(known) if plain(&known) => {
                            sensitive |= known.has_sensitive();
                            parts_of(&known)
                        }
                        _ => vec![Part::Symbol(self.renamed_text(&symbol))],
                    }
                });
                let joined = Value::from_parts(parts.collect::<Vec<_>>());
                value.kind = joined.kind;
                value.sensitive |= sensitive;
            }
            _ => {}
        }
    }

    /// What `type.name.attribute` stands for.
    fn symbol(&self, symbol: &str, depth: usize) -> Option<Value> {
        if depth >= DEPTH {
            return None;
        }
        let (address, attribute) = symbol.rsplit_once('.')?;
        if !attribute
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            return None;
        }
        let own = self.own.get(address).copied();
        let read = |resource: &Resource| {
            let mut value = resource.attributes.get(attribute)?.clone();
            self.value(&mut value, depth + 1);
            (value.is_known() && !value.is_null()).then_some(value)
        };
        own.and_then(read)
            .or_else(|| self.composed(own?, attribute, depth))
            .or_else(|| read(self.other.get(address)?))
    }

    /// An ARN or id that follows from other attributes.
    fn composed(&self, resource: &Resource, attribute: &str, depth: usize) -> Option<Value> {
        let identity = table::identity(&resource.address.kind)?;
        let known = |name: &str| -> Option<String> {
            let mut value = resource.attributes.get(name)?.clone();
            self.value(&mut value, depth + 1);
            value.as_str().map(str::to_owned)
        };
        match attribute {
            "id" if identity.id.as_deref() == Some("arn") => self.composed(resource, "arn", depth),
            "id" => known(identity.id.as_deref()?).map(Value::string),
            "arn" => {
                let mut arn = String::new();
                let mut rest = identity.arn.as_deref()?;
                while let Some((before, after)) = rest.split_once('{') {
                    let (name, after) = after.split_once('}')?;
                    arn.push_str(before);
                    arn.push_str(&match name {
                        "partition" => self.partition.to_owned(),
                        "region" => self.region.clone()?,
                        "account" => self.account.clone()?,
                        name => known(name)?,
                    });
                    rest = after;
                }
                arn.push_str(rest);
                Some(Value::string(arn))
            }
            _ => None,
        }
    }

    fn renamed_text(&self, symbol: &str) -> String {
        let mut text = symbol.to_owned();
        for (old, new) in &self.renamed {
            if text.contains(old.as_str()) {
                text = replace_word(&text, old, new);
            }
        }
        text
    }
}

/// Gives attributes the values that [`Names::changed`] found.
pub(super) fn put(graph: &mut Graph, changed: Vec<(Address, String, Value)>) {
    for (address, name, value) in changed {
        if let Some(resource) = graph.resources.get_mut(&address) {
            resource.attributes.insert(name, value);
        }
    }
}

/// Whether resolving references can change a value: one stands in it, or a set, which is put in order anew.
fn may_resolve(value: &Value) -> bool {
    match &value.kind {
        Kind::Symbol(_) | Kind::Template(_) | Kind::Set(_) => true,
        Kind::List(items) => items.iter().any(may_resolve),
        Kind::Map(map) => map.values().any(may_resolve),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => false,
    }
}

/// Replaces an address where it stands as a whole.
fn replace_word(text: &str, old: &str, new: &str) -> String {
    let name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut out = String::new();
    let mut rest = text;
    let mut last: Option<char> = None;
    while let Some(at) = rest.find(old) {
        let (before, after) = (&rest[..at], &rest[at + old.len()..]);
        let left = before.chars().next_back().or(last);
        let whole = !left.is_some_and(|c| name(c) || c == '.') && !after.starts_with(name);
        out.push_str(before);
        out.push_str(if whole { new } else { old });
        last = old.chars().next_back();
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Text that can stand inside a JSON string as it is.
fn plain(value: &Value) -> bool {
    let fine = |text: &str| !text.contains(['"', '\\']) && !text.contains(char::is_control);
    match &value.kind {
        Kind::String(text) => fine(text),
        Kind::Number(_) | Kind::Bool(_) => true,
        _ => false,
    }
}

fn parts_of(value: &Value) -> Vec<Part> {
    value.text().map(Part::Literal).into_iter().collect()
}

/// One form for values that are the same: `None` for null and everything empty; numbers and
/// booleans as text; documents in JSON as what they say.
pub(super) fn canonical(value: &Value) -> Option<Value> {
    let marked = |kind: Kind| Some(Value::from(kind).marked(value.sensitive));
    match &value.kind {
        Kind::Null => None,
        Kind::Bool(_) | Kind::Number(_) => marked(Kind::String(value.text()?)),
        Kind::String(text) if text.is_empty() => None,
        Kind::String(text) => {
            let trimmed = text.trim_start();
            if trimmed.starts_with(['{', '[']) {
                value
                    .json()
                    .and_then(|d| canonical(&d))
                    .or_else(|| Some(value.clone()))
            } else {
                Some(value.clone())
            }
        }
        Kind::Template(parts) => {
            let json = matches!(parts.first(), Some(Part::Literal(t)) if t.trim_start().starts_with(['{', '[']));
            if json && let Some(document) = value.json() {
                canonical(&document)
            } else {
                Some(value.clone())
            }
        }
        Kind::Symbol(_) => Some(value.clone()),
        Kind::List(items) => {
            let items: Vec<Value> = items.iter().filter_map(canonical).collect();
            if items.is_empty() {
                None
            } else {
                marked(Kind::List(items))
            }
        }
        Kind::Set(items) => {
            let items: Vec<Value> = items.iter().filter_map(canonical).collect();
            if items.is_empty() {
                None
            } else {
                Some(Value::set(items).marked(value.sensitive))
            }
        }
        Kind::Map(map) => {
            let map: BTreeMap<String, Value> = map
                .iter()
                .filter_map(|(k, v)| Some((k.clone(), canonical(v)?)))
                .collect();
            if map.is_empty() {
                None
            } else {
                marked(Kind::Map(map))
            }
        }
    }
}

/// Whether a value is what the provider takes for an attribute that is not written: false where no row says that it is
/// true by itself, or listed in `aws/defaults.json`.
pub(super) fn is_default(kind: &str, path: &str, value: &Value) -> bool {
    let text = value.text().unwrap_or_default();
    if text == "false" {
        let true_by_itself =
            |row: &'static table::Row| row.path == path && row.absent.as_deref() == Some("true");
        return !table::rows(kind).any(true_by_itself);
    }
    let listed = [kind, "*"]
        .iter()
        .filter_map(|of| DEFAULTS.0.get(*of)?.get(path))
        .any(|default| match default {
            serde_json::Value::String(s) => *s == text,
            serde_json::Value::Number(n) => n.to_string() == text,
            _ => false,
        });
    listed && !text.is_empty()
}
