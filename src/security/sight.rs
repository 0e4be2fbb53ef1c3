//! One environment as the page sees it, and how what is the same everywhere is told once.

use std::collections::BTreeMap;

use crate::graph::{Resource, Value};
use crate::guardrail::{Context, ReadBack};

/// One environment.
pub(super) struct Sight<'a> {
    pub(super) context: Context<'a>,
    /// Name of the environment.
    pub(super) environment: &'a str,
    /// Permissions boundary of every role.
    pub(super) boundary: Option<&'a str>,
    /// Prefix of the environment's names.
    pub(super) name: String,
    /// What differs between environments, and what stands for it.
    words: Vec<(String, &'static str)>,
}

/// What is said of one address; addresses are the same in every environment.
pub(super) struct Row {
    pub(super) address: String,
    pub(super) cells: Vec<String>,
}

impl<'a> Sight<'a> {
    pub(super) fn new(service: &str, read: &'a ReadBack) -> Self {
        let mut sight = Self {
            context: Context::new(&read.input()),
            environment: &read.environment,
            boundary: read.permissions_boundary.as_deref(),
            name: format!("{service}-{}", read.environment),
            words: Vec::new(),
        };
        let words = [
            (sight.account(), "{account}"),
            (sight.region(), "{region}"),
            (sight.name.clone(), "{name}"),
            (read.environment.clone(), "{environment}"),
        ];
        sight.words = words.into_iter().filter(|(w, _)| !w.is_empty()).collect();
        sight
    }

    /// The account that the provider is bound to.
    pub(super) fn account(&self) -> String {
        self.provider("allowed_account_ids")
    }

    /// The provider's region.
    pub(super) fn region(&self) -> String {
        self.provider("region")
    }

    fn provider(&self, attribute: &str) -> String {
        let aws = self.context.graph.providers.get("aws");
        let value = aws.and_then(|blocks| blocks.first()?.get(attribute));
        shown(value.map(Value::sole))
    }

    /// A text with what differs between environments replaced: true in each of them.
    fn general(&self, text: &str) -> String {
        let words = self.words.iter();
        words.fold(text.to_owned(), |text, (word, stands)| {
            replace_word(&text, word, stands)
        })
    }
}

/// Text of a value; nothing for none, elements one by one.
pub(super) fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return String::new();
    };
    match value.elements() {
        Some(items) => {
            let items: Vec<String> = items.iter().filter_map(Value::text).collect();
            items.join(", ")
        }
        None => value.text().unwrap_or_default(),
    }
}

/// Where a resource stands.
pub(super) fn evidence(resource: &Resource) -> String {
    let address = resource.address.to_string();
    match &resource.location {
        Some(location) => super::evidence(location.file.as_str(), &address),
        None => address,
    }
}

/// The rows of all environments by address, each once: a cell that is not the same everywhere says
/// what it is where.
pub(super) fn fold(
    sights: &[Sight<'_>],
    rows: impl Fn(&Sight<'_>) -> Vec<Row>,
) -> Vec<Vec<String>> {
    let mut folded: BTreeMap<(String, usize), Vec<(&Sight<'_>, Vec<String>)>> = BTreeMap::new();
    for sight in sights {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for Row { address, cells } in rows(sight) {
            let nth = seen.entry(address.clone()).or_default();
            folded
                .entry((address, *nth))
                .or_default()
                .push((sight, cells));
            *nth += 1;
        }
    }
    folded
        .into_values()
        .map(|row| {
            let width = row.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
            (0..width)
                .map(|column| {
                    let cells: Vec<(&Sight<'_>, &str)> = row
                        .iter()
                        .map(|(sight, cells)| {
                            (*sight, cells.get(column).map_or("", String::as_str))
                        })
                        .collect();
                    cell(&cells, sights.len())
                })
                .collect()
        })
        .collect()
}

fn cell(values: &[(&Sight<'_>, &str)], environments: usize) -> String {
    let everywhere = values.len() == environments;
    let Some(((_, first), rest)) = values.split_first() else {
        return String::new();
    };
    if everywhere && rest.iter().all(|(_, value)| value == first) {
        return (*first).to_owned();
    }
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (sight, value) in values {
        let value = sight.general(value);
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, members)) => members.push(sight.environment),
            None => groups.push((value, vec![sight.environment])),
        }
    }
    match groups.as_slice() {
        [(value, _)] if everywhere => value.clone(),
        _ => {
            let groups = groups.iter();
            let told = groups.map(|(value, members)| format!("{}: {value}", members.join(", ")));
            told.collect::<Vec<_>>().join("; ")
        }
    }
}

/// Replaces `word` where it stands alone or between punctuation.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, found) = rest.split_at(at);
        let after = &found[word.len()..];
        out.push_str(before);
        let alone =
            !out.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        out.push_str(if alone { by } else { word });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_replaced_whole() {
        for (text, word, expected) in [
            ("orders-dev-jobs", "orders-dev", "{x}-jobs"),
            ("a-orders-dev", "orders-dev", "a-{x}"),
            ("orders-develop", "orders-dev", "orders-develop"),
            ("reorders-dev", "orders-dev", "reorders-dev"),
            ("arn:dev:devdev:dev", "dev", "arn:{x}:devdev:{x}"),
            ("", "dev", ""),
        ] {
            assert_eq!(replace_word(text, word, "{x}"), expected, "{text}");
        }
    }

    #[test]
    fn what_differs_is_told_by_environment() {
        let read = |environment: &str| ReadBack {
            environment: environment.to_owned(),
            graph: crate::graph::Graph::default(),
            permissions: std::collections::BTreeSet::new(),
            permissions_boundary: None,
        };
        let reads = ["dev", "prod", "test"].map(read);
        let sights: Vec<Sight<'_>> = reads.iter().map(|r| Sight::new("orders", r)).collect();
        let row = |address: &str, cell: String| Row {
            address: address.to_owned(),
            cells: vec![cell],
        };
        let rows = fold(&sights, |sight| {
            let name = sight.environment;
            let mut rows = vec![
                row("a", "same".to_owned()),
                row("b", format!("/aws/lambda/orders-{name}-f")),
                row("c", if name == "prod" { "45" } else { "18" }.to_owned()),
                row("c", "second".to_owned()),
            ];
            if name != "prod" {
                rows.push(row("d", "some".to_owned()));
            }
            rows
        });
        let cells: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(
            cells,
            [
                "same",
                "/aws/lambda/{name}-f",
                "dev, test: 18; prod: 45",
                "second",
                "dev, test: some",
            ]
        );
    }
}
