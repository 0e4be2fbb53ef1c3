//! `slgen scaffold`.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::handler::handler;
use super::pipeline::{Disk, failure, folder_of};
use super::{Cli, Failure, Status, say};
use crate::blueprint::Blueprint;
use crate::catalog::aws::runtimes;
use crate::manifest::model::Function;
use crate::manifest::{self, Loaded};
use crate::remote::Blueprints;
use crate::scaffold::{self, Fault, Handler, Language};
use crate::service::{self, Checked, SourceFolders};
use crate::workspace;

/// Largest schema that is read.
const SCHEMA_BYTES: u64 = 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Function of the manifest.
    function: String,
    /// Language; by the function's runtime where that tells.
    #[arg(long, value_enum)]
    language: Option<Name>,
    /// Write nothing; print the files and their texts.
    #[arg(long)]
    dry_run: bool,
}

/// A language, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Name {
    Python,
    Typescript,
    Go,
    Rust,
}

impl Name {
    /// By its word.
    pub(super) fn of(word: &str) -> Option<Self> {
        <Self as ValueEnum>::from_str(word, false).ok()
    }
}

impl From<Name> for Language {
    fn from(name: Name) -> Self {
        match name {
            Name::Python => Self::Python,
            Name::Typescript => Self::Typescript,
            Name::Go => Self::Go,
            Name::Rust => Self::Rust,
        }
    }
}

/// A handler, and which of its files are not there yet.
pub(super) struct Scaffolded {
    root: Utf8PathBuf,
    /// Path relative to the project root → text.
    pub(super) fresh: BTreeMap<Utf8PathBuf, String>,
    /// What is there and stays.
    pub(super) there: Vec<Utf8PathBuf>,
    pub(super) notes: Vec<String>,
}

impl Scaffolded {
    /// Writes what is not there yet.
    pub(super) fn write(&self) -> Result<(), String> {
        workspace::add(&self.root, &self.fresh)
    }
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let language = arguments.language.map(Language::from);
    let text = manifest::read(&cli.directory.join(&cli.manifest))?;
    let scaffolded = scaffold(cli, &text, &arguments.function, language)?;
    if arguments.dry_run {
        for (path, text) in &scaffolded.fresh {
            say(&format!("# {path}\n{text}\n"));
        }
    } else {
        scaffolded.write()?;
    }
    if cli.is_quiet() {
        return Ok(Status::Done);
    }
    for path in &scaffolded.there {
        say(&format!("{path}: is there and stays as it is\n"));
    }
    if !arguments.dry_run {
        for path in scaffolded.fresh.keys() {
            say(&format!("{path}: written\n"));
        }
    }
    for note in &scaffolded.notes {
        say(&format!("note: {note}\n"));
    }
    Ok(Status::Done)
}

/// The handler of a function of a manifest's text, beside what is on disk; writes nothing.
///
/// # Errors
/// A manifest with errors, or a function that no handler can be made for.
pub(super) fn scaffold(
    cli: &Cli,
    text: &str,
    function: &str,
    language: Option<Language>,
) -> Result<Scaffolded, Failure> {
    let path = cli.directory.join(&cli.manifest);
    let root = folder_of(&path);
    let sources = Sources {
        disk: Disk(root.clone()),
        signs: language.unwrap_or(Language::Python).signs(),
    };
    let checked = service::check(
        &cli.manifest,
        text,
        &Blueprints::beside(&root, &cli.manifest),
        &sources,
    )
    .map_err(|faults| failure(faults, &cli.manifest, &manifest::masked(text)))?;
    if checked.has_errors() {
        let loaded = &checked.loaded;
        return Err(failure(checked.diagnostics, &loaded.file, &loaded.text));
    }
    let Checked {
        loaded,
        service,
        blueprint,
        ..
    } = checked;
    let refuse = |fault: Fault| refusal(&loaded, fault);
    let schema = |path: &str| read(&root.join(path));
    let Handler { mut files, notes } =
        handler(&service, function, language, schema).map_err(refuse)?;
    if let Some(said) = loaded.manifest.functions.get(function) {
        house(said, &blueprint, &mut files);
    }
    let paths = files.iter().map(|file| file.path.as_path());
    let free: Vec<Utf8PathBuf> = workspace::free(&root, paths)?
        .into_iter()
        .map(Utf8Path::to_owned)
        .collect();
    let (fresh, there) = files
        .into_iter()
        .partition::<Vec<_>, _>(|file| free.contains(&file.path));
    Ok(Scaffolded {
        root,
        fresh: fresh
            .into_iter()
            .map(|file| (file.path, file.content))
            .collect(),
        there: there.into_iter().map(|file| file.path).collect(),
        notes,
    })
}

/// Puts the files that the blueprint has for the function's archetype in the place of slgen's own, or beside them.
pub(super) fn house(said: &Function, blueprint: &Blueprint, files: &mut Vec<scaffold::File>) {
    let Some((archetype, _)) = blueprint.archetype(said) else {
        return;
    };
    for (path, content) in blueprint.handlers(archetype) {
        let path = Utf8Path::new(&said.source).join(path);
        match files.iter_mut().find(|file| file.path == path) {
            Some(file) => file.content = content,
            None => files.push(scaffold::File { path, content }),
        }
    }
}

/// The project's folders, with a source folder that is not there or says nothing taken to be of a language.
struct Sources {
    disk: Disk,
    signs: &'static [&'static str],
}

impl SourceFolders for Sources {
    fn files(&self, folder: &Utf8Path) -> Option<Vec<String>> {
        let mut files = self.disk.files(folder).unwrap_or_default();
        let names: Vec<&str> = files.iter().map(String::as_str).collect();
        if runtimes::detect(&names).is_none() {
            files.extend(self.signs.iter().map(|&name| name.to_owned()));
        }
        Some(files)
    }

    fn text(&self, file: &Utf8Path) -> Option<String> {
        self.disk.text(file)
    }
}

pub(super) fn read(path: &Utf8Path) -> Result<String, String> {
    use std::io::Read;

    let fault = |error: std::io::Error| format!("{path}: {error}");
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(fault)?;
    file.take(SCHEMA_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(fault)?;
    if text.len() as u64 > SCHEMA_BYTES {
        return Err(format!("{path} is larger than 1 MiB"));
    }
    Ok(text)
}

fn refusal(loaded: &Loaded, fault: Fault) -> Failure {
    let diagnostic = loaded.error(
        "SLG-SCAFFOLD-001",
        &fault.pointer,
        fault.message,
        fault.help,
    );
    failure(vec![diagnostic], &loaded.file, &loaded.text)
}
