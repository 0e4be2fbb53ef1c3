//! The live reader on an applied stack: it agrees with Terraform's state and with the code, and it sees what is changed
//! behind Terraform's back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use camino::Utf8PathBuf;
use serde_json::{Map, Value, json};
use slgen::graph::{Kind, Value as Known};
use slgen::guardrail::ReadBack;
use slgen::live::aws::Live;

use crate::stack::Stack;
use crate::{ROOT, installed, text};

/// Planted by `scripts/moto-mutate` in an environment variable and in the address of a web hook.
const CANARY: &str = "canary";

/// State attributes that identify a resource, where it is not `id`.
const IDENTITIES: [(&str, &[&str]); 3] = [
    (
        "aws_cloudwatch_log_metric_filter",
        &["log_group_name", "name"],
    ),
    (
        "aws_cloudwatch_log_subscription_filter",
        &["log_group_name", "name"],
    ),
    ("aws_lambda_permission", &["function_name", "statement_id"]),
];

/// Reads the untouched stack, changes it, and reads it again.
pub(crate) fn reader(stack: &Stack, environment: &str, account: &str) {
    let findings = data("live_findings.json", environment, account);
    let before = snapshot(stack, environment, &findings);
    untouched(stack, environment, &before, &findings);

    let prefix = format!("orders-{environment}");
    let changed = stack
        .moto
        .command(installed("moto", "python"), Path::new(ROOT))
        .arg("scripts/moto-mutate")
        .args([&prefix, account, "all"])
        .output()
        .unwrap();
    assert!(changed.status.success(), "{}", text(&changed));
    let after = snapshot(stack, environment, &findings);
    let cases = data("live_cases.json", environment, account);
    let cases = cases.as_array().unwrap();
    let unseen: Vec<&str> = cases
        .iter()
        .filter(|case| !seen(case, &before, &after))
        .map(|case| case["id"].as_str().unwrap())
        .collect();
    println!(
        "live: {} of {} changes seen",
        cases.len() - unseen.len(),
        cases.len()
    );
    assert_eq!(unseen, [""; 0]);
}

/// A data file of the tests, for one environment.
pub(crate) fn data(file: &str, environment: &str, account: &str) -> Value {
    let path = Path::new(ROOT).join("tests/e2e").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace("PREFIX", &format!("orders-{environment}"));
    serde_json::from_str(&text.replace("ACCOUNT", account)).unwrap()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// What `slgen snapshot` writes; all it could not check is explained.
fn snapshot(stack: &Stack, environment: &str, findings: &Value) -> Vec<Value> {
    let project = stack.project();
    let output = stack
        .moto
        .command(env!("CARGO_BIN_EXE_slgen"), &project)
        .args(["snapshot", "-e", environment, "--at", "2026-11-24"])
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    assert!(
        !text(&output).contains(CANARY),
        "a value of the account is shown"
    );
    let file: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    let not_checked = file["not_checked"].as_array().unwrap();
    let checks: BTreeSet<&str> = not_checked
        .iter()
        .map(|n| n["check"].as_str().unwrap())
        .collect();
    assert_eq!(checks, keys(&findings["not_checked"]), "{not_checked:#?}");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    file["resources"].as_array().unwrap().clone()
}

/// What Terraform's state, the code and the account all say of the same is the same.
fn untouched(stack: &Stack, environment: &str, live: &[Value], findings: &Value) {
    let state: Value = serde_json::from_str(&stack.state()).unwrap();
    let resources = state["values"]["root_module"]["resources"]
        .as_array()
        .unwrap();
    let code = code(stack, environment);
    let mut paired = BTreeSet::new();
    let mut unseen = BTreeSet::new();
    let mut differences = BTreeSet::new();
    let mut compared = [0, 0];
    for resource in resources.iter().filter(|r| r["mode"] == "managed") {
        let kind = resource["type"].as_str().unwrap();
        if !Live::looks_for(kind) {
            continue;
        }
        let identity = IDENTITIES
            .iter()
            .find(|(k, _)| *k == kind)
            .map_or(&["id"][..], |(_, names)| names);
        let is = |found: &Value| {
            let same = |name: &&str| found["attributes"][*name] == resource["values"][*name];
            found["type"] == kind && found["data"] != true && identity.iter().all(same)
        };
        let found: Vec<usize> = (0..live.len()).filter(|i| is(&live[*i])).collect();
        let &[found] = &found[..] else {
            assert!(
                found.is_empty(),
                "{} is {} times there",
                resource["address"],
                found.len()
            );
            unseen.insert(kind);
            continue;
        };
        paired.insert(found);
        let attributes = &live[found]["attributes"];
        let mut judge = |number: usize, other: &Value, explained: &[&str]| {
            let mut said = Vec::new();
            compared[number] += agree(attributes, other, "", &mut said);
            for difference in said {
                let attribute = difference.split([' ', '.']).next().unwrap();
                let known = format!("{kind}.{attribute}");
                if explained
                    .iter()
                    .all(|part| findings[*part].get(&known).is_none())
                {
                    differences.insert(format!("{}: {difference}", resource["address"]));
                }
            }
        };
        judge(0, &resource["values"], &["differences"]);
        if let Some(code) = code.get(resource["address"].as_str().unwrap()) {
            judge(1, code, &["differences", "given"]);
        }
    }
    println!(
        "live: {} resources, {} attributes as in the state, {} as in the code",
        paired.len(),
        compared[0],
        compared[1]
    );
    assert_eq!(differences, BTreeSet::new());
    assert!(
        paired.len() > 100 && compared[0] > 800 && compared[1] > 300,
        "too little was compared"
    );
    assert_eq!(unseen, keys(&findings["unseen"]));
    let unmanaged: BTreeSet<&str> = (0..live.len())
        .filter(|i| !paired.contains(i) && live[*i]["data"] != true)
        .map(|i| live[i]["type"].as_str().unwrap())
        .collect();
    assert_eq!(unmanaged, keys(&findings["unmanaged"]));
}

/// Address → what the generated code says, with `{"$unknown": true}` for what it leaves open.
fn code(stack: &Stack, environment: &str) -> BTreeMap<String, Value> {
    let out = stack.out();
    let mut files = BTreeMap::new();
    for folder in ["", "environments"] {
        for entry in std::fs::read_dir(out.join(folder))
            .unwrap()
            .map(Result::unwrap)
        {
            let path = Utf8PathBuf::from(folder).join(entry.file_name().to_str().unwrap());
            let known = matches!(path.extension(), Some("tf" | "tfvars" | "tfbackend"));
            if known && !path.as_str().ends_with("_override.tf") {
                files.insert(path, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let graph = ReadBack::graph(&files, environment).unwrap();
    let plain = |attributes: &BTreeMap<String, Known>| -> Map<String, Value> {
        attributes
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect()
    };
    graph
        .resources
        .values()
        .map(|r| (r.address.to_string(), Value::Object(plain(&r.attributes))))
        .collect()
}

fn plain(value: &Known) -> Value {
    match &value.kind {
        Kind::Null | Kind::Symbol(_) | Kind::Template(_) => json!({ "$unknown": true }),
        Kind::Bool(b) => json!(b),
        Kind::Number(n) => json!(n),
        Kind::String(text) => json!(text),
        Kind::List(items) | Kind::Set(items) => items.iter().map(plain).collect(),
        Kind::Map(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), plain(v))).collect()),
    }
}

fn open(value: &Value) -> bool {
    value.get("$unknown").is_some()
        || value.get("$redacted").is_some()
        || value.as_array().is_some_and(|items| items.iter().any(open))
}

/// Compares what both say, says what differs, and gives the number of values that were compared.
fn agree(live: &Value, other: &Value, path: &str, said: &mut Vec<String>) -> usize {
    if open(live) || open(other) {
        return 0;
    }
    match (live, other) {
        (Value::Object(live), Value::Object(other)) => {
            let both = live
                .iter()
                .filter_map(|(name, value)| Some((name, value, other.get(name)?)));
            both.map(|(name, live, other)| {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                agree(live, other, &path, said)
            })
            .sum()
        }
        (Value::Array(live), Value::Array(other))
            if live.len() == other.len() && live.iter().chain(other).all(Value::is_object) =>
        {
            live.iter()
                .zip(other)
                .map(|(live, other)| agree(live, other, path, said))
                .sum()
        }
        _ => {
            if !(nothing(live) && nothing(other)) && normal(live) != normal(other) {
                said.push(format!("{path} is {live} and not {other}"));
            }
            1
        }
    }
}

fn nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) => false,
    }
}

