//! How the files of the pipeline change: shown as text, since what they do is not judged.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::ci;
use crate::cli::pipeline::Candidate;
use crate::diff::report::TextChange;
use crate::inputs::{self, Kind};
use crate::workspace::git::{Commit, Repository};
use crate::workspace::{self, Site, shown};

/// Largest file that is read.
pub(super) const MOST_BYTES: u64 = 2 << 20;

/// From the disk to what would be generated.
pub(super) fn generated(candidate: Candidate<'_>) -> Result<Vec<TextChange>, String> {
    let of = Files::new(candidate)?;
    let mut changes = Vec::new();
    for path in &of.paths {
        let before = of.on_disk(path)?;
        let after = candidate.files.get(path).map(String::as_str);
        changes.extend(change(
            &of.name(path),
            before.as_deref().unwrap_or_default(),
            after.unwrap_or_default(),
        ));
    }
    Ok(changes)
}

/// Texts by their paths as seen from `out`, where there are such files.
pub(super) type Texts = BTreeMap<Utf8PathBuf, Option<String>>;

/// What a revision has of them; the repository is seen from its root.
pub(super) fn at(
    repository: &mut Repository,
    commit: &Commit,
    site: &Site,
    out: &Utf8Path,
) -> Result<Texts, String> {
    let text = |path: Utf8PathBuf| {
        let below = shown(&site.project.join(out).join(&path));
        Ok((path, repository.file(commit, &below)?))
    };
    paths(site).map(text).collect()
}

/// From a revision to the disk.
pub(super) fn committed(
    candidate: Candidate<'_>,
    before: &Texts,
) -> Result<Vec<TextChange>, String> {
    let of = Files::new(candidate)?;
    let mut changes = Vec::new();
    for path in &of.paths {
        let before = before.get(path).and_then(Option::as_deref);
        let after = of.on_disk(path)?;
        changes.extend(change(
            &of.name(path),
            before.unwrap_or_default(),
            after.as_deref().unwrap_or_default(),
        ));
    }
    Ok(changes)
}

/// The paths of the files that a pipeline may have, as seen from `out`.
fn paths(site: &Site) -> impl Iterator<Item = Utf8PathBuf> {
    let own = ci::OWN.iter().map(Utf8PathBuf::from);
    own.chain([site.workflow.clone()])
}

/// The files that a pipeline may have, by their paths as seen from `out`.
struct Files<'a> {
    candidate: Candidate<'a>,
    site: Site,
    paths: Vec<Utf8PathBuf>,
}

impl<'a> Files<'a> {
    fn new(candidate: Candidate<'a>) -> Result<Self, String> {
        let service = &candidate.loaded.manifest.service;
        let site = workspace::site(candidate.root, candidate.out, service)?;
        Ok(Self {
            candidate,
            paths: paths(&site).collect(),
            site,
        })
    }

    /// As it is called from the project.
    fn name(&self, path: &Utf8Path) -> Utf8PathBuf {
        shown(&self.candidate.out.join(path))
    }

    fn on_disk(&self, path: &Utf8Path) -> Result<Option<String>, String> {
        let place = self
            .site
            .top
            .join(&self.site.project)
            .join(self.candidate.out);
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
