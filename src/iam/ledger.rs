//! The ledger: line by line, what each principal may do and why.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Where a permission is written: the Terraform address of the role or resource that carries it.
///
/// A role's inline policies belong to the address of the role (`aws_iam_role.create_order`),
/// a trust policy to the same address with [`PolicyKind::Trust`], a queue policy to the queue
/// (`aws_sqs_queue.jobs`), a Lambda permission to the function (`aws_lambda_function.create_order`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyKind {
    /// What a role may do.
    Identity,
    /// Who may assume a role.
    Trust,
    /// Who may use a resource.
    Resource,
}

/// `Allow` or `Deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Refuses, whatever is granted.
    Deny,
}

/// Condition block: operator → key → sorted values.
pub type Conditions = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// One permission, in canonical form: one action on one resource by one principal.
///
/// Strings are fully resolved for one environment; what is known only after apply stands as
/// `<address.attribute>`, for example `<aws_kms_key.stack.arn>` (`<` cannot occur in an ARN).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Permission {
    /// Terraform address of the role or resource that carries the policy.
    pub holder: String,
    /// Identity, trust or resource policy.
    pub kind: PolicyKind,
    /// Allow or deny.
    pub effect: Effect,
    /// `None` in identity policies; `Service:lambda.amazonaws.com`, `AWS:arn:…`, `*` otherwise.
    pub principal: Option<String>,
    /// IAM action, in the case AWS documents; may hold a wildcard only in Deny and key delegation.
    pub action: String,
    /// ARN or `*`; `*` for a trust policy, which has no resource.
    pub resource: String,
    /// Conditions that must all hold.
    pub conditions: Conditions,
}
