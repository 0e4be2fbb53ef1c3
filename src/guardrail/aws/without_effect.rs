//! Lines that have no effect, for the rules on them: the analysis of any policy and the guardrails share one judge.

use super::prelude::*;
use crate::iam::findings::Topic;

/// Reports every permission that a finding on this topic is about.
pub(super) fn check(topic: Topic, input: &Context<'_>, report: &mut Report<'_>) {
    for (permission, finding) in input.without_effect() {
        // Only an identity policy has to be granted on * for such an action.
        let asked = topic != Topic::UnscopableAction || permission.kind == PolicyKind::Identity;
        if asked && finding.topic == topic {
            report.permission(permission, finding.message.clone());
        }
    }
}
