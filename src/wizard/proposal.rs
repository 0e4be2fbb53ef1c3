//! What answers come to: changes of the manifest, and files that are begun.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value as Json, json};

use super::{Asking, questions, source};
use crate::edit;
use crate::manifest::escape;

/// What is to be written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposal {
    /// Additions to the manifest, by JSON pointer.
    pub changes: Vec<(String, Json)>,
    /// New files, relative to the manifest.
    pub files: Vec<(Utf8PathBuf, String)>,
}

impl Proposal {
    /// The manifest's text with the changes.
    ///
    /// # Errors
    /// A change cannot be made faithfully; it says what to paste.
    pub fn apply(&self, text: &str) -> Result<String, edit::Refused> {
        let mut text = text.to_owned();
        for (pointer, value) in &self.changes {
            text = if pointer.is_empty() {
                edit::document(value)
            } else {
                edit::add(&text, pointer, value)?.text
            };
        }
        Ok(text)
    }
}

/// An object without what is null or empty.
fn object<const N: usize>(entries: [(&str, Json); N]) -> Json {
    let empty = |value: &Json| match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.is_empty(),
        _ => false,
    };
    let kept = entries.into_iter().filter(|(_, value)| !empty(value));
    Json::Object(kept.map(|(key, value)| (key.to_owned(), value)).collect())
}

fn text(asking: &Asking, id: &str) -> Json {
    json!(asking.text(id).unwrap_or_default())
}

pub(super) fn init(asking: &Asking) -> Proposal {
    let part = function_parts(asking);
    let name = |id: &str| asking.text(id).unwrap_or("unnamed").to_owned();
    let place = json!({ "account": text(asking, "account"), "region": text(asking, "region") });
    let whole = object([
        ("version", json!(1)),
        ("service", json!(name("service"))),
        ("baseline", json!(asking.project.baseline)),
        (
            "environments",
            Json::Object(Map::from_iter([(name("first-environment"), place)])),
        ),
        ("alerts", json!({ "email": asking.list("email") })),
        ("ci", ci(asking)),
        ("resources", part.resources),
        ("api", part.api),
        (
            "functions",
            Json::Object(Map::from_iter([(name("name"), part.function)])),
        ),
    ]);
    Proposal {
        changes: vec![(String::new(), whole)],
        files: part.files,
    }
}

fn ci(asking: &Asking) -> Json {
    match asking.text("ci") {
        None | Some("none") => Json::Null,
        Some(platform) => object([
            ("platform", json!(platform)),
            ("image", json!(asking.text("ci-image"))),
        ]),
    }
}

pub(super) fn function(asking: &Asking) -> Proposal {
    let part = function_parts(asking);
    let mut changes = shared(&part.resources, &part.api);
    changes.push((questions::function(asking), part.function));
    Proposal {
        changes,
        files: part.files,
    }
}

pub(super) fn trigger(asking: &Asking) -> Proposal {
    let mut changes = shared(&source_of_events(asking), &api(asking));
    let pointer = format!("{}/triggers/-", questions::function(asking));
    changes.push((pointer, trigger_value(asking)));
    Proposal {
        changes,
        files: schema(asking),
    }
}

pub(super) fn access(asking: &Asking) -> Proposal {
    let pointer = format!("{}/access/-", questions::function(asking));
    Proposal {
        changes: vec![(pointer, access_value(asking))],
        files: Vec::new(),
    }
}

pub(super) fn resource(asking: &Asking) -> Proposal {
    let name = asking.text("name").unwrap_or("unnamed");
    let existing = asking.text("existing");
    let key = asking.text("partition-key");
    let value = object([
        ("type", json!(asking.text("type").unwrap_or("sqs_queue"))),
        ("existing", json!(existing)),
        ("engine", text(asking, "engine")),
        ("database", text(asking, "database")),
        (
            "partition_key",
            key.map_or(Json::Null, |key| json!({ "name": key, "type": "S" })),
        ),
    ]);
    let mut changes = vec![(format!("/resources/{}", escape(name)), value)];
    if asking.text("type") == Some("rds_db") {
        changes.extend(endpoints(asking, name));
    }
    Proposal {
        changes,
        files: Vec::new(),
    }
}

/// Where a database is in each environment.
fn endpoints(asking: &Asking, name: &str) -> Vec<(String, Json)> {
    let value = |id: &str, environment: &str| {
        let said = questions::by_environment(asking, id);
        let of = said.into_iter().find(|(known, _)| known == environment);
        of.map(|(_, value)| value)
    };
    let places = asking.environments().into_iter().map(|environment| {
        let id = value("database-id", environment).unwrap_or_else(|| "db-unnamed".to_owned());
        let host = value("database-host", environment).unwrap_or_else(|| "unnamed".to_owned());
        let pointer = format!(
            "/environments/{}/databases/{}",
            escape(environment),
            escape(name)
        );
        (pointer, json!({ "id": id, "host": host }))
    });
    places.collect()
}

/// Resources and the API, which the function shares with others.
fn shared(resources: &Json, api: &Json) -> Vec<(String, Json)> {
    let resources = resources.as_object().into_iter().flatten();
    let resources = resources.map(|(name, value)| (format!("/resources/{}", escape(name)), value));
    let api = api.as_object().into_iter().flatten();
    let api = api.map(|(key, value)| (format!("/api/{}", escape(key)), value));
    resources
        .chain(api)
        .map(|(pointer, value)| (pointer, value.clone()))
        .collect()
}

