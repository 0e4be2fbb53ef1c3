//! The ledger for people and tools: `PERMISSIONS.md` and `permissions.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::builder::{Content, Planned};
use super::policy::{Line, Policy, Principal, Why};
use crate::catalog::aws::{iam, risk};
use crate::iam::{Effect, Piece, PolicyKind, Text};
use crate::render::Language;
use crate::service::Service;

/// The two ledger files.
pub(super) fn files(service: &Service, policies: &[Policy]) -> [Planned; 2] {
    // What a principal has decides whether its actions lead further.
    let mut held: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in policies.iter().flat_map(Policy::lines).filter(granted) {
        held.entry(line.holder).or_default().insert(line.action);
    }
    let mut holders: Vec<(String, Vec<Json>)> = Vec::new();
    for policy in policies {
        let title = title(policy);
        let has = |action: &str| {
            held.get(policy.holder.as_str())
                .is_some_and(|all| all.contains(action))
        };
        let rows = policy.lines().map(|line| row(&line, has));
        match holders.last_mut() {
            Some((last, known)) if *last == title => known.extend(rows),
            _ => holders.push((title, rows.collect())),
        }
    }
    let holders: Vec<Json> = holders
        .into_iter()
        .map(|(title, lines)| json!({ "title": title, "lines": lines }))
        .collect();
    let markdown = json!({ "service": service.name, "holders": holders });
    let document = Document {
        schema: "slgen.permissions/1",
        service: &service.name,
        permissions: Rows(policies),
    };
    let text = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
    let planned = |path: &str, content| Planned {
        path: path.into(),
        content,
        scope: "service".to_owned(),
        pointer: String::new(),
    };
    [
        planned(
            "PERMISSIONS.md",
            Content::Template(Language::Markdown, "permissions.md", markdown),
        ),
        planned("permissions.json", Content::Text(text)),
    ]
}

/// `permissions.json`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    service: &'a str,
    permissions: Rows<'a>,
}

/// Every line of these policies, made as it is written.
struct Rows<'a>(&'a [Policy]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().flat_map(Policy::lines).map(FullRow::of))
    }
}

#[derive(Serialize)]
struct FullRow<'a> {
    holder: &'a str,
    policy: PolicyKind,
    effect: Effect,
    principal: String,
    action: &'a str,
    resource: Option<String>,
    conditions: Vec<ShownCondition<'a>>,
    why: &'a BTreeSet<Why>,
}

#[derive(Serialize)]
struct ShownCondition<'a> {
    operator: &'a str,
    key: &'a str,
    values: Vec<String>,
}

impl<'a> FullRow<'a> {
    fn of(line: Line<'a>) -> Self {
        let conditions = line.conditions.iter();
        Self {
            holder: line.holder,
            policy: line.kind,
            effect: line.effect,
            principal: principal(&line),
            action: line.action,
            resource: line.resource.map(show),
            conditions: conditions
                .map(|(operator, key, values)| ShownCondition {
                    operator,
                    key,
                    values: values.iter().map(show).collect(),
                })
                .collect(),
            why: line.why,
        }
    }
}

fn title(policy: &Policy) -> String {
    let what = match policy.kind {
        PolicyKind::Identity => "may",
        PolicyKind::Trust => "may be assumed",
        PolicyKind::Resource => "may be used",
    };
    format!("{} {what}", policy.holder)
}

fn granted(line: &Line<'_>) -> bool {
    line.kind == PolicyKind::Identity && line.effect == Effect::Allow
}

/// What the facts say of an action: its access level, and what it is good for in the wrong hands.
fn level(line: &Line<'_>, has: impl Fn(&str) -> bool) -> String {
    let level = iam::level(line.action).map(|level| level.to_string());
    let harms: Vec<String> = if granted(line) {
        let harms = risk::harms(line.action, has);
        harms.iter().map(ToString::to_string).collect()
    } else {
        Vec::new()
    };
    let level = level.unwrap_or_default();
    if harms.is_empty() {
        level
    } else {
        format!("{level}: {}", harms.join(", "))
    }
}

fn row(line: &Line<'_>, has: impl Fn(&str) -> bool) -> Json {
    let condition: Vec<String> = line
        .conditions
        .iter()
        .map(|(op, key, values)| {
            format!(
                "{op} {key} = {}",
                values.iter().map(show).collect::<Vec<_>>().join(" or ")
            )
        })
        .collect();
    json!({
        "effect": effect(line.effect),
        "principal": principal(line),
        "action": line.action,
        "level": level(line, has),
        "resource": line.resource.map_or_else(|| "—".to_owned(), show),
        "condition": condition.join("; "),
        "why": whys(line).join("; "),
    })
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    }
}

fn principal(line: &Line<'_>) -> String {
    match line.principal {
        None => "—".to_owned(),
        Some(Principal::Any) => "*".to_owned(),
        Some(Principal::Service(text) | Principal::Aws(text)) => show(text),
    }
}

fn whys(line: &Line<'_>) -> Vec<String> {
    line.why
        .iter()
        .map(|why| match &why.pointer {
            Some(pointer) => format!("{} ({pointer})", why.reason),
            None => why.reason.clone(),
        })
        .collect()
}

/// A text for people: references in braces, short names for the common ones.
fn show(text: &Text) -> String {
    text.pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Ref("local.name") => "{name}".to_owned(),
            Piece::Ref("local.partition") => "aws".to_owned(),
            Piece::Ref("local.dns_suffix") => "amazonaws.com".to_owned(),
            Piece::Ref("var.region") => "{region}".to_owned(),
            Piece::Ref("var.account_id") => "{account}".to_owned(),
            Piece::Ref("var.environment") => "{environment}".to_owned(),
            Piece::Ref(other) | Piece::Each(other) => format!("{{{other}}}"),
            Piece::Attribute(other) => format!("{{{other}}}"),
        })
        .collect()
}
