//! What can be chosen, from the manifest, the blueprint and the catalog.

use super::Asking;
use crate::catalog::aws::{grants, iam, kinds, operations, risk, runtimes};
use crate::catalog::webhooks;

/// Widest label, so that a line of the list fits on 80 columns.
const WIDEST: usize = 74;

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The answer.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl Choice {
    /// Shown as `value  meaning`.
    fn new(value: impl Into<String>, width: usize, meaning: &str) -> Self {
        let value = value.into();
        let mut label = format!("{value:width$}  {meaning}");
        if label.chars().count() > WIDEST {
            label = label.chars().take(WIDEST - 1).collect();
            label.push('…');
        }
        Self {
            label: label.trim_end().to_owned(),
            value,
        }
    }
}

/// Values with what they mean, in columns.
fn table(rows: Vec<(String, String)>) -> Vec<Choice> {
    let width = rows.iter().map(|(v, _)| v.chars().count()).max();
    let width = width.unwrap_or_default();
    rows.into_iter()
        .map(|(value, meaning)| Choice::new(value, width, &meaning))
        .collect()
}

/// Kinds of trigger, by the archetypes of the blueprint.
pub(super) fn triggers(asking: &Asking) -> Vec<Choice> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for (name, archetype) in &asking.project.blueprint.archetypes {
        for kind in &archetype.triggers {
            if !rows.iter().any(|(known, _)| known == kind) {
                rows.push((kind.clone(), format!("{} ({name})", archetype.description)));
            }
        }
    }
    table(rows)
}

/// Archetypes that take the chosen kind of trigger.
pub(super) fn archetypes(asking: &Asking) -> Vec<Choice> {
    let trigger = asking.text("trigger").unwrap_or_default();
    let archetypes = asking.project.blueprint.archetypes.iter();
    table(
        archetypes
            .filter(|(_, archetype)| archetype.triggers.iter().any(|kind| kind == trigger))
            .map(|(name, archetype)| (name.clone(), archetype.description.clone()))
            .collect(),
    )
}

/// Runtimes that a new source folder can be begun with.
pub(super) fn scaffolded(_: &Asking) -> Vec<Choice> {
    table(
        super::source::RUNTIMES
            .map(|(name, what)| (name.to_owned(), what.to_owned()))
            .into(),
    )
}

/// Languages that are built before they are packaged.
pub(super) fn compiled(_: &Asking) -> Vec<Choice> {
    table(
        super::source::COMPILED
            .map(|(name, what)| (name.to_owned(), what.to_owned()))
            .into(),
    )
}

/// Every runtime that the provider takes.
pub(super) fn runtimes(_: &Asking) -> Vec<Choice> {
    let offered = runtimes::runtimes().iter().filter(|r| r.provider);
    table(
        offered
            .map(|r| (r.name.clone(), r.language.clone()))
            .collect(),
    )
}

/// Queues of the manifest, and one for the function alone.
pub(super) fn queues(asking: &Asking) -> Vec<Choice> {
    sources(asking, &["sqs_queue"], "jobs", "a new queue")
}

/// Streams and tables of the manifest, and a stream for the function alone.
pub(super) fn streams(asking: &Asking) -> Vec<Choice> {
    let kinds = ["kinesis_stream", "dynamodb_table"];
    let mut streams = sources(asking, &kinds, "records", "a new stream");
    // Where the stream of a table is that exists already, only AWS knows.
    streams.retain(|choice| {
        let resource = asking.resource(&choice.value);
        !resource.is_some_and(|r| r.kind == "dynamodb_table" && r.existing.is_some())
    });
    streams
}

/// Topics of the manifest, and one for the function alone.
pub(super) fn topics(asking: &Asking) -> Vec<Choice> {
    sources(asking, &["sns_topic"], "news", "a new topic")
}

/// Resources of these kinds, and a new one that is named after the function and what it holds.
fn sources(asking: &Asking, kinds: &[&str], holds: &str, new: &str) -> Vec<Choice> {
    let fitting = asking
        .resources()
        .filter(|(_, r)| kinds.contains(&r.kind.as_str()));
    let mut rows: Vec<(String, String)> = fitting
        .map(|(name, r)| (name.clone(), state(r.existing.as_deref())))
        .collect();
    if let Some(function) = asking.text("name").or(asking.text("function")) {
        let name = format!("{function}-{holds}");
        if !rows.iter().any(|(known, _)| *known == name) {
            rows.push((name, new.to_owned()));
        }
    }
    table(rows)
}

/// Buckets of the manifest that are ours, and one for the function alone.
pub(super) fn buckets(asking: &Asking) -> Vec<Choice> {
    let mut buckets = sources(asking, &["s3_bucket"], "files", "a new bucket");
    // One that exists already has its own list of whom it tells.
    buckets.retain(|choice| {
        let resource = asking.resource(&choice.value);
        resource.is_none_or(|r| r.existing.is_none())
    });
    buckets
}

/// Secrets of the manifest.
pub(super) fn secrets(asking: &Asking) -> Vec<Choice> {
    let secrets = asking.resources().filter(|(_, r)| r.kind == "secret");
    let rows = secrets.map(|(name, r)| (name.clone(), state(r.existing.as_deref())));
    table(rows.collect())
}

