//! What has become of each exception.

use serde::Serialize;

use super::{Date, ExceptionKind, ExceptionSpec, Verdict};

/// Where an exception stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionState {
    /// It covers something, and not for a short time only.
    Active,
    /// It covers something, and its last day is near.
    Expiring,
    /// Its last day is over.
    Expired,
    /// The rule finds nothing that it would cover.
    Stale,
    /// No rule has its id.
    UnknownRule,
    /// Nothing generated belongs to its scope.
    EmptyScope,
}

impl From<ExceptionKind> for ExceptionState {
    fn from(kind: ExceptionKind) -> Self {
        match kind {
            ExceptionKind::Expired => Self::Expired,
            ExceptionKind::UnknownRule => Self::UnknownRule,
            ExceptionKind::EmptyScope => Self::EmptyScope,
            ExceptionKind::Stale => Self::Stale,
        }
    }
}

/// One exception and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExceptionStatus {
    /// Index of the exception.
    pub exception: usize,
    /// Where it stands.
    pub state: ExceptionState,
    /// Days after today on which it still holds: 0 on its last day, negative once it is over.
    pub days_left: i64,
    /// Findings that it covers.
    pub covers: usize,
    /// What is wrong with it, in one sentence.
    pub message: Option<String>,
}

/// Where each exception stands, in the manifest's order. `verdict` is that of [`super::judge`] on
/// the same exceptions and day; those whose last day is at most `within` days away are expiring.
pub fn exceptions_status(
    verdict: &Verdict,
    exceptions: &[ExceptionSpec],
    today: Date,
    within: u32,
) -> Vec<ExceptionStatus> {
    let mut statuses: Vec<ExceptionStatus> = exceptions
        .iter()
        .enumerate()
        .map(|(index, exception)| {
            let days_left = today.days_until(exception.expires);
            let near = days_left <= i64::from(within);
            ExceptionStatus {
                exception: index,
                state: if near {
                    ExceptionState::Expiring
                } else {
                    ExceptionState::Active
                },
                days_left,
                covers: 0,
                message: None,
            }
        })
        .collect();
    for (_, index) in &verdict.excepted {
        if let Some(status) = statuses.get_mut(*index) {
            status.covers += 1;
        }
    }
    for finding in &verdict.exception_findings {
        if let Some(status) = statuses.get_mut(finding.exception) {
            status.state = finding.kind.into();
            status.message = Some(finding.message.clone());
        }
    }
    statuses
}
