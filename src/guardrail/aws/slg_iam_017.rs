//! A role may log in to a database as anybody or as its administrator.

use super::prelude::*;
use crate::catalog::aws::databases::is_administrator;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-017",
    name: "database-user-too-powerful",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "A role may log in to a database as anybody or as its administrator",
    why: "What the database grants to the function's user then bounds nothing: an injected statement, or \
          stolen credentials, read and change every table.",
    fix: "Name one resource id and one user that only this function has: access: [{ to: <rds_db>, allow: \
          [connect], tables: { … } }].",
    references: &[
        "OWASP Serverless A1:2017 Injection",
        "OWASP Serverless A5:2017 Broken Access Control",
        "Amazon RDS User Guide, Creating and using an IAM policy for IAM database access",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (_, permissions) in input.holders() {
        let connects = permissions.iter().filter(|permission| {
            let action = permission.action.to_ascii_lowercase();
            permission.effect == Effect::Allow
                && matches!(action.as_str(), "rds-db:connect" | "rds-db:*" | "*")
        });
        for permission in connects {
            // `arn:…:dbuser:<resource id>/<user>`
            let named = permission.resource.rsplit_once(":dbuser:");
            match named.and_then(|(_, named)| named.split_once('/')) {
                Some((id, user)) if !id.contains(['*', '?']) && !user.contains(['*', '?']) => {
                    if is_administrator(user) {
                        let message = format!("{user} is no user for a function");
                        report.permission(permission, message);
                    }
                }
                _ => report.permission(permission, "any user of a database, or of any database"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn connect(named: &str) -> Permission {
        let arn = format!("arn:aws:rds-db:eu-west-1:111111111111:dbuser:{named}");
        identity("rds-db:connect", &arn)
    }

    #[test]
    fn fires_on_users_that_are_no_functions() {
        for named in [
            "cluster-ABC/*",
            "cluster-ABC/orders_?",
            "*/orders_create",
            "*",
            "cluster-ABC/postgres",
            "cluster-ABC/Admin",
            "cluster-ABC/rds_superuser",
            "db-ABC/pg_monitor",
        ] {
            fires_on(META.id, &[connect(named)]);
        }
        let everywhere = identity("rds-db:connect", "*");
        fires_on(META.id, &[everywhere]);
    }

    #[test]
    fn near_misses_are_silent() {
        silent_on(META.id, &[connect("cluster-ABC/orders_create")]);
        silent_on(META.id, &[connect("cluster-ABC/administrators_report")]);
        silent_on(META.id, &[connect("cluster-ABC/*").denied()]);
        silent_on(META.id, &[identity("rds:DescribeDBClusters", "*")]);
    }
}
