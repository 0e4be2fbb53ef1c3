//! Hostile text in every string field of the manifest: refused with nothing written, or data.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use fields::Field;
use serde_json::Value;

use crate::example_files;
use crate::fields;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The fields that take text with a meaning elsewhere. That it arrives as the same text is shown
/// through Terraform by `tests/e2e/hostile.rs`, which has a place for each of these.
const TAKE_TEXT: &str = include_str!("../expected/text-fields.txt");

#[test]
fn the_manifests_of_this_test_hold_every_string_of_the_schema() {
    let schema = fields::schema();
    let held: BTreeSet<String> = fields::manifests()
        .iter()
        .flat_map(|manifest| fields::fields(&schema, manifest))
        .map(|field| field.schema)
        .collect();
    let declared = fields::declared(&schema);
    assert!(declared.len() > 60, "{declared:?}");
    let missing: Vec<&String> = declared.difference(&held).collect();
    assert!(
        missing.is_empty(),
        "add these to `manifests` in tests/common/fields.rs: {missing:?}"
    );
    for manifest in fields::manifests() {
        let project = Project::new();
        let (status, shown) = project.generate(&manifest);
        assert_eq!(status, Some(0), "{shown}");
    }
}

#[test]
fn hostile_text_is_refused_or_only_text() {
    let schema = fields::schema();
    let mut seen = BTreeSet::new();
    let mut work: Vec<(Value, Field)> = Vec::new();
    for manifest in fields::manifests() {
        for field in fields::fields(&schema, &manifest) {
            if seen.insert(field.schema.clone()) {
                work.push((manifest.clone(), field));
            }
        }
    }
    let all = fields::all_printable();
    let queue = Mutex::new(work.iter());
    let accepted: Mutex<BTreeMap<String, BTreeSet<&str>>> = Mutex::default();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let project = Project::new();
                loop {
                    let Some((manifest, field)) = queue.lock().unwrap().next() else {
                        break;
                    };
                    let takes = |text: &str| project.takes(&fields::with(manifest, field, text));
                    let mut texts_taken = BTreeSet::new();
                    // Mostly all on one line is taken or nothing is: ask for all of it first.
                    let whole = takes(&all);
                    for (index, (name, _)) in fields::TEXTS.iter().enumerate() {
                        let implied = whole && index < fields::PRINTABLE;
                        if implied || takes(&fields::text(index)) {
                            texts_taken.insert(*name);
                        }
                    }
                    if !texts_taken.is_empty() {
                        let mut accepted = accepted.lock().unwrap();
                        accepted.insert(field.schema.clone(), texts_taken);
                    }
                }
            });
        }
    });
    let accepted = accepted.into_inner().unwrap();
    let lines: String = accepted
        .iter()
        .map(|(field, texts_taken)| {
            let texts_taken: Vec<&str> = texts_taken.iter().copied().collect();
            format!("{field}: {}\n", texts_taken.join(", "))
        })
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(
            Path::new(ROOT).join("tests/expected/text-fields.txt"),
            &lines,
        )
        .unwrap();
    }
    assert_eq!(
        lines, TAKE_TEXT,
        "a field takes other text than before: if that is right, UPDATE=1 cargo test --test suite hostile::, \
         and run the e2e test, which shows where it arrives"
    );
}

/// What people write about a function stands in labels of its image: as text, and nothing else in the file changes.
#[test]
fn hostile_text_in_a_label_stays_in_the_label() {
    let [manifest, ..] = fields::manifests();
    let project = Project::new();
    let dockerfile = project
        .0
        .path()
        .join("infra/orders/images/create-order/Dockerfile");
    let written = |manifest: &Value| {
        let (status, shown) = project.generate(manifest);
        assert_eq!(status, Some(0), "{shown}");
        std::fs::read_to_string(&dockerfile).unwrap()
    };
    let plain = written(&manifest);
    let texts = (0..fields::PRINTABLE).map(fields::text);
    for text in texts.chain(["ends in \\".to_owned(), "two\tcells".to_owned()]) {
        let mut changed = manifest.clone();
        changed["functions"]["create-order"]["description"] = Value::from(text.as_str());
        let hostile = written(&changed);
        let mark = "org.opencontainers.image.description=\"";
        let is_label = |line: &&str| line.contains(mark);
        let others = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| !is_label(line));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(others(&hostile), others(&plain), "{text:?}");
        let line = hostile.lines().find(is_label).unwrap();
        let value = line.split_once(mark).unwrap().1.trim_end_matches(" \\");
        assert_eq!(unquoted(value), Some(text.replace('\t', " ")), "{line}");
    }
}

/// A text in double quotes as a builder reads it, up to the quote that ends it; `None` when something follows.
fn unquoted(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return chars.next().is_none().then_some(out),
            // A variable of the builder.
            '$' => return None,
            '\\' => out.push(chars.next()?),
            c => out.push(c),
        }
    }
    None
}

/// A project folder without a manifest.
struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        example_files::lay_out("orders", folder.path());
        Self(folder)
    }

    fn generate(&self, manifest: &Value) -> (Option<i32>, String) {
        std::fs::write(self.0.path().join("slgen.yaml"), fields::yaml(manifest)).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(self.0.path())
            .arg("generate")
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), shown)
    }

    /// Whether the manifest is taken; what is refused is refused with 1 and nothing written.
    fn takes(&self, manifest: &Value) -> bool {
        let (status, shown) = self.generate(manifest);
        let out = self.0.path().join("infra");
        match status {
            Some(0) => {
                std::fs::remove_dir_all(out).unwrap();
                let _ = std::fs::remove_dir_all(self.0.path().join(".github"));
                true
            }
            Some(1) => {
                assert!(shown.contains("error["), "{shown}");
                assert!(!shown.contains("defect of slgen"), "{shown}");
                let kept: BTreeSet<_> = std::fs::read_dir(self.0.path())
                    .unwrap()
                    .map(|entry| entry.unwrap().file_name())
                    .collect();
                let own = ["schemas", "slgen.yaml", "src"].map(std::ffi::OsString::from);
                assert_eq!(kept, BTreeSet::from(own), "something was written: {shown}");
                false
            }
            other => panic!("{other:?}: {shown}"),
        }
    }
}
