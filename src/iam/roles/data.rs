//! Which calls a resource type takes: `lifecycle.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    #[serde(rename = "source")]
    _source: String,
    types: BTreeMap<String, Vec<Line>>,
}

/// Calls that a resource type takes on the same resources under the same conditions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// ARNs with placeholders: `{partition}`, `{region}`, `{account}` and the resource's attributes. An attribute that
    /// refers to another resource stands for that one's name, and a name of the stack's for all of its names, unless `=`
    /// stands before it (`{=s3_bucket}`). `*` where IAM checks no resource.
    pub(super) on: Vec<String>,
    /// Under which conditions.
    #[serde(rename = "if")]
    pub(super) condition: Option<Guard>,
    /// Only by way of this service (`kms:ViaService`).
    pub(super) via: Option<String>,
    /// Only tags given while one of these calls makes the resource (`ec2:CreateAction`).
    #[serde(default)]
    pub(super) made_by: Vec<String>,
    /// Only for resources that have this attribute.
    #[serde(rename = "where")]
    pub(super) has: Option<String>,
    #[serde(default)]
    create: Vec<String>,
    #[serde(default)]
    read: Vec<String>,
    #[serde(default)]
    update: Vec<String>,
    #[serde(default)]
    delete: Vec<String>,
    /// Where this is known from, when no local AWS checks it.
    #[serde(rename = "why")]
    pub(super) _why: Option<String>,
}

/// What a request has to bring besides action and resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Guard {
    /// It gives the resource the stack's tags.
    Requested,
    /// The resource has the stack's tags.
    Tagged,
    /// It gives the stack's tags to a resource that has none of them yet.
    Fresh,
    /// The same for a key, which moreover has no alias: nobody's key is taken over by tagging it.
    FreshKey,
    /// It changes tags other than the stack's: nobody's API is taken over by tagging it.
    TagsKept,
    /// The role has the permissions boundary, where one is prescribed.
    Bounded,
    /// The event source mapping is for a function of the stack.
    ForFunction,
    /// The permission is for a service that the stack lets in.
    ForPrincipal,
}

impl Line {
    /// Its actions, whichever call they are for.
    pub(super) fn actions(&self) -> impl Iterator<Item = &str> {
        [&self.create, &self.read, &self.update, &self.delete]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

/// The lines of a resource type, `data.` before those of data sources; none when it is not known.
pub(super) fn lines(kind: &str) -> Option<&'static [Line]> {
    types().get(kind).map(Vec::as_slice)
}

/// Every type with its lines.
pub(super) fn types() -> &'static BTreeMap<String, Vec<Line>> {
    static DATA: OnceLock<Data> = OnceLock::new();
    let read = || match serde_json::from_str(include_str!("lifecycle.json")) {
        Ok(data) => data,
        Err(error) => unreachable!("built-in data is tested to parse: {error}"),
    };
    &DATA.get_or_init(read).types
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::aws::iam;
    use crate::iam::template::action_matches;

    /// The facts know API Gateway's resources but not which verbs take those of HTTP APIs.
    const NOT_IN_THE_FACTS: &str = "apigateway:";

    /// The ARN pattern of a resource type with every placeholder as `*`.
    fn wild(arn: &str, open: &str) -> String {
        let mut text = String::new();
        let mut rest = arn;
        while let Some((before, after)) = rest.split_once(open) {
            text.push_str(before);
            text.push('*');
            rest = after.split_once('}').map_or("", |(_, after)| after);
        }
        text + rest
    }

    #[test]
    fn every_action_exists_and_takes_the_resource() {
        let mut actions = BTreeSet::new();
        let mut misfits = Vec::new();
        for (kind, lines) in types() {
            for line in lines {
                for name in line.actions() {
                    let action = iam::action(name)
                        .unwrap_or_else(|| panic!("{kind}: {name} does not exist"));
                    assert_eq!(action.name, name, "{kind}");
                    actions.insert(action.name.clone());
                    for on in &line.on {
                        if name.starts_with(NOT_IN_THE_FACTS) {
                            continue;
                        }
                        if on == "*" {
                            if iam::supports_resource_level(name) != Some(false) {
                                misfits.push(format!("{kind}: {name} can be restricted"));
                            }
                            continue;
                        }
                        // The name of an alias starts with `alias/`.
                        let on = match kind.as_str() {
                            "aws_kms_alias" => on.replace("{name}", "alias/{name}"),
                            _ => on.clone(),
                        };
                        let ours = wild(&on, "{").replace('*', "x");
                        let fits = action.resource_types.iter().any(|known| {
                            known
                                .arn
                                .split(", ")
                                .any(|arn| action_matches(&wild(arn, "${"), &ours))
                        });
                        if !fits {
                            misfits.push(format!("{kind}: {name} does not take {on}"));
                        }
                    }
                }
            }
        }
        assert_eq!(misfits, Vec::<String>::new());
        assert!(actions.len() > 170, "{}", actions.len());
    }

    #[test]
    fn every_condition_key_is_one_that_the_action_has() {
        for (kind, lines) in types() {
            for line in lines {
                for name in line
                    .actions()
                    .filter(|name| !name.starts_with(NOT_IN_THE_FACTS))
                {
                    let action = iam::action(name).unwrap();
                    let keys: BTreeSet<&str> = action
                        .resource_types
                        .iter()
                        .flat_map(|t| &t.condition_keys)
                        .chain(&action.condition_keys)
                        .map(String::as_str)
                        .collect();
                    let wanted: &[&str] = match line.condition {
                        None => &[],
                        Some(Guard::Requested | Guard::TagsKept) => &["aws:RequestTag/${TagKey}"],
                        Some(Guard::Tagged) => &["aws:ResourceTag/${TagKey}"],
                        Some(Guard::Fresh) => {
                            &["aws:RequestTag/${TagKey}", "aws:ResourceTag/${TagKey}"]
                        }
                        Some(Guard::FreshKey) => &[
                            "aws:RequestTag/${TagKey}",
                            "aws:ResourceTag/${TagKey}",
                            "kms:ResourceAliases",
                        ],
                        Some(Guard::Bounded) => &["iam:PermissionsBoundary"],
                        Some(Guard::ForFunction) => &["lambda:FunctionArn"],
                        Some(Guard::ForPrincipal) => &["lambda:Principal"],
                    };
                    for key in wanted {
                        assert!(keys.contains(key), "{kind}: {name} has no {key}: {keys:?}");
                    }
                    if line.via.is_some() {
                        assert!(keys.contains("kms:ViaService"), "{kind}: {name}");
                    }
                    if !line.made_by.is_empty() {
                        assert!(keys.contains("ec2:CreateAction"), "{kind}: {name}");
                    }
                }
            }
        }
    }
}
