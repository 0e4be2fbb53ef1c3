//! Ownership: what is slgen's to write and to remove.

mod interrupted;
mod refused;

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::paths::JOURNAL;
use super::{Action, Assessment, assess, differs};

const OUT: &str = "infra/x";

type Tree = BTreeMap<String, String>;

fn project() -> (tempfile::TempDir, Utf8PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(dir.path().canonicalize().unwrap()).unwrap();
    (dir, root)
}

fn contents(list: &[(&str, &str)]) -> BTreeMap<Utf8PathBuf, String> {
    let list = list.iter();
    list.map(|(p, t)| (Utf8PathBuf::from(*p), (*t).to_owned()))
        .collect()
}

fn assessed(root: &Utf8Path, list: &[(&str, &str)]) -> Result<Assessment, String> {
    assess(root, Utf8Path::new(OUT), contents(list))
}

fn generate(
    root: &Utf8Path,
    list: &[(&str, &str)],
    force: bool,
) -> Result<Vec<Utf8PathBuf>, String> {
    assessed(root, list)?.apply(force)
}

/// Writes the tree with the manifest and the lock file that it is generated from.
fn update(root: &Utf8Path, list: &[(&str, &str)], text: &str) -> Result<Vec<Utf8PathBuf>, String> {
    assessed(root, list)?.apply_with(true, &[("slgen.yaml", text), ("slgen.lock", text)])
}

fn workflow(root: &Utf8Path) -> Utf8PathBuf {
    super::site(root, Utf8Path::new(OUT), "x").unwrap().workflow
}

