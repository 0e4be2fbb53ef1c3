//! A run that dies, or whose disk fails, before each of its steps.

use std::fs;
use std::io::ErrorKind;

use camino::Utf8Path;

use super::super::complete;
use super::super::disk::faults::{Fault, with};
use super::super::paths::JOURNAL;
use super::{OUT, Tree, assessed, everything, files, generate, project, text, update, write};

const OLD: &[(&str, &str)] = &[
    ("../../.github/workflows/slgen-x.yml", "zero\n"),
    ("a.tf", "one\n"),
    ("e/b.tf", "two\n"),
    ("gone/deep/c.tf", "three\n"),
    ("kept.tf", "four\n"),
    ("same.tf", "five\n"),
];
const NEW: &[(&str, &str)] = &[
    ("../../.github/workflows/slgen-x.yml", "zero, but longer\n"),
    ("a.tf", "one, but longer\n"),
    ("e/b.tf", "two, but longer\n"),
    ("n/d.tf", "new\n"),
    ("same.tf", "five\n"),
];

/// The old tree, with files of the user's in it.
fn old(root: &Utf8Path) {
    generate(root, OLD, false).unwrap();
    write(root, "mine.tf", "mine\n");
    write(root, "e/mine.tf", "mine\n");
    write(root, "kept.tf", "four, edited\n");
}

/// The files before and after a whole run, and the number of its steps.
fn whole(force: bool, prepare: impl Fn(&Utf8Path)) -> (Tree, Tree, usize) {
    let (_dir, root) = project();
    prepare(&root);
    let before = files(&root);
    let (result, steps) = with(Fault::Never, || generate(&root, NEW, force));
    result.unwrap();
    (before, files(&root), steps.len())
}

fn committed(root: &Utf8Path) -> bool {
    root.join(OUT).join(JOURNAL).join("plan").exists()
}

/// Every file is whole, and the tree is old or new unless a journal says how to go on.
fn check(root: &Utf8Path, before: &Tree, after: &Tree, at: &str) {
    let now = files(root);
    for (path, text) in &now {
        let known = [before.get(path), after.get(path)];
        assert!(known.contains(&Some(text)), "{at}: {path} is {text:?}");
    }
    for path in before.keys().filter(|path| after.contains_key(*path)) {
        assert!(now.contains_key(path), "{at}: {path} is gone");
    }
    if !committed(root) {
        assert!(now == *before || now == *after, "{at}: half way: {now:?}");
    }
}

fn dies_everywhere(force: bool, prepare: impl Fn(&Utf8Path)) {
    let (before, after, steps) = whole(force, &prepare);
    let undisturbed = {
        let (_dir, root) = project();
        prepare(&root);
        generate(&root, NEW, force).unwrap();
        everything(&root)
    };
    assert_ne!(before, after);
    assert!(steps > 20, "{steps}");
    for first in 0..steps {
        // The run that completes it dies too; every fourth of its steps, other ones each time.
        for second in (first % 4..).step_by(4) {
            let (_dir, root) = project();
            prepare(&root);
            let (result, _) = with(Fault::DiesAt(first), || generate(&root, NEW, force));
            assert!(result.is_err(), "{first}");
            check(&root, &before, &after, &format!("{first}"));
            let (result, _) = with(Fault::DiesAt(second), || generate(&root, NEW, force));
            let at = format!("{first}, then {second}");
            check(&root, &before, &after, &at);
            if result.is_ok() {
                break;
            }
            generate(&root, NEW, force).unwrap();
            // Nor is a folder too many.
            assert_eq!(everything(&root), undisturbed, "{at}");
            assert!(!assessed(&root, NEW).unwrap().is_stale(), "{at}");
        }
    }
}

#[test]
fn dying_over_an_older_tree() {
    dies_everywhere(false, old);
}

#[test]
fn dying_in_an_empty_project() {
    dies_everywhere(false, |_| {});
}

#[test]
fn dying_while_edited_files_are_overwritten() {
    dies_everywhere(true, |root| {
        old(root);
        write(root, "a.tf", "one, edited\n");
        write(root, "n/d.tf", "foreign\n");
    });
}

