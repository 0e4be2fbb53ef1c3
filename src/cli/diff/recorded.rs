//! Sides that are no code: state, plan, a snapshot of the account, the account itself.
#![allow(clippy::disallowed_methods, reason = "these answers are not kept")]

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::context::Context;
use super::sources::{Files, Graphs, described, disk, graphs, left, not_read};
use crate::cli::pipeline::{self, Prepared};
use crate::cli::{Cli, Failure, Status, snapshot as account_reader};
use crate::diagnostic::{Diagnostic, Sources};
use crate::diff::report::{NotChecked, Report};
use crate::diff::{ChangeKind, Finding, LOCK, Nature, Pairing, Question, Side, compare, fold};
use crate::graph::{Graph, Value, plan as plans, state as states};
use crate::live::aws::{Live, Place, Scope, snapshot::Snapshot};

/// Something that had to be read and could not be.
fn incomplete(message: String) -> Failure {
    Failure {
        status: Status::Incomplete,
        diagnostics: vec![Diagnostic::error("SLG-DIFF-INCOMPLETE", message)],
        sources: Sources::default(),
    }
}

fn input(message: String) -> Failure {
    Failure::from(Diagnostic::error("SLG-DIFF-INPUT", message))
}

fn read(cli: &Cli, file: &Utf8Path) -> Result<String, Failure> {
    let path = cli.directory.join(file);
    std::fs::read_to_string(&path).map_err(|e| input(format!("{path}: {e}")))
}

/// The environment that is meant.
fn environment<'a>(
    asked: Option<&str>,
    graphs: &'a Graphs,
) -> Result<(&'a str, &'a Graph), Failure> {
    let names = || graphs.keys().cloned().collect::<Vec<_>>().join(", ");
    let found = match asked {
        Some(name) => graphs.get_key_value(name),
        None if graphs.len() == 1 => graphs.iter().next(),
        None => None,
    };
    let (name, graph) = found.ok_or_else(|| {
        input(format!(
            "name the environment with --env: one of {}",
            names()
        ))
    })?;
    Ok((name, graph))
}

/// Account of the AWS provider.
fn account(graph: &Graph) -> Option<String> {
    let provider = graph.providers.get("aws")?.first()?;
    let ids = provider.get("allowed_account_ids")?;
    ids.sole().as_str().map(str::to_owned)
}

/// Accounts that the ARNs of a state's resources name.
fn accounts(graph: &Graph) -> BTreeSet<String> {
    let managed = graph.resources.values().filter(|r| !r.address.data);
    managed
        .filter_map(|r| r.get("arn").and_then(Value::as_str)?.split(':').nth(4))
        .filter(|account| account.len() == 12)
        .map(str::to_owned)
        .collect()
}

/// A state with the code on disk: what applying would change.
pub(super) fn state(cli: &Cli, file: &Utf8Path) -> Result<Report, Failure> {
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    let state = states::read(&read(cli, file)?).map_err(|e| unreadable(file, &e))?;
    let code = graphs(&disk(&prepared.root.join(&prepared.out))?);
    let (name, graph) = environment(cli.environment(), &code)?;
    // A state says nothing of the lock file.
    let mut graph = graph.clone();
    graph.resources.retain(|a, _| a.kind != LOCK);
    let graph = &graph;
    let (wanted, found) = (account(graph), accounts(&state.graph));
    if let Some(wanted) = wanted
        && !found.is_empty()
        && !found.contains(&wanted)
    {
        let found: Vec<String> = found.into_iter().collect();
        return Err(incomplete(format!(
            "{file} is of account {}, and environment {name} is account {wanted}: nothing was compared",
            found.join(", ")
        )));
    }
    let findings = compare(
        Side {
            graph: &state.graph,
            nature: Nature::Real,
        },
        Side {
            graph,
            nature: Nature::Code,
        },
        &Question {
            kind: ChangeKind::Pending,
            pairing: Pairing::Address,
            environment: name,
            complete: &|_| true,
        },
    );
    let mut report = with_manifest(&prepared, findings)?;
    report.base = format!("{file} (serial {})", state.serial);
    report.head = "disk".into();
    report.sources = vec!["state".to_owned(), "disk".to_owned()];
    report.not_checked = unread(&prepared, graph);
    report.not_checked.extend(locked(cli, file));
    report.notes.extend(state.notes);
    Ok(report)
}

/// A state that is locked is about to change, and half of a change may be in it already. The lock is looked for where
/// Terraform keeps it for a local state; none is taken.
fn locked(cli: &Cli, file: &Utf8Path) -> Option<NotChecked> {
    let name = format!(".{}.lock.info", file.file_name()?);
    let path = cli.directory.join(file).with_file_name(name);
    let lock = states::lock(&std::fs::read_to_string(path).ok()?)?;
    Some(NotChecked {
        check: format!("what is being done to {file} right now"),
        reason: format!(
            "it is locked by {} for {} since {}: wait for it, or, when nobody works on it any more, terraform force-unlock",
            lock.who, lock.operation, lock.created
        ),
        action: None,
    })
}

