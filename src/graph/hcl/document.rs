//! `data "aws_iam_policy_document"`: the JSON that the provider makes of it
//! (`internal/service/iam/policy_document_data_source.go` of provider 5, and its documentation).
//!
//! What is not known stays a symbol in its place: a source document that cannot be read is a
//! statement that cannot be read.

use std::collections::BTreeMap;

use super::eval::{Evaluator, Outcome, Scope};
use crate::graph::{Kind, Part, Value, json, schema};
use hcl_edit::structure::Body;

/// The data source.
pub(super) const KIND: &str = "aws_iam_policy_document";

type Map = BTreeMap<String, Value>;

/// Whether an attribute of the data source is the document.
pub(super) fn is_document(data: bool, kind: &str, attribute: &str) -> bool {
    data && kind == KIND && matches!(attribute, "json" | "minified_json")
}

impl Evaluator<'_> {
    /// The document of one data source.
    pub(super) fn document(&self, body: &Body, scope: Scope) -> Outcome {
        let schema = schema::resource(KIND, true);
        let block = schema.as_ref().map(|s| s.block.as_ref());
        let (attributes, _) = self.body(body, block, scope, KIND);
        encoded(&attributes).ok_or_else(|| scope.fail(0, "the document is nested too deep"))
    }
}

/// The document of evaluated attributes, as JSON.
pub(super) fn encoded(attributes: &Map) -> Option<Value> {
    json::encode(&Kind::Map(document(attributes)).into())
}

/// A document while it is put together.
#[derive(Default)]
struct Document {
    version: Option<Value>,
    id: Option<Value>,
    statements: Vec<Value>,
}

fn document(attributes: &Map) -> Map {
    let mut merged = Document::default();
    let sources = ["source_json", "source_policy_documents"];
    for source in sources.iter().flat_map(|name| texts(attributes, name)) {
        merged.merge(read(source));
    }
    merged.merge(own(attributes));
    let overrides = ["override_policy_documents", "override_json"];
    for text in overrides.iter().flat_map(|name| texts(attributes, name)) {
        merged.merge(read(text));
    }
    let mut map = Map::new();
    let version = merged
        .version
        .unwrap_or_else(|| Value::string("2012-10-17"));
    map.insert("Version".to_owned(), version);
    if let Some(id) = merged.id {
        map.insert("Id".to_owned(), id);
    }
    map.insert("Statement".to_owned(), Kind::List(merged.statements).into());
    map
}

impl Document {
    /// Takes over what another document says: statements with a Sid that is there replace it.
    fn merge(&mut self, other: Document) {
        self.version = other.version.or_else(|| self.version.take());
        self.id = other.id.or_else(|| self.id.take());
        for statement in other.statements {
            let sid = |s: &Value| {
                let sid = s.get("Sid").and_then(Value::as_str);
                sid.filter(|sid| !sid.is_empty()).map(str::to_owned)
            };
            let wanted = sid(&statement);
            let same = self
                .statements
                .iter_mut()
                .find(|s| wanted.is_some() && sid(s) == wanted);
            match same {
                Some(old) => *old = statement,
                None => self.statements.push(statement),
            }
        }
    }
}

/// The documents that an attribute lists, empty ones left out.
fn texts<'v>(attributes: &'v Map, name: &str) -> Vec<&'v Value> {
    let Some(value) = attributes.get(name) else {
        return Vec::new();
    };
    let items = value.each();
    let given = items
        .iter()
        .filter(|v| !v.is_null() && v.as_str() != Some(""));
    given.collect()
}

