//! Removing an entry.

use super::Obstacle;
use super::place::{
    Entry, Range, blank_before, block_end, close, comma, entries, is_flow, line_end, line_ends,
    line_start,
};
use crate::manifest::{Node, Value};

/// The new text, and how many segments name what went: fewer than were given when a block collection
/// would have been left without entries.
pub(super) fn remove(
    text: &str,
    root: &Node,
    segments: &[String],
) -> Result<(String, usize), Obstacle> {
    let mut parents: Vec<(&Node, usize)> = Vec::new();
    let mut node = root;
    for segment in segments {
        let found = match &node.value {
            Value::Scalar(_) => None,
            Value::Map(map) => map
                .get_index_of(segment)
                .zip(map.get(segment).map(|(_, child)| child)),
            Value::List(items) => segment
                .parse::<usize>()
                .ok()
                .and_then(|index| Some((index, items.get(index)?))),
        };
        let Some((index, child)) = found else {
            return Err(Obstacle::new(
                node.range,
                format!("there is no `{segment}`"),
            ));
        };
        parents.push((node, index));
        node = child;
    }
    for depth in (1..=parents.len()).rev() {
        let (parent, index) = parents[depth - 1];
        let entries = entries(text, parent)?;
        let ranges = if is_flow(text, parent) {
            from_flow(text, parent, &entries, index)?
        } else if entries.len() > 1 {
            vec![from_block(text, &entries, index)?]
        } else {
            continue;
        };
        return Ok((without(text, &ranges), depth));
    }
    Err(Obstacle::new(root.range, "nothing would be left"))
}

fn without(text: &str, ranges: &[Range]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in ranges {
        out.push_str(&text[done..*start]);
        done = *end;
    }
    out.push_str(&text[done..]);
    out
}

fn from_block(text: &str, entries: &[Entry<'_>], index: usize) -> Result<Range, Obstacle> {
    let entry = entries[index].range;
    let next = entries.get(index + 1).map(|next| next.range.0);
    let mut start = line_start(text, entry.0);
    if !text[start..entry.0].trim().is_empty() {
        // The first key behind a dash: the next one takes its place.
        return match next {
            Some(next) if index == 0 && text[entry.1..next].trim().is_empty() => {
                Ok((entry.0, next))
            }
            _ => Err(Obstacle::new(entry, "more than this stands on the line")),
        };
    }
    let mut end = block_end(text, entry)?;
    if next.is_some_and(|next| next < end) {
        return Err(Obstacle::new(entry, "more than this stands on the line"));
    }
    if blank_before(text, start) {
        let blank_after = text[end..line_end(text, end)].trim().is_empty();
        if next.is_none() || blank_after {
            start = line_start(text, start - 1);
        }
    }
    if end == text.len() && !text.ends_with('\n') && start > 0 {
        // The last line has no line break, and its successor shall have none.
        start -= 1;
        if text[..start].ends_with('\r') {
            start -= 1;
        }
    }
    end = end.max(start);
    Ok((start, end))
}

fn from_flow(
    text: &str,
    parent: &Node,
    entries: &[Entry<'_>],
    index: usize,
) -> Result<Vec<Range>, Obstacle> {
    let (start, end) = entries[index].range;
    let close = close(text, parent)
        .ok_or_else(|| Obstacle::new(parent.range, "its end is not where it should be"))?;
    let own = comma(text, end).filter(|comma| *comma < close);
    let before =
        match index.checked_sub(1).map(|before| entries[before].range.1) {
            None => None,
            Some(before) => Some(comma(text, before).ok_or_else(|| {
                Obstacle::new((before, start), "a comment stands before the comma")
            })?),
        };
    let uncommented = |from: usize, to: usize| {
        if text[from..to].contains('#') {
            Err(Obstacle::new((from, to), "a comment would go with it"))
        } else {
            Ok(())
        }
    };
    let line = line_start(text, start);
    let after = own.map_or(end, |comma| comma + 1);
    let own_line = text[line..start].trim().is_empty()
        && line_ends(text, after)
        && line_end(text, after) <= line_start(text, close);
    if own_line && entries.len() > 1 {
        let lines = (line, line_end(text, after));
        return Ok(match (own, before) {
            (None, Some(comma)) => vec![(comma, comma + 1), lines],
            _ => vec![lines],
        });
    }
    let range = match (before, entries.get(index + 1), own) {
        (Some(before), _, Some(own)) => {
            uncommented(before + 1, start)?;
            (before + 1, own + 1)
        }
        (Some(before), _, None) => {
            uncommented(before, start)?;
            (before, end)
        }
        (None, Some(next), _) => {
            uncommented(end, next.range.0)?;
            (start, next.range.0)
        }
        (None, None, _) => {
            let padded = matches!(parent.value, Value::Map(_))
                && text[..start].ends_with(' ')
                && text[after..].starts_with(' ');
            (start - usize::from(padded), after + usize::from(padded))
        }
    };
    Ok(vec![range])
}
