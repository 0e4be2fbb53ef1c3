//! The tables: which attribute matters, which way, how much, and what it means to a person.
//!
//! `aws/attributes.json`, `aws/presence.json` and `aws/identity.json` are the whole knowledge of
//! what a change of an AWS resource opens or closes, policies apart.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{ChangeKind, Direction};
use crate::guardrail::Severity;

/// How an attribute is compared. The comparison says when it *opens*; backwards it closes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Compare {
    /// It is gone.
    Removed,
    /// It is there.
    Added,
    /// True becomes false.
    Off,
    /// False becomes true.
    On,
    /// A number gets smaller.
    Lowered,
    /// A number gets larger.
    Raised,
    /// A set gets elements.
    Grew,
    /// A set loses elements.
    Shrank,
    /// A set of alternatives, of which an empty one asks for nothing: gets elements, or loses all.
    AnyOf,
    /// It becomes a value further down the list; values of one group differ undetermined.
    Order(Vec<Vec<String>>),
    /// Address ranges that the old ones do not hold.
    Cidr,
    /// An image named by digest comes to be named by tag.
    Pin,
    /// A version constraint comes to admit more.
    Constraint,
    /// A runtime that gets patches becomes one that does not.
    Runtime,
    /// A map gets one of these keys, or another value for it.
    Names(Vec<String>),
    /// A map gets a key or value that looks like a secret.
    SecretNames,
    /// It changes at all; the direction is the row's `changed`.
    Changed,
}

/// A value that is worse than others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Severer {
    /// Attribute, for presence rows.
    #[serde(default)]
    pub(super) path: String,
    /// The value; `*x` for those that end so, `@foreign` for an ARN of another account.
    pub(super) value: String,
    /// The severity then.
    pub(super) severity: Severity,
}

/// A value that opens less than what the row says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Milder {
    /// The value.
    pub(super) value: String,
    /// The severity where nothing else comes, or goes.
    pub(super) severity: Severity,
    /// What it means then.
    pub(super) means: String,
}

/// One attribute of some resource types.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) rule: String,
    pub(super) types: Vec<String>,
    pub(super) path: String,
    pub(super) compare: Compare,
    pub(super) severity: Severity,
    /// What it means when it opens.
    pub(super) means: String,
    /// The value that stands for an attribute that is not written.
    #[serde(default)]
    pub(super) absent: Option<String>,
    /// The number that stands for no limit.
    #[serde(default)]
    pub(super) unlimited: Option<String>,
    /// Direction of one value becoming another, where the comparison does not say.
    #[serde(default)]
    pub(super) changed: Option<Direction>,
    /// Only for these kinds of difference; empty for all.
    #[serde(default)]
    pub(super) kinds: Vec<ChangeKind>,
    #[serde(default)]
    pub(super) severer: Vec<Severer>,
    #[serde(default)]
    pub(super) milder: Option<Milder>,
    /// Severity where it was changed in the account and nobody reviewed it.
    #[serde(default)]
    pub(super) drift: Option<Severity>,
    /// Where another attribute turns the meaning round.
    #[serde(default)]
    pub(super) backwards: Option<Backwards>,
    /// The attribute that explains why elements were replaced by others.
    #[serde(default)]
    pub(super) with: Option<String>,
    /// Whether it counts in a resource that is new as a whole, too.
    #[serde(default)]
    pub(super) new: bool,
}

impl Row {
    /// What a change in a direction means, in one sentence.
    pub(super) fn meaning(&self, direction: Direction, milder: bool) -> String {
        if let Some(milder) = self.milder.as_ref().filter(|_| milder) {
            return meaning(direction, &milder.means);
        }
        // A number that goes back does not stop to be one.
        let number = matches!(self.compare, Compare::Lowered | Compare::Raised);
        if number && direction == Direction::Narrowing {
            return format!("the reverse: {}", self.means);
        }
        meaning(direction, &self.means)
    }
}

/// An attribute whose value turns the direction of another round.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Backwards {
    pub(super) path: String,
    /// What the value starts with.
    pub(super) starts: String,
}

/// What the presence of a resource does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    /// It opens something: adding one widens.
    Opens,
    /// It protects or shows something: removing one widens.
    Protects,
    /// Neither.
    Neutral,
}

/// Severity of one that only the account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unmanaged {
    Neutral,
    Low,
    Medium,
    High,
    Critical,
}

impl Unmanaged {
    pub(super) fn severity(self) -> Option<Severity> {
        match self {
            Self::Neutral => None,
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

/// A resource type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Presence {
    pub(super) rule: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) role: Role,
    pub(super) severity: Severity,
    #[serde(default)]
    pub(super) unmanaged: Option<Unmanaged>,
    #[serde(default)]
    pub(super) severer: Vec<Severer>,
    /// Types of what it protects or shows; unsaid: of all that it refers to.
    #[serde(default)]
    pub(super) of: Vec<String>,
    pub(super) means: String,
}

/// What names a resource beyond its address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    /// Attributes that together tell one from another in an account and region.
    #[serde(rename = "identity")]
    pub(super) attributes: Vec<String>,
    /// Its ARN, from its attributes.
    #[serde(default)]
    pub(super) arn: Option<String>,
    /// The attribute that `id` equals.
    #[serde(default)]
    pub(super) id: Option<String>,
}

/// What a change in a direction means, where a widening means `means`.
pub(super) fn meaning(direction: Direction, means: &str) -> String {
    match direction {
        Direction::Widening => means.to_owned(),
        Direction::Narrowing => format!("no longer: {means}"),
        Direction::Undetermined => format!("perhaps: {means}"),
        Direction::Neutral => String::new(),
    }
}

