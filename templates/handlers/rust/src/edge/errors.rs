//! What goes wrong, in words of ours: a fault holds nothing of the event.

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it is not as declared: {0}")]
    Refused(&'static str),
    #[error("there is more of it than is read")]
    TooLarge,
    #[error("there is no caller")]
    Unauthenticated,
    /// There is no such thing, or it is another's: who asks is not told which.
    #[error("there is no such thing")]
    NotFound,
    #[error("there is too little time")]
    TooLittleTime,
    /// The work is yours to write.
    #[error("the work is not written yet")]
    Unwritten,
    #[error("the variable {0} is not set")]
    Setting(&'static str),
    #[error("{operation}: {code}")]
    Aws {
        operation: &'static str,
        code: String,
    },
    #[error("the work panicked")]
    Panicked,
    #[error("{0}")]
    Failed(&'static str),
}
