//! The AWS Service Authorization Reference: which IAM actions exist, on which resources, under which condition keys.
//!
//! AWS adds some 330 actions a month, so an action that is not in here may still exist: callers warn, naming
//! [`vintage`], and never refuse.

use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

use super::actions;
use super::blobs::{Blobs, Document};
use super::suggest::nearest;

static SERVICES: Blobs<Service> = Blobs::new(include_bytes!("data/iam.blobs"));
static WILDCARDS: &str = include_str!("data/wildcard-actions.json");

/// What an action does, in the words of the Service Authorization Reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum AccessLevel {
    /// Lists resources.
    #[serde(rename = "L")]
    List,
    /// Reads content or attributes.
    #[serde(rename = "R")]
    Read,
    /// Creates, changes or deletes.
    #[serde(rename = "W")]
    Write,
    /// Changes tags only.
    #[serde(rename = "T")]
    Tagging,
    /// Grants or changes permissions.
    #[serde(rename = "P")]
    PermissionsManagement,
}

impl fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::PermissionsManagement => "Permissions management",
        })
    }
}

/// An IAM action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Canonical case, `s3:GetObject`.
    pub name: String,
    /// Its access level.
    pub level: AccessLevel,
    /// The kinds of resource a policy can name for it; empty means only `*` matches.
    pub resource_types: Vec<ResourceType>,
    /// Condition keys that apply whatever the resource.
    pub condition_keys: Vec<String>,
}

/// A kind of resource an action accepts in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The reference's name of it, `object`.
    pub name: String,
    /// Marked as required; for some actions several required ones are alternatives.
    pub required: bool,
    /// The ARN as the reference writes it, `arn:${Partition}:s3:::${BucketName}/${ObjectName}`; empty if unknown.
    pub arn: String,
    /// Condition keys of this action on it and of the resource type itself, sorted.
    pub condition_keys: Vec<String>,
}

/// A service: a line with its title, then what is known of its actions, line by line in their order, its kinds of resource and its
/// condition keys, each group ended by a blank line. A line of the last two is a name, a tab, and what is known of it, in
/// the order of their names.
struct Service {
    title: &'static str,
    actions: Vec<&'static str>,
    resource_types: Rows,
    /// Their types.
    condition_keys: Rows,
}

type Rows = Vec<(&'static str, &'static str)>;

impl Document for Service {
    fn read(text: &'static str) -> Option<Self> {
        let mut lines = text.lines();
        let title = lines.next()?;
        let actions = lines.by_ref().take_while(|line| !line.is_empty());
        let actions = actions.collect();
        let mut group = || -> Option<Rows> {
            let lines = lines.by_ref().take_while(|line| !line.is_empty());
            lines.map(|line| line.split_once('\t')).collect()
        };
        Some(Self {
            title,
            actions,
            resource_types: group()?,
            condition_keys: group()?,
        })
    }
}

fn place(rows: &Rows, name: &str) -> Option<usize> {
    rows.binary_search_by(|(known, _)| (*known).cmp(name)).ok()
}

/// An action, decoded when it is asked for: a service has up to 800. The rows are JSON arrays whose trailing empty parts
/// are left out.
#[derive(Deserialize)]
struct Row {
    types: Vec<NamedKeys>,
    #[serde(default, borrow)]
    condition_keys: Vec<&'static str>,
}

#[derive(Deserialize)]
struct NamedKeys {
    name: &'static str,
    #[serde(default, borrow)]
    condition_keys: Vec<&'static str>,
}

#[derive(Default, Deserialize)]
struct TypeRow {
    arn: &'static str,
    #[serde(default, borrow)]
    condition_keys: Vec<&'static str>,
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[derive(Deserialize)]
struct Wildcard {
    action: String,
    /// No resource ever scopes it, although the reference lists an optional one.
    always: bool,
    reason: String,
}

/// The action called `name` (case ignored, as IAM does), or none if the facts do not know it.
pub fn action(name: &str) -> Option<Action> {
    let found = Found::of(name)?;
    let (service, row) = found.row()?;
    Some(Action {
        name: format!("{}:{}", found.prefix, found.operation),
        level: found.level()?,
        resource_types: row
            .types
            .iter()
            .map(|named| service.resource_type(named))
            .collect(),
        condition_keys: owned(&row.condition_keys),
    })
}

/// The access level of an action (case ignored), or none if the facts do not know it.
pub fn level(name: &str) -> Option<AccessLevel> {
    Found::of(name)?.level()
}

/// Whether the facts know an action (case ignored).
pub fn is_known(name: &str) -> bool {
    Found::of(name).is_some()
}

/// An action that the facts know.
struct Found {
    prefix: String,
    /// In its canonical case.
    operation: &'static str,
    /// The letter of its access level.
    level: &'static str,
}

impl Found {
    fn of(name: &str) -> Option<Self> {
        let (prefix, operation) = name.split_once(':')?;
        let prefix = prefix.to_ascii_lowercase();
        let (operation, level) = actions::find(&prefix, operation)?;
        Some(Self {
            prefix,
            operation,
            level,
        })
    }

