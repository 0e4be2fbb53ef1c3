//! Bad manifests and everything that is said about them: `tests/diagnostics/<fault>.yaml` beside its
//! expected text. `UPDATE=1` rewrites what is expected.
#![allow(clippy::print_stdout, reason = "the figures of a long run")]

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

/// For people, on stderr; the document for programs is the result, on stdout.
fn shown(output: &Output) -> String {
    let stream = if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    String::from_utf8(stream.clone()).unwrap()
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
        let stderr = String::from_utf8(output.stderr).unwrap();
        let text = format!("{stderr}exit status {status}\n");
        let expected = folder().join(manifest).with_extension("txt");
        if update {
            fs::write(&expected, &text).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != text {
            stale.push(format!("{manifest}:\n{text}"));
        }
        let harmless = ["warning-", "note-", "passes-"]
            .iter()
            .any(|prefix| manifest.starts_with(prefix));
        let wanted = if manifest.starts_with("gate-") {
            3
        } else {
            i32::from(!harmless)
        };
        assert_eq!(status, wanted, "{manifest}: {text}");
        assert_eq!(text.starts_with("exit"), manifest.starts_with("passes-"));
        assert!(!text.contains("hunter2"), "{manifest} shows a secret");
    }
    assert!(
        stale.is_empty(),
        "UPDATE=1 cargo test --test suite diagnostics:: rewrites:\n{}",
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

/// What `--explain` prints is a manifest that gives the same service, and says where each value is from.
#[test]
fn every_default_is_told_with_its_origin() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/compact");
    let explain = |folder: &Path, format: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(folder)
            .args(["--format", format, "validate", "--explain"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", shown(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = explain(&example, "text");
    for (value, origin) in [
        ("out: infra/orders", "from the service's name"),
        ("retention_days: 365", "baseline aws-baseline 1.0.0"),
        ("timeout_s: 10", "archetype http-api"),
        ("timeout_s: 300", "archetype scheduled-job"),
        (
            "blueprint: queue-worker",
            "the first archetype that takes its triggers",
        ),
        ("runtime: nodejs22.x", "seen in src/worker"),
        ("timezone: UTC", "built-in default"),
        ("service: orders", "line 3"),
        ("audience: [orders]", "api.auth"),
    ] {
        assert!(
            text.lines().any(
                |line| line.trim_start_matches(['-', ' ']).starts_with(value)
                    && line.ends_with(&format!("# {origin}"))
            ),
            "{value} # {origin}:\n{text}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    for part in [
        "src/api/app.py",
        "src/worker/index.mjs",
        "src/nightly/app.py",
        "schemas/order.json",
        "schemas/job.json",
    ] {
        let target = folder.path().join(part);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(example.join(part), target).unwrap();
    }
    fs::write(folder.path().join("slgen.yaml"), &text).unwrap();
    let once: serde_json::Value = serde_json::from_str(&explain(&example, "json")).unwrap();
    let twice: serde_json::Value = serde_json::from_str(&explain(folder.path(), "json")).unwrap();
    assert_eq!(once["manifest"], twice["manifest"]);
    assert_eq!(twice["origins"], serde_json::json!({}));
    let orders = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/orders");
    assert!(explain(&orders, "text").contains("# line 45; prod sets 50\n"));
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

/// Source folders that are always there.
struct Everywhere;

impl slgen::service::SourceFolders for Everywhere {
    fn files(&self, _: &camino::Utf8Path) -> Option<Vec<String>> {
        Some(
            ["app.py", "body.json", "order.json", "job.json"]
                .map(str::to_owned)
                .to_vec(),
        )
    }
}

/// Numbers without pattern, the same in every run (xorshift64*, Vigna 2016).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(mixed).unwrap() % limit.max(1)
    }
}

/// A text with one to three damages: bytes, lines, values of other types, parts of other texts.
fn damaged(random: &mut Random, corpus: &[String]) -> String {
    const VALUES: [&str; 24] = [
        "[]",
        "{}",
        "~",
        "true",
        "-1",
        "3.10",
        "99999999999999999999",
        "\"\"",
        "''",
        "[[1]]",
        "{ a: b }",
        "*x",
        "&x y",
        "!!str z",
        "<<: {}",
        "|\n  text",
        "\u{202e}",
        "\u{e4}\u{1f600}",
        "${env}",
        "cron(0 3 1 * MON#9 *)",
        "arn:aws:s3:::x",
        "functions.x",
        "\t",
        "---",
    ];
    // A value of another type keeps the text readable, so it comes most.
    const DAMAGES: [usize; 14] = [0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 7, 8];
    let mut text = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(3) {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = random.below(lines.len());
        let mut chars: Vec<char> = text.chars().collect();
        match DAMAGES[random.below(DAMAGES.len())] {
            0 if !chars.is_empty() => {
                let from = random.below(chars.len());
                let to = (from + 1 + random.below(12)).min(chars.len());
                chars.drain(from..to);
                text = chars.into_iter().collect();
            }
            1 => {
                let from = random.below(chars.len() + 1);
                let junk = VALUES[random.below(VALUES.len())];
                chars.splice(from..from, junk.chars());
                text = chars.into_iter().collect();
            }
            2 if !chars.is_empty() => {
                let from = random.below(chars.len());
                let code = u32::try_from(random.below(0x300)).unwrap();
                chars[from] = char::from_u32(code)
                    .filter(|c| !c.is_control())
                    .unwrap_or(' ');
                text = chars.into_iter().collect();
            }
            3 if !lines.is_empty() => {
                lines.insert(at, lines[at].clone());
                text = lines.join("\n");
            }
            4 if !lines.is_empty() => {
                lines.remove(at);
                text = lines.join("\n");
            }
            5 if !lines.is_empty() => {
                let other = random.below(lines.len());
                lines.swap(at, other);
                text = lines.join("\n");
            }
            6 if !lines.is_empty() => {
                let (key, _) = lines[at].split_once(": ").unwrap_or((&lines[at], ""));
                lines[at] = format!("{key}: {}", VALUES[random.below(VALUES.len())]);
                text = lines.join("\n");
            }
            7 if !lines.is_empty() => {
                let other = &corpus[random.below(corpus.len())];
                let theirs: Vec<&str> = other.lines().collect();
                if !theirs.is_empty() {
                    lines.insert(at, theirs[random.below(theirs.len())].to_owned());
                }
                text = lines.join("\n");
            }
            _ => {
                if let Some(line) = lines.get_mut(at) {
                    *line = format!("{}{line}", " ".repeat(random.below(4)));
                }
                text = lines.join("\n");
            }
        }
    }
    text
}

/// No damage makes slgen panic, and every place lies in the text. `SLGEN_FUZZ_INPUTS` says how many
/// inputs are tried, `SLGEN_FUZZ_SEED` from where; the count and the kinds of outcome are printed.
#[test]
fn damaged_manifests_never_panic() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
    };
    let inputs = number("SLGEN_FUZZ_INPUTS", 1_500);
    let mut random = Random(number("SLGEN_FUZZ_SEED", 42).max(1));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut corpus: Vec<String> = manifests()
        .iter()
        .map(|name| fs::read_to_string(folder().join(name)).unwrap())
        .collect();
    for example in ["orders", "compact"] {
        let text = fs::read_to_string(root.join("examples").join(example).join("slgen.yaml"));
        // Most faults lie in what is long: the examples weigh as much as the short texts.
        corpus.extend(vec![text.unwrap(); 40]);
    }
    let file = camino::Utf8Path::new("slgen.yaml");
    let (mut alone, mut faulty, mut sound, mut realised, mut told) = (0, 0, 0, 0, 0);
    for _ in 0..inputs {
        let text = damaged(&mut random, &corpus);
        let outcome = slgen::service::check(
            file,
            &text,
            &slgen::blueprint::Local::new(".".into()),
            &Everywhere,
        );
        let (diagnostics, shown) = match &outcome {
            Err(diagnostics) => {
                alone += 1;
                assert_eq!(diagnostics.len(), 1, "{text}");
                (diagnostics.as_slice(), slgen::manifest::masked(&text))
            }
            Ok(checked) => {
                if checked.has_errors() {
                    faulty += 1;
                } else {
                    sound += 1;
                }
                if slgen::cloud::aws::realise(&checked.service).is_ok() {
                    realised += 1;
                }
                (checked.diagnostics.as_slice(), checked.loaded.text.clone())
            }
        };
        assert_eq!(shown.len(), text.len(), "{text}");
        told += diagnostics.len();
        for diagnostic in diagnostics {
            let span = diagnostic
                .span
                .as_ref()
                .unwrap_or_else(|| panic!("{diagnostic:?}:\n{text}"));
            assert!(
                text.get(span.start..span.end).is_some(),
                "{diagnostic:?}:\n{text}"
            );
            assert!(
                !diagnostic.message.is_empty() && diagnostic.help.is_some(),
                "{diagnostic:?}"
            );
        }
        // Rendering is the slow part: every diagnostic of some inputs.
        if random.below(16) == 0 {
            let sources =
                slgen::diagnostic::Sources(std::iter::once((file.to_owned(), shown)).collect());
            let rendered = slgen::diagnostic::render_text(diagnostics, &sources, false);
            assert_eq!(
                rendered.contains("-->"),
                !diagnostics.is_empty(),
                "{rendered}"
            );
        }
    }
    println!(
        "{inputs} inputs: {alone} refused as text, {faulty} with errors, {sound} sound, {realised} realised, {told} diagnostics"
    );
    assert!(alone > 0 && faulty > 0 && sound > 0);
}

/// What has expired is a gate of its own, no fault of the manifest: the last day still counts.
#[test]
fn access_lines_expire_after_their_last_day() {
    let text = fs::read_to_string(folder().join("passes-near-misses.yaml")).unwrap();
    let checked = slgen::service::check(
        camino::Utf8Path::new("slgen.yaml"),
        &text,
        &slgen::blueprint::Local::new(".".into()),
        &Everywhere,
    )
    .unwrap();
    assert!(!checked.has_errors());
    let expired = |day: &str| {
        let today: slgen::date::Date = day.parse().unwrap();
        let lines = checked.service.expired(today);
        lines
            .map(|(name, access)| format!("{name} {}", access.pointer))
            .collect::<Vec<_>>()
    };
    assert!(expired("9996-02-29").is_empty());
    assert_eq!(expired("9996-03-01"), ["api /functions/api/access/0"]);
}
