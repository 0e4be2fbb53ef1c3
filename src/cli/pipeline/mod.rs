//! Manifest → service → stack → files → read back → judged, the same for every command.

pub(super) mod fault;
mod foreign;
mod own;
mod prepared;
mod provenance;
mod realise;
mod render;
mod rendered;
mod tables;
mod unjudged;

use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

pub(super) use fault::{failure, internal};
pub(super) use own::Own;
pub(super) use prepared::{Candidate, Prepared};
pub(super) use realise::{Disk, folder_of, root};
pub(super) use unjudged::{OnDisk, unjudged};

use provenance::Provenance;
use realise::{Realised, realise, realise_text};
use render::{read_back, rendered};
use rendered::Rendered;

use super::{Failure, images, joined, judged::Judged, policies, say, verdict};
use crate::blueprint;
use crate::date::Date;
use crate::diagnostic::Diagnostic;
use crate::guardrail::{self, ReadBack};
use crate::manifest::{self, similar};
use crate::policy;
use crate::remote::Blueprints;
use crate::render::{Language, Templates};
use crate::wizard::{Draft, Overlay, Project};
use crate::{security, workspace};

/// The page that tells what was judged.
const PAGE: &str = "SECURITY.md";

/// Reads, checks, renders, reads back and judges everything; writes nothing.
pub(super) fn prepare(directory: &Utf8Path, manifest: &Utf8Path) -> Result<Prepared, Failure> {
    prepare_for(None, directory, manifest)
}

/// The same before what is generated is written: an update that was interrupted is completed first. Whether one was is looked
/// for where the manifest says that the tree is, so that it is read once where none was.
pub(super) fn prepare_to_write(
    directory: &Utf8Path,
    manifest: &Utf8Path,
) -> Result<Prepared, Failure> {
    let prepared = prepare(directory, manifest);
    let completed = match &prepared {
        Ok(prepared) => completed(&prepared.root, &prepared.out)?,
        Err(_) => complete(directory, manifest)?,
    };
    if completed {
        prepare(directory, manifest)
    } else {
        prepared
    }
}

/// Before a command that writes reads anything: completes an update that was interrupted while it changed the manifest, the
/// lock file and the tree together; whether there was one. What is wrong with the manifest is told by whoever reads it next.
pub(super) fn complete(directory: &Utf8Path, manifest: &Utf8Path) -> Result<bool, Failure> {
    let loaded = manifest::read(&directory.join(manifest))
        .ok()
        .and_then(|text| manifest::load(manifest, &text).ok());
    let Some(loaded) = loaded else {
        return Ok(false);
    };
    let out = Utf8PathBuf::from(loaded.manifest.out());
    completed(&root(directory, manifest), &out)
}

/// Completes what was interrupted, and says so; whether there was anything.
fn completed(root: &Utf8Path, out: &Utf8Path) -> Result<bool, Failure> {
    let told = workspace::complete(root, out)?;
    if let Some(told) = &told {
        say(&format!("{told}\n"));
    }
    Ok(told.is_some())
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
pub(super) fn prepare_draft(project: &Project, draft: &Draft) -> Result<Prepared, Failure> {
    let (root, manifest, remote) = (&project.root, &project.file, project.blueprints());
    let realise = || {
        let sources = Overlay {
            disk: &Disk(root.clone()),
            begun: &draft.proposal.files,
        };
        realise_text(root.clone(), manifest, &draft.text, &sources, &remote)
    };
    // The repository's workflows are not what is being written: `generate` judges them.
    let begun = &draft.proposal.files;
    prepare_realised(today(), None, (Reach::Project, begun), realise).map(|(prepared, _)| prepared)
}

/// The same of another text in the manifest's place, with its blueprints from `remote`; nothing of it is on disk.
pub(super) fn prepare_candidate(
    root: &Utf8Path,
    manifest: &Utf8Path,
    text: &str,
    remote: &Blueprints,
) -> Result<(Prepared, Vec<ReadBack>), Failure> {
    let disk = Disk(root.to_owned());
    let realise = || realise_text(root.to_owned(), manifest, text, &disk, remote);
    prepare_realised(today(), None, (Reach::Repository, &[]), realise)
}

/// As [`prepare_with_environments`], on a given UTC day.
fn prepare_on(
    today: Date,
    environment: Option<&str>,
    directory: &Utf8Path,
    manifest: &Utf8Path,
) -> Result<(Prepared, Vec<ReadBack>), Failure> {
    prepare_realised(today, environment, (Reach::Repository, &[]), || {
        realise(directory, manifest)
    })
}

/// How far the files that are judged beside the manifest lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The project alone.
    Project,
    /// The workflows of the repository that it is in, too.
    Repository,
}

