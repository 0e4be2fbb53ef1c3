//! The repository's own workflows, those that concern the service, judged as they stand.

use camino::{Utf8Path, Utf8PathBuf};

use super::judged::Judged;
use crate::diagnostic::Diagnostic;
use crate::guardrail::workflow::{Place, Workflow, check, concerns};
use crate::inputs::{self, Kind};
use crate::manifest::SourceMap;
use crate::service::Service;
use crate::workspace::{self, WORKFLOWS};

/// Larger files are no workflows that GitHub takes.
const LARGEST: u64 = 1 << 20;

/// What the workflows have against them. Where the repository has none, nothing is asked of the disk but that.
pub(super) fn judge(root: &Utf8Path, manifest: &Utf8Path, service: &Service) -> Judged {
    let mut judged = Judged::default();
    let Ok(site) = workspace::site(root, Utf8Path::new(&service.out), &service.name) else {
        // What cannot be looked at is said where the workflow would be written.
        return judged;
    };
    let folder = site.top.join(WORKFLOWS);
    let entries = inputs::list(&folder).unwrap_or_default().entries;
    let up: Utf8PathBuf = site.project.components().map(|_| "..").collect();
    let shown = manifest.parent().unwrap_or(Utf8Path::new("")).join(up);
    for entry in entries {
        let file = Utf8Path::new(WORKFLOWS).join(&entry.name);
        let is_workflow = matches!(file.extension(), Some("yml" | "yaml"));
        // slgen's own for this service is written anew.
        let own = site.workflow.file_name() == Some(entry.name.as_str());
        if entry.kind != Kind::File || !is_workflow || own {
            continue;
        }
        let place = workspace::shown(&shown.join(&file));
        let text = match inputs::text(&folder.join(&entry.name), LARGEST) {
            Ok(Some(text)) => text,
            Ok(None) => {
                judged
                    .advice
                    .push(unread(&place, "it is larger than 1 MiB"));
                continue;
            }
            Err(_) => {
                judged
                    .advice
                    .push(unread(&place, "it cannot be read as text"));
                continue;
            }
        };
        let map = match SourceMap::build(&text) {
            Ok(map) => map,
            Err(fault) => {
                judged.advice.push(unread(&place, &fault.message));
                continue;
            }
        };
        let Some(workflow) = Workflow::of(&map) else {
            continue;
        };
        if !concerns(workflow, &text, site.project.as_str()) {
            continue;
        }
        let found = check(
            workflow,
            Place {
                file: file.as_str(),
                shown: &place,
            },
        );
        if !found.is_empty() {
            judged.findings.extend(found);
            judged.texts.insert(place, text);
        }
    }
    judged
}

fn unread(place: &Utf8Path, reason: &str) -> Diagnostic {
    let message = format!("{place} was not read: {reason}");
    Diagnostic::warning("SLG-WORKFLOW-001", message)
        .help("rules on workflows say nothing of it: review it by hand, or have zizmor do it")
}
