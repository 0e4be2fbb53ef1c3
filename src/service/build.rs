//! Settles every default and checks what needs the catalog.
//!
//! The manifest comes with its blueprint's values filled in (see [`blueprint::settle`]); `environments.E.set` stands
//! above them all.

use camino::Utf8Path;
use indexmap::IndexMap;

use super::model::{
    Alerts, Api, ApiKind, Archive, Ci, Environment, Function, Logs, Platform, Scanner, Service,
    Throttle, TriggerKind, Updates,
};
use crate::blueprint::{self, Blueprint, Fetch, Origins};
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::{self, Loaded, model, similar};

/// Lists the files of a source folder.
pub trait SourceFolders {
    /// File names directly in the folder; `None` when there is no such folder.
    fn files(&self, folder: &Utf8Path) -> Option<Vec<String>>;

    /// Text of a file; `None` when it cannot be read.
    fn text(&self, _file: &Utf8Path) -> Option<String> {
        None
    }
}

/// A manifest that was read and checked as far as possible.
#[derive(Debug)]
pub struct Checked {
    /// The manifest with its positions.
    pub loaded: Loaded,
    /// Its blueprint; a neutral one when the named one could not be loaded.
    pub blueprint: Blueprint,
    /// Where the values are from that the manifest does not say itself, by JSON pointer.
    pub origins: Origins,
    /// The service; whole only when the diagnostics hold no error.
    pub service: Service,
    /// Every fault, warning and note, in the text's order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Whether an error was found.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diagnostics)
    }
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// Reads a manifest's text, its blueprint and its service: everything that is wrong, in one run.
///
/// # Errors
/// A fault of the text itself, which comes alone.
pub fn check(
    file: &Utf8Path,
    text: &str,
    fetch: &dyn Fetch,
    sources: &dyn SourceFolders,
) -> Result<Checked, Vec<Diagnostic>> {
    Ok(check_loaded(manifest::load(file, text)?, fetch, sources))
}

/// The same of a manifest that is loaded.
pub fn check_loaded(mut loaded: Loaded, fetch: &dyn Fetch, sources: &dyn SourceFolders) -> Checked {
    let mut diagnostics = Vec::new();
    let baseline = &loaded.manifest.baseline;
    let (blueprint, known) = if loaded.is_doubtful("/baseline") {
        (blueprint::neutral(), false)
    } else {
        match blueprint::load(baseline, fetch) {
            Ok(found) => (found, true),
            // A version that is read as a number is told already.
            Err(_) if loaded.diagnostics.iter().any(|d| d.faults("/baseline")) => {
                (blueprint::neutral(), false)
            }
            Err(faults) => {
                let faults = faults.into_iter();
                diagnostics.extend(faults.map(|fault| blueprint_fault(&loaded, fault)));
                (blueprint::neutral(), false)
            }
        }
    };
    let (origins, refused) = settle(&mut loaded, &blueprint);
    // Taken out: what is advised does not depend on them.
    diagnostics.append(&mut loaded.diagnostics);
    let (service, found) = assess(&loaded, (&blueprint, known), &origins, &refused, sources);
    diagnostics.extend(refused);
    diagnostics.extend(found);
    crate::diagnostic::arrange(&mut diagnostics);
    Checked {
        loaded,
        blueprint,
        origins,
        service,
        diagnostics,
    }
}

/// Fills in what a manifest does not say. Gives where that is from, and what the blueprint refuses.
fn settle(loaded: &mut Loaded, blueprint: &Blueprint) -> (Origins, Vec<Diagnostic>) {
    let written = serde_json::to_value(&loaded.manifest).unwrap_or_default();
    let settled = blueprint::settle(&loaded.manifest, blueprint);
    let mut refused = loaded.settle(settled.manifest);
    for fault in &mut refused {
        let pointer = fault.pointer.as_deref().unwrap_or_default();
        if let Some(origin) = settled.origins.get(pointer) {
            fault.notes.push(format!("the value is from {origin}"));
        }
    }
    if let Some(message) = settled.fault {
        let message = format!("a value of {} does not fit: {message}", blueprint.name);
        let help = "look at the inputs that locks and defaults are made of";
        refused.push(loaded.error("SLG-BLUEPRINT-001", "/baseline/inputs", message, help));
    }
    refused.extend(blueprint::refusals(loaded, &written, blueprint));
    (settled.origins, refused)
}

/// Why a blueprint could not be loaded, at the manifest's line that names it.
pub fn blueprint_fault(loaded: &Loaded, fault: blueprint::Fault) -> Diagnostic {
    let pointer = format!("/baseline/{}", fault.key);
    let mut diagnostic = loaded.error("SLG-BLUEPRINT-001", &pointer, fault.message, fault.help);
    diagnostic.notes = fault.notes;
    diagnostic
}

/// Builds the service; the strict form of [`check`] for a manifest and blueprint at hand.
///
/// # Errors
/// Every fault, each at its place in the manifest.
pub fn build(
    loaded: &Loaded,
    blueprint: &Blueprint,
    sources: &dyn SourceFolders,
) -> Result<Service, Vec<Diagnostic>> {
    let mut loaded = loaded.clone();
    let (origins, mut diagnostics) = settle(&mut loaded, blueprint);
    let (service, found) = assess(&loaded, (blueprint, true), &origins, &diagnostics, sources);
    diagnostics.append(&mut loaded.diagnostics);
    diagnostics.extend(found);
    if has_errors(&diagnostics) {
        Err(diagnostics)
    } else {
        Ok(service)
    }
}

