//! The `format` function: `%s %d %v %q %t %x %f …` with flags, width and precision.

use super::arguments::string;
use crate::graph::hcl::operators::{list_index, to_number};
use crate::graph::{Kind, Part, Value, json};

/// Greatest width or precision that is laid out here.
const MAX_WIDTH: usize = 1000;

/// Formats known arguments; unknown ones stay as parts under a plain `%s` or `%v`.
pub(super) fn format(args: &[Value]) -> Result<Option<Value>, String> {
    let Some((Some(pattern), rest)) = args.split_first().map(|(p, r)| (p.as_str(), r)) else {
        return match args.first() {
            Some(p) if !p.is_known() => Ok(None),
            _ => Err("a format is required".to_owned()),
        };
    };
    let mut arguments = rest.iter();
    let mut parts = Vec::new();
    let mut chars = pattern.chars().peekable();
    let mut literal = String::new();
    while let Some(c) = chars.next() {
        if c != '%' {
            literal.push(c);
            continue;
        }
        let mut spec = String::new();
        while let Some(&c) = chars.peek() {
            if c.is_ascii_digit() || "+-# .".contains(c) {
                spec.push(c);
                chars.next();
            } else {
                break;
            }
        }
        let verb = chars.next().ok_or("the format ends in %")?;
        if verb == '%' {
            literal.push('%');
            continue;
        }
        // Explicit argument numbers and the rarer verbs are left to Terraform.
        if !"svdqtxXf".contains(verb) {
            return Ok(None);
        }
        let argument = arguments
            .next()
            .ok_or_else(|| format!("there is no argument for %{verb}"))?;
        if argument.is_known() {
            match write(&spec, verb, argument)? {
                Some(text) => literal.push_str(&text),
                None => return Ok(None),
            }
            continue;
        }
        if !spec.is_empty() || !matches!(verb, 's' | 'v') {
            return Ok(None);
        }
        parts.push(Part::Literal(std::mem::take(&mut literal)));
        match &argument.kind {
            Kind::Symbol(s) => parts.push(Part::Symbol(s.clone())),
            Kind::Template(inner) => parts.extend(inner.iter().cloned()),
            _ => return Ok(None),
        }
    }
    if arguments.next().is_some() {
        return Err("there are more arguments than the format takes".to_owned());
    }
    if parts.is_empty() {
        return string(literal);
    }
    parts.push(Part::Literal(literal));
    Ok(Some(Value::from_parts(parts)))
}

fn write(spec: &str, verb: char, value: &Value) -> Result<Option<String>, String> {
    let flags: String = spec.chars().take_while(|c| "+-# 0".contains(*c)).collect();
    let (width, precision) = match spec[flags.len()..].split_once('.') {
        Some((width, precision)) => (width, Some(precision)),
        None => (&spec[flags.len()..], None),
    };
    let size = |digits: &str| match digits {
        "" => Some(0),
        digits => digits.parse().ok().filter(|n| *n <= MAX_WIDTH),
    };
    let (Some(width), Some(precision)) = (
        size(width),
        precision.map(size).map_or(Some(None), |p| p.map(Some)),
    ) else {
        return Ok(None);
    };
    let number = || to_number(value).ok_or_else(|| format!("%{verb} needs a number"));
    let text = match verb {
        's' | 'v' => match (value.text(), verb) {
            (Some(text), _) => text,
            (None, 'v') => match json::encode(value).and_then(|v| v.text()) {
                Some(text) => text,
                None => return Ok(None),
            },
            (None, _) => return Err("%s needs a string".to_owned()),
        },
        'q' => match value.text() {
            Some(text) => serde_json::Value::from(text).to_string(),
            None => return Err("%q needs a string".to_owned()),
        },
        't' => match value.kind {
            Kind::Bool(b) => b.to_string(),
            _ => return Err("%t needs a bool".to_owned()),
        },
        'd' => format!("{:.0}", number()?.trunc()),
        'f' => format!("{:.*}", precision.unwrap_or(6), number()?),
        // Hexadecimal of strings and of negative numbers is left to Terraform.
        _ => match (&value.kind, list_index(value)) {
            (Kind::Number(_), Some(n)) if verb == 'x' => format!("{n:x}"),
            (Kind::Number(_), Some(n)) => format!("{n:X}"),
            _ => return Ok(None),
        },
    };
    let numeric = matches!(verb, 'd' | 'f' | 'x' | 'X');
    let text = match precision {
        Some(p) if !numeric => text.chars().take(p).collect(),
        Some(_) if verb != 'f' => return Ok(None),
        _ => text,
    };
    let text = if flags.contains('+') && numeric && !text.starts_with('-') {
        format!("+{text}")
    } else {
        text
    };
    if flags.contains(['#', ' ']) {
        return Ok(None);
    }
    let missing = width.saturating_sub(text.chars().count());
    Ok(Some(if flags.contains('-') {
        text + &" ".repeat(missing)
    } else if flags.contains('0') && numeric {
        let at = usize::from(text.starts_with(['+', '-']));
        format!("{}{}{}", &text[..at], "0".repeat(missing), &text[at..])
    } else {
        " ".repeat(missing) + &text
    }))
}
