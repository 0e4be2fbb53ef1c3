//! `slgen.lock` and `slgen pin`.

mod actions;
mod faulty;
mod online;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::example_files;
use crate::registry;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn slgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .env("DOCKER_CONFIG", folder)
        .output()
        .unwrap()
}

/// Exit status, stdout, stderr.
fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = slgen(folder, arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// The compact example with a blueprint of its own, in zip packages: images would have to be asked about.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    example_files::lay_out("compact", folder.path());
    let manifest = fs::read_to_string(format!("{ROOT}/examples/compact/slgen.yaml")).unwrap();
    let manifest = manifest.replacen("builtin:aws-baseline", "path:base", 1);
    assert!(manifest.contains("path:base"));
    let exceptions = ["api", "worker", "nightly"].map(|function| {
        format!(
            "  - {{ rule: SLG-PKG-003, scope: functions.{function}, reason: no image is asked about, \
             owner: team@example.com, expires: 2099-12-31 }}\n"
        )
    });
    let manifest = format!("{manifest}exceptions:\n{}", exceptions.concat());
    fs::write(folder.path().join("slgen.yaml"), manifest).unwrap();
    fs::create_dir(folder.path().join("base")).unwrap();
    let blueprint = format!("{ROOT}/blueprints/aws-baseline/blueprint.yaml");
    let blueprint = fs::read_to_string(blueprint).unwrap();
    let zip = blueprint.replacen("package: image", "package: zip", 1);
    assert_ne!(blueprint, zip);
    fs::write(folder.path().join("base/blueprint.yaml"), zip).unwrap();
    folder
}

fn edit(file: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(file).unwrap();
    let changed = change(text.clone());
    assert_ne!(text, changed);
    fs::write(file, changed).unwrap();
}

#[test]
fn the_examples_are_pinned() {
    for example in ["orders", "compact"] {
        let folder = Path::new(ROOT).join("examples").join(example);
        let (status, out, _) = said(&folder, &["pin", "--check"]);
        assert_eq!(status, 0, "run `slgen -C examples/{example} pin`: {out}");
    }
}

/// Without a lock file the values of the binary hold: the same ones.
#[test]
fn a_lock_file_of_these_values_changes_nothing() {
    let project = project();
    assert_eq!(said(project.path(), &["generate"]).0, 0);
    let (status, out, _) = said(project.path(), &["pin", "--check"]);
    assert_eq!(status, 2);
    assert!(
        out.starts_with("slgen.lock: missing: run `slgen pin`\n"),
        "{out}"
    );
    assert!(!project.path().join("slgen.lock").exists());

    let (status, out, _) = said(project.path(), &["pin"]);
    assert_eq!((status, out.as_str()), (0, "slgen.lock: written\n"));
    assert_eq!(said(project.path(), &["generate", "--check"]).0, 0);
    let (status, out, _) = said(project.path(), &["pin"]);
    assert_eq!(
        (status, out.as_str()),
        (0, "slgen.lock: nothing has changed\n")
    );
}

/// What is needed and has no pin fails the gate, whether there is a lock file or not, and names the command.
#[test]
fn what_has_no_pin_fails_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    example_files::lay_out("compact", folder.path());
    let manifest = fs::read_to_string(format!("{ROOT}/examples/compact/slgen.yaml")).unwrap();
    let unpinned = manifest.replacen(
        "    source: src/api\n",
        "    source: src/api\n    image: { base: \"registry.example.com/python:3.13\" }\n",
        1,
    );
    assert_ne!(manifest, unpinned);
    fs::write(folder.path().join("slgen.yaml"), unpinned).unwrap();
    for command in ["pin --check", "pin --offline", "pin --check"] {
        let arguments: Vec<&str> = command.split(' ').collect();
        let (status, _, err) = said(folder.path(), &arguments);
        assert_eq!(status, 3, "{command}: {err}");
        assert!(
            err.contains("image registry.example.com/python:3.13 is needed and not pinned")
                && err.contains("run `slgen pin`"),
            "{command}: {err}"
        );
    }
    let (status, _, err) = said(folder.path(), &["validate"]);
    assert_eq!(status, 3);
    assert!(
        err.contains("SLG-PKG-013")
            && err.contains("registry.example.com/python:3.13 has no digest: run `slgen pin`"),
        "{err}"
    );
}

