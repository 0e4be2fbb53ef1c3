//! Where the files of a blueprint come from.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Files, Source, source};
use crate::inputs;
use crate::manifest::similar;

/// Gives the files of blueprints. What is fetched over a network is cached and verified by whoever implements it.
pub trait Fetch {
    /// The files of a blueprint's folder. `version` is the exact version that was asked for: a source that holds
    /// several needs it; what the files say of themselves is checked by the caller.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn fetch(&self, source: &Source, version: &str) -> Result<Files, Fault>;
}

/// Why a blueprint cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path below `baseline` that it is about: `source`, `version`, `inputs/NAME`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// Faults inside the blueprint's files, each with its place.
    pub notes: Vec<String>,
}

impl Fault {
    /// A fault without notes.
    pub fn new(key: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            message: message.into(),
            help: help.into(),
            notes: Vec::new(),
        }
    }
}

/// Blueprints of the binary, and of folders.
#[derive(Debug, Clone)]
pub struct Local {
    /// What `path:` is relative to: the manifest's folder.
    pub root: Utf8PathBuf,
}

impl Local {
    /// `path:` is relative to `root`.
    pub fn new(root: &Utf8Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }
}

impl Fetch for Local {
    fn fetch(&self, source: &Source, _: &str) -> Result<Files, Fault> {
        match source {
            Source::Builtin(name) => builtin(name),
            Source::Path(folder) => {
                let mut place = self.root.join(folder);
                // `..` leads nowhere from a folder that is still to be made.
                if folder.starts_with("..") && !inputs::is_folder(&self.root) {
                    place = source::normal(&place);
                }
                Files::read(&place, folder).map_err(|message| {
                    Fault::new("source", message, "path: is relative to who names it")
                })
            }
            Source::Git { .. } | Source::Oci(_) => Err(Fault::new(
                "source",
                format!("{source} is no source this version can read"),
                "use builtin:NAME or path:DIR",
            )),
        }
    }
}

/// Name and files of every built-in blueprint: path and text of each.
pub(super) const BUILTIN: [(&str, &[(&str, &str)]); 1] = [(
    "aws-baseline",
    &[(
        super::files::DEFINITION,
        include_str!("../../blueprints/aws-baseline/blueprint.yaml"),
    )],
)];

fn builtin(name: &str) -> Result<Files, Fault> {
    let names = BUILTIN.iter().map(|(known, _)| *known);
    let Some((_, all)) = BUILTIN.iter().find(|(known, _)| *known == name) else {
        let help = similar(name, names.clone()).map_or_else(
            || {
                let names: Vec<&str> = names.collect();
                format!("there are: builtin:{}", names.join(", builtin:"))
            },
            |near| format!("did you mean `builtin:{near}`?"),
        );
        let message = format!("there is no built-in blueprint {name}");
        return Err(Fault::new("source", message, help));
    };
    let mut files = Files::default();
    for (path, text) in *all {
        files
            .insert((*path).into(), text.as_bytes().to_vec())
            .map_err(|message| Fault::new("source", message, "this is a defect of slgen"))?;
    }
    Ok(files)
}