fn unreadable(file: &Utf8Path, error: &crate::graph::Unreadable) -> Failure {
    let message = format!("{file}: {error}");
    if error.is_incomplete() {
        incomplete(message)
    } else {
        input(message)
    }
}

/// Before and after of a plan.
pub(super) fn plan(cli: &Cli, file: &Utf8Path) -> Result<Report, Failure> {
    let plan = plans::read(&read(cli, file)?).map_err(|e| unreadable(file, &e))?;
    if let Some(why) = plan.incomplete() {
        return Err(incomplete(format!("{file}: {why}")));
    }
    let findings = compare(
        Side {
            graph: &plan.before,
            nature: Nature::Real,
        },
        Side {
            graph: &plan.after,
            nature: Nature::Real,
        },
        &Question {
            kind: ChangeKind::Pending,
            pairing: Pairing::Address,
            environment: "",
            complete: &|_| true,
        },
    );
    // The manifest says which line asked, where there is one.
    let mut report = if cli.directory.join(&cli.manifest).is_file() {
        with_manifest(&pipeline::prepare(&cli.directory, &cli.manifest)?, findings)?
    } else {
        Report {
            subject: file.to_string(),
            manifest: file.to_string(),
            findings: fold(findings),
            ..Report::default()
        }
    };
    for finding in &mut report.findings {
        finding.environments.clear();
    }
    report.base = format!("{file}: before");
    report.head = "after".into();
    report.sources = vec!["plan".to_owned()];
    report.notes.extend(plan.notes);
    Ok(report)
}

fn with_manifest(prepared: &Prepared, mut findings: Vec<Finding>) -> Result<Report, Failure> {
    for finding in &mut findings {
        if let Some(location) = &mut finding.location {
            location.file = prepared.out.join(&location.file);
        }
    }
    let context = Context::new(prepared.candidate(), None)?;
    described(prepared.candidate(), &context, findings, false)
}

/// What would be generated, with what stands beside it: what the pipeline recorded that it deployed, and the user's own
/// Terraform.
fn deployed(prepared: &Prepared) -> Result<Files, Failure> {
    let disk = disk(&prepared.root.join(&prepared.out)).map_err(input)?;
    Ok(left(prepared, &disk)?.files)
}

/// What of the code could not be read.
fn unread(prepared: &Prepared, code: &Graph) -> Vec<NotChecked> {
    let shown = |file: &Utf8Path| prepared.out.join(file);
    let code = code.not_read.iter();
    code.map(|not| not_read(not, &shown, false)).collect()
}

/// What would be generated with a snapshot of the account.
pub(super) fn snapshot(cli: &Cli, file: &Utf8Path) -> Result<Report, Failure> {
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    let snapshot = Snapshot::parse(&read(cli, file)?).map_err(|e| input(format!("{file}: {e}")))?;
    let code = graphs(&deployed(&prepared)?);
    let (name, graph) = environment(Some(&snapshot.environment), &code)?;
    if let Some(wanted) = account(graph)
        && wanted != snapshot.live.place.account
    {
        return Err(incomplete(format!(
            "{file} is of account {}, and environment {name} is account {wanted}: nothing was compared",
            snapshot.live.place.account
        )));
    }
    let mut report = drift(&prepared, name, graph, &snapshot.live)?;
    report.head = format!("{file} of {}", snapshot.taken);
    report.sources = vec!["generated".to_owned(), "snapshot".to_owned()];
    Ok(report)
}

/// What would be generated with the account.
pub(super) fn live(cli: &Cli) -> Result<Report, Failure> {
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    let code = graphs(&deployed(&prepared)?);
    let (name, graph) = environment(cli.environment(), &code)?;
    let (_, settings) = prepared.environment(Some(name))?;
    let place = Place {
        account: settings.account.clone(),
        region: settings.region.clone(),
    };
    let live =
        account_reader::read(place, Scope::of(graph)).map_err(|e| incomplete(e.to_string()))?;
    let mut report = drift(&prepared, name, graph, &live)?;
    report.head = "account".into();
    report.sources = vec!["generated".to_owned(), "live".to_owned()];
    Ok(report)
}

/// The code with what an account says.
fn drift(prepared: &Prepared, name: &str, code: &Graph, live: &Live) -> Result<Report, Failure> {
    let not_read = unread(prepared, code);
    let code = live.comparable(code);
    let findings = compare(
        Side {
            graph: &code,
            nature: Nature::Code,
        },
        Side {
            graph: &live.graph,
            nature: Nature::Account,
        },
        &Question {
            kind: ChangeKind::Drift,
            pairing: Pairing::Identity,
            environment: name,
            complete: &|kind| live.is_complete(kind),
        },
    );
    let mut report = with_manifest(prepared, findings)?;
    report.base = "generated".into();
    report.account = Some(live.place.account.clone());
    report.not_checked = live
        .not_checked
        .iter()
        .map(|not| NotChecked {
            check: not.check.clone(),
            reason: not.to_string(),
            action: Some(not.action.clone()),
        })
        .chain(not_read)
        .collect();
    Ok(report)
}
