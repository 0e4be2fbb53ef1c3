//! The answer of an earlier run: given where nothing has changed, and never otherwise.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use super::cli::{edit, err, out, repository};

/// What only an answer that was kept can say.
const FORGED: &str = "kept-earlier";

/// A project, and a cache folder of its own.
struct Place {
    project: tempfile::TempDir,
    caches: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            project: repository(),
            caches: tempfile::tempdir().unwrap(),
        };
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/orders");
        fs::copy(example.join("slgen.lock"), place.path().join("slgen.lock")).unwrap();
        place
    }

    fn path(&self) -> &Path {
        self.project.path()
    }

    fn cache(&self) -> PathBuf {
        self.caches.path().join("slgen")
    }

    fn command(&self, binary: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary);
        command
            .arg("diff")
            .args(arguments)
            .current_dir(self.path())
            .env("XDG_CACHE_HOME", self.caches.path())
            .env("NO_COLOR", "1")
            .env_remove("SLGEN_CACHE")
            .env_remove("CI");
        command
    }

    fn diff(&self, arguments: &[&str]) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_slgen"));
        self.command(binary, arguments).output().unwrap()
    }

    /// Names of the entries.
    fn entries(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.cache()).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// The one entry.
    fn entry(&self) -> PathBuf {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].clone()
    }

    /// Everything is kept, under a name that shows where it comes from.
    fn forged() -> Self {
        let place = Self::new();
        let first = place.diff(&[]);
        assert_eq!(
            out(&first),
            "slgen diff  orders  disk → generated\nno change\n"
        );
        place.forge();
        place
    }

    fn forge(&self) {
        let entry = self.entry();
        let text = fs::read_to_string(&entry).unwrap();
        let (head, body) = text.split_once('\n').unwrap();
        let forged = body.replace("\"orders\"", &format!("{FORGED:?}"));
        assert_ne!(forged, body);
        let sum: String = Sha256::digest(&forged)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let (head, _) = head.rsplit_once(' ').unwrap();
        fs::write(entry, format!("{head} {sum}\n{forged}")).unwrap();
    }

    fn is_kept(&self, arguments: &[&str]) -> bool {
        let output = self.diff(arguments);
        let kept = out(&output).contains(FORGED);
        if kept {
            assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        }
        kept
    }

    /// Questions and paths of the one entry.
    fn read(&self) -> BTreeSet<(String, PathBuf)> {
        let text = fs::read_to_string(self.entry()).unwrap();
        let body: serde_json::Value =
            serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
        let lines = body["record"].as_array().unwrap().iter();
        let lines = lines.map(|line| {
            let question = line[0].as_str().map_or("Larger", |q| q);
            let path = Path::new(line[1].as_str().unwrap());
            let path = path.strip_prefix("./").unwrap_or(path);
            (question.to_owned(), path.to_owned())
        });
        lines.collect()
    }
}

/// Every file below a folder, but git's own.
fn files(folder: &Path, below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if entry.file_name() != ".git" {
                files(folder, &path, found);
            }
        } else {
            found.push(path);
        }
    }
}

#[test]
fn an_answer_is_given_again_where_nothing_has_changed() {
    let place = Place::forged();
    assert!(place.is_kept(&[]));
    // Stamps decide nothing.
    let manifest = place.path().join("slgen.yaml");
    let text = fs::read(&manifest).unwrap();
    fs::write(&manifest, text).unwrap();
    assert!(place.is_kept(&[]));
    // What is there for one to look at, and no one else.
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.entry()), 0o600);
    assert_eq!(mode(&place.cache()), 0o700);
}

