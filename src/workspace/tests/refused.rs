//! What is refused, with everything left as it was.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::*;

use super::super::disk::faults::{Fault, with};
use super::super::paths::checksum;
use super::{OUT, assessed, everything, files, generate, project, write};

const WORKFLOW: &str = "../../.github/workflows/slgen-x.yml";
const NEW: &[(&str, &str)] = &[("a.tf", "2"), ("b.tf", "2")];

/// A project with a generated tree and, where `steps` is given, a run that died there.
fn half_way(steps: Option<usize>) -> (tempfile::TempDir, Utf8PathBuf) {
    let (dir, root) = project();
    generate(&root, &[("a.tf", "1"), ("c.tf", "1")], false).unwrap();
    if let Some(steps) = steps {
        let (result, _) = with(Fault::DiesAt(steps), || generate(&root, NEW, false));
        assert!(result.is_err());
    }
    (dir, root)
}

/// The step after which the run counts as done, plus one: a journal with its plan.
fn committed() -> usize {
    let (_dir, root) = half_way(None);
    let (_, steps) = with(Fault::Never, || generate(&root, NEW, false));
    let commit = steps
        .iter()
        .position(|s| s.starts_with("rename") && s.ends_with("/plan"));
    commit.unwrap() + 1
}

/// The run stops with these words and changes nothing, with `--force` too.
fn refused(root: &Utf8Path, words: &str) {
    let before = everything(root);
    for force in [false, true] {
        let error = generate(root, NEW, force).unwrap_err();
        assert!(error.contains(words), "{words}: {error}");
        assert_eq!(everything(root), before, "{words}");
    }
}

#[test]
fn paths_that_lead_outside_or_are_slgens_own() {
    let (_dir, root) = project();
    for path in [
        "../a.tf",
        "/a.tf",
        "",
        "a/../../b",
        ".slgen.json",
        ".slgen.journal/1",
        "../../.github/workflows/ci.yml",
        "../../.github/workflows/slgen-x.sh",
        "../../.github/workflows/e/slgen-x.yml",
        "../../.github/slgen-x.yml",
        "../.github/workflows/slgen-x.yml",
        // The project is in no repository: its own folder is the highest.
        "../../../.github/workflows/slgen-x.yml",
        "../../a/../.github/workflows/slgen-x.yml",
    ] {
        assert!(generate(&root, &[(path, "1")], false).is_err(), "{path}");
    }
    for out in ["..", "/tmp/x", "", "infra/../.."] {
        let contents = [(Utf8PathBuf::from("a.tf"), "1".to_owned())].into();
        assert!(
            super::assess(&root, Utf8Path::new(out), contents).is_err(),
            "{out}"
        );
    }
    assert!(everything(&root).is_empty());
}