fn write(root: &Utf8Path, path: &str, text: &str) {
    let path = root.join(OUT).join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn text(root: &Utf8Path, path: &str) -> String {
    fs::read_to_string(root.join(OUT).join(path)).unwrap()
}

/// Path below the root → text; folders end in `/`. The journal is told apart by its name.
fn everything(root: &Utf8Path) -> Tree {
    let mut found = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in next.read_dir_utf8().unwrap().map(Result::unwrap) {
            let path = entry.path().strip_prefix(root).unwrap().to_string();
            if entry.file_type().unwrap().is_dir() {
                found.insert(path + "/", String::new());
                folders.push(entry.path().to_owned());
            } else {
                found.insert(path, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    found
}

/// The files alone, without the journal.
fn files(root: &Utf8Path) -> Tree {
    let journal = format!("{OUT}/{JOURNAL}/");
    let mut tree = everything(root);
    tree.retain(|path, _| !path.ends_with('/') && !path.starts_with(&journal));
    tree
}

#[test]
fn a_second_run_writes_nothing_and_what_is_gone_is_removed() {
    let (_dir, root) = project();
    let both = [("a.tf", "1"), ("e/f/b.tf", "2")];
    assert_eq!(generate(&root, &both, false).unwrap().len(), 2);
    let again = assessed(&root, &both).unwrap();
    assert!(!again.is_stale() && again.pending().is_none());
    assert!(again.apply(false).unwrap().is_empty());
    assert_eq!(
        generate(&root, &[("a.tf", "1")], false).unwrap(),
        ["e/f/b.tf"]
    );
    assert!(!root.join(OUT).join("e").exists());
}

/// By their texts it is told as by their checksums.
#[test]
fn what_differs_is_stale() {
    let (_dir, root) = project();
    let list = [("a.tf", "1"), ("e/b.tf", "2"), ("PAGE.md", "3")];
    let holds = |what: &str, expected: bool| {
        let page = fs::read_to_string(root.join(OUT).join("PAGE.md"));
        let mut known = contents(&list);
        known.remove(Utf8Path::new("PAGE.md"));
        let told = differs(&root, OUT.into(), &known, "PAGE.md".into()).unwrap();
        known.extend(page.map(|page| ("PAGE.md".into(), page)));
        let stale = assess(&root, OUT.into(), known).unwrap().is_stale();
        assert_eq!((told, stale), (expected, expected), "{what}");
    };
    holds("nothing is there", true);
    let write = || {
        generate(&root, &list, true).unwrap();
    };
    write();
    holds("as it was written", false);
    for (path, text) in [("a.tf", "10"), ("e/b.tf", "3"), ("PAGE.md", "33")] {
        fs::write(root.join(OUT).join(path), text).unwrap();
        holds(path, true);
        write();
        holds("written anew", false);
        fs::remove_file(root.join(OUT).join(path)).unwrap();
        holds(path, true);
        write();
    }
    let more = [&list[..], &[("c.tf", "4")]].concat();
    generate(&root, &more, false).unwrap();
    holds("one too many", true);
    write();
    fs::create_dir(root.join(OUT).join(JOURNAL)).unwrap();
    holds("a run was interrupted", true);
}

#[test]
fn the_workflow_stands_where_the_repository_begins() {
    for (git, folders) in [("services", 2), ("", 3), ("services/orders", 1)] {
        let (_dir, top) = project();
        let root = top.join("services/orders");
        fs::create_dir_all(&root).unwrap();
        // In a worktree or submodule it is a file.
        fs::write(top.join(git).join(".git"), "gitdir: elsewhere").unwrap();
        let path = workflow(&root);
        let up = "../".repeat(folders + 1);
        assert_eq!(path, format!("{up}.github/workflows/slgen-x.yml"));
        let list = [("a.tf", "1"), (path.as_str(), "on: push")];
        generate(&root, &list, false).unwrap();
        let written = top.join(git).join(".github/workflows/slgen-x.yml");
        assert_eq!(fs::read_to_string(&written).unwrap(), "on: push");
        assert!(!assessed(&root, &list).unwrap().is_stale());
        fs::write(&written, "on: fork").unwrap();
        let found = assessed(&root, &list).unwrap();
        assert_eq!(found.actions[&path], Action::Edited);
        assert!(found.diff().unwrap().contains("-on: fork"));
        assert!(generate(&root, &list, false).is_err());
        generate(&root, &list, true).unwrap();
        assert!(fs::read_to_string(format!("{written}.backup")).is_ok());
        fs::remove_file(format!("{written}.backup")).unwrap();
        // No longer asked for: the file goes, and the folders that it leaves empty.
        generate(&root, &[("a.tf", "1")], false).unwrap();
        assert!(!top.join(git).join(".github").exists());
        assert!(root.join(OUT).join("a.tf").exists());
    }
}

#[test]
fn a_workflow_moves_when_the_project_becomes_part_of_a_repository() {
    let (_dir, top) = project();
    let root = top.join("orders");
    fs::create_dir(&root).unwrap();
    let before = workflow(&root);
    generate(&root, &[(before.as_str(), "1")], false).unwrap();
    assert!(root.join(".github/workflows/slgen-x.yml").exists());
    fs::create_dir(top.join(".git")).unwrap();
    let after = workflow(&root);
    generate(&root, &[(after.as_str(), "1")], false).unwrap();
    assert!(top.join(".github/workflows/slgen-x.yml").exists());
    assert!(!root.join(".github").exists());
    // A copy without the repository knows where the file belongs, and does not touch it.
    fs::remove_dir(top.join(".git")).unwrap();
    let error = generate(&root, &[(before.as_str(), "1")], true).unwrap_err();
    assert!(error.contains("in a clone"), "{error}");
    assert_eq!(
        super::shown(&Utf8Path::new(OUT).join(&after)),
        "../.github/workflows/slgen-x.yml"
    );
    assert_eq!(
        super::shown(&Utf8Path::new(OUT).join(&before)),
        ".github/workflows/slgen-x.yml"
    );
}

#[cfg(unix)]
#[test]
fn a_project_that_is_reached_by_a_link_is_where_it_really_is() {
    let (_dir, top) = project();
    fs::create_dir_all(top.join("repository/.git")).unwrap();
    fs::create_dir_all(top.join("repository/orders")).unwrap();
    let link = top.join("link");
    std::os::unix::fs::symlink(top.join("repository/orders"), &link).unwrap();
    let path = workflow(&link);
    generate(&link, &[(path.as_str(), "1")], false).unwrap();
    assert!(
        top.join("repository/.github/workflows/slgen-x.yml")
            .exists()
    );
}

#[test]
fn a_folder_that_still_holds_something_stays() {
    let (_dir, root) = project();
    generate(&root, &[("a.tf", "1"), ("e/b.tf", "2")], false).unwrap();
    write(&root, "e/mine.tf", "mine");
    fs::create_dir(root.join(OUT).join("empty")).unwrap();
    generate(&root, &[("a.tf", "1")], false).unwrap();
    assert_eq!(text(&root, "e/mine.tf"), "mine");
    assert!(root.join(OUT).join("empty").is_dir());
    assert!(!root.join(OUT).join("e/b.tf").exists());
}

#[test]
fn edited_and_foreign_files_stop_the_run_and_force_keeps_a_copy() {
    let (_dir, root) = project();
    generate(&root, &[("a.tf", "1")], false).unwrap();
    write(&root, "a.tf", "mine");
    write(&root, "b.tf", "mine too");
    write(&root, "b.tf.backup", "older");
    let before = everything(&root);
    let both = [("a.tf", "2"), ("b.tf", "2")];
    let assessed = assessed(&root, &both).unwrap();
    let conflicts: Vec<Action> = assessed.conflicts().map(|(_, action)| action).collect();
    assert_eq!(conflicts, [Action::Edited, Action::Foreign]);
    assert!(assessed.apply(false).unwrap_err().contains("a.tf"));
    assert_eq!(everything(&root), before);
    assessed.apply(true).unwrap();
    assert_eq!(text(&root, "a.tf"), "2");
    assert_eq!(text(&root, "a.tf.backup"), "mine");
    assert_eq!(text(&root, "b.tf.backup"), "older");
    assert_eq!(text(&root, "b.tf.backup.1"), "mine too");
}

#[test]
fn what_is_edited_after_it_was_assessed_stops_the_run() {
    let (_dir, root) = project();
    generate(&root, &[("a.tf", "1"), ("b.tf", "1")], false).unwrap();
    let assessed = assessed(&root, &[("a.tf", "2"), ("b.tf", "2")]).unwrap();
    write(&root, "b.tf", "mine");
    let before = everything(&root);
    assert!(assessed.apply(false).unwrap_err().contains("b.tf"));
    assert_eq!(everything(&root), before);
}

#[test]
fn an_edited_file_that_is_no_longer_generated_stays() {
    let (_dir, root) = project();
    generate(&root, &[("a.tf", "1"), ("b.tf", "1")], false).unwrap();
    write(&root, "b.tf", "mine");
    generate(&root, &[("a.tf", "1")], false).unwrap();
    assert_eq!(text(&root, "b.tf"), "mine");
    assert!(!assessed(&root, &[("a.tf", "1")]).unwrap().is_stale());
}

#[test]
fn line_ends_count_as_edits() {
    let (_dir, root) = project();
    generate(&root, &[("a.tf", "1\n2\n")], false).unwrap();
    write(&root, "a.tf", "1\r\n2\r\n");
    let assessed = assessed(&root, &[("a.tf", "1\n2\n")]).unwrap();
    assert_eq!(assessed.actions[Utf8Path::new("a.tf")], Action::Edited);
}

#[test]
fn a_diff_goes_from_the_disk_to_what_would_be_written() {
    let (_dir, root) = project();
    generate(&root, &[("a.tf", "1\n"), ("b.tf", "1\n")], false).unwrap();
    write(&root, "a.tf", "mine\n");
    let diff = assessed(&root, &[("a.tf", "2\n")]).unwrap().diff().unwrap();
    assert!(
        diff.contains("-mine\n+2\n") && diff.contains("--- a/b.tf"),
        "{diff}"
    );
}

#[cfg(unix)]
#[test]
fn permission_bits_are_kept_and_new_files_get_0644_less_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, root) = project();
    generate(&root, &[("a.tf", "1"), ("b.tf", "1")], false).unwrap();
    let at = |name: &str| root.join(OUT).join(name);
    let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
    let set = |name: &str, mode| {
        fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    // A file made the plain way in the same folder shows the umask.
    write(&root, "plain", "");
    let new = mode("plain") & 0o644;
    assert_eq!((mode("a.tf"), mode(".slgen.json")), (new, new));
    set("a.tf", 0o600);
    set("b.tf", 0o755);
    set(".slgen.json", 0o640);
    generate(
        &root,
        &[("a.tf", "2"), ("b.tf", "2"), ("e/c.tf", "2")],
        false,
    )
    .unwrap();
    assert_eq!(
        ["a.tf", "b.tf", ".slgen.json", "e/c.tf"].map(mode),
        [0o600, 0o755, 0o640, new]
    );
}

#[test]
fn one_at_a_time() {
    let (_dir, root) = project();
    generate(&root, &[("a.tf", "1")], false).unwrap();
    let before = everything(&root);
    let held = super::lock::take(&root.join(OUT)).unwrap();
    let error = generate(&root, &[("a.tf", "2")], false).unwrap_err();
    assert!(error.contains("another slgen is writing"), "{error}");
    assert_eq!(everything(&root), before);
    // Looking needs no lock.
    assert!(assessed(&root, &[("a.tf", "2")]).unwrap().is_stale());
    drop(held);
    generate(&root, &[("a.tf", "2")], false).unwrap();
    assert_eq!(text(&root, "a.tf"), "2");
}
