//! Every attribute that differs between two resources, by path.

use std::collections::{BTreeMap, BTreeSet};

use super::ChangeKind;
use super::normalise::{canonical, is_default};
use super::table::{Row, rows};
use super::{path, plain};
use crate::graph::{Kind, Part, Resource, Value, schema};

/// One attribute that differs; a block of a list of one has no step of its own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) path: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// What is read of each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Code: what is not written is not known to differ from what the provider computes.
    Code,
    /// State or plan: everything is there, what the provider computed too.
    Real,
    /// An account: what was read is there, null where there is nothing. What is missing was not read.
    Account,
}

/// The differences, by path. Attributes that only the provider sets are none.
pub(super) fn changes(before: (&Resource, Nature), after: (&Resource, Nature)) -> Vec<Change> {
    if std::ptr::eq(before.0, after.0) || before.0.attributes == after.0.attributes {
        return Vec::new();
    }
    let kind = &after.0.address.kind;
    let schema = schema::resource(kind, false);
    let names: BTreeSet<&String> = before
        .0
        .attributes
        .keys()
        .chain(after.0.attributes.keys())
        .collect();
    let mut found = Vec::new();
    for name in names {
        // What both sides spell alike needs no further look.
        if before.0.attributes.get(name) == after.0.attributes.get(name) {
            continue;
        }
        if name == "tags_all" || name == "timeouts" {
            continue;
        }
        let attribute = schema.as_ref().and_then(|s| s.block.attributes.get(name));
        // Of an account what nobody writes counts too, where a row judges it.
        let watched = after.1 == Nature::Account && is_watched(kind, name, attribute.is_none());
        if !watched && attribute.is_some_and(|a| a.computed && !a.optional && !a.required) {
            continue;
        }
        let says = plain::empty_blocks(kind);
        let value = |side: &Resource| {
            let value = side.attributes.get(name)?;
            if says {
                canonical(&said(value))
            } else {
                canonical(value)
            }
        };
        let (old, new) = (value(before.0), value(after.0));
        let one_real = before.1 != after.1;
        if one_real {
            let code = if before.1 == Nature::Code { &old } else { &new };
            let real = if before.1 == Nature::Code { &new } else { &old };
            let computed = attribute.is_none_or(|a| a.computed);
            // Not written: what is there is the provider's or AWS's own choice. Not read: nothing
            // can be said.
            let set =
                before.0.attributes.contains_key(name) && after.0.attributes.contains_key(name);
            if (code.is_none() && computed && !watched) || (real.is_none() && !set) {
                continue;
            }
        }
        compare(kind, name, old.as_ref(), new.as_ref(), &mut found);
    }
    if before.1 != after.1 {
        let code = |change: &Change| match before.1 {
            Nature::Code => change.before.is_none(),
            _ => change.after.is_none(),
        };
        let zero = |change: &Change| {
            let real = change.before.as_ref().or(change.after.as_ref());
            // Numbers are texts by now.
            let text = real.and_then(Value::text);
            text.and_then(|t| t.parse::<f64>().ok()) == Some(0.0)
        };
        // What code leaves out, a provider keeps as zero, and AWS chooses in blocks as elsewhere.
        found.retain(|change| {
            let judged = rows(kind).any(|row| row.path == change.path);
            judged || !code(change) || !(zero(change) || schema_computes(kind, &change.path))
        });
    }
    if after.1 == Nature::Account {
        found.retain(|change| change.after.is_some() || !is_unread(after.0, &change.path));
    }
    if before.1 != after.1 {
        // A reference that nothing resolves says no more than its known parts.
        found.retain(|change| match (&change.before, &change.after) {
            (Some(a), Some(b)) => !may_equal(a, b) && !left_out(a) && !left_out(b),
            (Some(one), None) | (None, Some(one)) => !left_out(one),
            (None, None) => true,
        });
    }
    found
}

/// The same with blocks that hold nothing as true: that they are there is all they say.
fn said(value: &Value) -> Value {
    let kind = match &value.kind {
        Kind::Map(map) if map.values().all(Value::is_null) => Kind::Bool(true),
        Kind::Map(map) => Kind::Map(map.iter().map(|(k, v)| (k.clone(), said(v))).collect()),
        Kind::List(items) => Kind::List(items.iter().map(said).collect()),
        Kind::Set(items) => Value::set(items.iter().map(said).collect()).kind,
        other => other.clone(),
    };
    Value::from(kind).marked(value.sensitive)
}

/// Whether a row judges what an account says and code need not: an attribute that only AWS sets, or a block.
fn is_watched(kind: &str, name: &str, block: bool) -> bool {
    let of_aws = |row: &Row| row.path == name && row.kinds == [ChangeKind::Drift];
    let of_block = |row: &Row| row.path.split('.').next() == Some(name);
    rows(kind).any(|row| of_aws(row) || (block && of_block(row)))
}