#[test]
fn a_blueprint_that_changed_under_its_name_is_refused() {
    let project = project();
    assert_eq!(said(project.path(), &["pin"]).0, 0);
    edit(&project.path().join("base/blueprint.yaml"), |text| {
        text.replacen("retention_days: 365", "retention_days: 400", 1)
    });
    for command in [&["validate"][..], &["generate"], &["generate", "--check"]] {
        let (status, _, err) = said(project.path(), command);
        assert_eq!(status, 1, "{err}");
        assert!(
            err.contains("error[SLG-LOCK-002]: path:base 1.0.0 is not what was pinned"),
            "{err}"
        );
        assert!(err.contains("--> slgen.lock:4:"), "{err}");
        assert!(err.contains("run `slgen pin`"), "{err}");
    }
    assert!(!project.path().join("infra").exists());

    let (status, out, _) = said(project.path(), &["pin", "--check"]);
    assert_eq!(status, 2);
    assert!(
        out.contains("stale") && out.contains("\n- {") && out.contains("\n+ {"),
        "{out}"
    );
    assert_eq!(said(project.path(), &["pin"]).0, 0);
    assert_eq!(said(project.path(), &["validate"]).0, 0);
}

#[test]
fn another_version_of_the_blueprint_or_the_provider_is_refused() {
    let project = project();
    assert_eq!(said(project.path(), &["pin"]).0, 0);
    let lock = project.path().join("slgen.lock");
    let pinned = fs::read_to_string(&lock).unwrap();
    for (from, to, place, message) in [
        (
            "5.100.0",
            "6.0.0",
            "slgen.lock:7:",
            "this slgen generates for hashicorp/aws 5.100.0",
        ),
        (
            "\"1.0.0\"",
            "\"1.1.0\"",
            "slgen.lock:4:",
            "path:base is pinned at 1.1.0",
        ),
        (
            "path:base",
            "path:other",
            "slgen.yaml:",
            "slgen.lock does not pin path:base",
        ),
        (
            "\"h1:",
            "\"h1:\\\"",
            "slgen.lock:8:",
            "a hash is h1: with 44 characters",
        ),
        (
            "\"version\": 1,",
            "\"version\": 9,",
            "slgen.lock:2:",
            "reads version 1",
        ),
        ("{\n", "{\n<<<<<<< HEAD\n", "slgen.lock:", "SLG-LOCK-001"),
    ] {
        fs::write(&lock, pinned.replacen(from, to, 1)).unwrap();
        let (status, _, err) = said(project.path(), &["validate"]);
        assert_eq!(status, 1, "{from}: {err}");
        assert!(
            err.contains(message) && err.contains(place),
            "{from}: {err}"
        );
        assert!(err.contains("slgen pin"), "{from}: {err}");
        let (status, out, _) = said(project.path(), &["--format", "json", "validate"]);
        assert_eq!(status, 1);
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert!(json["diagnostics"][0]["line"].as_u64().is_some(), "{out}");
    }
    fs::write(&lock, [0xff, 0xfe]).unwrap();
    let (status, _, err) = said(project.path(), &["validate"]);
    assert_eq!(status, 1);
    assert!(err.contains("slgen.lock: not UTF-8"), "{err}");
    assert_eq!(
        said(project.path(), &["pin"]).0,
        1,
        "what cannot be read is not overwritten"
    );
}

/// A hash that someone added for a further platform reaches Terraform's lock file.
#[test]
fn the_hashes_of_the_lock_file_are_those_of_terraform() {
    let project = project();
    assert_eq!(said(project.path(), &["pin"]).0, 0);
    let more = format!("h1:{}=", "A".repeat(43));
    edit(&project.path().join("slgen.lock"), |text| {
        text.replacen("\"h1:", &format!("\"{more}\",\n      \"h1:"), 1)
    });
    assert_eq!(said(project.path(), &["generate"]).0, 0);
    let terraform = project.path().join("infra/orders/.terraform.lock.hcl");
    let text = fs::read_to_string(terraform).unwrap();
    assert!(text.contains(&format!("    \"{more}\",\n")), "{text}");
    let (status, out, _) = said(project.path(), &["pin", "--check"]);
    assert_eq!(status, 0, "{out}");
}

#[test]
fn a_manifest_without_a_blueprint_cannot_be_pinned() {
    let project = project();
    edit(&project.path().join("slgen.yaml"), |text| {
        text.replacen("path:base", "path:elsewhere", 1)
    });
    let (status, _, err) = said(project.path(), &["pin"]);
    assert_eq!(status, 1);
    assert!(err.contains("SLG-BLUEPRINT-001"), "{err}");
    assert!(!project.path().join("slgen.lock").exists());
}
