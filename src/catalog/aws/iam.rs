//! IAM actions (AWS Service Authorization Reference).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::blob::Blob;

/// What an action does, in AWS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum AccessLevel {
    /// Lists resources.
    #[serde(rename = "L")]
    List,
    /// Reads content.
    #[serde(rename = "R")]
    Read,
    /// Changes content.
    #[serde(rename = "W")]
    Write,
    /// Changes who may do what.
    #[serde(rename = "P")]
    PermissionsManagement,
    /// Changes tags.
    #[serde(rename = "T")]
    Tagging,
}

#[derive(Deserialize)]
struct Service {
    actions: BTreeMap<String, (AccessLevel, Vec<String>)>,
}

static ACTIONS: Blob<Service> = Blob::new(
    include_str!("data/actions.idx"),
    include_bytes!("data/actions.bin"),
);

/// An action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// `service:Action`, as AWS writes it.
    pub name: String,
    /// What it does.
    pub level: AccessLevel,
    /// Resource types it can be limited to; empty when it cannot.
    pub resource_types: Vec<&'static str>,
}

/// Day of the facts, `YYYY-MM-DD`. AWS adds actions daily: one that is unknown may be newer.
pub fn vintage() -> &'static str {
    include_str!("data/vintage.txt").trim()
}

/// An action by name, whatever its case.
pub fn action(name: &str) -> Option<Action> {
    let (prefix, name) = name.split_once(':')?;
    let prefix = prefix.to_ascii_lowercase();
    let service = ACTIONS.get(&prefix)?;
    let (name, (level, types)) = service.actions.get_key_value(name).or_else(|| {
        service
            .actions
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
    })?;
    Some(Action {
        name: format!("{prefix}:{name}"),
        level: *level,
        resource_types: types.iter().map(|t| t.trim_end_matches('*')).collect(),
    })
}

/// Listed with a resource type, yet in practice granted on `*` only
/// (`CloudWatch`: ordinary metrics are no datasets).
const UNSCOPED: [&str; 1] = ["cloudwatch:PutMetricData"];

/// Whether an action can be limited to resources; `None` when it is not known.
pub fn supports_resource_level(name: &str) -> Option<bool> {
    let action = action(name)?;
    Some(!action.resource_types.is_empty() && !UNSCOPED.contains(&action.name.as_str()))
}

/// Whether a service prefix is known.
pub fn service_exists(prefix: &str) -> bool {
    ACTIONS.names().any(|name| name == prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_actions_in_any_case() {
        let action = action("S3:getobject").unwrap();
        assert_eq!(
            (action.name.as_str(), action.level),
            ("s3:GetObject", AccessLevel::Read)
        );
        assert!(action.resource_types.contains(&"object"));
        assert_eq!(super::action("s3:GetObjekt"), None);
    }

    #[test]
    fn knows_what_cannot_be_scoped() {
        assert_eq!(
            supports_resource_level("xray:PutTraceSegments"),
            Some(false)
        );
        assert_eq!(
            supports_resource_level("cloudwatch:PutMetricData"),
            Some(false)
        );
        assert_eq!(supports_resource_level("sqs:SendMessage"), Some(true));
        assert_eq!(supports_resource_level("sqs:Nothing"), None);
    }

    #[test]
    fn every_service_decodes() {
        for name in ACTIONS.names() {
            assert!(ACTIONS.get(name).is_some(), "{name}");
        }
    }
}
