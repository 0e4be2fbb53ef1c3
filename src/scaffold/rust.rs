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
    let (of_kind, kind, crates): (_, _, &[&str]) = match plan.kind {
        Kind::Http => (HTTP, "http", &["base64"]),
        Kind::Queue => (QUEUE, "queue", &[]),
        Kind::Schedule => (SCHEDULE, "schedule", &[]),
        Kind::Stream | Kind::Changes | Kind::Topic | Kind::Object | Kind::Event => {
            return Err("there are no such handlers in Rust".to_owned());
        }
    };
    let mut modules: BTreeSet<&str> = ["aws", "errors", "log", "validation", kind].into();
    modules.extend(uses().map(|(_, module, _)| module));
    if plan.kind != Kind::Http {
        modules.insert("once");
    }
    let mut imports: BTreeSet<&str> = crates.iter().copied().collect();
    imports.extend(uses().flat_map(|(.., crates)| *crates));
    if memory.is_some() {
        imports.insert("aws-sdk-dynamodb");
    }
    let mut named: Vec<(&str, &str)> = uses().map(|(class, module, _)| (*module, *class)).collect();
    named.sort_unstable();

    let mut context = context(plan, &named);
    context["clients"] = json!(!named.is_empty());
    context["settings"] = json!(!plan.variables().is_empty());
    context["modules"] = json!(modules);

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
            "src/tests/http.rs" | "src/tests/queue.rs" | "src/tests/schedule.rs" => {
                "src/tests/mod.rs".to_owned()
            }
            _ => path,
        };
        files.push((path, text));
    }
    let package = cargo::package(&imports)?;
    files.push(("Cargo.toml".to_owned(), package.manifest));
    files.push(("Cargo.lock".to_owned(), package.lock));
    Ok(files)
}
