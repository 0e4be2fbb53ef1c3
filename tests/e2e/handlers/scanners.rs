//! The tools that look for holes find none in the handlers, and find one that is planted.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Project, npm_tools};
use crate::{ROOT, installed, text};

/// A file with a hole, in a folder of its own: the tool that finds nothing in the handlers finds this.
fn planted(project: &Project, name: &str, content: &str) -> PathBuf {
    let folder = project.folder.path().join("planted");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), content).unwrap();
    folder
}

pub(super) fn clean_python(project: &Project) {
    let sources = project.folder.path().join("src");
    let hole = planted(
        project,
        "hole.py",
        "import subprocess\n\ndef handler(event, context):\n    logger.info(event)\n    return eval(event)\n",
    );
    let bandit = |folder: &Path| {
        Command::new(installed("handlers", "bandit"))
            .args(["--quiet", "--recursive"])
            .arg(folder)
            .output()
            .unwrap()
    };
    let found = bandit(&hole);
    assert!(text(&found).contains("B307"), "{}", text(&found));
    let found = bandit(&sources);
    assert!(found.status.success(), "{}", text(&found));
    semgrep(&hole, &["python-runs-text", "python-logs-the-event"]);
    semgrep(&sources, &[]);
}

pub(super) fn clean_typescript(project: &Project) {
    let sources = project.folder.path().join("src");
    let hole = planted(
        project,
        "hole.ts",
        "export const handler = (event: any) => { console.log(event); return eval(event.code); };\n",
    );
    let eslint = |folder: &Path| {
        Command::new("node")
            .arg(npm_tools().join("node_modules/eslint/bin/eslint.js"))
            .arg("--config")
            .arg(Path::new(ROOT).join("tests/e2e/handlers/eslint.config.mjs"))
            .arg(".")
            .current_dir(folder)
            .env("HANDLERS_NPM", npm_tools())
            .output()
            .unwrap()
    };
    let found = eslint(&hole);
    assert!(
        text(&found).contains("security/detect-eval-with-expression"),
        "{}",
        text(&found)
    );
    let found = eslint(&sources);
    assert!(found.status.success(), "{}", text(&found));
    semgrep(
        &hole,
        &["typescript-runs-text", "typescript-logs-the-event"],
    );
    semgrep(&sources, &[]);
}

/// Our rules and njsscan's give exactly these findings.
fn semgrep(folder: &Path, expected: &[&str]) {
    // Its own list leaves out tests and what was compiled.
    std::fs::write(folder.join(".semgrepignore"), "node_modules/\n").unwrap();
    let program = installed("handlers", "semgrep");
    let libraries = program.parent().unwrap().parent().unwrap().join("lib");
    let njsscan = std::fs::read_dir(libraries)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .join("site-packages/njsscan/rules/semantic_grep")
        })
        .find(|path| path.exists())
        .unwrap();
    let output = Command::new(&program)
        .args([
            "scan",
            "--metrics",
            "off",
            "--disable-version-check",
            "--no-git-ignore",
            "--json",
        ])
        .arg("--config")
        .arg(Path::new(ROOT).join("tests/tools/handlers-semgrep.yaml"))
        .arg("--config")
        .arg(njsscan)
        .arg(".")
        .current_dir(folder)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["errors"], json!([]));
    assert!(!report["paths"]["scanned"].as_array().unwrap().is_empty());
    let mut found: Vec<&str> = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|result| result["check_id"].as_str()?.rsplit('.').next())
        .collect();
    found.sort_unstable();
    found.dedup();
    if expected.is_empty() {
        assert!(found.is_empty(), "{:#}", report["results"]);
    }
    for rule in expected {
        assert!(found.contains(rule), "{rule} is not among {found:?}");
    }
}
