//! `slgen fleet`.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::each::{each, manifests, reason};
use super::pipeline::{self, Prepared};
use super::{Cli, Failure, Format, Status, say, verdict};
use crate::catalog::aws::{iam, risk};
use crate::catalog::pins::carried;
use crate::date::Date;
use crate::fleet::{
    Blueprint, Exceptions, Facts, Fleet, Pins, SEVERITIES, SOON, Service, State, html, json,
    markdown, text,
};
use crate::iam::ledger::RecordedLine;
use crate::iam::{Effect, PolicyKind};
use crate::manifest::model::Auth;
use crate::pin::{self, Lock};
use crate::service::model::TriggerKind;
use crate::workspace::{self, git};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folders with services in them, or checkouts of several repositories.
    #[arg(value_name = "DIR", default_value = ".")]
    folders: Vec<Utf8PathBuf>,
    /// Call a slgen.lock old that was last committed longer ago: 90d.
    #[arg(long, value_name = "DAYS", default_value = "90d", value_parser = days)]
    pins_older_than: u32,
    /// Write the report as one page that needs no network, too.
    #[arg(long, value_name = "FILE")]
    html: Option<Utf8PathBuf>,
}

fn days(text: &str) -> Result<u32, String> {
    let digits = text.strip_suffix('d').unwrap_or(text);
    let days = digits.parse();
    days.map_err(|_| "write a number of days: 90d".to_owned())
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let name = cli.manifest.file_name().unwrap_or("slgen.yaml");
    let found = manifests(&cli.directory, &arguments.folders, name)?;
    let today = pipeline::today();
    let services = each(&found, cli.is_quiet(), |manifest| {
        service(&cli.directory, manifest, today, arguments.pins_older_than)
    });
    let fleet = Fleet {
        today,
        pins_older_than: arguments.pins_older_than,
        services,
    };
    if let Some(file) = &arguments.html {
        workspace::replace_at(&cli.directory.join(file), html(&fleet))?;
    }
    say(&match cli.format {
        Format::Text => text(&fleet, cli.is_verbose()),
        Format::Markdown => markdown(&fleet),
        _ => json(&fleet),
    });
    Ok(if fleet.count(State::Gated) > 0 {
        Status::Gate
    } else if fleet.count(State::Unreadable) > 0 {
        Status::Incomplete
    } else {
        Status::Done
    })
}

/// What there is to say of one manifest; everything else that was made of it is gone then.
fn service(directory: &Utf8Path, manifest: &Utf8Path, today: Date, older: u32) -> Service {
    let found = pipeline::prepare(directory, manifest).and_then(|prepared| {
        let facts = facts(&prepared, today, older)?;
        let stopped = prepared.judged().err().map(|failure| reason(&failure));
        Ok((facts, stopped))
    });
    let (state, reason, facts) = match found {
        Err(failure) => (State::Unreadable, Some(reason(&failure)), None),
        Ok((facts, Some(stopped))) => (State::Gated, Some(stopped), Some(facts)),
        Ok((facts, None)) => (State::Sound, None, Some(facts)),
    };
    Service {
        manifest: manifest.to_string(),
        state,
        reason,
        facts,
    }
}

