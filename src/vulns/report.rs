//! Reports of scanners, told apart by their form.

use serde_json::Value;

use super::found::Report;
use super::{osv, pip_audit, sarif};
use crate::dependencies::masked;
use crate::manifest::is_hidden;

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
