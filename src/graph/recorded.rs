//! What state and plan files have in common: JSON of resources, brought into the shape that the
//! reader of code gives.

use std::collections::BTreeMap;

use super::schema::{self, Block, Nesting};
use super::types::Extra;
use super::{Address, Graph, Kind, Resource, Value, json};

/// Largest file: beyond a thousand times that of a service.
const MAX_FILE: usize = 256 << 20;

/// Attributes that hold values of users, which the provider does not mark as sensitive.
static SECRETS: [(&str, &[&str]); 3] = [
    ("aws_lambda_function", &["environment", "variables"]),
    ("aws_lambda_invocation", &["input"]),
    ("aws_ssm_parameter", &["insecure_value"]),
];

/// Why a state or plan file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing in it.
    Empty,
    /// The text ends too early.
    Truncated,
    /// Encrypted by `OpenTofu`.
    Encrypted,
    /// Another version of the format: what it says.
    Version(String),
    /// No JSON, or not what such a file holds: where, and what is expected.
    Malformed(String),
}

impl Unreadable {
    /// The file may be sound and is only not for us: nothing was compared, rather than that the
    /// input is wrong (exit status 4 rather than 1).
    pub fn is_incomplete(&self) -> bool {
        !matches!(self, Self::Malformed(_))
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str(
                "the file is empty: nothing was applied with this backend and workspace, or it was not written to its end",
            ),
            Self::Truncated => f.write_str(
                "the file ends too early: it was not written or downloaded to its end; fetch it anew",
            ),
            Self::Encrypted => f.write_str(
                "the file is encrypted: write it out with `tofu state pull`, or `tofu show -json` for a plan, where the key is known",
            ),
            Self::Version(said) => f.write_str(said),
            Self::Malformed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Unreadable {}

/// The object of a file.
pub(super) fn object(text: &str) -> Result<BTreeMap<String, Value>, Unreadable> {
    if text.len() > MAX_FILE {
        let most = MAX_FILE >> 20;
        return Err(Unreadable::Malformed(format!(
            "the file is larger than {most} MiB"
        )));
    }
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let parsed = json::document(text).map_err(|e| match e.classify() {
        serde_json::error::Category::Eof => Unreadable::Truncated,
        // The message may quote the file.
        _ => Unreadable::Malformed(format!(
            "line {}, column {}: this is not JSON, or an object repeats a key",
            e.line(),
            e.column()
        )),
    })?;
    let Kind::Map(map) = parsed.kind else {
        return Err(Unreadable::Malformed(
            "the file is no JSON object".to_owned(),
        ));
    };
    if map.contains_key("encrypted_data") || map.contains_key("encryption_version") {
        return Err(Unreadable::Encrypted);
    }
    Ok(map)
}

/// A field that has to be there.
pub(super) fn malformed(at: &str, wanted: &str) -> Unreadable {
    Unreadable::Malformed(format!("{at}: {wanted} is expected"))
}

/// Attributes of a resource as the reader of code shapes them: typed by the provider's schema,
/// null and missing blocks left out, sets sorted, secrets marked.
pub(super) fn resource(address: Address, attributes: BTreeMap<String, Value>) -> Resource {
    let schema = schema::resource(&address.kind, address.data);
    let mut attributes = shaped(schema.as_ref().map(|s| s.block.as_ref()), attributes);
    mark_secrets(&address.kind, &mut attributes);
    Resource {
        address,
        attributes,
        location: None,
        attribute_lines: BTreeMap::new(),
        references: Vec::new(),
        provider: None,
        prevent_destroy: false,
        ignore_changes: Vec::new(),
    }
}

/// Puts a resource into a graph.
pub(super) fn insert(graph: &mut Graph, resource: Resource) {
    graph.resources.insert(resource.address.clone(), resource);
}

/// Adds the mark to the values of users that the provider leaves unmarked.
pub(super) fn mark_secrets(kind: &str, attributes: &mut BTreeMap<String, Value>) {
    for (_, path) in SECRETS.iter().filter(|(of, _)| *of == kind) {
        if let Some((first, rest)) = path.split_first()
            && let Some(value) = attributes.get_mut(*first)
        {
            mark_at(value, rest);
        }
    }
}

fn mark_at(value: &mut Value, path: &[&str]) {
    match (path.split_first(), &mut value.kind) {
        (_, Kind::List(items) | Kind::Set(items)) if !path.is_empty() => {
            for item in items {
                mark_at(item, path);
            }
        }
        (Some((first, rest)), Kind::Map(map)) => {
            if let Some(inner) = map.get_mut(*first) {
                mark_at(inner, rest);
            }
        }
        // Each value for itself: its name is no secret.
        (None, Kind::Map(map)) => map.values_mut().for_each(|v| v.sensitive = true),
        (None, Kind::Null) => {}
        _ => value.sensitive = true,
    }
}

fn shaped(block: Option<&Block>, attributes: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    attributes
        .into_iter()
        .filter_map(|(name, value)| {
            if value.is_null() {
                return None;
            }
            let Some(block) = block else {
                return Some((name, value));
            };
            if let Some(wanted) = block.attributes.get(&name) {
                // What another version of the provider wrote stays as it is.
                let value = match wanted.kind.convert(value.clone(), Extra::Refuse) {
                    Ok(converted) => converted,
                    Err(_) => value,
                };
                return Some((name, value.marked(wanted.sensitive)));
            }
            let value = match block.blocks.get(&name) {
                Some(nested) => blocks(nested.nesting, &nested.block, value)?,
                None => value,
            };
            Some((name, value))
        })
        .collect()
}

/// Nested blocks of one name; `None` when there are none.
fn blocks(nesting: Nesting, block: &Block, value: Value) -> Option<Value> {
    let sensitive = value.sensitive;
    let inner = |item: Value| {
        let sensitive = item.sensitive;
        let kind = match item.kind {
            Kind::Map(map) => Kind::Map(shaped(Some(block), map)),
            kind => kind,
        };
        Value::from(kind).marked(sensitive)
    };
    let shaped = match (nesting, value.kind) {
        (_, Kind::List(items) | Kind::Set(items)) if items.is_empty() => return None,
        (Nesting::List, Kind::List(items)) => {
            Kind::List(items.into_iter().map(inner).collect()).into()
        }
        (Nesting::Set, Kind::List(items)) => Value::set(items.into_iter().map(inner).collect()),
        (_, kind) => inner(kind.into()),
    };
    Some(shaped.marked(sensitive))
}
