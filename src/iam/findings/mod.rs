//! What is risky or without effect in policies, by the facts of the catalog. Pure: policies in, findings out.

use std::collections::BTreeSet;

use serde::Serialize;

use super::access::Grants;
use super::document::{Condition, Document, Principal, PrincipalKind, Statement, Version};
use super::escalation::escalations;
use super::evaluate::components;
use super::reach::{self, Limits, Reach};
use super::template::{Template, fold, matches};
use super::{Effect, Request};
use crate::catalog::aws::{iam, quotas, risk};

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Actions that together lead to more privilege.
    PrivilegeEscalation,
    /// An action whose answer holds credentials.
    CredentialsExposure,
    /// An action that reads data in bulk, on any resource.
    DataExfiltration,
    /// A service is let in on anybody's behalf.
    ConfusedDeputy,
    /// An action without resource-level permissions, granted on resources: it grants nothing.
    UnscopableAction,
    /// An action that the facts do not know.
    UnknownAction,
    /// A service that nothing uses.
    UnusedService,
    /// A document that IAM does not accept, or nearly so.
    Quota,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What it is about.
    pub topic: Topic,
    /// The path, action, principal or service.
    pub subject: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Whether it certainly is so; otherwise it depends on what is not known here.
    pub certain: bool,
}

/// What the identity policies of one principal, taken together, risk: escalation, credentials, bulk reading, and what in
/// them has no effect.
pub fn identity(grants: &Grants) -> Vec<Finding> {
    let mut found: Vec<Finding> = escalations(grants)
        .into_iter()
        .map(|open| Finding {
            topic: Topic::PrivilegeEscalation,
            subject: open.path.id.clone(),
            message: format!(
                "{} can lead to more privilege",
                open.path.all_of.join(" + ")
            ),
            certain: open.certain,
        })
        .collect();
    for action in risk::credentials_exposure() {
        let limits = Limits {
            actions: vec![action.clone()],
            ..Limits::default()
        };
        let reach = reach::identity(grants, &limits);
        if reach.possible() {
            found.push(Finding {
                topic: Topic::CredentialsExposure,
                subject: action.clone(),
                message: format!("{action} gives out credentials"),
                certain: matches!(reach, Reach::Yes(_)),
            });
        }
    }
    found.extend(
        risk::data_exfiltration()
            .iter()
            .filter_map(|action| exfiltration(grants, action)),
    );
    for policy in &grants.policies {
        found.extend(without_effect(policy));
    }
    found.sort();
    found.dedup();
    found
}

/// What the policies on a resource, taken together, risk: confused deputies, actions that do not exist.
pub fn resource(grants: &Grants) -> Vec<Finding> {
    let mut found = confused_deputies(grants);
    for policy in &grants.policies {
        found.extend(unknown_actions(policy));
    }
    found.sort();
    found.dedup();
    found
}

/// A name that no resource has.
const PROBE: &str = "slgen-probe-5e1f0c";

/// Whether an action that reads in bulk is allowed on a resource that no policy can mean: then on any.
fn exfiltration(grants: &Grants, action: &str) -> Option<Finding> {
    let facts = iam::action(action)?;
    let places = places(grants);
    let mut resources: Vec<String> = facts
        .resource_types
        .iter()
        .filter(|kind| !kind.arn.is_empty())
        .flat_map(|kind| places.iter().map(|place| unnamed(&kind.arn, place)))
        .collect();
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    let limits = Limits {
        actions: vec![action.to_owned()],
        resources,
        ..Limits::default()
    };
    let reach = reach::identity(grants, &limits);
    reach.possible().then(|| Finding {
        topic: Topic::DataExfiltration,
        subject: action.to_owned(),
        message: format!("{action} is allowed on any resource: a breach reads everything"),
        certain: matches!(reach, Reach::Yes(_)),
    })
}

/// Partition, region and account.
type Place = [String; 3];

/// Where the resources lie that the policies name; somewhere when they leave it open.
fn places(grants: &Grants) -> BTreeSet<Place> {
    let open = |field: &str| field.is_empty() || field.contains(['*', '?', '$', '<']);
    let or = |field: &str, default: &str| if open(field) { default } else { field }.to_owned();
    let somewhere = ["aws", "us-east-1", "111122223333"];
    let named = grants
        .policies
        .iter()
        .flat_map(|policy| &policy.statements)
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| statement.resource.iter().flat_map(|r| &r.values))
        .filter_map(|arn| components(arn))
        .map(|[_, partition, _, region, account, _]| {
            let [p, r, a] = somewhere;
            [or(partition, p), or(region, r), or(account, a)]
        });
    std::iter::once(somewhere.map(str::to_owned))
        .chain(named)
        .collect()
}

