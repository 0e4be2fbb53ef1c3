//! Where policies stand: attributes that hold one or the ARN of one, and what they are attached to.

use std::sync::LazyLock;

use serde::Deserialize;

/// An attribute that holds a policy or the ARN of one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) attribute: String,
    /// Attribute that names what it is attached to; unsaid: to the resource itself.
    #[serde(default)]
    pub(super) holder: Option<String>,
    /// Type of what it is attached to.
    #[serde(default)]
    pub(super) of: Option<String>,
    #[serde(default)]
    pub(super) trust: bool,
    /// Who is let in when none is written; unsaid: nobody.
    #[serde(default)]
    pub(super) unset: Option<Unset>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unset {
    /// AWS's own default.
    Unknown,
    /// Everyone.
    Everyone,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Places {
    pub(super) identity: Vec<Place>,
    pub(super) attached: Vec<Place>,
    pub(super) resource: Vec<Place>,
}

pub(super) static PLACES: LazyLock<Places> =
    LazyLock::new(|| serde_json::from_str(include_str!("aws/policies.json")).unwrap_or_default());

/// Reads where policies stand, which is else done when it is first asked.
pub(super) fn read() {
    LazyLock::force(&PLACES);
}

fn all() -> impl Iterator<Item = &'static Place> {
    let policies = PLACES.identity.iter().chain(&PLACES.attached);
    policies.chain(&PLACES.resource)
}

/// Types that are nothing but a policy on, or attached to, something else.
const CARRIERS: [&str; 3] = [
    "aws_lambda_permission",
    "aws_iam_policy",
    "aws_iam_policy_attachment",
];

/// Whether a type is only there to carry a policy.
pub(super) fn carrier(kind: &str) -> bool {
    CARRIERS.contains(&kind)
        || all().filter(|p| p.kind == kind).any(|p| p.holder.is_some())
        || kind.ends_with("_policy") && places_of(kind)
}

fn places_of(kind: &str) -> bool {
    PLACES.resource.iter().any(|p| p.kind == kind)
}

/// Resource types that carry policies of one sort for one holder.
pub(super) fn kinds(key: &(String, Sort)) -> impl Iterator<Item = &'static str> {
    let bare = key
        .0
        .rsplit_once("module.")
        .map_or(key.0.as_str(), |(_, rest)| {
            rest.split_once('.').map_or(rest, |(_, rest)| rest)
        });
    let own = bare.split('.').next().unwrap_or_default().to_owned();
    let places: Vec<&Place> = match key.1 {
        Sort::Identity => PLACES.identity.iter().chain(&PLACES.attached).collect(),
        Sort::Trust => PLACES.resource.iter().filter(|p| p.trust).collect(),
        Sort::Resource => PLACES.resource.iter().filter(|p| !p.trust).collect(),
        Sort::Invoke => Vec::new(),
    };
    let invoke = (key.1 == Sort::Invoke).then_some("aws_lambda_permission");
    places
        .into_iter()
        .filter(move |p| p.kind == own || p.of.as_deref() == Some(own.as_str()))
        .map(|p| p.kind.as_str())
        .chain(invoke)
}

/// Whether an attribute belongs to the policies, which are compared by what they mean.
pub(super) fn covers(kind: &str, path: &str) -> bool {
    if kind == "aws_lambda_permission" {
        return true;
    }
    let first = path.split('.').next().unwrap_or(path);
    all()
        .filter(|p| p.kind == kind)
        .any(|p| p.attribute.split('.').next() == Some(first) || p.holder.as_deref() == Some(first))
        || (kind == "aws_iam_policy" && first == "policy")
        || (kind == "aws_lambda_function" && first == "role")
}

/// The sorts of policy a holder can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// What it may do.
    Identity,
    /// Who may assume it.
    Trust,
    /// Who may do what with it.
    Resource,
    /// Who may invoke the function.
    Invoke,
}
