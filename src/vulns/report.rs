//! Reports of scanners, told apart by their form.

use serde_json::Value;

use super::{Severity, osv, pip_audit, sarif};
use crate::dependencies::{Ecosystem, masked};
use crate::manifest::is_hidden;

/// What a report says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Name of the tool.
    pub tool: String,
    /// Whether what it does not name is clean of what it knows: a scan, no single record.
    pub whole: bool,
    /// What it found.
    pub found: Vec<Found>,
    /// What it did not look at.
    pub skipped: Vec<String>,
}

/// One vulnerability of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Ids, the tool's own first.
    pub ids: Vec<String>,
    /// The package.
    pub package: Package,
    /// Severity; none when the tool does not rank it.
    pub severity: Option<Severity>,
    /// The file that it was found in.
    pub path: Option<String>,
    /// Versions that it is of, where the report is a record of the vulnerability and not of a scan.
    pub affected: Option<Value>,
}

/// A package as a report names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// Where from, when it says.
    pub ecosystem: Option<Ecosystem>,
    /// Name.
    pub name: String,
    /// Version.
    pub version: Option<String>,
}

/// Reads a report of any form that is known.
///
/// # Errors
/// Why it is none.
pub fn read(text: &str) -> Result<Report, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let json: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let mut report = if json["runs"].is_array() {
        sarif::read(&json)?
    } else if json["dependencies"].is_array() {
        pip_audit::read(&json)?
    } else if json
        .get("results")
        .is_some_and(|results| results.is_array() || results.is_null())
    {
        osv::scanner(&json)?
    } else {
        osv::records(&json)?
    };
    report.tool = clean(&report.tool, 60);
    for found in &mut report.found {
        found.ids = found
            .ids
            .iter()
            .map(|id| clean(id, 80))
            .filter(|id| !id.is_empty())
            .collect();
        found.package.name = clean(&found.package.name, 200);
        found.package.version = found
            .package
            .version
            .as_deref()
            .map(|version| clean(version, 80));
    }
    if report
        .found
        .iter()
        .any(|found| found.ids.is_empty() || found.package.name.is_empty())
    {
        return Err("a finding in it has no id or no package".to_owned());
    }
    report.skipped = report
        .skipped
        .iter()
        .map(|skipped| clean(skipped, 200))
        .collect();
    Ok(report)
}

/// Text of others as it is kept: short, without what steers a terminal or is not seen, without credentials of URLs.
fn clean(text: &str, most: usize) -> String {
    let kept = masked(text);
    let kept = kept.chars().filter(|c| !c.is_control() && !is_hidden(*c));
    kept.take(most).collect::<String>().trim().to_owned()
}

/// The ecosystem that OSV calls so.
pub(super) fn ecosystem(name: &str) -> Option<Ecosystem> {
    match name.split(':').next().unwrap_or_default() {
        "PyPI" | "pypi" => Some(Ecosystem::Pypi),
        "npm" => Some(Ecosystem::Npm),
        "Go" | "golang" => Some(Ecosystem::Go),
        "crates.io" | "cargo" => Some(Ecosystem::Cargo),
        _ => None,
    }
}
