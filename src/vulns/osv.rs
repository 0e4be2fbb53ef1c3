//! Reports of OSV-Scanner, and records of OSV (<https://ossf.github.io/osv-schema/>).

use serde_json::Value;

use super::found::{Found, Package, Report, ecosystem};
use super::{Severity, cvss};

/// Reads the JSON of OSV-Scanner.
pub(super) fn scanner(json: &Value) -> Result<Report, String> {
    let mut report = Report {
        tool: "osv-scanner".to_owned(),
        whole: true,
        ..Report::default()
    };
    for source in list(&json["results"]) {
        let path = source["source"]["path"].as_str();
        for one in list(&source["packages"]) {
            let package = package(&one["package"]);
            let known = package.version.as_deref().is_some_and(|v| !v.is_empty())
                || one["package"]["commit"].is_string();
            if package.name.is_empty() {
                return Err("a package in it has no name".to_owned());
            }
            let vulnerabilities = list(&one["vulnerabilities"]);
            if !known && vulnerabilities.is_empty() {
                report
                    .skipped
                    .push(format!("{}: it has no version", package.name));
            }
            let mut grouped = Vec::new();
            for group in list(&one["groups"]) {
                let ids = strings(&group["ids"]);
                let of = |v: &&Value| {
                    v["id"]
                        .as_str()
                        .is_some_and(|id| ids.iter().any(|i| i == id))
                };
                let records: Vec<&Value> = vulnerabilities.iter().filter(of).collect();
                let scored = group["max_severity"].as_str().and_then(cvss::of_text);
                let severity = records
                    .iter()
                    .filter_map(|record| severity(record))
                    .chain(scored)
                    .max();
                let aliases = records
                    .iter()
                    .flat_map(|record| strings(&record["aliases"]));
                let mut all = ids.clone();
                all.extend(strings(&group["aliases"]));
                all.extend(aliases);
                grouped.extend(ids);
                report
                    .found
                    .push(found(all, package.clone(), severity, path));
            }
            for record in vulnerabilities {
                let id = record["id"].as_str().unwrap_or_default();
                if grouped.iter().all(|grouped| grouped != id) {
                    report
                        .found
                        .push(found(ids(record), package.clone(), severity(record), path));
                }
            }
        }
    }
    Ok(report)
}

/// Reads one record, a list of them, or an answer of OSV's interface.
pub(super) fn records(json: &Value) -> Result<Report, String> {
    let all: Vec<&Value> = match json {
        Value::Array(all) => all.iter().collect(),
        Value::Object(object) if object.contains_key("vulns") => {
            list(&json["vulns"]).iter().collect()
        }
        Value::Object(object) if object.contains_key("affected") => vec![json],
        _ => {
            return Err("it is no report that is known: SARIF 2.1.0, OSV-Scanner or pip-audit JSON, or OSV records".to_owned());
        }
    };
    let mut report = Report {
        tool: "osv".to_owned(),
        ..Report::default()
    };
    for record in all {
        if !record["id"].is_string() || !record["affected"].is_array() {
            return Err("it is no OSV record: id and affected are missing".to_owned());
        }
        if record["withdrawn"].is_string() {
            continue;
        }
        for affected in list(&record["affected"]) {
            report.found.push(Found {
                affected: Some(affected.clone()),
                ..found(
                    ids(record),
                    package(&affected["package"]),
                    severity(record),
                    None,
                )
            });
        }
    }
    Ok(report)
}

fn found(
    ids: Vec<String>,
    package: Package,
    severity: Option<Severity>,
    path: Option<&str>,
) -> Found {
    let mut unique = Vec::new();
    for id in ids {
        if !unique.contains(&id) {
            unique.push(id);
        }
    }
    Found {
        ids: unique,
        package,
        severity,
        path: path.map(str::to_owned),
        affected: None,
    }
}

fn ids(record: &Value) -> Vec<String> {
    let own = record["id"].as_str().map(str::to_owned);
    own.into_iter().chain(strings(&record["aliases"])).collect()
}

/// By vectors, or by the word of the database that it comes from.
fn severity(record: &Value) -> Option<Severity> {
    let affected = list(&record["affected"]).iter();
    let vectors = affected.filter_map(|affected| cvss::of_list(&affected["severity"]));
    let vectors = vectors.chain(cvss::of_list(&record["severity"])).max();
    let word = || {
        record["database_specific"]["severity"]
            .as_str()
            .and_then(cvss::of_text)
    };
    vectors.or_else(word)
}

fn package(json: &Value) -> Package {
    Package {
        ecosystem: json["ecosystem"].as_str().and_then(ecosystem),
        name: json["name"].as_str().unwrap_or_default().to_owned(),
        version: json["version"].as_str().map(str::to_owned),
    }
}

pub(super) fn list(json: &Value) -> &[Value] {
    json.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn strings(json: &Value) -> Vec<String> {
    list(json)
        .iter()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}
