//! A workflow of GitHub Actions, as far as the rules ask, with places.

use crate::manifest::{Node, SourceMap, Value};

/// First byte, and one past the last.
pub type Range = (usize, usize);

/// A text and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// As written, quotes taken off.
    pub text: &'a str,
    /// Where.
    pub range: Range,
}

/// A workflow, or an action that is made of steps.
#[derive(Debug, Clone, Copy)]
pub struct Workflow<'a> {
    root: &'a Node,
}

/// A part of it that runs: a step, or a job that calls another workflow.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a>(&'a Node);

/// A job.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Its key.
    pub name: Text<'a>,
    node: &'a Node,
}

impl<'a> Workflow<'a> {
    /// The workflow of a text that was read; none of what is no mapping.
    pub fn of(map: &'a SourceMap) -> Option<Self> {
        let root = map.root()?;
        matches!(root.value, Value::Map(_)).then_some(Self { root })
    }

    /// What it is started by, each with its filters.
    pub(super) fn events(self) -> Vec<(&'a str, Option<&'a Node>)> {
        match get(self.root, "on").map(|node| (node, &node.value)) {
            Some((_, Value::Scalar(event))) => vec![(event.text.as_str(), None)],
            Some((_, Value::List(events))) => {
                let events = events.iter().filter_map(scalar);
                events.map(|event| (event.text, None)).collect()
            }
            Some((node, Value::Map(_))) => entries(Some(node))
                .map(|(event, filters)| (event.text, Some(filters)))
                .collect(),
            None => Vec::new(),
        }
    }

    /// Whether an event starts it.
    pub fn is_started_by(self, event: &str) -> bool {
        self.events().iter().any(|(known, _)| *known == event)
    }

    /// Its jobs.
    pub fn jobs(self) -> impl Iterator<Item = Job<'a>> {
        entries(get(self.root, "jobs")).map(|(name, node)| Job { name, node })
    }

    /// Everything in it that runs.
    pub fn steps(self) -> impl Iterator<Item = Step<'a>> {
        // Those of an action.
        let own = get(self.root, "runs").and_then(|runs| get(runs, "steps"));
        let own = items(own).map(Step);
        self.jobs().flat_map(Job::steps).chain(own)
    }

    /// The actions of the repository itself that it uses, by their folders.
    pub fn local_actions(self) -> impl Iterator<Item = &'a str> {
        let uses = self.steps().filter_map(Step::uses);
        uses.filter_map(|uses| uses.text.strip_prefix("./"))
    }

    /// What its token may do, with the place of the key.
    pub(super) fn permissions(self) -> Option<(Range, &'a Node)> {
        keyed(self.root, "permissions")
    }
}

impl<'a> Job<'a> {
    /// Its steps, and itself, as a job may call another workflow.
    pub fn steps(self) -> impl Iterator<Item = Step<'a>> {
        let steps = items(get(self.node, "steps"));
        std::iter::once(Step(self.node)).chain(steps.map(Step))
    }

    /// What its token may do, with the place of the key.
    pub(super) fn permissions(self) -> Option<(Range, &'a Node)> {
        keyed(self.node, "permissions")
    }

    /// The images that it, and services beside it, run in.
    pub fn images(self) -> impl Iterator<Item = Text<'a>> {
        let of = |node: &'a Node| match node.value {
            Value::Scalar(_) => scalar(node),
            _ => text(node, "image"),
        };
        let own = get(self.node, "container").and_then(of);
        let services = entries(get(self.node, "services"));
        own.into_iter()
            .chain(services.filter_map(move |(_, node)| of(node)))
    }
}

impl<'a> Step<'a> {
    /// The action, or workflow, that it uses.
    pub fn uses(self) -> Option<Text<'a>> {
        text(self.0, "uses")
    }

    /// The action without the reference that it is named by.
    pub fn action(self) -> Option<&'a str> {
        let uses = self.uses()?.text;
        Some(uses.split('@').next().unwrap_or(uses))
    }

    /// The script that it runs: its own, or the one that an action runs for it.
    pub fn script(self) -> Option<Text<'a>> {
        let given = self.action() == Some("actions/github-script");
        let script = given.then(|| self.with("script")).flatten();
        script.or_else(|| text(self.0, "run"))
    }

    /// An input of its action.
    pub fn with(self, name: &str) -> Option<Text<'a>> {
        text(get(self.0, "with")?, name)
    }
}

/// A value by its key.
pub(super) fn get<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    keyed(node, key).map(|(_, node)| node)
}

fn keyed<'a>(node: &'a Node, key: &str) -> Option<(Range, &'a Node)> {
    match &node.value {
        Value::Map(map) => map.get(key).map(|(range, node)| (*range, node)),
        _ => None,
    }
}

/// A text.
pub(super) fn scalar(node: &Node) -> Option<Text<'_>> {
    match &node.value {
        Value::Scalar(scalar) => Some(Text {
            text: &scalar.text,
            range: node.range,
        }),
        _ => None,
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<Text<'a>> {
    scalar(get(node, key)?)
}

/// The entries of a mapping; none of what is no mapping.
pub(super) fn entries(node: Option<&Node>) -> impl Iterator<Item = (Text<'_>, &Node)> {
    let map = node.and_then(|node| match &node.value {
        Value::Map(map) => Some(map),
        _ => None,
    });
    map.into_iter().flatten().map(|(key, (range, node))| {
        let key = Text {
            text: key.as_str(),
            range: *range,
        };
        (key, node)
    })
}

/// The items of a list; none of what is no list.
pub(super) fn items(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    let list = node.and_then(|node| match &node.value {
        Value::List(list) => Some(list),
        _ => None,
    });
    list.into_iter().flatten()
}
