//! A role holds permissions that together give it more.

use std::collections::BTreeSet;

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
        "pathfinding.cloud",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (holder, permissions) in input.holders() {
        // Wildcards are looked at one by one; exact actions, nearly all, are looked up.
        let mut allowed = Patterns::default();
        let mut refused = Patterns::default();
        for permission in permissions
            .iter()
            .filter(|p| p.kind == PolicyKind::Identity)
        {
            match permission.effect {
                Effect::Allow => allowed.add(&permission.action),
                Effect::Deny if permission.resource == "*" && permission.conditions.is_empty() => {
                    refused.add(&permission.action);
                }
                Effect::Deny => {}
            }
        }
        let has = |action: &String| {
            let action = action.to_ascii_lowercase();
            allowed.matches(&action) && !refused.matches(&action)
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

/// Actions in lower case.
#[derive(Default)]
struct Patterns {
    exact: BTreeSet<String>,
    globs: BTreeSet<String>,
}

impl Patterns {
    fn add(&mut self, action: &str) {
        let action = action.to_ascii_lowercase();
        if action.contains(['*', '?']) {
            self.globs.insert(action);
        } else {
            self.exact.insert(action);
        }
    }

    fn matches(&self, action: &str) -> bool {
        self.exact.contains(action) || self.globs.iter().any(|pattern| glob(pattern, action))
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
