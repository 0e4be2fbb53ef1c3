//! Weakenings derived from what stands in the trees: every attribute and block taken out, every
//! flag turned round, every resource taken out, every policy statement widened.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use hcl_edit::expr::{Expression, Object};
use hcl_edit::structure::{Body, Structure};
use slgen::graph::schema;

use super::edit::{Change, Edit, element, key_name, statements};
use super::tree::Tree;

/// One weakening of one tree.
#[derive(Debug, Clone)]
pub(crate) struct Mutation {
    /// Index of the tree.
    pub(crate) tree: usize,
    /// File.
    pub(crate) file: Utf8PathBuf,
    /// Resource type.
    pub(crate) kind: String,
    /// Resource name.
    pub(crate) name: String,
    /// Attribute or block; empty for the resource as a whole.
    pub(crate) path: String,
    /// The change.
    pub(crate) edit: Edit,
}

impl Mutation {
    /// What is done, for people.
    pub(crate) fn title(&self) -> String {
        let Self { kind, name, .. } = self;
        match &self.edit {
            Edit::RemoveResource => format!("{kind}.{name} removed"),
            Edit::Remove(path) => format!("{kind}.{name} {path} removed"),
            Edit::Set(path, value) => format!("{kind}.{name} {path} = {value}"),
            Edit::Add(text) => format!("{kind}.{name} + {text}"),
            Edit::Statement(path, sid, change) => {
                format!("{kind}.{name} {path} {sid}: {change:?}")
            }
        }
    }
}

const META: [&str; 4] = ["count", "depends_on", "for_each", "provider"];

/// Every weakening, each kind of place once.
pub(crate) fn all(trees: &[Tree]) -> Vec<Mutation> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, tree) in trees.iter().enumerate() {
        for (file, text) in &tree.files {
            if file.extension() != Some("tf") {
                continue;
            }
            let body: Body = text.parse().unwrap();
            for block in body.get_blocks("resource") {
                let of = Mutation {
                    tree: index,
                    file: file.clone(),
                    kind: block.labels[0].as_str().to_owned(),
                    name: block.labels[1].as_str().to_owned(),
                    path: String::new(),
                    edit: Edit::RemoveResource,
                };
                // Alarms differ by what they watch.
                let metric = block.body.get_attribute("metric_name");
                let metric = metric.map(|a| a.value.as_str().unwrap_or("of a filter"));
                let metric = metric.unwrap_or_default();
                let group = format!("{} {metric}", of.kind);
                if tree.example == "orders" || seen.insert(group.clone()) {
                    found.push(of.clone());
                }
                seen.insert(group.clone());
                let mut places = Vec::new();
                walk(&block.body, "", &of, &mut places);
                found.extend(
                    places
                        .into_iter()
                        .filter(|(key, _)| seen.insert(format!("{group} {key}")))
                        .map(|(_, mutation)| mutation),
                );
            }
        }
    }
    found
}

/// Whether the provider refuses a resource without this attribute or block.
fn required(kind: &str, path: &str) -> bool {
    let Some(schema) = schema::resource(kind, false) else {
        return false;
    };
    let mut block = schema.block.clone();
    let mut steps = path.split('.').peekable();
    while let Some(step) = steps.next() {
        let nested = block.blocks.get(step).cloned();
        match (nested, steps.peek()) {
            (Some(nested), Some(_)) => block = nested.block.clone(),
            (Some(nested), None) => return nested.min_items > 0,
            (None, _) => return block.attributes.get(step).is_some_and(|a| a.required),
        }
    }
    false
}

/// Changes below a body, each with what makes it the same as another.
fn walk(body: &Body, prefix: &str, of: &Mutation, found: &mut Vec<(String, Mutation)>) {
    for structure in body {
        let (name, nested) = match structure {
            Structure::Attribute(a) => (a.key.as_str(), None),
            Structure::Block(b) => (b.ident.as_str(), Some(&b.body)),
        };
        if prefix.is_empty() && META.contains(&name) {
            continue;
        }
        let path = format!("{prefix}{name}");
        let mut push = |key: String, edit: Edit| {
            let mutation = Mutation {
                path: path.clone(),
                edit,
                ..of.clone()
            };
            found.push((key, mutation));
        };
        if !required(&of.kind, &path) {
            push(format!("{path} removed"), Edit::Remove(path.clone()));
        }
        if let Structure::Attribute(a) = structure {
            if let Some(flag) = a.value.as_bool() {
                let turned = (!flag).to_string();
                push(format!("{path} turned"), Edit::Set(path.clone(), turned));
            }
            if let Some(statements) = statements(&a.value) {
                for statement in statements.iter().filter_map(Expression::as_object) {
                    let sid = element(statement, "Sid")
                        .and_then(Expression::as_str)
                        .unwrap();
                    for change in widened(statement) {
                        let key = format!("{path} {sid} {change:?}");
                        let edit = Edit::Statement(path.clone(), sid.to_owned(), change);
                        push(key, edit);
                    }
                }
            }
        }
        if let Some(nested) = nested {
            walk(nested, &format!("{path}."), of, found);
        }
    }
}

/// Every way in which a statement grants more, or refuses less.
fn widened(statement: &Object) -> Vec<Change> {
    let text = |name: &str| element(statement, name).and_then(Expression::as_str);
    let mut changes = Vec::new();
    if text("Effect") == Some("Deny") {
        changes.push(Change::Drop);
        changes.push(Change::With("Effect", "\"Allow\"".to_owned()));
        changes.push(Change::With("Action", "\"s3:GetBucketPolicy\"".to_owned()));
    } else {
        let first = element(statement, "Action").and_then(|action| match action {
            Expression::Array(actions) => actions.get(0)?.as_str(),
            action => action.as_str(),
        });
        let service = first.and_then(|a| a.split(':').next()).unwrap_or("*");
        if text("Action") != Some("kms:*") {
            changes.push(Change::With("Action", format!("\"{service}:*\"")));
        }
        changes.push(Change::With("Action", "\"*\"".to_owned()));
        if element(statement, "Resource").is_some() && text("Resource") != Some("*") {
            changes.push(Change::With("Resource", "\"*\"".to_owned()));
        }
        if element(statement, "Principal").is_some() {
            changes.push(Change::With("Principal", "\"*\"".to_owned()));
            let foreign = "{ AWS = \"arn:aws:iam::999999999999:root\" }";
            changes.push(Change::With("Principal", foreign.to_owned()));
        }
        if element(statement, "Condition").is_some() {
            changes.push(Change::Without("Condition"));
        }
    }
    if let Some(conditions) = element(statement, "Condition").and_then(Expression::as_object) {
        let deny = text("Effect") == Some("Deny");
        for (key, _) in conditions {
            if !deny {
                changes.push(Change::IfExists(key_name(key)));
                if conditions.len() > 1 {
                    changes.push(Change::WithoutOperator(key_name(key)));
                }
            }
        }
    }
    changes
}
