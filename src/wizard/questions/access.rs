//! What a function may use.

use super::super::question::PLAIN;
use super::super::{Asking, Kind, Question, choices};
use super::function;

/// Of a function of its own; it may do without.
pub(in crate::wizard) const FIRST_TO: Question = Question {
    needed: |_| false,
    help: "A resource of the manifest, or functions.<name>; more with add access",
    when: |asking| !choices::targets(asking).is_empty(),
    ..TO
};

pub(in crate::wizard) const TO: Question = Question {
    id: "to",
    text: "What does it use",
    help: "A resource of the manifest, or functions.<name>",
    kind: Kind::One,
    choices: choices::targets,
    place: |asking| Some(format!("{}/to", access(asking))),
    ..PLAIN
};

pub(in crate::wizard) const ALLOW: Question = Question {
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

pub(in crate::wizard) const PATHS: Question = Question {
    id: "paths",
    text: "Which objects of the bucket",
    help: "Patterns of keys with commas between, for example orders/*; empty: all of them",
    kind: Kind::List,
    needed: |_| false,
    when: |asking| target(asking, &["s3_bucket"]),
    place: |asking| Some(format!("{}/paths/*", access(asking))),
    ..PLAIN
};

pub(in crate::wizard) const TABLES: Question = Question {
    id: "tables",
    text: "Which tables, and what of SQL on each",
    help: "orders=select+insert,customers=select; single columns are written by hand",
    kind: Kind::List,
    when: |asking| target(asking, &["rds_data_api", "rds_db"]),
    place: |asking| Some(format!("{}/tables/*", access(asking))),
    ..PLAIN
};

pub(in crate::wizard) const SECRET: Question = Question {
    id: "secret",
    text: "Which secret holds its password there",
    help: "A resource of type secret; the user is of this function alone",
    kind: Kind::One,
    when: |asking| target(asking, &["rds_data_api"]),
    choices: choices::secrets,
    default: |asking| choices::only(choices::secrets(asking)),
    place: |asking| Some(format!("{}/secret", access(asking))),
    ..PLAIN
};

/// Whether the access is to a resource of one of these kinds.
fn target(asking: &Asking, kinds: &[&str]) -> bool {
    let to = asking.text("to").and_then(|to| asking.resource(to));
    to.is_some_and(|resource| kinds.contains(&resource.kind.as_str()))
}

/// The line of access that is added.
fn access(asking: &Asking) -> String {
    let count = asking.text("function").and_then(|name| {
        let function = asking.project.manifest.as_ref()?.functions.get(name)?;
        Some(function.access.len())
    });
    format!("{}/access/{}", function(asking), count.unwrap_or_default())
}
