//! What a scanner found, whatever its form.

use serde_json::Value;

use super::Severity;
use crate::dependencies::Ecosystem;

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

/// The ecosystem that OSV calls so.
pub(super) fn ecosystem(name: &str) -> Option<Ecosystem> {
    match name.split(':').next().unwrap_or_default() {
        "PyPI" | "pypi" => Some(Ecosystem::Pypi),
        "npm" => Some(Ecosystem::Npm),
        "Maven" | "maven" => Some(Ecosystem::Maven),
        "Go" | "golang" => Some(Ecosystem::Go),
        "crates.io" | "cargo" => Some(Ecosystem::Cargo),
        _ => None,
    }
}
