//! Manifest → service → stack.

use camino::{Utf8Path, Utf8PathBuf};

use super::fault::failure;
use crate::blueprint::{self, Blueprint, Granted, Origins};
use crate::catalog::aws::provider;
use crate::cli::Failure;
use crate::cloud::aws::{self, Content, Planned};
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::iam::{Effect, PolicyKind};
use crate::inputs;
use crate::manifest::{self, Loaded};
use crate::pin::{self, Hashes, Pins, Placed, Unread};
use crate::remote::Blueprints;
use crate::service::{self, Service, SourceFolders};

/// The folders of the project.
pub(in crate::cli) struct Disk(pub(in crate::cli) Utf8PathBuf);

impl SourceFolders for Disk {
    fn files(&self, folder: &Utf8Path) -> Option<Vec<String>> {
        let listing = inputs::list(&self.0.join(folder)).ok()?;
        Some(listing.entries.into_iter().map(|e| e.name).collect())
    }

    fn text(&self, file: &Utf8Path) -> Option<String> {
        manifest::read(&self.0.join(file)).ok()
    }
}

/// A manifest that is sound, and the stack it stands for.
pub(super) struct Realised {
    pub(super) root: Utf8PathBuf,
    pub(super) loaded: Loaded,
    pub(super) service: Service,
    pub(super) stack: aws::Stack,
    pub(super) blueprint: Blueprint,
    pub(super) origins: Origins,
    pub(super) advice: Vec<Diagnostic>,
}

/// Folder that a file is in.
pub(in crate::cli) fn folder_of(file: &Utf8Path) -> Utf8PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent.to_owned(),
        _ => Utf8PathBuf::from("."),
    }
}

/// The folder of a manifest.
pub(in crate::cli) fn root(directory: &Utf8Path, manifest: &Utf8Path) -> Utf8PathBuf {
    folder_of(&directory.join(manifest))
}

pub(super) fn realise(directory: &Utf8Path, manifest: &Utf8Path) -> Result<Realised, Failure> {
    let root = root(directory, manifest);
    let text = manifest::read(&directory.join(manifest));
    let text = text.map_err(|fault| failure(vec![fault], manifest, ""))?;
    let disk = Disk(root.clone());
    let remote = Blueprints::beside(&root, manifest);
    realise_text(root, manifest, &text, &disk, &remote)
}

/// The same of a text that need not be on disk, with its blueprints from `remote`.
pub(super) fn realise_text(
    root: Utf8PathBuf,
    manifest: &Utf8Path,
    text: &str,
    sources: &dyn SourceFolders,
    remote: &Blueprints,
) -> Result<Realised, Failure> {
    let mut loaded = load(manifest, text)?;
    loaded.check();
    realise_loaded(root, loaded, sources, remote)
}

/// The manifest of a text, as far as it can be read; it is not checked yet.
pub(super) fn load(manifest: &Utf8Path, text: &str) -> Result<Loaded, Failure> {
    manifest::load_unchecked(manifest, text)
        .map_err(|faults| failure(faults, manifest, &manifest::masked(text)))
}

/// The same of a manifest that is loaded.
pub(super) fn realise_loaded(
    root: Utf8PathBuf,
    loaded: Loaded,
    sources: &dyn SourceFolders,
    remote: &Blueprints,
) -> Result<Realised, Failure> {
    let checked = service::check_loaded(loaded, remote, sources);
    let service::Checked {
        loaded,
        service,
        blueprint,
        origins,
        mut diagnostics,
        ..
    } = checked;
    let stack = aws::realise(&service);
    let granted = stack.iter().flat_map(|stack| &stack.policies);
    let granted = granted
        .flat_map(aws::policy::Policy::lines)
        .filter(|line| line.kind == PolicyKind::Identity && line.effect == Effect::Allow);
    let granted = granted.map(|line| Granted {
        action: line.action,
        pointer: line.why.iter().find_map(|why| why.pointer.as_deref()),
        follows: line
            .conditions
            .iter()
            .any(|(_, key, _)| key == "kms:ViaService"),
    });
    diagnostics.extend(blueprint::grants_refused(&loaded, &blueprint, granted));
    let mut stack = stack.unwrap_or_else(|problems| {
        for problem in problems {
            // What is faulty already is not judged once more.
            let known = loaded.is_damaged(&problem.pointer)
                || diagnostics.iter().any(|d| d.faults(&problem.pointer));
            if !known {
                diagnostics.push(loaded.error(
                    "SLG-AWS-001",
                    &problem.pointer,
                    problem.message,
                    problem.help,
                ));
            }
        }
        aws::Stack::default()
    });
    diagnostic::arrange(&mut diagnostics);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(failure(diagnostics, &loaded.file, &loaded.text));
    }
    let (pins, provider) = pins(&root, &loaded, remote)?;
    stack.files.push(provider_lock(&provider));
    let digest = |image: &str| pins.image(image).map(|pinned| pinned.digest.as_str());
    stack.files.extend(aws::image::files(&service, &digest));
    Ok(Realised {
        root,
        loaded,
        service,
        stack,
        blueprint,
        origins,
        advice: diagnostics,
    })
}

/// What names stand for, and the hashes of the provider: by `slgen.lock` where there is one, held against what is at
/// hand.
fn pins(root: &Utf8Path, loaded: &Loaded, remote: &Blueprints) -> Result<(Pins, Hashes), Failure> {
    let failed = |faults, file: &Utf8Path, text: &str| {
        let mut failed = failure(faults, &loaded.file, &loaded.text);
        failed.sources.0.insert(file.to_owned(), text.to_owned());
        failed
    };
    let mut lock = pin::beside(root, &loaded.file)
        .map_err(|Unread { faults, file, text }| failed(faults, &file, &text))?;
    let blueprints = remote.met();
    if let Some(Placed { lock, .. }) = lock.as_mut().filter(|_| !remote.pins()) {
        // What is only compared stands in no lock.
        lock.blueprints.clone_from(&blueprints);
    }
    let hashes = match &lock {
        None => provider::hashes().map(str::to_owned).collect(),
        Some(lock) => pin::verify(lock, loaded, &blueprints)
            .map_err(|faults| failed(faults, &lock.file, &lock.text))?,
    };
    Ok((Pins::new(lock.map(|placed| placed.lock)), hashes))
}

/// Terraform's own lock file.
fn provider_lock(hashes: &Hashes) -> Planned {
    let hashes = hashes.iter().map(String::as_str);
    Planned {
        path: ".terraform.lock.hcl".into(),
        content: Content::Text(provider::lock_file_hcl(hashes)),
        scope: "service".to_owned(),
        pointer: String::new(),
    }
}
