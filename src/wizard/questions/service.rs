//! The service itself, its first environment and its pipeline.

use super::super::question::PLAIN;
use super::super::{Asking, Choice, Kind, Question};
use crate::manifest::escape;

pub(in crate::wizard) const SERVICE: Question = Question {
    id: "service",
    text: "Name of the service",
    help: "Prefix of every resource: small letters, digits and dashes, at most 20",
    default: |asking| name_of(&asking.project.name),
    place: |_| Some("/service".to_owned()),
    ..PLAIN
};

pub(in crate::wizard) const ENVIRONMENT: Question = Question {
    id: "first-environment",
    text: "First environment",
    help: "Where the service is applied first; more can be added to the manifest",
    default: |_| Some("dev".to_owned()),
    place: |asking| Some(environment(asking)),
    ..PLAIN
};

pub(in crate::wizard) const ACCOUNT: Question = Question {
    id: "account",
    text: "AWS account of that environment",
    help: "12 digits",
    place: |asking| Some(format!("{}/account", environment(asking))),
    ..PLAIN
};

pub(in crate::wizard) const REGION: Question = Question {
    id: "region",
    text: "AWS region of that environment",
    help: "For example eu-west-1",
    default: |_| Some("eu-west-1".to_owned()),
    place: |asking| Some(format!("{}/region", environment(asking))),
    ..PLAIN
};

pub(in crate::wizard) const EMAIL: Question = Question {
    id: "email",
    text: "Who hears the alarms",
    help: "E-mail addresses, with commas between; each is asked by AWS to confirm",
    kind: Kind::List,
    place: |_| Some("/alerts/*".to_owned()),
    ..PLAIN
};

pub(in crate::wizard) const CI: Question = Question {
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

pub(in crate::wizard) const CI_IMAGE: Question = Question {
    id: "ci-image",
    text: "Image of its jobs",
    help: "By digest, host/name@sha256:…; docs/ci.md says what it needs",
    when: |asking| asking.text("ci") == Some("gitlab"),
    place: |_| Some("/ci/image".to_owned()),
    ..PLAIN
};

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
