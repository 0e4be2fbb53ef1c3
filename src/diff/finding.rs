//! What a comparison found: one change, which way it goes, and how much it matters.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::path;
use super::redact::Shown;
use crate::date::Date;
use crate::graph::Location;
use crate::guardrail::Severity;

/// Which way the security goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Something opens, or a defence or a sight is lost.
    Widening,
    /// It is not known which way; gates as widening.
    Undetermined,
    /// Something closes, or a defence or a sight is gained.
    Narrowing,
    /// Neither.
    Neutral,
}

impl Direction {
    /// All, the one that matters most first.
    pub const ALL: [Self; 4] = [
        Self::Widening,
        Self::Undetermined,
        Self::Narrowing,
        Self::Neutral,
    ];

    /// As if the change were made backwards.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Widening => Self::Narrowing,
            Self::Narrowing => Self::Widening,
            same => same,
        }
    }

    /// The sign that stands before it, so that no meaning hangs on a colour.
    pub fn sign(self) -> char {
        match self {
            Self::Widening => '▲',
            Self::Undetermined => '?',
            Self::Narrowing => '▼',
            Self::Neutral => '~',
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Widening => "widening",
            Self::Undetermined => "undetermined",
            Self::Narrowing => "narrowing",
            Self::Neutral => "neutral",
        })
    }
}

/// What sort of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// What applying would change.
    Pending,
    /// The account differs from the code.
    Drift,
    /// The account has something that the code does not know.
    Unmanaged,
    /// A generated file was edited by hand.
    HandEdited,
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Drift => "drift",
            Self::Unmanaged => "unmanaged",
            Self::HandEdited => "hand-edited",
        })
    }
}

/// A request that is allowed on one side only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Witness {
    /// Who asks, in the form of the ledger; none for identity policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The action.
    pub action: String,
    /// The ARN.
    pub resource: String,
    /// Condition keys with their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<(String, Vec<String>)>,
}

/// A line of a policy that is on one side only: an Allow or Deny for one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PolicyLine {
    /// `Allow` or `Deny`.
    pub effect: String,
    /// Who; none in identity policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Action; `not …` where everything else is meant.
    pub action: String,
    /// Resource; `not …` where everything else is meant.
    pub resource: String,
    /// Conditions in one line; empty when there are none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub conditions: String,
}

impl fmt::Display for PolicyLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} on {}", self.effect, self.action, self.resource)?;
        if let Some(principal) = &self.principal {
            write!(f, " for {principal}")?;
        }
        if !self.conditions.is_empty() {
            write!(f, " if {}", self.conditions)?;
        }
        Ok(())
    }
}

/// A place in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source {
    /// File.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

/// An exception of the manifest that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Covered {
    /// JSON pointer of the exception.
    pub pointer: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day, inclusive, UTC.
    pub expires: Date,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// `SLG-DIFF-…`, or the guardrail that judges the same attribute.
    pub rule: String,
    /// Which way.
    pub direction: Direction,
    /// How much it matters.
    pub severity: Severity,
    /// What sort of difference.
    pub kind: ChangeKind,
    /// Terraform address.
    pub address: String,
    /// Attribute as a dotted path; empty for the resource as a whole.
    pub path: String,
    /// What was there, as it may be shown.
    pub before: Option<Shown>,
    /// What is there now, as it may be shown.
    pub after: Option<Shown>,
    /// What it means, in one sentence for a person.
    pub meaning: String,
    /// For permissions: a request that is newly allowed, or no longer.
    pub witness: Option<Witness>,
    /// For permissions: lines that are new.
    pub gained: Vec<PolicyLine>,
    /// For permissions: lines that are gone.
    pub lost: Vec<PolicyLine>,
    /// Where it stands in Terraform code.
    pub location: Option<Location>,
    /// Line of the manifest that asked for it.
    pub source: Option<Source>,
    /// Environments it was found in, sorted.
    pub environments: Vec<String>,
    /// The exception that covers it.
    pub covered: Option<Covered>,
    /// The manifest did not change: an upgrade of slgen or of a blueprint brought it.
    pub upgrade: bool,
}

