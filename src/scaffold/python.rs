//! Handlers in Python: Powertools for AWS Lambda, jsonschema, boto3.

use serde_json::Value as Json;

use super::context::{context as shared, data_files};
use super::plan::{Kind, Plan};
use super::{Files, Language, Part, encode, parts};

const PARTS: &[Part] = parts!["python":
    "access.py.hbs"
    "event_types.py.hbs"
    "edge/__init__.py"
    "edge/aws.py"
    "edge/channels.py"
    "edge/log.py"
    "edge/tables.py"
    "edge/validation.py"
    "tests/__init__.py"
    "tests/support.py"
];
const NEEDS: &[Part] = parts!["python":
    "requirements.in"
    "requirements.txt"
];
const NEEDS_WITH_POSTGRESQL: &[Part] = parts!["python":
    "requirements-postgresql.in"
    "requirements-postgresql.txt"
];
const REPOSITORY: &[Part] = parts!["python":
    "repository.py.hbs"
    "tests/test_repository.py.hbs"
];
const DATA_API: &[Part] = parts!["python": "edge/data_api.py"];
const POSTGRES: &[Part] = parts!["python": "edge/postgres.py"];
const SCHEMAS: &[Part] = parts!["python": "tests/test_schemas.py.hbs"];
const SECRETS: &[Part] = parts!["python": "edge/secrets.py"];
const SIGNATURE: &[Part] = parts!["python":
    "edge/signature.py"
    "tests/test_signature.py"
];
const HTTP: &[Part] = parts!["python":
    "app_http.py.hbs"
    "edge/http.py.hbs"
    "tests/test_http.py.hbs"
];
const QUEUE: &[Part] = parts!["python":
    "app_queue.py.hbs"
    "edge/once.py.hbs"
    "edge/queue.py.hbs"
    "tests/test_queue.py.hbs"
];
const SCHEDULE: &[Part] = parts!["python":
    "app_schedule.py.hbs"
    "edge/once.py.hbs"
    "edge/schedule.py"
    "tests/test_schedule.py.hbs"
];
const STREAM: &[Part] = parts!["python":
    "app_stream.py.hbs"
    "edge/once.py.hbs"
    "edge/ordered.py"
    "edge/stream.py.hbs"
    "tests/test_stream.py.hbs"
];
const CHANGES: &[Part] = parts!["python":
    "app_changes.py.hbs"
    "edge/changes.py.hbs"
    "edge/items.py"
    "edge/once.py.hbs"
    "edge/ordered.py"
    "tests/test_changes.py.hbs"
];
const TOPIC: &[Part] = parts!["python":
    "app_topic.py.hbs"
    "edge/once.py.hbs"
    "edge/topic.py.hbs"
    "tests/test_topic.py.hbs"
];
const OBJECT: &[Part] = parts!["python":
    "app_object.py.hbs"
    "edge/objects.py"
    "edge/once.py.hbs"
    "tests/test_objects.py.hbs"
];
const EVENT: &[Part] = parts!["python":
    "app_event.py.hbs"
    "edge/events.py"
    "edge/once.py.hbs"
    "tests/test_events.py.hbs"
];

pub(super) fn files(plan: &Plan) -> Files {
    let context = context(plan);
    let of_kind = match plan.kind {
        Kind::Http => HTTP,
        Kind::Queue => QUEUE,
        Kind::Schedule => SCHEDULE,
        Kind::Stream => STREAM,
        Kind::Changes => CHANGES,
        Kind::Topic => TOPIC,
        Kind::Object => OBJECT,
        Kind::Event => EVENT,
    };
    let reached = |class| {
        plan.databases
            .iter()
            .any(|database| database.class == class)
    };
    let needs = if reached("Postgres") {
        NEEDS_WITH_POSTGRESQL
    } else {
        NEEDS
    };
    let when = |is, parts: &'static [Part]| if is { parts } else { &[] };
    let sql = [
        when(!plan.databases.is_empty(), REPOSITORY),
        when(reached("DataApi"), DATA_API),
        when(reached("Postgres"), POSTGRES),
    ]
    .into_iter()
    .flatten();
    let secrets = if plan.secrets.is_empty() {
        &[]
    } else {
        SECRETS
    };
    let schemas = if plan.schemas.is_empty() {
        &[]
    } else {
        SCHEMAS
    };
    let signature = when(!plan.signed.is_empty(), SIGNATURE);
    let mut files = data_files(plan);
    let parts = PARTS.iter().chain(needs).chain(of_kind);
    for part in parts
        .chain(secrets)
        .chain(schemas)
        .chain(sql)
        .chain(signature)
    {
        let (path, text) = encode::part(Language::Python, part, &context)?;
        let path = if path.starts_with("app_") {
            format!("{}.py", plan.module)
        } else {
            path.replacen("-postgresql", "", 1)
        };
        files.push((path, text));
    }
    Ok(files)
}

fn context(plan: &Plan) -> Json {
    let mut classes: Vec<(&str, &str)> = plan
        .resources
        .iter()
        .filter_map(|resource| {
            let class = resource.class?;
            let module = if class.ends_with("Table") {
                "tables"
            } else {
                "channels"
            };
            Some((module, class))
        })
        .collect();
    if !plan.secrets.is_empty() {
        classes.push(("secrets", "secret"));
    }
    classes.sort_unstable();
    classes.dedup();
    shared(plan, &classes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_driver_is_all_that_comes_with_postgresql() {
        let lines = |parts: &[Part], name: &str| -> BTreeSet<&'static str> {
            let part = parts.iter().find(|part| part.path == name);
            part.unwrap().text.lines().map(str::trim_end).collect()
        };
        for (few, many) in [
            ("requirements.in", "requirements-postgresql.in"),
            ("requirements.txt", "requirements-postgresql.txt"),
        ] {
            let (few, many) = (lines(NEEDS, few), lines(NEEDS_WITH_POSTGRESQL, many));
            assert!(few.is_subset(&many));
            let more: BTreeSet<&str> = many
                .difference(&few)
                .filter_map(|line| line.split_once("==").map(|(name, _)| name))
                .collect();
            assert!(more.is_superset(&["psycopg", "psycopg-binary"].into()));
            assert!(
                more.iter()
                    .all(|name| name.starts_with("psycopg") || *name == "tzdata")
            );
        }
    }
}
