//! Mutated inputs for the parsers of text that others write: Terraform, variable files, JSON
//! documents, state and plan files, blueprints and their rules, lock files, dates. Nothing panics, hangs or grows without bound.
//!
//! Plain `cargo test` replays the corpus and a few mutations. A long run, with its figures:
//! `SLGEN_FUZZ=1000000 cargo test --release --test fuzz -- --nocapture`; `SLGEN_FUZZ_SEED` gives
//! another sequence. An input that fails is printed: mend it, and keep it in `tests/corpus/`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a test fails by panicking, and a run says what it did"
)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use slgen::graph::{Part, Value, hcl};
use slgen::guardrail::Date;
use slgen::live::aws::snapshot::Snapshot;
use slgen::{blueprint, graph, pin, policy};

/// Longest mutated input: what is longer finds nothing that this does not, only slower.
const LONGEST: usize = 4096;

/// `SplitMix64` (Steele, Lea, Flood 2014): the same sequence everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, 0 when that is 0.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A seed after a few random edits.
fn mutated(random: &mut Random, seeds: &[Vec<u8>], words: &[&str]) -> String {
    let mut bytes = random.pick(seeds).clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + 1 + random.below(64)).min(bytes.len());
        match random.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            // One piece many times: nesting and long lines.
            4 => {
                let piece = bytes[at..(at + 1 + random.below(8)).min(end)].to_vec();
                let times = 1 << random.below(9);
                bytes.splice(at..at, piece.repeat(times));
            }
            5 => {
                let other = random.pick(seeds);
                let from = random.below(other.len());
                let to = (from + 1 + random.below(400)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            6 => bytes.insert(at, u8::try_from(random.below(256)).unwrap()),
            _ => {
                let word = random.pick(words);
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes.truncate(LONGEST);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", folder.display());
    paths.iter().map(|p| std::fs::read(p).unwrap()).collect()
}

/// The blocks of the Terraform generated for an example.
fn generated() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/orders/infra/orders");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "tf"))
        .collect();
    paths.sort();
    let texts = paths.iter().map(|p| std::fs::read_to_string(p).unwrap());
    texts
        .flat_map(|text| {
            let blocks = text.split("\n\n").filter(|b| b.len() < LONGEST / 2);
            blocks.map(|b| b.as_bytes().to_vec()).collect::<Vec<_>>()
        })
        .collect()
}

/// Feeds the corpus and as many mutations as asked for to `check`.
fn run(parser: &str, seeds: &[Vec<u8>], words: &[&str], check: impl Fn(&str, &mut Random)) {
    let number = |name: &str, unset: u64| {
        std::env::var(name).map_or(unset, |text| text.parse().unwrap_or(unset))
    };
    let count = number("SLGEN_FUZZ", 300);
    let mut random = Random(number("SLGEN_FUZZ_SEED", 1));
    let mut slowest = Duration::ZERO;
    let started = Instant::now();
    for index in 0..seeds.len() as u64 + count {
        let text = match usize::try_from(index).ok().and_then(|i| seeds.get(i)) {
            Some(seed) => String::from_utf8_lossy(seed).into_owned(),
            None => mutated(&mut random, seeds, words),
        };
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&text, &mut random)));
        assert!(outcome.is_ok(), "{parser}, input {index}: {text:?}");
        slowest = slowest.max(began.elapsed());
    }
    println!(
        "{parser}: {} inputs in {:.0} s, slowest {:.1} ms, peak memory of the process {}",
        seeds.len() as u64 + count,
        started.elapsed().as_secs_f64(),
        slowest.as_secs_f64() * 1e3,
        peak_memory()
    );
}

/// As Linux says.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |l| l.trim().to_owned())
}

const HCL: [&str; 42] = [
    "${",
    "}",
    "%{ if ",
    "%{ for x in ",
    "%{ endif }",
    "%{ endfor }",
    "~}",
    "<<EOT\n",
    "<<-EOT\n",
    "EOT\n",
    "\"",
    "\\",
    "[for x in ",
    "{ for k, v in ",
    " : ",
    " => ",
    "...",
    "[*]",
    ".*",
    ".0",
    "[",
    "]",
    "{",
    "(",
    ")",
    "jsonencode(",
    "each.key",
    "count.index",
    "count = ",
    "for_each = ",
    "dynamic \"x\" {\n",
    "local.a",
    "var.name",
    "null",
    "1e999",
    "-",
    "!",
    " ? ",
    "/*",
    "*/",
    "#",
    "\u{F0000}0\u{F0001}",
];

/// Errors have a place in the text, and the reader's thread never dies.
fn sound(text: &str, errors: &[hcl::ReadError]) {
    assert!(!errors.is_empty());
    for error in errors {
        assert!(!error.message.starts_with("internal error"), "{error}");
        assert!(!error.message.is_empty());
        assert!(
            (1..=text.lines().count() + 1).contains(&error.line),
            "{error}"
        );
        assert!(error.column >= 1, "{error}");
    }
}

