//! `slgen permissions [FUNCTION]`: who may do what, why, and how much harm it does in the wrong hands.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::super::explain::Asked;
use super::super::pipeline::{self, Prepared};
use super::super::{Cli, Failure, Format, Status, say};
use super::{known, pretty};
use crate::catalog::aws::iam::{self, AccessLevel};
use crate::catalog::aws::risk::{self, Harm};
use crate::iam::ledger::{RecordedLine, RecordedWhy};
use crate::iam::{Effect, PolicyKind};
use crate::render::escape_markdown as escape;

pub(super) fn run(cli: &Cli, function: Option<&str>) -> Result<Status, Failure> {
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    if let Some(function) = function {
        known(&prepared, function)?;
    }
    let mut lines = lines(&prepared, prepared.ledger()?.permissions);
    if let Some(function) = function {
        let scope = format!("functions.{function}");
        lines.retain(|line| line.scope == scope);
    }
    let service = &prepared.loaded.manifest.service;
    say(&match cli.format {
        Format::Text => text(&lines),
        Format::Markdown => markdown(service, &lines),
        _ => pretty(&json!({
            "schema": "slgen.ledger/1",
            "service": service,
            "facts": iam::vintage(),
            "permissions": lines,
        })),
    });
    Ok(Status::Done)
}

/// A line of the ledger with what the facts say of its action.
#[derive(Debug, Serialize)]
struct Line {
    /// Part of the manifest that its holder belongs to, `functions.x`.
    scope: String,
    holder: String,
    policy: PolicyKind,
    effect: Effect,
    principal: Option<String>,
    action: String,
    resource: Option<String>,
    conditions: Vec<String>,
    /// None where the facts do not know the action, or it is a pattern.
    access_level: Option<String>,
    risk: Vec<Harm>,
    why: Vec<Why>,
}

/// A reason, and who gave it.
#[derive(Debug, Serialize)]
struct Why {
    reason: String,
    #[serde(flatten)]
    by: By,
}

#[derive(Debug, Serialize)]
#[serde(tag = "by", rename_all = "lowercase")]
enum By {
    /// A line of the manifest.
    Manifest(Asked),
    /// A value that the manifest leaves to a blueprint or to slgen.
    Default { setting: String, origin: String },
    /// What slgen adds by a rule of its own.
    Companion,
}

/// The ledger's lines, by the part of the manifest they belong to; functions first.
fn lines(prepared: &Prepared, recorded: Vec<RecordedLine>) -> Vec<Line> {
    let origins = prepared.explained().origins;
    // What a principal has decides whether its actions lead further.
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in recorded.iter().filter(|line| granted(line)) {
        let actions = held.entry(line.holder.clone()).or_default();
        actions.insert(line.action.clone());
    }
    let mut lines: Vec<Line> = recorded
        .into_iter()
        .map(|line| {
            let has = |action: &str| held[&line.holder].contains(action);
            let risk = if granted(&line) {
                risk::harms(&line.action, has)
            } else {
                Vec::new()
            };
            let why = line.why.iter();
            Line {
                scope: prepared.provenance.scope(&line.holder).unwrap_or_default(),
                policy: line.policy,
                effect: line.effect,
                principal: (line.policy != PolicyKind::Identity).then_some(line.principal),
                resource: line.resource,
                conditions: line.conditions.iter().map(ToString::to_string).collect(),
                access_level: level(&line.action).map(|level| level.to_string()),
                risk,
                why: why.map(|why| reason(prepared, &origins, why)).collect(),
                action: line.action,
                holder: line.holder,
            }
        })
        .collect();
    lines.sort_by_key(|line| !line.scope.starts_with("functions."));
    // Within a part the ledger's order stays.
    let order: Vec<String> = lines.iter().map(|line| line.scope.clone()).collect();
    lines.sort_by_key(|line| order.iter().position(|scope| *scope == line.scope));
    lines
}

fn granted(line: &RecordedLine) -> bool {
    line.policy == PolicyKind::Identity && line.effect == Effect::Allow
}

fn level(action: &str) -> Option<AccessLevel> {
    iam::action(action).map(|facts| facts.level)
}

