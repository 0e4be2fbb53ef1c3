//! What a handler is made of, settled from the manifest and before any language's text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::names::Names;
use super::schema::{Record, Schema, example};
use super::{Fault, Language, encode};
use crate::catalog::aws::grants;
use crate::cloud::aws::access::variable;
use crate::service::Service;
use crate::service::model::{Auth, Function, Key, KeyType, Target, Trigger, TriggerKind};

/// What a path parameter is unless the manifest says otherwise.
const PARAMETER: &str = "^[A-Za-z0-9_-]{1,64}$";
/// The attribute that says whose an item is; the templates write and check it.
const OWNER: &str = "owner_sub";
/// What Powertools' idempotency does with its table.
const REMEMBERING: [&str; 4] = ["DeleteItem", "GetItem", "PutItem", "UpdateItem"];

/// What invokes the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Http,
    Queue,
    Schedule,
}

/// What can be written for the author, because the manifest leaves no doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    /// The body becomes an item.
    Store(String),
    /// The item of the path is the answer.
    Fetch(String),
    /// The item of the path is removed.
    Remove(String),
    /// The body goes on, by a method of a queue or topic.
    Send(String, &'static str),
    /// It is the author's.
    Unwritten,
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

/// What the manifest lets the handler use.
pub(super) struct Resource {
    pub(super) name: String,
    pub(super) class: Option<&'static str>,
    pub(super) variable: String,
    /// Partition key of a table, where the manifest says it.
    pub(super) partition: Option<String>,
    remembers: bool,
    manifest_name: String,
    operations: BTreeSet<String>,
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
    pub(super) source: String,
    pub(super) module: String,
    pub(super) entry: String,
    pub(super) kind: Kind,
    pub(super) fifo: bool,
    pub(super) steps: Vec<Step>,
    pub(super) records: Vec<Record>,
    pub(super) resources: Vec<Resource>,
    /// Variable of each secret, and the function that reads it.
    pub(super) secrets: Vec<(String, String)>,
    pub(super) schemas: Vec<Copied>,
    /// What the handler checks requests by; empty unless it answers them.
    pub(super) routes: Map<String, Json>,
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
        let (module, entry) = entry(function, language)?;
        names.reserve(&module);
        names.reserve(&entry);
        let mut plan = Self {
            function: name.to_owned(),
            pointer: function.pointer.clone(),
            source: function.source.clone(),
            module,
            entry,
            kind,
            fifo: false,
            steps: Vec::new(),
            records: Vec::new(),
            resources: resources(service, name, function, kind, &mut names),
            secrets: Vec::new(),
            schemas: Vec::new(),
            routes: Map::new(),
            samples: json!({}),
        };
        for variable in function.secrets.keys() {
            plan.secrets.push((variable.clone(), names.value(variable)));
        }
        let mut samples = Vec::new();
        for trigger in &function.triggers {
            let schema = plan.schema(trigger, language, schemas, &mut names)?;
            match &trigger.kind {
                TriggerKind::Http { .. } => {
                    samples.push(plan.route(service, trigger, schema, &mut names)?);
                }
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
            }
        }
        if kind == Kind::Http {
            plan.samples = in_order(samples);
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
    pub(super) fn variables(&self) -> Vec<&str> {
        let resources = self.resources.iter().map(|r| r.variable.as_str());
        resources
            .chain(self.secrets.iter().map(|(variable, _)| variable.as_str()))
            .collect()
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
        if self.kind != Kind::Http && self.memory().is_none() {
            notes.push(format!(
                "what was done is remembered by the running instance only; give the function a table of its own, with a text partition key, and allow [{}] on it",
                REMEMBERING.join(", ")
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
        let (class, file) = match &trigger.kind {
            TriggerKind::Http { method, path, .. } => {
                let name = names.class(&format!("{method} {path}"));
                let file = snake(&name);
                (name, file)
            }
            _ => (names.class("Message"), "message".to_owned()),
        };
        self.records.extend(schema.records(language, &class, names));
        let up = self.source.split('/').map(|_| "../").collect::<String>();
        self.schemas.push(Copied {
            copy: format!("schemas/{file}.json"),
            declared: format!("{up}{declared}"),
            text: schema.text.clone(),
        });
        if !matches!(trigger.kind, TriggerKind::Http { .. }) {
            self.samples["message"] = sample(&schema, &at)?;
        }
        Ok(Some((schema, class)))
    }

    /// Adds a route; gives its key and what the tests send to it.
    fn route(
        &mut self,
        service: &Service,
        trigger: &Trigger,
        schema: Option<(Schema, String)>,
        names: &mut Names,
    ) -> Result<(String, Json), Fault> {
        let TriggerKind::Http {
            method, path, auth, ..
        } = &trigger.kind
        else {
            return Err(Fault::new(&trigger.pointer, "this is no route", ""));
        };
        let key = format!("{method} {path}");
        let parameters: Vec<&str> = path
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
            .collect();
        let pattern = |name: &str| trigger.params.get(name).map_or(PARAMETER, String::as_str);
        let object = |names: &[&str], required: bool| {
            let property = |name: &&str| {
                let schema =
                    json!({ "type": "string", "maxLength": 256, "pattern": pattern(name) });
                ((*name).to_owned(), schema)
            };
            json!({
                "type": "object",
                "additionalProperties": false,
                "required": if required { names } else { &[] },
                "properties": names.iter().map(property).collect::<Map<String, Json>>(),
            })
        };
        let query: Vec<&str> = trigger
            .params
            .keys()
            .map(String::as_str)
            .filter(|name| !parameters.contains(name))
            .collect();
        let path_schema = object(&parameters, true);
        let path_sample = example(&path_schema, 0).ok_or_else(|| {
            Fault::new(
                &format!("{}/params", trigger.pointer),
                format!("no text was found that the pattern of a parameter of {key} takes"),
                "write it as a simpler regular expression",
            )
        })?;
        self.routes.insert(
            key.clone(),
            json!({
                "auth": match auth { Auth::Jwt(_) => "jwt", Auth::Iam => "iam", Auth::None => "none" },
                "body": schema.as_ref().and(self.schemas.last()).map(|schema| &schema.copy),
                "path": path_schema,
                "query": object(&query, false),
            }),
        );
        let body = match &schema {
            Some((schema, _)) => sample(schema, &format!("{}/schema", trigger.pointer))?,
            None => Json::Null,
        };
        // Below a thing stands something else: `/orders/{id}/notes` is about no order.
        let is_thing = path
            .split('/')
            .skip_while(|part| !part.starts_with('{'))
            .all(|part| part.starts_with('{'));
        let work = match auth {
            _ if !is_thing => Work::Unwritten,
            // Without a caller nothing belongs to anyone.
            Auth::None => Work::Unwritten,
            Auth::Jwt(_) | Auth::Iam => {
                let body = schema.as_ref().map(|(schema, _)| schema);
                self.route_work(service, method, body, &parameters)
            }
        };
        let status = match &work {
            Work::Store(_) => 201,
            Work::Fetch(_) => 200,
            Work::Remove(_) => 204,
            Work::Send(..) => 202,
            Work::Unwritten => 501,
        };
        let sample = json!({
            "status": status,
            "owned": matches!(status, 200 | 201 | 204),
            "authenticated": *auth != Auth::None,
            "path": path_sample,
            "query": {},
            "body": body,
        });
        let name = names.value(&format!("{method} {path}"));
        self.step(&key, &name, work, schema.map(|(_, class)| class));
        Ok((key, sample))
    }

    /// What a route's method, body and path say that it does.
    fn route_work(
        &self,
        service: &Service,
        method: &str,
        body: Option<&Schema>,
        parameters: &[&str],
    ) -> Work {
        let in_path = |keys: &[&str]| {
            keys.len() == parameters.len() && keys.iter().all(|key| parameters.contains(key))
        };
        if let Some(body) = body {
            // A part of a thing is replaced in a way that only its author knows.
            if method == "PATCH" {
                return Work::Unwritten;
            }
            let texts = body.required_texts();
            let stored = self.table(service, "PutItem", |keys| {
                let of = |key: &&str| texts.contains(key) || parameters.contains(key);
                keys.iter().all(of)
                    && parameters.iter().all(|p| keys.contains(p) && !body.has(p))
                    && !body.has(OWNER)
            });
            return stored
                .map(Work::Store)
                .or_else(|| self.sent().filter(|_| parameters.is_empty()))
                .unwrap_or(Work::Unwritten);
        }
        match method {
            "GET" => self.table(service, "GetItem", in_path).map(Work::Fetch),
            "DELETE" => self.table(service, "DeleteItem", in_path).map(Work::Remove),
            _ => None,
        }
        .unwrap_or(Work::Unwritten)
    }

    fn message_work(&self, service: &Service, message: Option<&Schema>) -> Work {
        let texts = message.map(Schema::required_texts).unwrap_or_default();
        self.table(service, "PutItem", |keys| {
            keys.iter().all(|key| texts.contains(key))
        })
        .map(Work::Store)
        .or_else(|| self.sent())
        .unwrap_or(Work::Unwritten)
    }

    /// The only table of ours that an operation is granted on, if its text keys are at hand.
    fn table(
        &self,
        service: &Service,
        operation: &str,
        at_hand: impl Fn(&[&str]) -> bool,
    ) -> Option<String> {
        let granted = |r: &&Resource| !r.remembers && r.operations.contains(operation);
        let mut tables = self
            .resources
            .iter()
            .filter(granted)
            .filter(|r| r.partition.is_some());
        let table = tables.next().filter(|_| tables.next().is_none())?;
        let declared = service
            .resources
            .get(&table.manifest_name)?
            .table
            .as_ref()?;
        let keys: Vec<&Key> = [&declared.partition_key]
            .into_iter()
            .chain(&declared.sort_key)
            .collect();
        let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        let texts = keys.iter().all(|key| key.kind == KeyType::S);
        (texts && !names.contains(&OWNER) && at_hand(&names)).then(|| table.name.clone())
    }

    /// Where a value goes on to, if there is one place only.
    fn sent(&self) -> Option<Work> {
        let mut places = self.resources.iter().filter_map(|resource| {
            let verb = match resource.class? {
                "Queue" if resource.operations.contains("SendMessage") => "send",
                "Topic" if resource.operations.contains("Publish") => "publish",
                _ => return None,
            };
            Some(Work::Send(resource.name.clone(), verb))
        });
        places.next().filter(|_| places.next().is_none())
    }
}

/// Requests that store come first, those that remove last.
fn in_order(mut samples: Vec<(String, Json)>) -> Json {
    let rank = |sample: &Json| match sample["status"].as_u64() {
        Some(201) => 0,
        Some(204) => 2,
        _ => 1,
    };
    samples.sort_by_key(|(_, sample)| rank(sample));
    let stored: Vec<Json> = samples
        .iter()
        .filter(|(_, sample)| rank(sample) == 0)
        .map(|(_, sample)| {
            let mut item = sample["body"].clone();
            for (key, value) in sample["path"].as_object().into_iter().flatten() {
                item[key] = value.clone();
            }
            item
        })
        .collect();
    for (_, sample) in &mut samples {
        let path = sample["path"].as_object().cloned().unwrap_or_default();
        let is_there = stored
            .iter()
            .any(|item| path.iter().all(|(key, value)| item.get(key) == Some(value)));
        if matches!(sample["status"].as_u64(), Some(200 | 204)) && !is_there {
            sample["status"] = json!(404);
        }
    }
    Json::Object(samples.into_iter().collect())
}

fn sample(schema: &Schema, at: &str) -> Result<Json, Fault> {
    schema.example().ok_or_else(|| {
        Fault::new(
            at,
            "no example could be made of the schema, and the tests of the handler need one",
            "give the schema an example: \"examples\": [{ … }]",
        )
    })
}

/// The one kind of trigger.
fn kind(function: &Function) -> Result<Kind, Fault> {
    let mut kinds = function.triggers.iter().map(|trigger| match trigger.kind {
        TriggerKind::Http { .. } => Kind::Http,
        TriggerKind::Queue { .. } => Kind::Queue,
        TriggerKind::Schedule { .. } => Kind::Schedule,
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
    let queues = function.triggers.len() > 1 && first == Kind::Queue;
    if queues {
        return Err(Fault::new(
            &format!("{}/triggers", function.pointer),
            "a handler is made for one queue",
            "give each queue a function of its own",
        ));
    }
    Ok(first)
}

/// Module and function of an entry point, `app.handler`.
fn entry(function: &Function, language: Language) -> Result<(String, String), Fault> {
    let parts: Vec<&str> = function.handler.split('.').collect();
    let kept = ["edge", "access", "event_types", "tests", "dist", "schemas"];
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
        _ if matches!(language, Language::Go | Language::Rust) => {
            Ok(("main".to_owned(), "main".to_owned()))
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

/// What the access lines let a function use, each resource once.
fn resources(
    service: &Service,
    function_name: &str,
    function: &Function,
    kind: Kind,
    names: &mut Names,
) -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    for access in &function.access {
        let (name, kind_name, allowed) = match &access.target {
            Target::Resource { name, allow, .. } => {
                let Some(resource) = service.resources.get(name) else {
                    continue;
                };
                (
                    name,
                    resource.kind.as_str(),
                    operations(&resource.kind, allow),
                )
            }
            Target::Function { name } => (name, "function", BTreeSet::new()),
            Target::Raw { .. } => continue,
        };
        if kind_name == "secret" {
            continue;
        }
        if let Some(known) = resources.iter_mut().find(|r| &r.manifest_name == name) {
            known.operations.extend(allowed);
            continue;
        }
        let callers = function.triggers.iter().any(|trigger| {
            matches!(&trigger.kind, TriggerKind::Http { auth, .. } if *auth != Auth::None)
        });
        let class = match kind_name {
            "dynamodb_table" if callers => Some("OwnedTable"),
            "dynamodb_table" => Some("Table"),
            "sqs_queue" => Some("Queue"),
            "sns_topic" => Some("Topic"),
            "s3_bucket" => Some("Bucket"),
            _ => None,
        };
        let table = service.resources.get(name).and_then(|r| r.table.as_ref());
        resources.push(Resource {
            name: names.value(name),
            class,
            variable: variable(kind_name, name),
            partition: table.map(|table| table.partition_key.name.clone()),
            remembers: false,
            manifest_name: name.clone(),
            operations: allowed,
        });
    }
    let others = |name: &str| {
        service
            .functions
            .iter()
            .filter(|(other, _)| *other != function_name)
            .flat_map(|(_, other)| &other.access)
            .any(|access| matches!(&access.target, Target::Resource { name: n, .. } if n == name))
    };
    for resource in &mut resources {
        let table = service
            .resources
            .get(&resource.manifest_name)
            .and_then(|r| r.table.as_ref());
        let keyed = table.is_some_and(|table| {
            table.partition_key.kind == KeyType::S && table.sort_key.is_none()
        });
        resource.remembers = kind != Kind::Http
            && keyed
            && resource.operations.iter().eq(REMEMBERING.iter())
            && !others(&resource.manifest_name);
    }
    resources
}

/// The operations that words of an access line stand for.
fn operations(kind: &str, allow: &[(String, String)]) -> BTreeSet<String> {
    allow
        .iter()
        .flat_map(|(word, _)| match grants::grant(kind, word) {
            Some(grant) => grant
                .statements
                .iter()
                .flat_map(|statement| &statement.actions)
                .filter_map(|action| Some(action.split_once(':')?.1.to_owned()))
                .collect(),
            None => vec![word.clone()],
        })
        .collect()
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
