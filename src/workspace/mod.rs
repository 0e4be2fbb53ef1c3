//! Writing below the project: each file whole or not at all, nothing of the user's lost.
//!
//! `<out>/.slgen.json` records what was generated, with checksums; it is written last. A file that
//! slgen did not write, or that was edited since, is never overwritten without `force`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Name of the record, below `out`.
const RECORD: &str = ".slgen.json";

/// What is to be done with one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is not there yet.
    Create,
    /// It is there as slgen wrote it, and is written anew.
    Update,
    /// It is there as it would be written.
    Unchanged,
    /// It was edited since slgen wrote it.
    Edited,
    /// It is there and slgen did not write it.
    Foreign,
    /// It is no longer generated, and unedited.
    Remove,
    /// It is no longer generated, but edited: it stays.
    Keep,
}

/// What generating would do.
#[derive(Debug)]
pub struct Assessment {
    out: Utf8PathBuf,
    contents: BTreeMap<Utf8PathBuf, String>,
    /// Path below `out` → action.
    pub actions: BTreeMap<Utf8PathBuf, Action>,
    record_changes: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: String,
    files: BTreeMap<Utf8PathBuf, String>,
}

fn checksum(text: &[u8]) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Compares what would be generated with the disk.
///
/// # Errors
/// A sentence: a path that leads outside, or a file that cannot be read.
pub fn assess(
    root: &Utf8Path,
    out: &Utf8Path,
    contents: BTreeMap<Utf8PathBuf, String>,
) -> Result<Assessment, String> {
    inside(root, out)?;
    let folder = root.join(out);
    let recorded = read_record(&folder)?;
    let mut actions = BTreeMap::new();
    for path in contents.keys().chain(recorded.files.keys()) {
        inside(&folder, path)?;
    }
    for (path, text) in &contents {
        let action = match read(&folder.join(path))? {
            None => Action::Create,
            Some(disk) if disk == text.as_bytes() => Action::Unchanged,
            Some(disk) => match recorded.files.get(path) {
                None => Action::Foreign,
                Some(sum) if *sum == checksum(&disk) => Action::Update,
                Some(_) => Action::Edited,
            },
        };
        actions.insert(path.clone(), action);
    }
    for (path, sum) in &recorded.files {
        if !contents.contains_key(path)
            && let Some(disk) = read(&folder.join(path))?
        {
            let action = if checksum(&disk) == *sum {
                Action::Remove
            } else {
                Action::Keep
            };
            actions.insert(path.clone(), action);
        }
    }
    let record_changes = recorded.files != record(&contents).files;
    Ok(Assessment {
        out: folder,
        contents,
        actions,
        record_changes,
    })
}

impl Assessment {
    /// Files that are not slgen's to overwrite.
    pub fn conflicts(&self) -> impl Iterator<Item = (&Utf8Path, Action)> {
        self.actions
            .iter()
            .filter(|(_, action)| matches!(action, Action::Edited | Action::Foreign))
            .map(|(path, action)| (path.as_path(), *action))
    }

    /// Whether the disk differs from what would be written.
    pub fn is_stale(&self) -> bool {
        self.record_changes
            || self
                .actions
                .values()
                .any(|action| !matches!(action, Action::Unchanged | Action::Keep))
    }

