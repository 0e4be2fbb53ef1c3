//! What invokes a function, and how callers prove who they are.

use super::super::question::PLAIN;
use super::super::{Asking, Choice, Kind, Question, choices};
use super::function;
use crate::manifest::escape;

pub(in crate::wizard) const TRIGGER: Question = Question {
    id: "trigger",
    text: "What invokes it",
    help: "A kind of trigger that the baseline has an archetype for",
    kind: Kind::One,
    choices: choices::triggers,
    ..PLAIN
};

pub(in crate::wizard) const ROUTE: Question = Question {
    id: "route",
    text: "Which requests",
    help: "A method and a path, for example POST /notes or GET /notes/{id}",
    when: |asking| asking.text("trigger") == Some("http"),
    place: |asking| Some(format!("{}/http", trigger(asking))),
    ..PLAIN
};

pub(in crate::wizard) const QUEUE: Question = Question {
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

pub(in crate::wizard) const STREAM: Question = Question {
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

pub(in crate::wizard) const TOPIC: Question = Question {
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

pub(in crate::wizard) const SCHEDULE: Question = Question {
    id: "schedule",
    text: "When does it run",
    help: "For example rate(1 day) or cron(0 3 * * ? *), in UTC",
    when: |asking| asking.text("trigger") == Some("schedule"),
    default: |_| Some("rate(1 day)".to_owned()),
    place: |asking| Some(format!("{}/schedule", trigger(asking))),
    ..PLAIN
};

pub(in crate::wizard) const BUCKET: Question = Question {
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

pub(in crate::wizard) const PREFIX: Question = Question {
    id: "prefix",
    text: "How the keys of the objects begin",
    help: "For example incoming/; empty: all of them",
    needed: |_| false,
    when: |asking| asking.text("trigger") == Some("object"),
    place: |asking| Some(format!("{}/prefix", trigger(asking))),
    ..PLAIN
};

pub(in crate::wizard) const EVENT: Question = Question {
    id: "event",
    text: "Which type of its events",
    help: "Their detail type, exactly as they carry it, for example Order Placed",
    when: |asking| asking.text("trigger") == Some("event"),
    place: |asking| Some(format!("{}/event", trigger(asking))),
    ..PLAIN
};

pub(in crate::wizard) const EVENT_SOURCE: Question = Question {
    id: "event-source",
    text: "Where do the events come from",
    help: "Their source, exactly as they carry it, for example com.example.shop",
    when: |asking| asking.text("trigger") == Some("event"),
    place: |asking| Some(format!("{}/source", trigger(asking))),
    ..PLAIN
};

pub(in crate::wizard) const METHOD: Question = Question {
    id: "method",
    text: "Which method does its URL take",
    help: "Callers sign with SigV4: principals of the account whose policies allow it",
    when: |asking| asking.text("trigger") == Some("url"),
    default: |_| Some("POST".to_owned()),
    place: |asking| Some(format!("{}/url", trigger(asking))),
    ..PLAIN
};

pub(in crate::wizard) const SCHEMA: Question = Question {
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

pub(in crate::wizard) const AUTH: Question = Question {
    id: "auth",
    text: "How do callers prove who they are",
    help: "Of the whole API; hmac of this route alone; an open one is written by hand",
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
            (
                "hmac",
                "hmac  webhooks: the body signed with a shared secret",
            ),
        ]
        .map(|(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
        })
        .into()
    },
    ..PLAIN
};

pub(in crate::wizard) const SENDER: Question = Question {
    id: "sender",
    text: "Who sends the webhooks",
    help: "One whose signatures are known; how another signs is written by hand",
    kind: Kind::One,
    when: |asking| asking.text("auth") == Some("hmac"),
    choices: choices::senders,
    place: |asking| Some(format!("{}/auth/hmac/sender", trigger(asking))),
    ..PLAIN
};

pub(in crate::wizard) const WEBHOOK_SECRET: Question = Question {
    id: "webhook-secret",
    text: "Which secret does it sign with",
    help: "Its name in Secrets Manager; it exists already, and its value is never read",
    when: |asking| asking.text("auth") == Some("hmac"),
    place: |asking| {
        let name = webhook(asking)?;
        Some(format!("/resources/{}/existing", escape(&name)))
    },
    ..PLAIN
};

pub(in crate::wizard) const ISSUER: Question = Question {
    id: "issuer",
    text: "Who issues the tokens",
    help: "Its https URL, as the tokens name it (iss)",
    when: |asking| asking.text("auth") == Some("jwt"),
    place: |_| Some("/api/auth/jwt/issuer".to_owned()),
    ..PLAIN
};

pub(in crate::wizard) const AUDIENCE: Question = Question {
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

/// The resource that a sender's secret is declared as.
pub(in crate::wizard) fn webhook(asking: &Asking) -> Option<String> {
    let sender = asking
        .text("sender")
        .filter(|_| asking.text("auth") == Some("hmac"));
    sender.map(|sender| format!("{sender}-webhook"))
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
