//! A project whose generated tree turns from one example's into the other's; for the tests that
//! disturb the writing of it.
#![allow(
    dead_code,
    reason = "each test that shares this file uses a part of it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where both examples put what they generate.
pub(crate) const OUT: &str = "infra/orders";

/// Path below the project → bytes.
pub(crate) type Tree = BTreeMap<PathBuf, Vec<u8>>;

pub(crate) fn slgen(project: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(project)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The sources of both examples in one folder, with the manifest of one and nothing generated.
pub(crate) fn sources(folder: &Path, example: &str) {
    for name in ["compact", "orders"] {
        copy(&Path::new(ROOT).join("examples").join(name), folder, true);
    }
    manifest(folder, example);
}

/// Puts the manifest of an example in place, with a workflow, which stands outside the other files.
pub(crate) fn manifest(folder: &Path, example: &str) {
    let from = Path::new(ROOT).join("examples").join(example);
    let text = fs::read_to_string(from.join("slgen.yaml")).unwrap();
    let ci = format!("\nci: {{ platform: github, branch: {example} }}\n");
    fs::write(folder.join("slgen.yaml"), text + &ci).unwrap();
}

/// A project to be generated from the orders example: over the tree of the compact one, with a file
/// of the user's and an edited one in it, or without any.
pub(crate) fn project(folder: &Path, over_an_older_tree: bool) {
    if over_an_older_tree {
        sources(folder, "compact");
        let output = slgen(folder, &["generate"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        fs::write(folder.join(OUT).join("mine.tf"), "# the user's own\n").unwrap();
        // Of the compact example only, so it is no longer generated.
        fs::write(folder.join(OUT).join("fn_worker.tf"), "# edited\n").unwrap();
        manifest(folder, "orders");
    } else {
        sources(folder, "orders");
    }
}

/// Copies a folder; without what is generated if asked.
pub(crate) fn copy(from: &Path, to: &Path, sources_only: bool) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if !sources_only || entry.file_name() != "infra" {
                copy(&entry.path(), &target, sources_only);
            }
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file, those of a journal included.
pub(crate) fn everything(folder: &Path) -> Tree {
    let mut files = Tree::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path().strip_prefix(folder).unwrap().to_owned();
                files.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

/// Every file but those of a journal.
pub(crate) fn files(folder: &Path) -> Tree {
    let mut tree = everything(folder);
    tree.retain(|path, _| !path.starts_with(journal()));
    tree
}

pub(crate) fn journal() -> PathBuf {
    Path::new(OUT).join(".slgen.journal")
}

/// Whether a run was interrupted after it counted as done.
pub(crate) fn is_committed(folder: &Path) -> bool {
    folder.join(journal()).join("plan").exists()
}

/// The tree before and after a run that nothing disturbs.
pub(crate) fn before_and_after(over_an_older_tree: bool) -> (tempfile::TempDir, Tree, Tree) {
    let folder = tempfile::tempdir().unwrap();
    let (start, end) = (folder.path().join("start"), folder.path().join("end"));
    project(&start, over_an_older_tree);
    copy(&start, &end, false);
    let output = slgen(&end, &["generate"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (before, after) = (everything(&start), everything(&end));
    assert!(!end.join(journal()).exists());
    (folder, before, after)
}
