//! Statements of what is allowed on a resource: operations to actions, keys to companions.

use super::names;
use super::policy::{Policy, Statement, Why};
use super::reference::{Limits, Reference};
use crate::catalog::aws::{grants, kinds, operations};

/// IAM actions of a grant.
pub(super) fn grant_actions(grant: &grants::Grant) -> Vec<String> {
    grant
        .statements
        .iter()
        .flat_map(|s| s.actions.clone())
        .collect()
}

/// IAM actions of an operation or a grant; the service has checked that it is one.
pub(super) fn actions(kind: &kinds::Kind, operation: &str) -> Vec<String> {
    if let Some(grant) = grants::grant(&kind.name, operation) {
        return grant_actions(grant);
    }
    operations::actions_for(&kind.sdk_service, operation)
        .unwrap_or_default()
        .into_iter()
        // What an operation needs only for some parameters is asked for by its own name.
        .filter(|action| !action.conditional)
        .map(|action| action.action)
        .collect()
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
        policy.add(
            Statement::allow(sid, [action.clone()], why)
                .on(arns)
                .until(limits.until),
        );
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
            policy.add(
                Statement::allow(format!("{}Key", camel(host)), needs, &why)
                    .on([key.clone()])
                    .when("StringEquals", "kms:ViaService", [names::via_service(host)])
                    .until(limits.until),
            );
        }
    }
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
