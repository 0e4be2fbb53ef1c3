//! Policies say of what slgen generates what another engine says of Terraform's own plan of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::example_files::copy;
use crate::stack::Stack;
use crate::{ROOT, installed, slgen, text};

/// What only the account or the pipeline knows: the plan has it, the generated files do not.
const ELSEWHERE: [(&str, &str); 7] = [
    ("aws_lambda_function", "s3_key"),
    ("aws_lambda_function", "s3_object_version"),
    ("aws_lambda_function", "source_code_hash"),
    ("aws_lambda_function", "vpc_config"),
    ("aws_security_group", "vpc_id"),
    ("aws_vpc_security_group_egress_rule", "prefix_list_id"),
    (
        "aws_vpc_security_group_egress_rule",
        "referenced_security_group_id",
    ),
];

/// Holds what policies see, and what they say, against a plan.
pub(crate) fn agree(stack: &Stack, environment: &str, plan: &Path) {
    let real: Value = serde_json::from_slice(&std::fs::read(plan).unwrap()).unwrap();
    let output = stack.slgen(&["blueprint", "input", "--env", environment]);
    assert!(output.status.success(), "{}", text(&output));
    same_resources(&serde_json::from_slice(&output.stdout).unwrap(), &real);
    let found: Vec<usize> = ["good", "bad"]
        .iter()
        .map(|kind| same_verdicts(stack, environment, plan, kind))
        .collect();
    assert_eq!(found[0], 0, "the good data finds nothing");
    assert!(found[1] > 20, "the bad data finds {}", found[1]);
}

fn same_resources(ours: &Value, real: &Value) {
    let changes = |plan: &Value| -> BTreeMap<String, Value> {
        let changes = plan["resource_changes"].as_array().unwrap().iter();
        let known = changes.filter(|change| change["mode"] == "managed");
        // How many there are of some only the account knows.
        let address = |change: &Value| {
            let address = change["address"].as_str().unwrap();
            address.split("[\"sg-").next().unwrap().to_owned()
        };
        known
            .map(|change| (address(change), change.clone()))
            .collect()
    };
    let (ours, real) = (changes(ours), changes(real));
    let names = |of: &BTreeMap<String, Value>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&real));
    let mut differ = Vec::new();
    for (address, own) in &ours {
        let other = &real[address];
        for part in ["after", "after_unknown"] {
            let kind = own["type"].as_str().unwrap();
            let of = |change: &Value| {
                let mut map = change["change"][part].as_object().unwrap().clone();
                map.retain(|name, _| !ELSEWHERE.contains(&(kind, name.as_str())));
                map.into_iter()
                    .map(|(name, value)| (name, comparable(value)))
                    .collect::<Map<_, _>>()
            };
            let (own, other) = (of(own), of(other));
            for name in own.keys().chain(other.keys()) {
                let (own, other) = (own.get(name), other.get(name));
                if own != other {
                    differ.push(format!("{address} {part} {name}: {own:?} is {other:?}"));
                }
            }
        }
    }
    differ.dedup();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// Documents as values, and what has no order in one.
fn comparable(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(&text).map_or(Value::String(text), comparable)
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(comparable).collect();
            items.sort_by_key(Value::to_string);
            items.into()
        }
        Value::Object(map) => {
            let sorted: BTreeMap<String, Value> =
                map.into_iter().map(|(k, v)| (k, comparable(v))).collect();
            json!(sorted)
        }
        other => other,
    }
}

/// Every policy of `tests/policies` by both engines; gives how much they find.
fn same_verdicts(stack: &Stack, environment: &str, plan: &Path, kind: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let acme = folder.path().join("acme/policies");
    std::fs::create_dir_all(&acme).unwrap();
    let blueprint = "name: acme\nversion: 1.0.0\ndescription: Ours.\nextends: { source: \"builtin:aws-baseline\", version: 1.0.0 }\n";
    std::fs::write(folder.path().join("acme/blueprint.yaml"), blueprint).unwrap();
    let mut policies: Vec<PathBuf> = Vec::new();
    let mut data = Map::new();
    let all = std::fs::read_dir(Path::new(ROOT).join("tests/policies")).unwrap();
    for entry in all {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let policy = entry.path().join("policy.rego");
        // The tests themselves stand beside.
        if !policy.is_file() {
            continue;
        }
        std::fs::copy(&policy, acme.join(format!("{name}.rego"))).unwrap();
        policies.push(policy);
        let own = std::fs::read(entry.path().join(kind).join("data.json")).unwrap();
        std::fs::write(acme.join(format!("{name}.json")), &own).unwrap();
        let own: Map<String, Value> = serde_json::from_slice(&own).unwrap();
        data.extend(own);
    }
    assert!(policies.len() >= 6);

    let project = folder.path().join("project");
    // Without the lock file, which pins the blueprint that was there before.
    for part in ["src", "schemas"] {
        copy(&stack.project().join(part), &project.join(part));
    }
    let written = std::fs::read_to_string(stack.project().join("slgen.yaml")).unwrap();
    let ours = written.replace("builtin:aws-baseline", "path:../acme");
    std::fs::write(project.join("slgen.yaml"), ours).unwrap();
    let output = slgen(
        &project,
        &["validate", "--format", "json", "--env", environment],
    );
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    let mut ours: Vec<String> = said["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|told| !told["code"].as_str().unwrap().starts_with("SLG-"))
        .map(|told| told["message"].as_str().unwrap().to_owned())
        .collect();
    ours.sort();

    let given = folder.path().join("data.json");
    std::fs::write(&given, Value::Object(data).to_string()).unwrap();
    let output = Command::new(installed("rego", "python"))
        .arg(Path::new(ROOT).join("tests/e2e/rego_messages.py"))
        .args([plan, &given])
        .args(&policies)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let said: BTreeMap<String, Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    let mut theirs: Vec<String> = said.into_values().flatten().collect();
    theirs.sort();
    assert_eq!(ours, theirs, "{kind}");
    ours.len()
}
