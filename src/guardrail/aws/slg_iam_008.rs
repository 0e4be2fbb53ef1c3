//! A role holds permissions that together give it more.

use crate::iam::escalation::{Escalation, escalations};
use crate::iam::{Document, Grants};

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-008",
    name: "privilege-escalation",
    severity: Severity::Critical,
    risk: Risk::LeastPrivilege,
    title: "A role holds permissions that together give it more",
    why: "With these actions a compromised function makes itself administrator or another role. \
          A combination counts wherever each of its actions is allowed on something under some \
          circumstances, which the new-access decision answers. \
          Combinations that contain a smaller one held by the same role are left out. The \
          finding's action is the combination joined by +.",
    fix: "Take one of the actions out, or move the task to a pipeline with a role of its own.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "pathfinding.cloud",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (holder, permissions) in input.holders() {
        let identity = permissions
            .iter()
            .copied()
            .filter(|p| p.kind == PolicyKind::Identity);
        let paths = escalations(&Grants::of([Document::from_permissions(identity)]));
        for Escalation { path, .. } in &paths {
            let smaller = paths.iter().any(|Escalation { path: other, .. }| {
                other.all_of.len() < path.all_of.len()
                    && other
                        .all_of
                        .iter()
                        .all(|action| path.all_of.contains(action))
            });
            if !smaller {
                let actions: Vec<&str> = path.all_of.iter().map(String::as_str).collect();
                report.combination(
                    holder,
                    &actions,
                    format!("{} together: {}", actions.join(", "), path.id),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires_on(
            META.id,
            &[
                identity("iam:PassRole", "*"),
                identity("lambda:CreateFunction", "*"),
                identity("lambda:InvokeFunction", "*"),
            ],
        );
        fires_on(
            META.id,
            &[identity(
                "lambda:UpdateFunctionCode",
                "arn:aws:lambda:eu-west-1:111111111111:function:f",
            )],
        );
        fires_on(META.id, &[identity("iam:*", "*")]);
        fires_on(
            META.id,
            &[
                identity("lambda:UpdateFunctionCode", "*"),
                identity("lambda:UpdateFunctionCode", "*").denied().when(
                    "StringEquals",
                    "aws:SourceAccount",
                    "1",
                ),
            ],
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent_on(
            META.id,
            &[
                identity("iam:PassRole", "*"),
                identity("lambda:InvokeFunction", "*"),
            ],
        );
        silent_on(
            META.id,
            &[identity(
                "lambda:InvokeFunction",
                "arn:aws:lambda:eu-west-1:111111111111:function:f",
            )],
        );
        silent_on(
            META.id,
            &[
                identity("lambda:UpdateFunctionCode", "*"),
                identity("lambda:UpdateFunctionCode", "*").denied(),
            ],
        );
    }
}
