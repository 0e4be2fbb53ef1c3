//! The repository's own workflows, those that concern the service, judged as they stand.

use std::collections::BTreeSet;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::judged::Judged;
use crate::diagnostic::Diagnostic;
use crate::guardrail::workflow::{Place, Workflow, check, concerns};
use crate::inputs::{self, Kind};
use crate::manifest::SourceMap;
use crate::service::Service;
use crate::workspace::{self, Site, WORKFLOWS};

/// Larger files are no workflows that GitHub takes.
const LARGEST: u64 = 1 << 20;

/// What the workflows have against them, with the repository's own actions that they use.
pub(super) fn judge(root: &Utf8Path, manifest: &Utf8Path, service: &Service) -> Judged {
    let Ok(site) = workspace::site(root, Utf8Path::new(&service.out), &service.name) else {
        // What cannot be looked at is said where the workflow would be written.
        return Judged::default();
    };
    let up: Utf8PathBuf = site.project.components().map(|_| "..").collect();
    let mut reader = Reader {
        site: &site,
        shown: manifest.parent().unwrap_or(Utf8Path::new("")).join(up),
        judged: Judged::default(),
        actions: BTreeSet::new(),
        seen: BTreeSet::new(),
    };
    let listing = inputs::list(&site.top.join(WORKFLOWS)).unwrap_or_default();
    for entry in listing.entries {
        let file = Utf8Path::new(WORKFLOWS).join(&entry.name);
        let is_workflow = matches!(file.extension(), Some("yml" | "yaml"));
        // slgen's own for this service is written anew.
        let own = service.ci.is_some() && site.workflow.file_name() == Some(entry.name.as_str());
        if entry.kind == Kind::File && is_workflow && !own {
            reader.judge(&file, true);
        }
    }
    // An action may use others.
    while let Some(action) = reader.actions.pop_first() {
        if reader.seen.insert(action.clone()) {
            reader.action(&action);
        }
    }
    reader.judged
}

struct Reader<'a> {
    site: &'a Site,
    /// The root of the repository, as the user would name it.
    shown: Utf8PathBuf,
    judged: Judged,
    /// Folders of actions that are still to be judged.
    actions: BTreeSet<Utf8PathBuf>,
    seen: BTreeSet<Utf8PathBuf>,
}

impl Reader<'_> {
    /// An action of the repository, by its folder.
    fn action(&mut self, folder: &Utf8Path) {
        let files = ["action.yml", "action.yaml"].map(|name| folder.join(name));
        let is_there = |file: &&Utf8PathBuf| {
            let standing = inputs::standing(&self.site.top.join(file));
            standing.is_ok_and(|found| found.is_some_and(|found| found.kind == Kind::File))
        };
        if let Some(file) = files.iter().find(is_there) {
            self.judge(file, false);
        }
    }

    /// A workflow where it concerns the service, or an action of one that does.
    fn judge(&mut self, file: &Utf8Path, is_workflow: bool) {
        let place = workspace::shown(&self.shown.join(file));
        let unread = |reason: &str| {
            let message = format!("{place} was not read: {reason}");
            Diagnostic::warning("SLG-WORKFLOW-001", message).help(
                "rules on workflows say nothing of it: review it by hand, or have zizmor do it",
            )
        };
        let text = match inputs::text(&self.site.top.join(file), LARGEST) {
            Ok(Some(text)) => text,
            Ok(None) => return self.judged.advice.push(unread("it is larger than 1 MiB")),
            Err(_) => return self.judged.advice.push(unread("it cannot be read as text")),
        };
        let map = match SourceMap::build(&text) {
            Ok(map) => map,
            Err(fault) => return self.judged.advice.push(unread(&fault.message)),
        };
        let Some(workflow) = Workflow::of(&map) else {
            return;
        };
        if is_workflow && !concerns(workflow, &text, self.site.project.as_str()) {
            return;
        }
        let local = workflow.local_actions().map(Utf8Path::new);
        let local = local.filter(|path| {
            path.components()
                .all(|part| matches!(part, Utf8Component::Normal(_)))
        });
        self.actions.extend(local.map(Utf8Path::to_owned));
        let found = check(
            workflow,
            Place {
                file: file.as_str(),
                shown: &place,
            },
        );
        if !found.is_empty() {
            self.judged.findings.extend(found);
            self.judged.texts.insert(place, text);
        }
    }
}