/// Whether the provider computes an attribute of a block.
fn schema_computes(kind: &str, path: &str) -> bool {
    let Some(schema) = schema::resource(kind, false) else {
        return false;
    };
    let mut block = &schema.block;
    let mut steps = path.split('.').peekable();
    while let Some(step) = steps.next() {
        if steps.peek().is_none() {
            return block.attributes.get(step).is_some_and(|a| a.computed);
        }
        match block.blocks.get(step) {
            Some(inner) => block = &inner.block,
            None => return false,
        }
    }
    false
}

/// Whether an attribute, or a block that it stands in, is missing from what is there.
fn is_unread(account: &Resource, path: &str) -> bool {
    let mut steps = path::steps(path).into_iter();
    let Some(mut value) = steps.next().and_then(|name| account.attributes.get(&name)) else {
        return true;
    };
    for step in steps {
        let Kind::Map(block) = &value.sole().kind else {
            return false;
        };
        match block.get(&step) {
            Some(inner) => value = inner,
            None => return true,
        }
    }
    false
}

/// A value that a snapshot leaves out.
fn left_out(value: &Value) -> bool {
    matches!(&value.kind, Kind::Map(map) if map.len() == 1 && map.contains_key(LEFT_OUT))
}

/// Key of a map that stands for a value left out.
pub(crate) const LEFT_OUT: &str = "$redacted";

/// Whether a value that is not known in full can be the other.
fn may_equal(a: &Value, b: &Value) -> bool {
    let (unknown, known) = if a.is_known() { (b, a) } else { (a, b) };
    if unknown.is_known() {
        return false;
    }
    match (&unknown.kind, &known.kind) {
        (Kind::Symbol(_), _) => true,
        (Kind::Template(parts), _) => {
            let Some(text) = known.text() else {
                return false;
            };
            let mut rest = text.as_str();
            for (number, part) in parts.iter().enumerate() {
                let Part::Literal(literal) = part else {
                    continue;
                };
                let last = number + 1 == parts.len();
                match rest.find(literal.as_str()) {
                    Some(at) if at == 0 || number > 0 => rest = &rest[at + literal.len()..],
                    _ => return false,
                }
                if last && !text.ends_with(literal.as_str()) {
                    return false;
                }
            }
            true
        }
        (Kind::List(a) | Kind::Set(a), Kind::List(b) | Kind::Set(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|x| b.iter().any(|y| x.kind == y.kind || may_equal(x, y)))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(k, x)| {
                    b.get(k)
                        .is_some_and(|y| x.kind == y.kind || may_equal(x, y))
                })
        }
        _ => false,
    }
}

fn compare(
    kind: &str,
    path: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    found: &mut Vec<Change>,
) {
    if old.map(|v| &v.kind) == new.map(|v| &v.kind) {
        return;
    }
    let empty = BTreeMap::new();
    match (old.map(|v| &v.sole().kind), new.map(|v| &v.sole().kind)) {
        (Some(Kind::Map(a)), Some(Kind::Map(b))) => {
            return maps(kind, path, a, b, found);
        }
        // A block that comes or goes: its attributes do.
        (None, Some(Kind::Map(b))) => return maps(kind, path, &empty, b, found),
        (Some(Kind::Map(a)), None) => return maps(kind, path, a, &empty, found),
        _ => {}
    }
    if let (Some(a), Some(b)) = (old.and_then(Value::elements), new.and_then(Value::elements))
        && a.iter().chain(b).all(|v| matches!(v.kind, Kind::Map(_)))
    {
        let (a, b) = apart(a, b);
        if let ([a], [b]) = (a.as_slice(), b.as_slice()) {
            return compare(kind, path, Some(a), Some(b), found);
        }
        if a.is_empty() && b.is_empty() {
            return;
        }
    }
    // An argument written as its default, or as an empty string.
    let nothing = |value: Option<&Value>| value.is_none_or(|v| is_default(kind, path, v));
    if nothing(old) && nothing(new) {
        return;
    }
    found.push(Change {
        path: path.to_owned(),
        before: old.cloned(),
        after: new.cloned(),
    });
}

fn maps(
    kind: &str,
    path: &str,
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
    found: &mut Vec<Change>,
) {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let path = path::below(path, key);
        compare(kind, &path, old.get(key), new.get(key), found);
    }
}

/// The blocks that have no equal on the other side.
fn apart<'a>(old: &'a [Value], new: &'a [Value]) -> (Vec<&'a Value>, Vec<&'a Value>) {
    let text = |v: &Value| v.source();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for value in new {
        *counts.entry(text(value)).or_default() += 1;
    }
    let mut matched: BTreeMap<String, usize> = BTreeMap::new();
    let lost = old
        .iter()
        .filter(|value| match counts.get_mut(&text(value)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                *matched.entry(text(value)).or_default() += 1;
                false
            }
            _ => true,
        })
        .collect();
    let gained = new
        .iter()
        .filter(|value| match matched.get_mut(&text(value)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect();
    (lost, gained)
}