/// An ARN of the reference in a place, with names that nobody gives.
fn unnamed(arn: &str, [partition, region, account]: &Place) -> String {
    let mut out = String::new();
    let mut rest = arn;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(match name {
            "Partition" => partition,
            "Region" => region,
            "Account" => account,
            _ => PROBE,
        });
        rest = tail;
    }
    out + rest
}

/// Statements, or parts of them, that grant nothing, and actions that the facts do not know.
pub fn without_effect(policy: &Document) -> Vec<Finding> {
    let mut found = unknown_actions(policy);
    for statement in policy
        .statements
        .iter()
        .filter(|s| s.effect == Effect::Allow)
    {
        for action in plain_actions(statement) {
            if iam::supports_resource_level(action) == Some(false) && !covers_everything(statement)
            {
                found.push(Finding {
                    topic: Topic::UnscopableAction,
                    subject: action.to_owned(),
                    message: format!(
                        "{action} has no resource-level permissions: on resources it grants nothing, only on *"
                    ),
                    certain: true,
                });
            }
        }
    }
    found
}

fn plain_actions(statement: &Statement) -> impl Iterator<Item = &str> {
    let listed = if statement.action.negated {
        &[]
    } else {
        statement.action.values.as_slice()
    };
    listed
        .iter()
        .map(String::as_str)
        .filter(|action| !action.contains(['*', '?']))
}

/// Whether a statement matches a request whose resource is `*`.
fn covers_everything(statement: &Statement) -> bool {
    statement.resource.as_ref().is_none_or(|resource| {
        let listed = resource.values.iter().any(|pattern| {
            matches(
                &Template::parse(pattern, Version::V2012, true).skeleton(),
                "*",
            )
        });
        listed != resource.negated
    })
}

/// Actions and wildcards that match nothing the facts know: a warning, since AWS adds actions every week.
fn unknown_actions(policy: &Document) -> Vec<Finding> {
    let named: BTreeSet<&String> = policy
        .statements
        .iter()
        .flat_map(|statement| &statement.action.values)
        .collect();
    let mut found = Vec::new();
    for action in named {
        let Some((prefix, operation)) = action.split_once(':') else {
            continue;
        };
        let wild = |s: &str| s.contains(['*', '?']);
        let known = if wild(prefix) {
            true
        } else if wild(operation) {
            let pattern = Template::parse(&fold(operation), Version::V2008, true).skeleton();
            iam::actions_of(prefix).any(|name| matches(&pattern, &fold(name)))
        } else {
            iam::is_known(action)
        };
        if !known {
            let hint = iam::suggest_action(action)
                .map_or(String::new(), |near| format!("; did you mean {near}?"));
            found.push(Finding {
                topic: Topic::UnknownAction,
                subject: action.clone(),
                message: format!(
                    "{action} is not among the actions known on {}{hint}",
                    iam::vintage()
                ),
                certain: false,
            });
        }
    }
    found
}

