//! The JSON of pip-audit, which says what it skipped.

use serde_json::Value;

use super::found::{Found, Package, Report};
use super::osv::{list, strings};
use crate::dependencies::Ecosystem;

pub(super) fn read(json: &Value) -> Result<Report, String> {
    let mut report = Report {
        tool: "pip-audit".to_owned(),
        whole: true,
        ..Report::default()
    };
    for dependency in list(&json["dependencies"]) {
        let name = dependency["name"]
            .as_str()
            .ok_or("a dependency in it has no name")?;
        if let Some(reason) = dependency["skip_reason"].as_str() {
            report.skipped.push(format!("{name}: {reason}"));
        }
        for one in list(&dependency["vulns"]) {
            let own = one["id"].as_str().map(str::to_owned);
            report.found.push(Found {
                ids: own.into_iter().chain(strings(&one["aliases"])).collect(),
                package: Package {
                    ecosystem: Some(Ecosystem::Pypi),
                    name: name.to_owned(),
                    version: dependency["version"].as_str().map(str::to_owned),
                },
                severity: None,
                path: None,
                affected: None,
            });
        }
    }
    Ok(report)
}