/// Senders of webhooks whose signatures are known.
pub(super) fn senders(_: &Asking) -> Vec<Choice> {
    let senders = webhooks::senders().into_iter();
    let header = |name: &str| webhooks::sender(name).map(|scheme| scheme.header.clone());
    table(
        senders
            .map(|name| (name.to_owned(), header(name).unwrap_or_default()))
            .collect(),
    )
}

/// What relational databases speak.
pub(super) fn engines(_: &Asking) -> Vec<Choice> {
    let rows = [
        ("postgresql", "PostgreSQL, and Aurora PostgreSQL"),
        ("mysql", "MySQL, and Aurora MySQL"),
    ];
    table(
        rows.map(|(name, what)| (name.to_owned(), what.to_owned()))
            .into(),
    )
}

/// The only one.
pub(super) fn only(choices: Vec<Choice>) -> Option<String> {
    match <[Choice; 1]>::try_from(choices) {
        Ok([choice]) => Some(choice.value),
        Err(_) => None,
    }
}

fn state(existing: Option<&str>) -> String {
    existing.map_or("declared".to_owned(), |name| format!("existing: {name}"))
}

/// Functions of the manifest.
pub(super) fn functions(asking: &Asking) -> Vec<Choice> {
    let rows = asking.functions().map(|(name, function)| {
        let what = function.description.as_ref().unwrap_or(&function.source);
        (name.clone(), what.clone())
    });
    table(rows.collect())
}

/// What a function may get access to.
pub(super) fn targets(asking: &Asking) -> Vec<Choice> {
    let mut rows: Vec<(String, String)> = asking
        .resources()
        .map(|(name, resource)| {
            let title = kinds::kind(&resource.kind).map_or("", |kind| kind.title.as_str());
            let existing = resource.existing.as_ref();
            let existing = existing.map_or(String::new(), |name| format!(", existing: {name}"));
            (name.clone(), format!("{title}{existing}"))
        })
        .collect();
    let own = asking.text("function").or(asking.text("name"));
    let siblings = asking
        .functions()
        .filter(|(name, _)| Some(name.as_str()) != own);
    rows.extend(siblings.map(|(name, _)| (format!("functions.{name}"), "call it".to_owned())));
    table(rows)
}

/// Kinds of resource.
pub(super) fn kinds(_: &Asking) -> Vec<Choice> {
    let rows = kinds::kinds().iter().map(|kind| {
        let existing = if kind.creatable {
            ""
        } else {
            ", existing only"
        };
        (kind.name.clone(), format!("{}{existing}", kind.title))
    });
    table(rows.collect())
}

/// Operations on the chosen resource, the narrowest first, then the words that stand for several.
pub(super) fn operations(asking: &Asking) -> Vec<Choice> {
    let to = asking.text("to").unwrap_or_default();
    let Some(kind) = asking.resource(to).and_then(|r| kinds::kind(&r.kind)) else {
        return Vec::new();
    };
    let mut single: Vec<(String, String)> = Vec::new();
    let mut words: Vec<(String, String)> = Vec::new();
    for grant in grants::grants_of(&kind.name) {
        // What is about a part of the resource needs more than an operation.
        let of_a_part = |resource: &String| {
            ["${index}", "${stream}", "${consumer}", "${alias}"]
                .iter()
                .any(|part| resource.contains(part))
        };
        if grant
            .statements
            .iter()
            .any(|s| s.resources.iter().any(of_a_part))
        {
            continue;
        }
        let actions: Vec<&str> = grant
            .statements
            .iter()
            .flat_map(|statement| &statement.actions)
            .map(String::as_str)
            .collect();
        let names: Vec<&str> = actions
            .iter()
            .filter_map(|action| Some(action.split_once(':')?.1))
            .collect();
        for (action, name) in actions.iter().zip(&names) {
            let known = single.iter().any(|(known, _)| known == name);
            if !known && operations::actions_for(&kind.sdk_service, name).is_some() {
                single.push(((*name).to_owned(), meaning(&[action])));
            }
        }
        let what = format!("{} = {}", meaning(&actions), names.join(", "));
        words.push((grant.name.clone(), what));
    }
    if single.is_empty() {
        // An action that is no operation authorises one: lambda:InvokeFunction Invoke.
        let actions = grants::grants_of(&kind.name)
            .into_iter()
            .flat_map(|g| &g.statements);
        for action in actions.flat_map(|statement| &statement.actions) {
            let name = action.split_once(':').map_or("", |(_, name)| name);
            if let Some(operation) = operations::suggest(&kind.sdk_service, name)
                && operations::actions_for(&kind.sdk_service, operation)
                    .is_some_and(|needed| needed.len() == 1 && needed[0].action == *action)
                && !single.iter().any(|(known, _)| known == operation)
            {
                single.push((operation.to_owned(), meaning(&[action.as_str()])));
            }
        }
    }
    single.extend(words);
    table(single)
}

/// Access levels and harms of actions, in words.
fn meaning(actions: &[&str]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for action in actions {
        let level = iam::action(action).map(|facts| facts.level.to_string());
        let harms = risk::harms(action, |held| actions.contains(&held));
        for part in level
            .into_iter()
            .chain(harms.iter().map(ToString::to_string))
        {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    parts.join(", ")
}
