//! Full disks, rights that are missing, and two at once: reported, and the tree stays as it was.
#![cfg(unix)]
#![allow(
    clippy::print_stderr,
    reason = "says which ways of testing this machine allows"
)]

#[path = "../robustness/project.rs"]
mod project;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use project::{OUT, Tree, before_and_after, copy, everything, is_committed, journal, slgen, text};

const SLGEN: &str = env!("CARGO_BIN_EXE_slgen");

/// Failed with these words and nothing changed, or done and everything new; gives whether it failed.
fn all_or_nothing(status: i32, shown: &str, words: &str, now: &Tree, ends: (&Tree, &Tree)) -> bool {
    match status {
        0 => assert_eq!(now, ends.1, "{shown}"),
        1 => {
            assert_eq!(now, ends.0, "{shown}");
            for words in [words, OUT, "Nothing was written"] {
                assert!(shown.contains(words), "{words}: {shown}");
            }
        }
        other => panic!("exit status {other}: {shown}"),
    }
    status == 1
}

/// A limit on the size of files needs no rights, so this runs everywhere.
#[test]
fn a_limit_on_the_size_of_files() {
    for older in [false, true] {
        let (folder, before, after) = before_and_after(older);
        let mut failed = 0;
        // In blocks of 512 bytes; the largest file of the tree has more than 100.
        for blocks in ["0", "1", "8", "40", "100", "2000"] {
            let project = folder.path().join(blocks);
            copy(&folder.path().join("start"), &project, false);
            let output = Command::new("sh")
                .args([
                    "-c",
                    r#"trap "" XFSZ; ulimit -f "$1"; exec "$2" -C "$3" generate"#,
                ])
                .args(["sh", blocks, SLGEN])
                .arg(&project)
                .output()
                .unwrap();
            let shown = text(&output.stderr);
            let status = output.status.code().unwrap();
            let now = everything(&project);
            failed += i32::from(all_or_nothing(
                status,
                &shown,
                "ulimit -f",
                &now,
                (&before, &after),
            ));
            // In the empty project not even the folder stays.
            assert!(older || status == 0 || !project.join("infra").exists());
        }
        assert_eq!(failed, 5);
    }
    eprintln!("full disk by a limit on the size of files (ulimit -f): run");
}

/// Copies the project to a small file system of its own, changes that, generates, copies it back.
const SMALL: &str = r#"
set -eu
mount -t tmpfs -o size=64m tmpfs "$1/small" || exit 77
cp -r "$1/start" "$1/small/project"
used=$(stat -f -c '%b %f' "$1/small" | { read -r all free; echo $((all - free)); })
if [ "$2" = ro ]
then mount -o remount,ro "$1/small"
else mount -o "remount,size=$(((used + $2) * $(stat -f -c %S "$1/small")))" "$1/small"
fi
status=0
"$3" -C "$1/small/project" generate || status=$?
cp -r "$1/small/project" "$1/$2"
exit "$status"
"#;

/// In a mount namespace of its own, so that nothing stays mounted; `None` where it may not mount.
fn on_a_small_file_system(folder: &Path, change: &str) -> Option<Output> {
    fs::create_dir_all(folder.join("small")).unwrap();
    for namespace in ["-m", "-rm"] {
        let output = Command::new("unshare")
            .args([namespace, "sh", "-c", SMALL, "sh"])
            .arg(folder)
            .args([change, SLGEN])
            .output()
            .ok()?;
        let shown = text(&output.stderr);
        if output.status.code() != Some(77) && !shown.contains("unshare failed") {
            return Some(output);
        }
    }
    None
}

#[test]
fn a_full_file_system() {
    for older in [false, true] {
        let (folder, before, after) = before_and_after(older);
        let (mut failed, mut done) = (0, 0);
        // Free pages; the tree needs about 70.
        for pages in ["0", "1", "3", "20", "49", "60", "200"] {
            let Some(output) = on_a_small_file_system(folder.path(), pages) else {
                eprintln!("full disk by a small file system (tmpfs): may not mount here");
                return;
            };
            let now = everything(&folder.path().join(pages));
            let shown = text(&output.stderr);
            let status = output.status.code().unwrap();
            if all_or_nothing(status, &shown, "free some space", &now, (&before, &after)) {
                failed += 1;
            } else {
                done += 1;
            }
        }
        assert!(failed >= 4 && done >= 1, "{failed} failed, {done} done");
    }
    eprintln!("full disk by a small file system (tmpfs): run");
}