/// Service principals that are let in whoever they act for (IAM user guide, "The confused deputy problem").
///
/// The trust of a function's own role is exempt: whether Lambda sends the source keys when it assumes the role is not
/// documented.
fn confused_deputies(grants: &Grants) -> Vec<Finding> {
    let services: BTreeSet<&String> = grants
        .policies
        .iter()
        .flat_map(|policy| &policy.statements)
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| statement.principal.iter().flat_map(|p| &p.values))
        .filter_map(|principal| match principal {
            Principal::Named(PrincipalKind::Service, name) => Some(name),
            _ => None,
        })
        .collect();
    let mut found = Vec::new();
    for service in services {
        let caller = || Some(Principal::Named(PrincipalKind::Service, service.clone()));
        let probes = [sourceless(), foreign_source()];
        let open: Vec<Reach> = probes
            .into_iter()
            .map(|never| {
                let limits = Limits {
                    caller: caller(),
                    never,
                    ..Limits::default()
                };
                reach::resource(grants, &limits)
            })
            .filter(Reach::possible)
            .collect();
        let own_trust = |request: &Request| {
            matches!(
                service.as_str(),
                "lambda.amazonaws.com" | "edgelambda.amazonaws.com"
            ) && request.action.to_ascii_lowercase().starts_with("sts:")
        };
        let exempt = !open.is_empty()
            && open
                .iter()
                .all(|reach| matches!(reach, Reach::Yes(request) if own_trust(request)));
        if open.is_empty() || exempt {
            continue;
        }
        let compare = risk::confused_deputy(service)
            .and_then(|deputy| deputy.source_arn.as_deref())
            .map_or_else(
                || "compare aws:SourceAccount with the account".to_owned(),
                |arn| format!("compare aws:SourceArn with {arn}"),
            );
        found.push(Finding {
            topic: Topic::ConfusedDeputy,
            subject: service.clone(),
            message: format!("{service} is let in on anybody's behalf: {compare}"),
            certain: open.iter().any(|reach| matches!(reach, Reach::Yes(_))),
        });
    }
    found
}

/// Keys that say whose request a service brings. The encryption context is what the logs service binds a key with
/// (Amazon `CloudWatch` Logs user guide, "Encrypt log data using AWS KMS").
const SOURCES: [&str; 6] = [
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "kms:CallerAccount",
    "kms:EncryptionContext:aws:logs:arn",
];

fn condition(operator: &str, key: &str, value: &str) -> Condition {
    Condition {
        operator: operator.to_owned(),
        key: key.to_owned(),
        values: vec![value.to_owned()],
    }
}

/// Requests that do not say whose they are.
fn sourceless() -> Vec<Condition> {
    SOURCES
        .iter()
        .map(|key| condition("Null", key, "false"))
        .collect()
}

/// Requests for somebody else's sake.
fn foreign_source() -> Vec<Condition> {
    const ARN: &str = "arn:aws:slgen-probe:us-east-1:999999999999:slgen-probe-5e1f0c";
    let mut never = vec![
        condition("StringNotEquals", "aws:SourceArn", ARN),
        condition("StringNotEquals", "aws:SourceAccount", "999999999999"),
        condition("StringNotEquals", "kms:CallerAccount", "999999999999"),
        condition("StringNotEquals", "kms:EncryptionContext:aws:logs:arn", ARN),
    ];
    never.extend(
        ["aws:SourceOrgID", "aws:SourceOrgPaths"].map(|key| condition("Null", key, "false")),
    );
    never
}

/// Services of which policies allow something although nothing is known to use them. `used` are IAM prefixes (`s3`); a
/// wildcard in the prefix is not judged.
pub fn unused_services(grants: &Grants, used: &BTreeSet<String>) -> Vec<Finding> {
    let granted: BTreeSet<String> = grants
        .policies
        .iter()
        .flat_map(|policy| &policy.statements)
        .filter(|statement| statement.effect == Effect::Allow && !statement.action.negated)
        .flat_map(|statement| &statement.action.values)
        .filter_map(|action| action.split_once(':'))
        .map(|(prefix, _)| fold(prefix))
        .filter(|prefix| !prefix.contains(['*', '?']))
        .collect();
    granted
        .into_iter()
        .filter(|prefix| !used.iter().any(|name| name.eq_ignore_ascii_case(prefix)))
        .map(|prefix| Finding {
            topic: Topic::UnusedService,
            message: format!("{prefix} is allowed and nothing is known to use it"),
            subject: prefix,
            certain: false,
        })
        .collect()
}

/// The size of a document against the quota with this id (`managed_policy_characters`): over it, or over four fifths.
///
/// IAM counts characters without white space outside strings (IAM user guide, "IAM and STS quotas").
pub fn size(document: &Document, quota: &str) -> Option<Finding> {
    let quota = quotas::find(quota)?;
    let characters = u64::try_from(document.to_value().to_string().chars().count()).ok()?;
    let over = characters > quota.value;
    (over || characters * 5 > quota.value * 4).then(|| Finding {
        topic: Topic::Quota,
        subject: quota.id.clone(),
        message: format!(
            "{characters} of {} {}{}: {}",
            quota.value,
            quota.unit,
            if over { ", too many" } else { "" },
            quota.about
        ),
        certain: over,
    })
}
