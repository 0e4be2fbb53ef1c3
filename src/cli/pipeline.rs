//! Manifest → service → stack → files → read back → judged, the same for every command.

use std::collections::BTreeMap;
use std::thread::Scope;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Failure, Status, joined, judged::Judged, verdict};
use crate::blueprint::Blueprint;
use crate::catalog::aws::provider;
use crate::cloud::aws::{self, Content, Planned};
use crate::date::Date;
use crate::diagnostic::{self, Diagnostic, Severity, Sources};
use crate::guardrail::{self, Expected, ReadBack, Verdict};
use crate::iam::ledger::Recorded;
use crate::manifest::{self, Loaded, similar};
use crate::pin;
use crate::render::{Language, Templates};
use crate::security;
use crate::service::model::Environment;
use crate::service::{self, Explained, Service, SourceFolders};
use crate::wizard::{Draft, Overlay};

/// A service, rendered, read back and judged.
pub(super) struct Prepared {
    /// Folder of the manifest.
    pub(super) root: Utf8PathBuf,
    /// Folder of the generated Terraform, below the root.
    pub(super) out: Utf8PathBuf,
    /// Path below `out` → text.
    pub(super) files: BTreeMap<Utf8PathBuf, String>,
    /// What the guardrails say.
    pub(super) verdict: Verdict,
    /// The manifest.
    pub(super) loaded: Loaded,
    /// Which part of the manifest each address comes from.
    pub(super) provenance: Provenance,
    /// The manifest with every default filled in.
    service: Service,
    blueprint: Blueprint,
    /// Access lines whose last day is over.
    expired: Vec<Diagnostic>,
    /// Warnings and notes on the manifest.
    advice: Vec<Diagnostic>,
    /// Handler sources with findings, as they may be shown.
    texts: BTreeMap<Utf8PathBuf, String>,
}

impl Prepared {
    /// Everything there is to say about a manifest without errors, the worst first.
    ///
    /// # Errors
    /// A guardrail gates, or access has ended: nothing may be written.
    pub(super) fn judged(&self) -> Result<Vec<Diagnostic>, Failure> {
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
    pub(super) fn environment(&self, name: Option<&str>) -> Result<(&str, &Environment), Failure> {
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
    pub(super) fn sources(&self) -> Sources {
        let mut sources = sources(&self.loaded.file, &self.loaded.text);
        let texts = self
            .texts
            .iter()
            .map(|(file, text)| (file.clone(), text.clone()));
        sources.0.extend(texts);
        sources
    }

    /// The ledger of what would be generated, as it is written.
    pub(super) fn ledger(&self) -> Result<Recorded, Failure> {
        let text = self.files.get(Utf8Path::new("permissions.json"));
        text.and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| Failure::from("the ledger cannot be read".to_owned()))
    }

    /// The manifest with every default filled in, as it is used.
    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    /// Where defaults, locks and archetypes come from.
    pub(super) fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// The manifest with every default filled in.
    pub(super) fn explained(&self) -> Explained {
        service::explain(&self.loaded, &self.service, &self.blueprint)
    }
}

/// Which part of the manifest each Terraform address comes from.
#[derive(Debug, Default)]
pub(super) struct Provenance(BTreeMap<String, (String, String)>);

impl Provenance {
    /// By the file that an address stands in: each file belongs to one part of the manifest.
    fn of(parts: &Parts, environments: &[ReadBack]) -> Self {
        let resources = environments.iter().flat_map(|e| e.graph.resources.values());
        let places = resources.filter_map(|resource| {
            let part = parts.get(&resource.location.as_ref()?.file)?;
            Some((resource.address.to_string(), part.clone()))
        });
        Self(places.collect())
    }

    /// Scope, `functions.x`.
    pub(super) fn scope(&self, address: &str) -> Option<String> {
        self.0.get(address).map(|(scope, _)| scope.clone())
    }

    /// JSON pointer in the manifest.
    pub(super) fn pointer(&self, address: &str) -> Option<String> {
        self.0.get(address).map(|(_, pointer)| pointer.clone())
    }
}

/// The folders of the project.
pub(super) struct Disk(pub(super) Utf8PathBuf);

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

/// A manifest that is sound, and the stack it stands for.
struct Realised {
    root: Utf8PathBuf,
    loaded: Loaded,
    service: Service,
    stack: aws::Stack,
    blueprint: Blueprint,
    advice: Vec<Diagnostic>,
}

fn realise(directory: &Utf8Path, manifest: &Utf8Path) -> Result<Realised, Failure> {
    let path = directory.join(manifest);
    let root = match path.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent.to_owned(),
        _ => Utf8PathBuf::from("."),
    };
    let text = manifest::read(&path).map_err(|fault| failure(vec![fault], manifest, ""))?;
    let disk = Disk(root.clone());
    realise_text(root, manifest, &text, &disk)
}