    /// A unified diff from the disk to what would be written.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn diff(&self) -> Result<String, String> {
        let mut out = String::new();
        for (path, action) in &self.actions {
            if matches!(action, Action::Unchanged | Action::Keep) {
                continue;
            }
            let old = read(&self.out.join(path))?
                .map(|b| String::from_utf8_lossy(&b).into_owned())
                .unwrap_or_default();
            let new = self.contents.get(path).map_or("", String::as_str);
            let diff = similar::TextDiff::from_lines(old.as_str(), new);
            let (a, b) = (format!("a/{path}"), format!("b/{path}"));
            out.push_str(&diff.unified_diff().header(&a, &b).to_string());
        }
        Ok(out)
    }

    /// Writes what changes; gives the paths written and removed.
    ///
    /// # Errors
    /// A sentence with path and reason. What was not yet written stays as it was.
    pub fn apply(&self, force: bool) -> Result<Vec<Utf8PathBuf>, String> {
        if !force && let Some((path, _)) = self.conflicts().next() {
            return Err(format!("{path} is not slgen's to overwrite"));
        }
        let mut touched = Vec::new();
        for (path, action) in &self.actions {
            let target = self.out.join(path);
            match action {
                Action::Unchanged | Action::Keep => continue,
                Action::Remove => fs::remove_file(&target).map_err(|e| format!("{target}: {e}"))?,
                Action::Edited | Action::Foreign => {
                    backup(&target)?;
                    write(&target, &self.contents[path])?;
                }
                Action::Create | Action::Update => write(&target, &self.contents[path])?,
            }
            touched.push(path.clone());
        }
        if self.record_changes || !touched.is_empty() {
            let mut text =
                serde_json::to_string_pretty(&record(&self.contents)).map_err(|e| e.to_string())?;
            text.push('\n');
            write(&self.out.join(RECORD), &text)?;
        }
        Ok(touched)
    }
}

fn record(contents: &BTreeMap<Utf8PathBuf, String>) -> Record {
    Record {
        schema: "slgen.files/1".to_owned(),
        files: contents
            .iter()
            .map(|(path, text)| (path.clone(), checksum(text.as_bytes())))
            .collect(),
    }
}

fn read_record(folder: &Utf8Path) -> Result<Record, String> {
    let path = folder.join(RECORD);
    match read(&path)? {
        None => Ok(Record::default()),
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            format!(
                "{path}: {error}; restore it from version control, or remove it and use --force"
            )
        }),
    }
}

fn read(path: &Utf8Path) -> Result<Option<Vec<u8>>, String> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{path}: {error}")),
    }
}

/// Refuses paths that lead outside the root, by name or by symbolic link.
fn inside(root: &Utf8Path, path: &Utf8Path) -> Result<(), String> {
    if path.as_str().is_empty()
        || !path
            .components()
            .all(|c| matches!(c, Utf8Component::Normal(_)))
    {
        return Err(format!("{path} is no path inside the project"));
    }
    let mut step = root.to_owned();
    for component in path.components() {
        step.push(component.as_str());
        if fs::symlink_metadata(&step).is_ok_and(|meta| meta.is_symlink()) {
            return Err(format!(
                "{step} is a symbolic link: slgen does not write through it"
            ));
        }
    }
    Ok(())
}

/// Writes beside the target and renames: whoever reads sees the old file or the new one.
fn write(target: &Utf8Path, text: &str) -> Result<(), String> {
    let fail = |error: io::Error| format!("{target}: {error}");
    let folder = target.parent().unwrap_or(Utf8Path::new("."));
    fs::create_dir_all(folder).map_err(fail)?;
    let mut file = tempfile::Builder::new()
        .prefix(".slgen-")
        .tempfile_in(folder)
        .map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    readable(file.as_file()).map_err(fail)?;
    file.persist(target).map_err(|error| fail(error.error))?;
    Ok(())
}

