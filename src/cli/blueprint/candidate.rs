//! A version of a blueprint that services could move to.

use std::sync::Arc;
use std::time::Duration;

use camino::Utf8Path;

use crate::blueprint::{self, Fault, Fetch as _, Source, files::DEFINITION};
use crate::cli::pipeline::{self, Prepared};
use crate::cli::{Cli, Failure};
use crate::diagnostic::Diagnostic;
use crate::edit;
use crate::guardrail::ReadBack;
use crate::inputs;
use crate::manifest::Loaded;
use crate::pin::budget::Budget;
use crate::pin::{self, PinnedBlueprint};
use crate::remote::{self, Blueprints, Known, Rule};

/// A version of a blueprint that services could move to.
pub(super) struct Candidate {
    /// Where it is.
    pub(super) source: Source,
    /// Exact version.
    pub(super) version: String,
    /// Its name.
    pub(super) name: String,
    rule: Rule,
    known: Arc<Known>,
}

impl Candidate {
    /// Of `SOURCE@VERSION`, or `SOURCE` for its newest version. A folder is relative to the working folder.
    pub(super) fn parse(cli: &Cli, text: &str, rule: Rule) -> Result<Self, Failure> {
        let (source, version) = split(text);
        Self::find(absolute(cli, parse(source)?)?, version, rule)
    }

    /// Of a source; the newest version where none is said.
    pub(super) fn find(source: Source, version: Option<&str>, rule: Rule) -> Result<Self, Failure> {
        let known: Arc<Known> = Arc::default();
        let version = match version {
            Some(version) => version.to_owned(),
            None => newest(&source, rule)?,
        };
        let fetch = Blueprints::new(Utf8Path::new(""), Vec::new(), rule, Arc::clone(&known));
        let files = fetch.fetch(&source, &version).map_err(told)?;
        let text = files.text(DEFINITION.into()).unwrap_or_default();
        let (name, _) = named(text).ok_or_else(|| no_blueprint(&source))?;
        Ok(Self {
            source,
            version,
            name,
            rule,
            known,
        })
    }

    /// The manifest's text, moved to it.
    pub(super) fn text(&self, loaded: &Loaded) -> Result<String, Failure> {
        let mut text = loaded.text.clone();
        let baseline = &loaded.manifest.baseline;
        let source = self.source.to_string();
        for (key, before, after) in [
            ("source", &baseline.source, &source),
            ("version", &baseline.version, &self.version),
        ] {
            if before != after {
                text = edit::replace(&text, &format!("/baseline/{key}"), after).map_err(
                    |refused| {
                        let message = format!("{} was not changed: {refused}", loaded.file);
                        let help = format!("write it yourself:\n{}", refused.paste);
                        Diagnostic::error("SLG-EDIT-001", message).help(help)
                    },
                )?;
            }
        }
        Ok(text)
    }

    /// A service as it would be generated with it, what was read back of it, and what its lock would pin.
    pub(super) fn prepare(
        &self,
        now: &Prepared,
        text: &str,
    ) -> Result<(Prepared, Vec<ReadBack>, Vec<PinnedBlueprint>), Failure> {
        let file = &now.loaded.file;
        let lock = pin::beside(&now.root, file).ok().flatten();
        let pinned = lock.map_or_else(Vec::new, |placed| placed.lock.blueprints);
        let known = Arc::clone(&self.known);
        let remote = Blueprints::new(&now.root, pinned, self.rule, known);
        let (prepared, read) = pipeline::prepare_candidate(&now.root, file, text, &remote)?;
        Ok((prepared, read, remote.met()))
    }
}

/// Source and version of `SOURCE@VERSION`.
pub(in crate::cli) fn split(text: &str) -> (&str, Option<&str>) {
    let is_version = |version: &str| {
        pin::is_version(version) && version.starts_with(|c: char| c.is_ascii_digit())
    };
    match text.rsplit_once('@') {
        Some((source, said)) if is_version(said) => (source, Some(said)),
        _ => (text, None),
    }
}

/// A source that a flag names.
pub(in crate::cli) fn parse(source: &str) -> Result<Source, Failure> {
    Source::parse(source).map_err(|(message, help)| {
        Diagnostic::error("SLG-BLUEPRINT-001", message)
            .help(help)
            .into()
    })
}

/// How long others are asked, in all.
pub(in crate::cli) fn asking(seconds: u64) -> Rule {
    Rule::Ask(Budget::new(Duration::from_secs(seconds)))
}

/// A folder without what it is relative to: every service names it the same way.
fn absolute(cli: &Cli, source: Source) -> Result<Source, Failure> {
    let Source::Path(folder) = source else {
        return Ok(source);
    };
    let real = inputs::real(&cli.directory.join(&folder));
    real.map(Source::Path)
        .map_err(|error| Failure::from(format!("{folder}: {error}")))
}

/// The newest version of a source.
pub(in crate::cli) fn newest(source: &Source, rule: Rule) -> Result<String, Failure> {
    let found = match (source, rule) {
        (Source::Builtin(name), _) => {
            let all = blueprint::builtin()
                .iter()
                .filter(|known| known.name == *name);
            all.map(|known| known.version.clone())
                .max_by_key(|version| remote::order(version))
        }
        (Source::Path(folder), _) => {
            let text = inputs::text(&folder.join(DEFINITION), 1 << 20)
                .ok()
                .flatten();
            text.and_then(|text| Some(named(&text)?.1))
        }
        (_, Rule::Pinned(budget) | Rule::Ask(budget) | Rule::Anew(budget)) => {
            let versions = remote::versions(source, budget).map_err(told)?;
            let whole = versions.iter().rev().find(|version| !version.contains('-'));
            whole.or(versions.last()).cloned()
        }
        (_, Rule::Offline) => None,
    };
    found.ok_or_else(|| {
        let message = format!("which version of {source} is not known");
        Diagnostic::error("SLG-BLUEPRINT-001", message)
            .help("name it: --to VERSION, or SOURCE@VERSION")
            .into()
    })
}

/// Name and version that a blueprint's file says.
fn named(text: &str) -> Option<(String, String)> {
    let definition = blueprint::parse(DEFINITION.into(), text).ok()?;
    Some((definition.name, definition.version))
}

fn no_blueprint(source: &Source) -> Failure {
    Diagnostic::error("SLG-BLUEPRINT-001", format!("{source} is no blueprint"))
        .help("`slgen blueprint lint` says what is wrong with its folder")
        .into()
}

/// A fault of a source that no manifest names.
fn told(fault: Fault) -> Failure {
    let mut told = Diagnostic::error("SLG-BLUEPRINT-001", fault.message);
    told.notes = fault.notes;
    told.help(fault.help).into()
}
