//! `slgen pin` and the tags of actions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::project;

/// Repositories of actions in the place of GitHub's.
struct Hub {
    folder: tempfile::TempDir,
}

impl Hub {
    /// With one action, `team/act`.
    fn new() -> Self {
        let hub = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(hub.action()).unwrap();
        hub.git(OLD, &["init", "--quiet"]);
        hub
    }

    fn action(&self) -> PathBuf {
        self.folder.path().join("team/act")
    }

    fn git(&self, at: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.action())
            .args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@a.example",
                "-c",
                "commit.gpgSign=false",
                "-c",
                "tag.gpgSign=false",
            ])
            .args(arguments)
            .env("GIT_AUTHOR_DATE", at)
            .env("GIT_COMMITTER_DATE", at)
            .output()
            .expect("git is needed: install it");
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A new commit with a tag, annotated; gives the commit.
    fn release(&self, tag: &str, at: &str) -> String {
        self.git(at, &["commit", "--quiet", "--allow-empty", "-m", tag]);
        self.git(at, &["tag", "--force", "-a", "-m", tag, tag]);
        self.git(at, &["rev-parse", "HEAD"])
    }

    fn pin(&self, project: &Path, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(project)
            .arg("pin")
            .args(arguments)
            .env("NO_COLOR", "1")
            // As a company with a mirror of its own would do.
            .env("GIT_CONFIG_COUNT", "1")
            .env(
                "GIT_CONFIG_KEY_0",
                format!("url.file://{}/.insteadOf", self.folder.path().display()),
            )
            .env("GIT_CONFIG_VALUE_0", "https://github.com/")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (
            output.status.code().unwrap(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }
}

const OLD: &str = "2024-03-04T05:06:07Z";

fn pinned(project: &Path) -> (String, String) {
    let lock: Value =
        serde_json::from_str(&fs::read_to_string(project.join("slgen.lock")).unwrap()).unwrap();
    let action = &lock["actions"][0];
    assert_eq!(action["action"], "team/act");
    let text = |name: &str| action[name].as_str().unwrap().to_owned();
    (text("version"), text("commit"))
}

#[test]
fn an_action_is_pinned_by_the_commit_of_its_tag() {
    let (hub, project) = (Hub::new(), project());
    let first = hub.release("v1.0.0", OLD);
    let (status, out, err) = hub.pin(project.path(), &["--action", "team/act@v1.0.0"]);
    assert_eq!(status, 0, "{err}");
    assert!(
        out.contains(&format!("team/act: v1.0.0 is pinned, {first}\n")),
        "{out}"
    );
    // An annotated tag has a name of its own, which is not what runs.
    assert_eq!(pinned(project.path()), ("v1.0.0".to_owned(), first.clone()));

    // A newer one is not taken unless that is wanted, and not of another major version.
    let second = hub.release("v1.10.0", OLD);
    hub.release("v1.9.0", OLD);
    let third = hub.release("v2.0.0", OLD);
    hub.release("v3.0.0-rc.1", OLD);
    let (status, out, _) = hub.pin(project.path(), &[]);
    assert_eq!(
        (status, out.as_str()),
        (0, "slgen.lock: nothing has changed\n")
    );
    let (status, out, _) = hub.pin(project.path(), &["--update", "actions"]);
    assert_eq!(status, 0);
    assert_eq!(pinned(project.path()), ("v1.10.0".to_owned(), second));
    assert!(
        out.contains("`slgen pin --action team/act@v2.0.0` takes it"),
        "{out}"
    );
    assert_eq!(
        hub.pin(project.path(), &["--action", "team/act@v2.0.0"]).0,
        0
    );
    assert_eq!(pinned(project.path()), ("v2.0.0".to_owned(), third));
}

#[test]
fn a_release_that_moved_or_is_gone_is_said() {
    let (hub, project) = (Hub::new(), project());
    let first = hub.release("v1.0.0", OLD);
    assert_eq!(
        hub.pin(project.path(), &["--action", "team/act@v1.0.0"]).0,
        0
    );
    let before = fs::read(project.path().join("slgen.lock")).unwrap();
    let moved = hub.release("v1.0.0", OLD);
    let (status, out, _) = hub.pin(project.path(), &[]);
    assert_eq!(status, 2, "{out}");
    assert!(
        out.contains("its tag v1.0.0 has moved")
            && out.contains(&format!("- {first}\n+ {moved}\n")),
        "{out}"
    );
    assert_eq!(fs::read(project.path().join("slgen.lock")).unwrap(), before);
    let (status, _, err) = hub.pin(project.path(), &["--action", "team/nothing@v1.0.0"]);
    assert_eq!(status, 4, "{err}");
    assert!(
        err.contains("team/nothing: git could not read its tags"),
        "{err}"
    );
    hub.git(OLD, &["tag", "--delete", "v1.0.0"]);
    let (status, _, err) = hub.pin(project.path(), &[]);
    assert_eq!(status, 1);
    assert!(err.contains("no longer has the tag v1.0.0"), "{err}");
    let (status, _, err) = hub.pin(project.path(), &["--action", "team/act@v9.0.0"]);
    assert_eq!(status, 1);
    assert!(err.contains("has no tag v9.0.0"), "{err}");
    assert_eq!(fs::read(project.path().join("slgen.lock")).unwrap(), before);
}

#[test]
fn a_release_that_is_too_young_is_passed_over() {
    let (hub, project) = (Hub::new(), project());
    hub.release("v1.0.0", OLD);
    assert_eq!(
        hub.pin(project.path(), &["--action", "team/act@v1.0.0"]).0,
        0
    );
    let older = hub.release("v1.1.0", OLD);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    hub.release("v1.2.0", &format!("@{} +0000", now.as_secs()));
    assert_eq!(
        hub.pin(project.path(), &["--update", "--cooldown", "7d"]).0,
        0
    );
    assert_eq!(pinned(project.path()), ("v1.1.0".to_owned(), older));
    let (status, out, _) = hub.pin(project.path(), &["--update", "--cooldown", "7d"]);
    assert_eq!(status, 0);
    assert!(
        out.contains("v1.1.0 stays pinned") && out.contains("nothing has changed"),
        "{out}"
    );
    let (status, _, _) = hub.pin(project.path(), &["--update"]);
    assert_eq!(status, 0);
    assert_eq!(pinned(project.path()).0, "v1.2.0");
}

/// What came with slgen is asked about when it is to be updated, and stays without the network.
#[test]
fn an_action_as_slgen_carries_it_needs_nobody() {
    let (hub, project) = (Hub::new(), project());
    assert_eq!(hub.pin(project.path(), &["--offline"]).0, 0);
    let file = project.path().join("slgen.lock");
    let text = fs::read_to_string(&file).unwrap();
    let carried = slgen::pin::Pins::default();
    let carried = carried.action("actions/checkout").unwrap();
    let with = |commit: &str| {
        let entry = format!(
            "{{ \"action\": \"actions/checkout\", \"version\": \"{}\", \"commit\": \"{commit}\" }}",
            carried.version
        );
        text.replacen(
            "\n  ]\n}\n",
            &format!("\n  ],\n  \"actions\": [\n    {entry}\n  ]\n}}\n"),
            1,
        )
    };
    fs::write(&file, with(&carried.commit)).unwrap();
    let (status, out, err) = hub.pin(project.path(), &[]);
    assert_eq!(
        (status, out.as_str()),
        (0, "slgen.lock: nothing has changed\n"),
        "{err}"
    );
    let (status, _, err) = hub.pin(project.path(), &["--update"]);
    assert_eq!(status, 4, "{err}");
    fs::write(&file, with(&"0".repeat(40))).unwrap();
    let (status, _, err) = hub.pin(project.path(), &[]);
    assert_eq!(status, 4, "{err}");
    assert!(
        err.contains("actions/checkout: git could not read its tags"),
        "{err}"
    );
}