/// A document given as JSON.
fn read(text: &Value) -> Document {
    let decoded = text.json();
    let Some(Kind::Map(mut map)) = decoded.map(|v| v.kind) else {
        // As a whole it stands for statements that are not known.
        let unread = Value::symbol(format!("jsondecode({})", text.source()));
        return Document {
            statements: vec![unread.marked(text.has_sensitive())],
            ..Document::default()
        };
    };
    let statements = match map.remove("Statement") {
        Some(Value {
            kind: Kind::List(statements),
            ..
        }) => statements,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    Document {
        version: map.remove("Version"),
        id: map.remove("Id"),
        statements,
    }
}

/// What the data source itself says.
fn own(attributes: &Map) -> Document {
    let given = |name: &str| attributes.get(name).filter(|v| !v.is_null()).cloned();
    let statements = match attributes.get("statement") {
        Some(value) => value.each(),
        None => &[],
    };
    Document {
        version: given("version"),
        id: given("policy_id").filter(|id| id.as_str() != Some("")),
        statements: statements.iter().map(statement).collect(),
    }
}

fn statement(block: &Value) -> Value {
    let Kind::Map(block) = &block.kind else {
        // The blocks of a `dynamic` whose number is not known.
        return block.clone();
    };
    let mut map = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        map.extend(value.map(|value| (name.to_owned(), value)));
    };
    let given = |name: &str| block.get(name).filter(|v| !v.is_null());
    put(
        "Sid",
        given("sid").filter(|s| s.as_str() != Some("")).cloned(),
    );
    let effect = given("effect").cloned();
    put(
        "Effect",
        Some(effect.unwrap_or_else(|| Value::string("Allow"))),
    );
    for (key, name) in [("Action", "actions"), ("NotAction", "not_actions")] {
        put(key, given(name).and_then(|v| list(v, false)));
    }
    for (key, name) in [("Resource", "resources"), ("NotResource", "not_resources")] {
        put(key, given(name).and_then(|v| list(v, true)));
    }
    for (key, name) in [
        ("Principal", "principals"),
        ("NotPrincipal", "not_principals"),
    ] {
        put(key, given(name).and_then(principals));
    }
    put("Condition", given("condition").and_then(conditions));
    Kind::Map(map).into()
}

/// One text as itself, several as a list in the provider's order; none as nothing.
fn list(value: &Value, variables: bool) -> Option<Value> {
    let Some(items) = value.elements() else {
        return Some(value.clone());
    };
    let mut items: Vec<Value> = items
        .iter()
        .map(|v| {
            if variables {
                interpolated(v)
            } else {
                v.clone()
            }
        })
        .collect();
    // Strings in reverse; what is not known keeps its place behind them.
    items.sort_by(|a, b| b.as_str().cmp(&a.as_str()));
    match items.len() {
        0 => None,
        1 => items.pop(),
        _ => Some(Kind::List(items).into()),
    }
}

/// `&{aws:username}` is written for `${aws:username}`.
fn interpolated(value: &Value) -> Value {
    let kind = match &value.kind {
        Kind::String(text) => Kind::String(text.replace("&{", "${")),
        Kind::Template(parts) => Kind::Template(
            parts
                .iter()
                .map(|part| match part {
                    Part::Literal(text) => Part::Literal(text.replace("&{", "${")),
                    Part::Symbol(symbol) => Part::Symbol(symbol.clone()),
                })
                .collect(),
        ),
        kind => kind.clone(),
    };
    Value {
        kind,
        sensitive: value.sensitive,
    }
}

/// Principals by type; `"*"` for everyone.
fn principals(value: &Value) -> Option<Value> {
    let blocks = value.each();
    let mut map = BTreeMap::<String, Vec<Value>>::new();
    for block in blocks {
        let (Some(kind), Some(named)) = (
            block.get("type").and_then(Value::text),
            block.get("identifiers"),
        ) else {
            return Some(value.clone());
        };
        map.entry(kind).or_default().extend_from_slice(named.each());
    }
    let everyone = map
        .get("*")
        .is_some_and(|named| matches!(named.as_slice(), [one] if one.as_str() == Some("*")));
    if everyone && map.len() == 1 {
        return Some(Value::string("*"));
    }
    let map = map
        .into_iter()
        .filter_map(|(kind, named)| Some((kind, list(&Value::set(named), true)?)));
    let map: Map = map.collect();
    (!map.is_empty()).then(|| Kind::Map(map).into())
}

/// Values by operator and key; a key given twice under one operator has all the values.
fn conditions(value: &Value) -> Option<Value> {
    let blocks = value.each();
    let mut map = BTreeMap::<String, BTreeMap<String, Vec<Value>>>::new();
    for block in blocks {
        let field = |name: &str| block.get(name).map(interpolated);
        let (Some(test), Some(key), Some(values)) = (
            field("test").and_then(|v| v.text()),
            field("variable").and_then(|v| v.text()),
            block.get("values"),
        ) else {
            return Some(value.clone());
        };
        let values = match values.elements() {
            Some(items) => items.iter().map(interpolated).collect(),
            None => vec![values.clone()],
        };
        map.entry(test)
            .or_default()
            .entry(key)
            .or_default()
            .extend(values);
    }
    let of_key = |mut values: Vec<Value>| match values.len() {
        1 => values.remove(0),
        _ => Kind::List(values).into(),
    };
    let map: Map = map
        .into_iter()
        .map(|(test, keys)| {
            let keys: Map = keys.into_iter().map(|(k, v)| (k, of_key(v))).collect();
            (test, Kind::Map(keys).into())
        })
        .collect();
    (!map.is_empty()).then(|| Kind::Map(map).into())
}
