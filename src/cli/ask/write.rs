//! Writing: new files first, the manifest last; what fails leaves nothing behind.

use std::fs;
use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::Failure;
use super::folder_of;
use crate::manifest;
use crate::wizard::{Draft, Project};
use crate::workspace;

/// Writes a draft; gives the paths.
pub(super) fn all(project: &Project, draft: &Draft) -> Result<Vec<Utf8PathBuf>, Failure> {
    let path = project
        .root
        .join(project.file.file_name().unwrap_or_default());
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
    let mut made = Vec::new();
    let done = files(project, draft, &mut made).and_then(|()| {
        let name = path.file_name().unwrap_or_default();
        workspace::replace(&folder_of(&path), name, &draft.text)
    });
    if let Err(fault) = done {
        for made in made.iter().rev() {
            let _ = match made {
                Made::File(path) => fs::remove_file(path),
                Made::Folder(path) => fs::remove_dir(path),
            };
        }
        return Err(Failure::from(fault));
    }
    let files = draft.proposal.files.iter().map(|(path, _)| path.clone());
    Ok(std::iter::once(project.file.clone()).chain(files).collect())
}

enum Made {
    File(Utf8PathBuf),
    Folder(Utf8PathBuf),
}

fn files(project: &Project, draft: &Draft, made: &mut Vec<Made>) -> Result<(), String> {
    folder(&project.root, made)?;
    for (path, text) in &draft.proposal.files {
        let path = project.root.join(path);
        folder(&folder_of(&path), made)?;
        let fault = |error: std::io::Error| format!("{path}: {error}");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(fault)?;
        made.push(Made::File(path.clone()));
        file.write_all(text.as_bytes()).map_err(fault)?;
        file.sync_all().map_err(fault)?;
    }
    Ok(())
}

/// Makes a folder and those above it.
fn folder(path: &Utf8Path, made: &mut Vec<Made>) -> Result<(), String> {
    if path.as_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        folder(parent, made)?;
    }
    fs::create_dir(path).map_err(|error| format!("{path}: {error}"))?;
    made.push(Made::Folder(path.to_owned()));
    Ok(())
}
