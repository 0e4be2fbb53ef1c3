//! An Allow names resources for an action that has none.

use crate::iam::findings::Topic;

use super::prelude::*;
use super::without_effect;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-015",
    name: "grants-nothing",
    severity: Severity::Medium,
    risk: Risk::LeastPrivilege,
    title: "An Allow names resources for an action that has none",
    why: "Such an action is only ever checked on *, so the line grants nothing: the code fails when it is \
          needed, and the review was of a permission that is not there.",
    fix: "Grant it on *, with conditions where the action has some, or leave it out.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Service Authorization Reference, Actions with no resource-level permissions",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    without_effect::check(Topic::UnscopableAction, input, report);
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_and_near_misses() {
        let on = |resource: &str| identity("sqs:ListQueues", resource);
        fires_on(META.id, &[on("arn:aws:sqs:eu-west-1:111111111111:jobs")]);
        silent_on(META.id, &[on("*")]);
        silent_on(
            META.id,
            &[on("arn:aws:sqs:eu-west-1:111111111111:jobs").denied()],
        );
        silent_on(
            META.id,
            &[identity(
                "sqs:SendMessage",
                "arn:aws:sqs:eu-west-1:111111111111:jobs",
            )],
        );
    }
}
