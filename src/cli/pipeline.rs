//! Manifest → service → stack → files, the same for every command.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Failure;
use crate::catalog::aws::provider;
use crate::cloud::aws::{self, Content};
use crate::diagnostic::{self, Diagnostic, Severity, Sources};
use crate::manifest;
use crate::service::{self, SourceFolders};
use crate::{graph, render};

/// A service, ready to be written.
pub(super) struct Prepared {
    /// Folder of the manifest.
    pub(super) root: Utf8PathBuf,
    /// Folder of the generated Terraform, below the root.
    pub(super) out: Utf8PathBuf,
    /// Path below `out` → text.
    pub(super) files: BTreeMap<Utf8PathBuf, String>,
    /// Warnings and notes.
    pub(super) advice: Failure,
    /// The manifest with every default filled in.
    pub(super) explained: service::Explained,
}

struct Disk(Utf8PathBuf);

impl SourceFolders for Disk {
    fn files(&self, folder: &Utf8Path) -> Option<Vec<String>> {
        let mut names: Vec<String> = self
            .0
            .join(folder)
            .read_dir_utf8()
            .ok()?
            .filter_map(|entry| entry.ok().map(|entry| entry.file_name().to_owned()))
            .collect();
        names.sort();
        Some(names)
    }
}

/// Reads, checks and renders everything; writes nothing.
pub(super) fn prepare(directory: &Utf8Path, manifest: &Utf8Path) -> Result<Prepared, Failure> {
    let path = directory.join(manifest);
    let root = path.parent().map_or_else(
        || Utf8PathBuf::from("."),
        |parent| {
            if parent.as_str().is_empty() {
                Utf8PathBuf::from(".")
            } else {
                parent.to_owned()
            }
        },
    );
    let text = manifest::read(&path).map_err(|fault| failure(vec![fault], manifest, ""))?;
    let checked = service::check(manifest, &text, &root, &Disk(root.clone()))
        .map_err(|faults| failure(faults, manifest, &manifest::masked(&text)))?;
    let explained = service::explain(&checked);
    let service::Checked {
        loaded,
        service,
        mut diagnostics,
        ..
    } = checked;
    let stack = aws::realise(&service).unwrap_or_else(|problems| {
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
    let fail = |faults: Vec<Diagnostic>| failure(faults, manifest, &loaded.text);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(fail(diagnostics));
    }
    let files = render_all(stack).map_err(fail)?;
    read_back(&files).map_err(fail)?;
    Ok(Prepared {
        root,
        out: Utf8PathBuf::from(service.out),
        files,
        advice: failure(diagnostics, manifest, &loaded.text),
        explained,
    })
}

fn render_all(stack: aws::Stack) -> Result<BTreeMap<Utf8PathBuf, String>, Vec<Diagnostic>> {
    let mut files = BTreeMap::from([(
        Utf8PathBuf::from(".terraform.lock.hcl"),
        provider::lock_file_hcl(),
    )]);
    for planned in stack.files {
        let text = match planned.content {
            Content::Text(text) => text,
            Content::Template(language, template, context) => {
                render::render(language, template, &context)
                    .map_err(|error| vec![internal(format!("{}: {error}", planned.path))])?
            }
        };
        let is_hcl = matches!(
            planned.path.extension(),
            Some("tf" | "tfvars" | "tfbackend")
        );
        if is_hcl && let Err(error) = hcl_edit::parser::parse_body(&text) {
            return Err(vec![internal(format!(
                "{} would not be Terraform: {error}",
                planned.path
            ))]);
        }
        files.insert(planned.path, text);
    }
    Ok(files)
}

/// Reads what was rendered as Terraform would, once for each environment: what is not evaluated, or
/// not in the provider's schema, is never written.
fn read_back(files: &BTreeMap<Utf8PathBuf, String>) -> Result<(), Vec<Diagnostic>> {
    let code: BTreeMap<Utf8PathBuf, String> = files
        .iter()
        .filter(|(path, _)| path.extension() == Some("tf"))
        .map(|(path, text)| (path.clone(), text.clone()))
        .collect();
    for (path, text) in files
        .iter()
        .filter(|(path, _)| path.extension() == Some("tfvars"))
    {
        graph::hcl::read(&code, &[(path.clone(), text.clone())]).map_err(|errors| {
            errors
                .into_iter()
                .map(|e| internal(format!("{}:{}:{}: {}", e.file, e.line, e.column, e.message)))
                .collect::<Vec<_>>()
        })?;
    }
    Ok(())
}

/// A defect of slgen: nothing is written.
fn internal(message: String) -> Diagnostic {
    Diagnostic::error("SLG-INTERNAL-001", message)
        .help("this is a defect of slgen: please report it with the manifest")
}

fn failure(diagnostics: Vec<Diagnostic>, file: &Utf8Path, text: &str) -> Failure {
    Failure {
        diagnostics,
        sources: Sources(BTreeMap::from([(file.to_owned(), text.to_owned())])),
    }
}
