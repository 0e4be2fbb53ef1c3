//! What the templates of every language are given, and the files that are data.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::plan::{Origin, Plan, Relational, Step, Verb, Work};

/// Hostile texts and values, the same for every language.
const HOSTILE: &str = include_str!("../../templates/handlers/hostile.json");

/// The context of a plan; `classes` are module and name of what is imported.
pub(super) fn context(plan: &Plan, classes: &[(&str, &str)]) -> Json {
    let memory = plan.memory();
    let resources: Vec<Json> = plan
        .resources
        .iter()
        .filter(|resource| memory.is_none_or(|memory| memory.name != resource.name))
        .map(|resource| {
            let is_table = resource.class.is_some_and(|class| class.ends_with("Table"));
            json!({
                "name": resource.name,
                "class": resource.class,
                "variable": resource.variable,
                "table": is_table,
                "channel": resource.class.is_some() && !is_table,
                "other": resource.class.is_none(),
                "partition": resource.partition.as_deref().unwrap_or("id"),
                "unknown_key": resource.partition.is_none(),
            })
        })
        .collect();
    let records: Vec<Json> = plan
        .records
        .iter()
        .map(|record| {
            let fields: Vec<Json> = record
                .fields
                .iter()
                .map(|field| {
                    json!({
                        "key": field.key,
                        "name": field.name,
                        "required": field.required,
                        "type": field.kind,
                    })
                })
                .collect();
            json!({
                "name": record.name,
                "fields": fields,
                "closed": record.rest.is_none(),
                "rest": record.rest,
            })
        })
        .collect();
    let schemas: Vec<Json> = plan
        .schemas
        .iter()
        .map(|schema| json!({ "copy": schema.copy, "declared": schema.declared }))
        .collect();
    let secrets: Vec<Json> = plan
        .secrets
        .iter()
        .map(|(variable, name)| json!({ "variable": variable, "name": name }))
        .collect();
    let classes: Vec<Json> = classes
        .iter()
        .map(|(module, name)| json!({ "module": module, "name": name }))
        .collect();
    let targets: BTreeSet<&str> = plan
        .steps
        .iter()
        .filter_map(|step| target(&step.work))
        .collect();
    let types: BTreeSet<&str> = plan
        .steps
        .iter()
        .filter(|step| matches!(step.work, Work::Store(_) | Work::Send(..)))
        .filter_map(|step| step.record.as_deref())
        .collect();
    let reached = |class| {
        plan.databases
            .iter()
            .any(|database| database.class == class)
    };
    let mut statements = plan.databases.iter().flat_map(|d| &d.statements);
    let mut context = json!({
        "data_api": reached("DataApi"),
        "postgres": reached("Postgres"),
        "owned_rows": statements.any(|statement| statement.owned),
        "function": plan.function,
        "module": plan.module,
        "entry": plan.entry,
        "fifo": plan.fifo,
        "source": plan.source.as_ref().map(|source| {
            json!({ "end": source.end, "known": !source.end.is_empty(), "new": source.new, "old": source.old })
        }),
        "url": plan.url,
        "signed": !plan.signed.is_empty(),
        "resources": resources,
        "databases": plan.databases.iter().map(database).collect::<Vec<Json>>(),
        "secrets": secrets,
        "classes": classes,
        "records": records,
        "schemas": schemas,
        "variables": plan.variables(),
        "imports": targets,
        "types": types,
        "typed": !plan.records.is_empty(),
        "checked": !plan.schemas.is_empty(),
        "casts": !types.is_empty(),
        "routes": plan.steps.iter().map(step).collect::<Vec<Json>>(),
        "idempotency": {
            "table": memory.is_some(),
            "variable": memory.map(|memory| &memory.variable),
            "partition": memory.and_then(|memory| memory.partition.as_ref()),
        },
    });
    // Where there are no routes there is one step.
    if let (Some(only), Some(all)) = (plan.steps.first(), context.as_object_mut())
        && let Json::Object(step) = step(only)
    {
        all.extend(step);
    }
    context
}

fn target(work: &Work) -> Option<&str> {
    match work {
        Work::Store(target)
        | Work::Fetch(target)
        | Work::Remove(target)
        | Work::Send(target, _) => Some(target),
        Work::Unwritten => None,
    }
}

fn step(step: &Step) -> Json {
    let verb = match step.work {
        Work::Send(_, verb) => verb,
        _ => "",
    };
    json!({
        "key": step.key,
        "name": step.name,
        "type": step.record,
        "target": target(&step.work),
        "verb": verb,
        "store": matches!(step.work, Work::Store(_)),
        "fetch": matches!(step.work, Work::Fetch(_)),
        "remove": matches!(step.work, Work::Remove(_)),
        "send": matches!(step.work, Work::Send(..)),
        "unwritten": step.work == Work::Unwritten,
    })
}

/// A database with its statements.
fn database(database: &Relational) -> Json {
    let statements: Vec<Json> = database
        .statements
        .iter()
        .map(|statement| {
            let parameters: Vec<Json> = statement
                .parameters
                .iter()
                .map(|(name, origin)| {
                    json!({
                        "name": name,
                        "caller": *origin == Origin::Caller,
                        "key": *origin == Origin::Key,
                        "column": *origin == Origin::Column,
                    })
                })
                .collect();
            let has = |origin| statement.parameters.iter().any(|(_, o)| *o == origin);
            json!({
                "name": statement.name,
                "database": database.name,
                "text": statement.text,
                "parameters": parameters,
                "owned": statement.owned,
                "keyed": has(Origin::Key),
                "valued": has(Origin::Column),
                "list": statement.verb == Verb::List,
                "find": statement.verb == Verb::Find,
                "insert": statement.verb == Verb::Insert,
                "change": matches!(statement.verb, Verb::Update | Verb::Delete),
            })
        })
        .collect();
    json!({
        "name": database.name,
        "class": database.class,
        "prefix": database.prefix,
        "variables": database.variables().collect::<Vec<String>>(),
        "data_api": database.class == "DataApi",
        "statements": statements,
    })
}

/// What is the same in every language: schemas, routes, and what the tests send.
pub(super) fn data_files(plan: &Plan) -> Vec<(String, String)> {
    let pretty = |value: &Json| format!("{value:#}\n");
    let mut files = vec![
        ("tests/hostile.json".to_owned(), HOSTILE.to_owned()),
        ("tests/samples.json".to_owned(), pretty(&plan.samples)),
    ];
    if !plan.routes.is_empty() {
        files.push((
            "routes.json".to_owned(),
            pretty(&Json::Object(plan.routes.clone())),
        ));
    }
    if let Some(listens) = plan.listens() {
        files.push(("trigger.json".to_owned(), pretty(listens)));
    }
    for schema in &plan.schemas {
        files.push((schema.copy.clone(), schema.text.clone()));
    }
    files
}
