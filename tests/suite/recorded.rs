//! State and plan files of a real run: the orders example, applied by Terraform 1.11.4 with
//! provider 5.100.0 to moto 5.2.1 (`tests/data/terraform/README.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use slgen::graph::plan::{self, Action};
use slgen::graph::{Address, Graph, Kind, Unreadable, Value, hcl, state};

fn data(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/terraform");
    std::fs::read_to_string(folder.join(path)).unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// The code that the state was made from.
fn code() -> Graph {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/terraform/orders");
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "tf") {
            let name = path.file_name().unwrap().to_str().unwrap();
            files.insert(name.into(), std::fs::read_to_string(&path).unwrap());
        }
    }
    let variables = ["dev.tfvars", "dev.artifacts.tfvars.json", "vpc.tfvars.json"]
        .map(|name| (name.into(), data(&format!("orders/{name}"))));
    hcl::read(&files, &variables).unwrap()
}

/// What moto does not keep or spells in another way, and what the tests' override switches off:
/// address or type, attribute path, why.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (
        "aws_lambda_function",
        "publish",
        "off in the tests: moto makes a new version each time",
    ),
    (
        "aws_lambda_function",
        "logging_config",
        "moto does not store it",
    ),
    (
        "aws_lambda_function",
        "dead_letter_config",
        "moto does not store it",
    ),
    (
        "aws_s3_bucket_notification",
        "eventbridge",
        "moto reads it back false",
    ),
];

/// Resources that the tests' override leaves out.
const ABSENT: &[&str] = &[
    "aws_lambda_code_signing_config.artifacts",
    "aws_sqs_queue_redrive_allow_policy.jobs_dlq",
];

/// Paths at which a value of the code is not what the state has. The state may have more.
fn differences(code: &Value, state: Option<&Value>, path: &str, found: &mut Vec<String>) {
    let empty = |v: &Value| match &v.kind {
        Kind::Null => true,
        Kind::List(items) | Kind::Set(items) => items.is_empty(),
        Kind::Map(map) => map.is_empty(),
        Kind::String(text) => text.is_empty(),
        _ => false,
    };
    if !code.is_known() && matches!(code.kind, Kind::Symbol(_) | Kind::Template(_)) {
        // Known to the state only; a text still has to have the parts that are known.
        let text = state.and_then(Value::as_str);
        if let (Kind::Template(parts), Some(text)) = (&code.kind, text) {
            for part in parts {
                if let slgen::graph::Part::Literal(literal) = part {
                    if let (Some(code), Some(state)) = (code.json(), Value::string(text).json()) {
                        return differences(&code, Some(&state), path, found);
                    }
                    if !text.contains(literal.as_str()) {
                        found.push(path.to_owned());
                    }
                }
            }
        }
        return;
    }
    let Some(state) = state else {
        if !empty(code) {
            found.push(path.to_owned());
        }
        return;
    };
    if let (Some(code), Some(state)) = (code.json(), state.json()) {
        return differences(&code, Some(&state), path, found);
    }
    match (&code.kind, &state.kind) {
        (Kind::Map(code), Kind::Map(state)) => {
            for (name, value) in code {
                differences(value, state.get(name), &format!("{path}.{name}"), found);
            }
        }
        (Kind::List(code), Kind::List(state)) if code.len() == state.len() => {
            for (i, (code, state)) in code.iter().zip(state).enumerate() {
                differences(code, Some(state), &format!("{path}[{i}]"), found);
            }
        }
        (Kind::Set(code), Kind::Set(state)) if code.len() == state.len() => {
            // The state's elements have more attributes and may sort in another way.
            for item in code {
                let same = |other: &&Value| {
                    let mut found = Vec::new();
                    differences(item, Some(other), "", &mut found);
                    found.is_empty()
                };
                if !state.iter().any(|other| same(&other)) {
                    found.push(path.to_owned());
                }
            }
        }
        (code_kind, state_kind) => {
            if code_kind != state_kind && !(empty(code) && empty(state)) {
                found.push(path.to_owned());
            }
        }
    }
}

