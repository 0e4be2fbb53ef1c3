//! What each principal holds by its policies, and who may do what by the policy of each resource.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::blocks::values;
use super::normalise::Names;
use super::own::Own;
use super::places::{PLACES, Place, Sort, Unset};
use crate::catalog::aws::region;
use crate::graph::{Graph, Kind, Location, Resource, Value};
use crate::iam::document::{Condition, Document, Principal, Selection, Statement, Version};
use crate::iam::{Effect, INVOKE_CONDITIONS};

/// Policies of one kind on one holder.
#[derive(Debug, Default)]
pub(super) struct Policies<'a> {
    written: Vec<Written<'a>>,
    /// ARNs of attached policies whose documents are not at hand.
    pub(super) opaque: BTreeSet<String>,
    /// Nothing is written, and what AWS puts there is not known.
    pub(super) unknown_default: bool,
    read: OnceCell<Read<'a>>,
}

/// A policy as it stands in a graph.
#[derive(Debug, PartialEq)]
enum Written<'a> {
    /// The value of an attribute.
    Value(Source<'a>, &'a Value),
    /// What Lambda writes for a permission.
    Permission(Source<'a>, Document),
    /// What stands for one that is not written.
    Unset(Document),
}

/// The resource that a policy stands in.
#[derive(Debug, Clone, Copy)]
struct Source<'a>(&'a Resource);

/// Where it stands says nothing of what it is.
impl PartialEq for Source<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.address == other.0.address
    }
}

/// What the policies say.
#[derive(Debug, Default)]
struct Read<'a> {
    documents: Vec<Document>,
    unreadable: BTreeSet<String>,
    places: BTreeMap<String, (String, Option<&'a Location>)>,
}

impl<'a> Policies<'a> {
    /// The documents.
    pub(super) fn documents(&self) -> &[Document] {
        &self.read().documents
    }

    /// Source text of those that are not known or no policy.
    pub(super) fn unreadable(&self) -> &BTreeSet<String> {
        &self.read().unreadable
    }

    /// Text of each document by the address it stands in, to say where a change is.
    pub(super) fn places(&self) -> &BTreeMap<String, (String, Option<&'a Location>)> {
        &self.read().places
    }

    /// Whether both are written alike, so that they need not be read.
    pub(super) fn alike(&self, other: &Policies<'_>) -> bool {
        let (one, another): (&[Written<'_>], &[Written<'_>]) = (&self.written, &other.written);
        one == another && self.unknown_default == other.unknown_default
    }

    fn read(&self) -> &Read<'a> {
        self.read.get_or_init(|| {
            let mut read = Read::default();
            for written in &self.written {
                let (source, text, document) = match written {
                    Written::Value(source, value) => (source, value.source(), document(value)),
                    Written::Permission(source, document) => {
                        (source, format!("{document:?}"), Some(document.clone()))
                    }
                    Written::Unset(document) => {
                        read.documents.push(document.clone());
                        continue;
                    }
                };
                match document {
                    Some(document) => read.documents.push(document),
                    None => drop(read.unreadable.insert(text.clone())),
                }
                let place = (text, source.0.location.as_ref());
                read.places.insert(source.0.address.to_string(), place);
            }
            read
        })
    }
}

/// All policies of a graph.
pub(super) struct Held<'a> {
    graph: &'a Graph,
    own: OnceCell<Own>,
    addresses: BTreeMap<String, &'a Resource>,
    /// By type and name.
    names: BTreeMap<(&'a str, &'a str), &'a Resource>,
    pub(super) of: BTreeMap<(String, Sort), Policies<'a>>,
}

impl<'a> Held<'a> {
    pub(super) fn of(graph: &'a Graph) -> Self {
        let mut held = Self {
            graph,
            own: OnceCell::new(),
            addresses: BTreeMap::new(),
            names: BTreeMap::new(),
            of: BTreeMap::new(),
        };
        for resource in graph.resources.values().filter(|r| !r.address.data) {
            for attribute in [
                "name",
                "function_name",
                "bucket",
                "key_id",
                "id",
                "arn",
                "url",
            ] {
                let owner =
                    attribute != "function_name" || resource.address.kind == "aws_lambda_function";
                if owner && let Some(name) = resource.get(attribute).and_then(Value::as_str) {
                    let key = (resource.address.kind.as_str(), name);
                    held.names.entry(key).or_insert(resource);
                }
            }
            held.addresses
                .insert(resource.address.to_string(), resource);
        }
        held.gather();
        held
    }

    /// ARNs of the graph's own resources.
    pub(super) fn own(&self) -> &Own {
        self.own.get_or_init(|| Own::of(self.graph))
    }

    /// ARN of a resource, or what stands for it where nobody knows it yet.
    pub(super) fn arn(&self, address: &str) -> String {
        let symbol = format!("{address}.arn");
        let known = Names::of(self.graph).arn(&symbol);
        known.unwrap_or_else(|| format!("<{symbol}>"))
    }

