//! Which rule stands for a finding on a policy.

use super::{Rule, rule};
use crate::iam::findings::Topic;

/// The rule of a topic; none for an unused service, which only who knows the code can judge.
pub fn rule_of(topic: Topic) -> Option<&'static Rule> {
    rule(match topic {
        Topic::PrivilegeEscalation => "SLG-IAM-008",
        Topic::CredentialsExposure => "SLG-IAM-014",
        // Bulk reading is found where it is allowed on any resource.
        Topic::DataExfiltration => "SLG-IAM-002",
        Topic::ConfusedDeputy => "SLG-IAM-004",
        Topic::UnscopableAction => "SLG-IAM-015",
        Topic::UnknownAction => "SLG-IAM-016",
        Topic::Quota => "SLG-QTA-001",
        Topic::UnusedService => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_of_an_analysis_has_a_rule() {
        for topic in [
            Topic::PrivilegeEscalation,
            Topic::CredentialsExposure,
            Topic::DataExfiltration,
            Topic::ConfusedDeputy,
            Topic::UnscopableAction,
            Topic::UnknownAction,
            Topic::Quota,
        ] {
            assert!(rule_of(topic).is_some(), "{topic:?}");
        }
        assert!(rule_of(Topic::UnusedService).is_none());
    }
}
