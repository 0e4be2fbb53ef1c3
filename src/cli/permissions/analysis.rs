//! `slgen permissions --policy`: what one policy risks, or all of a Terraform tree, principal by principal.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::super::{Failure, Format, Status, rendered, say};
use super::pretty;
use crate::diagnostic::{self, Diagnostic, Sources};
use crate::graph::{Graph, Location, NotRead, hcl};
use crate::guardrail::{Severity, rule_of};
use crate::iam::findings::{self, Finding};
use crate::iam::read::{Found, documents};
use crate::iam::{Document, Effect, Grants};
use crate::render::escape_markdown as escape;

/// Policies that are judged together, and what they risk.
struct Judged {
    /// File, role or resource.
    about: String,
    kind: &'static str,
    allows: usize,
    denies: usize,
    findings: Vec<Finding>,
    place: Option<Location>,
}

impl Judged {
    fn of(about: String, place: Option<Location>, policies: Vec<Document>) -> Self {
        let count = |effect| {
            let statements = policies.iter().flat_map(|policy| &policy.statements);
            statements.filter(|s| s.effect == effect).count()
        };
        let (allows, denies) = (count(Effect::Allow), count(Effect::Deny));
        let principals = policies.iter().any(Document::names_principals);
        let sizes: Vec<Finding> = policies
            .iter()
            .filter(|_| !principals)
            .filter_map(|policy| findings::size(policy, "managed_policy_characters"))
            .collect();
        let grants = Grants::of(policies);
        let mut found = if principals {
            findings::resource(&grants)
        } else {
            findings::identity(&grants)
        };
        found.extend(sizes);
        Self {
            about,
            kind: if principals { "resource" } else { "identity" },
            allows,
            denies,
            findings: found,
            place,
        }
    }

    fn json(&self) -> Value {
        let findings = self.findings.iter().map(|finding| {
            let mut json = json!(finding);
            if let Some(rule) = rule_of(finding.topic) {
                json["rule"] = json!(rule.meta.id);
                json["severity"] = json!(rule.meta.severity);
            }
            json
        });
        json!({
            "kind": self.kind,
            "statements": {"allow": self.allows, "deny": self.denies},
            "findings": findings.collect::<Vec<_>>(),
        })
    }

    /// As diagnostics, for formats that know nothing else.
    fn diagnostics(&self, file: &Utf8Path) -> Vec<Diagnostic> {
        let of = |finding: &Finding| {
            let rule = rule_of(finding.topic);
            let code = rule.map_or("SLG-POLICY-002", |rule| rule.meta.id);
            let message = format!("{}: {}", self.about, finding.message);
            let mut diagnostic = Diagnostic::error(code, message);
            let severity = rule.map_or(Severity::Low, |rule| rule.meta.severity);
            if !severity.gates() || !finding.certain {
                diagnostic.severity = diagnostic::Severity::Warning;
            }
            if let Some(rule) = rule {
                diagnostic = diagnostic.help(rule.meta.fix);
            }
            match &self.place {
                Some(place) => diagnostic.at_line(file.join(&place.file), place.line),
                None => diagnostic.at_line(file, 1),
            }
        };
        self.findings.iter().map(of).collect()
    }

    fn text(&self, indent: &str) -> String {
        let mut text = format!(
            "{indent}{} policy: {} Allow, {} Deny\n",
            self.kind, self.allows, self.denies
        );
        for finding in &self.findings {
            let doubt = if finding.certain { "" } else { " (possibly)" };
            let _ = writeln!(
                text,
                "{indent}  {}{doubt}: {}: {}",
                label(finding),
                finding.subject,
                finding.message
            );
        }
        if self.findings.is_empty() {
            let _ = writeln!(text, "{indent}  nothing found");
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "## {}\n\n{} policy: {} Allow, {} Deny\n\n",
            escape(&self.about),
            self.kind,
            self.allows,
            self.denies
        );
        for finding in &self.findings {
            let doubt = if finding.certain { "" } else { " (possibly)" };
            let _ = writeln!(
                text,
                "- **{}**{doubt}: {}",
                label(finding),
                escape(&finding.message)
            );
        }
        if self.findings.is_empty() {
            text.push_str("Nothing found.\n");
        }
        text
    }
}

/// `SLG-IAM-008 privilege-escalation`.
fn label(finding: &Finding) -> String {
    let topic = serde_json::to_value(finding.topic).unwrap_or_default();
    let topic = topic.as_str().unwrap_or_default().to_owned();
    match rule_of(finding.topic) {
        Some(rule) => format!("{} {topic}", rule.meta.id),
        None => topic,
    }
}

/// Analyses one document.
pub(super) fn file(file: &Utf8Path, policy: Document, format: Format) {
    let judged = Judged::of(file.to_string(), None, vec![policy]);
    say(&match format {
        Format::Text => judged.text(""),
        Format::Markdown => judged.markdown(),
        Format::Json => {
            let mut json = judged.json();
            json["schema"] = json!("slgen.policy/1");
            pretty(&json)
        }
        _ => rendered(
            &judged.diagnostics(file),
            &Sources::default(),
            format,
            false,
        ),
    });
}

