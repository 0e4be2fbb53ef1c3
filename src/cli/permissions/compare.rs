//! `slgen permissions --compare REVISION`: the ledger against the one that is committed at a git revision.
//!
//! Nothing of that revision is rendered anew. Whether more is allowed is decided for every policy whose lines differ, in each
//! environment of the manifest as it is now.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use camino::Utf8Path;
use serde_json::{Value as Json, json};

use super::super::pipeline::{self, Prepared};
use super::super::{Cli, Failure, Format, Status, say};
use super::place::Place;
use super::policy::{verdict_json, verdict_text};
use super::{known, pretty};
use crate::diagnostic::Diagnostic;
use crate::iam::ledger::{Recorded, RecordedLine};
use crate::iam::{Document, Grants, PolicyKind, Verdict, new_access, new_resource_access};
use crate::render::escape_markdown as escape;
use crate::workspace::git::Repository;

pub(super) fn run(cli: &Cli, revision: &str, function: Option<&str>) -> Result<Status, Failure> {
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    if let Some(function) = function {
        known(&prepared, function)?;
    }
    let (commit, before) = committed(&prepared, revision)?;
    let mut changes = changes(&prepared, before, prepared.ledger()?.permissions);
    if let Some(function) = function {
        let scope = format!("functions.{function}");
        changes.retain(|change| change.scope == scope);
    }
    let widened = changes.iter().any(|change| !change.widened.is_empty());
    say(&match cli.format {
        Format::Text => text(revision, &commit, &changes),
        Format::Markdown => markdown(revision, &commit, &changes),
        _ => pretty(&json!({
            "schema": "slgen.permissions-diff/1",
            "service": prepared.loaded.manifest.service,
            "revision": revision,
            "commit": commit,
            "widened": widened,
            "changes": changes.iter().map(Change::json).collect::<Vec<_>>(),
        })),
    });
    Ok(if widened { Status::Gate } else { Status::Done })
}

/// The commit that a revision names, and its ledger; an empty one where there is none.
fn committed(prepared: &Prepared, revision: &str) -> Result<(String, Vec<RecordedLine>), Failure> {
    let failure = |message: String| {
        Failure::from(
            Diagnostic::error("SLG-PERMISSIONS-002", message)
                .help("--compare takes a git revision: main, HEAD~1, v1.2.0"),
        )
    };
    let mut repository = Repository::discover(&prepared.root).map_err(failure)?;
    let commit = repository.resolve(revision).map_err(failure)?;
    let files = repository
        .files(&commit, &prepared.out)
        .map_err(failure)?
        .files;
    let name = commit.short().to_owned();
    let Some(text) = files.get(Utf8Path::new("permissions.json")) else {
        return Ok((name, Vec::new()));
    };
    let path = prepared.out.join("permissions.json");
    let recorded: Recorded = serde_json::from_str(text)
        .map_err(|error| failure(format!("{path} at {name} is no ledger: {error}")))?;
    if recorded.schema != "slgen.permissions/1" {
        let message = format!(
            "{path} at {name} is {:?}, which is not read",
            recorded.schema
        );
        return Err(failure(message));
    }
    Ok((name, recorded.permissions))
}

/// What changed in one policy.
struct Change {
    scope: String,
    holder: String,
    policy: PolicyKind,
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
    /// What is newly allowed, or may be, with the environments where it is.
    widened: Vec<(Verdict, Vec<String>)>,
}

impl Change {
    fn json(&self) -> Json {
        let widened = self.widened.iter().map(|(verdict, environments)| {
            let mut json = verdict_json(verdict);
            json["environments"] = json!(environments);
            json
        });
        json!({
            "scope": self.scope,
            "holder": self.holder,
            "policy": self.policy,
            "added": self.added,
            "removed": self.removed,
            "widened": widened.collect::<Vec<_>>(),
        })
    }

    fn title(&self) -> String {
        let what = match self.policy {
            PolicyKind::Identity => "may",
            PolicyKind::Trust => "may be assumed",
            PolicyKind::Resource => "may be used",
        };
        format!("{} {what}", self.holder)
    }

    /// What is to be said on what is newly allowed.
    fn verdicts(&self) -> Vec<String> {
        if self.widened.is_empty() {
            return vec!["no new access".to_owned()];
        }
        self.widened
            .iter()
            .map(|(verdict, environments)| {
                let text = verdict_text(verdict).trim_end().replace("\n  ", " ");
                format!("{text} ({})", environments.join(", "))
            })
            .collect()
    }
}

