//! Blueprints are fetched, each with its parents.

use std::collections::BTreeSet;

use super::member::{Broken, Member, Unread};
use super::resolve::resolve;
use super::{Blueprint, Fault, Fetch, Source};
use crate::diagnostic::{Diagnostic, Sources, position};
use crate::manifest::model::Baseline;

/// Most parents above each other.
const DEEPEST: usize = 8;

/// Why a blueprint cannot be used.
pub enum Refused {
    /// What the manifest says of it is wrong.
    Faults(Vec<Fault>),
    /// It is.
    Broken(Broken),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

/// Loads the blueprint that a manifest names, with its parents.
///
/// # Errors
/// Everything that is wrong, and the fix.
pub fn load(baseline: &Baseline, fetch: &dyn Fetch) -> Result<Blueprint, Vec<Fault>> {
    open(baseline, fetch).map_err(|refused| match refused {
        Refused::Faults(faults) => faults,
        Refused::Broken(broken) => {
            let file = broken
                .faults
                .iter()
                .find_map(|d| Some(&d.span.as_ref()?.file));
            let what = file.map_or(&*baseline.source, |file| file.as_str());
            let mut fault = Fault::new(
                "source",
                format!("{what} is no blueprint that can be used"),
                "mend it; `slgen blueprint lint` shows the places",
            );
            fault.notes = broken
                .faults
                .iter()
                .map(|d| placed(d, &broken.sources))
                .collect();
            vec![fault]
        }
    })
}

/// The same; what is wrong with blueprints themselves is told at its place there.
///
/// # Errors
/// As [`load`].
pub fn open(baseline: &Baseline, fetch: &dyn Fetch) -> Result<Blueprint, Refused> {
    let source = Source::parse(&baseline.source)
        .map_err(|(message, help)| Fault::new("source", message, help))?;
    let files = fetch.fetch(&source, &baseline.version)?;
    let member =
        Member::read(source, files, Some(&baseline.inputs)).map_err(|unread| match unread {
            Unread::Faulty(broken) => Refused::Broken(broken),
            Unread::Inputs(faults) => Refused::Faults(
                faults
                    .into_iter()
                    .map(|fault| {
                        let key = fault.name.map_or_else(
                            || "inputs".to_owned(),
                            |name| format!("inputs/{}", crate::manifest::escape(&name)),
                        );
                        Fault::new(&key, fault.message, fault.help)
                    })
                    .collect(),
            ),
        })?;
    let version = &member.definition.version;
    if *version != baseline.version {
        let message = format!(
            "{} has version {version}, not {}",
            baseline.source, baseline.version
        );
        return Err(Fault::new("version", message, format!("write version: {version}")).into());
    }
    whole(member, fetch)
}

/// A blueprint by its source alone, whatever its version and its inputs are: for its author.
///
/// # Errors
/// As [`load`].
pub fn open_any(source: &str, fetch: &dyn Fetch) -> Result<Blueprint, Refused> {
    let source =
        Source::parse(source).map_err(|(message, help)| Fault::new("source", message, help))?;
    let files = fetch.fetch(&source, "")?;
    let member = Member::read(source, files, None).map_err(|unread| match unread {
        Unread::Faulty(broken) => Refused::Broken(broken),
        // Nothing was given.
        Unread::Inputs(_) => Refused::Faults(Vec::new()),
    })?;
    whole(member, fetch)
}

/// A blueprint with its parents.
fn whole(member: Member, fetch: &dyn Fetch) -> Result<Blueprint, Refused> {
    let members = chain(member, fetch).map_err(Refused::Broken)?;
    let sources = sources(&members);
    resolve(members).map_err(|faults| Refused::Broken(Broken { faults, sources }))
}

impl Blueprint {
    /// The texts of its members, for diagnostics.
    pub fn sources(&self) -> Sources {
        sources(&self.members)
    }
}

fn sources(members: &[Member]) -> Sources {
    let texts = members
        .iter()
        .map(|m| (m.file.clone(), m.text().to_owned()));
    Sources(texts.collect())
}

/// A fault of a blueprint's file on one line.
fn placed(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place =
        diagnostic
            .span
            .as_ref()
            .map_or_else(String::new, |span| match sources.0.get(&span.file) {
                Some(text) => {
                    let (line, column) = position(text, span.start);
                    format!("{}:{line}:{column}: ", span.file)
                }
                None => format!("{}: ", span.file),
            });
    let help = diagnostic.help.as_deref().unwrap_or_default();
    format!("{place}{}; {help}", diagnostic.message)
}

/// The blueprint and its parents, the furthest last.
fn chain(first: Member, fetch: &dyn Fetch) -> Result<Vec<Member>, Broken> {
    let mut seen = BTreeSet::from([first.source.clone()]);
    let mut members = vec![first];
    while let Some(child) = members.last()
        && let Some(extends) = &child.definition.extends
    {
        let refused = |key: &str, message: String, help: String| Broken {
            faults: vec![child.fault(&format!("/extends/{key}"), message, help)],
            sources: sources(&members),
        };
        let source = Source::parse(&extends.source)
            .and_then(|parent| child.source.join(parent))
            .map_err(|(message, help)| refused("source", message, help))?;
        if !seen.insert(source.clone()) {
            let mut names: Vec<String> = members.iter().map(|m| m.source.to_string()).collect();
            names.push(source.to_string());
            let message = format!("a circle of parents: {}", names.join(" → "));
            let help = "let the furthest extend nothing".to_owned();
            return Err(refused("source", message, help));
        }
        if members.len() > DEEPEST {
            let message = format!("more than {DEEPEST} parents above each other");
            let help = "merge some of them".to_owned();
            return Err(refused("source", message, help));
        }
        let files = fetch
            .fetch(&source, &extends.version)
            .map_err(|fault| refused("source", fault.message, fault.help))?;
        let parent =
            Member::read(source, files, Some(&extends.inputs)).map_err(|unread| match unread {
                Unread::Faulty(broken) => broken,
                Unread::Inputs(faults) => {
                    let faults = faults.into_iter();
                    let faults = faults.map(|f| child.fault("/extends/inputs", f.message, f.help));
                    Broken {
                        faults: faults.collect(),
                        sources: sources(&members),
                    }
                }
            })?;
        let version = &parent.definition.version;
        if *version != extends.version {
            let message = format!(
                "{} has version {version}, not {}",
                extends.source, extends.version
            );
            return Err(refused(
                "version",
                message,
                format!("write version: {version}"),
            ));
        }
        members.push(parent);
    }
    Ok(members)
}
