//! Declarative rules: what holds for attributes of resources, in YAML.

mod condition;
mod format;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

pub use format::{Condition, File, Rule, schema};

use super::files::Policies;
use super::plan::Known;
use super::{Asked, CODE, Environment};
use crate::blueprint::glob;
use crate::diagnostic::{Diagnostic, Span, position};
use crate::graph::{Kind, Resource, Value, schema as provider};
use crate::guardrail::{CustomRule, Finding, place_of};
use crate::manifest::{SourceMap, escape, read_placed, similar};
use condition::{Compiled, Holds};

/// A rule that can be asked.
struct Ready<'r> {
    rule: &'r Rule,
    only: Vec<(&'r str, Compiled<'r>)>,
    require: Vec<(&'r str, Compiled<'r>)>,
}

/// Asks the declarative rules of a blueprint about environments.
pub(super) fn ask(
    blueprint: &str,
    files: &Policies,
    environments: &[Environment<'_>],
) -> Result<Asked, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut read: Vec<(&Utf8PathBuf, &str, File, SourceMap)> = Vec::new();
    for (file, text) in &files.rules {
        match read_placed::<File>(file, text) {
            Ok((rules, map)) => read.push((file, text, rules, map)),
            Err(found) => faults.extend(found),
        }
    }
    let mut asked = Asked::default();
    let mut ready = Vec::new();
    let mut seen: BTreeMap<&str, &Utf8PathBuf> = BTreeMap::new();
    for (file, text, rules, map) in &read {
        for (index, rule) in rules.rules.iter().enumerate() {
            let at = format!("/rules/{index}");
            let span = |pointer: &str| {
                let (start, end) = map.nearest(&format!("{at}{pointer}"))?;
                let file = (*file).clone();
                Some(Span { file, start, end })
            };
            let mut tell = |pointer: &str, message: String, help: &str| {
                let fault = Diagnostic::error(CODE, message).help(help);
                faults.push(fault.at(span(pointer)));
            };
            if let Some(other) = seen.insert(&rule.id, file) {
                let message = format!("{other} has a rule {} already", rule.id);
                tell("/id", message, "give it an id of its own");
            }
            ready.push(prepare(rule, &mut tell));
            asked.rules.push(CustomRule {
                id: rule.id.clone(),
                severity: rule.severity,
                title: rule.title.clone(),
                why: rule.why.clone(),
                fix: rule.fix.clone(),
                references: rule.references.clone(),
                blueprint: blueprint.to_owned(),
                file: (*file).clone(),
                line: span("").map_or(1, |span| position(text, span.start).0),
            });
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    for environment in environments {
        let known = Known::of(environment.graph);
        for resource in environment.graph.resources.values() {
            let kind = &resource.address.kind;
            let of_kind = |ready: &&Ready<'_>| glob(&ready.rule.resource, kind);
            let asking: Vec<&Ready<'_>> = ready.iter().filter(of_kind).collect();
            if resource.address.data || asking.is_empty() {
                continue;
            }
            let attributes = known.attributes(resource);
            for ready in asking {
                let found = ready.judge(resource, &attributes, environment.name);
                asked.findings.extend(found);
            }
        }
    }
    Ok(asked)
}

/// Compiles a rule; `tell` gets what is wrong: pointer in it, message, help.
fn prepare<'r>(rule: &'r Rule, tell: &mut dyn FnMut(&str, String, &str)) -> Ready<'r> {
    if !CustomRule::is_id(&rule.id) {
        let message = format!("{:?} is no id", rule.id);
        tell(
            "/id",
            message,
            "write letters, digits, points, `_` and `-`; SLG- is slgen's own",
        );
    }
    if rule.require.is_empty() {
        tell(
            "/require",
            "this rule requires nothing".to_owned(),
            "name an attribute and what it has to be",
        );
    }
    let plain = !rule.resource.contains('*');
    let known = provider::kinds(false);
    if plain && provider::resource(&rule.resource, false).is_none() {
        let help = similar(&rule.resource, known).map_or_else(
            || "name a type that slgen generates, `*` for any text: aws_s3_*".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("nothing of the type {} is ever generated", rule.resource);
        tell("/resource", message, &help);
    } else if !plain && !provider::kinds(false).any(|kind| glob(&rule.resource, kind)) {
        let message = format!(
            "{} stands for no type that is ever generated",
            rule.resource
        );
        tell(
            "/resource",
            message,
            "write the beginning of a type: aws_s3_*",
        );
    }
    let mut compiled = |section: &str, conditions: &'r indexmap::IndexMap<String, Condition>| {
        let mut all = Vec::new();
        for (path, condition) in conditions {
            let at = format!("/{section}/{}", escape(path));
            if let Some((name, near)) = plain.then(|| unknown_step(&rule.resource, path)).flatten()
            {
                let help = near.map_or_else(
                    || "the provider's documentation lists them".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                tell(&at, format!("{} has no {name}", rule.resource), &help);
            }
            let mut inner = |key: &str, message: String| {
                tell(
                    &format!("{at}/{key}"),
                    message,
                    "docs/policies.md shows what a condition can ask",
                );
            };
            all.push((path.as_str(), Compiled::of(condition, &mut inner)));
        }
        all
    };
    Ready {
        rule,
        only: compiled("where", &rule.only),
        require: compiled("require", &rule.require),
    }
}

/// The first step of a path that a resource type does not have, and one like it.
fn unknown_step(kind: &str, path: &str) -> Option<(String, Option<String>)> {
    let schema = provider::resource(kind, false)?;
    let mut block = schema.block.clone();
    for step in path.split('.') {
        if let Some(nested) = block.blocks.get(step) {
            block = nested.block.clone();
            continue;
        }
        // What is in an attribute is any text: tags.
        if block.attributes.contains_key(step) {
            return None;
        }
        let names = block.attributes.keys().chain(block.blocks.keys());
        let near = similar(step, names.map(String::as_str)).map(str::to_owned);
        return Some((step.to_owned(), near));
    }
    None
}

impl Ready<'_> {
    fn judge(
        &self,
        resource: &Resource,
        attributes: &BTreeMap<String, Value>,
        environment: &str,
    ) -> Vec<Finding> {
        let meant = self.only.iter().all(|(path, condition)| {
            // What is not known may well be meant.
            condition.all(&values(attributes, path)) != Holds::No
        });
        if !meant {
            return Vec::new();
        }
        let broken = self.require.iter().filter_map(|(path, condition)| {
            let values = values(attributes, path);
            let holds = condition.all(&values);
            (holds != Holds::Yes).then(|| self.finding(resource, path, &values, holds, environment))
        });
        broken.collect()
    }

    fn finding(
        &self,
        resource: &Resource,
        path: &str,
        values: &[&Value],
        holds: Holds,
        environment: &str,
    ) -> Finding {
        let rule = self.rule;
        let wanted = rule
            .require
            .get(path)
            .map(Condition::to_string)
            .unwrap_or_default();
        let message = match (&rule.message, holds) {
            (_, Holds::Unknown) => {
                format!("{path} is known only after it has been created, and must {wanted}")
            }
            (Some(message), _) => message.clone(),
            (None, _) => {
                let shown: Vec<String> = values.iter().map(|value| shown(value)).collect();
                match shown.as_slice() {
                    [] => format!("{}: {path} is not written, and must {wanted}", rule.title),
                    shown => format!(
                        "{}: {path} is {}, and must {wanted}",
                        rule.title,
                        shown.join(", ")
                    ),
                }
            }
        };
        Finding {
            rule: rule.id.clone().into(),
            severity: rule.severity,
            address: resource.address.to_string(),
            attribute: Some(path.to_owned()),
            action: None,
            resource: None,
            message,
            location: place_of(resource, path),
            span: None,
            fix: rule.fix.clone(),
            environments: vec![environment.to_owned()],
        }
    }
}

