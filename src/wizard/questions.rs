//! The questions, each in one place.

use super::question::PLAIN;
use super::{Asking, Choice, Kind, Question, choices, source};
use crate::catalog::aws::{kinds, runtimes};
use crate::manifest::escape;

pub(super) const SERVICE: Question = Question {
    id: "service",
    text: "Name of the service",
    help: "Prefix of every resource: small letters, digits and dashes, at most 20",
    default: |asking| name_of(&asking.project.name),
    place: |_| Some("/service".to_owned()),
    ..PLAIN
};

pub(super) const ENVIRONMENT: Question = Question {
    id: "first-environment",
    text: "First environment",
    help: "Where the service is applied first; more can be added to the manifest",
    default: |_| Some("dev".to_owned()),
    place: |asking| Some(environment(asking)),
    ..PLAIN
};

pub(super) const ACCOUNT: Question = Question {
    id: "account",
    text: "AWS account of that environment",
    help: "12 digits",
    place: |asking| Some(format!("{}/account", environment(asking))),
    ..PLAIN
};

pub(super) const REGION: Question = Question {
    id: "region",
    text: "AWS region of that environment",
    help: "For example eu-west-1",
    default: |_| Some("eu-west-1".to_owned()),
    place: |asking| Some(format!("{}/region", environment(asking))),
    ..PLAIN
};

pub(super) const EMAIL: Question = Question {
    id: "email",
    text: "Who hears the alarms",
    help: "E-mail addresses, with commas between; each is asked by AWS to confirm",
    kind: Kind::List,
    place: |_| Some("/alerts/*".to_owned()),
    ..PLAIN
};

pub(super) const CI: Question = Question {
    id: "ci",
    text: "Where does its pipeline run",
    help: "It checks every change and deploys; none: nothing is generated for it",
    kind: Kind::One,
    choices: |_| {
        [
            ("none", "none"),
            ("github", "github  GitHub Actions"),
            ("gitlab", "gitlab  GitLab CI"),
        ]
        .map(|(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
        })
        .into()
    },
    default: |_| Some("none".to_owned()),
    ..PLAIN
};

pub(super) const CI_IMAGE: Question = Question {
    id: "ci-image",
    text: "Image of its jobs",
    help: "By digest, host/name@sha256:…; docs/ci.md says what it needs",
    when: |asking| asking.text("ci") == Some("gitlab"),
    place: |_| Some("/ci/image".to_owned()),
    ..PLAIN
};

/// Of a function.
pub(super) const NAME: Question = Question {
    id: "name",
    text: "Name of the function",
    help: "Small letters, digits and dashes, beginning with a letter",
    place: |asking| Some(format!("/functions/{}", escape(asking.text("name")?))),
    ..PLAIN
};

pub(super) const RESOURCE_NAME: Question = Question {
    id: "name",
    text: "Name of the resource",
    help: "What functions call it: small letters, digits and dashes",
    place: |asking| Some(format!("/resources/{}", escape(asking.text("name")?))),
    ..PLAIN
};

/// Of the manifest's.
pub(super) const FUNCTION: Question = Question {
    id: "function",
    text: "Which function",
    help: "A function of the manifest",
    kind: Kind::One,
    choices: choices::functions,
    default: |asking| only(choices::functions(asking)),
    ..PLAIN
};

pub(super) const TRIGGER: Question = Question {
    id: "trigger",
    text: "What invokes it",
    help: "A kind of trigger that the baseline has an archetype for",
    kind: Kind::One,
    choices: choices::triggers,
    ..PLAIN
};

pub(super) const BLUEPRINT: Question = Question {
    id: "blueprint",
    text: "Which archetype",
    help: "By name, which says the trigger; several of the baseline may take one",
    kind: Kind::One,
    when: |asking| choices::archetypes(asking).len() > 1,
    choices: choices::archetypes,
    place: |asking| Some(format!("{}/blueprint", function(asking))),
    ..PLAIN
};

pub(super) const ROUTE: Question = Question {
    id: "route",
    text: "Which requests",
    help: "A method and a path, for example POST /notes or GET /notes/{id}",
    when: |asking| asking.text("trigger") == Some("http"),
    place: |asking| Some(format!("{}/http", trigger(asking))),
    ..PLAIN
};

