//! A role may open resources to others or make credentials.

use std::collections::BTreeSet;

use crate::catalog::aws::risk;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-014",
    name: "role-changes-access",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "A role may open resources to others or make credentials",
    why: "A function with such an action lets others in, and they stay after the function is \
          mended. The list is that of cloudsplaining with additions; iam:PassRole is judged by \
          SLG-IAM-013, rds-db:connect by SLG-IAM-017, and assuming a role that is named by its ARN is allowed.",
    fix: "Leave such changes to the pipeline.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS IAM User Guide, Permissions management access level",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    let listed: BTreeSet<String> = risk::resource_exposure()
        .iter()
        .chain(risk::credentials_exposure())
        .filter(|action| !matches!(action.as_str(), "iam:PassRole" | "rds-db:connect"))
        .map(|action| action.to_ascii_lowercase())
        .collect();
    for permission in input.permissions {
        let action = permission.action.to_ascii_lowercase();
        let one_role = action == "sts:assumerole" && !permission.resource.contains(['*', '?']);
        if permission.effect == Effect::Allow
            && permission.kind == PolicyKind::Identity
            && listed.contains(&action)
            && !one_role
        {
            let message = format!("{} opens access to others", permission.action);
            report.permission(permission, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn actions_that_open_access_are_found() {
        fires_on(META.id, &[identity("lambda:AddPermission", "*")]);
        fires_on(META.id, &[identity("s3:PutBucketPolicy", "arn:aws:s3:::x")]);
        fires_on(
            META.id,
            &[identity(
                "sts:AssumeRole",
                "arn:aws:iam::111111111111:role/*",
            )],
        );
        silent_on(
            META.id,
            &[identity(
                "sts:AssumeRole",
                "arn:aws:iam::111111111111:role/x",
            )],
        );
        silent_on(
            META.id,
            &[identity("s3:PutBucketPolicy", "arn:aws:s3:::x").denied()],
        );
        silent_on(META.id, &[identity("s3:GetObject", "arn:aws:s3:::x/*")]);
    }
}