/// The same of a text that need not be on disk.
fn realise_text(
    root: Utf8PathBuf,
    manifest: &Utf8Path,
    text: &str,
    sources: &dyn SourceFolders,
) -> Result<Realised, Failure> {
    let checked = service::check(manifest, text, &root, sources)
        .map_err(|faults| failure(faults, manifest, &manifest::masked(text)))?;
    let service::Checked {
        loaded,
        service,
        blueprint,
        blueprint_sha256,
        mut diagnostics,
    } = checked;
    let mut stack = aws::realise(&service).unwrap_or_else(|problems| {
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
        return Err(failure(diagnostics, manifest, &loaded.text));
    }
    stack
        .files
        .push(provider_lock(&root, &loaded, &blueprint_sha256)?);
    Ok(Realised {
        root,
        loaded,
        service,
        stack,
        blueprint,
        advice: diagnostics,
    })
}

/// Terraform's own lock file, by `slgen.lock` where there is one.
fn provider_lock(root: &Utf8Path, loaded: &Loaded, sha256: &str) -> Result<Planned, Failure> {
    let failed = |faults, file: &Utf8Path, text: &str| {
        let mut failed = failure(faults, &loaded.file, &loaded.text);
        failed.sources.0.insert(file.to_owned(), text.to_owned());
        failed
    };
    let lock = pin::beside(root, &loaded.file)
        .map_err(|unread| failed(unread.faults, &unread.file, &unread.text))?;
    let text = match lock {
        None => provider::lock_file_hcl(provider::hashes()),
        Some(lock) => {
            let hashes = pin::verify(&lock, loaded, sha256)
                .map_err(|faults| failed(faults, &lock.file, &lock.text))?;
            provider::lock_file_hcl(hashes.iter().map(String::as_str))
        }
    };
    Ok(Planned {
        path: ".terraform.lock.hcl".into(),
        content: Content::Text(text),
        scope: "service".to_owned(),
        pointer: String::new(),
    })
}

/// Reads, checks, renders, reads back and judges everything; writes nothing.
pub(super) fn prepare(directory: &Utf8Path, manifest: &Utf8Path) -> Result<Prepared, Failure> {
    prepare_for(None, directory, manifest)
}

/// The same, judged in one environment alone where one is given.
pub(super) fn prepare_for(
    environment: Option<&str>,
    directory: &Utf8Path,
    manifest: &Utf8Path,
) -> Result<Prepared, Failure> {
    prepare_with_environments(environment, directory, manifest).map(|(prepared, _)| prepared)
}

/// As [`prepare_for`], with what was read back of each environment asked for, which is large.
pub(super) fn prepare_with_environments(
    environment: Option<&str>,
    directory: &Utf8Path,
    manifest: &Utf8Path,
) -> Result<(Prepared, Vec<ReadBack>), Failure> {
    prepare_on(today(), environment, directory, manifest)
}

/// The same of a manifest that is not written yet, with the files that are begun beside it.
pub(super) fn prepare_draft(
    root: &Utf8Path,
    manifest: &Utf8Path,
    draft: &Draft,
) -> Result<Prepared, Failure> {
    let realise = || {
        let sources = Overlay {
            disk: &Disk(root.to_owned()),
            begun: &draft.proposal.files,
        };
        realise_text(root.to_owned(), manifest, &draft.text, &sources)
    };
    prepare_realised(today(), None, realise).map(|(prepared, _)| prepared)
}

/// As [`prepare_with_environments`], on a given UTC day.
fn prepare_on(
    today: Date,
    environment: Option<&str>,
    directory: &Utf8Path,
    manifest: &Utf8Path,
) -> Result<(Prepared, Vec<ReadBack>), Failure> {
    prepare_realised(today, environment, || realise(directory, manifest))
}

fn prepare_realised(
    today: Date,
    environment: Option<&str>,
    realise: impl FnOnce() -> Result<Realised, Failure> + Send,
) -> Result<(Prepared, Vec<ReadBack>), Failure> {
    let (realised, rendered, judged) = std::thread::scope(|scope| {
        apart(scope, || {
            let mut realised = realise()?;
            if let Some(asked) = environment {
                known(asked, &realised)?;
            }
            let Realised {
                root,
                loaded,
                service,
                stack,
                ..
            } = &mut realised;
            let (rendered, judged) = std::thread::scope(|scope| {
                let judged = scope.spawn(|| {
                    let (manifest, service) = (&loaded.file, &*service);
                    super::sources::judge(root, manifest, service)
                        .and(super::lockfiles::judge(root, manifest, service))
                });
                let rendered = Templates::builtin()
                    .map_err(|e| vec![internal(e.to_string())])
                    .and_then(|templates| render_all(stack, service, templates));
                (rendered, joined(judged))
            });
            Ok::<_, Failure>((realised, rendered, judged))
        })
    })?;
    let Realised {
        root,
        loaded,
        service,
        stack,
        blueprint,
        mut advice,
    } = realised;
    let Judged {
        mut findings,
        advice: unread,
        texts,
    } = judged;
    advice.extend(unread);
    let (unsupported, ending) = super::calendar::runtimes(&service, &loaded, today);
    findings.extend(unsupported);
    advice.extend(ending);
    let fail = |faults: Vec<Diagnostic>| failure(faults, &loaded.file, &loaded.text);
    let Rendered { mut files, parts } = rendered.map_err(fail)?;
    let mut environments = read_back(&files, &service, stack).map_err(fail)?;
    let provenance = Provenance::of(&parts, &environments);
    let exceptions = verdict::exceptions(&loaded).map_err(|e| fail(vec![internal(e)]))?;
    let asked = |e: &ReadBack| environment.is_none_or(|asked| e.environment == asked);
    let judged = environments.iter().filter(|e| asked(e));
    let inputs: Vec<_> = judged.map(ReadBack::input).collect();
    let scopes = |address: &str| provenance.scope(address);
    let verdict = guardrail::judge(&inputs, findings, &exceptions, &scopes, today);
    let mut expired = verdict::expired(&service, &loaded, today);
    expired.extend(verdict::faults_elsewhere(&loaded, today).map_err(|e| fail(vec![internal(e)]))?);
    let page = security::context(&security::Subject {
        service: &service,
        files: &files,
        environments: &environments,
        exceptions: &exceptions,
        verdict: &verdict,
    });
    let page = Templates::builtin()
        .and_then(|templates| templates.render(Language::Markdown, "security.md", page))
        .map_err(|error| fail(vec![internal(error.to_string())]))?;
    files.insert("SECURITY.md".into(), page);
    let prepared = Prepared {
        root,
        out: Utf8PathBuf::from(&service.out),
        files,
        verdict,
        loaded,
        provenance,
        service,
        blueprint,
        expired,
        advice,
        texts,
    };
    environments.retain(asked);
    Ok((prepared, environments))
}

/// Whether an environment that was asked for is in the manifest.
fn known(asked: &str, realised: &Realised) -> Result<(), Failure> {
    let (environments, loaded) = (&realised.service.environments, &realised.loaded);
    if environments.contains_key(asked) {
        return Ok(());
    }
    let names: Vec<&str> = environments.keys().map(String::as_str).collect();
    let help = similar(asked, names.iter().copied()).map_or_else(
        || format!("there are: {}", names.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    let message = format!("there is no environment `{asked}`");
    let fault = Diagnostic::error("SLG-SERVICE-001", message)
        .at(loaded.key_span("/environments"))
        .about("/environments")
        .help(help);
    Err(failure(vec![fault], &loaded.file, &loaded.text))
}

/// Does the work on a thread of its own. An allocator that keeps room for each thread, as glibc's
/// and mimalloc do, then gives what rendering has freed to the threads that read back.
fn apart<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> T {
    joined(scope.spawn(work))
}

/// The UTC day.
pub(super) fn today() -> Date {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    // A clock before 1970 is no reason to let an expired exception pass.
    now.ok()
        .and_then(|now| Date::from_unix(now.as_secs()))
        .unwrap_or(Date::LAST)
}

/// Path of a file → scope and JSON pointer of the part of the manifest that it belongs to.
type Parts = BTreeMap<Utf8PathBuf, Part>;
/// Scope and JSON pointer.
type Part = (String, String);

/// Rendered files and what they belong to.
struct Rendered {
    files: BTreeMap<Utf8PathBuf, String>,
    parts: Parts,
}

/// Renders the files of a stack. Their contexts, which are larger than the text, are taken out of
/// it and dropped one by one.
fn render_all(
    stack: &mut aws::Stack,
    service: &Service,
    templates: &Templates,
) -> Result<Rendered, Vec<Diagnostic>> {
    let mut files = BTreeMap::new();
    let mut parts = Parts::new();
    let mut planned = std::mem::take(&mut stack.files);
    let later = planned.split_off(planned.len() / 2);
    let (first, later) = std::thread::scope(|scope| {
        let later = scope.spawn(|| render_each(later, templates));
        let first = render_each(planned, templates);
        (first, joined(later))
    });
    let ledger = render_each(stack.ledger_files(service), templates);
    for (path, part, text) in first?.into_iter().chain(later?).chain(ledger?) {
        parts.insert(path.clone(), part);
        files.insert(path, text);
    }
    Ok(Rendered { files, parts })
}

/// Path, part and text of each file.
fn render_each(
    planned: impl IntoIterator<Item = Planned>,
    templates: &Templates,
) -> Result<Vec<(Utf8PathBuf, Part, String)>, Vec<Diagnostic>> {
    let rendered = planned.into_iter().map(|planned| {
        let mut text = match planned.content {
            Content::Text(text) => text,
            Content::Template(language, template, context) => templates
                .render(language, template, context)
                .map_err(|error| vec![internal(format!("{}: {error}", planned.path))])?,
        };
        text.shrink_to_fit();
        Ok((planned.path, (planned.scope, planned.pointer), text))
    });
    rendered.collect()
}

/// Reads what was rendered as Terraform would, once for each environment: what is not evaluated,
/// not in the provider's schema, or grants other than the ledger says, is never written.
fn read_back(
    files: &BTreeMap<Utf8PathBuf, String>,
    service: &Service,
    stack: aws::Stack,
) -> Result<Vec<ReadBack>, Vec<Diagnostic>> {
    let expected = stack.environments.iter().map(|(name, bindings)| {
        let boundary = &service.environments[name].permissions_boundary;
        Expected {
            environment: name.clone(),
            permissions_boundary: boundary.clone(),
            ledger: stack.ledger(bindings),
        }
    });
    let expected = expected.collect();
    // The policies with their reasons are large, and not needed any more.
    drop(stack);
    ReadBack::all(files, expected).map_err(|(environment, faults)| {
        let faults = faults.into_iter();
        faults
            .map(|fault| internal(format!("environment {environment}: {fault}")))
            .collect()
    })
}

/// A defect of slgen: nothing is written.
fn internal(message: String) -> Diagnostic {
    Diagnostic::error("SLG-INTERNAL-001", message)
        .help("this is a defect of slgen: please report it with the manifest")
}

pub(super) fn failure(diagnostics: Vec<Diagnostic>, file: &Utf8Path, text: &str) -> Failure {
    Failure {
        status: Status::Error,
        diagnostics,
        sources: sources(file, text),
    }
}

fn sources(file: &Utf8Path, text: &str) -> Sources {
    Sources(BTreeMap::from([(file.to_owned(), text.to_owned())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::TEMPLATES;

    fn orders() -> Realised {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders");
        realise(folder.into(), "slgen.yaml".into())
            .map_err(|failure| failure.diagnostics)
            .unwrap()
    }

    /// What the read-back says once a template has been changed.
    fn corrupted(template: &str, from: &str, to: &str) -> Vec<String> {
        let mut realised = orders();
        let text = TEMPLATES
            .iter()
            .find(|(name, _)| *name == template)
            .unwrap()
            .1;
        let changed = text.replacen(from, to, 1);
        assert_ne!(text, changed, "{template} has no {from:?}");
        let templates = Templates::with(&[(template, &changed)]).unwrap();
        let files = render_all(&mut realised.stack, &realised.service, &templates)
            .unwrap()
            .files;
        match read_back(&files, &realised.service, realised.stack) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|fault| fault.message).collect(),
        }
    }

    #[test]
    fn the_built_in_templates_say_what_the_ledger_says() {
        let mut realised = orders();
        let templates = Templates::builtin().unwrap();
        let files = render_all(&mut realised.stack, &realised.service, templates)
            .unwrap()
            .files;
        let environments = read_back(&files, &realised.service, realised.stack).unwrap();
        assert_eq!(environments.len(), 2);
        for environment in environments {
            assert!(environment.permissions.len() > 100);
        }
    }

    #[test]
    fn a_template_that_grants_other_than_the_ledger_says_is_never_written() {
        for (template, from, to, expected) in [
            // Another action, another resource, a lost condition, an effect turned round.
            (
                "policy.tf",
                "{{hcl action}}",
                "[\"iam:PassRole\"]",
                "Allow iam:PassRole on",
            ),
            (
                "policy.tf",
                "{{hcl resource}}",
                "\"*\"",
                " on * is in the rendered text",
            ),
            (
                "policy.tf",
                "Condition = {{hcl condition}}",
                "",
                "is in the ledger, but not in",
            ),
            ("policy.tf", "{{hcl effect}}", "\"Allow\"", "Allow sqs:* on"),
            (
                "policy.tf",
                "Principal = {{hcl principal}}",
                "Principal = \"*\"",
                " to * ",
            ),
            (
                "policy.tf",
                "Action =",
                "NotAction =",
                "\"NotAction\", which is not read",
            ),
            (
                "policy.tf",
                "2012-10-17",
                "2008-10-17",
                "version is not 2012-10-17",
            ),
            // A policy on the wrong role, and one too many.
            (
                "function.tf",
                "role = aws_iam_role.{{tf}}.name",
                "role = \"admin\"",
                "names no aws_iam_role",
            ),
            (
                "locals.tf",
                "locals {",
                "resource \"aws_iam_role_policy_attachment\" \"x\" {\nrole = \"x\"\npolicy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n\nlocals {",
                "what this attribute of a aws_iam_role_policy_attachment grants is not read",
            ),
            // Who may invoke a function.
            (
                "function.tf",
                "source_account = var.account_id",
                "",
                "is in the ledger, but not in",
            ),
            (
                "function.tf",
                "qualifier = aws_lambda_alias.{{function_tf}}.name",
                "",
                ":function:orders-dev-create-order to",
            ),
            (
                "function.tf",
                "principal = \"apigateway.amazonaws.com\"",
                "principal = \"*\"",
                " to * ",
            ),
        ] {
            let faults = corrupted(template, from, to);
            assert!(
                faults.iter().any(|fault| fault.contains(expected)),
                "{template}: {from:?} → {to:?}: {faults:#?}"
            );
        }
    }

    /// The last day is included; the days of the exceptions are far from it.
    #[test]
    fn access_ends_after_its_last_day() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for part in ["src/app", "schemas"] {
            std::fs::create_dir_all(root.join(part)).unwrap();
        }
        let tests = Utf8Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/diagnostics"));
        for part in ["src/app/app.py", "schemas/body.json"] {
            std::fs::copy(tests.join(part), root.join(part)).unwrap();
        }
        let text = std::fs::read_to_string(tests.join("gate-access-ended.yaml")).unwrap();
        let text = text.replace("2024-12-31", "2024-03-01");
        std::fs::write(root.join("slgen.yaml"), text).unwrap();
        for (day, ended) in [("2024-02-29", 0), ("2024-03-01", 1), ("2024-03-02", 2)] {
            let (prepared, _) = prepare_on(day.parse().unwrap(), None, root, "slgen.yaml".into())
                .map_err(|failure| failure.diagnostics)
                .unwrap();
            assert_eq!(prepared.expired.len(), ended, "{day}");
            let judged = prepared.judged().map_err(|failure| failure.status);
            assert_eq!(judged.is_err(), ended > 0, "{day}");
            if let Err(status) = judged {
                assert_eq!(status, Status::Gate, "{day}");
            }
        }
    }

    #[test]
    fn addresses_lead_to_the_manifest() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders");
        let prepared = prepare(folder.into(), "slgen.yaml".into())
            .map_err(|failure| failure.diagnostics)
            .unwrap();
        for (address, scope, pointer) in [
            (
                "aws_lambda_function.create_order",
                "functions.create-order",
                "/functions/create-order",
            ),
            (
                "aws_sqs_queue.jobs_dlq",
                "resources.jobs",
                "/resources/jobs",
            ),
            ("aws_apigatewayv2_stage.http", "api", "/api"),
            ("aws_kms_key.stack", "service", ""),
        ] {
            let provenance = &prepared.provenance;
            assert_eq!(
                provenance.scope(address).as_deref(),
                Some(scope),
                "{address}"
            );
            assert_eq!(
                provenance.pointer(address).as_deref(),
                Some(pointer),
                "{address}"
            );
        }
    }
}
