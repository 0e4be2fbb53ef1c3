//! What a handler is made of, settled from the manifest and before any language's text.

mod pushed;
mod resources;
mod route;
mod source;
mod sql;
mod work;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

pub(super) use resources::Resource;
use route::Route;
pub(super) use source::Source;
pub(super) use sql::{Origin, Relational, Verb};
pub(super) use work::Work;

use super::example;
use super::names::Names;
use super::schema::{Record, Schema};
use super::{Fault, Language, encode};
use crate::service::Service;
use crate::service::model::{Auth, Function, Trigger, TriggerKind};

/// What invokes the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Http,
    Queue,
    Schedule,
    /// Records of a Kinesis stream.
    Stream,
    /// Changes of the items of a table.
    Changes,
    Topic,
    Object,
    Event,
}

/// A route, or what is done with a message or at a time.
pub(super) struct Step {
    /// `POST /orders`; empty unless it is a route.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) work: Work,
    /// Type of the checked body or message.
    pub(super) record: Option<String>,
}

/// A schema file beside the handler.
pub(super) struct Copied {
    pub(super) copy: String,
    /// Relative to the source folder.
    pub(super) declared: String,
    pub(super) text: String,
}

/// Everything that a language's files are made of.
pub(super) struct Plan {
    pub(super) function: String,
    pub(super) pointer: String,
    pub(super) folder: String,
    pub(super) module: String,
    pub(super) entry: String,
    pub(super) kind: Kind,
    pub(super) fifo: bool,
    /// What a stream or topic is known by.
    pub(super) source: Option<Source>,
    pub(super) steps: Vec<Step>,
    pub(super) records: Vec<Record>,
    pub(super) resources: Vec<Resource>,
    pub(super) databases: Vec<Relational>,
    /// Notes on those that no repository is made of.
    unreached: Vec<String>,
    /// Variable of each secret, and the function that reads it.
    pub(super) secrets: Vec<(String, String)>,
    pub(super) schemas: Vec<Copied>,
    /// What the handler checks requests by; empty unless it answers them.
    pub(super) routes: Map<String, Json>,
    /// Variables of the secrets that requests are signed with, one a signed route.
    pub(super) signed: Vec<String>,
    /// Whether requests come by the function's own URL.
    pub(super) url: bool,
    /// What the handler checks objects or events by; null where it takes neither.
    pub(super) listens: Json,
    /// What the tests send.
    pub(super) samples: Json,
}