#[test]
fn code_and_state_of_the_applied_stack_agree() {
    let code = code();
    let state = state::read(&data("orders-dev.tfstate")).unwrap();
    assert_eq!(state.notes, [] as [String; 0]);
    let mut compared = 0;
    let mut used = BTreeSet::new();
    let mut unexplained = Vec::new();
    for (address, resource) in &code.resources {
        let text = address.to_string();
        let Some(recorded) = state.graph.resources.get(address) else {
            // How often it is there is known to the state only.
            if code.unexpanded.contains_key(address) {
                continue;
            }
            assert!(
                ABSENT.contains(&text.as_str()),
                "{text} is not in the state"
            );
            continue;
        };
        for (name, value) in &resource.attributes {
            compared += 1;
            let mut found = Vec::new();
            differences(value, recorded.attributes.get(name), name, &mut found);
            for path in found {
                let explained = EXPLAINED.iter().find(|(kind, attribute, _)| {
                    *kind == address.kind && path.starts_with(attribute)
                });
                match explained {
                    Some(entry) => drop(used.insert(entry)),
                    None => unexplained.push(format!(
                        "{text}.{path}: {} / {}",
                        value.source(),
                        recorded
                            .attributes
                            .get(name)
                            .map(Value::source)
                            .unwrap_or_default()
                    )),
                }
            }
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert!(compared > 600, "{compared}");
    let idle: Vec<_> = EXPLAINED.iter().filter(|e| !used.contains(e)).collect();
    assert!(idle.is_empty(), "explains nothing: {idle:?}");
    // And the other way: nothing is managed that the code does not have.
    for (address, _) in state.graph.resources.iter().filter(|(a, _)| !a.data) {
        let plain = Address {
            key: None,
            ..address.clone()
        };
        let there = code.resources.contains_key(address) || code.unexpanded.contains_key(&plain);
        assert!(there, "{address}");
    }
}

#[test]
fn policies_of_the_state_have_their_structure() {
    let state = state::read(&data("orders-dev.tfstate")).unwrap();
    let policies: Vec<_> = state.graph.of_type("aws_iam_role_policy").collect();
    assert!(policies.len() >= 5, "{}", policies.len());
    for policy in policies {
        let document = policy.get("policy").unwrap().json().unwrap();
        assert!(document.get("Statement").is_some(), "{}", policy.address);
    }
    let function = &state.graph.resources[&address("aws_lambda_function.create_order")];
    let variables = function.get("environment.variables").unwrap();
    let Kind::Map(map) = &variables.kind else {
        panic!("{variables:?}")
    };
    assert!(!map.is_empty());
    assert!(
        map.values().all(|v| v.sensitive),
        "the provider marks none of them"
    );
    assert!(matches!(
        function.get("architectures").unwrap().kind,
        Kind::List(_)
    ));
    assert_eq!(function.attributes.get("dead_letter_config"), None);
    assert!(!state.lineage.is_empty() && state.serial > 1);
    assert_eq!(state.terraform_version, "1.11.4");
}

#[test]
fn a_plan_to_create_has_symbols_for_what_is_not_known() {
    let plan = plan::read(&data("create.plan.json")).unwrap();
    assert_eq!(plan.incomplete(), None);
    assert!(plan.before.resources.is_empty());
    assert_eq!(plan.after.resources.len(), 9);
    let function = &plan.after.resources[&address("aws_lambda_function.create_order")];
    assert_eq!(
        function.get("arn"),
        Some(&Value::symbol("aws_lambda_function.create_order.arn"))
    );
    assert_eq!(
        function.get("kms_key_arn"),
        Some(&Value::symbol(
            "aws_lambda_function.create_order.kms_key_arn"
        ))
    );
    // Containers with false leaves are known.
    assert_eq!(
        function.get("architectures"),
        Some(&Kind::List(vec![Value::string("arm64")]).into())
    );
    assert!(function.get("environment.variables").unwrap().is_known());
    let change = &plan.changes[&address("aws_lambda_function.create_order")];
    assert_eq!(change.actions, [Action::Create]);
    // What the code gives is known to both.
    let code = code();
    let role = address("aws_iam_role.create_order");
    let trust = |graph: &Graph| {
        graph.resources[&role]
            .get("assume_role_policy")
            .unwrap()
            .json()
    };
    assert!(trust(&plan.after).is_some());
    assert_eq!(trust(&plan.after), trust(&code));
}

#[test]
fn a_plan_of_changes_has_both_sides() {
    let plan = plan::read(&data("changes.plan.json")).unwrap();
    let function = address("aws_lambda_function.create_order");
    let timeout = |graph: &Graph| graph.resources[&function].get("timeout").unwrap().as_u64();
    assert_eq!(
        (timeout(&plan.before), timeout(&plan.after)),
        (Some(10), Some(20))
    );
    assert_eq!(plan.changes[&function].actions, [Action::Update]);

    let new = address("aws_cloudwatch_metric_alarm.create_order_refused");
    let old = address("aws_cloudwatch_metric_alarm.create_order_denied");
    assert_eq!(plan.moved, BTreeMap::from([(new.clone(), old.clone())]));
    assert!(plan.before.resources.contains_key(&old) && !plan.before.resources.contains_key(&new));
    assert!(plan.after.resources.contains_key(&new) && !plan.after.resources.contains_key(&old));

    let replaced = &plan.changes[&address("aws_cloudwatch_log_metric_filter.create_order_denied")];
    assert_eq!(replaced.actions, [Action::Delete, Action::Create]);
    assert_eq!(replaced.replace_paths, ["name"]);
    assert_eq!(
        replaced.reason.as_deref(),
        Some("replace_because_cannot_update")
    );

    let deleted = address("aws_sqs_queue_policy.jobs");
    assert!(plan.before.resources.contains_key(&deleted));
    assert!(!plan.after.resources.contains_key(&deleted));

    // Keys of for_each, and a value that the code marks as sensitive.
    let extra = &plan.after.resources[&address("aws_sqs_queue.extra[\"a.b\"]")];
    assert_eq!(
        extra.get("name").unwrap().as_str(),
        Some("orders-dev-extra-a-b")
    );
    assert!(extra.get("tags.owner").unwrap().sensitive);
    // A policy that rests on what is created is not known as a whole.
    let policy = &plan.after.resources[&address("aws_iam_role_policy.extra")];
    assert!(!policy.get("policy").unwrap().is_known());

    // Noise is kept apart, and data sources are on both sides.
    assert!(!plan.drift.before.resources.is_empty());
    assert_eq!(
        plan.drift.before.resources.keys().collect::<Vec<_>>(),
        plan.drift.after.resources.keys().collect::<Vec<_>>()
    );
    let data = |graph: &Graph| graph.resources.keys().filter(|a| a.data).count();
    assert!(data(&plan.before) > 0);
    assert_eq!(data(&plan.before), data(&plan.after));
    assert!(plan.applyable && plan.complete && !plan.errored);
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_never_taken_for_whole() {
    for (name, read) in [
        (
            "create.plan.json",
            (|t| plan::read(t).map(drop)) as fn(&str) -> Result<(), Unreadable>,
        ),
        ("orders-dev.tfstate", |t| state::read(t).map(drop)),
    ] {
        let text = data(name);
        let whole = text.trim_end().len();
        for end in (1..whole).step_by(whole / 97) {
            let cut = &text[..text.floor_char_boundary(end)];
            assert_eq!(read(cut), Err(Unreadable::Truncated), "{name} at {end}");
        }
        assert_eq!(read(""), Err(Unreadable::Empty));
        assert_eq!(read(" \n"), Err(Unreadable::Empty));
        assert!(Unreadable::Truncated.is_incomplete() && Unreadable::Empty.is_incomplete());
    }
}
