//! Functions of lists, sets and maps.

use std::collections::BTreeMap;

use super::arguments::{Found, Result, bool, collection, items, known_text, list};
use crate::graph::hcl::operators::{list_index, same, to_number};
use crate::graph::{Kind, Part, Value};

/// Most numbers that `range` gives, as in Terraform.
const MAX_RANGE: usize = 1024;

pub(super) fn concat(args: &[Value]) -> Found {
    let mut all = Vec::new();
    for arg in args {
        match &arg.kind {
            Kind::List(items) | Kind::Set(items) => {
                all.extend(items.iter().map(|v| v.clone().marked(arg.sensitive)));
            }
            Kind::Symbol(_) => return Ok(None),
            _ => return Err("lists are required".to_owned()),
        }
    }
    Ok(Some(Kind::List(all).into()))
}

pub(super) fn merge(args: &[Value]) -> Found {
    let mut merged = BTreeMap::new();
    for arg in args {
        match &arg.kind {
            Kind::Map(map) => {
                for (key, value) in map {
                    merged.insert(key.clone(), value.clone().marked(arg.sensitive));
                }
            }
            Kind::Null => {}
            Kind::Symbol(_) => return Ok(None),
            _ => return Err("maps are required".to_owned()),
        }
    }
    Ok(Some(Kind::Map(merged).into()))
}

pub(super) fn distinct(value: &Value) -> Found {
    if !value.is_known() {
        return Ok(None);
    }
    collection(value, |items| {
        let mut seen = std::collections::BTreeSet::new();
        let first = items.iter().filter(|v| seen.insert(v.source()));
        Kind::List(first.cloned().collect()).into()
    })
}

pub(super) fn sort(value: &Value) -> Found {
    if !value.is_known() {
        return Ok(None);
    }
    let Some(items) = value.elements() else {
        return Err("a list of strings is required".to_owned());
    };
    let mut texts = items
        .iter()
        .map(|v| {
            v.text()
                .ok_or_else(|| "a list of strings is required".to_owned())
        })
        .collect::<Result<Vec<_>>>()?;
    texts.sort();
    let items = texts.into_iter().map(Value::string).collect();
    Ok(Some(Kind::List(items).into()))
}

pub(super) fn flatten(value: &Value) -> Found {
    fn into(value: &Value, out: &mut Vec<Value>) -> bool {
        match &value.kind {
            Kind::List(items) | Kind::Set(items) => items.iter().all(|item| {
                let item = item.clone().marked(value.sensitive);
                into(&item, out)
            }),
            // May itself be a list of unknown length.
            Kind::Symbol(_) => false,
            _ => {
                out.push(value.clone());
                true
            }
        }
    }
    if matches!(value.kind, Kind::Symbol(_)) {
        return Ok(None);
    }
    if value.elements().is_none() {
        return Err("a list is required".to_owned());
    }
    let mut out = Vec::new();
    Ok(into(value, &mut out).then(|| Kind::List(out).into()))
}

pub(super) fn length(value: &Value) -> Found {
    let length = match &value.kind {
        Kind::List(items) => items.len(),
        // Unknown elements of a set may turn out equal.
        Kind::Set(items) if items.len() < 2 || value.is_known() => items.len(),
        Kind::Map(map) => map.len(),
        Kind::String(text) => text.chars().count(),
        Kind::Set(_) | Kind::Symbol(_) | Kind::Template(_) => return Ok(None),
        _ => return Err("a collection or string is required".to_owned()),
    };
    Ok(Some(Kind::Number(length.into()).into()))
}

pub(super) fn lookup(args: &[Value]) -> Found {
    let (map, key, default) = match args {
        [map, key] => (map, key, None),
        [map, key, default] => (map, key, Some(default)),
        _ => return Err("a map, a key and a default are required".to_owned()),
    };
    let entries = match &map.kind {
        Kind::Map(entries) => entries,
        Kind::Symbol(_) => return Ok(None),
        _ => return Err("a map is required".to_owned()),
    };
    let Some(key) = known_text(key)? else {
        return Ok(None);
    };
    match entries.get(&key).or(default) {
        Some(value) => Ok(Some(value.clone().marked(map.sensitive))),
        None => Err(format!("there is no key {key:?}")),
    }
}

