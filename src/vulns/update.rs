//! What a report changes in a register.

use super::found::{Found, Report};
use super::policy::{DueDays, due};
use super::ranges::concerns;
use super::{Entry, Register, Scan, Severity};
use crate::date::Date;
use crate::dependencies::Ecosystem;

/// A package of a lockfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// Lockfile, below the manifest's folder.
    pub file: String,
    /// Functions that it is of.
    pub functions: Vec<String>,
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Name, normalised.
    pub name: String,
    /// Version.
    pub version: String,
}

/// What a report is held against.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// Packages of all lockfiles.
    pub locked: &'a [Locked],
    /// Who answers for the service.
    pub owner: Option<&'a str>,
    /// Day of the report.
    pub on: Date,
    /// Policy.
    pub days: DueDays,
}

/// Brings a register up to the reports of an import. What a tool reported before and reports no more is fixed, unless
/// it says that it skipped something.
pub fn update(register: &mut Register, reports: &[Report], context: &Context<'_>) {
    register.version = 1;
    let mut seen = Vec::new();
    for report in reports {
        for found in &report.found {
            for entry in entries(found, &report.tool, context) {
                seen.push(put(register, entry, context));
            }
        }
    }
    for tool in reports
        .iter()
        .filter(|report| report.whole)
        .map(|report| &report.tool)
    {
        let of_tool = || reports.iter().filter(|report| report.tool == *tool);
        let mut skipped: Vec<String> = of_tool()
            .flat_map(|report| report.skipped.clone())
            .collect();
        skipped.sort();
        skipped.dedup();
        if skipped.is_empty() {
            for (index, entry) in register.vulnerabilities.iter_mut().enumerate() {
                if entry.tool == *tool && entry.fixed.is_none() && !seen.contains(&index) {
                    entry.fixed = Some(context.on.to_string());
                }
            }
        }
        register.scans.retain(|scan| scan.tool != *tool);
        register.scans.push(Scan {
            tool: tool.clone(),
            on: context.on.to_string(),
            skipped,
        });
    }
}

/// What a finding becomes: one entry, or of a record one for each version that is locked.
fn entries(found: &Found, tool: &str, context: &Context<'_>) -> Vec<Entry> {
    let same = |locked: &&Locked| {
        let ecosystem = found.package.ecosystem;
        ecosystem.is_none_or(|ecosystem| ecosystem == locked.ecosystem)
            && locked.ecosystem.normal(&found.package.name) == locked.name
    };
    let locked: Vec<&Locked> = context.locked.iter().filter(same).collect();
    let Some(affected) = &found.affected else {
        let version = found.package.version.as_deref();
        let by_version = |l: &&&Locked| version.is_none_or(|v| v == l.version);
        let by_path = |l: &&&Locked| {
            let path = found.path.as_deref();
            path.is_some_and(|path| path == l.file || path.ends_with(&format!("/{}", l.file)))
        };
        let mut of: Vec<&&Locked> = locked.iter().filter(by_path).collect();
        if of.is_empty() {
            of = locked.iter().filter(by_version).collect();
        }
        let functions = of.iter().flat_map(|l| l.functions.clone()).collect();
        return vec![entry(found, tool, version, functions, context)];
    };
    let concerned = locked.iter().filter(|l| concerns(affected, &l.version));
    let mut versions: Vec<(&str, Vec<String>)> = Vec::new();
    for one in concerned {
        match versions
            .iter_mut()
            .find(|(version, _)| *version == one.version)
        {
            Some((_, functions)) => functions.extend(one.functions.clone()),
            None => versions.push((&one.version, one.functions.clone())),
        }
    }
    let versions = versions.into_iter();
    versions
        .map(|(version, of)| entry(found, tool, Some(version), of, context))
        .collect()
}

fn entry(
    found: &Found,
    tool: &str,
    version: Option<&str>,
    mut functions: Vec<String>,
    context: &Context<'_>,
) -> Entry {
    functions.sort();
    functions.dedup();
    // What nobody ranks is not taken lightly.
    let severity = found.severity.unwrap_or(Severity::High);
    let mut ids = found.ids.iter().cloned();
    let id = ids.next().unwrap_or_default();
    let mut aliases: Vec<String> = ids.collect();
    aliases.sort();
    Entry {
        id,
        aliases,
        package: found.package.name.clone(),
        version: version.map(str::to_owned),
        functions,
        severity,
        owner: context.owner.map(str::to_owned),
        first_seen: context.on.to_string(),
        due: due(context.on, severity, context.days).to_string(),
        tool: tool.to_owned(),
        fixed: None,
    }
}

/// Puts an entry in the place of the same one, if there is one; gives its index.
fn put(register: &mut Register, mut new: Entry, context: &Context<'_>) -> usize {
    let ids: Vec<String> = std::iter::once(&new.id)
        .chain(&new.aliases)
        .cloned()
        .collect();
    let same =
        |entry: &Entry| entry.package == new.package && ids.iter().any(|id| entry.is_called(id));
    let compatible = |e: &Entry| same(e) && (e.version.is_none() || new.version.is_none());
    let exact = register
        .vulnerabilities
        .iter()
        .position(|e| same(e) && e.version == new.version);
    let at = exact.or_else(|| register.vulnerabilities.iter().position(compatible));
    let Some((index, old)) = at.and_then(|at| Some((at, register.vulnerabilities.get_mut(at)?)))
    else {
        // Another version that is no better does not begin anew.
        let open = register
            .vulnerabilities
            .iter()
            .filter(|e| same(e) && e.fixed.is_none());
        if let Some(first) = open.map(|e| e.first_seen.clone()).min() {
            new.first_seen = first.min(new.first_seen);
            settle(&mut new, context);
        }
        register.vulnerabilities.push(new);
        return register.vulnerabilities.len() - 1;
    };
    for id in &ids {
        if !old.is_called(id) {
            old.aliases.push(id.clone());
        }
    }
    old.aliases.sort();
    // Of two tools the worse opinion holds and both know functions; of one, its last.
    if old.tool == new.tool {
        old.severity = new.severity;
        old.functions = new.functions;
    } else {
        old.severity = old.severity.max(new.severity);
        old.functions.extend(new.functions);
        old.functions.sort();
        old.functions.dedup();
    }
    old.owner = new.owner;
    old.version = new.version.or(old.version.take());
    if old.fixed.take().is_some() {
        old.first_seen = new.first_seen;
        old.tool = new.tool;
    }
    settle(old, context);
    index
}

/// The due date by the first report.
fn settle(entry: &mut Entry, context: &Context<'_>) {
    let first = entry.first_seen.parse().unwrap_or(context.on);
    entry.due = due(first, entry.severity, context.days).to_string();
}
