//! The ledger: line by line, what each principal may do and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a permission is written: the Terraform address of the role or resource that carries it.
///
/// A role's inline policies belong to the address of the role (`aws_iam_role.create_order`),
/// a trust policy to the same address with [`PolicyKind::Trust`], a queue policy to the queue
/// (`aws_sqs_queue.jobs`), a Lambda permission to the function (`aws_lambda_function.create_order`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// `permissions.json` as generated: the ledger, open for every environment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Recorded {
    /// `slgen.permissions/1`.
    pub schema: String,
    /// Service.
    pub service: String,
    /// Its lines, by holder.
    pub permissions: Vec<RecordedLine>,
}

/// A line of [`Recorded`]. Texts hold placeholders: `{name}`, `{region}`, `{account}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct RecordedLine {
    /// Terraform address of the role or resource that carries the policy.
    pub holder: String,
    /// Kind of policy.
    pub policy: PolicyKind,
    /// Allow or deny.
    pub effect: Effect,
    /// Who, `—` in identity policies.
    pub principal: String,
    /// IAM action.
    pub action: String,
    /// ARN; none in trust policies.
    pub resource: Option<String>,
    /// Conditions that must all hold.
    pub conditions: Vec<RecordedCondition>,
    /// Why, each reason once.
    pub why: Vec<RecordedWhy>,
}

/// A condition of a [`RecordedLine`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct RecordedCondition {
    /// `StringEquals`, …
    pub operator: String,
    /// Condition key.
    pub key: String,
    /// Values, any of which suffices.
    pub values: Vec<String>,
}

/// A reason of a [`RecordedLine`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct RecordedWhy {
    /// In words.
    pub reason: String,
    /// JSON pointer of the manifest line that asked; none for what slgen adds itself.
    pub pointer: Option<String>,
}

impl fmt::Display for RecordedCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values.join(" or ");
        write!(f, "{} {} = {values}", self.operator, self.key)
    }
}

impl fmt::Display for RecordedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.effect == Effect::Deny {
            f.write_str("not ")?;
        }
        f.write_str(&self.action)?;
        if let Some(resource) = &self.resource {
            write!(f, " on {resource}")?;
        }
        if self.policy != PolicyKind::Identity {
            write!(f, " by {}", self.principal)?;
        }
        for (index, condition) in self.conditions.iter().enumerate() {
            let joint = if index == 0 { "if" } else { "and" };
            write!(f, " {joint} {condition}")?;
        }
        Ok(())
    }
}
