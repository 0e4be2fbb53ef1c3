//! Reads the permissions that a graph's policies grant, in canonical form.
//!
//! Nothing that may grant access is passed over: a statement that cannot be put into canonical form, a policy whose
//! holder is not in the graph, and a resource type that grants by other means than those listed in `policies.json` are
//! named beside what was read. Who needs all of it refuses when there is such a name.

mod invoke;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use super::document::{Document, Selection, Statement, Version};
use super::holders::Holders;
use super::{Conditions, Permission, PolicyKind};
use crate::graph::{Graph, Resource, Value};
pub use invoke::CONDITIONS as INVOKE_CONDITIONS;
pub(super) use invoke::place;

/// A policy that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// Address of the resource that carries it.
    pub address: String,
    /// Attribute.
    pub attribute: String,
    /// Why.
    pub message: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.address, self.attribute, self.message)
    }
}

impl std::error::Error for Unreadable {}

/// An attribute that holds a policy document (AWS provider documentation of each resource type).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    #[serde(rename = "type")]
    resource_type: String,
    attribute: String,
    carries: Carries,
    /// Where the policy is attached; unsaid: to the resource itself.
    holder: Option<Holder>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Carries {
    Identity,
    Trust,
    Resource,
    /// Not a policy of IAM's language.
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holder {
    /// Attribute that refers to the holder.
    attribute: String,
    /// Resource type of the holder.
    #[serde(rename = "type")]
    resource_type: String,
    /// Attribute of the holder that a plain string is compared with.
    name: String,
}

/// Where the provider takes what grants access (AWS provider documentation of each resource type).
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Data {
    /// Attribute names under which the provider takes policy documents or their ARNs.
    attributes: Vec<String>,
    /// Resource types that grant access without a policy document that is read here.
    other_grants: Vec<String>,
    places: Vec<Place>,
}

static DATA: LazyLock<Data> =
    LazyLock::new(|| serde_json::from_str(include_str!("../policies.json")).unwrap_or_default());

/// Every permission of every policy in the graph that can be read, and what else may grant access, sorted by place.
pub fn permissions(graph: &Graph) -> (BTreeSet<Permission>, Vec<Unreadable>) {
    let mut reader = Reader {
        graph,
        holders: Holders::of(graph, name_of),
        permissions: BTreeSet::new(),
        unread: Vec::new(),
    };
    for resource in graph.resources.values().filter(|r| !r.address.data) {
        reader.resource(resource);
    }
    reader.unread.sort();
    (reader.permissions, reader.unread)
}

/// What some resources of a graph grant: each permission with the address of a resource that it is written in.
pub fn written_in(
    graph: &Graph,
    wanted: impl Fn(&Resource) -> bool,
) -> BTreeMap<Permission, String> {
    let mut reader = Reader {
        graph,
        holders: Holders::of(graph, name_of),
        permissions: BTreeSet::new(),
        unread: Vec::new(),
    };
    let mut found = BTreeMap::new();
    let resources = graph.resources.values().filter(|r| !r.address.data);
    for resource in resources.filter(|r| wanted(r)) {
        reader.resource(resource);
        let address = resource.address.to_string();
        let granted = std::mem::take(&mut reader.permissions).into_iter();
        found.extend(granted.map(|permission| (permission, address.clone())));
    }
    found
}

/// A policy document in a graph, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Address of the resource that carries it.
    pub address: String,
    /// Attribute.
    pub attribute: String,
    /// Whose identity policy it is: `aws_iam_role.x`, or a role, user or group by its name.
    pub principals: BTreeSet<String>,
    /// The document.
    pub document: Document,
}

