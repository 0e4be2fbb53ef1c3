//! Reach as a Mermaid flowchart, as GitHub renders it in a fenced block.
//!
//! Ids are our own; what others named stands in quoted labels, with everything that Mermaid or its Markdown could take for
//! syntax as entity codes (Mermaid documentation, "Flowcharts", "Entity codes to escape characters").

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::fold::{Folded, Row};
use crate::iam::blast::{Access, Class, Step};

/// The fenced block. Logs, traces and network are left out: the tables have them.
pub(super) fn block(folded: &Folded) -> String {
    format!("```mermaid\n{}```\n", chart(folded))
}

fn chart(folded: &Folded) -> String {
    let mut chart = Chart::default();
    let start = chart.node(&folded.function, Shape::Function);
    for row in &folded.rows {
        let mut from = start;
        for step in &row.chain {
            let (shape, label) = match step {
                Step::Invokes { .. } => (Shape::Function, "invokes".to_owned()),
                Step::Changes { .. } => (Shape::Function, "changes".to_owned()),
                Step::Assumes { .. } => (Shape::Role, "assumes".to_owned()),
                Step::Passes { to, .. } => (Shape::Role, format!("passes to {}", to.join(", "))),
            };
            let node = chart.node(folded.label(step.subject()), shape);
            chart.edge(from, node, &label, false);
            from = node;
        }
        if row.class != Class::Other {
            let node = chart.node(&row.label, shape(row));
            if node != from {
                let label = match row.access {
                    Access::Invoke => "invokes".to_owned(),
                    Access::Assume => "assumes".to_owned(),
                    Access::Pass => "passes".to_owned(),
                    other => other.to_string(),
                };
                chart.edge(from, node, &label, false);
            }
        }
    }
    for influence in &folded.influences {
        let mut way: Vec<usize> = Vec::new();
        for name in &influence.via {
            way.push(chart.node(name, Shape::Data));
        }
        way.push(chart.node(&influence.function, Shape::Function));
        for pair in way.windows(2) {
            if let [from, to] = pair {
                chart.edge(*from, *to, "feeds", true);
            }
        }
    }
    chart.text()
}

fn shape(row: &Row) -> Shape {
    match row.class {
        Class::Data => Shape::Data,
        Class::Code => Shape::Function,
        Class::Identity => Shape::Role,
        Class::Key | Class::Other => Shape::Other,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Function,
    Data,
    Role,
    Other,
}

#[derive(Default)]
struct Chart {
    /// Name → id.
    ids: BTreeMap<String, usize>,
    nodes: Vec<(String, Shape)>,
    /// From, to and whether dashed → labels.
    edges: BTreeMap<(usize, usize, bool), Vec<String>>,
}

impl Chart {
    /// The node of this name, made when it is new.
    fn node(&mut self, name: &str, shape: Shape) -> usize {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = self.nodes.len();
        self.ids.insert(name.to_owned(), id);
        self.nodes.push((name.to_owned(), shape));
        id
    }

    fn edge(&mut self, from: usize, to: usize, label: &str, dashed: bool) {
        let labels = self.edges.entry((from, to, dashed)).or_default();
        // What says more stays.
        if !labels.iter().any(|known| known.starts_with(label)) {
            labels.retain(|known| !label.starts_with(known.as_str()));
            labels.push(label.to_owned());
        }
    }

    fn text(&self) -> String {
        let mut out = "flowchart LR\n".to_owned();
        for (id, (name, shape)) in self.nodes.iter().enumerate() {
            let (open, close) = match shape {
                Shape::Function => ("[[", "]]"),
                Shape::Data => ("[(", ")]"),
                Shape::Role => ("{{", "}}"),
                Shape::Other => ("[", "]"),
            };
            let _ = writeln!(out, "  n{id}{open}\"{}\"{close}", escape(name));
        }
        for ((from, to, dashed), labels) in &self.edges {
            let arrow = if *dashed { "-.->" } else { "-->" };
            let label = escape(&labels.join(", "));
            let _ = writeln!(out, "  n{from} {arrow}|\"{label}\"| n{to}");
        }
        out
    }
}

/// Text inside quotes: only letters, digits and a few signs stand for themselves.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | ',' | ':' | '/') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    // Mermaid takes a leading backtick for Markdown and "1." for a list; neither is left, and no label is empty.
    if out.is_empty() { " ".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_label_is_syntax() {
        assert_eq!(escape("orders-table"), "orders-table");
        assert_eq!(
            escape("a\"]; b --> c\n#"),
            "a#34;#93;#59; b --#62; c#10;#35;"
        );
        assert_eq!(escape("```"), "#96;#96;#96;");
        assert_eq!(escape(""), " ");
    }

    #[test]
    fn equal_edges_are_one() {
        let mut chart = Chart::default();
        let (a, b) = (
            chart.node("a", Shape::Function),
            chart.node("b", Shape::Data),
        );
        assert_eq!(chart.node("a", Shape::Function), a);
        chart.edge(a, b, "read", false);
        chart.edge(a, b, "read", false);
        chart.edge(a, b, "write", false);
        chart.edge(b, a, "feeds", true);
        assert_eq!(
            chart.text(),
            "flowchart LR\n  n0[[\"a\"]]\n  n1[(\"b\")]\n  n0 -->|\"read, write\"| n1\n  n1 -.->|\"feeds\"| n0\n"
        );
    }
}
