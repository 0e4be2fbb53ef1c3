//! Hostile text that the manifest takes is the same text for Terraform.
//!
//! `tests/suite/hostile.rs` finds out which fields take which text; here each of them holds all it takes
//! at once, and Terraform says what it reads there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::fields::{self, Field};
use crate::stack::Stack;
use crate::terraform;

/// Fields that are about the manifest itself: nothing of them is in the Terraform.
const NOT_IN_TERRAFORM: [&str; 7] = [
    "/exceptions/[]/owner",
    "/exceptions/[]/reason",
    "/exceptions/[]/resource",
    "/functions/*/access/[]/reason",
    "/functions/*/triggers/[]/params/*",
    "/functions/*/triggers/[]/params/{key}",
    "/review/by",
];

#[test]
fn hostile_text_arrives_unchanged() {
    let schema = fields::schema();
    let mut open = taken();
    let mut outside = BTreeSet::new();
    for manifest in fields::manifests() {
        let mut due: Vec<Field> = fields::fields(&schema, &manifest)
            .into_iter()
            .filter(|field| open.contains_key(&field.schema))
            .collect();
        due.sort();
        due.dedup_by(|a, b| a.schema == b.schema);
        if due.is_empty() {
            continue;
        }
        // Values first: a key that is renamed takes its values elsewhere; inner keys before outer.
        due.sort_by_key(|field| (field.key, std::cmp::Reverse(field.pointer.len())));
        let mut hostile = manifest.clone();
        let mut planted = Vec::new();
        for (index, field) in due.iter().enumerate() {
            let texts = open.remove(&field.schema).unwrap();
            let marker = format!("Zq{index}Zq");
            let value = longest(&manifest, field, &texts, &marker);
            hostile = fields::with(&hostile, field, &value);
            planted.push((field.schema.clone(), marker, value));
        }
        outside.extend(arrive(&hostile, &planted));
    }
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(outside, NOT_IN_TERRAFORM.map(str::to_owned).into());
}

/// Field → the texts it takes.
fn taken() -> BTreeMap<String, Vec<String>> {
    include_str!("../expected/text-fields.txt")
        .lines()
        .map(|line| {
            let (field, names) = line.split_once(": ").unwrap();
            let texts = names
                .split(", ")
                .map(|name| {
                    let index = fields::TEXTS.iter().position(|(n, _)| *n == name).unwrap();
                    fields::text(index)
                })
                .collect();
            (field.to_owned(), texts)
        })
        .collect()
}

/// As many of the texts as the field takes together, and the marker.
fn longest(manifest: &Value, field: &Field, texts: &[String], marker: &str) -> String {
    (1..=texts.len())
        .rev()
        .map(|count| format!("{}{marker}", texts[..count].join(" ")))
        .find(|value| takes(&fields::with(manifest, field, value)))
        .unwrap_or_else(|| panic!("{} takes none of {texts:?}", field.schema))
}

fn takes(manifest: &Value) -> bool {
    let folder = tempfile::tempdir().unwrap();
    crate::example_files::lay_out("orders", folder.path());
    std::fs::write(folder.path().join("slgen.yaml"), fields::yaml(manifest)).unwrap();
    crate::slgen(folder.path(), &["validate"]).status.success()
}

/// Shows that each text is what Terraform reads; gives the fields that are nowhere in its files.
fn arrive(manifest: &Value, planted: &[(String, String, String)]) -> BTreeSet<String> {
    let stack = Stack::of(
        "orders",
        "prod",
        "222222222222",
        Some(&fields::yaml(manifest)),
    );
    let written = terraform_files(&stack.out());
    // What only apply knows would leave whole policies unknown in the plan.
    for (path, text) in &written {
        if Path::new(path).extension().is_some_and(|e| e == "tf") {
            let known = text.replace(
                "aws_kms_key.stack.arn",
                "\"arn:aws:kms:eu-west-1:222222222222:key/stack\"",
            );
            std::fs::write(stack.out().join(path), known).unwrap();
        }
    }
    let plan: Value = serde_json::from_str(&stack.plan()).unwrap();
    let mut read = BTreeSet::new();
    strings(&plan["planned_values"], &mut read);
    strings(&backend(&stack), &mut read);

    let mut outside = BTreeSet::new();
    for (field, marker, value) in planted {
        if !written.values().any(|text| text.contains(marker.as_str())) {
            outside.insert(field.clone());
            continue;
        }
        let expected = if is_interpolated(field) {
            value
                .replace("$${", "\u{0}")
                .replace("${env}", "prod")
                .replace('\u{0}', "${")
        } else {
            value.clone()
        };
        let near: Vec<&String> = read
            .iter()
            .filter(|text| text.contains(marker.as_str()))
            .collect();
        assert!(
            near.iter().any(|text| text.contains(&expected)),
            "{field}: not {expected:?} but {near:#?}"
        );
        // Nothing else was made of it anywhere.
        for text in near {
            assert!(text.contains(&expected), "{field}: {text:?}");
        }
    }
    outside
}

/// Fields in which `${env}` and its like are written for slgen.
fn is_interpolated(field: &str) -> bool {
    field.starts_with("/state/") || field == "/resources/*/existing"
}

fn terraform_files(out: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for folder in ["", "environments/"] {
        for entry in std::fs::read_dir(out.join(folder))
            .unwrap()
            .map(Result::unwrap)
        {
            let name = format!("{folder}{}", entry.file_name().to_str().unwrap());
            if [".tf", ".tfvars", ".tfbackend"]
                .iter()
                .any(|e| name.ends_with(e))
            {
                files.insert(name, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    files
}

/// What Terraform reads in the backend's settings, which no plan holds.
fn backend(stack: &Stack) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut code = String::new();
    for name in ["bucket", "key", "kms_key_id"] {
        code +=
            &format!("variable \"{name}\" {{}}\noutput \"{name}\" {{\n  value = var.{name}\n}}\n");
    }
    std::fs::write(folder.path().join("main.tf"), code).unwrap();
    let settings = stack.out().join("environments/prod.s3.tfbackend");
    let variables = format!("-var-file={}", settings.display());
    let run = |arguments: &[&str]| terraform(folder.path(), arguments);
    run(&["init", "-input=false"]);
    run(&["plan", "-input=false", "-out=plan.bin", &variables]);
    let shown: Value = serde_json::from_slice(&run(&["show", "-json", "plan.bin"])).unwrap();
    shown["planned_values"].clone()
}

/// Every string and key, and those inside strings that are JSON themselves.
fn strings(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => strings(&inner, found),
            _ => drop(found.insert(text.clone())),
        },
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(map) => {
            for (key, item) in map {
                found.insert(key.clone());
                strings(item, found);
            }
        }
        _ => {}
    }
}

/// A million characters in any field, which takes too long for every run of the inner tests.
#[test]
fn a_million_characters_are_refused() {
    let schema = fields::schema();
    let manifest = &fields::manifests()[0];
    let mut due = fields::fields(&schema, manifest);
    due.dedup_by(|a, b| a.schema == b.schema);
    let million = "x".repeat(1_000_000);
    for field in due {
        let refused = !takes(&fields::with(manifest, &field, &million));
        assert!(refused, "{} takes a million characters", field.schema);
    }
}
