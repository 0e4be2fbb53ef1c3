//! Grants: names in lower case that stand for several actions, and what a key's user needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;

#[derive(Deserialize, Default)]
struct Data {
    grants: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    key_use: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| serde_json::from_str(include_str!("data/grants.json")).unwrap_or_default())
}

/// A grant.
#[derive(Debug, Clone, Copy)]
pub struct Grant(&'static [String]);

impl Grant {
    /// IAM actions it stands for.
    pub fn actions(&self) -> Vec<String> {
        self.0.to_vec()
    }
}

/// A grant of a kind of resource.
pub fn grant(kind: &str, name: &str) -> Option<Grant> {
    data()
        .grants
        .get(kind)?
        .get(name)
        .map(|actions| Grant(actions))
}

/// Names of a kind's grants.
pub fn grants_of(kind: &str) -> impl Iterator<Item = &'static str> {
    data()
        .grants
        .get(kind)
        .into_iter()
        .flat_map(|all| all.keys().map(String::as_str))
}

/// KMS actions that a principal needs, through the service, for actions on a resource of this
/// kind that a customer-managed key encrypts.
pub fn kms_companion(kind: &str, actions: &[String]) -> Vec<&'static str> {
    let needs = data().key_use.get(kind);
    let needs: BTreeSet<&str> = needs
        .into_iter()
        .flat_map(|needs| actions.iter().filter_map(|action| needs.get(action)))
        .flatten()
        .map(String::as_str)
        .collect();
    needs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::aws::{iam, kinds};

    #[test]
    fn every_grant_is_of_a_kind_and_every_action_exists() {
        assert!(!data().grants.is_empty());
        for (kind, grants) in data().grants.iter().chain(&data().key_use) {
            assert!(kinds::kind(kind).is_some(), "{kind}");
            for (name, actions) in grants {
                assert!(!actions.is_empty(), "{kind} {name}");
                for action in actions {
                    assert!(iam::action(action).is_some(), "{action}");
                }
            }
        }
    }

    #[test]
    fn a_key_is_used_only_as_the_action_needs() {
        let needs = |action: &str| kms_companion("s3_bucket", &[action.to_owned()]);
        assert_eq!(needs("s3:GetObject"), ["kms:Decrypt"]);
        assert_eq!(needs("s3:PutObject"), ["kms:GenerateDataKey"]);
        assert!(needs("s3:DeleteObject").is_empty());
    }
}