/// A function, and what it needs besides.
struct Parts {
    function: Json,
    resources: Json,
    api: Json,
    files: Vec<(Utf8PathBuf, String)>,
}

fn function_parts(asking: &Asking) -> Parts {
    let trigger = trigger_value(asking);
    let triggers = trigger.as_object().is_some_and(|t| !t.is_empty());
    let begun = questions::begun(asking);
    let mut files = schema(asking);
    if begun {
        files.extend(source::handler(&source::Request {
            source: asking.text("source").unwrap_or_default(),
            runtime: asking.text("runtime").unwrap_or_default(),
            language: asking.text("language").unwrap_or_default(),
        }));
    }
    // The files that are begun show both.
    let said = |id: &str| if begun { Json::Null } else { text(asking, id) };
    let access = asking.text("to").map(|_| access_value(asking));
    let function = object([
        ("blueprint", text(asking, "blueprint")),
        ("source", json!(asking.text("source").unwrap_or("src"))),
        ("runtime", said("runtime")),
        ("handler", said("handler")),
        (
            "triggers",
            if triggers {
                json!([trigger])
            } else {
                Json::Null
            },
        ),
        ("access", json!(access.into_iter().collect::<Vec<_>>())),
    ]);
    Parts {
        function,
        resources: source_of_events(asking),
        api: api(asking),
        files,
    }
}

fn trigger_value(asking: &Asking) -> Json {
    object([
        ("http", text(asking, "route")),
        ("queue", text(asking, "queue")),
        ("schedule", text(asking, "schedule")),
        ("stream", text(asking, "stream")),
        ("topic", text(asking, "topic")),
        ("object", text(asking, "bucket")),
        ("prefix", text(asking, "prefix")),
        ("event", text(asking, "event")),
        ("source", text(asking, "event-source")),
        ("url", text(asking, "method")),
        ("auth", own_auth(asking)),
        ("schema", text(asking, "schema")),
    ])
}

/// Authentication that is the trigger's alone.
fn own_auth(asking: &Asking) -> Json {
    if asking.text("method").is_some() {
        return json!("iam");
    }
    questions::webhook(asking).map_or(
        Json::Null,
        |key| json!({ "hmac": { "key": key, "sender": text(asking, "sender") } }),
    )
}

/// The queue, stream, topic, bucket or secret of the trigger, where it is not declared yet.
fn source_of_events(asking: &Asking) -> Json {
    if let Some(name) = questions::webhook(asking) {
        if asking.resource(&name).is_some() {
            return Json::Null;
        }
        let secret = json!({ "type": "secret", "existing": text(asking, "webhook-secret") });
        return Json::Object(Map::from_iter([(name, secret)]));
    }
    let kinds = [
        ("queue", "sqs_queue"),
        ("stream", "kinesis_stream"),
        ("topic", "sns_topic"),
        ("bucket", "s3_bucket"),
    ];
    let undeclared = kinds.iter().find_map(|(question, kind)| {
        let name = asking.text(question)?;
        asking.resource(name).is_none().then_some((name, *kind))
    });
    undeclared.map_or(Json::Null, |(name, kind)| {
        Json::Object(Map::from_iter([(name.to_owned(), json!({ "type": kind }))]))
    })
}

fn api(asking: &Asking) -> Json {
    match asking.text("auth") {
        Some("jwt") => json!({ "auth": { "jwt": {
            "issuer": text(asking, "issuer"),
            "audience": asking.list("audience"),
        } } }),
        Some("hmac") | None => Json::Null,
        Some(method) => json!({ "auth": method }),
    }
}

/// The schema, where its file is not there yet.
fn schema(asking: &Asking) -> Vec<(Utf8PathBuf, String)> {
    let path = asking.text("schema").map(Utf8PathBuf::from);
    let missing = path.filter(|path| {
        let folder = path.parent().map_or("", Utf8Path::as_str);
        let files = asking.files(folder).unwrap_or_default();
        !files
            .iter()
            .any(|file| Some(file.as_str()) == path.file_name())
    });
    missing
        .map(|path| source::schema(path.as_str()))
        .into_iter()
        .collect()
}

fn access_value(asking: &Asking) -> Json {
    let to = asking.text("to").unwrap_or_default();
    let allow = if to.starts_with("functions.") {
        vec!["invoke".to_owned()]
    } else {
        asking.list("allow")
    };
    object([
        ("to", json!(to)),
        ("paths", json!(asking.list("paths"))),
        ("allow", json!(allow)),
        ("secret", text(asking, "secret")),
        ("tables", tables(asking)),
    ])
}

/// Tables of a database, from `table=verb+verb`.
fn tables(asking: &Asking) -> Json {
    let given = asking.list("tables").into_iter().map(|text| {
        let (table, verbs) = text.split_once('=').unwrap_or((&text, ""));
        let verbs = verbs.split('+').map(str::trim).filter(|v| !v.is_empty());
        (table.trim().to_owned(), json!(verbs.collect::<Vec<_>>()))
    });
    Json::Object(given.collect())
}
