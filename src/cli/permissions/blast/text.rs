//! Reach for people, as text and as Markdown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::fold::{Folded, Row, only};
use super::step;
use crate::render::escape_markdown as escape;

/// How a group of rows is reached.
fn heading(folded: &Folded, row: &Row) -> String {
    let function = &folded.function;
    if row.chain.is_empty() {
        return format!("{function}, by its own role");
    }
    let steps: Vec<String> = row.chain.iter().map(|s| step(folded, s)).collect();
    format!("{function} {}, which", steps.join(", which "))
}

fn list(names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.join(", ")
}

pub(super) fn text(folded: &Folded) -> String {
    let mut out = String::new();
    for group in folded.rows.chunk_by(|a, b| a.chain == b.chain) {
        if let Some(first) = group.first() {
            let _ = writeln!(out, "{} may", heading(folded, first));
            below(&mut out, group, "  ");
        }
    }
    if folded.rows.is_empty() {
        let _ = writeln!(out, "{} may do nothing", folded.function);
    }
    for influence in &folded.influences {
        let _ = writeln!(
            out,
            "{} influences {}, which works on {}{}, and may",
            folded.function,
            influence.function,
            influence.via.join(", then "),
            only(influence.environments.as_ref()),
        );
        below(&mut out, &influence.rows, "  ");
    }
    for note in &folded.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

fn below(out: &mut String, rows: &[Row], indent: &str) {
    for group in rows.chunk_by(|a, b| a.class == b.class) {
        let Some(first) = group.first() else { continue };
        let _ = writeln!(out, "{indent}{}", first.class);
        for row in group {
            let access = row.access.to_string();
            let _ = writeln!(
                out,
                "{indent}  {access:6} {} ({}){}",
                row.label,
                list(&row.actions),
                only(row.environments.as_ref())
            );
        }
    }
}

pub(super) fn markdown(folded: &Folded) -> String {
    let mut out = format!("# What {} could reach\n", escape(&folded.function));
    for group in folded.rows.chunk_by(|a, b| a.chain == b.chain) {
        if let Some(first) = group.first() {
            let _ = write!(out, "\n## {} may\n\n", escape(&heading(folded, first)));
            table(&mut out, group);
        }
    }
    for influence in &folded.influences {
        let _ = write!(
            out,
            "\n## {} influences {}, which works on {}{}, and may\n\n",
            escape(&folded.function),
            escape(&influence.function),
            escape(&influence.via.join(", then ")),
            escape(&only(influence.environments.as_ref())),
        );
        table(&mut out, &influence.rows);
    }
    if !folded.notes.is_empty() {
        out.push('\n');
    }
    for note in &folded.notes {
        let _ = writeln!(out, "- {}", escape(note));
    }
    out
}

fn table(out: &mut String, rows: &[Row]) {
    out.push_str("| class | access | on | actions |\n|---|---|---|---|\n");
    for row in rows {
        let on = format!("{}{}", row.label, only(row.environments.as_ref()));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            row.class,
            row.access,
            escape(&on),
            escape(&list(&row.actions))
        );
    }
}
