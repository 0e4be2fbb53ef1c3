//! How long a command asks others, in all.

use std::time::{Duration, Instant};

/// A time that is running out.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// When it is over.
    pub end: Instant,
    /// How much there was.
    pub total: Duration,
}

impl Budget {
    /// Starts now.
    pub fn new(total: Duration) -> Self {
        Self {
            end: Instant::now() + total,
            total,
        }
    }

    /// How much there still is.
    pub fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}
