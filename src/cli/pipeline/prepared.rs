//! A service, rendered, read back and judged.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::fault::sources;
use super::own::Own;
use super::provenance::Provenance;
use crate::blueprint::{Blueprint, Origins};
use crate::cli::{Failure, Status, verdict};
use crate::diagnostic::{Diagnostic, Sources};
use crate::guardrail::Verdict;
use crate::iam::ledger::Recorded;
use crate::manifest::Loaded;
use crate::service::model::Environment;
use crate::service::{self, Explained, Service};

/// A service, rendered, read back and judged.
pub(in crate::cli) struct Prepared {
    /// Folder of the manifest.
    pub(in crate::cli) root: Utf8PathBuf,
    /// Folder of the generated Terraform, below the root.
    pub(in crate::cli) out: Utf8PathBuf,
    /// Path below `out` → text.
    pub(in crate::cli) files: BTreeMap<Utf8PathBuf, String>,
    /// What the guardrails say.
    pub(in crate::cli) verdict: Verdict,
    /// The manifest.
    pub(in crate::cli) loaded: Loaded,
    /// Which part of the manifest each address comes from.
    pub(in crate::cli) provenance: Provenance,
    /// The manifest with every default filled in.
    pub(super) service: Service,
    pub(super) blueprint: Blueprint,
    pub(super) origins: Origins,
    /// Access lines whose last day is over.
    pub(super) expired: Vec<Diagnostic>,
    /// Warnings and notes on the manifest.
    pub(super) advice: Vec<Diagnostic>,
    /// The user's files with findings, as they may be shown.
    pub(super) texts: BTreeMap<Utf8PathBuf, String>,
    /// Terraform of the user beside what is generated.
    pub(in crate::cli) own: Option<Own>,
}

/// What a comparison needs of a service.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Candidate<'a> {
    /// Folder of the manifest.
    pub(in crate::cli) root: &'a Utf8Path,
    /// Folder of the generated Terraform, below the root.
    pub(in crate::cli) out: &'a Utf8Path,
    /// Path below `out` → text.
    pub(in crate::cli) files: &'a BTreeMap<Utf8PathBuf, String>,
    /// The manifest.
    pub(in crate::cli) loaded: &'a Loaded,
    /// Which part of the manifest each address comes from.
    pub(in crate::cli) provenance: &'a Provenance,
}

impl Prepared {
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

    /// Everything there is to say about a manifest without errors, the worst first.
    ///
    /// # Errors
    /// A guardrail gates, or access has ended: nothing may be written.
    pub(in crate::cli) fn judged(&self) -> Result<Vec<Diagnostic>, Failure> {
        let pointer = |address: &str| self.provenance.pointer(address);
        let mut diagnostics =
            verdict::diagnostics(&self.verdict, &self.loaded, &self.out, &pointer);
        diagnostics.extend(self.expired.iter().cloned());
        diagnostics.extend(self.advice.iter().cloned());
        if self.verdict.gates() || !self.expired.is_empty() {
            return Err(Failure {
                status: Status::Gate,
                diagnostics,
                sources: self.sources(),
            });
        }
        Ok(diagnostics)
    }

    /// The environment of this name; without a name, the only one.
    ///
    /// # Errors
    /// There is none of the name, or several and no name.
    pub(in crate::cli) fn environment(
        &self,
        name: Option<&str>,
    ) -> Result<(&str, &Environment), Failure> {
        let environments = &self.service.environments;
        let found = match name {
            Some(name) => environments.get_key_value(name),
            None if environments.len() == 1 => environments.first(),
            None => None,
        };
        found.map(|(name, e)| (name.as_str(), e)).ok_or_else(|| {
            let names: Vec<&str> = environments.keys().map(String::as_str).collect();
            let message = match name {
                Some(name) => format!("there is no environment {name:?}"),
                None => "there are several environments".to_owned(),
            };
            let help = format!("give one of them with --env: {}", names.join(", "));
            Diagnostic::error("SLG-ENV-001", message).help(help).into()
        })
    }

    /// The texts that diagnostics point into.
    pub(in crate::cli) fn sources(&self) -> Sources {
        let mut sources = sources(&self.loaded.file, &self.loaded.text);
        let texts = self
            .texts
            .iter()
            .map(|(file, text)| (file.clone(), text.clone()));
        sources.0.extend(texts);
        sources
    }

    /// The ledger of what would be generated, as it is written.
    pub(in crate::cli) fn ledger(&self) -> Result<Recorded, Failure> {
        let text = self.files.get(Utf8Path::new("permissions.json"));
        text.and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| Failure::from("the ledger cannot be read".to_owned()))
    }

    /// The manifest with every default filled in, as values.
    pub(in crate::cli) fn service(&self) -> &Service {
        &self.service
    }

    /// Where defaults, locks and archetypes come from.
    pub(in crate::cli) fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// The manifest with every default filled in.
    pub(in crate::cli) fn explained(&self) -> Explained {
        service::explain(&self.loaded, &self.service, &self.blueprint, &self.origins)
    }
}