/// Each is changed alone and put back; what is said then is what a run without a cache says.
#[test]
fn no_change_is_hidden() {
    let place = Place::forged();
    let root = place.path();
    let text = |file: &str, from: &str, to: &str| {
        let (path, from, to) = (root.join(file), from.to_owned(), to.to_owned());
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(&from), "{file} has no {from:?}");
        (path, before.clone(), before.replacen(&from, &to, 1))
    };
    let changes = [
        text("slgen.yaml", "timeout_s: 10\n", "timeout_s: 20\n"),
        text("slgen.lock", "\"version\": 1", "\"version\": 2"),
        text(
            "infra/orders/kms.tf",
            "enable_key_rotation",
            "enable_key_rotation_",
        ),
        text("infra/orders/environments/dev.tfvars", "dev", "devel"),
        text("infra/orders/.slgen.json", "kms.tf", "kmt.tf"),
        text("infra/orders/PERMISSIONS.md", "#", "##"),
    ];
    for (path, before, after) in changes {
        fs::write(&path, after).unwrap();
        let (kept, anew) = (place.diff(&[]), place.diff(&["--no-cache"]));
        assert_eq!(
            (out(&kept), err(&kept), kept.status),
            (out(&anew), err(&anew), anew.status),
            "{path:?}"
        );
        fs::write(&path, before).unwrap();
        if out(&anew).contains("no change") {
            // That answer was kept then.
            place.refresh();
        }
        assert!(place.is_kept(&[]), "{path:?}");
    }
    // What is new, what is gone, and what is something else now.
    for new in [
        "infra/orders/own.tf",
        "infra/orders/environments/dev.artifacts.tfvars.json",
        "infra/orders/modules/x/main.tf",
        "src/create_order/other.py",
        "schemas/other.json",
    ] {
        let path = root.join(new);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "{}").unwrap();
        assert!(!place.is_kept(&[]), "{new}");
        fs::remove_file(&path).unwrap();
        let _ = fs::remove_dir_all(root.join("infra/orders/modules"));
        place.refresh();
    }
    for gone in [
        "slgen.lock",
        "infra/orders/alarms.tf",
        "infra/orders/.slgen.json",
    ] {
        let (path, aside) = (root.join(gone), root.join("aside"));
        fs::rename(&path, &aside).unwrap();
        assert!(!place.is_kept(&[]), "{gone}");
        symlink(&aside, &path).unwrap();
        assert!(!place.is_kept(&[]), "{gone}, through a link");
        fs::remove_file(&path).unwrap();
        fs::rename(&aside, &path).unwrap();
        place.refresh();
    }
    // Another question, another day, another binary: see the key's own test, too.
    for arguments in [
        &["--env", "dev"][..],
        &["--verbose"],
        &["--detailed-exitcode"],
    ] {
        assert!(!place.is_kept(arguments), "{arguments:?}");
    }
    let copy = place.caches.path().join("binary");
    fs::copy(env!("CARGO_BIN_EXE_slgen"), &copy).unwrap();
    let other = place.command(&copy, &[]).output().unwrap();
    assert!(!out(&other).contains(FORGED), "{}", out(&other));
}

impl Place {
    /// A run on the way may have kept an answer of its own: only the forged one is to be seen again.
    fn refresh(&self) {
        for entry in self.entries() {
            fs::remove_file(entry).unwrap();
        }
        self.diff(&[]);
        self.forge();
    }
}

/// What an answer rests on: every file of the project whose text matters, and every folder.
#[test]
fn every_file_is_part_of_the_answer() {
    let place = Place::forged();
    let read = place.read();
    let mut all = Vec::new();
    files(place.path(), Path::new(""), &mut all);
    assert!(all.len() > 30, "{all:?}");
    for file in all {
        // That a schema is there is checked, not what it says.
        let question = if file.starts_with("schemas") {
            ("Listing".to_owned(), PathBuf::from("schemas"))
        } else {
            ("Content".to_owned(), file.clone())
        };
        assert!(read.contains(&question), "{file:?} is not in {read:#?}");
    }
}