/// Lines by the policy that they stand in; why they do is left out.
fn policies(lines: Vec<RecordedLine>) -> BTreeMap<(String, PolicyKind), Vec<RecordedLine>> {
    let mut policies: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in lines {
        let lines = policies.entry((line.holder.clone(), line.policy));
        lines.or_default().push(RecordedLine {
            why: Vec::new(),
            ..line
        });
    }
    policies
}

fn changes(prepared: &Prepared, before: Vec<RecordedLine>, now: Vec<RecordedLine>) -> Vec<Change> {
    let (mut before, mut now) = (policies(before), policies(now));
    let keys: BTreeSet<_> = before.keys().chain(now.keys()).cloned().collect();
    let mut changes = Vec::new();
    for key in keys {
        let old = before.remove(&key).unwrap_or_default();
        let new = now.remove(&key).unwrap_or_default();
        let less = |a: &[RecordedLine], b: &[RecordedLine]| -> BTreeSet<String> {
            let only = a.iter().filter(|line| !b.contains(line));
            only.map(ToString::to_string).collect()
        };
        let (added, removed) = (less(&new, &old), less(&old, &new));
        if added.is_empty() && removed.is_empty() {
            continue;
        }
        let (holder, policy) = key;
        changes.push(Change {
            widened: widened(prepared, policy, &old, &new),
            scope: prepared.provenance.scope(&holder).unwrap_or_default(),
            holder,
            policy,
            added,
            removed,
        });
    }
    changes.sort_by(|a, b| (&a.scope, &a.holder).cmp(&(&b.scope, &b.holder)));
    changes
}

/// What a policy newly allows, environment by environment.
fn widened(
    prepared: &Prepared,
    policy: PolicyKind,
    old: &[RecordedLine],
    new: &[RecordedLine],
) -> Vec<(Verdict, Vec<String>)> {
    let mut found: Vec<(Verdict, Vec<String>)> = Vec::new();
    for place in Place::all(prepared) {
        let grants = |lines: &[RecordedLine]| {
            let lines: Vec<_> = lines.iter().map(|line| place.permission(line)).collect();
            Grants::of([Document::from_permissions(&lines)])
        };
        let (old, new) = (grants(old), grants(new));
        let verdict = match policy {
            PolicyKind::Identity => new_access(&old, &new),
            PolicyKind::Trust | PolicyKind::Resource => new_resource_access(&old, &new),
        };
        if verdict == Verdict::No {
            continue;
        }
        let environment = place.environment.to_owned();
        match found.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, environments)) => environments.push(environment),
            None => found.push((verdict, vec![environment])),
        }
    }
    found
}

fn text(revision: &str, commit: &str, changes: &[Change]) -> String {
    let mut out = format!("permissions since {revision} ({commit})\n");
    for group in changes.chunk_by(|a, b| a.scope == b.scope) {
        if let Some(first) = group.first() {
            let scope = if first.scope.is_empty() {
                "no longer there"
            } else {
                &first.scope
            };
            let _ = writeln!(out, "{scope}");
        }
        for change in group {
            let _ = writeln!(out, "  {}", change.title());
            for line in &change.added {
                let _ = writeln!(out, "    + {line}");
            }
            for line in &change.removed {
                let _ = writeln!(out, "    - {line}");
            }
            for verdict in change.verdicts() {
                let _ = writeln!(out, "    {verdict}");
            }
        }
    }
    if changes.is_empty() {
        out.push_str("the same\n");
    }
    out
}

fn markdown(revision: &str, commit: &str, changes: &[Change]) -> String {
    let mut out = format!(
        "# Permissions since {} ({})\n",
        escape(revision),
        escape(commit)
    );
    for change in changes {
        let _ = write!(out, "\n## {}\n\n", escape(&change.title()));
        for line in &change.added {
            let _ = writeln!(out, "- added: {}", escape(line));
        }
        for line in &change.removed {
            let _ = writeln!(out, "- removed: {}", escape(line));
        }
        for verdict in change.verdicts() {
            let _ = writeln!(out, "- **{}**", escape(&verdict));
        }
    }
    if changes.is_empty() {
        out.push_str("\nThe same.\n");
    }
    out
}