/// Rows and presence of types that the extract of the provider's schema does not hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beyond {
    attributes: Vec<Row>,
    presence: Vec<Presence>,
}

static BEYOND: LazyLock<Beyond> =
    LazyLock::new(|| serde_json::from_str(include_str!("aws/beyond.json")).unwrap_or_default());

static ATTRIBUTES: LazyLock<Vec<Row>> =
    LazyLock::new(|| serde_json::from_str(include_str!("aws/attributes.json")).unwrap_or_default());

static RESOURCES: LazyLock<Vec<Presence>> =
    LazyLock::new(|| serde_json::from_str(include_str!("aws/presence.json")).unwrap_or_default());

/// Rows by type.
static ROWS: LazyLock<BTreeMap<&str, Vec<&Row>>> = LazyLock::new(|| {
    let mut by_type: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in ATTRIBUTES.iter().chain(&BEYOND.attributes) {
        for kind in &row.types {
            by_type.entry(kind).or_default().push(row);
        }
    }
    by_type
});

/// Presence by type.
static PRESENCE: LazyLock<BTreeMap<&str, &Presence>> = LazyLock::new(|| {
    let all = RESOURCES.iter().chain(&BEYOND.presence);
    all.map(|p| (p.kind.as_str(), p)).collect()
});

static IDENTITIES: LazyLock<BTreeMap<String, Identity>> =
    LazyLock::new(|| serde_json::from_str(include_str!("aws/identity.json")).unwrap_or_default());

/// Reads all of it, which is else done when something is first asked.
pub(super) fn read() {
    LazyLock::force(&ROWS);
    LazyLock::force(&PRESENCE);
    LazyLock::force(&IDENTITIES);
}

/// The rows of a resource type, and those of every type.
pub(super) fn rows(kind: &str) -> impl Iterator<Item = &'static Row> {
    let of = |kind| ROWS.get(kind).into_iter().flatten().copied();
    of(kind).chain(of("*"))
}

/// Whether a type has rows of its own, or its presence means something.
pub(super) fn knows(kind: &str) -> bool {
    ROWS.contains_key(kind) || PRESENCE.contains_key(kind)
}

/// What the presence of a resource of this type does.
pub(super) fn presence(kind: &str) -> Option<&'static Presence> {
    PRESENCE.get(kind).copied()
}

/// What names a resource of this type.
pub(super) fn identity(kind: &str) -> Option<&'static Identity> {
    IDENTITIES.get(kind)
}

/// Rules of the rows and of presence, and what a widening means.
pub(super) fn means() -> impl Iterator<Item = (&'static String, &'static String)> {
    let rows = ROWS.values().flatten().map(|r| (&r.rule, &r.means));
    rows.chain(PRESENCE.values().map(|p| (&p.rule, &p.means)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::schema;

    /// Types of our own, for settings that are no resource.
    const SETTINGS: [&str; 7] = [
        "*",
        "terraform",
        "terraform_provider",
        "terraform_lock",
        "terraform_backend",
        "provider",
        "variable",
    ];

    fn is_resource(kind: &str) -> bool {
        !SETTINGS.contains(&kind) && !kind.starts_with("data.")
    }

    #[test]
    fn what_lies_beyond_the_extract_parses_and_does() {
        let beyond: Beyond = serde_json::from_str(include_str!("aws/beyond.json")).unwrap();
        assert!(beyond.attributes.len() > 30, "{}", beyond.attributes.len());
        let rows = beyond.attributes.iter().flat_map(|row| &row.types);
        let kinds = rows.chain(beyond.presence.iter().map(|p| &p.kind));
        let held: Vec<&String> = kinds
            .filter(|kind| schema::resource(kind, false).is_some())
            .collect();
        assert!(held.is_empty(), "{held:?}");
    }

    fn exists(kind: &str, path: &str) -> bool {
        let Some(schema) = schema::resource(kind, false) else {
            return false;
        };
        let mut block = schema.block.clone();
        for step in path.split('.') {
            if block.attributes.contains_key(step) {
                return true;
            }
            match block.blocks.get(step) {
                Some(nested) => block = nested.block.clone(),
                None => return false,
            }
        }
        true
    }

    #[test]
    fn the_tables_parse_and_name_what_the_provider_has() {
        let rows: Vec<Row> = serde_json::from_str(include_str!("aws/attributes.json")).unwrap();
        assert!(rows.len() > 120, "{}", rows.len());
        let listed: Vec<Presence> =
            serde_json::from_str(include_str!("aws/presence.json")).unwrap();
        let identities: BTreeMap<String, Identity> =
            serde_json::from_str(include_str!("aws/identity.json")).unwrap();
        let mut wrong = Vec::new();
        for row in &rows {
            for kind in row.types.iter().filter(|k| is_resource(k)) {
                if !exists(kind, &row.path) {
                    wrong.push(format!("{kind}.{}", row.path));
                }
            }
        }
        for presence in listed.iter().filter(|p| is_resource(&p.kind)) {
            if schema::resource(&presence.kind, false).is_none() {
                wrong.push(presence.kind.clone());
            }
        }
        for (kind, identity) in &identities {
            let attributes = identity.attributes.iter().chain(&identity.id);
            wrong.extend(
                attributes
                    .filter(|a| !exists(kind, a))
                    .map(|a| format!("{kind}.{a}")),
            );
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn rules_are_guardrails_or_have_an_id_of_the_diff() {
        for rule in crate::diff::rules() {
            let known = crate::guardrail::rule(&rule.id).is_some();
            assert!(known || rule.id.starts_with("SLG-DIFF-"), "{}", rule.id);
            assert!(!rule.means.ends_with('.'), "{}", rule.means);
        }
    }
}