    /// The resource of a type that a value names: a reference, a name, an ARN or a URL that ends in
    /// it.
    pub(super) fn named(&self, kind: &str, value: &Value, from: &Resource) -> Option<String> {
        if let Kind::Symbol(symbol) = &value.kind
            && let Some((address, _)) = symbol.rsplit_once('.')
            && let Some(resource) = self.addresses.get(address)
        {
            if resource.address.kind == kind {
                return Some(address.to_owned());
            }
            // An alias stands for its function.
            if let Some(inner) = resource.get("function_name") {
                return self.named(kind, inner, resource);
            }
        }
        if let Some(text) = value.as_str() {
            let find = |name: &str| {
                let found = self.names.get(&(kind, name));
                found.map(|resource| resource.address.to_string())
            };
            let ends = text.match_indices([':', '/']).map(|(at, _)| at + 1);
            let found = std::iter::once(0)
                .chain(ends)
                .filter_map(|at| text.get(at..))
                .find_map(find);
            if found.is_some() {
                return found;
            }
            // With a qualifier behind the name.
            return text
                .rsplit_once(':')
                .and_then(|(name, _)| find(name.rsplit(':').next().unwrap_or(name)));
        }
        let mut referred = from
            .references
            .iter()
            .filter(|r| r.split('.').next() == Some(kind));
        match (referred.next(), referred.next()) {
            (Some(only), None) if self.addresses.contains_key(only) => Some(only.clone()),
            _ => None,
        }
    }

    fn gather(&mut self) {
        let graph = self.graph;
        let mut attached: BTreeSet<String> = BTreeSet::new();
        for place in &PLACES.attached {
            for resource in graph.of_type(&place.kind) {
                for holder in self.holders(place, resource) {
                    for value in values(resource, &place.attribute) {
                        if let Some(policy) = self.named("aws_iam_policy", value, resource) {
                            attached.insert(policy.clone());
                            if let Some(policy) = self.addresses.get(&policy).copied() {
                                self.add(&holder, Sort::Identity, policy, "policy");
                            }
                        } else {
                            let text = value.text().unwrap_or_default();
                            self.policies(&holder, Sort::Identity).opaque.insert(text);
                        }
                    }
                }
            }
        }
        for place in &PLACES.identity {
            for resource in graph.of_type(&place.kind) {
                for holder in self.holders(place, resource) {
                    self.add(&holder, Sort::Identity, resource, &place.attribute);
                }
            }
        }
        for resource in graph.of_type("aws_iam_policy") {
            let address = resource.address.to_string();
            if !attached.contains(&address) {
                self.add(&address, Sort::Identity, resource, "policy");
            }
        }
        let mut carried: BTreeSet<(String, Sort)> = BTreeSet::new();
        for place in PLACES
            .resource
            .iter()
            .filter(|p| p.holder.is_some() && !p.trust)
        {
            for resource in graph.of_type(&place.kind) {
                let holders = self.holders(place, resource);
                carried.extend(holders.into_iter().map(|holder| (holder, Sort::Resource)));
            }
        }
        for place in &PLACES.resource {
            let sort = if place.trust {
                Sort::Trust
            } else {
                Sort::Resource
            };
            for resource in graph.of_type(&place.kind) {
                for holder in self.holders(place, resource) {
                    // A policy of its own replaces the one that AWS put there, which a state keeps.
                    if place.holder.is_none() && carried.contains(&(holder.clone(), sort)) {
                        continue;
                    }
                    self.add(&holder, sort, resource, &place.attribute);
                    if let (None, Some(unset)) = (&place.holder, place.unset) {
                        self.unset(&holder, unset);
                    }
                }
            }
        }
        for resource in graph.of_type("aws_lambda_permission") {
            let function = resource
                .get("function_name")
                .cloned()
                .unwrap_or(Value::null());
            let holder = self
                .named("aws_lambda_function", &function, resource)
                .unwrap_or_else(|| resource.address.to_string());
            let document = self.permission(resource, &holder, &function);
            let written = Written::Permission(Source(resource), document);
            self.policies(&holder, Sort::Invoke).written.push(written);
        }
    }