/// Every policy document of a graph in its full language, and what may grant access and could not be read.
pub fn documents(graph: &Graph) -> (Vec<Found>, Vec<Unreadable>) {
    let holders = Holders::of(graph, name_of);
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    let mut attached: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for resource in graph.resources.values().filter(|r| !r.address.data) {
        let kind = resource.address.kind.as_str();
        let address = resource.address.to_string();
        let mut fail = |attribute: &str, message: String| {
            unread.push(Unreadable {
                address: address.clone(),
                attribute: attribute.to_owned(),
                message,
            });
        };
        let grants = DATA.other_grants.iter().any(|other| other == kind);
        // Documents in these are read below.
        if grants && resource.get("policy").is_none() && resource.get("policy_arn").is_none() {
            fail("*", format!("what a {kind} grants is not read"));
        }
        let principals = principals(resource, &holders);
        for attribute in &DATA.attributes {
            let Some(value) = resource.get(attribute).filter(|v| !is_empty(v)) else {
                continue;
            };
            let mut places = DATA.places.iter();
            let place = places.find(|p| p.resource_type == kind && p.attribute == *attribute);
            if matches!(place.map(|place| place.carries), Some(Carries::None)) {
                continue;
            }
            if matches!(attribute.as_str(), "policy_arn" | "managed_policy_arns") {
                for policy in value.each() {
                    match own_policy(graph, policy) {
                        Some(policy) => attached
                            .entry(policy)
                            .or_default()
                            .extend(principals.clone()),
                        None => fail(
                            attribute,
                            format!(
                                "the policy {} is not here",
                                policy.text().unwrap_or_default()
                            ),
                        ),
                    }
                }
                continue;
            }
            match Document::from_graph(value) {
                Ok(document) => found.push(Found {
                    address: address.clone(),
                    attribute: attribute.clone(),
                    principals: if document.names_principals() {
                        BTreeSet::new()
                    } else {
                        principals.clone()
                    },
                    document,
                }),
                Err(error) => fail(attribute, error.to_string()),
            }
        }
    }
    for policy in &mut found {
        policy
            .principals
            .extend(attached.remove(&policy.address).unwrap_or_default());
    }
    unread.sort();
    (found, unread)
}

/// Who an attachment or inline policy is for.
fn principals(resource: &Resource, holders: &Holders<'_>) -> BTreeSet<String> {
    if resource.address.kind == "aws_iam_role" {
        return BTreeSet::from([resource.address.to_string()]);
    }
    let one = |kind: &str, value: &Value| match holders.find(kind, value) {
        Some(holder) => Some(holder.address.to_string()),
        None => Some(format!(
            "{} {}",
            kind.trim_start_matches("aws_iam_"),
            value.text()?
        )),
    };
    let mut found = BTreeSet::new();
    for (attribute, kind) in [
        ("role", "aws_iam_role"),
        ("roles", "aws_iam_role"),
        ("user", "aws_iam_user"),
        ("users", "aws_iam_user"),
        ("group", "aws_iam_group"),
        ("groups", "aws_iam_group"),
    ] {
        if let Some(value) = resource.get(attribute) {
            let values = value.each();
            found.extend(values.iter().filter_map(|value| one(kind, value)));
        }
    }
    found
}

/// Address of the policy of this graph that a value is an attribute of.
fn own_policy(graph: &Graph, value: &Value) -> Option<String> {
    let text = value.text()?;
    let (address, _) = text
        .strip_prefix('<')?
        .strip_suffix('>')?
        .rsplit_once('.')?;
    let mut policies = graph.of_type("aws_iam_policy");
    let policy = policies.find(|policy| policy.address.to_string() == address)?;
    Some(policy.address.to_string())
}

/// The attribute that names a resource of a type that carries policies of others.
pub(super) fn name_of(kind: &str) -> Option<&'static str> {
    if kind == "aws_lambda_function" {
        return Some("function_name");
    }
    let mut holders = DATA.places.iter().filter_map(|place| place.holder.as_ref());
    let holder = holders.find(|holder| holder.resource_type == kind);
    holder.map(|holder| holder.name.as_str())
}

struct Reader<'a> {
    graph: &'a Graph,
    holders: Holders<'a>,
    permissions: BTreeSet<Permission>,
    unread: Vec<Unreadable>,
}

