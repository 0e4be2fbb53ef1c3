//! Terraform's functions, as far as known arguments allow.
//!
//! Behaviour follows the function reference of Terraform 1.11. A function gives `Ok(None)` when
//! its result is not known; the call then stays a symbol.

use std::collections::BTreeMap;

use sha2::Digest as _;

use super::eval::MAX_STRING;
use super::format::format;
use super::operators::{list_index, same, to_number};
use crate::graph::types::{Extra, Type};
use crate::graph::{Kind, Part, Value, json};

type Result<T> = std::result::Result<T, String>;
type Found = Result<Option<Value>>;

/// The result may hold its arguments unchanged, with their own sensitive marks.
pub(super) fn keeps_marks(name: &str) -> bool {
    matches!(
        name,
        "concat" | "merge" | "flatten" | "tolist" | "tomap" | "values" | "lookup" | "coalesce"
    )
}

/// Applies a function; `None` when it is not one of these.
pub(super) fn apply(name: &str, args: &[Value]) -> Option<Found> {
    Some(match name {
        "jsonencode" => one(args).and_then(|v| {
            json::encode(v)
                .map(Some)
                .ok_or_else(|| "nested too deep".to_owned())
        }),
        "jsondecode" => one(args).and_then(jsondecode),
        "concat" => concat(args),
        "merge" => merge(args),
        "toset" => one(args).and_then(|v| collection(v, |items| Value::set(items.to_vec()))),
        "tolist" => {
            one(args).and_then(|v| collection(v, |items| Kind::List(items.to_vec()).into()))
        }
        "distinct" => one(args).and_then(distinct),
        "sort" => one(args).and_then(sort),
        "flatten" => one(args).and_then(flatten),
        "tomap" => one(args).and_then(|v| match &v.kind {
            Kind::Map(_) => Ok(Some(v.clone())),
            Kind::Symbol(_) => Ok(None),
            _ => Err("a map is required".to_owned()),
        }),
        "tostring" => one(args).and_then(|v| convert(v, &Type::String)),
        "tonumber" => one(args).and_then(|v| convert(v, &Type::Number)),
        "tobool" => one(args).and_then(|v| convert(v, &Type::Bool)),
        "format" => format(args),
        "join" => join(args),
        "split" => two_texts(args, |separator, text| {
            let items: Vec<Value> = if separator.is_empty() {
                text.chars().map(|c| Value::string(c.to_string())).collect()
            } else {
                text.split(separator).map(Value::string).collect()
            };
            Ok(Kind::List(items).into())
        }),
        "lower" => text_function(args, str::to_lowercase),
        "upper" => text_function(args, str::to_uppercase),
        "trimspace" => text_function(args, |t| t.trim().to_owned()),
        "sha256" => text_function(args, |t| hex(&sha2::Sha256::digest(t.as_bytes()))),
        "base64encode" => text_function(args, |t| base64(t.as_bytes())),
        "replace" => replace(args),
        "startswith" => two_texts(args, |text, prefix| Ok(bool(text.starts_with(prefix)))),
        "endswith" => two_texts(args, |text, suffix| Ok(bool(text.ends_with(suffix)))),
        "strcontains" => two_texts(args, |text, part| Ok(bool(text.contains(part)))),
        "trimprefix" => two_texts(args, |text, prefix| {
            Ok(Value::string(text.strip_prefix(prefix).unwrap_or(text)))
        }),
        "trimsuffix" => two_texts(args, |text, suffix| {
            Ok(Value::string(text.strip_suffix(suffix).unwrap_or(text)))
        }),
        "substr" => substr(args),
        "length" => one(args).and_then(length),
        "lookup" => lookup(args),
        "keys" => one(args).and_then(|v| match &v.kind {
            Kind::Map(map) => {
                let keys = map.keys().map(|k| Value::string(k.as_str()));
                Ok(Some(Kind::List(keys.collect()).into()))
            }
            Kind::Symbol(_) => Ok(None),
            _ => Err("a map is required".to_owned()),
        }),
        "values" => one(args).and_then(|v| match &v.kind {
            Kind::Map(map) => Ok(Some(Kind::List(map.values().cloned().collect()).into())),
            Kind::Symbol(_) => Ok(None),
            _ => Err("a map is required".to_owned()),
        }),
        "contains" => contains(args),
        "coalesce" => coalesce(args),
        "ceil" => number_function(args, f64::ceil),
        "floor" => number_function(args, f64::floor),
        "min" => extreme(args, f64::min),
        "max" => extreme(args, f64::max),
        _ => return None,
    })
}

