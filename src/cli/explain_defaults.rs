//! `slgen validate --explain`: the manifest without gaps, each value with its origin.

use serde_json::{Value as Json, json};

use crate::service::Explained;

/// For programs (`slgen.defaults/1`): the manifest, and origin or line by JSON pointer.
pub(super) fn json(explained: &Explained) -> Json {
    json!({
        "schema": "slgen.defaults/1",
        "manifest": explained.manifest,
        "origins": explained.origins,
        "lines": explained.lines,
        "overrides": explained.overrides,
    })
}

/// For people: YAML that slgen would read, with comments.
pub(super) fn text(explained: &Explained) -> String {
    let mut out = String::new();
    if let Json::Object(map) = &explained.manifest {
        for (key, value) in map {
            entry(explained, &mut out, 0, key, value, &pointer("", key));
        }
    }
    out
}

fn pointer(parent: &str, key: &str) -> String {
    format!("{parent}/{}", crate::manifest::escape(key))
}

/// Writes `key: value`, or the key and what lies below it.
fn entry(explained: &Explained, out: &mut String, depth: usize, key: &str, value: &Json, at: &str) {
    let indent = "  ".repeat(depth);
    let key = scalar(&Json::String(key.to_owned()));
    if let Some(text) = flow(value) {
        line(explained, out, &format!("{indent}{key}: {text}"), at);
        return;
    }
    out.push_str(&format!("{indent}{key}:\n"));
    below(explained, out, depth + 1, value, at);
}

fn below(explained: &Explained, out: &mut String, depth: usize, value: &Json, at: &str) {
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                entry(explained, out, depth, key, value, &pointer(at, key));
            }
        }
        Json::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                let at = format!("{at}/{index}");
                let start = out.len();
                below(explained, out, depth + 1, value, &at);
                // The dash takes the place of the first line's last indentation.
                let dash = start + depth * 2;
                if dash < out.len() {
                    out.replace_range(dash..=dash, "-");
                }
            }
        }
        _ => {}
    }
}

/// A value on one line: a scalar, a list of scalars, or something empty.
fn flow(value: &Json) -> Option<String> {
    match value {
        Json::Object(map) if map.is_empty() => Some("{}".to_owned()),
        Json::Array(list) if list.iter().all(|v| !v.is_object() && !v.is_array()) => {
            let items: Vec<String> = list.iter().map(scalar).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        Json::Object(_) | Json::Array(_) => None,
        other => Some(scalar(other)),
    }
}

/// A scalar that YAML reads as the same: quoted unless it is plainly a word.
fn scalar(value: &Json) -> String {
    let Json::String(text) = value else {
        return value.to_string();
    };
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-./@".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    if word {
        text.clone()
    } else {
        // A JSON string is a YAML string (YAML 1.2, chapter 1.3).
        value.to_string()
    }
}

fn line(explained: &Explained, out: &mut String, text: &str, at: &str) {
    const COLUMN: usize = 56;
    out.push_str(text);
    let mut comment = origin(explained, at).map(str::to_owned).or_else(|| {
        let line = explained.lines.get(at)?;
        Some(format!("line {line}"))
    });
    if let (Some(comment), Some(overrides)) = (&mut comment, explained.overrides.get(at)) {
        for (environment, value) in overrides {
            comment.push_str(&format!("; {environment} sets {value}"));
        }
    }
    if let Some(comment) = comment {
        let width = text.chars().count();
        let gap = if width < COLUMN { COLUMN - width } else { 2 };
        out.push_str(&format!("{}# {comment}", " ".repeat(gap)));
    }
    out.push('\n');
}

/// Origin of a value, or of the nearest one that it is part of.
fn origin<'a>(explained: &'a Explained, at: &str) -> Option<&'a str> {
    let mut at = at;
    loop {
        if let Some(origin) = explained.origins.get(at) {
            return Some(origin);
        }
        at = &at[..at.rfind('/')?];
    }
}