#[cfg(unix)]
#[test]
fn symbolic_links_anywhere_on_the_way() {
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("a.tf"), "precious").unwrap();
    for (link, path) in [
        ("infra", "a.tf"),
        ("infra/x", "a.tf"),
        ("infra/x/e", "e/a.tf"),
        ("infra/x/a.tf", "a.tf"),
        ("infra/x/.slgen.json", "a.tf"),
        ("infra/x/.slgen.journal", "a.tf"),
        (".github", WORKFLOW),
        (".github/workflows", WORKFLOW),
        (".github/workflows/slgen-x.yml", WORKFLOW),
    ] {
        let (_dir, root) = project();
        let link = root.join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        let to = if path == link.file_name().unwrap_or_default() || link.extension().is_some() {
            elsewhere.path().join("a.tf")
        } else {
            elsewhere.path().to_owned()
        };
        std::os::unix::fs::symlink(to, &link).unwrap();
        for force in [false, true] {
            let error = generate(&root, &[(path, "1")], force).unwrap_err();
            assert!(
                error.contains("symbolic link") || error.contains("is no folder"),
                "{link}: {error}"
            );
        }
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
        assert_eq!(
            fs::read_to_string(elsewhere.path().join("a.tf")).unwrap(),
            "precious"
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file() {
    let (_dir, root) = half_way(None);
    fs::create_dir(root.join(OUT).join("b.tf")).unwrap();
    refused(&root, "b.tf is a folder");
    fs::remove_dir(root.join(OUT).join("b.tf")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join(OUT).join("b.tf")).unwrap();
    let error = generate(&root, NEW, true).unwrap_err();
    assert!(error.contains("a pipe, socket or device"), "{error}");
    fs::remove_file(root.join(OUT).join("b.tf")).unwrap();
    write(&root, "e", "mine");
    let before = everything(&root);
    let error = generate(&root, &[("e/b.tf", "1")], true).unwrap_err();
    assert!(error.contains("e is no folder"), "{error}");
    assert_eq!(everything(&root), before);
}

#[test]
fn an_out_that_is_a_file() {
    let (_dir, root) = project();
    fs::create_dir(root.join("infra")).unwrap();
    fs::write(root.join("infra/x"), "mine").unwrap();
    refused(&root, "infra/x is no folder");
}

#[test]
fn a_record_that_is_not_slgens() {
    let (_dir, root) = half_way(None);
    let sum = checksum(b"precious");
    fs::write(root.join("precious"), "precious").unwrap();
    let record = |schema: &str, path: &str, sum: &str| {
        format!("{{\"schema\":\"{schema}\",\"files\":{{\"{path}\":\"{sum}\"}}}}")
    };
    for (text, words) in [
        ("{\"files\":{}}".to_owned(), "not a record of slgen"),
        (
            "{\"schema\":\"other/1\"}".to_owned(),
            "not a record of slgen",
        ),
        ("[]".to_owned(), "not a record of slgen"),
        ("{\"schema\":\"slgen.files/1\"".to_owned(), "EOF"),
        ("{\"schema\":\"slgen.files/1\"}".to_owned(), "missing field"),
        (record("slgen.files/2", "c.tf", &sum), "another version"),
        (record("slgen.files/1", "c.tf", "abc"), "checksum of c.tf"),
        (
            record("slgen.files/1", "../../precious", &sum),
            "no path inside",
        ),
        (record("slgen.files/1", "/precious", &sum), "no path inside"),
        (
            record("slgen.files/1", "../../.github/workflows/own.yml", &sum),
            "no path inside",
        ),
        (record("slgen.files/1", ".slgen.json", &sum), "is kept for"),
    ] {
        write(&root, ".slgen.json", &text);
        refused(&root, words);
    }
}

#[test]
fn a_journal_that_is_not_slgens() {
    let committed = committed();
    let plan = format!("{OUT}/.slgen.journal/plan");
    let original = {
        let (_dir, root) = half_way(Some(committed));
        fs::read_to_string(root.join(&plan)).unwrap()
    };
    let (head, body) = original.split_once('\n').unwrap();
    let signed = |body: &str| format!("slgen.journal/1 {}\n{body}", checksum(body.as_bytes()));
    let wrong = checksum(b"other");
    for (text, words) in [
        (String::new(), "not a journal of slgen"),
        ("mine".to_owned(), "not a journal of slgen"),
        (
            original[..original.len() - 9].to_owned(),
            "its checksum is wrong",
        ),
        (original.replace("c.tf", "d.tf"), "its checksum is wrong"),
        (format!("slgen.journal/2 x\n{body}"), "another version"),
        (head.to_owned(), "its checksum is wrong"),
        (signed("{}"), "missing field"),
        (
            signed(&body.replace("a.tf", "../../precious")),
            "no path inside",
        ),
        (signed(&body.replace("a.tf", ".slgen.json")), "is kept for"),
        (
            signed(&body.replace("\"c.tf\"", "\"a.tf\"")),
            "an entry is not",
        ),
        (
            signed(&body.replace(&checksum(b"1"), "1")),
            "an entry is not",
        ),
        (
            signed(&body.replace(&checksum(b"2"), &wrong)),
            "its checksum is not what",
        ),
    ] {
        let (_dir, root) = half_way(Some(committed));
        fs::write(root.join("precious"), "precious").unwrap();
        assert_ne!(text, original, "{words}");
        fs::write(root.join(&plan), &text).unwrap();
        refused(&root, words);
    }
}

#[test]
fn files_of_others_in_the_journal() {
    // Without a plan: what slgen put there is its own to remove, nothing else is.
    let (_dir, root) = half_way(Some(6));
    write(&root, ".slgen.journal/notes", "mine");
    refused(&root, "slgen did not put it there");
}

#[test]
fn a_journal_whose_tree_was_changed_under_it() {
    let (_dir, root) = half_way(Some(committed()));
    write(
        &root,
        ".slgen.json",
        "{\"schema\":\"slgen.files/1\",\"files\":{}}",
    );
    refused(&root, "to give the run up");
    fs::remove_dir_all(root.join(OUT).join(".slgen.journal")).unwrap();
    assert!(generate(&root, NEW, true).is_ok());
}

#[test]
fn looking_writes_nothing_and_says_that_a_run_is_pending() {
    let committed = committed();
    for steps in 0..committed + 8 {
        let (_dir, root) = half_way(Some(steps));
        let before = everything(&root);
        let assessed = assessed(&root, NEW).unwrap();
        assert!(assessed.is_stale(), "{steps}");
        if steps > 1 && steps <= committed + 5 {
            assert!(assessed.pending().is_some(), "{steps}");
        }
        assessed.diff().unwrap();
        assert_eq!(everything(&root), before, "{steps}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever stands in the record or the plan, no file of the user's goes.
    #[test]
    fn hostile_records_and_journals(text in ".{0,200}", plan in any::<bool>(), sign in any::<bool>()) {
        let (_dir, root) = half_way(None);
        write(&root, "mine.tf", "mine");
        fs::write(root.join("precious"), "precious").unwrap();
        let text = if sign {
            format!("slgen.journal/1 {}\n{text}", checksum(text.as_bytes()))
        } else {
            text
        };
        write(&root, if plan { ".slgen.journal/plan" } else { ".slgen.json" }, &text);
        let before = files(&root);
        prop_assert!(generate(&root, NEW, false).is_err());
        prop_assert_eq!(files(&root), before);
    }
}