pub(super) const QUEUE: Question = Question {
    id: "queue",
    text: "Which queue",
    help: "A queue of the manifest; one that is not there yet is declared",
    kind: Kind::One,
    when: |asking| asking.text("trigger") == Some("queue"),
    choices: choices::queues,
    default: |asking| Some(choices::queues(asking).first()?.value.clone()),
    place: |asking| Some(format!("{}/queue", trigger(asking))),
    ..PLAIN
};

pub(super) const STREAM: Question = Question {
    id: "stream",
    text: "Which stream",
    help: "A stream or table of the manifest; a stream that is not there is declared",
    kind: Kind::One,
    when: |asking| asking.text("trigger") == Some("stream"),
    choices: choices::streams,
    default: |asking| Some(choices::streams(asking).first()?.value.clone()),
    place: |asking| Some(format!("{}/stream", trigger(asking))),
    ..PLAIN
};

pub(super) const TOPIC: Question = Question {
    id: "topic",
    text: "Which topic",
    help: "A topic of the manifest; one that is not there yet is declared",
    kind: Kind::One,
    when: |asking| asking.text("trigger") == Some("topic"),
    choices: choices::topics,
    default: |asking| Some(choices::topics(asking).first()?.value.clone()),
    place: |asking| Some(format!("{}/topic", trigger(asking))),
    ..PLAIN
};

pub(super) const SCHEDULE: Question = Question {
    id: "schedule",
    text: "When does it run",
    help: "For example rate(1 day) or cron(0 3 * * ? *), in UTC",
    when: |asking| asking.text("trigger") == Some("schedule"),
    default: |_| Some("rate(1 day)".to_owned()),
    place: |asking| Some(format!("{}/schedule", trigger(asking))),
    ..PLAIN
};

pub(super) const BUCKET: Question = Question {
    id: "bucket",
    text: "Which bucket's objects",
    help: "A bucket of the manifest that is ours; one that is not there yet is declared",
    kind: Kind::One,
    when: |asking| asking.text("trigger") == Some("object"),
    choices: choices::buckets,
    default: |asking| Some(choices::buckets(asking).first()?.value.clone()),
    place: |asking| Some(format!("{}/object", trigger(asking))),
    ..PLAIN
};

pub(super) const PREFIX: Question = Question {
    id: "prefix",
    text: "How the keys of the objects begin",
    help: "For example incoming/; empty: all of them",
    needed: |_| false,
    when: |asking| asking.text("trigger") == Some("object"),
    place: |asking| Some(format!("{}/prefix", trigger(asking))),
    ..PLAIN
};

pub(super) const EVENT: Question = Question {
    id: "event",
    text: "Which type of its events",
    help: "Their detail type, exactly as they carry it, for example Order Placed",
    when: |asking| asking.text("trigger") == Some("event"),
    place: |asking| Some(format!("{}/event", trigger(asking))),
    ..PLAIN
};

pub(super) const EVENT_SOURCE: Question = Question {
    id: "event-source",
    text: "Where do the events come from",
    help: "Their source, exactly as they carry it, for example com.example.shop",
    when: |asking| asking.text("trigger") == Some("event"),
    place: |asking| Some(format!("{}/source", trigger(asking))),
    ..PLAIN
};

pub(super) const METHOD: Question = Question {
    id: "method",
    text: "Which method does its URL take",
    help: "Callers sign with SigV4: principals of the account whose policies allow it",
    when: |asking| asking.text("trigger") == Some("url"),
    default: |_| Some("POST".to_owned()),
    place: |asking| Some(format!("{}/url", trigger(asking))),
    ..PLAIN
};

pub(super) const SCHEMA: Question = Question {
    id: "schema",
    text: "JSON Schema of what it takes",
    help: "A file; begun if it is not there yet, refusing fields that it does not name",
    when: takes_a_body,
    default: |asking| {
        let name = asking.text("name").or(asking.text("function"))?;
        Some(format!("schemas/{name}.json"))
    },
    place: |asking| Some(format!("{}/schema", trigger(asking))),
    ..PLAIN
};

pub(super) const AUTH: Question = Question {
    id: "auth",
    text: "How do callers prove who they are",
    help: "For the whole API; an open route is an exception, to be written by hand",
    kind: Kind::One,
    when: |asking| {
        let manifest = asking.project.manifest.as_ref();
        let api = manifest.and_then(|manifest| manifest.api.as_ref());
        asking.text("trigger") == Some("http") && api.and_then(|api| api.auth.as_ref()).is_none()
    },
    choices: |_| {
        [
            ("jwt", "jwt  tokens of a login service (OpenID Connect)"),
            ("iam", "iam  signed requests of AWS principals"),
        ]
        .map(|(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
        })
        .into()
    },
    ..PLAIN
};