impl Plan {
    pub(super) fn of(
        service: &Service,
        name: &str,
        language: Language,
        schemas: &BTreeMap<String, String>,
    ) -> Result<Self, Fault> {
        let function = service.functions.get(name).ok_or_else(|| {
            let near = crate::manifest::similar(name, service.functions.keys().map(String::as_str));
            let help = near.map_or_else(
                || "name a function of the manifest".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let shown = crate::manifest::shown(name);
            Fault::new(
                "/functions",
                format!("there is no function `{shown}`"),
                help,
            )
        })?;
        let mut names = Names::new(language);
        let kind = kind(function)?;
        source::written(language, function)?;
        let (module, entry) = entry(function, language)?;
        names.reserve(&module);
        names.reserve(&entry);
        let mut plan = Self {
            function: name.to_owned(),
            pointer: function.pointer.clone(),
            folder: function.source.clone(),
            module,
            entry,
            kind,
            fifo: false,
            source: None,
            steps: Vec::new(),
            records: Vec::new(),
            resources: resources::of(service, name, function, kind, language, &mut names),
            databases: sql::of(
                service,
                function,
                resources::has_callers(function),
                language,
                &mut names,
            ),
            unreached: sql::unreached(service, function, language).collect(),
            secrets: Vec::new(),
            schemas: Vec::new(),
            routes: Map::new(),
            signed: Vec::new(),
            url: false,
            listens: Json::Null,
            samples: json!({}),
        };
        for variable in function.secrets.keys() {
            plan.secrets.push((variable.clone(), names.value(variable)));
        }
        let mut samples = Vec::new();
        for trigger in &function.triggers {
            let schema = plan.schema(trigger, language, schemas, &mut names)?;
            match &trigger.kind {
                TriggerKind::Http {
                    method, path, auth, ..
                } => {
                    let route = Route { method, path, auth };
                    samples.push(plan.route(service, trigger, &route, schema, &mut names)?);
                }
                TriggerKind::Url { method } => {
                    plan.url = true;
                    let route = Route {
                        method,
                        path: "/",
                        auth: &Auth::Iam,
                    };
                    samples.push(plan.route(service, trigger, &route, schema, &mut names)?);
                }
                TriggerKind::Object { .. } => plan.object(trigger),
                TriggerKind::Event { .. } => plan.event(service, trigger, schema),
                TriggerKind::Queue { queue, .. } => {
                    let queue = service.resources.get(queue);
                    let existing = queue.and_then(|queue| queue.existing.as_ref());
                    plan.fifo |=
                        existing.is_some_and(|queue| queue.name.strip_suffix(".fifo").is_some());
                    let work = plan.message_work(service, schema.as_ref().map(|s| &s.0));
                    plan.step("", "handle", work, schema.map(|s| s.1));
                }
                TriggerKind::Schedule { .. } => {
                    let work = plan.sent().unwrap_or(Work::Unwritten);
                    plan.step("", "work", work, None);
                }
                TriggerKind::Stream(stream) => {
                    plan.source = Source::of(service, &stream.source, stream.view);
                    // What a change of an item means, only its author knows.
                    let work = match stream.view {
                        Some(_) => Work::Unwritten,
                        None => plan.message_work(service, schema.as_ref().map(|s| &s.0)),
                    };
                    plan.step("", "handle", work, schema.map(|s| s.1));
                }
                TriggerKind::Topic { topic, .. } => {
                    plan.source = Source::of(service, topic, None);
                    let work = plan.message_work(service, schema.as_ref().map(|s| &s.0));
                    plan.step("", "handle", work, schema.map(|s| s.1));
                }
            }
        }
        if !plan.signed.is_empty() {
            // One shape for all routes of the file.
            for route in plan.routes.values_mut().filter_map(Json::as_object_mut) {
                route.entry("hmac").or_insert(Json::Null);
            }
        }
        if kind == Kind::Http {
            plan.samples = route::in_order(samples);
        } else {
            plan.samples["written"] =
                Json::Bool(plan.steps.iter().all(|step| step.work != Work::Unwritten));
        }
        Ok(plan)
    }

    fn step(&mut self, key: &str, name: &str, work: Work, record: Option<String>) {
        self.steps.push(Step {
            key: key.to_owned(),
            name: name.to_owned(),
            work,
            record,
        });
    }

    /// The table that remembers what was done, where there is one for it.
    pub(super) fn memory(&self) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.remembers)
    }

    /// Every variable that the handler reads.
    pub(super) fn variables(&self) -> Vec<String> {
        let resources = self.resources.iter().map(|r| r.variable.clone());
        let databases = self.databases.iter().flat_map(Relational::variables);
        let secrets = self.secrets.iter().map(|(variable, _)| variable.clone());
        let mut variables: Vec<String> = resources.chain(databases).chain(secrets).collect();
        variables.extend(self.signed.iter().cloned());
        if let Some(bucket) = self.listens["bucket"].as_str()
            && !variables.iter().any(|variable| variable == bucket)
        {
            variables.push(bucket.to_owned());
        }
        variables
    }

    /// What is left to do.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .steps
            .iter()
            .filter(|step| step.work == Work::Unwritten)
            .map(|step| {
                let what = if step.key.is_empty() {
                    &step.name
                } else {
                    &step.key
                };
                format!("{what} is yours to write; until then it fails")
            })
            .collect();
        for resource in &self.resources {
            if resource.class.is_some_and(|class| class.ends_with("Table"))
                && resource.partition.is_none()
            {
                notes.push(format!(
                    "the key of {} is not in the manifest; the handler takes it to be `id`",
                    resource.manifest_name
                ));
            }
        }
        notes.extend(self.databases.iter().flat_map(|d| d.notes.iter().cloned()));
        notes.extend(self.unreached.iter().cloned());
        if self.kind != Kind::Http && self.memory().is_none() {
            notes.push(format!(
                "what was done is remembered by the running instance only; give the function a table of its own, with a text partition key, and allow [{}] on it",
                resources::REMEMBERING.join(", ")
            ));
        }
        notes
    }

    /// Reads the schema of a trigger, and gives it with the name of its type.
    fn schema(
        &mut self,
        trigger: &Trigger,
        language: Language,
        texts: &BTreeMap<String, String>,
        names: &mut Names,
    ) -> Result<Option<(Schema, String)>, Fault> {
        let Some(declared) = &trigger.schema else {
            return Ok(None);
        };
        let at = format!("{}/schema", trigger.pointer);
        let text = texts.get(declared).ok_or_else(|| {
            Fault::new(
                &at,
                format!("there is no file {declared}"),
                "create it, or mend the path",
            )
        })?;
        let schema = Schema::read(text, declared, &at)?;
        if language == Language::Go {
            schema.in_go(declared, &at)?;
        }
        let (class, file) = match &trigger.kind {
            TriggerKind::Http { method, path, .. } => {
                let name = names.class(&format!("{method} {path}"));
                let file = snake(&name);
                (name, file)
            }
            TriggerKind::Url { .. } => (names.class("Body"), "body".to_owned()),
            _ => (names.class("Message"), "message".to_owned()),
        };
        self.records.extend(schema.records(language, &class, names));
        let up = self.folder.split('/').map(|_| "../").collect::<String>();
        self.schemas.push(Copied {
            copy: format!("schemas/{file}.json"),
            declared: format!("{up}{declared}"),
            text: schema.text.clone(),
        });
        if !matches!(
            trigger.kind,
            TriggerKind::Http { .. } | TriggerKind::Url { .. }
        ) {
            self.samples["message"] = sample(&schema, &at)?;
        }
        Ok(Some((schema, class)))
    }
}