fn one(args: &[Value]) -> Result<&Value> {
    match args {
        [only] => Ok(only),
        _ => Err("one argument is required".to_owned()),
    }
}

fn bool(b: bool) -> Value {
    Kind::Bool(b).into()
}

/// Text of an argument: numbers and bools are converted. `None` when it is not wholly known.
pub(super) fn known_text(value: &Value) -> Result<Option<String>> {
    match &value.kind {
        Kind::Symbol(_) | Kind::Template(_) => Ok(None),
        _ => value
            .text()
            .map(Some)
            .ok_or_else(|| "a string is required".to_owned()),
    }
}

/// A string result, unless it is longer than any string may be.
pub(super) fn string(text: String) -> Found {
    if text.len() > MAX_STRING {
        return Err("a string is longer than 1 MiB".to_owned());
    }
    Ok(Some(Value::string(text)))
}

fn text_function(args: &[Value], f: impl Fn(&str) -> String) -> Found {
    match known_text(one(args)?)? {
        Some(text) => string(f(&text)),
        None => Ok(None),
    }
}

fn two_texts(args: &[Value], f: impl Fn(&str, &str) -> Result<Value>) -> Found {
    let [first, second] = args else {
        return Err("two arguments are required".to_owned());
    };
    match (known_text(first)?, known_text(second)?) {
        (Some(first), Some(second)) => f(&first, &second).map(Some),
        _ => Ok(None),
    }
}

fn convert(value: &Value, to: &Type) -> Found {
    if !value.is_known() && *to != Type::String {
        return Ok(None);
    }
    to.convert(value.clone(), Extra::Refuse).map(Some)
}

fn collection(value: &Value, f: impl Fn(&[Value]) -> Value) -> Found {
    match &value.kind {
        Kind::List(items) | Kind::Set(items) => Ok(Some(f(items))),
        Kind::Null => Ok(Some(Value::null())),
        Kind::Symbol(_) => Ok(None),
        _ => Err("a list or set is required".to_owned()),
    }
}

fn jsondecode(value: &Value) -> Found {
    match &value.kind {
        Kind::String(_) => value
            .json()
            .map(Some)
            .ok_or_else(|| "this is not JSON without repeated keys".to_owned()),
        Kind::Template(_) => Ok(value.json()),
        Kind::Symbol(_) => Ok(None),
        _ => Err("a string is required".to_owned()),
    }
}

