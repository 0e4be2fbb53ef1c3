//! Policies of an organisation, as commands meet them.

use super::{Failure, Status};
use crate::policy::{self, rego};

/// Policies that cannot be asked: nothing passes.
pub(super) fn refused(refused: policy::Refused) -> Failure {
    Failure {
        status: Status::Error,
        diagnostics: refused.faults,
        sources: refused.sources,
    }
}

/// The process in which Rego runs.
pub(super) fn serve() -> Result<Status, Failure> {
    rego::serve().map_err(|error| Failure::from(error.to_string()))?;
    Ok(Status::Done)
}