/// The system's own list of what was looked at, held against what the answer says that it rests on.
#[test]
#[cfg(all(target_os = "linux", feature = "e2e"))]
fn nothing_is_read_that_is_not_part_of_the_answer() {
    let place = Place::new();
    let log = place.caches.path().join("log");
    let run = Command::new("strace")
        .args(["-f", "-y", "-e", "trace=%file,getdents64", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_slgen"))
        .arg("diff")
        .current_dir(place.path())
        .env("XDG_CACHE_HOME", place.caches.path())
        .env_remove("SLGEN_CACHE")
        .env_remove("CI")
        .output()
        .expect("strace is missing: install it (apt-get install strace)");
    assert!(run.status.success(), "{}", err(&run));
    let known: BTreeSet<PathBuf> = place
        .read()
        .into_iter()
        .map(|(_, path)| {
            path.strip_prefix(place.path())
                .map_or(path.clone(), Path::to_owned)
        })
        .collect();
    let log = fs::read_to_string(log).unwrap();
    let mut seen = BTreeSet::new();
    for line in log.lines() {
        let Some((_, rest)) = line.split_once('"') else {
            continue;
        };
        let Some((path, _)) = rest.split_once('"') else {
            continue;
        };
        let path = Path::new(path);
        let inside = path.strip_prefix(place.path()).unwrap_or(path);
        if inside.is_relative() && !line.contains("readlink") {
            let inside = inside.strip_prefix("./").unwrap_or(inside);
            seen.insert(inside.to_owned());
        }
    }
    // Of the entries in the cache folder, which are opened below it.
    seen.retain(|path| path.to_string_lossy().len() < 64 && !path.as_os_str().is_empty());
    assert!(seen.len() > 40, "{seen:?}");
    let missing: Vec<_> = seen.iter().filter(|path| !known.contains(*path)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn nothing_is_kept_of_what_has_more_to_say() {
    let place = Place::new();
    for arguments in [
        &["--no-cache"][..],
        &["--format", "github"],
        &["--base", "HEAD"],
    ] {
        assert!(place.diff(arguments).status.success());
        assert!(place.entries().is_empty(), "{arguments:?}");
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_slgen"));
    for (name, value) in [("CI", "true"), ("SLGEN_CACHE", "off")] {
        let mut command = place.command(binary, &[]);
        assert!(command.env(name, value).status().unwrap().success());
        assert!(place.entries().is_empty(), "{name}");
    }
    edit(
        place.path(),
        "slgen.yaml",
        "timeout_s: 10\n",
        "timeout_s: 20\n",
    );
    assert!(out(&place.diff(&[])).contains("SLG-DIFF-004"));
    assert!(place.entries().is_empty());
    // An error, too.
    edit(place.path(), "slgen.yaml", "version: 1", "version: 9");
    assert_eq!(place.diff(&[]).status.code(), Some(1));
    assert!(place.entries().is_empty());
}

#[test]
fn an_entry_that_is_not_whole_or_not_ours_is_none() {
    let place = Place::forged();
    let entry = place.entry();
    let whole = fs::read(&entry).unwrap();
    let flipped = {
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    for (how, bytes) in [
        ("flipped", flipped),
        ("cut", whole[..whole.len() - 9].to_vec()),
        ("empty", Vec::new()),
        ("no text", vec![0xff; 99]),
    ] {
        fs::write(&entry, bytes).unwrap();
        assert!(!place.is_kept(&[]), "{how}");
    }
    let again = || {
        fs::remove_file(&entry).unwrap();
        fs::write(&entry, &whole).unwrap();
    };
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    again();
    assert!(place.is_kept(&[]));
    mode(&entry, 0o622);
    assert!(!place.is_kept(&[]), "others may write it");
    again();
    mode(&place.cache(), 0o770);
    assert!(!place.is_kept(&[]), "others may write the folder");
    mode(&place.cache(), 0o700);
    let elsewhere = place.caches.path().join("elsewhere");
    fs::rename(&entry, &elsewhere).unwrap();
    symlink(&elsewhere, &entry).unwrap();
    assert!(!place.is_kept(&[]), "through a link");
    // It was replaced, and what it led to was not touched.
    assert!(fs::symlink_metadata(&entry).unwrap().is_file());
    assert_eq!(fs::read(&elsewhere).unwrap(), whole);
    // Somebody else's, where this test may make it so.
    again();
    if std::os::unix::fs::chown(&entry, Some(12345), None).is_ok() {
        assert!(!place.is_kept(&[]), "somebody else's");
    }
}

#[test]
fn a_folder_that_is_a_link_or_cannot_be_had_is_left_alone() {
    let place = Place::new();
    let elsewhere = place.caches.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, place.cache()).unwrap();
    assert!(place.diff(&[]).status.success());
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    fs::remove_file(place.cache()).unwrap();
    fs::write(place.cache(), "a file").unwrap();
    let output = place.diff(&[]);
    assert!(output.status.success());
    assert_eq!(err(&output), "");
    assert_eq!(fs::read_to_string(place.cache()).unwrap(), "a file");
}

#[test]
fn the_folder_stays_small() {
    let place = Place::new();
    fs::create_dir(place.cache()).unwrap();
    fs::set_permissions(place.cache(), fs::Permissions::from_mode(0o700)).unwrap();
    for number in 0..80 {
        fs::write(place.cache().join(format!("{number}")), "").unwrap();
    }
    let old = std::time::SystemTime::UNIX_EPOCH;
    for entry in place.entries() {
        let file = fs::File::options().write(true).open(entry).unwrap();
        file.set_modified(old).unwrap();
    }
    assert!(place.diff(&[]).status.success());
    let entries = place.entries();
    assert_eq!(entries.len(), 48);
    // The newest is there.
    let kept = entries
        .iter()
        .filter(|e| fs::metadata(e).unwrap().len() > 0);
    assert_eq!(kept.count(), 1);
}