impl Finding {
    /// The steps of its path.
    pub fn steps(&self) -> Vec<String> {
        path::steps(&self.path)
    }

    /// A finding without witness, place or exception.
    pub(super) fn new(
        rule: &str,
        direction: Direction,
        severity: Severity,
        kind: ChangeKind,
        address: String,
        path: &str,
    ) -> Self {
        Self {
            rule: rule.to_owned(),
            direction,
            severity,
            kind,
            address,
            path: path.to_owned(),
            before: None,
            after: None,
            meaning: String::new(),
            witness: None,
            gained: Vec::new(),
            lost: Vec::new(),
            location: None,
            source: None,
            environments: Vec::new(),
            covered: None,
            upgrade: false,
        }
    }

    /// The severity that it gates at: what is not known counts as high at least. `None`: it never
    /// gates.
    pub fn gate(&self) -> Option<Severity> {
        if self.covered.is_some() {
            return None;
        }
        match self.direction {
            Direction::Widening => Some(self.severity),
            Direction::Undetermined => Some(self.severity.max(Severity::High)),
            Direction::Narrowing | Direction::Neutral => None,
        }
    }

    /// Order of a report.
    fn order(&self) -> impl Ord + use<'_> {
        (
            self.covered.is_some(),
            self.direction,
            std::cmp::Reverse(self.severity),
            &self.address,
            &self.path,
            &self.rule,
            self.kind,
            &self.environments,
        )
    }

    /// Equal but for the environment.
    fn same(&self, other: &Self) -> bool {
        let key = |f: &Self| {
            (
                f.rule.clone(),
                f.direction,
                f.severity,
                f.kind,
                f.address.clone(),
                f.path.clone(),
            )
        };
        key(self) == key(other)
            && (self.path == other.path)
            && (self.witness.is_some()
                || (self.before == other.before && self.after == other.after))
    }
}

/// Puts findings of several environments together: equal ones become one, worst first. Of requests
/// and policy lines, which name accounts, those of the first environment are kept.
pub fn fold(found: Vec<Finding>) -> Vec<Finding> {
    let mut folded: Vec<Finding> = Vec::new();
    let mut index: std::collections::BTreeMap<(String, String), Vec<usize>> =
        std::collections::BTreeMap::new();
    for finding in found {
        let places = index
            .entry((finding.address.clone(), finding.path.clone()))
            .or_default();
        if let Some(at) = places.iter().find(|at| folded[**at].same(&finding)) {
            folded[*at].environments.extend(finding.environments);
        } else {
            places.push(folded.len());
            folded.push(finding);
        }
    }
    for finding in &mut folded {
        finding.environments.sort();
        finding.environments.dedup();
    }
    folded.sort_by(|a, b| a.order().cmp(&b.order()));
    folded
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Widening, not covered.
    pub widening: usize,
    /// Narrowing.
    pub narrowing: usize,
    /// Neutral.
    pub neutral: usize,
    /// Not known, not covered.
    pub undetermined: usize,
    /// Covered by an exception.
    pub ignored: usize,
    /// Could not be checked.
    pub not_checked: usize,
}

impl Summary {
    /// Counts.
    pub fn of(findings: &[Finding], not_checked: usize) -> Self {
        let mut summary = Self {
            not_checked,
            ..Self::default()
        };
        for finding in findings {
            let count = match finding.direction {
                _ if finding.covered.is_some() => &mut summary.ignored,
                Direction::Widening => &mut summary.widening,
                Direction::Narrowing => &mut summary.narrowing,
                Direction::Neutral => &mut summary.neutral,
                Direction::Undetermined => &mut summary.undetermined,
            };
            *count += 1;
        }
        summary
    }
}
