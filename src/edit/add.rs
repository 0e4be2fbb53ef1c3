//! Adding an entry.

use serde_json::Value as Json;

use super::Obstacle;
use super::layout::{Layout, newline};
use super::place::{
    blank_before, block_end, close, column, comma, entries, is_flow, line_end, line_start,
    with_comments,
};
use super::write::{Form, nested};
use crate::manifest::{Node, Value};

/// The new text, and how many segments of the path were there already.
pub(super) fn add(
    text: &str,
    root: &Node,
    segments: &[String],
    value: &Json,
) -> Result<(String, usize), Obstacle> {
    let mut node = root;
    for (depth, segment) in segments.iter().enumerate() {
        let child = match &node.value {
            Value::Scalar(_) => {
                let range = node.range;
                return Err(Obstacle::new(range, "a single value stands here"));
            }
            Value::Map(map) => map.get(segment).map(|(_, child)| child),
            Value::List(items) => segment
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index)),
        };
        if let Some(child) = child {
            node = child;
            continue;
        }
        let value = nested(&segments[depth + 1..], value);
        let key = match &node.value {
            Value::List(_) if segment == "-" => None,
            Value::List(_) => {
                return Err(Obstacle::new(
                    node.range,
                    format!("there is no item {segment}"),
                ));
            }
            _ => Some(segment.as_str()),
        };
        let new = New {
            text,
            layout: Layout::of(text, root),
            key,
            value: &value,
        };
        let text = if is_flow(text, node) {
            new.into_flow(node)?
        } else {
            new.into_block(node)?
        };
        return Ok((text, depth));
    }
    let name = segments.last().map_or("it", String::as_str);
    Err(Obstacle::new(
        node.range,
        format!("`{name}` is there already"),
    ))
}

struct New<'a> {
    text: &'a str,
    layout: Layout,
    key: Option<&'a str>,
    value: &'a Json,
}

impl New<'_> {
    fn line(&self) -> String {
        match self.key {
            Some(key) => self.layout.flow_entry(key, self.value),
            None => self.layout.flow(self.value),
        }
    }

    /// After the last entry of a block collection, as its neighbour is written.
    fn into_block(self, node: &Node) -> Result<String, Obstacle> {
        let text = self.text;
        let entries = entries(text, node)?;
        let Some(last) = entries.last() else {
            return Err(Obstacle::new(node.range, "nothing stands here"));
        };
        let column = column(text, last.range.0);
        let end = block_end(text, last.range)?;
        let form = match &last.value.value {
            Value::Scalar(_) => Form::Usual,
            _ if is_flow(text, last.value) => Form::Line,
            _ => Form::Lines,
        };
        let mut lines = match self.key {
            Some(key) => self.layout.entry(column, key, self.value, form),
            None => self.layout.item(column, self.value, form),
        };
        if let Some(first) = lines.first_mut() {
            first.insert_str(0, &" ".repeat(column));
        }
        let apart = entries.len() > 1 && blank_before(text, with_comments(text, last.range));
        if apart {
            lines.insert(0, String::new());
        }
        let newline = newline(text, end);
        let lines = lines.join(newline);
        let (before, after) = text.split_at(end);
        Ok(if before.ends_with('\n') {
            format!("{before}{lines}{newline}{after}")
        } else {
            format!("{before}{newline}{lines}{after}")
        })
    }

    /// Before the closing brace or bracket.
    fn into_flow(self, node: &Node) -> Result<String, Obstacle> {
        let text = self.text;
        let line = self.line();
        let close = close(text, node)
            .ok_or_else(|| Obstacle::new(node.range, "its end is not where it should be"))?;
        let entries = entries(text, node)?;
        let Some(last) = entries.last() else {
            if text[node.range.0..close].contains('#') {
                return Err(Obstacle::new(node.range, "only a comment stands here"));
            }
            let padded = self.layout.padded && self.key.is_some();
            let line = if padded { format!(" {line} ") } else { line };
            return Ok(insert(text, &[(close, &line)]));
        };
        let (start, end) = last.range;
        let own_line = text[line_start(text, start)..start].trim().is_empty()
            && line_end(text, end) <= line_start(text, close);
        let comma = comma(text, end).filter(|comma| *comma < close);
        if comma.is_none() && text[end..close].contains(',') {
            return Err(Obstacle::new(
                node.range,
                "a comment stands before the comma",
            ));
        }
        if own_line {
            let indent = &text[line_start(text, start)..start];
            let next = line_end(text, comma.unwrap_or(end));
            let newline = newline(text, next);
            return Ok(if comma.is_some() {
                insert(text, &[(next, &format!("{indent}{line},{newline}"))])
            } else {
                let line = format!("{indent}{line}{newline}");
                insert(text, &[(end, ","), (next, &line)])
            });
        }
        Ok(match comma {
            Some(comma) => insert(text, &[(comma + 1, &format!(" {line},"))]),
            None => insert(text, &[(end, &format!(", {line}"))]),
        })
    }
}

/// Texts put in at positions in order.
fn insert(text: &str, parts: &[(usize, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 80);
    let mut done = 0;
    for (at, part) in parts {
        out.push_str(&text[done..*at]);
        out.push_str(part);
        done = *at;
    }
    out.push_str(&text[done..]);
    out
}
