//! The mirrors of a plan: nested like the values beside them, with `true` for what is not known or
//! sensitive.

use std::collections::BTreeMap;

use super::{Kind, Value};

/// Puts symbols where the mirror says `true`; its other leaves and containers say nothing.
pub(super) fn unknown(value: Value, mirror: Option<&Value>, path: &str) -> Value {
    let Some(mirror) = mirror else {
        return value;
    };
    let sensitive = value.sensitive;
    let kind = match (&mirror.kind, value.kind) {
        (Kind::Bool(true), _) => return Value::symbol(path).marked(sensitive),
        (Kind::Map(mirror), Kind::Map(mut map)) => {
            for (name, mirror) in mirror {
                let value = map.remove(name).unwrap_or_else(Value::null);
                let path = format!("{path}{}", step(name));
                map.insert(name.clone(), unknown(value, Some(mirror), &path));
            }
            Kind::Map(map)
        }
        (Kind::List(mirrors), Kind::List(items)) => {
            // Unknown elements may be missing from the values.
            let count = items.len().max(mirrors.len());
            let mut items = items.into_iter();
            let item = |i: usize| {
                let value = items.next().unwrap_or_else(Value::null);
                unknown(value, mirrors.get(i), &format!("{path}[{i}]"))
            };
            Kind::List((0..count).map(item).collect())
        }
        // A container of which nothing is known yet.
        (mirror @ (Kind::Map(_) | Kind::List(_)), Kind::Null) if any_true(mirror) => {
            return Value::symbol(path).marked(sensitive);
        }
        (_, kind) => kind,
    };
    Value { kind, sensitive }
}

fn any_true(mirror: &Kind) -> bool {
    match mirror {
        Kind::Bool(b) => *b,
        Kind::List(items) => items.iter().any(|v| any_true(&v.kind)),
        Kind::Map(map) => map.values().any(|v| any_true(&v.kind)),
        _ => false,
    }
}

/// A step into a map, as source text.
pub(super) fn step(name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() {
        format!(".{name}")
    } else {
        format!("[{}]", Value::string(name).source())
    }
}

/// Marks from a mirror of `true` leaves.
pub(super) fn marked(value: Value, mirror: Option<&Value>) -> Value {
    let Some(mirror) = mirror else {
        return value;
    };
    let sensitive = value.sensitive;
    let kind = match (&mirror.kind, value.kind) {
        (Kind::Bool(true), kind) => return Value::from(kind).marked(true),
        (Kind::Map(_), Kind::Map(map)) => Kind::Map(marked_map(map, Some(mirror))),
        (Kind::List(mirrors), Kind::List(items)) => {
            let items = items.into_iter().enumerate();
            Kind::List(items.map(|(i, v)| marked(v, mirrors.get(i))).collect())
        }
        (_, kind) => kind,
    };
    Value { kind, sensitive }
}

pub(super) fn marked_map(
    map: BTreeMap<String, Value>,
    mirror: Option<&Value>,
) -> BTreeMap<String, Value> {
    // The whole object may be marked.
    let all = mirror.and_then(Value::as_bool) == Some(true);
    map.into_iter()
        .map(|(name, value)| {
            let value = marked(value, mirror.and_then(|m| m.get(&name)));
            (name, value.marked(all))
        })
        .collect()
}
