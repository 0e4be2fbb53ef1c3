//! `slgen.vulns.json`, beside the manifest: JSON, one line an entry, in one order.

use std::fmt::Write as _;

use camino::Utf8Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Severity;
use crate::date::Date;
use crate::diagnostic::{Diagnostic, Span};
use crate::manifest::read_placed;

/// Name of the file.
pub const FILE: &str = "slgen.vulns.json";

/// The form of the file that this version reads and writes.
const VERSION: u32 = 1;

/// The content of a register.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Form of the file: 1.
    pub version: u32,
    /// The last report of each tool.
    pub scans: Vec<Scan>,
    /// Vulnerabilities, by id and package.
    pub vulnerabilities: Vec<Entry>,
}

/// The last report of a tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// Name of the tool.
    pub tool: String,
    /// Day on which it was imported, `YYYY-MM-DD`.
    pub on: String,
    /// What it did not look at: unknown, never clean.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
}

/// A vulnerability of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Id as the tool reports it: CVE-…, GHSA-…, PYSEC-….
    pub id: String,
    /// Other ids of the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Name of the package.
    pub package: String,
    /// Its version, where the tool says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Functions whose lockfiles have it; empty where that cannot be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    /// Severity.
    pub severity: Severity,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Day of the first report, `YYYY-MM-DD`.
    pub first_seen: String,
    /// Last day on which it is not overdue, `YYYY-MM-DD`.
    pub due: String,
    /// The tool that reports it.
    pub tool: String,
    /// Day since which that tool does not report it any more, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
}

impl Entry {
    /// Whether an id is its own or an alias, whatever the case.
    pub fn is_called(&self, id: &str) -> bool {
        let mut ids = std::iter::once(&self.id).chain(&self.aliases);
        ids.any(|own| own.eq_ignore_ascii_case(id))
    }

    /// Last day on which it is not overdue.
    pub fn due(&self) -> Date {
        // A day that is none is found when the file is read.
        self.due.parse().unwrap_or(Date::LAST)
    }
}

/// Reads the text of a register.
///
/// # Errors
/// Every fault, each with its place.
pub fn parse(file: &Utf8Path, text: &str) -> Result<Register, Vec<Diagnostic>> {
    let help = "mend it, or take it from the version control; only `slgen vulns import` writes it";
    let mend = |fault: Diagnostic| Diagnostic {
        code: "SLG-VULN-002".to_owned(),
        help: Some(help.to_owned()),
        ..fault
    };
    let (register, map) = read_placed::<Register>(file, text)
        .map_err(|faults| faults.into_iter().map(mend).collect::<Vec<_>>())?;
    let at = |pointer: &str, message: String| {
        let span = map.nearest(pointer).map(|(start, end)| Span {
            file: file.to_owned(),
            start,
            end,
        });
        mend(Diagnostic::error("SLG-VULN-002", message).at(span))
    };
    if register.version != VERSION {
        return Err(vec![at(
            "/version",
            format!("this slgen reads version {VERSION} of the register"),
        )]);
    }
    let mut faults = Vec::new();
    for (index, entry) in register.vulnerabilities.iter().enumerate() {
        let days = [
            ("first_seen", Some(&entry.first_seen)),
            ("due", Some(&entry.due)),
            ("fixed", entry.fixed.as_ref()),
        ];
        for (key, day) in days {
            if let Some(Err(message)) = day.map(|day| day.parse::<Date>()) {
                faults.push(at(&format!("/vulnerabilities/{index}/{key}"), message));
            }
        }
    }
    if faults.is_empty() {
        Ok(register)
    } else {
        Err(faults)
    }
}

/// The text of a register.
pub fn render(register: &Register) -> String {
    let mut register = register.clone();
    register.scans.sort();
    register.vulnerabilities.sort();
    let mut text = format!("{{\n  \"version\": {VERSION},\n");
    list(&mut text, "scans", &register.scans);
    text.push_str(",\n");
    list(&mut text, "vulnerabilities", &register.vulnerabilities);
    text.push_str("\n}\n");
    text
}

fn list(text: &mut String, name: &str, entries: &[impl Serialize]) {
    let entries: Vec<String> = entries
        .iter()
        .filter_map(|entry| serde_json::to_string(entry).ok())
        .map(|entry| format!("\n    {entry}"))
        .collect();
    let end = if entries.is_empty() { "" } else { "\n  " };
    // Writing to a string cannot fail.
    let _ = write!(text, "  \"{name}\": [{}{end}]", entries.join(","));
}

/// The JSON Schema of a register.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Register).to_value()
}
