//! By when a vulnerability must be gone.

use super::Severity;
use crate::date::Date;

/// Days from the first report, by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDays {
    /// Critical.
    pub critical: u32,
    /// High.
    pub high: u32,
    /// Medium.
    pub medium: u32,
    /// Low.
    pub low: u32,
}

impl Default for DueDays {
    fn default() -> Self {
        Self {
            critical: 7,
            high: 30,
            medium: 90,
            low: 180,
        }
    }
}

/// The last day on which a vulnerability is not overdue.
pub fn due(first_seen: Date, severity: Severity, days: DueDays) -> Date {
    let days = match severity {
        Severity::Critical => days.critical,
        Severity::High => days.high,
        Severity::Medium => days.medium,
        Severity::Low => days.low,
    };
    let mut day = first_seen;
    for _ in 0..days {
        day = day.next().unwrap_or(Date::LAST);
    }
    day
}
