//! Writing: new files first, the manifest last; what fails leaves nothing behind.
#![allow(clippy::disallowed_methods, reason = "it looks before it writes")]

use camino::Utf8PathBuf;

use super::super::Failure;
use super::super::pipeline::folder_of;
use crate::manifest;
use crate::wizard::{Draft, Project};
use crate::workspace;

/// Writes a draft; gives the paths.
pub(super) fn all(project: &Project, draft: &Draft) -> Result<Vec<Utf8PathBuf>, Failure> {
    let name = project.file.file_name().unwrap_or_default();
    let path = project.root.join(name);
    let now = match path.as_std_path().symlink_metadata() {
        Ok(_) => manifest::read(&path)?,
        Err(_) => String::new(),
    };
    if now != project.text {
        let message = format!(
            "{} was changed meanwhile; nothing was written",
            project.file
        );
        return Err(Failure::from(message));
    }
    let files = draft.proposal.files.iter().cloned().collect();
    workspace::add_and(&project.root, &files, || {
        workspace::replace(&folder_of(&path), name, &draft.text)
    })?;
    Ok(std::iter::once(project.file.clone())
        .chain(draft.proposal.files.iter().map(|(path, _)| path.clone()))
        .collect())
}
