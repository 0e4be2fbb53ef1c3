//! What moving a service to a version changes.

use super::candidate::Candidate;
use crate::cli::Failure;
use crate::cli::diff::versions;
use crate::cli::pipeline::Prepared;
use crate::diff::report::Report;
use crate::guardrail::ReadBack;
use crate::pin::PinnedBlueprint;

/// A service with a candidate.
pub(super) struct Moved {
    /// As it would be generated.
    pub(super) prepared: Prepared,
    /// The manifest's text.
    pub(super) text: String,
    /// What the lock would pin.
    pub(super) blueprints: Vec<PinnedBlueprint>,
    /// What changes in permissions and exposure.
    pub(super) report: Report,
}

/// A service as it is now, with what was read back of it, moved to a candidate.
///
/// # Errors
/// Why the candidate, or the manifest's text, refuses that.
pub(super) fn moved(
    now: &Prepared,
    read: Vec<ReadBack>,
    candidate: &Candidate,
) -> Result<Moved, Failure> {
    let text = candidate.text(&now.loaded)?;
    let (prepared, then_read, blueprints) = candidate.prepare(now, &text)?;
    prepared.judged()?;
    let mut report = versions((now, read), (&prepared, then_read))?;
    report
        .base
        .clone_from(&now.loaded.manifest.baseline.version);
    report.head.clone_from(&candidate.version);
    Ok(Moved {
        prepared,
        text,
        blueprints,
        report,
    })
}
