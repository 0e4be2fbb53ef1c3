//! How the files of the pipeline change: shown as text, since what they do is not judged.

use camino::{Utf8Path, Utf8PathBuf};

use super::sources::MOST_BYTES;
use crate::ci;
use crate::cli::pipeline::Prepared;
use crate::diff::report::TextChange;
use crate::inputs::{self, Kind};
use crate::workspace::git::{Commit, Repository};
use crate::workspace::{self, Site, shown};

/// From the disk to what would be generated.
pub(super) fn generated(prepared: &Prepared) -> Result<Vec<TextChange>, String> {
    let of = Files::new(prepared)?;
    let mut changes = Vec::new();
    for path in &of.paths {
        let before = of.on_disk(path)?;
        let after = prepared.files.get(path).map(String::as_str);
        changes.extend(change(
            &of.name(path),
            before.as_deref().unwrap_or_default(),
            after.unwrap_or_default(),
        ));
    }
    Ok(changes)
}

/// From a revision to the disk.
pub(super) fn committed(prepared: &Prepared, commit: &Commit) -> Result<Vec<TextChange>, String> {
    let of = Files::new(prepared)?;
    let mut repository = Repository::discover(&of.site.top)?;
    let mut changes = Vec::new();
    for path in &of.paths {
        let below = shown(&of.site.project.join(&prepared.out).join(path));
        let before = repository.file(commit, &below)?;
        let after = of.on_disk(path)?;
        changes.extend(change(
            &of.name(path),
            before.as_deref().unwrap_or_default(),
            after.as_deref().unwrap_or_default(),
        ));
    }
    Ok(changes)
}

/// The files that a pipeline may have, by their paths as seen from `out`.
struct Files<'a> {
    prepared: &'a Prepared,
    site: Site,
    paths: Vec<Utf8PathBuf>,
}

impl<'a> Files<'a> {
    fn new(prepared: &'a Prepared) -> Result<Self, String> {
        let service = &prepared.loaded.manifest.service;
        let site = workspace::site(&prepared.root, &prepared.out, service)?;
        let mut paths: Vec<Utf8PathBuf> = ci::OWN.iter().map(Utf8PathBuf::from).collect();
        paths.push(site.workflow.clone());
        Ok(Self {
            prepared,
            site,
            paths,
        })
    }

    /// As it is called from the project.
    fn name(&self, path: &Utf8Path) -> Utf8PathBuf {
        shown(&self.prepared.out.join(path))
    }

    fn on_disk(&self, path: &Utf8Path) -> Result<Option<String>, String> {
        let place = self
            .site
            .top
            .join(&self.site.project)
            .join(&self.prepared.out);
        let path = shown(&place.join(path));
        match inputs::standing(&path) {
            Ok(Some(standing)) if standing.kind == Kind::File => {}
            _ => return Ok(None),
        }
        let text = inputs::read(&path, MOST_BYTES).map_err(|error| format!("{path}: {error}"))?;
        Ok(text.map(|text| String::from_utf8_lossy(&text).into_owned()))
    }
}

fn change(path: &Utf8Path, before: &str, after: &str) -> Option<TextChange> {
    (before != after).then(|| {
        let diff = similar::TextDiff::from_lines(before, after);
        let text = diff.unified_diff().context_radius(0).to_string();
        TextChange {
            path: path.to_string(),
            lines: text.lines().map(str::to_owned).collect(),
        }
    })
}
