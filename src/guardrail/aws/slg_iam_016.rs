//! A policy names an action that the facts do not know.

use crate::iam::findings::Topic;

use super::prelude::*;
use super::without_effect;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-016",
    name: "unknown-action",
    severity: Severity::Low,
    risk: Risk::LeastPrivilege,
    title: "A policy names an action that the facts do not know",
    why: "A misspelt action grants nothing, and denies nothing. AWS adds actions every week, so it may be \
          newer than the facts: a warning.",
    fix: "Correct its name, or update slgen where the action is new.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Service Authorization Reference",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    without_effect::check(Topic::UnknownAction, input, report);
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_and_near_misses() {
        let queue = "arn:aws:sqs:eu-west-1:111111111111:jobs";
        fires_on(META.id, &[identity("sqs:SendMessages", queue)]);
        fires_on(META.id, &[identity("sqs:SendMessages", queue).denied()]);
        silent_on(META.id, &[identity("sqs:SendMessage", queue)]);
        silent_on(META.id, &[identity("SQS:sendmessage", queue)]);
        silent_on(META.id, &[identity("sqs:Send*", queue)]);
    }
}
