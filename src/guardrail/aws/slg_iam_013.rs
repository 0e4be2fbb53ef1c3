//! A role may pass a role to any service.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-013",
    name: "pass-role-to-any-service",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "A role may pass a role to any service",
    why: "iam:PassRole without iam:PassedToService hands the passed role to every service that \
          takes one, also to those that run code.",
    fix: "Add StringEquals iam:PassedToService with the one service.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS IAM User Guide, Grant a user permissions to pass a role to an AWS service",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for permission in input.permissions {
        let passed_to = permission.conditions.iter().any(|(operator, keys)| {
            matches!(operator.as_str(), "StringEquals" | "StringLike")
                && keys.iter().any(|(key, values)| {
                    key.eq_ignore_ascii_case("iam:PassedToService")
                        && !values.is_empty()
                        && values.iter().all(|v| !v.contains(['*', '?', '<']))
                })
        });
        if permission.effect == Effect::Allow
            && permission.action.eq_ignore_ascii_case("iam:PassRole")
            && !passed_to
        {
            report.permission(permission, "no condition names the service it is passed to");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn the_service_has_to_be_named() {
        let pass = || identity("iam:PassRole", "arn:aws:iam::111111111111:role/x");
        let to =
            |operator: &str, service: &str| pass().when(operator, "iam:PassedToService", service);
        fires_on(META.id, &[pass()]);
        fires_on(
            META.id,
            &[to("StringEqualsIfExists", "lambda.amazonaws.com")],
        );
        fires_on(META.id, &[to("StringLike", "*")]);
        silent_on(META.id, &[to("StringEquals", "scheduler.amazonaws.com")]);
        silent_on(META.id, &[pass().denied(), identity("iam:GetRole", "*")]);
    }
}
