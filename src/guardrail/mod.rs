//! Guardrails: rules over the graph read back from what was rendered, over handler sources, lockfiles,
//! Dockerfiles and workflows, and the exceptions to them.
//!
//! Nothing here trusts the generator. A rule sees the graph of one environment and the permissions
//! read from its policies, and nothing else.

mod about;
pub mod aws;
mod context;
mod custom;
pub mod dependency;
mod docs;
mod exceptions;
mod finding;
pub mod image;
pub mod invariant;
pub mod own;
mod read_back;
mod review;
pub mod shipped;
mod signed;
pub mod source;
mod topics;
mod verdict;
pub mod workflow;

pub use crate::date::Date;
pub use context::Context;
pub use custom::CustomRule;
pub use docs::markdown;
pub use exceptions::{ExceptionState, ExceptionStatus, exceptions_status};
pub use finding::{Finding, Report, place_of};
pub use read_back::{Expected, ReadBack, artifacts};
pub use review::ReviewSpec;
pub(crate) use signed::secret as signing_secret;
pub use topics::rule_of;
pub use verdict::{ExceptionFinding, ExceptionKind, ExceptionSpec, Verdict, fold, judge};

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::graph::Graph;
use crate::iam::Permission;

/// How bad a finding is. [`Severity::Low`] warns; everything above gates.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good practice whose absence opens nothing by itself: a warning.
    Low,
    /// A defence is missing.
    Medium,
    /// An attacker who is already somewhere gets further.
    High,
    /// Anyone gets in, or a foothold becomes the account.
    Critical,
}

impl Severity {
    /// Whether a finding of this severity stops the run (exit status 3).
    ///
    /// Low does not: those rules are about diagnosis and cost, and a gate that people switch off
    /// for comfort protects nothing.
    pub fn gates(self) -> bool {
        self >= Self::Medium
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// The risk a rule takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Input that becomes code, a query or a path.
    Injection,
    /// Callers who are not who they should be.
    Authentication,
    /// Code, images and providers that are not what was reviewed.
    Dependencies,
    /// Attacks and faults that nobody sees.
    Logging,
    /// Events from sources that should not be able to send them, or unchecked event content.
    EventData,
    /// More access than the job needs.
    LeastPrivilege,
    /// Data readable at rest or in transit.
    Encryption,
    /// Data or events lost, or one caller using up everything.
    Resilience,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Injection => "injection",
            Self::Authentication => "authentication",
            Self::Dependencies => "dependencies",
            Self::Logging => "logging",
            Self::EventData => "event data",
            Self::LeastPrivilege => "least privilege",
            Self::Encryption => "encryption",
            Self::Resilience => "resilience",
        })
    }
}

/// What a rule says about itself; `explain`, the rules page and SARIF come from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// `SLG-<FAMILY>-NNN`; never reused, and the name of the rule's file.
    pub id: &'static str,
    /// Name in kebab case.
    pub name: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// The risk it takes away.
    pub risk: Risk,
    /// What is wrong when it fires, as a short statement.
    pub title: &'static str,
    /// Why that is bad, and what the rule exempts and why.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Sections of OWASP Serverless, CIS AWS Foundations, AWS Security Hub controls, AWS manuals.
    pub references: &'static [&'static str],
}

/// A rule: what it says about itself and its check.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Metadata.
    pub meta: &'static Metadata,
    /// How it is checked.
    pub check: Check,
}

/// How a rule is checked.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// On the graph of an environment, by a pure function of it.
    Graph(fn(&Context<'_>, &mut Report<'_>)),
    /// On the Dockerfile of an image function, as it was rendered or as the user has it.
    Image(fn(&image::Input<'_>, &image::Dockerfile, &mut image::Report<'_>)),
    /// On a workflow of the repository.
    Workflow(fn(workflow::Workflow<'_>, &mut workflow::Report<'_>)),
    /// On handler sources, by what its file says (see [`source`]).
    Source,
    /// On files that are shipped as they are (see [`shipped`]).
    Shipped,
    /// On lockfiles, by what their readers find (see [`dependency`]).
    Lockfile,
    /// On what the manifest says, by the day.
    Calendar,
    /// On Terraform of the user beside what is generated (see [`own`]).
    Own,
    /// On the day of the run and the review that the manifest states (see [`ReviewSpec`]).
    Review,
}

/// What rules look at: one environment.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The graph read back.
    pub graph: &'a Graph,
    /// The permissions read from the graph's policies.
    pub permissions: &'a BTreeSet<Permission>,
    /// Environment.
    pub environment: &'a str,
    /// Permissions boundary that the environment prescribes for every role.
    pub permissions_boundary: Option<&'a str>,
}

/// Every rule, by id.
pub fn rules() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let mut rules = [
            aws::RULES,
            image::RULES,
            own::RULES,
            shipped::RULES,
            workflow::RULES,
            review::RULES,
            source::rules(),
            dependency::rules(),
        ]
        .concat();
        rules.sort_by_key(|rule| rule.meta.id);
        rules
    });
    &RULES
}

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.meta.id == id)
}

/// Findings of one environment, exceptions not applied.
pub fn check(input: &Input<'_>) -> Vec<Finding> {
    let context = Context::new(input);
    let mut findings = Vec::new();
    for rule in aws::RULES {
        if let Check::Graph(check) = rule.check {
            check(
                &context,
                &mut Report::new(rule.meta, &context, &mut findings),
            );
        }
    }
    findings
}
