//! What a rule's data file says about it.

use serde::Deserialize;

use super::{Metadata, Risk, Severity};

/// The part of a rule's file that is the same for all.
#[derive(Deserialize)]
pub(super) struct About {
    id: String,
    name: String,
    severity: Severity,
    risk: Risk,
    title: String,
    why: String,
    fix: String,
    references: Vec<String>,
}

impl From<About> for Metadata {
    /// Rules are there as long as the program runs.
    fn from(about: About) -> Self {
        let kept = |text: String| -> &'static str { text.leak() };
        let references: Vec<&'static str> = about.references.into_iter().map(kept).collect();
        Self {
            id: kept(about.id),
            name: kept(about.name),
            severity: about.severity,
            risk: about.risk,
            title: kept(about.title),
            why: kept(about.why),
            fix: kept(about.fix),
            references: references.leak(),
        }
    }
}