fn facts(prepared: &Prepared, today: Date, older: u32) -> Result<Facts, Failure> {
    let service = prepared.service();
    let manifest = &prepared.loaded.manifest;
    let mut findings: BTreeMap<String, usize> = SEVERITIES
        .iter()
        .map(|severity| (severity.to_string(), 0))
        .collect();
    for finding in &prepared.verdict.findings {
        *findings.entry(finding.severity.to_string()).or_insert(0) += 1;
    }
    let mut exceptions = Exceptions::default();
    for exception in verdict::all_exceptions(&prepared.loaded)? {
        let left = today.days_until(exception.expires);
        if left < 0 {
            exceptions.expired += 1;
            continue;
        }
        exceptions.open += 1;
        exceptions.expiring += usize::from(left <= i64::from(SOON));
    }
    let (permissions, harmful) = permissions(&prepared.ledger()?.permissions);
    let triggers = service
        .functions
        .values()
        .flat_map(|function| &function.triggers);
    let mut entries: BTreeMap<String, usize> = BTreeMap::new();
    for trigger in triggers {
        let by = match &trigger.kind {
            TriggerKind::Http { auth, .. } => match auth {
                Auth::Jwt(_) => "jwt",
                Auth::Hmac(_) => "hmac",
                Auth::Iam => "iam",
                Auth::None => "none",
            },
            // The one that a function URL has.
            TriggerKind::Url { .. } => "iam",
            _ => "event",
        };
        *entries.entry(by.to_owned()).or_insert(0) += 1;
    }
    Ok(Facts {
        service: manifest.service.clone(),
        owner: service.owner.clone(),
        blueprint: Blueprint {
            name: prepared.blueprint().name.clone(),
            version: manifest.baseline.version.clone(),
            source: manifest.baseline.source.clone(),
        },
        environments: service.environments.keys().cloned().collect(),
        functions: service.functions.len(),
        findings,
        exceptions,
        pins: pins(prepared, today, older),
        permissions,
        harmful,
        entries,
    })
}

/// What roles may do, by access level, and how much of it is harmful in the wrong hands.
fn permissions(lines: &[RecordedLine]) -> (BTreeMap<String, usize>, usize) {
    let granted =
        |line: &&RecordedLine| line.policy == PolicyKind::Identity && line.effect == Effect::Allow;
    let mut held: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in lines.iter().filter(granted) {
        held.entry(&line.holder).or_default().insert(&line.action);
    }
    let (mut levels, mut harmful) = (BTreeMap::new(), 0);
    for line in lines.iter().filter(granted) {
        let level = iam::action(&line.action).map(|facts| facts.level.to_string());
        *levels
            .entry(level.unwrap_or_else(|| "unknown".to_owned()))
            .or_insert(0) += 1;
        let actions = held.get(line.holder.as_str());
        let has = |action: &str| actions.is_some_and(|actions| actions.contains(action));
        harmful += usize::from(!risk::harms(&line.action, has).is_empty());
    }
    (levels, harmful)
}

/// How old what is pinned is, as far as git and the pins of this slgen tell.
fn pins(prepared: &Prepared, today: Date, older: u32) -> Pins {
    let placed = pin::beside(&prepared.root, &prepared.loaded.file)
        .ok()
        .flatten();
    let Some(placed) = placed else {
        return Pins::default();
    };
    let committed = git::committed_at(&prepared.root, pin::FILE).and_then(Date::from_unix);
    let age_days = committed.map(|day| day.days_until(today).max(0));
    Pins {
        locked: true,
        age_days,
        old: age_days.is_some_and(|days| days > i64::from(older)),
        behind: behind(&placed.lock),
    }
}

fn behind(lock: &Lock) -> Vec<String> {
    let known = carried();
    let images = lock.images.iter().filter(|pinned| {
        let mut known = known
            .images
            .iter()
            .filter(|known| known.image == pinned.image);
        known.any(|known| known.digest != pinned.digest)
    });
    let actions = lock.actions.iter().filter(|pinned| {
        let mut known = known
            .actions
            .iter()
            .filter(|known| known.action == pinned.action);
        known.any(|known| known.commit != pinned.commit)
    });
    let tools = lock.tools.iter().filter(|pinned| {
        let mut known = known.tools.iter().filter(|known| known.tool == pinned.tool);
        known.any(|known| known.version != pinned.version)
    });
    let images = images.map(|pinned| pinned.image.clone());
    let actions = actions.map(|pinned| pinned.action.clone());
    images
        .chain(actions)
        .chain(tools.map(|pinned| pinned.tool.clone()))
        .collect()
}
