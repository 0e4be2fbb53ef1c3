//! Handlers in Go: their tests, and the programs on a local Runtime API.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{Language, Project, exercise};
use crate::{ROOT, installed, text};

/// What the two modules that a handler needs are replaced by where they cannot be had: registries of Go modules
/// are not reachable everywhere.
const STANDING_IN: [(&str, &str); 2] = [
    ("github.com/aws/aws-lambda-go", "lambda"),
    ("github.com/aws/smithy-go/aws-http-auth", "auth"),
];

/// Go in the source folder of a handler; what it builds of the standard library is kept.
fn go(source: &Path, arguments: &[&str]) -> Output {
    let target = Path::new(ROOT).join("target/tmp/handlers-go");
    Command::new(installed("golang", "go"))
        .args(arguments)
        .current_dir(source)
        .env("GOCACHE", target.join("cache"))
        .env("GOPATH", target.join("path"))
        .env("GOFLAGS", "-mod=readonly")
        .env("GOTOOLCHAIN", "local")
        .env("GOTELEMETRY", "off")
        .env("CGO_ENABLED", "0")
        .output()
        .unwrap()
}

fn succeed(source: &Path, arguments: &[&str]) -> String {
    let output = go(source, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// The module with its needs replaced, beside the project: the handler stays as it was written.
fn standing_in(project: &Project, source: &Path) -> PathBuf {
    let mut module = std::fs::read_to_string(source.join("go.mod")).unwrap();
    for (name, folder) in STANDING_IN {
        let folder = Path::new(ROOT).join("tests/e2e/handlers/go").join(folder);
        module.push_str(&format!("replace {name} => {}\n", folder.display()));
    }
    let path = project.folder.path().join("standing-in.mod");
    std::fs::write(&path, module).unwrap();
    path
}

#[test]
fn go_handlers_run_and_refuse() {
    let project = Project::scaffold(Language::Go);
    for kind in project.kinds() {
        let source = project.source(kind);
        let root = succeed(&source, &["env", "GOROOT"]);
        let format = Command::new(Path::new(root.trim()).join("bin/gofmt"))
            .args(["-l", "-e", "."])
            .current_dir(&source)
            .output()
            .unwrap();
        assert!(
            format.status.success() && text(&format).is_empty(),
            "{kind}: {}",
            text(&format)
        );
        // All but the program needs the standard library alone.
        let tested = succeed(&source, &["test", "-count=1", "./edge", "./work"]);
        assert_eq!(
            tested.matches("ok  \thandler/").count(),
            2,
            "{kind}: {tested}"
        );
        // By the sums of the handler where its modules can be had.
        let program = project.binary(kind);
        let program = program.to_str().unwrap();
        let is_real = go(&source, &["mod", "download"]).status.success();
        let module = format!("-modfile={}", standing_in(&project, &source).display());
        let mut build = vec!["build", "-trimpath", "-o", program];
        if is_real {
            assert!(succeed(&source, &["mod", "verify"]).contains("all modules verified"));
            succeed(&source, &["vet", "./..."]);
        } else {
            build.push(&module);
        }
        println!("{kind}: built with the real modules: {is_real}");
        build.push(".");
        succeed(&source, &build);
    }
    exercise::all(&project);
}