pub(super) fn contains(args: &[Value]) -> Found {
    let [list, wanted] = args else {
        return Err("two arguments are required".to_owned());
    };
    let items = match &list.kind {
        Kind::List(items) | Kind::Set(items) => items,
        Kind::Symbol(_) => return Ok(None),
        _ => return Err("a list is required".to_owned()),
    };
    if !wanted.is_known() {
        return Ok(None);
    }
    if items
        .iter()
        .any(|item| item.is_known() && same(item, wanted))
    {
        return Ok(Some(bool(true)));
    }
    Ok(list.is_known().then(|| bool(false)))
}

pub(super) fn coalesce(args: &[Value]) -> Found {
    for arg in args {
        match &arg.kind {
            Kind::Null => {}
            Kind::String(text) if text.is_empty() => {}
            Kind::Symbol(_) => return Ok(None),
            Kind::Template(parts) if parts.iter().all(|p| matches!(p, Part::Symbol(_))) => {
                return Ok(None);
            }
            _ => return Ok(Some(arg.clone())),
        }
    }
    Err("all arguments are null or empty".to_owned())
}

pub(super) fn keys(value: &Value) -> Found {
    match &value.kind {
        Kind::Map(map) => {
            let keys = map.keys().map(|k| Value::string(k.as_str()));
            Ok(Some(list(keys.collect())))
        }
        Kind::Symbol(_) => Ok(None),
        _ => Err("a map is required".to_owned()),
    }
}

pub(super) fn values(value: &Value) -> Found {
    match &value.kind {
        Kind::Map(map) => Ok(Some(list(map.values().cloned().collect()))),
        Kind::Symbol(_) => Ok(None),
        _ => Err("a map is required".to_owned()),
    }
}

/// The index wraps around.
pub(super) fn element(args: &[Value]) -> Found {
    let [of, index] = args else {
        return Err("a list and an index are required".to_owned());
    };
    let Some(items) = items(of)? else {
        return Ok(None);
    };
    if !index.is_known() {
        return Ok(None);
    }
    let index = list_index(index).ok_or("the index is not a whole number from 0")?;
    let found = index
        .checked_rem(items.len())
        .and_then(|i| items.get(i))
        .ok_or("the list is empty")?;
    Ok(Some(found.clone().marked(of.sensitive)))
}

/// The only element, or null.
pub(super) fn only(value: &Value) -> Found {
    match items(value)? {
        Some([]) => Ok(Some(Value::null())),
        Some([only]) => Ok(Some(only.clone())),
        Some(_) if value.is_known() || matches!(value.kind, Kind::List(_)) => {
            Err("there is more than one element".to_owned())
        }
        _ => Ok(None),
    }
}

pub(super) fn zipmap(args: &[Value]) -> Found {
    let [keys, values] = args else {
        return Err("keys and values are required".to_owned());
    };
    let (Some(names), Some(values)) = (items(keys)?, items(values)?) else {
        return Ok(None);
    };
    if names.len() != values.len() {
        return Err("there are not as many keys as values".to_owned());
    }
    let mut map = BTreeMap::new();
    for (name, value) in names.iter().zip(values) {
        let Some(name) = known_text(name)? else {
            return Ok(None);
        };
        map.insert(name, value.clone());
    }
    Ok(Some(Kind::Map(map).into()))
}

/// Without null and empty strings; unknown texts that have a known part stay.
pub(super) fn compact(value: &Value) -> Found {
    let Some(items) = items(value)? else {
        return Ok(None);
    };
    let mut kept = Vec::new();
    for item in items {
        match &item.kind {
            Kind::Null => {}
            Kind::String(text) if text.is_empty() => {}
            Kind::Symbol(_) => return Ok(None),
            Kind::Template(parts) if parts.iter().all(|p| matches!(p, Part::Symbol(_))) => {
                return Ok(None);
            }
            _ => kept.push(item.clone()),
        }
    }
    Ok(Some(list(kept)))
}

pub(super) fn reverse(value: &Value) -> Found {
    let items = items(value)?;
    Ok(items.map(|items| list(items.iter().rev().cloned().collect())))
}

