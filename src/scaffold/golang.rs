//! Handlers in Go: aws-lambda-go and AWS's request signer around packages that need the standard library alone.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::context::{context, data_files};
use super::plan::{Kind, Plan, Step, Work};
use super::{Files, Language, Part, encode, parts};

/// The module and the sums of what it needs. Named so, because the tools of Go would take the folder for one.
const MODULE: &str = include_str!("../../templates/handlers/go/dependencies.mod");
const SUMS: &str = include_str!("../../templates/handlers/go/dependencies.sum");

const PARTS: &[Part] = parts!["go":
    ".gitignore"
    "main.go.hbs"
    "edge/aws.go"
    "edge/edge.go"
    "edge/errors.go"
    "edge/formats.go"
    "edge/record.go"
    "edge/schema.go"
    "edge/schema_test.go"
    "edge/tables.go"
    "edge/validation.go"
    "work/access.go.hbs"
    "work/support_test.go.hbs"
];
const HTTP: &[Part] = parts!["go":
    "edge/http.go"
    "work/work_http.go.hbs"
    "work/http_test.go"
];
const QUEUE: &[Part] = parts!["go":
    "edge/once.go.hbs"
    "edge/queue.go.hbs"
    "work/work_queue.go.hbs"
    "work/queue_test.go.hbs"
];
const SCHEDULE: &[Part] = parts!["go":
    "edge/once.go.hbs"
    "edge/schedule.go"
    "work/work_schedule.go.hbs"
    "work/schedule_test.go"
];
const STREAM: &[Part] = parts!["go":
    "edge/once.go.hbs"
    "edge/ordered.go"
    "edge/pushed.go"
    "edge/stream.go.hbs"
    "work/ordered_test.go"
    "work/work_stream.go.hbs"
    "work/stream_test.go.hbs"
];
const CHANGES: &[Part] = parts!["go":
    "edge/changes.go.hbs"
    "edge/items.go"
    "edge/once.go.hbs"
    "edge/ordered.go"
    "edge/pushed.go"
    "work/changes_test.go.hbs"
    "work/ordered_test.go"
    "work/work_changes.go.hbs"
];
const TOPIC: &[Part] = parts!["go":
    "edge/once.go.hbs"
    "edge/pushed.go"
    "edge/topic.go.hbs"
    "work/topic_test.go.hbs"
    "work/work_topic.go.hbs"
];
const OBJECT: &[Part] = parts!["go":
    "edge/objects.go"
    "edge/once.go.hbs"
    "edge/pushed.go"
    "edge/trigger.go"
    "work/object_test.go"
    "work/work_object.go.hbs"
];
const EVENT: &[Part] = parts!["go":
    "edge/events.go.hbs"
    "edge/once.go.hbs"
    "edge/pushed.go"
    "edge/trigger.go"
    "work/event_test.go.hbs"
    "work/work_event.go.hbs"
];
const SCHEMAS: &[Part] = parts!["go":
    "work/schemas_test.go.hbs"
    "work/types.go.hbs"
];
const USED: &[Part] = parts!["go":
    "edge/queues.go"
    "edge/secrets.go"
    "edge/topics.go"
];

/// Class, and where it is not in every handler, the file of it.
const USES: &[(&str, &str)] = &[
    ("Queue", "edge/queues.go"),
    ("Secret", "edge/secrets.go"),
    ("Topic", "edge/topics.go"),
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
    let mut context = context(plan, &[]);
    let written = |step: &Step| step.work != Work::Unwritten;
    let has_numbers = plan
        .records
        .iter()
        .flat_map(|record| &record.fields)
        .any(|field| field.kind.contains("json."));
    context["clients"] = json!(!classes.is_empty());
    context["routed"] = json!(plan.kind == Kind::Http);
    context["listens"] = json!(plan.listens().is_some());
    context["embeds"] =
        json!(plan.kind == Kind::Http || !plan.schemas.is_empty() || plan.listens().is_some());
    context["answers"] = json!(plan.steps.iter().any(written));
    context["numbers"] = json!(has_numbers);
    exported(&mut context);
    if let Some(routes) = context["routes"].as_array_mut() {
        routes.iter_mut().for_each(exported);
    }

    let schemas = if plan.schemas.is_empty() {
        &[]
    } else {
        SCHEMAS
    };
    let needed = USED.iter().filter(|part| {
        let mut uses = USES.iter();
        uses.any(|(class, path)| *path == part.path && classes.contains(class))
    });
    let mut files = data_files(plan);
    for part in PARTS.iter().chain(of_kind).chain(schemas).chain(needed) {
        let (path, text) = encode::part(Language::Go, part, &context)?;
        let path = match path.as_str() {
            path if path.starts_with("work/work_") => "work/work.go".to_owned(),
            _ => path,
        };
        files.push((path, text));
    }
    files.push(("go.mod".to_owned(), MODULE.to_owned()));
    files.push(("go.sum".to_owned(), SUMS.to_owned()));
    Ok(files)
}

/// A method that another package may call begins with a capital.
fn exported(step: &mut Json) {
    step["verb"] = match step["verb"].as_str() {
        Some("send") => json!("Send"),
        Some("publish") => json!("Publish"),
        _ => json!(""),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_its_sums() {
        let wanted: Vec<&str> = MODULE
            .lines()
            .filter_map(|line| line.strip_prefix('\t'))
            .collect();
        let sums: Vec<&str> = SUMS.lines().collect();
        assert_eq!(wanted.len() * 2, sums.len());
        for module in wanted {
            assert!(sums.iter().any(|l| l.starts_with(&format!("{module} h1:"))));
            let file = format!("{module}/go.mod h1:");
            assert!(sums.iter().any(|line| line.starts_with(&file)));
        }
    }
}
