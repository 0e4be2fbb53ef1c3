//! What `init` and `add` ask, and what follows from the answers. Nothing here knows a terminal or
//! writes a file.
//!
//! A question is data ([`Question`]); flags, the answers file, prompts and the documentation come from
//! the same list ([`Form`]). An answer is checked by the manifest's own checks: it is put into a draft
//! of the manifest, and what is wrong there with its place is what is wrong with the answer.

mod answers;
mod choices;
mod draft;
mod forms;
mod proposal;
mod question;
mod questions;
mod source;

use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};

pub use answers::{Answer, Answers, FORMAT, File, schema};
pub use choices::Choice;
pub(crate) use draft::Overlay;
pub use draft::{Draft, check, draft, implied, settle};
pub use forms::{ACCESS, FORMS, FUNCTION, INIT, RESOURCE, TRIGGER};
pub use proposal::Proposal;
pub use question::{Form, Kind, Question};

use crate::blueprint::Blueprint;
use crate::manifest::model::{Baseline, Function, Manifest, Resource};
use crate::pin::PinnedBlueprint;
use crate::remote::Blueprints;
use crate::service::SourceFolders;

/// What is there before anything is asked.
pub struct Project {
    /// Folder of the manifest.
    pub root: Utf8PathBuf,
    /// The manifest as the user named it.
    pub file: Utf8PathBuf,
    /// Its text; empty when it is to be written.
    pub text: String,
    /// The manifest; none when it is to be written.
    pub manifest: Option<Manifest>,
    /// Its blueprint.
    pub blueprint: Blueprint,
    /// How a manifest that is to be written names it.
    pub baseline: Baseline,
    /// The folder's name.
    pub name: String,
    /// What was fetched of it although no lock file pins it yet.
    pub fetched: Vec<PinnedBlueprint>,
    /// The files.
    pub sources: Rc<dyn SourceFolders>,
}

impl Project {
    /// Its blueprints: as the lock file pins them, or as they were fetched just now.
    pub fn blueprints(&self) -> Blueprints {
        if self.fetched.is_empty() {
            Blueprints::beside(&self.root, &self.file)
        } else {
            Blueprints::fetched(&self.root, self.fetched.clone())
        }
    }
}

/// A project and the answers so far.
#[derive(Clone)]
pub struct Asking {
    /// What is there.
    pub project: Rc<Project>,
    /// What was answered.
    pub answers: Answers,
}

impl Asking {
    /// The text answered to a question; nothing for an empty one.
    pub fn text(&self, id: &str) -> Option<&str> {
        match self.answers.0.get(id)? {
            Answer::One(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The list answered to a question.
    pub fn list(&self, id: &str) -> Vec<String> {
        match self.answers.0.get(id) {
            Some(Answer::Many(list)) => list.clone(),
            Some(Answer::One(text)) if !text.is_empty() => vec![text.clone()],
            _ => Vec::new(),
        }
    }

    /// The function whose source folder is to be begun.
    pub fn begun(&self) -> Option<&str> {
        self.text("name").filter(|_| questions::begun(self))
    }

    fn resources(&self) -> impl Iterator<Item = (&String, &Resource)> {
        self.project.manifest.iter().flat_map(|m| &m.resources)
    }

    fn functions(&self) -> impl Iterator<Item = (&String, &Function)> {
        self.project.manifest.iter().flat_map(|m| &m.functions)
    }

    /// Names of the environments.
    fn environments(&self) -> Vec<&str> {
        let environments = self
            .project
            .manifest
            .iter()
            .flat_map(|m| m.environments.keys());
        environments.map(String::as_str).collect()
    }

    fn resource(&self, name: &str) -> Option<&Resource> {
        self.project.manifest.as_ref()?.resources.get(name)
    }

    /// Files of a folder below the manifest's.
    fn files(&self, folder: &str) -> Option<Vec<String>> {
        let inside = folder
            .split('/')
            .all(|part| !matches!(part, "" | "." | ".."));
        inside
            .then(|| self.project.sources.files(Utf8Path::new(folder)))
            .flatten()
    }
}