/// A temporary file is private to its owner; a generated one is not.
#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Copies a file that `force` overwrites; older copies stay.
fn backup(target: &Utf8Path) -> Result<(), String> {
    let free = (0..10_000)
        .map(|n| {
            if n == 0 {
                format!("{target}.backup")
            } else {
                format!("{target}.backup.{n}")
            }
        })
        .find(|p| !Utf8Path::new(p).exists());
    let copy = free.unwrap_or_default();
    fs::copy(target, &copy)
        .map(|_| ())
        .map_err(|error| format!("{copy}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        (dir, root)
    }

    fn files(list: &[(&str, &str)]) -> BTreeMap<Utf8PathBuf, String> {
        list.iter()
            .map(|(p, t)| (Utf8PathBuf::from(*p), (*t).to_owned()))
            .collect()
    }

    fn generate(
        root: &Utf8Path,
        list: &[(&str, &str)],
        force: bool,
    ) -> Result<Vec<Utf8PathBuf>, String> {
        assess(root, Utf8Path::new("infra/x"), files(list))?.apply(force)
    }

    #[test]
    fn a_second_run_writes_nothing_and_what_is_gone_is_removed() {
        let (_dir, root) = project();
        assert_eq!(
            generate(&root, &[("a.tf", "1"), ("e/b.tf", "2")], false)
                .unwrap()
                .len(),
            2
        );
        let again = assess(
            &root,
            Utf8Path::new("infra/x"),
            files(&[("a.tf", "1"), ("e/b.tf", "2")]),
        )
        .unwrap();
        assert!(!again.is_stale());
        assert!(again.apply(false).unwrap().is_empty());
        assert_eq!(
            generate(&root, &[("a.tf", "1")], false).unwrap(),
            ["e/b.tf"]
        );
        assert!(!root.join("infra/x/e/b.tf").exists());
    }

    #[test]
    fn edited_and_foreign_files_stop_the_run_and_force_keeps_a_copy() {
        let (_dir, root) = project();
        generate(&root, &[("a.tf", "1")], false).unwrap();
        fs::write(root.join("infra/x/a.tf"), "mine").unwrap();
        fs::write(root.join("infra/x/b.tf"), "mine too").unwrap();
        let both = [("a.tf", "2"), ("b.tf", "2")];
        let assessed = assess(&root, Utf8Path::new("infra/x"), files(&both)).unwrap();
        let conflicts: Vec<Action> = assessed.conflicts().map(|(_, action)| action).collect();
        assert_eq!(conflicts, [Action::Edited, Action::Foreign]);
        assert!(assessed.apply(false).is_err());
        assert_eq!(
            fs::read_to_string(root.join("infra/x/a.tf")).unwrap(),
            "mine"
        );
        assessed.apply(true).unwrap();
        assert_eq!(
            fs::read_to_string(root.join("infra/x/a.tf.backup")).unwrap(),
            "mine"
        );
        assert_eq!(
            fs::read_to_string(root.join("infra/x/b.tf.backup")).unwrap(),
            "mine too"
        );
    }

    #[test]
    fn an_edited_file_that_is_no_longer_generated_stays() {
        let (_dir, root) = project();
        generate(&root, &[("a.tf", "1"), ("b.tf", "1")], false).unwrap();
        fs::write(root.join("infra/x/b.tf"), "mine").unwrap();
        generate(&root, &[("a.tf", "1")], false).unwrap();
        assert_eq!(
            fs::read_to_string(root.join("infra/x/b.tf")).unwrap(),
            "mine"
        );
    }

    #[test]
    fn paths_that_lead_outside_are_refused() {
        let (_dir, root) = project();
        for path in ["../a.tf", "/a.tf", ""] {
            assert!(generate(&root, &[(path, "1")], false).is_err(), "{path}");
        }
        #[cfg(unix)]
        {
            fs::create_dir_all(root.join("infra")).unwrap();
            std::os::unix::fs::symlink("/tmp", root.join("infra/x")).unwrap();
            assert!(
                generate(&root, &[("a.tf", "1")], false)
                    .unwrap_err()
                    .contains("symbolic link")
            );
        }
    }

    #[test]
    fn a_recorded_path_that_leads_outside_is_refused() {
        let (_dir, root) = project();
        generate(&root, &[("a.tf", "1")], false).unwrap();
        let sum = checksum(b"precious");
        fs::write(root.join("precious"), "precious").unwrap();
        let record =
            format!("{{\"schema\":\"slgen.files/1\",\"files\":{{\"../../precious\":\"{sum}\"}}}}");
        fs::write(root.join("infra/x/.slgen.json"), record).unwrap();
        assert!(generate(&root, &[("a.tf", "1")], false).is_err());
        assert!(root.join("precious").exists());
    }
}
