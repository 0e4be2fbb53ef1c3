//! Handlers in Rust: `lambda_runtime`, serde, jsonschema, the AWS SDK.

use std::collections::BTreeSet;

use serde_json::json;

use super::context::{context, data_files};
use super::plan::{Kind, Plan};
use super::{Files, Language, Part, cargo, encode, parts};

const PARTS: &[Part] = parts!["rust":
    ".gitignore"
    "src/access.rs.hbs"
    "src/edge/aws.rs"
    "src/edge/errors.rs"
    "src/edge/log.rs"
    "src/edge/mod.rs.hbs"
    "src/edge/validation.rs"
    "src/tests/support.rs"
];
const HTTP: &[Part] = parts!["rust":
    "src/main_http.rs.hbs"
    "src/edge/http.rs.hbs"
    "src/tests/http.rs.hbs"
];
const QUEUE: &[Part] = parts!["rust":
    "src/main_queue.rs.hbs"
    "src/edge/once.rs.hbs"
    "src/edge/queue.rs.hbs"
    "src/tests/queue.rs.hbs"
];
const SCHEDULE: &[Part] = parts!["rust":
    "src/main_schedule.rs.hbs"
    "src/edge/once.rs.hbs"
    "src/edge/schedule.rs"
    "src/tests/schedule.rs.hbs"
];
const STREAM: &[Part] = parts!["rust":
    "src/main_stream.rs.hbs"
    "src/edge/once.rs.hbs"
    "src/edge/ordered.rs"
    "src/edge/pushed.rs"
    "src/edge/stream.rs.hbs"
    "src/tests/stream.rs.hbs"
];
const CHANGES: &[Part] = parts!["rust":
    "src/main_changes.rs.hbs"
    "src/edge/changes.rs.hbs"
    "src/edge/items.rs"
    "src/edge/once.rs.hbs"
    "src/edge/ordered.rs"
    "src/edge/pushed.rs"
    "src/tests/changes.rs.hbs"
];
const TOPIC: &[Part] = parts!["rust":
    "src/main_topic.rs.hbs"
    "src/edge/once.rs.hbs"
    "src/edge/pushed.rs"
    "src/edge/topic.rs.hbs"
    "src/tests/topic.rs.hbs"
];
const OBJECT: &[Part] = parts!["rust":
    "src/main_object.rs.hbs"
    "src/edge/objects.rs.hbs"
    "src/edge/once.rs.hbs"
    "src/edge/pushed.rs"
    "src/tests/object.rs"
];
const EVENT: &[Part] = parts!["rust":
    "src/main_event.rs.hbs"
    "src/edge/events.rs.hbs"
    "src/edge/once.rs.hbs"
    "src/edge/pushed.rs"
    "src/tests/event.rs.hbs"
];
const SCHEMAS: &[Part] = parts!["rust":
    "src/event_types.rs.hbs"
    "src/tests/schemas.rs.hbs"
];
const USED: &[Part] = parts!["rust":
    "src/edge/queues.rs"
    "src/edge/secrets.rs"
    "src/edge/tables.rs"
    "src/edge/topics.rs"
];

/// Class, module of the templates, and the crates that it needs.
const USES: &[(&str, &str, &[&str])] = &[
    (
        "OwnedTable",
        "tables",
        &["aws-sdk-dynamodb", "serde_dynamo"],
    ),
    ("Table", "tables", &["aws-sdk-dynamodb", "serde_dynamo"]),
    ("Queue", "queues", &["aws-sdk-sqs"]),
    ("Secret", "secrets", &["aws-sdk-secretsmanager"]),
    ("Topic", "topics", &["aws-sdk-sns"]),
];

pub(super) fn files(plan: &Plan) -> Files {
    let memory = plan.memory();
    let classes: BTreeSet<&str> = plan
        .resources
        .iter()
        .filter(|resource| memory.is_none_or(|memory| memory.name != resource.name))
        .filter_map(|resource| resource.class)
        .chain((!plan.secrets.is_empty()).then_some("Secret"))
        .collect();
    let uses = || USES.iter().filter(|(class, ..)| classes.contains(class));
    let (of_kind, own, crates): (_, &[&str], &[&str]) = match plan.kind {
        Kind::Http => (HTTP, &["http"], &["base64"]),
        Kind::Queue => (QUEUE, &["once", "queue"], &[]),
        Kind::Schedule => (SCHEDULE, &["once", "schedule"], &[]),
        Kind::Stream => (
            STREAM,
            &["once", "ordered", "pushed", "stream"],
            &["base64"],
        ),
        Kind::Changes => (
            CHANGES,
            &["changes", "items", "once", "ordered", "pushed"],
            &[],
        ),
        Kind::Topic => (TOPIC, &["once", "pushed", "topic"], &[]),
        Kind::Object => (OBJECT, &["objects", "once", "pushed"], &["sha2"]),
        Kind::Event => (EVENT, &["events", "once", "pushed"], &[]),
    };
    let mut modules: BTreeSet<&str> = ["aws", "errors", "log", "validation"].into();
    modules.extend(own);
    modules.extend(uses().map(|(_, module, _)| module));
    let mut imports: BTreeSet<&str> = crates.iter().copied().collect();
    imports.extend(uses().flat_map(|(.., crates)| *crates));
    if memory.is_some() {
        imports.insert("aws-sdk-dynamodb");
    }
    let mut named: Vec<(&str, &str)> = uses().map(|(class, module, _)| (*module, *class)).collect();
    named.sort_unstable();

    let mut context = context(plan, &named);
    context["clients"] = json!(!named.is_empty());
    // What remembers is not in it, nor the bucket that is only listened to.
    let has = |list: &str| context[list].as_array().is_some_and(|all| !all.is_empty());
    context["granted"] = json!(has("resources") || has("secrets"));
    context["modules"] = json!(modules);
    context["bucket"] = json!(plan.listens().map(|listens| &listens["bucket"]));

    let schemas = if plan.schemas.is_empty() {
        &[]
    } else {
        SCHEMAS
    };
    let needed = USED.iter().filter(|part| {
        let name = part.path.rsplit('/').next().unwrap_or_default();
        modules.contains(name.trim_end_matches(".rs"))
    });
    let mut files = data_files(plan);
    for part in PARTS.iter().chain(of_kind).chain(schemas).chain(needed) {
        let (path, text) = encode::part(Language::Rust, part, &context)?;
        let path = match path.as_str() {
            path if path.starts_with("src/main_") => "src/main.rs".to_owned(),
            // What is shared stands beside the tests of the kind.
            "src/tests/schemas.rs" | "src/tests/support.rs" => path,
            path if path.starts_with("src/tests/") => "src/tests/mod.rs".to_owned(),
            _ => path,
        };
        files.push((path, text));
    }
    let package = cargo::package(&imports)?;
    files.push(("Cargo.toml".to_owned(), package.manifest));
    files.push(("Cargo.lock".to_owned(), package.lock));
    Ok(files)
}
