//! Rules on the review that the manifest states: the only ones that ask for the day.
//!
//! Their findings are no part of a [`Verdict`](super::Verdict) of [`judge`](super::judge): no page
//! that is generated may change with the day, and no exception stands for a review.

mod slg_rev_001;
mod slg_rev_002;

use super::{Check, Date, Finding, Metadata, Rule};
use crate::diagnostic::Span;

/// Days before it is due in which a review is called due soon.
const SOON: i64 = 14;

/// Every rule, by id.
pub(super) const RULES: &[Rule] = &[
    Rule {
        meta: &slg_rev_001::META,
        check: Check::Review,
    },
    Rule {
        meta: &slg_rev_002::META,
        check: Check::Review,
    },
];

/// The review that a manifest states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewSpec {
    /// Day of the last one.
    pub last: Date,
    /// Days until the next.
    pub every_days: u32,
    /// Who reviews.
    pub by: String,
}

impl ReviewSpec {
    /// The last day on which the next one is in time, inclusive, UTC.
    pub fn due(&self) -> Date {
        self.last.after(self.every_days)
    }

    /// What there is to say on a UTC day. `span` is where the manifest states the last review.
    pub fn finding(&self, today: Date, span: Option<Span>) -> Option<Finding> {
        let Self { last, by, .. } = self;
        let due = self.due();
        let (meta, message): (&'static Metadata, String) = if today < *last {
            let message = format!("the last review is said to be of {last}, a day still to come");
            (&slg_rev_001::META, message)
        } else if today > due {
            let message = format!("the review was due by {due}: {by} held the last on {last}");
            (&slg_rev_001::META, message)
        } else if today.days_until(due) <= SOON {
            let message = format!("the next review by {by} is due by {due}");
            (&slg_rev_002::META, message)
        } else {
            return None;
        };
        Some(Finding {
            span,
            ..Finding::new(meta, "service".to_owned(), message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last day is included.
    #[test]
    fn a_review_is_judged_by_the_day() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let review = ReviewSpec {
            last: day("2026-11-02"),
            every_days: 30,
            by: "team-orders".to_owned(),
        };
        assert_eq!(review.due(), day("2026-12-02"));
        for (today, rule) in [
            ("2026-11-01", Some("SLG-REV-001")),
            ("2026-11-02", None),
            ("2026-11-17", None),
            ("2026-11-18", Some("SLG-REV-002")),
            ("2026-12-02", Some("SLG-REV-002")),
            ("2026-12-03", Some("SLG-REV-001")),
            ("9999-12-31", Some("SLG-REV-001")),
        ] {
            let found = review.finding(day(today), None);
            assert_eq!(found.as_ref().map(|f| &*f.rule), rule, "{today}");
            let gates = found.is_some_and(|f| f.severity.gates());
            assert_eq!(gates, rule == Some("SLG-REV-001"), "{today}");
        }
        let last = ReviewSpec {
            last: Date::LAST,
            ..review
        };
        assert_eq!(last.due(), Date::LAST);
    }
}