#[test]
fn terraform() {
    let mut seeds = corpus("hcl");
    seeds.extend(generated());
    run("terraform", &seeds, &HCL, |text, random| {
        let files = BTreeMap::from([("main.tf".into(), text.to_owned())]);
        let read = hcl::read(&files, &[]);
        if let Err(errors) = &read {
            sound(text, errors);
        }
        // The same as other people's code: no error, and no thread that dies.
        let foreign = hcl::read_foreign(&files, "".into(), &[]);
        for note in &foreign.not_read {
            assert!(!note.why.starts_with("internal error"), "{note:?}");
        }
        if random.below(32) == 0 {
            assert!(read == hcl::read(&files, &[]), "two readings differ");
        }
    });
}

#[test]
fn variable_files() {
    let mut seeds = corpus("tfvars");
    seeds.extend(corpus("json"));
    let module = "variable \"a\" {}\nvariable \"list\" {\n  type = set(string)\n}\n";
    let files = BTreeMap::from([("main.tf".into(), module.to_owned())]);
    run("variable files", &seeds, &HCL, |text, random| {
        let name = *random.pick(&["x.tfvars", "x.tfvars.json"]);
        if let Err(errors) = hcl::read(&files, &[(name.into(), text.to_owned())]) {
            // What does not fit its type is reported where the variable is declared.
            let (own, given): (Vec<_>, Vec<_>) =
                errors.into_iter().partition(|e| e.file == "main.tf");
            for (text, errors) in [(module, own), (text, given)] {
                if !errors.is_empty() {
                    sound(text, &errors);
                }
            }
        }
    });
}

#[test]
fn json_documents() {
    let words = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "\\u",
        "\\ud800",
        "\\udb80",
        "null",
        "1e999",
        "-0",
        "\u{F0000}0\u{F0001}",
    ];
    run("json", &corpus("json"), &words, |text, random| {
        let whole = Value::string(text).json();
        if let Some(document) = &whole {
            assert!(!document.source().is_empty());
            assert!(document.is_known());
        }
        // The same with an unknown part in it.
        let mut at = random.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let (before, after) = text.split_at(at);
        let parts = [
            Part::Literal(before.to_owned()),
            Part::Symbol("aws_kms_key.k.arn".to_owned()),
            Part::Literal(after.to_owned()),
        ];
        if let Some(document) = graph::Value::from_parts(parts).json() {
            assert!(document.source().contains("aws_kms_key.k.arn"), "{at}");
        }
    });
}

/// The file of a blueprint that varies, with its text; the others are as small as they may be.
struct Alone<'a>(&'a str, &'a str);

impl blueprint::Fetch for Alone<'_> {
    fn fetch(
        &self,
        source: &blueprint::Source,
        version: &str,
    ) -> Result<blueprint::Files, blueprint::Fault> {
        if !matches!(source, blueprint::Source::Path(_)) {
            return blueprint::Local::new("".into()).fetch(source, version);
        }
        let mut files = blueprint::Files::default();
        let least = (
            "blueprint.yaml",
            "name: acme\nversion: 1.0.0\ndescription: A\n",
        );
        for (path, text) in [least, (self.0, self.1)] {
            files
                .insert(path.into(), text.as_bytes().to_vec())
                .map_err(|message| blueprint::Fault::new("source", message, ""))?;
        }
        Ok(files)
    }
}

#[test]
fn blueprints() {
    let words = [
        "&a ",
        "*a",
        "<<: ",
        "? ",
        ": ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "|\n",
        ">\n",
        "!!str ",
        "!tag ",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "'",
        "\"",
        "#",
        "\t",
        "0x1",
        "1e999",
        ".nan",
        "~",
        "name: ",
        "floors:\n",
        "locks: [",
        "setting: functions.*.",
        "${input.",
        "extends: ",
        "inputs: ",
        "  ",
    ];
    run("blueprint", &corpus("blueprint"), &words, |text, _| {
        match blueprint::parse("blueprint.yaml".into(), text) {
            Ok(definition) => assert!(definition == definition.clone()),
            Err(message) => assert!(!message.is_empty()),
        }
        // With its parents, and what its author is told.
        if let Ok(found) = blueprint::open_any("path:acme", &Alone("blueprint.yaml", text)) {
            assert!(!found.members.is_empty());
            let _ = blueprint::lint::lint(&found);
            assert!(blueprint::lint::against(&found, &found, [&[], &[]]).is_empty());
        }
    });
}