/// The one kind of trigger.
fn kind(function: &Function) -> Result<Kind, Fault> {
    let mut kinds = function.triggers.iter().map(|trigger| match trigger.kind {
        TriggerKind::Http { .. } | TriggerKind::Url { .. } => Kind::Http,
        TriggerKind::Queue { .. } => Kind::Queue,
        TriggerKind::Schedule { .. } => Kind::Schedule,
        TriggerKind::Stream(ref stream) if stream.view.is_some() => Kind::Changes,
        TriggerKind::Stream(_) => Kind::Stream,
        TriggerKind::Topic { .. } => Kind::Topic,
        TriggerKind::Object { .. } => Kind::Object,
        TriggerKind::Event { .. } => Kind::Event,
    });
    let first = kinds.next().ok_or_else(|| {
        Fault::new(
            &function.pointer,
            "nothing invokes this function, so nothing says what its handler takes",
            "give it a trigger",
        )
    })?;
    if kinds.any(|kind| kind != first) {
        return Err(Fault::new(
            &format!("{}/triggers", function.pointer),
            "a handler is made for one kind of trigger",
            "give each kind a function of its own",
        ));
    }
    let several = match first {
        _ if function.triggers.len() < 2 => None,
        Kind::Queue => Some(("queue", "queue")),
        Kind::Stream | Kind::Changes => Some(("stream", "stream")),
        Kind::Topic => Some(("topic", "topic")),
        Kind::Event => Some(("type of event", "type")),
        Kind::Object => (!pushed::one_bucket(function)).then_some(("bucket", "bucket")),
        Kind::Http | Kind::Schedule => None,
    };
    if let Some((what, each)) = several {
        return Err(Fault::new(
            &format!("{}/triggers", function.pointer),
            format!("a handler is made for one {what}"),
            format!("give each {each} a function of its own"),
        ));
    }
    Ok(first)
}

/// Module and function of an entry point, `app.handler`.
fn entry(function: &Function, language: Language) -> Result<(String, String), Fault> {
    if matches!(language, Language::Go | Language::Rust) {
        return Ok(("main".to_owned(), "main".to_owned()));
    }
    let parts: Vec<&str> = function.handler.split('.').collect();
    let kept = [
        "edge",
        "access",
        "event_types",
        "tests",
        "dist",
        "schemas",
        "repository",
    ];
    match parts[..] {
        [module, entry]
            if encode::is_identifier(module)
                && encode::is_identifier(entry)
                && !kept.contains(&module)
                && !Names::is_kept(language, module)
                && !Names::is_kept(language, entry) =>
        {
            Ok((module.to_owned(), entry.to_owned()))
        }
        _ => {
            let shown = crate::manifest::shown(&function.handler);
            Err(Fault::new(
                &format!("{}/handler", function.pointer),
                format!("no handler can be made for `{shown}`"),
                "name a file of the source folder and a function: app.handler",
            ))
        }
    }
}

fn sample(schema: &Schema, at: &str) -> Result<Json, Fault> {
    example::of(schema).ok_or_else(|| {
        Fault::new(
            at,
            "no example could be made of the schema, and the tests of the handler need one",
            "give the schema an example: \"examples\": [{ … }]",
        )
    })
}

/// `PostOrders` → `post_orders`.
fn snake(class: &str) -> String {
    let mut out = String::new();
    for c in class.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
