//! The register of known vulnerabilities: what scanners reported, since when, and by when it must be gone.
//!
//! Nothing here asks anyone: what is known comes from reports that were handed in. What a scanner skipped is
//! unknown, never clean.

mod cvss;
mod found;
mod osv;
mod pip_audit;
mod policy;
mod ranges;
mod register;
mod report;
mod sarif;
mod update;

use serde::{Deserialize, Serialize};

pub use found::{Found, Package, Report};
pub use policy::{DueDays, due};
pub use register::{Entry, FILE, Register, Scan, parse, render, schema};
pub use report::read;
pub use update::{Context, Locked, update};

/// How bad a vulnerability is, by the bands of CVSS.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Below 4.0.
    Low,
    /// From 4.0.
    Medium,
    /// From 7.0; also what no tool ranks.
    High,
    /// From 9.0.
    Critical,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// By a score from 0 to 10.
    fn of_score(score: f64) -> Self {
        if score >= 9.0 {
            Self::Critical
        } else if score >= 7.0 {
            Self::High
        } else if score >= 4.0 {
            Self::Medium
        } else {
            Self::Low
        }
    }

    /// By a word of a tool.
    fn of_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "critical" => Some(Self::Critical),
            "high" | "important" | "error" => Some(Self::High),
            "medium" | "moderate" | "warning" => Some(Self::Medium),
            "low" | "negligible" | "note" | "none" => Some(Self::Low),
            _ => None,
        }
    }
}