pub(super) fn slice(args: &[Value]) -> Found {
    let [of, from, to] = args else {
        return Err("a list, a start and an end are required".to_owned());
    };
    let Some(items) = items(of)? else {
        return Ok(None);
    };
    if !from.is_known() || !to.is_known() {
        return Ok(None);
    }
    let range = list_index(from).zip(list_index(to));
    let found = range.and_then(|(from, to)| items.get(from..to));
    let found = found.ok_or("the indexes are not inside the list")?;
    Ok(Some(list(found.to_vec()).marked(of.sensitive)))
}

/// Position of the first equal element.
pub(super) fn index(args: &[Value]) -> Found {
    let [of, wanted] = args else {
        return Err("a list and a value are required".to_owned());
    };
    let Some(items) = items(of)? else {
        return Ok(None);
    };
    if !of.is_known() || !wanted.is_known() {
        return Ok(None);
    }
    let at = items.iter().position(|item| same(item, wanted));
    let at = at.ok_or("the value is not in the list")?;
    Ok(Some(Kind::Number(at.into()).into()))
}

pub(super) fn range(args: &[Value]) -> Found {
    if args.iter().any(|a| !a.is_known()) {
        return Ok(None);
    }
    let numbers = args
        .iter()
        .map(|a| to_number(a).ok_or_else(|| "numbers are required".to_owned()))
        .collect::<Result<Vec<_>>>()?;
    let (from, to, step) = match numbers.as_slice() {
        [to] => (0.0, *to, if *to < 0.0 { -1.0 } else { 1.0 }),
        [from, to] => (*from, *to, if to < from { -1.0 } else { 1.0 }),
        [from, to, step] => (*from, *to, *step),
        _ => return Err("one to three numbers are required".to_owned()),
    };
    if step == 0.0 || (to - from) * step < 0.0 {
        return Err("the step leads away from the end".to_owned());
    }
    let mut all = Vec::new();
    let mut next = from;
    while (step > 0.0 && next < to) || (step < 0.0 && next > to) {
        if all.len() == MAX_RANGE {
            return Err(format!("more than {MAX_RANGE} numbers"));
        }
        all.push(Value::number(next).ok_or("the numbers are too large")?);
        next += step;
    }
    Ok(Some(list(all)))
}

/// Elements in any (`setunion`), all (`setintersection`), or only the first (`setsubtract`).
pub(super) fn sets(name: &str, args: &[Value]) -> Found {
    let mut sets = Vec::new();
    for arg in args {
        let Some(items) = items(arg)? else {
            return Ok(None);
        };
        if name != "setunion" && !arg.is_known() {
            return Ok(None);
        }
        sets.push(items);
    }
    let Some((first, rest)) = sets.split_first() else {
        return Err("sets are required".to_owned());
    };
    let within = |set: &[Value], item: &Value| set.iter().any(|other| same(other, item));
    let found: Vec<Value> = match name {
        "setunion" => sets.concat(),
        "setintersection" => {
            let kept = first.iter().filter(|i| rest.iter().all(|s| within(s, i)));
            kept.cloned().collect()
        }
        _ => {
            let kept = first.iter().filter(|i| !rest.iter().any(|s| within(s, i)));
            kept.cloned().collect()
        }
    };
    Ok(Some(Value::set(found)))
}

/// The first list that is not empty.
pub(super) fn coalescelist(args: &[Value]) -> Found {
    for arg in args {
        match items(arg)? {
            None => return Ok(None),
            Some([]) => {}
            Some(_) => return Ok(Some(arg.clone())),
        }
    }
    Err("all lists are empty".to_owned())
}

/// `alltrue` (of none: true) and `anytrue` (of none: false).
pub(super) fn truths(value: &Value, all: bool) -> Found {
    let Some(items) = items(value)? else {
        return Ok(None);
    };
    // One decides, whatever the others are.
    let decides = |item: &Value| item.as_bool().or(item.is_null().then_some(false)) == Some(!all);
    if items.iter().any(decides) {
        return Ok(Some(bool(!all)));
    }
    Ok(value.is_known().then(|| bool(all)))
}