    fn policies(&mut self, holder: &str, sort: Sort) -> &mut Policies<'a> {
        self.of.entry((holder.to_owned(), sort)).or_default()
    }

    /// What stands for a policy that is not written, where nothing else is attached.
    fn unset(&mut self, holder: &str, unset: Unset) {
        let policies = self.policies(holder, Sort::Resource);
        if policies.written.is_empty() {
            match unset {
                Unset::Unknown => policies.unknown_default = true,
                Unset::Everyone => policies.written.push(Written::Unset(everyone())),
            }
        }
    }

    fn holders(&self, place: &Place, resource: &Resource) -> Vec<String> {
        let own = || vec![resource.address.to_string()];
        let (Some(attribute), Some(of)) = (&place.holder, &place.of) else {
            return own();
        };
        let found: Vec<String> = values(resource, attribute)
            .into_iter()
            .filter_map(|value| self.named(of, value, resource))
            .collect();
        if found.is_empty() { own() } else { found }
    }

    fn add(&mut self, holder: &str, sort: Sort, resource: &'a Resource, attribute: &str) {
        for value in values(resource, attribute) {
            let policies = self.policies(holder, sort);
            // A policy of its own replaces AWS's default.
            policies.unknown_default = false;
            let written = Written::Value(Source(resource), value);
            policies.written.push(written);
        }
    }

    /// The statement that Lambda writes for a permission (Lambda API reference, `AddPermission`).
    fn permission(&self, resource: &Resource, holder: &str, function: &Value) -> Document {
        // A state keeps an argument that was not given as an empty text.
        let text = |attribute: &str| {
            let text = resource.get(attribute).and_then(Value::text);
            text.filter(|text| !text.is_empty())
        };
        let mut conditions = Vec::new();
        for (attribute, operator, key) in INVOKE_CONDITIONS {
            if let Some(value) = text(attribute) {
                conditions.push(Condition {
                    operator: operator.to_owned(),
                    key: key.to_owned(),
                    values: vec![value],
                });
            }
        }
        let principal = text("principal").unwrap_or_default();
        let principal = if principal == "*" {
            "*".to_owned()
        } else if principal.ends_with(".amazonaws.com") {
            format!("Service:{principal}")
        } else {
            format!("AWS:{principal}")
        };
        let own = |name: &str| self.addresses.get(holder)?.get(name)?.text();
        // A state and an account know the ARN; code is in the account of its provider.
        let name = own("arn")
            .or_else(|| own("function_name"))
            .or_else(|| function.text())
            .unwrap_or_default();
        let provider = self.graph.providers.get("aws").and_then(|p| p.first());
        let setting = |name: &str| provider.and_then(|p| p.get(name)?.sole().text());
        let region = setting("region").unwrap_or_else(|| "us-east-1".to_owned());
        let account = setting("allowed_account_ids").unwrap_or_else(|| "000000000000".to_owned());
        let qualifier = text("qualifier").map_or_else(String::new, |q| format!(":{q}"));
        let partition = region::partition(&region);
        let arn = if name.starts_with("arn:") {
            format!("{name}{qualifier}")
        } else {
            format!("arn:{partition}:lambda:{region}:{account}:function:{name}{qualifier}")
        };
        Document {
            version: Version::V2012,
            id: None,
            statements: vec![Statement {
                sid: None,
                effect: Effect::Allow,
                principal: Some(Selection::of(Principal::from_ledger(&principal))),
                action: Selection::of(text("action")),
                resource: Some(Selection::of([arn])),
                conditions,
            }],
        }
    }

    /// The permissions boundary of a holder: its document, or the text of its ARN.
    pub(super) fn boundary(&self, holder: &str) -> Option<Result<Document, String>> {
        let resource = self.addresses.get(holder)?;
        let value = resource.get("permissions_boundary")?;
        let known = self
            .named("aws_iam_policy", value, resource)
            .and_then(|address| self.addresses.get(&address).copied())
            .and_then(|policy| document(policy.get("policy")?));
        Some(known.ok_or_else(|| value.text().unwrap_or_default()))
    }

    /// Every managed resource.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Resource> {
        self.addresses.values().copied()
    }

    /// A resource by its address.
    pub(super) fn resource(&self, address: &str) -> Option<&'a Resource> {
        self.addresses.get(address).copied()
    }
}

/// The default policy of a VPC endpoint (VPC guide, "Control access to VPC endpoints").
fn everyone() -> Document {
    Document {
        version: Version::V2008,
        id: None,
        statements: vec![Statement {
            sid: None,
            effect: Effect::Allow,
            principal: Some(Selection::of([Principal::Everyone])),
            action: Selection::of(["*".to_owned()]),
            resource: Some(Selection::of(["*".to_owned()])),
            conditions: Vec::new(),
        }],
    }
}

/// A policy document; symbols as `<address.attribute>`.
fn document(value: &Value) -> Option<Document> {
    Document::from_value(&json(&value.json()?)?).ok()
}

fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match &value.kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(b) => (*b).into(),
        Kind::Number(n) => n.clone().into(),
        Kind::List(items) | Kind::Set(items) => {
            items.iter().map(json).collect::<Option<Vec<_>>>()?.into()
        }
        Kind::Map(map) => serde_json::Value::Object(
            map.iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| Some((k.clone(), json(v)?)))
                .collect::<Option<_>>()?,
        ),
        _ => value.text()?.into(),
    })
}