fn assess(
    loaded: &Loaded,
    (blueprint, blueprint_known): (&Blueprint, bool),
    origins: &Origins,
    refused: &[Diagnostic],
    sources: &dyn SourceFolders,
) -> (Service, Vec<Diagnostic>) {
    let mut build = Build {
        loaded,
        blueprint,
        blueprint_known,
        origins,
        refused,
        sources,
        faults: Vec::new(),
    };
    let service = build.service();
    build.advise(&service);
    (service, build.faults)
}

pub(super) struct Build<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) blueprint: &'a Blueprint,
    pub(super) blueprint_known: bool,
    /// What the manifest does not say itself.
    pub(super) origins: &'a Origins,
    /// What the blueprint refuses: told already.
    pub(super) refused: &'a [Diagnostic],
    pub(super) sources: &'a dyn SourceFolders,
    pub(super) faults: Vec<Diagnostic>,
}

/// Codes of what this step finds.
pub(super) mod code {
    /// A name that stands for nothing.
    pub(crate) const UNKNOWN: &str = "SLG-SERVICE-001";
    /// A value outside what AWS or the baseline takes.
    pub(crate) const BOUNDS: &str = "SLG-SERVICE-002";
    /// A file or folder that is not there.
    pub(crate) const FILE: &str = "SLG-SERVICE-003";
    /// Parts that do not go together.
    pub(crate) const CONFLICT: &str = "SLG-SERVICE-004";
    /// More than AWS's quotas allow.
    pub(crate) const QUOTA: &str = "SLG-SERVICE-005";
}

/// The pipeline with its defaults.
fn ci(ci: &model::Ci) -> Ci {
    let text = |given: &Option<String>, default: &str| given.clone().unwrap_or(default.to_owned());
    Ci {
        platform: match ci.platform {
            model::Platform::Github => Platform::Github {
                branch: text(&ci.branch, "main"),
                runs_on: text(&ci.runs_on, "ubuntu-24.04"),
            },
            model::Platform::Gitlab => Platform::Gitlab {
                image: text(&ci.image, ""),
            },
        },
        scanner: ci.scanner.unwrap_or(Scanner::OsvScanner),
        updates: ci.updates.unwrap_or(Updates::Renovate),
        deployer_role: ci.deployer_role.clone(),
        reader_role: ci.reader_role.clone(),
    }
}

impl Build<'_> {
    /// A fault of the value at a pointer; silent where the value is damaged already.
    pub(super) fn fault(
        &mut self,
        code: &str,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let told = self.refused.iter().any(|d| d.faults(pointer));
        if !told && !self.loaded.is_damaged(pointer) {
            self.faults
                .push(self.loaded.error(code, pointer, message, help));
        }
    }

    /// A name that stands for none of `known`; silent where the section of the known is damaged.
    pub(super) fn unknown<'n>(
        &mut self,
        pointer: &str,
        section: &str,
        message: String,
        (word, known): (&str, impl Iterator<Item = &'n str> + Clone),
        otherwise: &str,
    ) {
        if self.loaded.is_damaged(section) {
            return;
        }
        let help = similar(word, known).map_or_else(
            || otherwise.to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        self.fault(code::UNKNOWN, pointer, message, help);
    }

    fn service(&mut self) -> Service {
        let manifest = &self.loaded.manifest;
        let logs = self.logs();
        let functions: IndexMap<String, Function> = manifest
            .functions
            .iter()
            .map(|(name, function)| (name.clone(), self.function(name, function)))
            .collect();
        let api = manifest.api.as_ref();
        if api.and_then(|a| a.kind) == Some(ApiKind::Rest) {
            self.fault(
                code::CONFLICT,
                "/api/kind",
                "REST APIs are not generated yet",
                "use kind: http",
            );
        }
        if let Some(model::Auth::Hmac(hmac)) = api.and_then(|a| a.auth.as_ref()) {
            self.secret("/api/auth/hmac/key", &hmac.key);
        }
        let has_routes = functions
            .values()
            .flat_map(|f| &f.triggers)
            .any(|t| matches!(t.kind, TriggerKind::Http { .. }));
        self.set_paths();
        self.databases();
        self.keys();
        self.reservations(&functions);
        Service {
            name: manifest.service.clone(),
            owner: manifest.owner.clone(),
            out: manifest.out(),
            tags: manifest.tags.clone(),
            environments: manifest
                .environments
                .iter()
                .map(|(name, e)| {
                    let environment = Environment {
                        account: e.account.clone(),
                        region: e.region.clone(),
                        vpc: e.vpc.clone(),
                        databases: e.databases.clone(),
                        kms_keys: self.keys_in(name, e),
                        permissions_boundary: e.permissions_boundary.clone(),
                    };
                    (name.clone(), environment)
                })
                .collect(),
            state: manifest.state.clone(),
            alerts: manifest.alerts.sns.clone().map_or_else(
                || Alerts::Email(manifest.alerts.email.clone()),
                Alerts::Topic,
            ),
            logs,
            resources: manifest
                .resources
                .iter()
                .map(|(name, r)| (name.clone(), self.resource(name, r)))
                .collect(),
            api: has_routes.then(|| Api {
                kind: ApiKind::Http,
                throttle: api
                    .and_then(|a| a.throttle.clone())
                    .unwrap_or(Throttle { rate: 0, burst: 0 }),
            }),
            ci: manifest.ci.as_ref().map(ci),
            functions,
        }
    }

    fn logs(&mut self) -> Logs {
        let own = self.loaded.manifest.logs.as_ref();
        let archive = own.and_then(|l| l.archive.as_deref()).unwrap_or("s3");
        Logs {
            retention_days: self.retention(own.and_then(|l| l.retention_days)),
            archive: if archive == "s3" {
                Archive::Bucket
            } else {
                Archive::Destination(archive.to_owned())
            },
        }
    }
}
