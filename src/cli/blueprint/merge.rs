//! Files of a service that were generated, edited, and generated anew: three ways put together.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use diffy::MergeOptions;

use crate::inputs;
use crate::workspace::{self, Action};

/// Largest file that is merged.
const LARGEST: u64 = 4 << 20;

/// Text by path below the generated folder.
pub(super) type Files = BTreeMap<Utf8PathBuf, String>;

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Text by path.
    pub(super) files: Files,
    /// Edited files in which the new version was put without a conflict.
    pub(super) edited: Vec<Utf8PathBuf>,
    /// Edited files with conflict markers.
    pub(super) conflicts: Vec<Utf8PathBuf>,
}

/// Puts what the new version generates into what is on disk: where that was edited, the old version's output is what
/// both began with.
///
/// # Errors
/// A file that cannot be read, or that slgen did not write.
pub(super) fn merge(
    root: &Utf8Path,
    out: &Utf8Path,
    old: &Files,
    new: &Files,
) -> Result<Merged, String> {
    let assessed = workspace::assess(root, out, new.clone())?;
    let mut merged = Merged::default();
    for (path, theirs) in new {
        let text = match assessed.actions.get(path) {
            Some(Action::Edited) => {
                let ours = content(root, out, path)?;
                let base = old.get(path).map_or("", String::as_str);
                let (text, list) = match three_way(base, &ours, theirs) {
                    Ok(text) => (text, &mut merged.edited),
                    Err(text) => (text, &mut merged.conflicts),
                };
                list.push(path.clone());
                text
            }
            Some(Action::Foreign) => {
                return Err(format!(
                    "{}: this file would be generated, and there is one that slgen did not write; move it away first",
                    workspace::shown(&out.join(path))
                ));
            }
            _ => theirs.clone(),
        };
        merged.files.insert(path.clone(), text);
    }
    Ok(merged)
}

/// The text with both changes; as an error the text with conflict markers, which `git mergetool` knows.
fn three_way(base: &str, ours: &str, theirs: &str) -> Result<String, String> {
    if base == theirs {
        return Ok(ours.to_owned());
    }
    MergeOptions::new().merge(base, ours, theirs)
}

/// What is on disk. The pipeline stands outside the folder, and its path leads there.
fn content(root: &Utf8Path, out: &Utf8Path, path: &Utf8Path) -> Result<String, String> {
    let shown = workspace::shown(&out.join(path));
    let text = inputs::text(&root.join(out).join(path), LARGEST);
    let text = text.map_err(|error| format!("{shown}: {error}"))?;
    text.ok_or_else(|| format!("{shown} is larger than 4 MiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_edited_is_kept() {
        let base = "a\nb\nc\nd\ne\n";
        let theirs = "a\nb\nc\nd\nE\n";
        assert_eq!(
            three_way(base, "A\nb\nc\nd\ne\n", theirs).unwrap(),
            "A\nb\nc\nd\nE\n"
        );
        assert_eq!(three_way(base, "mine\n", base).unwrap(), "mine\n");
        let conflict = three_way(base, "a\nb\nc\nd\nmine\n", theirs).unwrap_err();
        for part in ["<<<<<<<", "mine\n", "=======", "E\n", ">>>>>>>"] {
            assert!(conflict.contains(part), "{conflict}");
        }
    }
}