/// Analyses every policy of a root module. What cannot be read is listed, and the status says so.
pub(super) fn tree(
    directory: &Utf8Path,
    folder: &Utf8Path,
    format: Format,
) -> Result<Status, Failure> {
    let files = terraform(&directory.join(folder)).map_err(|error| {
        Diagnostic::error("SLG-POLICY-001", format!("{folder}: {error}"))
            .help("a folder with the .tf files of one root module")
    })?;
    // What can be read is judged, and the rest is named.
    let graph = hcl::read_foreign(&files, Utf8Path::new(""), &[]);
    let mut unchecked: Vec<String> = graph.not_read.iter().map(not_read).collect();
    let (found, unread) = documents(&graph);
    unchecked.extend(unread.iter().map(ToString::to_string));
    let judged = grouped(&graph, found);
    say(&match format {
        Format::Text => {
            let mut text = String::new();
            for one in &judged {
                let _ = writeln!(text, "{}", one.about);
                text.push_str(&one.text("  "));
            }
            for one in &unchecked {
                let _ = writeln!(text, "not checked: {one}");
            }
            if judged.is_empty() && unchecked.is_empty() {
                text.push_str("no policies\n");
            }
            text
        }
        Format::Markdown => {
            let parts: Vec<String> = judged.iter().map(Judged::markdown).collect();
            let mut text =
                format!("# Policies of {}\n\n", escape(folder.as_str())) + &parts.join("\n");
            if !unchecked.is_empty() {
                text.push_str("\n## Not checked\n\n");
            }
            for one in &unchecked {
                let _ = writeln!(text, "- {}", escape(one));
            }
            text
        }
        Format::Json => {
            let policies = judged.iter().map(|one| {
                let mut json = one.json();
                json["about"] = json!(one.about);
                json
            });
            pretty(&json!({
                "schema": "slgen.policies/1",
                "policies": policies.collect::<Vec<_>>(),
                "not_checked": unchecked,
            }))
        }
        _ => {
            let mut all: Vec<Diagnostic> = judged
                .iter()
                .flat_map(|one| one.diagnostics(folder))
                .collect();
            all.extend(
                unchecked.iter().map(|one| {
                    Diagnostic::warning("SLG-POLICY-003", format!("not checked: {one}"))
                }),
            );
            rendered(&all, &Sources::default(), format, false)
        }
    });
    Ok(if unchecked.is_empty() {
        Status::Done
    } else {
        Status::Incomplete
    })
}

/// What of the code could not be read, and where.
fn not_read(not: &NotRead) -> String {
    match &not.location {
        Some(at) if at.file.as_str() == not.what => format!("{}:{}: {}", at.file, at.line, not.why),
        Some(at) => format!("{}:{}: {}: {}", at.file, at.line, not.what, not.why),
        None => format!("{}: {}", not.what, not.why),
    }
}

/// Identity policies of one principal are judged together, every other by itself.
fn grouped(graph: &Graph, found: Vec<Found>) -> Vec<Judged> {
    let place = |address: &str| {
        let mut resources = graph.resources.values();
        let resource = resources.find(|r| r.address.to_string() == address);
        resource.and_then(|r| r.location.clone())
    };
    let mut principals: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    let mut alone = Vec::new();
    for policy in found {
        if policy.principals.is_empty() {
            let about = format!("{}.{}", policy.address, policy.attribute);
            alone.push(Judged::of(
                about,
                place(&policy.address),
                vec![policy.document],
            ));
            continue;
        }
        for principal in &policy.principals {
            let of = principals.entry(principal.clone()).or_default();
            of.push(policy.clone());
        }
    }
    principals
        .into_iter()
        .map(|(principal, policies)| {
            let at = policies.first().and_then(|policy| place(&policy.address));
            let documents = policies.into_iter().map(|policy| policy.document).collect();
            Judged::of(principal, at, documents)
        })
        .chain(alone)
        .collect()
}

/// Largest file that is read.
const MAX_FILE: u64 = 2 << 20;

/// The Terraform files of a folder.
fn terraform(folder: &Utf8Path) -> Result<BTreeMap<Utf8PathBuf, String>, String> {
    let mut names = BTreeSet::new();
    for entry in folder.read_dir_utf8().map_err(|error| error.to_string())? {
        let name = entry
            .map_err(|error| error.to_string())?
            .file_name()
            .to_owned();
        names.insert(name);
    }
    let mut files = BTreeMap::new();
    for name in names {
        let read = [".tf", ".tf.json", ".tfvars", ".tfvars.json"];
        if !read.iter().any(|end| name.ends_with(end)) {
            continue;
        }
        let path = folder.join(&name);
        let large = |error: std::io::Error| format!("{name}: {error}");
        if std::fs::metadata(&path).map_err(large)?.len() > MAX_FILE {
            return Err(format!("{name}: larger than 2 MiB"));
        }
        let text = std::fs::read_to_string(&path).map_err(large)?;
        files.insert(Utf8PathBuf::from(&name), text);
    }
    Ok(files)
}