fn prepare_realised(
    today: Date,
    environment: Option<&str>,
    (reach, begun): (Reach, &[(Utf8PathBuf, String)]),
    realise: impl FnOnce() -> Result<Realised, Failure> + Send,
) -> Result<(Prepared, Vec<ReadBack>), Failure> {
    let (realised, foreign, rendered, judged) = std::thread::scope(|scope| {
        // Not here: an allocator that keeps room for each thread, as glibc's and mimalloc do, gives what rendering has
        // freed to the threads that read back then.
        let work = scope.spawn(|| {
            let mut realised = realise()?;
            if let Some(asked) = environment {
                known(asked, &realised)?;
            }
            let foreign = foreign::foreign(&realised.blueprint, &realised.loaded)
                .map_err(|faults| failure(faults, &realised.loaded.file, &realised.loaded.text))?;
            let Realised {
                root,
                loaded,
                service,
                stack,
                ..
            } = &mut realised;
            let told = foreign.as_ref().map(|foreign| (foreign, &*loaded));
            let mut judged = Judged::default();
            let mut judge = || {
                let (manifest, service) = (&loaded.file, &*service);
                let workflows = match reach {
                    Reach::Repository => super::workflows::judge(root, manifest, service),
                    Reach::Project => Judged::default(),
                };
                judged = super::sources::judge(root, manifest, service)
                    .and(super::lockfiles::judge(root, manifest, service))
                    .and(workflows)
                    .and(super::shipped::judge(root, manifest, service))
                    .and(super::signed::judge(root, loaded, service, begun))
                    .and(images::own(root, manifest, service));
            };
            let rendered = rendered(stack, service, &told, Some(&mut judge));
            Ok::<_, Failure>((realised, foreign, rendered, judged))
        });
        tables::read();
        joined(work)
    })?;
    let Realised {
        root,
        loaded,
        service,
        stack,
        blueprint,
        origins,
        mut advice,
    } = realised;
    let Judged {
        mut findings,
        advice: unread,
        mut texts,
    } = judged;
    advice.extend(unread);
    let (unsupported, ending) = super::calendar::runtimes(&service, &loaded, today);
    findings.extend(unsupported);
    advice.extend(ending);
    let fail = |faults: Vec<Diagnostic>| failure(faults, &loaded.file, &loaded.text);
    let Rendered { mut files, parts } = rendered.map_err(fail)?;
    let mut environments = read_back(&files, &service, stack).map_err(|faults| {
        fail(match &foreign {
            Some(foreign) => foreign.unread(faults, &loaded, &blueprint),
            None => faults,
        })
    })?;
    let provenance = Provenance::of(&parts, environments.iter().map(|e| &e.graph));
    let exceptions = verdict::exceptions(&loaded).map_err(|e| fail(vec![internal(e)]))?;
    let site = own::Site {
        root: &root,
        out: Utf8Path::new(&service.out),
        manifest: &loaded.file,
        service: &service.name,
    };
    let own = Own::read(site, &files, &environments)?;
    let is_asked = |name: &str| environment.is_none_or(|asked| name == asked);
    let asked = |e: &ReadBack| is_asked(&e.environment);
    let whole = own.as_ref().map_or(&environments, |own| &own.environments);
    let inputs: Vec<_> = whole
        .iter()
        .filter(|e| asked(e))
        .map(ReadBack::input)
        .collect();
    let scopes = |address: &str| {
        let of_own = || own.as_ref().is_some_and(|own| own.has(address));
        let scope = provenance.scope(address);
        scope.or_else(|| of_own().then(|| "service".to_owned()))
    };
    findings.extend(own.iter().flat_map(|own| own.findings(is_asked)));
    findings.extend(images::rendered(&service, &files));
    let seen: Vec<policy::Environment<'_>> = inputs
        .iter()
        .map(|input| policy::Environment {
            name: input.environment,
            graph: input.graph,
        })
        .collect();
    let policies = policy::ask(&blueprint, &seen).map_err(policies::refused)?;
    findings.extend(policies.findings);
    let mut verdict = guardrail::judge(
        &inputs,
        findings,
        policies.rules,
        &exceptions,
        &scopes,
        today,
    );
    if let Some(own) = &own {
        own.settle(&mut verdict);
    }
    verdict.raise(|rule| blueprint.guardrails.get(rule).and_then(|g| g.severity));
    let review = verdict::review(&loaded).map_err(|e| fail(vec![internal(e)]))?;
    let mut expired = verdict::expired(&service, &loaded, today);
    expired.extend(blueprint::long_exceptions(&loaded, &blueprint, today));
    expired.extend(verdict::faults_elsewhere(&loaded, today).map_err(|e| fail(vec![internal(e)]))?);
    super::ci::add(&mut files, &root, &loaded, &service).map_err(fail)?;
    if let Some(own) = &own {
        texts.extend(own.texts());
    }
    let page = security::context(&security::Subject {
        service: &service,
        files: &files,
        environments: &environments,
        exceptions: &exceptions,
        review: review.as_ref(),
        verdict: &verdict,
        own: own.as_ref().map_or(&[], |own| &own.files),
    });
    let page = Templates::builtin()
        .and_then(|templates| templates.render(Language::Markdown, "security.md", page))
        .map_err(|error| fail(vec![internal(error.to_string())]))?;
    files.insert(PAGE.into(), page);
    // After the page, which may not change with the day.
    verdict.add(review.and_then(|review| review.finding(today, loaded.span("/review/last"))));
    let prepared = Prepared {
        root,
        out: Utf8PathBuf::from(&service.out),
        files,
        verdict,
        loaded,
        provenance,
        service,
        blueprint,
        origins,
        expired,
        advice,
        texts,
        own,
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

/// The UTC day.
pub(super) fn today() -> Date {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    // A clock before 1970 is no reason to let an expired exception pass.
    now.ok()
        .and_then(|now| Date::from_unix(now.as_secs()))
        .unwrap_or(Date::LAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Status;

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

    /// A review that is overdue stops the run; no page tells the day.
    #[test]
    fn a_review_ends_with_its_last_day() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders");
        let on = |day: &str| {
            let (prepared, _) = prepare_on(
                day.parse().unwrap(),
                None,
                folder.into(),
                "slgen.yaml".into(),
            )
            .map_err(|failure| failure.diagnostics)
            .unwrap();
            let found = |f: &&guardrail::Finding| f.rule.starts_with("SLG-REV-");
            let found = prepared.verdict.findings.iter().find(found).cloned();
            let status = prepared.judged().map_err(|failure| failure.status).err();
            (prepared.files, found.map(|f| f.rule.into_owned()), status)
        };
        let (files, found, status) = on("2026-11-29");
        assert_eq!((found, status), (None, None));
        // The exception of the example has ended by then, so the run stops without the review, too.
        for (day, rule) in [
            ("2026-11-01", "SLG-REV-001"),
            ("2027-11-02", "SLG-REV-002"),
            ("2027-11-03", "SLG-REV-001"),
        ] {
            let (_, found, _) = on(day);
            assert_eq!(found.as_deref(), Some(rule), "{day}");
        }
        let (early, _, status) = on("2026-11-01");
        assert_eq!(status, Some(Status::Gate));
        assert_eq!(early, files);
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
