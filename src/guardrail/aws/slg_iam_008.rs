//! A role holds permissions that together give it more.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::aws::risk;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-008",
    name: "privilege-escalation",
    severity: Severity::Critical,
    risk: Risk::LeastPrivilege,
    title: "A role holds permissions that together give it more",
    why: "With these actions a compromised function makes itself administrator or another role. \
          Resources and conditions are not weighed: a combination counts wherever its actions are \
          allowed, unless a Deny without condition on every resource takes one of them away. \
          Combinations that contain a smaller one held by the same role are left out. The \
          finding's action is the combination joined by +.",
    fix: "Take one of the actions out, or move the task to a pipeline with a role of its own.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Security Hub IAM.1",
        "pathfinding.cloud",
    ],
};

pub(super) fn check(input: &Input<'_>, report: &mut Report<'_>) {
    let mut held: BTreeMap<&str, Vec<&Permission>> = BTreeMap::new();
    for permission in input.permissions {
        if permission.kind == PolicyKind::Identity {
            held.entry(&permission.holder).or_default().push(permission);
        }
    }
    for (holder, permissions) in held {
        let has = |action: &String| {
            let any = |effect: Effect, whole: bool| {
                permissions.iter().any(|p| {
                    p.effect == effect
                        && glob(&p.action.to_ascii_lowercase(), &action.to_ascii_lowercase())
                        && (!whole || p.resource == "*" && p.conditions.is_empty())
                })
            };
            any(Effect::Allow, false) && !any(Effect::Deny, true)
        };
        let paths: Vec<_> = risk::privilege_escalation()
            .iter()
            .filter(|path| path.all_of.iter().all(has))
            .collect();
        for path in &paths {
            let smaller = paths.iter().any(|other| {
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

/// IAM's globs: `*` any text, `?` one character.
fn glob(pattern: &str, text: &str) -> bool {
    let mut reached = BTreeSet::from([0]);
    for c in pattern.bytes() {
        reached = match c {
            b'*' => (reached.first().copied().unwrap_or(text.len() + 1)..=text.len()).collect(),
            _ => reached
                .into_iter()
                .filter(|&at| {
                    text.as_bytes()
                        .get(at)
                        .is_some_and(|&b| c == b'?' || c == b)
                })
                .map(|at| at + 1)
                .collect(),
        };
    }
    reached.contains(&text.len())
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

    #[test]
    fn fires_and_near_misses() {
        for (pattern, text, matches) in [
            ("s3:get*", "s3:getobject", true),
            ("*", "", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b", "abc", false),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }
}