#[test]
fn a_failing_disk_leaves_the_old_tree_or_a_journal() {
    for kind in [
        ErrorKind::StorageFull,
        ErrorKind::PermissionDenied,
        ErrorKind::ReadOnlyFilesystem,
    ] {
        for prepare in [old, |_: &Utf8Path| {}] {
            let (before, after, steps) = whole(false, prepare);
            for at in 0..steps {
                let (_dir, root) = project();
                prepare(&root);
                let untouched = everything(&root);
                let (result, _) = with(Fault::FailsAt(at, kind), || generate(&root, NEW, false));
                check(&root, &before, &after, &format!("{at}"));
                match result {
                    Err(error) if committed(&root) => {
                        assert!(error.contains("it completes them"), "{at}: {error}");
                    }
                    Err(error) if files(&root) == before => {
                        assert_eq!(everything(&root), untouched, "{at}: {error}");
                        assert!(error.contains(root.as_str()), "{at}: {error}");
                    }
                    // Only an emptied folder could not be removed.
                    Ok(_) | Err(_) => assert_eq!(files(&root), after, "{at}"),
                }
                generate(&root, NEW, false).unwrap();
                assert_eq!(files(&root), after, "{at}");
                assert!(!root.join(OUT).join(JOURNAL).exists(), "{at}");
            }
        }
    }
}

/// Tree, manifest and lock file are all old, all new, or there is a journal from which they become new.
#[test]
fn what_a_tree_is_generated_from_changes_with_it() {
    let prepared = || {
        let (dir, root) = project();
        old(&root);
        for name in ["slgen.yaml", "slgen.lock"] {
            fs::write(root.join(name), "old\n").unwrap();
        }
        (dir, root)
    };
    let out = Utf8Path::new(OUT);
    let (_dir, root) = prepared();
    let before = files(&root);
    let (done, steps) = with(Fault::Never, || update(&root, NEW, "new\n"));
    done.unwrap();
    let after = files(&root);
    for name in ["slgen.yaml", "slgen.lock"] {
        assert_eq!((&*before[name], &*after[name]), ("old\n", "new\n"));
    }
    // They are never slgen's to remove.
    generate(&root, NEW, false).unwrap();
    assert_eq!(files(&root), after);
    assert_eq!(complete(&root, out).unwrap(), None);
    let mut half = 0;
    for at in 0..steps.len() {
        let (_dir, root) = prepared();
        let (died, _) = with(Fault::DiesAt(at), || update(&root, NEW, "new\n"));
        died.unwrap_err();
        check(&root, &before, &after, &at.to_string());
        let expected = if committed(&root) {
            &after
        } else {
            &files(&root)
        };
        let told = complete(&root, out).unwrap();
        assert_eq!(files(&root), *expected, "{at}");
        half += usize::from(told.is_some());
        // What is not committed is discarded, by whoever writes next.
        update(&root, NEW, "new\n").unwrap();
        assert_eq!(files(&root), after, "{at}");
        assert!(!root.join(OUT).join(JOURNAL).exists(), "{at}");
    }
    assert!(half > 10, "{half}");
    // Where nothing is generated anew, they still change together.
    let (_dir, root) = prepared();
    generate(&root, OLD, true).unwrap();
    assert_eq!(update(&root, OLD, "new\n").unwrap().len(), 2);
    for name in ["other.txt", "../slgen.yaml", "x/slgen.yaml", ".slgen.json"] {
        let refused = assessed(&root, OLD)
            .unwrap()
            .apply_with(true, &[(name, "new")]);
        assert!(
            refused.unwrap_err().contains("neither a manifest"),
            "{name}"
        );
    }
}