/// Without the order of lists and keys, and with documents read.
fn normal(value: &Value) -> String {
    match value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str(text)
                .map_or_else(|_| text.clone(), |document: Value| normal(&document))
        }
        Value::Number(n) => n.as_f64().unwrap_or_default().to_string(),
        Value::Array(items) => {
            let mut items: Vec<String> = items.iter().map(normal).collect();
            items.sort();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let sorted: BTreeMap<&String, String> =
                map.iter().map(|(k, v)| (k, normal(v))).collect();
            format!("{sorted:?}")
        }
        value => value.to_string(),
    }
}

/// Whether a case shows: not before, and after.
fn seen(case: &Value, before: &[Value], after: &[Value]) -> bool {
    let [before, after] = [matching(case, before), matching(case, after)];
    if case["gone"] == true {
        return !before.is_empty() && after.is_empty();
    }
    let Some(changed) = case["changed"].as_array() else {
        return before.is_empty() && !after.is_empty();
    };
    let (&[before], &[after]) = (&before[..], &after[..]) else {
        return false;
    };
    changed
        .iter()
        .all(|name| before.get(name.as_str().unwrap()) != after.get(name.as_str().unwrap()))
}

/// Attributes of the resources that have all that the case names.
fn matching<'a>(case: &Value, resources: &'a [Value]) -> Vec<&'a Value> {
    let is = |attributes: &Value| {
        let equal = ["match", "now"].iter().all(|part| {
            let wanted = case[*part].as_object().into_iter().flatten();
            wanted
                .into_iter()
                .all(|(path, value)| at(attributes, path) == value)
        });
        let contained = case["contains"].as_object().into_iter().flatten();
        equal
            && contained.into_iter().all(|(path, part)| {
                at(attributes, path)
                    .to_string()
                    .contains(part.as_str().unwrap())
            })
    };
    let of_type = resources.iter().filter(|r| r["type"] == case["type"]);
    of_type
        .map(|r| &r["attributes"])
        .filter(|a| is(a))
        .collect()
}

fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, step| {
        match value.as_array().map(Vec::as_slice) {
            Some([only]) => &only[step],
            _ => &value[step],
        }
    })
}