/// A value in a message: what is secret or long is not shown.
fn shown(value: &Value) -> String {
    if value.has_sensitive() {
        return "(sensitive)".to_owned();
    }
    let text = value.source();
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Every value at a path: blocks and lists on the way, and at its end, stand for each of their elements.
fn values<'v>(attributes: &'v BTreeMap<String, Value>, path: &str) -> Vec<&'v Value> {
    let mut steps = path.split('.').peekable();
    let Some(first) = steps.next().and_then(|name| attributes.get(name)) else {
        return Vec::new();
    };
    let mut found = spread(first);
    while let Some(step) = steps.next() {
        // A key with points of its own, as tags may have.
        let rest = std::iter::once(step)
            .chain(steps.clone())
            .collect::<Vec<_>>()
            .join(".");
        let whole: Vec<&Value> = found.iter().filter_map(|value| value.get(&rest)).collect();
        if !whole.is_empty() {
            return present(whole.into_iter().flat_map(spread));
        }
        let next = found.into_iter().filter_map(|value| match &value.kind {
            // Nothing below it is known.
            Kind::Symbol(_) | Kind::Template(_) => Some(value),
            _ => value.get(step),
        });
        found = next.flat_map(spread).collect();
    }
    present(found.into_iter())
}

fn spread(value: &Value) -> Vec<&Value> {
    match &value.kind {
        Kind::List(items) | Kind::Set(items) => items.iter().collect(),
        _ => vec![value],
    }
}

fn present<'v>(values: impl Iterator<Item = &'v Value>) -> Vec<&'v Value> {
    values.filter(|value| !value.is_null()).collect()
}