pub(super) const ISSUER: Question = Question {
    id: "issuer",
    text: "Who issues the tokens",
    help: "Its https URL, as the tokens name it (iss)",
    when: |asking| asking.text("auth") == Some("jwt"),
    place: |_| Some("/api/auth/jwt/issuer".to_owned()),
    ..PLAIN
};

pub(super) const AUDIENCE: Question = Question {
    id: "audience",
    text: "For whom are they issued",
    help: "What the tokens name as their audience (aud)",
    when: |asking| asking.text("auth") == Some("jwt"),
    default: |asking| {
        let manifest = asking.project.manifest.as_ref();
        let service = manifest.map(|manifest| manifest.service.as_str());
        asking.text("service").or(service).map(str::to_owned)
    },
    place: |_| Some("/api/auth/jwt/audience/*".to_owned()),
    ..PLAIN
};

pub(super) const SOURCE: Question = Question {
    id: "source",
    text: "Where is its code",
    help: "A folder, which shows runtime and handler; begun if it is not there yet",
    default: |asking| Some(source_of(asking)),
    place: |asking| Some(format!("{}/source", function(asking))),
    ..PLAIN
};

pub(super) const RUNTIME: Question = Question {
    id: "runtime",
    text: "What does it run on",
    help: "Asked only when the source folder does not show it",
    kind: Kind::One,
    when: |asking| !detected(asking),
    choices: |asking| {
        if begun(asking) {
            choices::scaffolded(asking)
        } else {
            choices::runtimes(asking)
        }
    },
    place: |asking| Some(format!("{}/runtime", function(asking))),
    ..PLAIN
};

pub(super) const LANGUAGE: Question = Question {
    id: "language",
    text: "In which language is it written",
    help: "Asked only when the runtime does not tell",
    kind: Kind::One,
    when: |asking| begun(asking) && asking.text("runtime") == Some(source::OS_ONLY),
    choices: choices::compiled,
    ..PLAIN
};

pub(super) const HANDLER: Question = Question {
    id: "handler",
    text: "Which function of the code is called",
    help: "In the form of the runtime, for example app.handler",
    when: |asking| !detected(asking) && !begun(asking),
    place: |asking| Some(format!("{}/handler", function(asking))),
    ..PLAIN
};

/// Of a function of its own; it may do without.
pub(super) const FIRST_TO: Question = Question {
    needed: |_| false,
    help: "A resource of the manifest, or functions.<name>; more with add access",
    when: |asking| !choices::targets(asking).is_empty(),
    ..TO
};

pub(super) const TO: Question = Question {
    id: "to",
    text: "What does it use",
    help: "A resource of the manifest, or functions.<name>",
    kind: Kind::One,
    choices: choices::targets,
    place: |asking| Some(format!("{}/to", access(asking))),
    ..PLAIN
};

pub(super) const ALLOW: Question = Question {
    id: "allow",
    text: "What may it do there",
    help: "Operations, or words in small letters for several; take as few as will do",
    kind: Kind::Many,
    when: |asking| {
        asking
            .text("to")
            .is_some_and(|to| !to.starts_with("functions."))
    },
    choices: choices::operations,
    default: |asking| Some(choices::operations(asking).first()?.value.clone()),
    place: |asking| Some(format!("{}/allow/*", access(asking))),
    ..PLAIN
};

pub(super) const PATHS: Question = Question {
    id: "paths",
    text: "Which objects of the bucket",
    help: "Patterns of keys with commas between, for example orders/*; empty: all of them",
    kind: Kind::List,
    needed: |_| false,
    when: |asking| {
        let to = asking.text("to").and_then(|to| asking.resource(to));
        to.is_some_and(|resource| resource.kind == "s3_bucket")
    },
    place: |asking| Some(format!("{}/paths/*", access(asking))),
    ..PLAIN
};

pub(super) const TYPE: Question = Question {
    id: "type",
    text: "What is it",
    help: "A kind of resource that slgen creates, or knows how to grant",
    kind: Kind::One,
    choices: choices::kinds,
    place: |asking| Some(format!("{}/type", resource(asking))),
    ..PLAIN
};

