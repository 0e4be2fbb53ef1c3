//! The pipelines that are generated: what stands in them, where they stand, and what their scripts do.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pipeline_files::{PIPELINES, Project, scripts};
use serde_json::Value;

use crate::pipeline_files;

const WORKFLOW: &str = ".github/workflows/slgen-orders.yml";

fn ci(name: &str) -> &'static str {
    PIPELINES
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap()
        .1
}

fn text(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

/// `UPDATE=1` writes what is expected.
#[test]
fn what_is_generated_stands_in_the_repository_for_review() {
    let project = Project::new("services/orders");
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/pipelines");
    let update = std::env::var_os("UPDATE").is_some();
    for (name, ci) in PIPELINES {
        project.with(ci);
        let files = project.generated();
        assert_eq!(files.len(), 2, "{name}");
        for (path, text) in files {
            let file = Path::new(&path).file_name().unwrap();
            let file = expected.join(name).join(file);
            if update {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(&file, &text).unwrap();
            }
            let known = fs::read_to_string(&file).unwrap_or_default();
            assert_eq!(
                known, text,
                "UPDATE=1 cargo test --test suite pipelines:: rewrites {name}: {path}"
            );
        }
    }
}

#[test]
fn the_workflow_is_slgens_like_every_other_file() {
    let project = Project::new("services/orders");
    let workflow = project.top.join(WORKFLOW);
    project.with(ci("github"));
    let dry = text(&project.slgen(&["generate", "--dry-run"]));
    assert!(dry.contains("+name: \"slgen orders\""), "{dry}");
    assert!(!workflow.exists());
    project.generated();
    assert_eq!(
        project.slgen(&["generate", "--check"]).status.code(),
        Some(0)
    );

    let whole = fs::read_to_string(&workflow).unwrap();
    fs::write(
        &workflow,
        whole.replace("permissions: {}", "permissions: write-all"),
    )
    .unwrap();
    let check = project.slgen(&["generate", "--check"]);
    assert_eq!(check.status.code(), Some(2));
    let told = text(&check);
    let shown = format!("../../{WORKFLOW}: edited since slgen wrote it");
    assert!(told.contains(&shown), "{told}");
    let diff = project.slgen(&["diff"]);
    let told = text(&diff);
    assert!(told.contains("-permissions: write-all"), "{told}");
    assert!(told.contains("+permissions: {}"), "{told}");
    assert_eq!(project.slgen(&["generate"]).status.code(), Some(1));
    assert!(project.slgen(&["generate", "--force"]).status.success());
    assert_eq!(fs::read_to_string(&workflow).unwrap(), whole);
    fs::remove_file(workflow.with_extension("yml.backup")).unwrap();

    // Another of the user's stays when ours goes.
    fs::write(project.top.join(".github/workflows/own.yml"), "on: push\n").unwrap();
    project.with("");
    assert!(project.generated().is_empty());
    assert!(project.top.join(".github/workflows/own.yml").exists());
}

/// What a pipeline names stands in the lock file, where it is reviewed and refreshed.
#[test]
fn what_a_pipeline_names_is_pinned() {
    let project = Project::new("");
    for (form, ci) in PIPELINES {
        project.with(ci);
        let _ = fs::remove_file(project.root.join("slgen.lock"));
        let output = project.slgen(&["pin", "--offline"]);
        assert!(output.status.success(), "{form}: {}", text(&output));
        let locked = fs::read_to_string(project.root.join("slgen.lock")).unwrap();
        let lock: Value = serde_json::from_str(&locked).unwrap();
        let count = |list: &str| lock[list].as_array().map_or(0, Vec::len);
        let actions = if form == "gitlab" { 0 } else { 7 };
        assert_eq!((count("tools"), count("actions")), (4, actions), "{form}");
        let generated = project.generated();
        for tool in lock["tools"].as_array().unwrap() {
            let sha256 = tool["sha256"]["linux_amd64"].as_str().unwrap();
            let used = generated.iter().any(|(_, text)| text.contains(sha256));
            assert!(used, "{form}: {tool}");
        }
        // Renovate finds them there.
        let preset = generated
            .iter()
            .find(|(path, _)| path.ends_with("renovate.json"));
        if let Some((_, preset)) = preset {
            let preset: Value = serde_json::from_str(preset).unwrap();
            let pattern = preset["customManagers"][0]["matchStrings"][0]
                .as_str()
                .unwrap();
            let found = regex_lite::Regex::new(pattern).unwrap();
            assert_eq!(found.find_iter(&locked).count(), actions, "{form}");
        }
        // Another commit in the lock is another commit in the workflow.
        if form != "gitlab" {
            let path = project.root.join("slgen.lock");
            let before = fs::read_to_string(&path).unwrap();
            let commit = lock["actions"][0]["commit"].as_str().unwrap();
            let other = "0123456789abcdef0123456789abcdef01234567";
            fs::write(&path, before.replace(commit, other)).unwrap();
            assert!(project.generated()[0].1.contains(other));
        }
    }
}

/// Renovate finds a blueprint where the manifest names it, in both forms of YAML.
#[test]
fn blueprints_are_kept_fresh_too() {
    let project = Project::new("");
    project.with(ci("github"));
    let files = project.generated();
    let (_, preset) = files
        .iter()
        .find(|(path, _)| path.ends_with("renovate.json"))
        .unwrap();
    let preset: Value = serde_json::from_str(preset).unwrap();
    let managers = preset["customManagers"].as_array().unwrap();
    for (datasource, manifest, package) in [
        (
            "git-tags",
            "baseline: { source: \"git::https://git.example.com/a/b.git//acme\", version: 1.2.0 }",
            "https://git.example.com/a/b.git",
        ),
        (
            "git-tags",
            "baseline:\n  source: git::https://git.example.com/a/b\n  version: \"1.2.0\"\n",
            "https://git.example.com/a/b",
        ),
        (
            "docker",
            "baseline: { source: \"oci://registry.example.com/a/b\", version: 1.2.0 }",
            "registry.example.com/a/b",
        ),
    ] {
        let found = managers.iter().find(|manager| {
            manager["datasourceTemplate"] == datasource
                && manager["managerFilePatterns"][0] == "slgen.yaml"
        });
        let pattern = found.unwrap()["matchStrings"][0].as_str().unwrap();
        let found = regex_lite::Regex::new(pattern).unwrap().captures(manifest);
        let found = found.unwrap_or_else(|| panic!("{pattern}: {manifest}"));
        assert_eq!(&found["packageName"], package);
        assert_eq!(&found["currentValue"], "1.2.0");
    }
}

/// The names that can be anything: the folders that the project is in, and the manifest.
#[test]
fn hostile_names_are_refused_or_only_text() {
    for name in [
        "a\"b: [c",
        "a' #b",
        "a\nb: c",
        "a${{ github.token }}b",
        "$(touch pwned)",
        "- a: &b *c",
        "{{a}}",
        "%\u{85}\u{2028}ü",
    ] {
        let evaluated = name.contains("${{") || name.chars().any(char::is_control);
        for (form, ci) in PIPELINES {
            let project = Project::new(name);
            project.with(ci);
            if evaluated {
                let output = project.slgen(&["generate"]);
                assert_eq!(output.status.code(), Some(1), "{form}: {name:?}");
                assert!(text(&output).contains("SLG-CI-001"), "{}", text(&output));
                assert!(!project.root.join("infra").exists());
                continue;
            }
            for (path, text) in project.generated() {
                let document: Value = serde_yaml::from_str(&text).unwrap();
                let held = strings(&document)
                    .into_iter()
                    .any(|text| text.contains(name));
                assert!(held, "{form}: {name:?} is lost in {path}");
                for (_, script) in scripts_of(&path, &text) {
                    assert!(!script.contains(name), "{form}: {name:?} in {script}");
                }
            }
        }
    }
}

fn scripts_of(path: &str, text: &str) -> Vec<(String, String)> {
    if path.ends_with("orders.yml") || path.ends_with("gitlab-ci.yml") {
        scripts(text)
    } else {
        Vec::new()
    }
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(map) => map.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// No expression of the platform in any script, and nothing of it evaluated by the shell while it is read.
#[test]
fn scripts_hold_no_values() {
    let project = Project::new("services/orders");
    for (name, ci) in PIPELINES {
        project.with(ci);
        for (path, text) in project.generated() {
            let scripts = scripts_of(&path, &text);
            assert_eq!(
                scripts.is_empty(),
                path.contains("renovate") || path.contains("dependabot")
            );
            for (step, script) in scripts {
                for value in [
                    "{{",
                    "orders",
                    "prod",
                    "111111111111",
                    "eu-west-1",
                    "sha256:0",
                ] {
                    assert!(!script.contains(value), "{name}: {step}: {value}: {script}");
                }
                let read = Command::new("bash")
                    .args(["-n", "-c", &script])
                    .output()
                    .unwrap();
                assert!(
                    read.status.success(),
                    "{name}: {step}: {}",
                    self::text(&read)
                );
            }
        }
    }
}

/// A job of a pipeline that does what `step` says, with programs of ours in the place of others.
struct Step {
    folder: tempfile::TempDir,
    script: String,
}

impl Step {
    fn new(ci: &str, name: &str) -> Self {
        let project = Project::new("");
        project.with(ci);
        let files = project.generated();
        let found = scripts(&files[0].1);
        let (_, script) = found.iter().find(|(step, _)| step == name).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("bin")).unwrap();
        Self {
            folder,
            script: script.clone(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program that does this, and writes down its arguments, each on a line.
    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        let calls = self.path("calls");
        let text = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >>'{}'\n{script}\n",
            calls.display()
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        let output = Command::new("bash")
            .args([
                "--noprofile",
                "--norc",
                "-euo",
                "pipefail",
                "-c",
                &self.script,
            ])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path)
            .env("RUNNER_TEMP", self.folder.path())
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GITHUB_REPOSITORY", "acme/shop")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        (output.status.code(), text(&output))
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.path("calls")).unwrap_or_default()
    }
}

#[test]
fn a_scanner_that_could_not_run_fails_the_job() {
    for (form, step, program) in [
        ("github", "dependencies: OSV-Scanner", "osv-scanner"),
        ("github-snyk", "dependencies: Snyk", "snyk"),
    ] {
        for (exit, expected) in [(0, 0), (1, 1), (2, 1), (3, 1), (127, 1), (128, 1)] {
            let step = Step::new(ci(form), step);
            step.program(program, &format!("exit {exit}"));
            step.file("src/a/requirements.txt", "");
            fs::create_dir_all(step.path("src/b")).unwrap();
            let (status, shown) = step.run(&[("SOURCES", "src/a src/b"), ("SNYK_TOKEN", "t")]);
            assert_eq!(status, Some(expected), "{form} {exit}: {shown}");
            assert!(step.calls().contains("src/a"), "{shown}");
            assert!(shown.contains("src/b: no lock file"), "{shown}");
        }
    }
    for (form, step, variable) in [
        ("github-snyk", "dependencies: Snyk", "SNYK_TOKEN"),
        (
            "github-owasp",
            "dependencies: OWASP Dependency-Check",
            "NVD_API_KEY",
        ),
    ] {
        let step = Step::new(ci(form), step);
        let (status, shown) = step.run(&[("SOURCES", "src/a"), (variable, "")]);
        assert_eq!(status, Some(1));
        assert!(shown.contains("what is not known is not clean"), "{shown}");
    }
}

/// The image is built from what slgen wrote; of a runtime that it writes nothing for, from the function's own.
#[test]
fn images_are_built_on_both_platforms() {
    let github = Step::new(ci("github"), "images: Build");
    let gitlab = Step::new(ci("gitlab"), "slgen orders: images for linux/arm64");
    for (step, platform) in [(github, "github"), (gitlab, "gitlab")] {
        step.program("buildah", "");
        step.file("infra/images/a/Dockerfile", "");
        step.file("src/b/Dockerfile", "");
        let built = step.path("built");
        let built = built.to_str().unwrap();
        for (function, source) in [("a", "src/a"), ("b", "src/b")] {
            let (status, shown) = step.run(&[
                ("OUT", "infra"),
                ("FUNCTION", function),
                ("SOURCE", source),
                ("IMAGES", &format!("{function}={source}")),
                ("PLATFORM", "linux/arm64"),
                ("BUILT", built),
            ]);
            assert_eq!(status, Some(0), "{platform}: {shown}");
        }
        let calls = step.calls();
        for words in [
            "--file\ninfra/images/a/Dockerfile\n--ignorefile\ninfra/images/a/Dockerfile.dockerignore\n--tag\nlocalhost/a\nsrc/a\n",
            "--file\nsrc/b/Dockerfile\n--tag\nlocalhost/b\nsrc/b\n",
            &format!("push\nlocalhost/b\noci-archive:{built}/b.tar\n"),
        ] {
            assert!(calls.contains(words), "{platform}: {words}: {calls}");
        }
    }
}

#[test]
fn a_branch_of_any_name_is_one_argument() {
    let name = "x\"; touch pwned; $(touch pwned) `touch pwned` '${{ github.token }}";
    let step = Step::new(
        ci("github"),
        "check: What changes, and which way the security goes",
    );
    step.program("slgen", "echo report; exit 3");
    let (status, shown) = step.run(&[("BASE", name), ("MANIFEST", "slgen.yaml")]);
    assert_eq!(status, Some(3), "{shown}");
    let calls = step.calls();
    assert_eq!(
        calls.lines().last(),
        Some(format!("origin/{name}").as_str())
    );
    assert!(!step.path("pwned").exists());
    // The report is told although the gate failed.
    assert_eq!(
        fs::read_to_string(step.path("output")).unwrap(),
        "report=written\n"
    );
    assert_eq!(
        fs::read_to_string(step.path("summary")).unwrap(),
        "report\n"
    );
}

#[test]
fn the_comment_is_written_once_and_brought_up_to_date_from_then_on() {
    for (known, expected) in [
        ("", "--method\nPOST\nrepos/acme/shop/issues/7/comments"),
        ("41", "--method\nPATCH\nrepos/acme/shop/issues/comments/41"),
    ] {
        let step = Step::new(
            ci("github"),
            "comment: Write the comment, or bring it up to date",
        );
        step.program(
            "gh",
            &format!("case \"$*\" in *--paginate*) printf '%s\\n' {known} ;; esac"),
        );
        step.file(
            "report/report.md",
            "<!-- slgen-diff:v1:orders -->\n# $(touch pwned)\n",
        );
        let (status, shown) = step.run(&[("NUMBER", "7"), ("GH_TOKEN", "t")]);
        assert_eq!(status, Some(0), "{shown}");
        let calls = step.calls();
        assert!(calls.contains(expected), "{known}: {calls}");
        assert!(!step.path("pwned").exists());
    }
}

#[test]
fn a_tool_with_another_checksum_is_not_installed() {
    let tool = "#!/bin/sh\necho tool\n";
    let sum = |text: &str| {
        let output = Command::new("sh")
            .args([
                "-c",
                "printf '%s' \"$1\" | sha256sum | cut -d ' ' -f 1",
                "sh",
                text,
            ])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    for (sha256, installed) in [
        (sum(tool), true),
        (sum("other"), false),
        (String::new(), false),
    ] {
        let step = Step::new(ci("github"), "check: Install slgen");
        step.file("served", tool);
        let served = step.path("served");
        step.program(
            "curl",
            &format!(
                "while [ \"$1\" != --output ]; do shift; done; cp '{}' \"$2\"",
                served.display()
            ),
        );
        let file = step.path("path");
        let (status, shown) = step.run(&[
            ("TOOL", "slgen"),
            ("MEMBER", "slgen"),
            ("URL", "https://example.com/slgen"),
            ("SHA256", &sha256),
            ("GITHUB_PATH", file.to_str().unwrap()),
        ]);
        assert_eq!(status == Some(0), installed, "{sha256}: {shown}");
        assert_eq!(step.path("bin/slgen").exists(), installed, "{sha256}");
        assert_eq!(file.exists(), installed);
    }
}