#[test]
fn what_is_edited_before_it_is_completed_stays() {
    let (_, _, steps) = whole(false, old);
    let mut stopped = 0;
    for path in ["a.tf", "e/b.tf", "n/d.tf", "gone/deep/c.tf", "same.tf"] {
        for at in 0..steps {
            let (_dir, root) = project();
            old(&root);
            with(Fault::DiesAt(at), || generate(&root, NEW, false))
                .0
                .unwrap_err();
            write(&root, path, "edited meanwhile\n");
            if let Err(error) = generate(&root, NEW, false) {
                stopped += 1;
                assert!(error.contains(path), "{at}: {error}");
            }
            assert_eq!(text(&root, path), "edited meanwhile\n", "{at}");
            // By force it goes on, and keeps a copy of what it overwrites.
            generate(&root, NEW, true).unwrap();
            let kept = format!("{path}.backup");
            let kept = if path.starts_with("gone") {
                path
            } else {
                &kept
            };
            assert_eq!(text(&root, kept), "edited meanwhile\n", "{at}");
            assert!(!assessed(&root, NEW).unwrap().is_stale(), "{at}");
        }
    }
    // All but the file that is no longer generated.
    assert_eq!(stopped, 4 * steps);
}

#[test]
fn what_is_deleted_or_restored_before_it_is_completed_is_written() {
    let (before, after, steps) = whole(false, old);
    for at in 0..steps {
        for restore in [false, true] {
            let (_dir, root) = project();
            old(&root);
            with(Fault::DiesAt(at), || generate(&root, NEW, false))
                .0
                .unwrap_err();
            // `git checkout .` brings back all that was recorded, and leaves the journal.
            for (path, text) in before.iter().filter(|_| restore) {
                fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
                fs::write(root.join(path), text).unwrap();
            }
            if !restore {
                let _ = fs::remove_file(root.join(OUT).join("a.tf"));
            }
            // A new file that was placed before the old record came back is foreign to that record.
            generate(&root, NEW, false).unwrap_or_else(|error| panic!("{at} {restore}: {error}"));
            assert_eq!(files(&root), after, "{at} {restore}");
        }
    }
}

#[test]
fn an_interrupted_run_is_completed_although_the_manifest_has_changed() {
    let (_, _, steps) = whole(false, old);
    let third = [("a.tf", "third\n"), ("m/x.tf", "third\n")];
    let (_dir, expected) = project();
    old(&expected);
    generate(&expected, &third, false).unwrap();
    for at in 0..steps {
        let (_dir, root) = project();
        old(&root);
        with(Fault::DiesAt(at), || generate(&root, NEW, false))
            .0
            .unwrap_err();
        generate(&root, &third, false).unwrap();
        assert_eq!(files(&root), files(&expected), "{at}");
    }
}

/// A power cut keeps only what was synced: each step waits for what it relies on.
#[test]
fn everything_is_synced_before_it_is_relied_on() {
    let (_dir, root) = project();
    old(&root);
    let (_, steps) = with(Fault::Never, || generate(&root, NEW, false));
    let journal = format!("{}/{JOURNAL}", root.join(OUT));
    let at = |step: String| {
        let found: Vec<usize> = (0..steps.len()).filter(|n| steps[*n] == step).collect();
        assert!(!found.is_empty(), "{step}: {steps:#?}");
        found
    };
    let commit = at(format!("rename {journal}/plan"))[0];
    for name in ["0", "1", "2", "4", "record", "plan.new"] {
        assert!(at(format!("sync {journal}/{name}"))[0] < commit);
    }
    assert!(at(format!("sync folder {journal}"))[0] < commit);
    assert!(at(format!("sync folder {}", root.join(OUT)))[0] < commit);
    let durable = at(format!("sync folder {journal}"))[1];
    let removed = at(format!("remove {journal}/plan"))[0];
    assert!(commit < durable && durable < removed);
    let mut last = durable;
    for (step, name) in [
        ("rename", "a.tf"),
        ("rename", "e/b.tf"),
        ("remove", "gone/deep/c.tf"),
        ("rename", "n/d.tf"),
        ("rename", ".slgen.json"),
    ] {
        let path = root.join(OUT).join(name);
        let done = at(format!("{step} {path}"))[0];
        assert!(last < done, "{name}");
        last = done;
    }
    for folder in ["", "e", "n", "/.github/workflows"] {
        let folder = match folder.strip_prefix('/') {
            Some(outside) => root.join(outside),
            None => root.join(OUT).join(folder),
        };
        let folder = folder.as_str().trim_end_matches('/');
        let synced = *at(format!("sync folder {folder}")).last().unwrap();
        assert!(last < synced && synced < removed, "{folder}");
    }
}
