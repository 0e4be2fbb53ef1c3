//! `slgen sbom`.

use camino::Utf8PathBuf;
use clap::Args;

use super::{Cli, Failure, Status, lockfiles, pipeline, report, say};
use crate::dependencies::FaultKind;
use crate::diagnostic::{Diagnostic, Sources};
use crate::manifest::similar;
use crate::{sbom, workspace};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A function; unsaid: the whole service.
    function: Option<String>,
    /// Write it into this file, relative to the folder of --directory.
    #[arg(long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    let service = prepared.service();
    let asked = arguments.function.as_deref();
    if let Some(unknown) = asked.filter(|name| !service.functions.contains_key(*name)) {
        let near = similar(unknown, service.functions.keys().map(String::as_str));
        let fault = Diagnostic::error(
            "SLG-SERVICE-001",
            format!("there is no function `{unknown}`"),
        );
        return Err(match near {
            Some(near) => fault.help(format!("did you mean `{near}`?")).into(),
            None => fault.into(),
        });
    }
    let read = lockfiles::read(&prepared.root, service);
    let wanted = |name: &str| asked.is_none_or(|asked| asked == name);
    let names = service.functions.keys().filter(|name| wanted(name));
    let functions: Vec<sbom::Function<'_>> = names
        .map(|name| sbom::Function {
            name,
            lockfiles: read.of(name).map(|found| &found.lockfile).collect(),
        })
        .collect();
    let text = sbom::bill(&service.name, &functions)?;
    match &arguments.output {
        None => say(&text),
        Some(file) => {
            let path = cli.directory.join(file);
            let name = path
                .file_name()
                .ok_or_else(|| format!("{path} is no name of a file"))?;
            workspace::replace(path.parent().unwrap_or(&cli.directory), name, &text)?;
        }
    }
    let missing = incomplete(&read, &wanted);
    if missing.is_empty() {
        return Ok(Status::Done);
    }
    report(&missing, &Sources::default(), cli.format);
    Ok(Status::Incomplete)
}

/// What the bill cannot know.
fn incomplete(read: &lockfiles::Lockfiles, wanted: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
    let warning = |message: String| {
        Diagnostic::warning("SLG-DEPENDENCY-001", message)
            .help("the bill of materials is not complete")
    };
    let unread = read
        .unread
        .iter()
        .filter(|(_, of)| of.iter().any(|name| wanted(name)));
    let mut missing: Vec<Diagnostic> = unread
        .map(|(file, _)| warning(format!("{file} was not read")))
        .collect();
    for found in read
        .found
        .iter()
        .filter(|found| found.functions.iter().any(|name| wanted(name)))
    {
        let faults = found.lockfile.faults.iter();
        let kinds = [FaultKind::Unlocked, FaultKind::Unreadable, FaultKind::Stale];
        let faults = faults.filter(|fault| kinds.contains(&fault.kind));
        missing.extend(faults.map(|fault| {
            let subject = if fault.subject.is_empty() {
                "it"
            } else {
                &fault.subject
            };
            warning(format!("{}: {subject} {}", found.file, fault.message))
        }));
    }
    missing
}
