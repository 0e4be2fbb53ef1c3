//! Lines that have no effect, for the rules on them: the analysis of any policy and the guardrails share one judge.

use super::prelude::*;
use crate::iam::Document;
use crate::iam::findings::{self, Topic};

/// Reports every permission that a finding on this topic is about.
pub(super) fn check(topic: Topic, input: &Context<'_>, report: &mut Report<'_>) {
    for (_, permissions) in input.holders() {
        for permission in permissions {
            // Only an identity policy has to be granted on * for such an action.
            if topic == Topic::UnscopableAction && permission.kind != PolicyKind::Identity {
                continue;
            }
            let document = Document::from_permissions([*permission]);
            for finding in findings::without_effect(&document) {
                if finding.topic == topic {
                    report.permission(permission, finding.message);
                }
            }
        }
    }
}
