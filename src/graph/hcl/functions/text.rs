//! Functions of texts.

use super::arguments::{Found, known_text, list, string};
use super::format::format;
use crate::graph::hcl::eval::MAX_STRING;
use crate::graph::hcl::operators::{list_index, to_number};
use crate::graph::{Kind, Part, Value};

pub(super) fn join(args: &[Value]) -> Found {
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

pub(super) fn replace(args: &[Value]) -> Found {
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

pub(super) fn substr(args: &[Value]) -> Found {
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

/// `format` for each element of the lists among the arguments.
pub(super) fn formatlist(args: &[Value]) -> Found {
    let mut count = None;
    for arg in args.iter().skip(1) {
        if let Some(items) = arg.elements() {
            if count.is_some_and(|c| c != items.len()) {
                return Err("the lists differ in length".to_owned());
            }
            count = Some(items.len());
        } else if matches!(arg.kind, Kind::Symbol(_)) {
            // It may be a list.
            return Ok(None);
        }
    }
    let mut formatted = Vec::new();
    for i in 0..count.unwrap_or(1) {
        let row: Vec<Value> = args
            .iter()
            .map(|arg| match arg.elements() {
                Some(items) => items.get(i).cloned().unwrap_or_else(Value::null),
                None => arg.clone(),
            })
            .collect();
        match format(&row)? {
            Some(text) => formatted.push(text),
            None => return Ok(None),
        }
    }
    Ok(Some(list(formatted)))
}

/// Without the given characters at both ends.
pub(super) fn trim(args: &[Value]) -> Found {
    let [text, characters] = args else {
        return Err("a text and characters are required".to_owned());
    };
    match (known_text(text)?, known_text(characters)?) {
        (Some(text), Some(characters)) => {
            string(text.trim_matches(|c| characters.contains(c)).to_owned())
        }
        _ => Ok(None),
    }
}

/// The texts between separators; single characters when there is none.
pub(super) fn split(separator: &str, text: &str) -> Value {
    let items: Vec<Value> = if separator.is_empty() {
        text.chars().map(|c| Value::string(c.to_string())).collect()
    } else {
        text.split(separator).map(Value::string).collect()
    };
    list(items)
}