    fn level(&self) -> Option<AccessLevel> {
        let letter = self.level.into_deserializer();
        AccessLevel::deserialize::<StrDeserializer<'_, ValueError>>(letter).ok()
    }

    /// What else the facts say of it.
    fn row(&self) -> Option<(&'static Service, Row)> {
        let service = SERVICES.get(&self.prefix)?;
        let number = actions::number(&self.prefix, self.operation)?;
        let row = service.actions.get(number)?;
        Some((service, serde_json::from_str(row).ok()?))
    }
}

impl Service {
    fn resource_type(&self, named: &NamedKeys) -> ResourceType {
        let (name, required) = match named.name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (named.name, false),
        };
        let found = place(&self.resource_types, name).and_then(|at| self.resource_types.get(at));
        let TypeRow {
            arn,
            condition_keys: own_keys,
        } = found
            .and_then(|(_, row)| serde_json::from_str(row).ok())
            .unwrap_or_default();
        let mut condition_keys = [named.condition_keys.as_slice(), &own_keys].concat();
        condition_keys.sort_unstable();
        condition_keys.dedup();
        ResourceType {
            name: name.to_owned(),
            required,
            arn: arn.to_owned(),
            condition_keys: owned(&condition_keys),
        }
    }
}

/// Whether a policy can restrict the action to resources; none if the action is unknown.
///
/// An *optional* resource type does not prove it (`cloudwatch:PutMetricData` lists `dataset`, ordinary metrics need
/// `*`): `data/wildcard-actions.json` corrects the reference.
pub fn supports_resource_level(name: &str) -> Option<bool> {
    let found = Found::of(name)?;
    let (_, row) = found.row()?;
    let is_this = |action: &str| action.split_once(':') == Some((&found.prefix, found.operation));
    let on_everything = |entry: &Wildcard| entry.always && is_this(&entry.action);
    Some(!row.types.is_empty() && !wildcards().iter().any(on_everything))
}

/// Why the action has to be, or may have to be, granted on `*`; none if an ARN works or the action is unknown.
///
/// Besides the actions without resource-level permissions this names those that Lambda itself checks on `*` (network
/// interfaces of a function in a VPC).
pub fn wildcard_reason(name: &str) -> Option<String> {
    let found = action(name)?;
    if let Some(entry) = wildcards().iter().find(|entry| entry.action == found.name) {
        return Some(entry.reason.clone());
    }
    found.resource_types.is_empty().then(|| {
        format!(
            "{} has no resource-level permissions (Service Authorization Reference, {})",
            found.name,
            vintage()
        )
    })
}

/// The date of the facts, `YYYY-MM-DD`.
pub fn vintage() -> &'static str {
    SERVICES.vintage()
}

/// Whether an IAM service prefix (`s3`) is known, case ignored.
pub fn service_exists(prefix: &str) -> bool {
    SERVICES.contains(&prefix.to_ascii_lowercase())
}

/// AWS's title of a service, `Amazon S3`.
pub fn service_title(prefix: &str) -> Option<&'static str> {
    Some(SERVICES.get(&prefix.to_ascii_lowercase())?.title)
}

/// All service prefixes, sorted.
pub fn services() -> impl Iterator<Item = &'static str> {
    SERVICES.names()
}

/// The operations of a service in canonical case without the prefix, sorted; empty for an unknown service.
pub fn actions_of(prefix: &str) -> impl Iterator<Item = &'static str> + use<> {
    actions::of(&prefix.to_ascii_lowercase())
}

/// The type of a service's condition key (`String`, `ArrayOfString`, `ARN`, …), case ignored; none if unknown.
pub fn condition_key_type(prefix: &str, key: &str) -> Option<&'static str> {
    let service = SERVICES.get(&prefix.to_ascii_lowercase())?;
    service
        .condition_keys
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .map(|(_, kind)| *kind)
}

/// The known action most like `name`, for "did you mean"; none if `name` is known or nothing is near.
pub fn suggest_action(name: &str) -> Option<String> {
    if name.contains(['*', '?']) || is_known(name) {
        return None;
    }
    let (prefix, operation) = name.split_once(':')?;
    let prefix = prefix.to_ascii_lowercase();
    let prefix = if service_exists(&prefix) {
        prefix.as_str()
    } else {
        nearest(&prefix, services())?
    };
    let operation = nearest(operation, actions_of(prefix))?;
    Some(format!("{prefix}:{operation}"))
}

