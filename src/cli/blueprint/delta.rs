//! What moving a service to a version changes.

use super::candidate::Candidate;
use crate::cli::diff::versions;
use crate::cli::pipeline::{self, Prepared};
use crate::cli::{Cli, Failure};
use crate::diff::report::Report;
use crate::pin::PinnedBlueprint;
use camino::Utf8Path;

/// A service now, and with a candidate.
pub(super) struct Delta {
    /// As it is generated now.
    pub(super) now: Prepared,
    /// With the candidate; why it is refused otherwise.
    pub(super) then: Result<Then, Failure>,
}

/// A service with a candidate.
pub(super) struct Then {
    /// As it would be generated.
    pub(super) prepared: Prepared,
    /// The manifest's text.
    pub(super) text: String,
    /// What the lock would pin.
    pub(super) blueprints: Vec<PinnedBlueprint>,
    /// What changes in permissions and exposure.
    pub(super) report: Report,
}

/// Compares. `wanted` says by the service as it is now whether it is to be looked at.
///
/// # Errors
/// What is wrong with the service as it is now.
pub(super) fn delta(
    directory: &Utf8Path,
    manifest: &Utf8Path,
    candidate: &Candidate,
    wanted: impl FnOnce(&Prepared) -> bool,
) -> Result<Result<Delta, Prepared>, Failure> {
    let (now, read) = pipeline::prepare_with_environments(None, directory, manifest)?;
    if !wanted(&now) {
        return Ok(Err(now));
    }
    let then = candidate.text(&now.loaded).and_then(|text| {
        let (prepared, then_read, blueprints) = candidate.prepare(&now, &text)?;
        prepared.judged()?;
        let mut report = versions((&now, read), (&prepared, then_read))?;
        report.base.clone_from(&now.loaded.manifest.baseline.version);
        report.head.clone_from(&candidate.version);
        Ok(Then {
            prepared,
            text,
            blueprints,
            report,
        })
    });
    Ok(Ok(Delta { now, then }))
}

/// The folder and name of the one manifest that the command is about.
pub(super) fn here(cli: &Cli) -> (&Utf8Path, &Utf8Path) {
    (&cli.directory, &cli.manifest)
}
