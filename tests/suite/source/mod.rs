//! Rules on handler sources: a corpus that was written before them, hostile files, and exceptions.
//!
//! `SLGEN_SOURCE=DIR cargo test --test suite source::folder -- --nocapture` prints what they find in a folder
//! where every parameter counts as an event (see `scripts/try-source-rules`).
#![cfg(feature = "source")]
#![allow(
    clippy::print_stdout,
    reason = "a run's figures, seen with --nocapture"
)]

mod robustness;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;
use slgen::guardrail::source::data;
use slgen::source::{Events, Function, RuleData, scan};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/source/corpus");

/// A project with functions of these sources, each with a schedule for a trigger.
fn project(functions: &[(String, String)], more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = "\
version: 1
service: sources
environments: { dev: { account: \"111111111111\", region: eu-west-1 } }
baseline: { source: \"builtin:aws-baseline\", version: 1.0.0 }
alerts: { email: [you@example.com] }
functions:
"
    .to_owned();
    for (name, source) in functions {
        writeln!(
            manifest,
            "  {name}: {{ source: {source}, triggers: [{{ schedule: \"rate(1 day)\" }}] }}"
        )
        .unwrap();
    }
    manifest.push_str(more);
    std::fs::write(folder.path().join("slgen.yaml"), manifest).unwrap();
    folder
}

fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn slgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn one(handler: &str, more: &str) -> tempfile::TempDir {
    let folder = project(&[("app".to_owned(), "src".to_owned())], more);
    write(folder.path(), "src/app.py", handler);
    folder
}

/// Rule and line of each finding, by file.
fn findings(output: &Output) -> BTreeMap<String, BTreeSet<(String, u64)>> {
    let report: Json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let mut found: BTreeMap<String, BTreeSet<(String, u64)>> = BTreeMap::new();
    for diagnostic in report["diagnostics"].as_array().unwrap() {
        let code = diagnostic["code"].as_str().unwrap().to_owned();
        if code.starts_with("SLG-SRC-") {
            let file = diagnostic["file"].as_str().unwrap().to_owned();
            let line = diagnostic["line"].as_u64().unwrap();
            assert!(diagnostic["column"].as_u64().unwrap() > 0);
            found.entry(file).or_default().insert((code, line));
        } else {
            assert!(
                !code.starts_with("SLG-SOURCE") && !code.starts_with("SLG-MANIFEST"),
                "{diagnostic}"
            );
        }
    }
    found
}

/// Path in the project → rule and line, or nothing.
type Expected = BTreeMap<String, BTreeSet<(String, u64)>>;

/// What each snippet must say.
fn corpus(folder: &Path) -> (Vec<(String, String)>, Expected) {
    let mut functions = BTreeMap::new();
    let mut expected = BTreeMap::new();
    for language in ["python", "javascript", "go", "rust"] {
        for entry in std::fs::read_dir(Path::new(CORPUS).join(language)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let (stem, extension) = name.rsplit_once('.').unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            let rule = stem[..11].to_owned();
            // Whether a handler validates is asked of a folder: each has its own.
            let (function, file) = if rule == "SLG-SRC-010" {
                let stem = match extension {
                    "py" => "app",
                    "go" => "main",
                    _ => "index",
                };
                let function = format!("{language}-{}", stem_of(&name));
                (function, format!("{stem}.{extension}"))
            } else {
                (language.to_owned(), name.clone())
            };
            let source = format!("src/{function}");
            let file = format!("{source}/{file}");
            write(folder, &file, &text);
            let marked = text
                .lines()
                .zip(1_u64..)
                .filter(|(line, _)| line.ends_with(" fires"));
            let marked: BTreeSet<(String, u64)> =
                marked.map(|(_, line)| (rule.clone(), line)).collect();
            assert_eq!(
                marked.len(),
                usize::from(stem.contains("-fires-")),
                "{name}"
            );
            functions.insert(function, source);
            expected.insert(file, marked);
        }
    }
    (functions.into_iter().collect(), expected)
}

/// `SLG-SRC-010-quiet-unused.ts` → `unused`.
fn stem_of(name: &str) -> String {
    let stem = name.rsplit_once('.').unwrap().0;
    stem.splitn(5, '-').nth(4).unwrap().to_owned()
}

#[test]
fn every_snippet_that_should_fires_on_its_line_and_no_near_miss_does() {
    let staged = tempfile::tempdir().unwrap();
    let (functions, expected) = corpus(staged.path());
    let project = project(&functions, "");
    std::fs::rename(staged.path().join("src"), project.path().join("src")).unwrap();
    let output = slgen(project.path(), &["validate", "--format", "json"]);
    assert_eq!(output.status.code(), Some(3));
    let found = findings(&output);
    let fires = expected
        .values()
        .filter(|marked| !marked.is_empty())
        .count();
    let (mut right, mut wrong) = (0, String::new());
    for (file, marked) in &expected {
        let of_file = found.get(file).cloned().unwrap_or_default();
        if of_file == *marked {
            right += 1;
        } else {
            writeln!(wrong, "{file}: {of_file:?} instead of {marked:?}").unwrap();
        }
    }
    println!(
        "{right} of {} snippets, {fires} of which fire",
        expected.len()
    );
    assert_eq!(wrong, "");
    assert!(
        fires >= 40 && expected.len() - fires >= 40,
        "{fires} of {}",
        expected.len()
    );
    let rules: BTreeSet<&String> = expected.values().flatten().map(|(rule, _)| rule).collect();
    assert_eq!(
        rules.len(),
        data().len(),
        "each rule has a snippet that fires"
    );
}

const INJECTED: &str = "\
import jsonschema, os


def handler(event, context):
    os.system('file ' + event['name'])
";

#[test]
fn a_finding_stops_generate_and_stands_in_every_format() {
    let folder = one(INJECTED, "");
    let output = slgen(folder.path(), &["generate"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(!folder.path().join("infra").exists(), "nothing is written");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("error[SLG-SRC-002]"), "{text}");
    assert!(text.contains("src/app.py:5:15"), "{text}");
    assert!(
        text.contains("os.system('file ' + event['name'])"),
        "{text}"
    );
    let sarif = slgen(folder.path(), &["validate", "--format", "sarif"]);
    let sarif: Json = serde_json::from_slice(&sarif.stdout).unwrap();
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "SLG-SRC-002");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/app.py");
    assert_eq!(place["region"]["startLine"], 5);
    assert_eq!(place["region"]["startColumn"], 15);
    assert!(
        run["tool"]["driver"]["rules"][0]["help"]["text"]
            .as_str()
            .unwrap()
            .contains("shell")
    );
    for (format, what) in [
        ("github", "file=src/app.py,line=5"),
        ("gitlab", "src/app.py"),
    ] {
        let output = slgen(folder.path(), &["validate", "--format", format]);
        assert_eq!(output.status.code(), Some(3), "{format}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains(what),
            "{format}"
        );
    }
    let explained = slgen(folder.path(), &["explain", "SLG-SRC-002"]);
    assert!(String::from_utf8_lossy(&explained.stdout).contains("CWE-78"));
}

#[test]
fn an_exception_covers_its_rule_its_function_and_its_file() {
    let exception = |rule: &str, resource: &str| {
        format!(
            "exceptions:\n  - {{ rule: {rule}, scope: functions.app, {resource}reason: r, owner: o@example.com, expires: 2099-12-31 }}\n"
        )
    };
    for (rule, resource, status) in [
        ("SLG-SRC-002", "", 0),
        ("SLG-SRC-002", "resource: src/app.py, ", 0),
        ("SLG-SRC-002", "resource: src/other.py, ", 3),
        ("SLG-SRC-001", "", 3),
    ] {
        let folder = one(INJECTED, &exception(rule, resource));
        let output = slgen(folder.path(), &["validate"]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(status),
            "{rule} {resource}: {text}"
        );
        assert_eq!(
            text.contains("SLG-EXCEPTION-STALE"),
            status == 3,
            "{rule} {resource}: {text}"
        );
    }
}

#[test]
fn a_secret_is_found_and_not_shown() {
    let secret = ["Tr0ub4dor", "&3"].concat();
    let handler = format!("PASSWORD = \"{secret}\"\n\n\ndef handler(event, context):\n    pass\n");
    let folder = one(&handler, "");
    for format in ["text", "json", "sarif", "github", "gitlab"] {
        let output = slgen(folder.path(), &["validate", "--format", format]);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("SLG-SRC-009"), "{format}: {text}");
        assert!(!text.contains(&secret), "{format}: {text}");
    }
}

#[test]
fn what_others_wrote_and_tests_are_left_out() {
    let folder = one("def handler(event, context):\n    pass\n", "");
    for path in [
        "node_modules/x/index.js",
        "vendor/x.py",
        ".venv/x.py",
        "tests/test_app.py",
        "test_app.py",
        "dist/index.min.js",
    ] {
        write(folder.path(), &format!("src/{path}"), "eval(x)\n");
    }
    let output = slgen(folder.path(), &["validate"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    write(folder.path(), "src/lib/rules.py", "eval(x)\n");
    let output = slgen(folder.path(), &["validate"]);
    assert_eq!(output.status.code(), Some(3));
}

/// The rules as their files say now: one can be tried without building anew.
fn rules() -> Vec<RuleData> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/guardrail/source");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let read =
        |file: &PathBuf| serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    files.iter().map(read).collect()
}

/// A line for each finding: rule, file, line, what was called.
#[test]
fn folder() {
    let Some(folder) = std::env::var_os("SLGEN_SOURCE").map(PathBuf::from) else {
        return;
    };
    let root = camino::Utf8PathBuf::from_path_buf(folder).unwrap();
    let function = Function {
        name: "tried".to_owned(),
        source: ".".into(),
        handler: String::new(),
    };
    let events = if std::env::var_os("SLGEN_SOURCE_HANDLERS").is_some() {
        Events::Handlers
    } else {
        Events::EveryParameter
    };
    let started = std::time::Instant::now();
    let scanned =
        robustness::on_a_large_stack(move || (scan(&root, &[function], &rules(), events), root));
    let (scanned, root) = scanned;
    for hit in &scanned.hits {
        let text = std::fs::read_to_string(root.join(&hit.file)).unwrap();
        let line = text[..hit.start].matches('\n').count();
        let source = text.lines().nth(line).unwrap_or_default().trim();
        println!(
            "{} {}:{}: {} | {source}",
            hit.rule,
            hit.file,
            line + 1,
            hit.message
        );
    }
    for unread in &scanned.unread {
        println!("not read: {}: {}", unread.path, unread.reason);
    }
    println!("{} findings in {:?}", scanned.hits.len(), started.elapsed());
}