fn reason(prepared: &Prepared, origins: &BTreeMap<String, String>, why: &RecordedWhy) -> Why {
    let by = why.pointer.as_deref().and_then(|pointer| {
        Some(match origins.get(pointer) {
            Some(origin) => By::Default {
                setting: pointer.trim_start_matches('/').replace('/', "."),
                origin: origin.clone(),
            },
            None => By::Manifest(Asked::of(&prepared.loaded, pointer)?),
        })
    });
    Why {
        reason: why.reason.clone(),
        by: by.unwrap_or(By::Companion),
    }
}

impl Line {
    /// What a group of lines is about.
    fn title(&self) -> &'static str {
        match self.policy {
            PolicyKind::Identity => "may",
            PolicyKind::Trust => "may be assumed",
            PolicyKind::Resource => "may be used",
        }
    }

    fn risk(&self) -> String {
        let notes: Vec<String> = self.risk.iter().map(ToString::to_string).collect();
        notes.join(", ")
    }

    /// `not` before what is denied, and where.
    fn act(&self) -> String {
        let mut text = match self.effect {
            Effect::Allow => self.action.clone(),
            Effect::Deny => format!("not {}", self.action),
        };
        if let Some(resource) = &self.resource {
            let _ = write!(text, " on {resource}");
        }
        if let Some(principal) = &self.principal {
            let _ = write!(text, " by {principal}");
        }
        if !self.conditions.is_empty() {
            let _ = write!(text, " if {}", self.conditions.join(" and "));
        }
        text
    }
}

impl Why {
    fn text(&self) -> String {
        let reason = &self.reason;
        match &self.by {
            By::Manifest(asked) => format!("{reason} ({}:{})", asked.file, asked.line),
            By::Default { setting, origin } => format!("{reason} ({setting}: {origin})"),
            By::Companion => format!("{reason} (slgen adds it)"),
        }
    }
}

/// Lines in a row that belong to the same policy.
fn groups(lines: &[Line]) -> impl Iterator<Item = &[Line]> {
    lines.chunk_by(|a, b| (&a.scope, &a.holder, a.policy) == (&b.scope, &b.holder, b.policy))
}

fn text(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut scope = None;
    for group in groups(lines) {
        let Some(first) = group.first() else { continue };
        if scope != Some(&first.scope) {
            scope = Some(&first.scope);
            let _ = writeln!(out, "{}", first.scope);
        }
        let _ = writeln!(out, "  {} {}", first.holder, first.title());
        let width = group
            .iter()
            .filter_map(|line| line.access_level.as_ref())
            .map(String::len)
            .max()
            .unwrap_or_default();
        for line in group {
            let level = line.access_level.as_deref().unwrap_or_default();
            let _ = writeln!(out, "    {level:width$}  {}", line.act());
            if !line.risk.is_empty() {
                let _ = writeln!(out, "    {:width$}    risk: {}", "", line.risk());
            }
            for why in &line.why {
                let _ = writeln!(out, "    {:width$}    because: {}", "", why.text());
            }
        }
    }
    out
}

fn markdown(service: &str, lines: &[Line]) -> String {
    let mut out = format!("# Permissions of {}\n", escape(service));
    let mut scope = None;
    for group in groups(lines) {
        let Some(first) = group.first() else { continue };
        if scope != Some(&first.scope) {
            scope = Some(&first.scope);
            let _ = write!(out, "\n## {}\n", escape(&first.scope));
        }
        let _ = write!(
            out,
            "\n### {} {}\n\n| access level | action | resource | who | condition | risk | why |\n|---|---|---|---|---|---|---|\n",
            escape(&first.holder),
            first.title()
        );
        for line in group {
            let not = if line.effect == Effect::Deny {
                "not "
            } else {
                ""
            };
            let why: Vec<String> = line.why.iter().map(Why::text).collect();
            let cells = [
                line.access_level.clone().unwrap_or_default(),
                format!("{not}{}", line.action),
                line.resource.clone().unwrap_or_default(),
                line.principal.clone().unwrap_or_default(),
                line.conditions.join("; "),
                line.risk(),
                why.join("; "),
            ];
            let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
    }
    out
}
