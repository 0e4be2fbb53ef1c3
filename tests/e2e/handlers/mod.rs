//! Scaffolded handlers with their real runtime clients, and under the tools that look for holes.

mod exercise;
mod golang;
mod running;
pub(crate) mod runtime_api;
mod scanners;
mod signed;
mod streams;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::{ROOT, example_files, installed, slgen, text};

const ACCOUNT: &str = "111111111111";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Typescript,
    Go,
    Rust,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Typescript => "typescript",
            Self::Go => "go",
            Self::Rust => "rust",
        }
    }
}

/// A project with a handler of each trigger kind in a language.
struct Project {
    folder: tempfile::TempDir,
    language: Language,
}

impl Project {
    fn scaffold(language: Language) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let from = Path::new(ROOT).join("tests/e2e/handlers");
        std::fs::copy(from.join("slgen.yaml"), folder.path().join("slgen.yaml")).unwrap();
        example_files::copy(&from.join("schemas"), &folder.path().join("schemas"));
        let project = Self { folder, language };
        for kind in project.kinds() {
            let function = format!("{kind}-{}", language.name());
            let language = language.name();
            let arguments = ["scaffold", &function, "--language", language];
            let output = slgen(project.folder.path(), &arguments);
            assert!(output.status.success(), "{}", text(&output));
        }
        project
    }

    /// Names of the functions without their language.
    fn kinds(&self) -> &'static [&'static str] {
        match self.language {
            Language::Python | Language::Typescript => &[
                "api", "worker", "nightly", "fold", "watch", "notify", "files", "events", "hook",
                "rows", "signed",
            ],
            // URLs have no handlers in these yet, and databases no repositories.
            Language::Go | Language::Rust => &[
                "api", "worker", "nightly", "fold", "watch", "notify", "files", "events",
            ],
        }
    }

    fn source(&self, kind: &str) -> PathBuf {
        let folder = format!("src/{kind}_{}", self.language.name());
        self.folder.path().join(folder)
    }

    /// What was built, where it is an executable of ours.
    fn binary(&self, kind: &str) -> PathBuf {
        self.folder.path().join(kind)
    }

    fn data(&self, kind: &str, name: &str) -> Value {
        let path = self.source(kind).join("tests").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }
}

#[test]
fn python_handlers_run_and_refuse() {
    let project = Project::scaffold(Language::Python);
    for kind in project.kinds() {
        let source = project.source(kind);
        // What the venv holds is what the handler pins.
        let pinned = match *kind {
            "rows" => "requirements-postgresql.txt",
            _ => "requirements.txt",
        };
        let pinned = Path::new(ROOT)
            .join("templates/handlers/python")
            .join(pinned);
        assert_eq!(
            std::fs::read_to_string(source.join("requirements.txt")).unwrap(),
            std::fs::read_to_string(pinned).unwrap()
        );
        let output = Command::new(installed("handlers-python", "python"))
            .args(["-m", "unittest", "discover", "-t", ".", "-s", "tests"])
            .current_dir(source)
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{kind}: {}", text(&output));
        let count = text(&output)
            .split("Ran ")
            .nth(1)
            .and_then(|t| t.split(' ').next()?.parse().ok());
        assert!(
            count.is_some_and(|count: u32| count >= 3),
            "{}",
            text(&output)
        );
    }
    exercise::all(&project);
    scanners::clean_python(&project);
}

#[test]
fn typescript_handlers_run_and_refuse() {
    let project = Project::scaffold(Language::Typescript);
    for kind in project.kinds() {
        let npm = |arguments: &[&str]| -> Output {
            let output = Command::new("npm")
                .args(arguments)
                .current_dir(project.source(kind))
                .output()
                .unwrap();
            assert!(output.status.success(), "{kind}: {}", text(&output));
            output
        };
        // The lock file was cut to size: npm takes it only if it fits the package.
        npm(&[
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefer-offline",
        ]);
        let output = npm(&["test"]);
        assert!(text(&output).contains("# fail 0"), "{}", text(&output));
    }
    exercise::all(&project);
    scanners::clean_typescript(&project);
}

#[test]
fn rust_handlers_run_and_refuse() {
    let project = Project::scaffold(Language::Rust);
    for kind in project.kinds() {
        let source = project.source(kind);
        let run = |program: &str, arguments: &[&str]| -> String {
            let output = Command::new(program)
                .args(arguments)
                .current_dir(&source)
                // One for all: their dependencies are built once.
                .env("CARGO_TARGET_DIR", rust_target())
                .env("CARGO_PROFILE_DEV_DEBUG", "false")
                .env("CARGO_INCREMENTAL", "0")
                .output()
                .unwrap();
            assert!(output.status.success(), "{kind}: {}", text(&output));
            text(&output)
        };
        run("rustfmt", &["--check", "--edition", "2024", "src/main.rs"]);
        // The lock file was cut to size: cargo takes it only if nothing is missing and nothing is left over.
        run("cargo", &["fetch", "--locked"]);
        let offline = ["--locked", "--offline", "--quiet"];
        let built = run(
            "cargo",
            &[&["build", "--bins", "--tests"], &offline[..]].concat(),
        );
        assert!(!built.contains("warning"), "{kind}: {built}");
        let tested = run("cargo", &[&["test"], &offline[..]].concat());
        assert!(tested.contains("0 failed; 0 ignored"), "{kind}: {tested}");
        std::fs::copy(rust_target().join("debug/bootstrap"), project.binary(kind)).unwrap();
    }
    exercise::all(&project);
}

fn rust_target() -> PathBuf {
    Path::new(ROOT).join("target/tmp/handlers-rust")
}

fn npm_tools() -> PathBuf {
    let folder = Path::new(ROOT).join(".tools/handlers-npm");
    assert!(folder.exists(), "run `bash scripts/install-tools`");
    folder
}
