//! SARIF 2.1.0, as OSV-Scanner, Snyk, OWASP Dependency-Check and Trivy write it.
//!
//! SARIF has no place for packages: each tool puts them elsewhere, so that several places are looked at.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

use super::found::{Found, Package, Report, ecosystem};
use super::osv::{list, strings};
use super::{Severity, cvss};

static ID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(CVE-[0-9]{4}-[0-9]{4,}|GHSA(-[0-9a-z]{4}){3}|PYSEC-[0-9]{4}-[0-9]+|RUSTSEC-[0-9]{4}-[0-9]+|GO-[0-9]{4}-[0-9]+)\b").ok()
});
/// `name@version` between quotes or blanks.
static AT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s'"`(])(@?[A-Za-z0-9_./-]+)@([0-9v][A-Za-z0-9.+_-]*)"#).ok()
});
/// Trivy's lines.
static LINES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"Package: (\S+)\s+Installed Version: (\S+)").ok());
/// Snyk's sentence.
static INTRODUCES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"introduces a vulnerable (\S+) package").ok());

pub(super) fn read(json: &Value) -> Result<Report, String> {
    if json["version"].as_str() != Some("2.1.0") {
        return Err("it is SARIF of another version than 2.1.0".to_owned());
    }
    let mut report = Report {
        whole: true,
        ..Report::default()
    };
    for run in list(&json["runs"]) {
        let driver = &run["tool"]["driver"];
        let tool = driver["name"].as_str().ok_or("a run in it names no tool")?;
        if report.tool.is_empty() {
            tool.clone_into(&mut report.tool);
        } else if report.tool != tool {
            return Err("it has runs of several tools: import each alone".to_owned());
        }
        report.skipped.extend(incomplete(run));
        let rules: BTreeMap<&str, &Value> = list(&driver["rules"])
            .iter()
            .filter_map(|rule| Some((rule["id"].as_str()?, rule)))
            .collect();
        for result in list(&run["results"]) {
            report
                .found
                .push(found(result, &rules, list(&driver["rules"]))?);
        }
    }
    if report.tool.is_empty() {
        return Err("it has no run".to_owned());
    }
    Ok(report)
}

/// What a run says that it could not do.
fn incomplete(run: &Value) -> Vec<String> {
    let mut skipped = Vec::new();
    for invocation in list(&run["invocations"]) {
        if invocation["executionSuccessful"] == Value::Bool(false) {
            skipped.push("the tool says that it did not succeed".to_owned());
        }
        let notifications = [
            "toolExecutionNotifications",
            "toolConfigurationNotifications",
        ];
        for notification in notifications.iter().flat_map(|key| list(&invocation[*key])) {
            let text = notification["message"]["text"]
                .as_str()
                .unwrap_or("an error without a text");
            let says = text.to_ascii_lowercase();
            let left_out = ["skipped", "not scanned", "could not", "failed"]
                .iter()
                .any(|w| says.contains(w));
            if notification["level"] == "error" || left_out {
                skipped.push(text.to_owned());
            }
        }
    }
    skipped
}