fn wildcards() -> &'static [Wildcard] {
    static PARSED: OnceLock<Vec<Wildcard>> = OnceLock::new();
    PARSED.get_or_init(|| serde_json::from_str(WILDCARDS).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_service_decodes_and_every_action_is_found_by_its_name() {
        let mut count = 0;
        for prefix in services() {
            let names: Vec<_> = actions_of(prefix).collect();
            for name in &names {
                let full = format!("{prefix}:{name}");
                assert_eq!(action(&full.to_ascii_uppercase()).unwrap().name, full);
            }
            assert!(service_title(prefix).is_some(), "{prefix}");
            let service = SERVICES.get(prefix).unwrap();
            assert_eq!(service.actions.len(), names.len(), "{prefix}");
            count += names.len();
        }
        assert_eq!((services().count(), count), (456, 22_091));
        assert_eq!(vintage(), "2026-09-26");
    }

    #[test]
    fn the_facts_of_an_action_are_whole() {
        let found = action("S3:getobject").unwrap();
        assert_eq!(
            (found.name.as_str(), found.level),
            ("s3:GetObject", AccessLevel::Read)
        );
        let object = found
            .resource_types
            .iter()
            .find(|kind| kind.name == "object")
            .unwrap();
        assert_eq!(
            object.arn,
            "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
        );
        assert!(!object.required);
        assert!(
            found
                .condition_keys
                .iter()
                .any(|key| key == "s3:TlsVersion")
        );
        assert!(action("sqs:SendMessage").unwrap().resource_types[0].required);
        assert_eq!(
            action("iam:PutRolePolicy").unwrap().level,
            AccessLevel::PermissionsManagement
        );
        assert_eq!(action("sqs:TagQueue").unwrap().level, AccessLevel::Tagging);
        assert_eq!(
            condition_key_type("dynamodb", "dynamodb:leadingkeys"),
            Some("ArrayOfString")
        );
    }

    #[test]
    fn resource_level_follows_the_reference_and_its_corrections() {
        assert_eq!(supports_resource_level("s3:GetObject"), Some(true));
        assert_eq!(supports_resource_level("dynamodb:ListTables"), Some(false));
        assert_eq!(
            supports_resource_level("cloudwatch:PutMetricData"),
            Some(false)
        );
        assert_eq!(
            supports_resource_level("ec2:CreateNetworkInterface"),
            Some(true)
        );
        assert_eq!(supports_resource_level("s3:GetObjects"), None);
        assert!(
            wildcard_reason("ec2:CreateNetworkInterface")
                .unwrap()
                .contains("VPC")
        );
        assert!(
            wildcard_reason("xray:PutTraceSegments")
                .unwrap()
                .contains("2026-09-26")
        );
        assert_eq!(wildcard_reason("s3:GetObject"), None);
    }

    #[test]
    fn the_corrections_name_actions_that_list_a_resource() {
        assert!(!wildcards().is_empty());
        for entry in wildcards() {
            let found = action(&entry.action).unwrap();
            assert_eq!(found.name, entry.action);
            assert!(
                !found.resource_types.is_empty(),
                "{}: no correction needed any more",
                entry.action
            );
        }
    }

    /// A generous budget against a change of form that decodes everything; release takes half a millisecond.
    #[test]
    fn the_first_call_is_cheap() {
        let fresh: Blobs<Service> = Blobs::new(include_bytes!("data/iam.blobs"));
        let begun = std::time::Instant::now();
        let found = fresh.get("s3").is_some();
        let taken = begun.elapsed();
        assert!(found);
        let budget =
            std::time::Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 10 });
        assert!(taken < budget, "{taken:?}");
    }

    #[test]
    fn suggestions() {
        assert_eq!(
            suggest_action("s3:GetObjct").as_deref(),
            Some("s3:GetObject")
        );
        assert_eq!(
            suggest_action("dynamdb:PutItem").as_deref(),
            Some("dynamodb:PutItem")
        );
        assert_eq!(suggest_action("s3:GetObject"), None);
        assert_eq!(suggest_action("s3:Get*"), None);
        assert_eq!(suggest_action("nonsense"), None);
    }

    proptest! {
        #[test]
        fn no_name_panics(name in "\\PC{0,40}", prefix in prop::sample::select(vec!["s3", "ec2", "sqs", ""])) {
            for text in [name.clone(), format!("{prefix}:{name}")] {
                let found = action(&text);
                prop_assert!(found.is_none_or(|found| found.name.eq_ignore_ascii_case(&text)));
                let suggested = suggest_action(&text);
                prop_assert!(suggested.is_none_or(|name| action(&name).is_some()));
            }
        }
    }
}
