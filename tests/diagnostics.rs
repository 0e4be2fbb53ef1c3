//! Bad manifests and everything that is said about them: `tests/diagnostics/<fault>.yaml` beside its
//! expected text. `UPDATE=1` rewrites what is expected.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

fn validate(manifest: &str, format: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder())
        .args(["-m", manifest, "--format", format, "validate"])
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

/// Manifests beside this file, sorted.
fn manifests() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|e| e == "yaml"))
        .collect();
    names.sort();
    names
}

fn shown(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn everything_that_is_wrong_is_said_with_its_place_and_its_fix() {
    let update = std::env::var_os("UPDATE").is_some();
    let manifests = manifests();
    assert!(manifests.len() >= 100);
    let mut stale = Vec::new();
    for manifest in &manifests {
        let output = validate(manifest, "text");
        let status = output.status.code().unwrap();
        let text = format!("{}exit status {status}\n", shown(&output));
        let expected = folder().join(manifest).with_extension("txt");
        if update {
            fs::write(&expected, &text).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != text {
            stale.push(format!("{manifest}:\n{text}"));
        }
        let harmless = ["warning-", "note-", "passes-"]
            .iter()
            .any(|prefix| manifest.starts_with(prefix));
        assert_eq!(status, i32::from(!harmless), "{manifest}: {text}");
        assert_eq!(text.starts_with("exit"), manifest.starts_with("passes-"));
        assert!(!text.contains("hunter2"), "{manifest} shows a secret");
    }
    assert!(
        stale.is_empty(),
        "UPDATE=1 cargo test --test diagnostics rewrites:\n{}",
        stale.join("\n")
    );
}

/// Every error has a place and a fix; those of the other formats are the same ones.
#[test]
fn every_format_says_the_same() {
    for manifest in manifests() {
        let json: serde_json::Value =
            serde_json::from_str(&shown(&validate(&manifest, "json"))).unwrap();
        let list = json["diagnostics"].as_array().unwrap();
        for diagnostic in list {
            assert!(
                diagnostic["line"].as_u64().is_some(),
                "{manifest}: {diagnostic}"
            );
            assert!(
                diagnostic["column"].as_u64().is_some(),
                "{manifest}: {diagnostic}"
            );
            assert!(
                diagnostic["help"]
                    .as_str()
                    .is_some_and(|help| !help.is_empty()),
                "{manifest}: {diagnostic}"
            );
        }
        let sarif: serde_json::Value =
            serde_json::from_str(&shown(&validate(&manifest, "sarif"))).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), list.len(), "{manifest}");
        for (result, diagnostic) in results.iter().zip(list) {
            assert_eq!(result["ruleId"], diagnostic["code"]);
            let region = &result["locations"][0]["physicalLocation"]["region"];
            assert_eq!(region["startLine"], diagnostic["line"]);
            assert_eq!(region["endColumn"], diagnostic["end_column"]);
        }
        let gitlab: serde_json::Value =
            serde_json::from_str(&shown(&validate(&manifest, "gitlab"))).unwrap();
        assert_eq!(gitlab.as_array().unwrap().len(), list.len(), "{manifest}");
        let github = shown(&validate(&manifest, "github"));
        assert_eq!(github.lines().count(), list.len(), "{manifest}: {github}");
        assert!(github.lines().all(|line| line.starts_with("::")));
    }
}

#[test]
fn a_secret_shows_in_no_format() {
    for manifest in manifests().iter().filter(|name| name.contains("secret")) {
        for format in ["text", "json", "sarif", "github", "gitlab"] {
            let output = validate(manifest, format);
            assert!(!shown(&output).contains("hunter2"), "{manifest} {format}");
            assert!(!String::from_utf8_lossy(&output.stdout).contains("hunter2"));
        }
    }
}

/// Hostile texts are refused in no time: the bound is generous, a hang or a blow-up is far beyond it.
#[test]
fn bombs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut lol = String::from("a0: &a0 [lol]\n");
    for level in 1..30 {
        let before = level - 1;
        lol.push_str(&format!("a{level}: &a{level} [*a{before}, *a{before}]\n"));
    }
    let most = 1024 * 1024 - 64;
    let long_key = format!(
        "\"{}\": [{}]\n",
        "k".repeat(most / 2),
        "1,".repeat(most / 4 - 16)
    );
    for (name, text) in [
        ("aliases", lol),
        ("lists", "[".repeat(most)),
        ("mappings", "{".repeat(most)),
        ("block lists", "- ".repeat(most / 2)),
        ("question marks", "? ".repeat(most / 2)),
        ("keys", "a: ".repeat(most / 3)),
        ("long key", long_key),
        ("open quote", format!("a: \"{}", "x".repeat(most))),
        ("one scalar", format!("version: {}\n", "x".repeat(most))),
        (
            "many keys",
            (0..100_000).map(|n| format!("k{n}:\n")).collect(),
        ),
        (
            "many faults",
            format!("functions: [{}]\n", "[],".repeat(most / 4)),
        ),
        ("many documents", "---\n".repeat(most / 4)),
    ] {
        fs::write(folder.path().join("slgen.yaml"), text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(folder.path())
            .arg("validate")
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(output.stderr.len() < 16 * 1024 * 1024, "{name}");
        assert!(shown(&output).contains("error[SLG-"), "{name}");
    }
    // Read no further than the limit: the file is sparse, so that the test needs no disk either.
    let large = fs::File::create(folder.path().join("slgen.yaml")).unwrap();
    large.set_len(100 * 1024 * 1024 * 1024).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder.path())
        .arg("validate")
        .output()
        .unwrap();
    assert!(shown(&output).contains("larger than 1 MiB"));
}
