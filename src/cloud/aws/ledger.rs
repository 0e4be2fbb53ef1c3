//! The ledger for people and tools: `PERMISSIONS.md` and `permissions.json`.

use serde_json::{Value as Json, json};

use super::builder::{Content, Planned};
use super::policy::{Line, Policy, Principal};
use crate::iam::{Effect, Piece, PolicyKind, Text};
use crate::render::Language;
use crate::service::Service;

/// The two ledger files.
pub(super) fn files(service: &Service, policies: &[Policy]) -> [Planned; 2] {
    let mut holders: Vec<(String, Vec<Json>)> = Vec::new();
    let mut lines = Vec::new();
    for policy in policies {
        let title = title(policy);
        for line in policy.lines() {
            let row = row(&line);
            match holders.last_mut() {
                Some((last, rows)) if *last == title => rows.push(row.clone()),
                _ => holders.push((title.clone(), vec![row.clone()])),
            }
            lines.push(full_row(&line));
        }
    }
    let holders: Vec<Json> = holders
        .into_iter()
        .map(|(title, lines)| json!({ "title": title, "lines": lines }))
        .collect();
    let markdown = json!({ "service": service.name, "holders": holders });
    let document =
        json!({ "schema": "slgen.permissions/1", "service": service.name, "permissions": lines });
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

fn title(policy: &Policy) -> String {
    let what = match policy.kind {
        PolicyKind::Identity => "may",
        PolicyKind::Trust => "may be assumed",
        PolicyKind::Resource => "may be used",
    };
    format!("{} {what}", policy.holder)
}

fn row(line: &Line<'_>) -> Json {
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
        "resource": line.resource.map_or_else(|| "—".to_owned(), show),
        "condition": condition.join("; "),
        "why": whys(line).join("; "),
    })
}

fn full_row(line: &Line<'_>) -> Json {
    let conditions: Vec<Json> = line
        .conditions
        .iter()
        .map(|(operator, key, values)| {
            json!({ "operator": operator, "key": key, "values": values.iter().map(show).collect::<Vec<_>>() })
        })
        .collect();
    json!({
        "holder": line.holder,
        "policy": line.kind,
        "effect": line.effect,
        "principal": principal(line),
        "action": line.action,
        "resource": line.resource.map(show),
        "conditions": conditions,
        "why": line.why,
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