fn concat(args: &[Value]) -> Found {
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

fn merge(args: &[Value]) -> Found {
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

fn distinct(value: &Value) -> Found {
    if !value.is_known() {
        return Ok(None);
    }
    collection(value, |items| {
        let mut seen = std::collections::BTreeSet::new();
        let first = items.iter().filter(|v| seen.insert(v.source()));
        Kind::List(first.cloned().collect()).into()
    })
}

fn sort(value: &Value) -> Found {
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

fn flatten(value: &Value) -> Found {
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

fn join(args: &[Value]) -> Found {
    let Some((separator, lists)) = args.split_first() else {
        return Err("a separator and lists are required".to_owned());
    };
    let Some(separator) = known_text(separator)? else {
        return Ok(None);
    };
    let mut parts = Vec::new();
    let mut bytes = 0;
    let mut first = true;
    for list in lists {
        let items = match &list.kind {
            Kind::List(items) | Kind::Set(items) => items,
            Kind::Symbol(_) => return Ok(None),
            _ => return Err("lists of strings are required".to_owned()),
        };
        for item in items {
            if !first {
                parts.push(Part::Literal(separator.clone()));
                bytes += separator.len();
            }
            first = false;
            match &item.kind {
                Kind::Symbol(s) => parts.push(Part::Symbol(s.clone())),
                Kind::Template(inner) => parts.extend(inner.iter().cloned()),
                _ => {
                    let text = item
                        .text()
                        .ok_or_else(|| "lists of strings are required".to_owned())?;
                    bytes += text.len();
                    parts.push(Part::Literal(text));
                }
            }
            if bytes > MAX_STRING {
                return Err("a string is longer than 1 MiB".to_owned());
            }
        }
    }
    Ok(Some(Value::from_parts(parts)))
}

fn replace(args: &[Value]) -> Found {
    let [text, from, to] = args else {
        return Err("three arguments are required".to_owned());
    };
    let (Some(text), Some(from), Some(to)) =
        (known_text(text)?, known_text(from)?, known_text(to)?)
    else {
        return Ok(None);
    };
    // Bounds the result before it is built.
    if (text.len() + 1).saturating_mul(to.len() + 1) > 64 * MAX_STRING {
        return Err("the result may be longer than any string may be".to_owned());
    }
    let pattern = from
        .strip_prefix('/')
        .and_then(|p| p.strip_suffix('/'))
        .filter(|_| from.len() > 1);
    match pattern {
        None => string(text.replace(&from, &to)),
        Some(pattern) => {
            let regex = regex_lite::RegexBuilder::new(&go_braces(pattern))
                .size_limit(1 << 20)
                .build()
                .map_err(|e| format!("the pattern cannot be used: {e}"))?;
            string(regex.replace_all(&text, to.as_str()).into_owned())
        }
    }
}

/// Go reads a brace that opens no repetition as itself (`/{[^}]*}/`); here it must be escaped.
fn go_braces(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.char_indices();
    let mut class = false;
    let mut repetition = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                if let Some((_, next)) = chars.next() {
                    out.push(next);
                    // Named classes keep their braces.
                    if matches!(next, 'p' | 'P' | 'x') && pattern[at + 2..].starts_with('{') {
                        repetition = true;
                    }
                }
                continue;
            }
            '[' if !class => class = true,
            ']' if class => class = false,
            '{' if !class && !repetition => {
                let bounds = pattern[at + 1..].split_once('}').map(|(bounds, _)| bounds);
                let counts = bounds.is_some_and(|b| {
                    b.starts_with(|c: char| c.is_ascii_digit())
                        && b.bytes().all(|b| b.is_ascii_digit() || b == b',')
                });
                if counts {
                    repetition = true;
                } else {
                    out.push('\\');
                }
            }
            '}' if !class => {
                if !repetition {
                    out.push('\\');
                }
                repetition = false;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

fn substr(args: &[Value]) -> Found {
    let [text, offset, length] = args else {
        return Err("three arguments are required".to_owned());
    };
    if !offset.is_known() || !length.is_known() {
        return Ok(None);
    }
    let Some(text) = known_text(text)? else {
        return Ok(None);
    };
    let chars: Vec<char> = text.chars().collect();
    let from = to_number(offset).ok_or("the offset is not a number")?;
    let count = to_number(length).ok_or("the length is not a number")?;
    let total = list_index(&Kind::Number(chars.len().into()).into()).unwrap_or(0);
    let from = if from < 0.0 {
        let back = Value::number(-from).as_ref().and_then(list_index);
        total.saturating_sub(back.ok_or("the offset is not whole")?)
    } else {
        let from = Value::number(from).as_ref().and_then(list_index);
        from.ok_or("the offset is not whole")?
    };
    let rest = chars.get(from..).unwrap_or_default();
    let taken = if count < 0.0 {
        rest.len()
    } else {
        let count = Value::number(count).as_ref().and_then(list_index);
        count.ok_or("the length is not whole")?.min(rest.len())
    };
    string(rest[..taken].iter().collect())
}

fn length(value: &Value) -> Found {
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

fn lookup(args: &[Value]) -> Found {
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

fn contains(args: &[Value]) -> Found {
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

fn coalesce(args: &[Value]) -> Found {
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

fn number_function(args: &[Value], f: fn(f64) -> f64) -> Found {
    let arg = one(args)?;
    if !arg.is_known() {
        return Ok(None);
    }
    let n = to_number(arg).ok_or("a number is required")?;
    Ok(Value::number(f(n)))
}

fn extreme(args: &[Value], f: fn(f64, f64) -> f64) -> Found {
    if args.iter().any(|a| !a.is_known()) {
        return Ok(None);
    }
    let numbers = args
        .iter()
        .map(|a| to_number(a).ok_or_else(|| "numbers are required".to_owned()))
        .collect::<Result<Vec<_>>>()?;
    let found = numbers.into_iter().reduce(f);
    Ok(Some(
        found
            .and_then(Value::number)
            .ok_or("a number is required")?,
    ))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .enumerate()
            .fold(0u32, |n, (i, b)| n | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            let six = (group >> (18 - 6 * i)) & 63;
            out.push(if i <= chunk.len() {
                char::from(ALPHABET[six as usize])
            } else {
                '='
            });
        }
    }
    out
}