#[test]
fn policies() {
    let words = [
        "&a ",
        "*a",
        "<<: *a",
        ": ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "|\n",
        "!!str ",
        "---\n",
        "'",
        "\"",
        "#",
        "\t",
        "0x1",
        "1e999",
        ".nan",
        "~",
        "*",
        "where: ",
        "require: ",
        "exists: ",
        "at_least: ",
        "matches: \"(a*)*$\"",
        "tags_all.",
        "aws_*_*_*",
        "severity: ",
        "  ",
    ];
    let plan = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/plan/small.json"),
    );
    let graph = graph::plan::read(&plan.unwrap()).unwrap().after;
    let environments = [policy::Environment {
        name: "prod",
        graph: &graph,
    }];
    run("policies", &corpus("policies"), &words, |text, _| {
        let found = blueprint::open_any("path:acme", &Alone("policies/rules.yaml", text)).ok();
        match policy::ask(&found.unwrap(), &environments) {
            Ok(asked) => assert!(asked.findings.iter().all(|f| !f.message.is_empty())),
            Err(refused) => assert!(refused.faults.iter().all(|f| !f.message.is_empty())),
        }
    });
}

const RECORDED: [&str; 14] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "null",
    "true",
    "\"index_key\":",
    "\"module\":\"module.a[\\\"",
    "\"sensitive_attributes\":[[",
    "\"after_unknown\":{",
    "\"deposed\":\"a\",",
];

/// Blocks of a file with one element a line.
fn lines(file: &str, header: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/terraform");
    let text = std::fs::read_to_string(path.join(file)).unwrap();
    let elements = text
        .lines()
        .filter(|l| l.starts_with("  {") && l.len() < LONGEST / 2);
    elements
        .map(|l| format!("{header}{}]}}", l.trim_end_matches(',')).into_bytes())
        .collect()
}

#[test]
fn states() {
    let mut seeds = corpus("state");
    seeds.extend(lines(
        "orders-dev.tfstate",
        "{\"version\":4,\"resources\":[",
    ));
    run(
        "state",
        &seeds,
        &RECORDED,
        |text, _| match graph::state::read(text) {
            Ok(state) => addressed(&state.graph),
            Err(error) => assert!(!error.to_string().is_empty()),
        },
    );
}

#[test]
fn plans() {
    let mut seeds = corpus("plan");
    let header = "{\"format_version\":\"1.2\",\"resource_changes\":[";
    seeds.extend(lines("changes.plan.json", header));
    run(
        "plan",
        &seeds,
        &RECORDED,
        |text, _| match graph::plan::read(text) {
            Ok(plan) => {
                addressed(&plan.before);
                addressed(&plan.after);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        },
    );
}

/// Each resource stands at its own address.
fn addressed(graph: &graph::Graph) {
    for (address, resource) in &graph.resources {
        assert_eq!(*address, resource.address);
    }
}

#[test]
fn lock_files() {
    let words = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "\\u",
        "\\ud800",
        "null",
        "1e999",
        "\n",
        "- ",
        "? ",
        "&a ",
        "*a",
        "!!str ",
        "<<<<<<< HEAD\n",
        "zh:",
        "h1:",
        "\u{202e}",
    ];
    run("lock file", &corpus("lock"), &words, |text, _| {
        match pin::parse("slgen.lock".into(), text) {
            // What is read can be written and read again.
            Ok(placed) => {
                let again = pin::parse("slgen.lock".into(), &pin::render(&placed.lock)).unwrap();
                assert_eq!(pin::render(&again.lock), pin::render(&placed.lock));
            }
            Err(faults) => assert!(faults.iter().all(|f| f.span.is_some() && f.help.is_some())),
        }
    });
}

#[test]
fn dates() {
    let seeds: Vec<Vec<u8>> = corpus("date")
        .iter()
        .flat_map(|file| file.split(|b| *b == b'\n').map(<[u8]>::to_vec))
        .collect();
    let words = ["-", "0", "9", "12", "31", "2026", "+", " ", "T", "\u{661}"];
    run("date", &seeds, &words, |text, _| {
        // There is one way to write a day.
        if let Ok(date) = text.parse::<Date>() {
            assert_eq!(date.to_string(), text);
        }
    });
}

#[test]
fn snapshots() {
    let words = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "null",
        "true",
        "-1",
        "1e999",
        "\"$redacted\": true",
        "\"type\": ",
        "\"aws_lambda_function\"",
        "\"attributes\": ",
        "\"data\": true",
    ];
    run("snapshot", &corpus("snapshot"), &words, |text, _| {
        match Snapshot::parse(text) {
            Ok(snapshot) => {
                // What was read is written the same, again and again.
                let written = snapshot.text();
                let again = Snapshot::parse(&written).unwrap();
                assert_eq!(written, again.text());
                assert_eq!(snapshot.live.graph, again.live.graph);
            }
            Err(message) => assert!(!message.is_empty()),
        }
    });
}