fn found(result: &Value, rules: &BTreeMap<&str, &Value>, all: &[Value]) -> Result<Found, String> {
    let index = result["ruleIndex"]
        .as_u64()
        .and_then(|index| usize::try_from(index).ok());
    let named = result["ruleId"]
        .as_str()
        .or_else(|| result["rule"]["id"].as_str());
    let rule = named
        .and_then(|id| rules.get(id).copied())
        .or_else(|| all.get(index?));
    let id = named
        .or_else(|| rule?["id"].as_str())
        .ok_or("a result in it names no rule")?;
    let none = Value::Null;
    let rule = rule.unwrap_or(&none);
    let message = result["message"]["text"].as_str().unwrap_or_default();
    let location = &result["locations"][0];
    // Only what speaks of this very vulnerability: a description may name others.
    let known_as = message
        .split_once("also known as")
        .map_or("", |(_, rest)| rest.split(')').next().unwrap_or(""));
    let title = rule["fullDescription"]["text"].as_str().unwrap_or_default();
    let title = title
        .strip_prefix('(')
        .and_then(|t| t.split_once(')'))
        .map_or("", |(ids, _)| ids);
    let mut ids = vec![id.to_owned()];
    let texts = [id, known_as, title];
    let matched = ID
        .iter()
        .flat_map(|regex| texts.iter().flat_map(|text| regex.find_iter(text)));
    ids.extend(matched.map(|found| found.as_str().to_owned()));
    // Where OSV-Scanner puts the aliases.
    ids.extend(strings(&rule["deprecatedIds"]));
    let tags = strings(&rule["properties"]["tags"]);
    ids.extend(
        tags.into_iter()
            .filter(|tag| tag.starts_with("CVE-") || tag.starts_with("GHSA-")),
    );
    let mut unique: Vec<String> = Vec::new();
    for id in ids {
        if !unique.contains(&id) {
            unique.push(id);
        }
    }
    Ok(Found {
        ids: unique,
        package: package(result, rule, location, message)
            .ok_or_else(|| format!("the result {id:.80} in it names no package"))?,
        severity: severity(result, rule),
        path: location["physicalLocation"]["artifactLocation"]["uri"]
            .as_str()
            .map(str::to_owned),
        affected: None,
    })
}

fn severity(result: &Value, rule: &Value) -> Option<Severity> {
    let number = |value: &Value| match value {
        Value::String(text) => cvss::of_text(text),
        Value::Number(number) => number.as_f64().map(Severity::of_score),
        _ => None,
    };
    let keys = [
        "security-severity",
        "cvssv4_baseScore",
        "cvssv3_baseScore",
        "cvssv2_score",
    ];
    let stated = [&result["properties"], &rule["properties"]].into_iter();
    let stated = stated.flat_map(|properties| keys.iter().map(move |key| &properties[*key]));
    let mut stated = stated.filter_map(number);
    let level = || {
        let level = result["level"].as_str();
        level
            .or_else(|| rule["defaultConfiguration"]["level"].as_str())
            .and_then(Severity::of_word)
    };
    stated.next().or_else(level)
}

fn package(result: &Value, rule: &Value, location: &Value, message: &str) -> Option<Package> {
    let logical = list(&location["logicalLocations"]).iter();
    let names = logical.flat_map(|one| [&one["fullyQualifiedName"], &one["name"]]);
    let help = [
        &rule["fullDescription"]["text"],
        &rule["shortDescription"]["text"],
    ];
    let texts = names.chain([&result["message"]["text"]]).chain(help);
    for text in texts.filter_map(Value::as_str) {
        if let Some(found) = of_purl(text).or_else(|| at(text)) {
            return Some(found);
        }
    }
    let lines = LINES.as_ref().and_then(|regex| regex.captures(message));
    if let Some(lines) = lines {
        return Some(Package {
            ecosystem: None,
            name: lines.get(1)?.as_str().to_owned(),
            version: lines.get(2).map(|version| version.as_str().to_owned()),
        });
    }
    let sentence = INTRODUCES
        .as_ref()
        .and_then(|regex| regex.captures(message))?;
    Some(Package {
        name: sentence.get(1)?.as_str().to_owned(),
        ..Package::default()
    })
}

/// `pkg:npm/ms@2.0.0`.
fn of_purl(text: &str) -> Option<Package> {
    let text = &text[text.find("pkg:")?..];
    let text = text
        .split(|c: char| c.is_whitespace() || "'\"`,)".contains(c))
        .next()?;
    let purl: purl::GenericPurl<String> = text.parse().ok()?;
    let name = match purl.namespace() {
        Some(namespace) => format!("{namespace}/{}", purl.name()),
        None => purl.name().to_owned(),
    };
    Some(Package {
        ecosystem: ecosystem(purl.package_type()),
        name,
        version: purl.version().map(str::to_owned),
    })
}

fn at(text: &str) -> Option<Package> {
    let found = AT.as_ref()?.captures(text)?;
    Some(Package {
        ecosystem: None,
        name: found.get(1)?.as_str().to_owned(),
        version: found.get(2).map(|version| version.as_str().to_owned()),
    })
}
