//! Kinds of resource that functions use: how they are named, granted and told to the function.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::iam;

/// A kind of resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    #[serde(skip)]
    name: String,
    sdk: String,
    iam: String,
    /// Resource type of the Service Authorization Reference → ARN pattern.
    arns: BTreeMap<String, String>,
    main: String,
    #[serde(rename = "self")]
    own: Option<String>,
    via: Option<String>,
    env: Option<String>,
    create: bool,
}

fn all() -> &'static BTreeMap<String, Kind> {
    static KINDS: OnceLock<BTreeMap<String, Kind>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let mut kinds: BTreeMap<String, Kind> =
            serde_json::from_str(include_str!("data/kinds.json")).unwrap_or_default();
        for (name, kind) in &mut kinds {
            kind.name.clone_from(name);
        }
        kinds
    })
}

/// A kind by its name in the manifest.
pub fn kind(name: &str) -> Option<&'static Kind> {
    all().get(name)
}

/// Every kind's name.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().keys().map(String::as_str)
}

impl Kind {
    /// Name in the manifest.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The SDK service whose operations apply (botocore's name).
    pub fn sdk_service(&self) -> &str {
        &self.sdk
    }

    /// IAM service prefix.
    pub fn iam_prefix(&self) -> &str {
        &self.iam
    }

    /// First label of the host under which the service calls KMS.
    pub fn via_service(&self) -> &str {
        self.via.as_deref().unwrap_or(&self.iam)
    }

    /// Suffix of the environment variable that tells a function of the resource: `NAME`, `URL`, `ARN`.
    pub fn env_suffix(&self) -> Option<&'static str> {
        match self.env.as_deref()? {
            "NAME" => Some("NAME"),
            "URL" => Some("URL"),
            _ => Some("ARN"),
        }
    }

    /// Whether slgen creates resources of this kind.
    pub fn can_create(&self) -> bool {
        self.create
    }

    /// Pattern of the resource's own ARN, as code uses it.
    pub fn arn(&self) -> &str {
        self.own.as_deref().unwrap_or_else(|| self.grant_arn())
    }

    /// Pattern of the ARN that policies name for the resource as a whole.
    pub fn grant_arn(&self) -> &str {
        self.arns.get(&self.main).map_or("", String::as_str)
    }

    /// Pattern of the ARN on which an action of this kind is granted: the resource type that AWS
    /// documents for the action; with `index`, the index form.
    pub fn arn_for(&self, action: &str, index: bool) -> &str {
        if index && let Some(pattern) = self.arns.get("index") {
            return pattern;
        }
        let types = iam::action(action)
            .map(|a| a.resource_types)
            .unwrap_or_default();
        if types.contains(&self.main.as_str()) {
            return self.grant_arn();
        }
        types
            .iter()
            .find_map(|t| self.arns.get(*t))
            .map_or_else(|| self.grant_arn(), String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_parses_and_its_service_is_known() {
        assert_eq!(names().count(), 10);
        for name in names() {
            let kind = kind(name).unwrap();
            assert!(iam::service_exists(kind.iam_prefix()), "{name}");
            assert!(
                super::super::operations::operations_of(kind.sdk_service())
                    .next()
                    .is_some(),
                "{name}"
            );
            assert!(!kind.grant_arn().is_empty(), "{name}");
        }
    }

    #[test]
    fn the_arn_follows_the_action() {
        let bucket = kind("s3_bucket").unwrap();
        assert_eq!(
            bucket.arn_for("s3:GetObject", false),
            "arn:${partition}:s3:::${name}/${path}"
        );
        assert_eq!(
            bucket.arn_for("s3:ListBucket", false),
            "arn:${partition}:s3:::${name}"
        );
        let table = kind("dynamodb_table").unwrap();
        assert!(
            table
                .arn_for("dynamodb:Query", false)
                .ends_with("table/${name}")
        );
        assert!(
            table
                .arn_for("dynamodb:Query", true)
                .ends_with("/index/${index}")
        );
    }
}
