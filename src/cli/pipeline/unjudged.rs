//! A service as it would be generated, for a comparison of what is committed: not judged, since nothing is written of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::fault::failure;
use super::foreign::foreign;
use super::prepared::Candidate;
use super::provenance::Provenance;
use super::realise::{Disk, Realised, load, realise_loaded, root};
use super::render::{read_back, rendered};
use super::rendered::Rendered;
use super::{PAGE, known};
use crate::cli::{Failure, ci};
use crate::diagnostic::Diagnostic;
use crate::graph::Graph;
use crate::manifest::{self, Loaded};
use crate::remote::Blueprints;
use crate::workspace;

/// A service that is rendered.
pub(in crate::cli) struct Unjudged {
    root: Utf8PathBuf,
    out: Utf8PathBuf,
    /// Without the page on security, which tells what was judged.
    files: BTreeMap<Utf8PathBuf, String>,
    loaded: Loaded,
    provenance: Provenance,
}

/// Code on disk that was read whole, and its graph for each environment.
pub(in crate::cli) struct OnDisk {
    /// Text by path below the root module.
    pub(in crate::cli) files: Arc<BTreeMap<Utf8PathBuf, String>>,
    /// By environment.
    pub(in crate::cli) graphs: BTreeMap<String, Graph>,
}

/// Reads, checks and renders everything.
///
/// `told` gets the manifest as soon as it is read, before it is checked. `disk` gives the code on disk, where it was read: its graphs are taken
/// where it is what was rendered. `compared` says which files are code.
pub(in crate::cli) fn unjudged(
    environment: Option<&str>,
    directory: &Utf8Path,
    manifest: &Utf8Path,
    told: impl FnOnce(&Loaded),
    disk: impl FnOnce() -> Option<Arc<OnDisk>>,
    compared: &dyn Fn(&Utf8Path) -> bool,
) -> Result<Unjudged, Failure> {
    let root = root(directory, manifest);
    let text = manifest::read(&directory.join(manifest));
    let text = text.map_err(|fault| failure(vec![fault], manifest, ""))?;
    let mut loaded = load(manifest, &text)?;
    told(&loaded);
    loaded.check();
    let remote = Blueprints::beside(&root, manifest);
    let mut realised = realise_loaded(root.clone(), loaded, &Disk(root), &remote)?;
    if let Some(asked) = environment {
        known(asked, &realised)?;
    }
    let fail =
        |faults: Vec<Diagnostic>, loaded: &Loaded| failure(faults, &loaded.file, &loaded.text);
    let foreign = foreign(&realised.blueprint, &realised.loaded)
        .map_err(|faults| fail(faults, &realised.loaded))?;
    let Realised {
        loaded,
        service,
        stack,
        ..
    } = &mut realised;
    let told = foreign.as_ref().map(|foreign| (foreign, &*loaded));
    let rendered = rendered(stack, service, &told, None);
    let Rendered { mut files, parts } = rendered.map_err(|faults| fail(faults, loaded))?;
    let Realised {
        root,
        loaded,
        service,
        stack,
        blueprint,
        ..
    } = realised;
    let disk = disk().filter(|disk| {
        let rendered = files.iter().filter(|(path, _)| compared(path));
        rendered.eq(&*disk.files)
    });
    let unread = |faults| {
        let faults = match &foreign {
            Some(foreign) => foreign.unread(faults, &loaded, &blueprint),
            None => faults,
        };
        fail(faults, &loaded)
    };
    let provenance = if let Some(disk) = disk {
        // The same texts: what `generate` wrote, held against the ledger.
        Provenance::of(&parts, disk.graphs.values())
    } else {
        let environments = read_back(&files, &service, stack).map_err(unread)?;
        Provenance::of(&parts, environments.iter().map(|e| &e.graph))
    };
    ci::add(&mut files, &root, &loaded, &service).map_err(|faults| fail(faults, &loaded))?;
    Ok(Unjudged {
        root,
        out: Utf8PathBuf::from(&service.out),
        files,
        loaded,
        provenance,
    })
}

impl Unjudged {
    /// What a comparison needs of it.
    pub(in crate::cli) fn candidate(&self) -> Candidate<'_> {
        Candidate {
            root: &self.root,
            out: &self.out,
            files: &self.files,
            loaded: &self.loaded,
            provenance: &self.provenance,
        }
    }

    /// Whether the files on disk are not those that would be generated. Of the page on security that is said only where
    /// slgen has not written it.
    pub(in crate::cli) fn is_stale(&self) -> Result<bool, String> {
        workspace::differs(&self.root, &self.out, &self.files, PAGE.into())
    }
}
