//! Handlers: from a function of the settled service the files of its first code.
//!
//! What the manifest says reaches a file as JSON, as the text of a literal, or as an identifier
//! made of ASCII letters and digits; see `encode`. The handler is the user's from then on.

mod cargo;
mod context;
mod encode;
mod example;
mod golang;
mod keywords;
mod names;
mod npm;
mod plan;
mod python;
mod rust;
mod schema;
mod typescript;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::service::Service;

/// A language that handlers are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Python 3.10 or newer.
    Python,
    /// TypeScript, for Node.js.
    Typescript,
    /// Go.
    Go,
    /// Rust.
    Rust,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Python, Self::Typescript, Self::Go, Self::Rust];

    /// By the language of a runtime in the catalog; an OS-only runtime does not tell.
    pub fn of_runtime(language: &str) -> Option<Self> {
        match language {
            "python" => Some(Self::Python),
            "nodejs" => Some(Self::Typescript),
            _ => None,
        }
    }

    /// The files that show a source folder's runtime to be of the language, before there are any.
    pub fn signs(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["requirements.txt", "app.py"],
            Self::Typescript => &["package.json", "index.ts"],
            Self::Go => &["go.mod"],
            Self::Rust => &["Cargo.toml"],
        }
    }
}

/// A file of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the project root.
    pub path: Utf8PathBuf,
    /// Its text.
    pub content: String,
}

/// The files of a handler, and what its author should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// Files, sorted by path.
    pub files: Vec<File>,
    /// What is left to do, in whole sentences.
    pub notes: Vec<String>,
}

/// Why there is no handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer in the manifest.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Fault {
    fn new(pointer: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            pointer: pointer.to_owned(),
            message: message.into(),
            help: help.into(),
        }
    }
}

/// The handler of a function; `schemas` holds the text of each schema that its triggers name, by
/// the path that the manifest gives.
///
/// # Errors
/// No such function, a trigger that no handler can be made for, a schema that it cannot rely on.
pub fn handler(
    service: &Service,
    function: &str,
    language: Language,
    schemas: &BTreeMap<String, String>,
) -> Result<Handler, Fault> {
    let plan = plan::Plan::of(service, function, language, schemas)?;
    let files = match language {
        Language::Python => python::files(&plan),
        Language::Typescript => typescript::files(&plan),
        Language::Go => golang::files(&plan),
        Language::Rust => rust::files(&plan),
    };
    let source = Utf8PathBuf::from(&plan.folder);
    let mut files: Vec<File> = files
        .map_err(|message| Fault::new(&plan.pointer, message, "this is a defect of slgen"))?
        .into_iter()
        .map(|(path, content)| File {
            path: source.join(path),
            content,
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Handler {
        files,
        notes: plan.notes(),
    })
}

/// Path below the source folder → text, or what is wrong with a template.
type Files = Result<Vec<(String, String)>, String>;

/// A file of a language's templates.
struct Part {
    /// Below the source folder; a template ends in `.hbs`.
    path: &'static str,
    text: &'static str,
}

macro_rules! parts {
    ($folder:literal: $($path:literal)*) => {
        &[$($crate::scaffold::Part {
            path: $path,
            text: include_str!(concat!("../../templates/handlers/", $folder, "/", $path)),
        }),*]
    };
}
use parts;