#[test]
fn a_read_only_file_system() {
    for older in [false, true] {
        let (folder, before, after) = before_and_after(older);
        let Some(output) = on_a_small_file_system(folder.path(), "ro") else {
            eprintln!("read-only file system: may not mount here");
            return;
        };
        let shown = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        assert!(shown.contains("Read-only file system"), "{shown}");
        assert!(shown.contains("mount the file system writable"), "{shown}");
        let now = everything(&folder.path().join("ro"));
        assert_ne!(before, after);
        assert_eq!(now, before);
    }
    eprintln!("read-only file system: run");
}

/// The superuser may write everywhere, so the run is somebody else's.
#[test]
fn missing_rights() {
    let (folder, ..) = before_and_after(true);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let binary = folder.path().join("slgen");
    fs::copy(SLGEN, &binary).unwrap();
    for (path, mode, named) in [
        (OUT, 0o555, OUT),
        (
            "infra/orders/environments",
            0o555,
            "infra/orders/environments",
        ),
        ("infra/orders/kms.tf", 0o000, "infra/orders/kms.tf"),
        (
            "infra/orders/.slgen.json",
            0o000,
            "infra/orders/.slgen.json",
        ),
        ("infra/orders", 0o000, "infra/orders"),
        (".github/workflows", 0o555, ".github/workflows"),
    ] {
        let project = folder.path().join("project");
        copy(&folder.path().join("start"), &project, false);
        open_to_all(&project);
        let before = everything(&project);
        fs::set_permissions(project.join(path), Permissions::from_mode(mode)).unwrap();
        let mut command = Command::new(&binary);
        command.arg("-C").arg(&project).arg("generate");
        if File::create(project.join(OUT).join("probe")).is_ok() {
            let _ = fs::remove_file(project.join(OUT).join("probe"));
            command.uid(65534).gid(65534);
        }
        let output = command.output().unwrap();
        fs::set_permissions(project.join(path), Permissions::from_mode(0o755)).unwrap();
        let shown = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{path}: {shown}");
        for words in [named, "Permission denied", "give yourself the right"] {
            assert!(shown.contains(words), "{path}: {shown}");
        }
        assert_eq!(everything(&project), before, "{path}");
        fs::remove_dir_all(project).unwrap();
    }
}

/// Everyone may write everything below.
fn open_to_all(folder: &Path) {
    fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            open_to_all(&entry.path());
        } else {
            fs::set_permissions(entry.path(), Permissions::from_mode(0o666)).unwrap();
        }
    }
}

#[test]
fn another_run_in_the_same_folder() {
    let (folder, before, after) = before_and_after(true);
    let project = folder.path().join("start");
    let held = File::open(project.join(OUT)).unwrap();
    held.lock().unwrap();
    let output = slgen(&project, &["generate"]);
    let shown = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("another slgen is writing"), "{shown}");
    assert_eq!(everything(&project), before);
    // Reading needs no lock.
    assert_eq!(
        slgen(&project, &["generate", "--check"]).status.code(),
        Some(2)
    );
    drop(held);
    // Whichever of these comes first, the tree is whole in the end.
    let runs: Vec<_> = (0..4)
        .map(|_| {
            Command::new(SLGEN)
                .arg("-C")
                .arg(&project)
                .arg("generate")
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut done = 0;
    for run in runs {
        let output = run.wait_with_output().unwrap();
        let shown = text(&output.stderr);
        if output.status.success() {
            done += 1;
        } else {
            assert!(shown.contains("another slgen is writing"), "{shown}");
        }
    }
    assert!(done > 0);
    assert_eq!(everything(&project), after);
    assert!(!is_committed(&project) && !project.join(journal()).exists());
}