impl Reader<'_> {
    fn resource(&mut self, resource: &Resource) {
        let kind = resource.address.kind.as_str();
        if DATA.other_grants.iter().any(|other| other == kind) {
            self.fail(resource, "*", format!("what a {kind} grants is not read"));
            return;
        }
        if kind == "aws_lambda_permission" {
            match invoke::lambda_permission(self.graph, &self.holders, resource) {
                Ok(permission) => drop(self.permissions.insert(permission)),
                Err(message) => self.fail(resource, "*", message),
            }
            return;
        }
        for attribute in &DATA.attributes {
            let Some(value) = resource.get(attribute).filter(|v| !is_empty(v)) else {
                continue;
            };
            let place = DATA
                .places
                .iter()
                .find(|p| p.resource_type == kind && p.attribute == *attribute);
            let Some(place) = place else {
                let message = format!("what this attribute of a {kind} grants is not read");
                self.fail(resource, attribute, message);
                continue;
            };
            match self.policy(resource, place, value) {
                Ok(statements) => {
                    for statement in statements {
                        match statement {
                            Ok(permissions) => self.permissions.extend(permissions),
                            Err(message) => self.fail(resource, attribute, message),
                        }
                    }
                }
                Err(message) => self.fail(resource, attribute, message),
            }
        }
    }

    fn fail(&mut self, resource: &Resource, attribute: &str, message: String) {
        self.unread.push(Unreadable {
            address: resource.address.to_string(),
            attribute: attribute.to_owned(),
            message,
        });
    }

    /// What each statement grants, or why that is not known.
    fn policy(
        &self,
        resource: &Resource,
        place: &Place,
        value: &Value,
    ) -> Result<Vec<Result<Vec<Permission>, String>>, String> {
        let kind = match place.carries {
            Carries::None => return Ok(Vec::new()),
            Carries::Identity => PolicyKind::Identity,
            Carries::Trust => PolicyKind::Trust,
            Carries::Resource => PolicyKind::Resource,
        };
        let holder = match &place.holder {
            None => resource.address.to_string(),
            Some(holder) => self.holder(resource, holder)?,
        };
        let document = Document::from_graph(value).map_err(|error| error.to_string())?;
        // Before this version "${" was plain text (IAM user guide, "IAM JSON policy elements: Version").
        if document.version != Version::V2012 {
            return Err("the policy's version is not 2012-10-17".to_owned());
        }
        let statements = document.statements.iter();
        Ok(statements
            .map(|statement| canonical(statement, &holder, kind))
            .collect())
    }

    /// Address of the resource that a policy is attached to.
    fn holder(&self, resource: &Resource, holder: &Holder) -> Result<String, String> {
        let value = resource
            .get(&holder.attribute)
            .ok_or_else(|| format!("{} is not set", holder.attribute))?;
        let found = self.holders.find(&holder.resource_type, value);
        found.map(|r| r.address.to_string()).ok_or_else(|| {
            format!(
                "{} names no {} of this stack",
                holder.attribute, holder.resource_type
            )
        })
    }
}

fn is_empty(value: &Value) -> bool {
    value.elements().is_some_and(<[Value]>::is_empty) || value.as_str() == Some("")
}

/// One permission for each principal, action and resource of a statement.
fn canonical(
    statement: &Statement,
    holder: &str,
    kind: PolicyKind,
) -> Result<Vec<Permission>, String> {
    let principals = match &statement.principal {
        Some(selection) => texts(selection, "Principal")?,
        None => BTreeSet::new(),
    };
    let actions = texts(&statement.action, "Action")?;
    let mut resources = match &statement.resource {
        Some(selection) => texts(selection, "Resource")?,
        None => BTreeSet::new(),
    };
    if actions.is_empty() {
        return Err("a statement has no Action".to_owned());
    }
    let principals: Vec<Option<String>> = match (kind, principals.is_empty()) {
        (PolicyKind::Identity, true) => vec![None],
        (PolicyKind::Identity, false) => {
            return Err("an identity policy names a Principal".to_owned());
        }
        (_, true) => return Err("a statement has no Principal".to_owned()),
        (_, false) => principals.into_iter().map(Some).collect(),
    };
    if resources.is_empty() {
        // Trust and repository policies have no Resource: they stand on what they are about.
        if kind == PolicyKind::Identity {
            return Err("a statement has no Resource".to_owned());
        }
        resources.insert("*".to_owned());
    }
    let mut conditions = Conditions::new();
    for condition in &statement.conditions {
        let of_operator = conditions.entry(condition.operator.clone()).or_default();
        let values = condition.values.iter().cloned().collect();
        of_operator.insert(condition.key.clone(), values);
    }
    let mut permissions = Vec::new();
    for principal in &principals {
        for action in &actions {
            for resource in &resources {
                permissions.push(Permission {
                    holder: holder.to_owned(),
                    kind,
                    effect: statement.effect,
                    principal: principal.clone(),
                    action: action.clone(),
                    resource: resource.clone(),
                    conditions: conditions.clone(),
                });
            }
        }
    }
    Ok(permissions)
}

/// The values of an element; its Not… form has no canonical one.
fn texts<T: ToString>(selection: &Selection<T>, element: &str) -> Result<BTreeSet<String>, String> {
    if selection.negated {
        return Err(format!(
            "a statement has an element \"Not{element}\", which is not read"
        ));
    }
    Ok(selection.values.iter().map(ToString::to_string).collect())
}

#[cfg(test)]
mod tests;
