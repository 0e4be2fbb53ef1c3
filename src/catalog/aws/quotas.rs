//! AWS's quotas that generated code can meet, each with its source and date.

use std::sync::OnceLock;

use serde::Deserialize;

/// A quota.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Our id, `role_inline_policy_characters`; ids that end in `_min` are lower bounds.
    pub id: String,
    /// The default (or fixed) value.
    pub value: u64,
    /// What is counted.
    pub unit: String,
    /// Whether AWS raises it on request; breaking one that is fixed is an error, coming near an adjustable one a warning.
    pub adjustable: bool,
    /// What it limits, for people.
    pub about: String,
    /// The AWS page that says so.
    pub source: String,
    /// The day it was entered or last compared, `YYYY-MM-DD`.
    pub as_of: String,
    /// Whether the value was compared with a copy of its page on that day; the others are entered from knowledge of it.
    pub checked: bool,
}

#[derive(Deserialize)]
struct Data {
    log_retention_days: Allowed,
    quotas: Vec<Quota>,
}

#[derive(Deserialize)]
struct Allowed {
    values: Vec<u32>,
}

/// What a missing quota reads as: nothing is allowed, so that a typing error in an id shows at once.
static UNKNOWN: Quota = Quota {
    id: String::new(),
    value: 0,
    unit: String::new(),
    adjustable: false,
    about: String::new(),
    source: String::new(),
    as_of: String::new(),
    checked: false,
};

/// The quota with this id. An id that is not in the data gives a quota of 0 with an empty id; see [`find`] for text that
/// a user wrote.
pub fn quota(id: &str) -> &'static Quota {
    find(id).unwrap_or(&UNKNOWN)
}

/// The quota with this id, or none.
pub fn find(id: &str) -> Option<&'static Quota> {
    quotas().iter().find(|quota| quota.id == id)
}

/// All quotas, in the order of the data file.
pub fn quotas() -> &'static [Quota] {
    &data().quotas
}

/// The retention periods that `CloudWatch` Logs accepts, in days, ascending.
pub fn log_retention_days() -> &'static [u32] {
    &data().log_retention_days.values
}

fn data() -> &'static Data {
    static PARSED: OnceLock<Data> = OnceLock::new();
    PARSED.get_or_init(|| {
        serde_json::from_str(include_str!("data/quotas.json")).unwrap_or_else(|_| Data {
            log_retention_days: Allowed { values: Vec::new() },
            quotas: Vec::new(),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_quota_has_its_own_id_and_a_source() {
        let ids: BTreeSet<_> = quotas().iter().map(|quota| &quota.id).collect();
        assert_eq!(ids.len(), quotas().len());
        assert!(ids.len() > 40);
        for quota in quotas() {
            assert!(
                quota.value > 0 && quota.source.starts_with("https://docs.aws.amazon.com/"),
                "{}",
                quota.id
            );
            assert!(
                quota.as_of.len() == 10 && !quota.about.is_empty() && !quota.unit.is_empty(),
                "{}",
                quota.id
            );
        }
    }

    #[test]
    fn lookups() {
        assert_eq!(quota("role_inline_policy_characters").value, 10_240);
        assert!(!quota("role_inline_policy_characters").adjustable);
        assert!(quota("role_trust_policy_characters").adjustable);
        assert_eq!((quota("typo").value, find("typo").is_none()), (0, true));
        assert!(log_retention_days().is_sorted() && log_retention_days().contains(&365));
        assert!(!log_retention_days().contains(&366));
    }

    #[test]
    fn a_minimum_lies_below_its_maximum() {
        for least in quotas() {
            if let Some(greatest) = least.id.strip_suffix("_min").and_then(find) {
                assert!(least.value < greatest.value, "{}", least.id);
            }
        }
    }
}