pub(super) const EXISTING: Question = Question {
    id: "existing",
    text: "Its name or ARN, if it exists already",
    help: "What exists is granted and never created; ${env} is replaced",
    needed: |asking| !creatable(asking),
    place: |asking| Some(format!("{}/existing", resource(asking))),
    ..PLAIN
};

pub(super) const PARTITION_KEY: Question = Question {
    id: "partition-key",
    text: "Name of the table's partition key",
    help: "An attribute of type string; other types are written by hand",
    when: |asking| {
        asking.text("type") == Some("dynamodb_table") && asking.text("existing").is_none()
    },
    default: |_| Some("id".to_owned()),
    place: |asking| Some(format!("{}/partition_key/*", resource(asking))),
    ..PLAIN
};

fn creatable(asking: &Asking) -> bool {
    let kind = asking.text("type").and_then(kinds::kind);
    kind.is_some_and(|kind| kind.creatable)
}

fn only(choices: Vec<Choice>) -> Option<String> {
    match <[Choice; 1]>::try_from(choices) {
        Ok([choice]) => Some(choice.value),
        Err(_) => None,
    }
}

/// A folder's name as a service may be called.
fn name_of(folder: &str) -> Option<String> {
    let name: String = folder
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let name: String = name.chars().take(20).collect();
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

fn environment(asking: &Asking) -> String {
    let name = asking.text("first-environment").unwrap_or("dev");
    format!("/environments/{}", escape(name))
}

fn resource(asking: &Asking) -> String {
    let name = asking.text("name").unwrap_or_default();
    format!("/resources/{}", escape(name))
}

/// The function that the answers are about.
pub(super) fn function(asking: &Asking) -> String {
    let name = asking.text("function").or(asking.text("name"));
    format!("/functions/{}", escape(name.unwrap_or_default()))
}

/// The trigger that is added.
fn trigger(asking: &Asking) -> String {
    let count = asking.text("function").and_then(|name| {
        let function = asking.project.manifest.as_ref()?.functions.get(name)?;
        Some(function.triggers.len())
    });
    format!(
        "{}/triggers/{}",
        function(asking),
        count.unwrap_or_default()
    )
}

/// The line of access that is added.
fn access(asking: &Asking) -> String {
    let count = asking.text("function").and_then(|name| {
        let function = asking.project.manifest.as_ref()?.functions.get(name)?;
        Some(function.access.len())
    });
    format!("{}/access/{}", function(asking), count.unwrap_or_default())
}

/// Requests with a body, messages, and events.
fn takes_a_body(asking: &Asking) -> bool {
    let route = asking.text("route").unwrap_or_default();
    let method = route.split(' ').next().unwrap_or_default();
    let takes = |method: &str| matches!(method, "POST" | "PUT" | "PATCH");
    match asking.text("trigger") {
        Some("http") => takes(method),
        Some("url") => asking.text("method").is_some_and(takes),
        Some("queue" | "stream" | "topic" | "event") => true,
        _ => false,
    }
}

/// A folder of `src` that no function uses, else one of the function's name.
fn source_of(asking: &Asking) -> String {
    let own = format!(
        "src/{}",
        asking.text("name").unwrap_or_default().replace('-', "_")
    );
    if asking.files(&own).is_some() {
        return own;
    }
    let used = |folder: &String| asking.functions().any(|(_, f)| f.source == *folder);
    let folders = asking.files("src").unwrap_or_default();
    let free: Vec<String> = folders
        .iter()
        .map(|name| format!("src/{name}"))
        .filter(|folder| asking.files(folder).is_some() && !used(folder))
        .collect();
    match free.as_slice() {
        [one] => one.clone(),
        _ => own,
    }
}

/// Whether the source folder is not there yet.
pub(super) fn begun(asking: &Asking) -> bool {
    let source = asking.text("source");
    source.is_some_and(|source| asking.files(source).is_none())
}

/// Whether the source folder shows runtime and handler.
fn detected(asking: &Asking) -> bool {
    let files = asking
        .text("source")
        .and_then(|source| asking.files(source));
    files.is_some_and(|files| {
        let names: Vec<&str> = files.iter().map(String::as_str).collect();
        runtimes::detect(&names).is_some()
    })
}
