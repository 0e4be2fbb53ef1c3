//! Statements of what is allowed on a resource: operations to actions, keys to companions.

use super::names;
use super::policy::{Policy, Statement, Why};
use super::reference::{Limits, Reference};
use crate::catalog::aws::grants::GrantCondition;
use crate::catalog::aws::{grants, iam, kinds, operations};
use crate::iam::Text;

/// IAM actions of a grant.
pub(super) fn grant_actions(grant: &grants::Grant) -> Vec<String> {
    grant
        .statements
        .iter()
        .flat_map(|s| s.actions.clone())
        .collect()
}

/// IAM actions of an operation or a grant, with the grant's conditions; the service has checked that it is one.
pub(super) fn asked(
    kind: &kinds::Kind,
    operation: &str,
) -> Vec<(Vec<String>, &'static [GrantCondition])> {
    if let Some(grant) = grants::grant(&kind.name, operation) {
        return grant
            .statements
            .iter()
            .map(|s| (s.actions.clone(), s.conditions.as_slice()))
            .collect();
    }
    let actions = match operations::actions_for(&kind.sdk_service, operation) {
        Some(actions) => actions
            .into_iter()
            // What an operation needs only for some parameters is asked for by its own name.
            .filter(|action| !action.conditional)
            .map(|action| action.action)
            .collect(),
        None => operations::conditional_action(&kind.sdk_service, operation)
            .into_iter()
            .collect(),
    };
    vec![(actions, &[])]
}

/// Actions on a resource with what they need besides, which ends with them: the same for another
/// line is a statement of its own.
pub(super) fn allow_on(
    policy: &mut Policy,
    reference: &Reference,
    name: &str,
    actions: &[String],
    limits: &Limits<'_>,
    why: &Why,
) {
    let index = limits.index;
    for action in actions {
        let sid = format!("{}{}", camel(name), index.map(camel).unwrap_or_default());
        let arns = reference.arns_for(action, limits);
        let mut statement = Statement::allow(sid, [action.clone()], why)
            .on(arns)
            .until(limits.until);
        if !limits.paths.is_empty() && lists_by_prefix(action) {
            let paths = limits.paths.iter().map(Text::literal);
            statement = statement.when("StringLike", "s3:prefix", paths);
        }
        for condition in limits.conditions {
            // What a placeholder stands for, no line of access says.
            if let Some(operator) = crate::iam::operator(&condition.operator)
                && !condition.values.iter().any(|value| value.contains("${"))
            {
                let values = condition.values.iter().map(Text::literal);
                statement = statement.when(operator, condition.key.clone(), values);
            }
        }
        policy.add(statement);
    }
    if let Some(key) = &reference.key {
        let needs = grants::kms_companion(
            &reference.kind.name,
            &actions.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        if !needs.is_empty() {
            let why = Why {
                reason: format!("{}: {name} is encrypted with a key", why.reason),
                pointer: why.pointer.clone(),
            };
            let host = reference
                .kind
                .via_service
                .as_deref()
                .unwrap_or(&reference.kind.iam_prefix);
            let via = names::via_service_in(host, reference.region());
            policy.add(
                Statement::allow(format!("{}Key", camel(host)), needs, &why)
                    .on([key.clone()])
                    .when("StringEquals", "kms:ViaService", [via])
                    .until(limits.until),
            );
        }
    }
}

/// Whether an action lists a bucket: it acts on the bucket, and paths narrow what it may ask for.
fn lists_by_prefix(action: &str) -> bool {
    iam::action(action)
        .is_some_and(|facts| facts.condition_keys.iter().any(|key| key == "s3:prefix"))
}

/// The stack's key, for actions on a resource of the stack of this kind.
pub(super) fn stack_key(
    policy: &mut Policy,
    host: &str,
    kind: &str,
    actions: &[String],
    why: &Why,
) {
    let needs = grants::kms_companion(
        kind,
        &actions.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    policy.add(
        Statement::allow(format!("{}Key", camel(host)), needs, why)
            .on([names::key_arn()])
            .when("StringEquals", "kms:ViaService", [names::via_service(host)]),
    );
}

/// `orders-table` → `OrdersTable`: statement ids take letters and digits only.
pub(super) fn camel(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(chars)
        })
        .collect()
}
