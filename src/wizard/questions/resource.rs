//! A resource.

use super::super::question::PLAIN;
use super::super::{Asking, Kind, Question, choices};
use crate::catalog::aws::kinds;
use crate::manifest::escape;

pub(in crate::wizard) const RESOURCE_NAME: Question = Question {
    id: "name",
    text: "Name of the resource",
    help: "What functions call it: small letters, digits and dashes",
    place: |asking| Some(format!("/resources/{}", escape(asking.text("name")?))),
    ..PLAIN
};

pub(in crate::wizard) const TYPE: Question = Question {
    id: "type",
    text: "What is it",
    help: "A kind of resource that slgen creates, or knows how to grant",
    kind: Kind::One,
    choices: choices::kinds,
    place: |asking| Some(format!("{}/type", resource(asking))),
    ..PLAIN
};

pub(in crate::wizard) const EXISTING: Question = Question {
    id: "existing",
    text: "Its name or ARN, if it exists already",
    help: "What exists is granted and never created; ${env} is replaced",
    needed: |asking| !creatable(asking),
    // Where such a database is differs with the environment.
    when: |asking| asking.text("type") != Some("rds_db"),
    place: |asking| Some(format!("{}/existing", resource(asking))),
    ..PLAIN
};

pub(in crate::wizard) const PARTITION_KEY: Question = Question {
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

pub(in crate::wizard) const ENGINE: Question = Question {
    id: "engine",
    text: "What does it speak",
    help: "The engine of the database",
    kind: Kind::One,
    when: is_database,
    choices: choices::engines,
    place: |asking| Some(format!("{}/engine", resource(asking))),
    ..PLAIN
};

pub(in crate::wizard) const DATABASE: Question = Question {
    id: "database",
    text: "Name of the database on its server",
    help: "What clients connect to there, for example orders",
    when: is_database,
    default: |asking| asking.text("name").map(|name| name.replace('-', "_")),
    place: |asking| Some(format!("{}/database", resource(asking))),
    ..PLAIN
};

pub(in crate::wizard) const DATABASE_ID: Question = Question {
    id: "database-id",
    text: "Its resource id in each environment",
    help: "dev=cluster-…,prod=db-…; the id alone where there is one environment",
    kind: Kind::List,
    when: is_placed,
    place: |_| Some("/environments/*".to_owned()),
    holds: |asking| everywhere(asking, "database-id"),
    ..PLAIN
};

pub(in crate::wizard) const DATABASE_HOST: Question = Question {
    id: "database-host",
    text: "Host name of its endpoint in each environment",
    help: "dev=HOST,prod=HOST; the host alone where there is one environment",
    kind: Kind::List,
    when: is_placed,
    place: |_| Some("/environments/*".to_owned()),
    holds: |asking| everywhere(asking, "database-host"),
    ..PLAIN
};

fn is_database(asking: &Asking) -> bool {
    matches!(asking.text("type"), Some("rds_data_api" | "rds_db"))
}

/// Whether each environment says where it is.
fn is_placed(asking: &Asking) -> bool {
    asking.text("type") == Some("rds_db")
}

/// Answers of the form `ENVIRONMENT=VALUE`, by environment; a value alone is that of the only one.
pub(in crate::wizard) fn by_environment(asking: &Asking, id: &str) -> Vec<(String, String)> {
    let only = match asking.environments().as_slice() {
        [only] => Some((*only).to_owned()),
        _ => None,
    };
    let given = asking.list(id).into_iter();
    given
        .map(|text| match (text.split_once('='), &only) {
            (Some((environment, value)), _) => {
                (environment.trim().to_owned(), value.trim().to_owned())
            }
            (None, Some(only)) => (only.clone(), text),
            (None, None) => (text, String::new()),
        })
        .collect()
}

/// Whether every environment has one value.
fn everywhere(asking: &Asking, id: &str) -> Result<(), String> {
    let environments = asking.environments();
    let given = by_environment(asking, id);
    for (environment, _) in &given {
        if !environments.contains(&environment.as_str()) {
            let known = environments.join(", ");
            return Err(format!(
                "there is no environment `{environment}`: write ENVIRONMENT=VALUE for {known}"
            ));
        }
        if given
            .iter()
            .filter(|(other, _)| other == environment)
            .count()
            > 1
        {
            return Err(format!("`{environment}` is said twice: keep one"));
        }
    }
    let said = |environment: &&str| given.iter().any(|(name, _)| name == environment);
    match environments.into_iter().find(|name| !said(name)) {
        Some(missing) => Err(format!("`{missing}` is missing: add {missing}=…")),
        None => Ok(()),
    }
}

fn creatable(asking: &Asking) -> bool {
    let kind = asking.text("type").and_then(kinds::kind);
    kind.is_some_and(|kind| kind.creatable)
}

fn resource(asking: &Asking) -> String {
    let name = asking.text("name").unwrap_or_default();
    format!("/resources/{}", escape(name))
}
