//! An Allow reaches every resource of a service although the action can be restricted.

use crate::catalog::aws::iam;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-002",
    name: "resource-wildcard",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "An Allow reaches every resource of a service although the action can be restricted",
    why: "A function that may use every table, queue or key of the account turns one injection \
          into a breach of all of them. Actions without resource-level permissions are exempt, and \
          so are the network-interface actions of a function in a VPC, which Lambda checks on *, \
          when a Deny on lambda:SourceFunctionArn takes them from the function's own code. An \
          action that the embedded facts do not know counts as one that can be restricted.",
    fix: "Name the resource by its ARN.",
    references: &[
        "OWASP Serverless A5:2017 Broken Access Control",
        "AWS Security Hub KMS.1",
        "AWS Security Hub KMS.2",
        "AWS IAM User Guide, Actions, resources, and condition keys for AWS services",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for permission in input.permissions {
        if permission.effect != Effect::Allow
            || permission.kind != PolicyKind::Identity
            || !every_resource(&permission.resource)
        {
            continue;
        }
        let known = iam::supports_resource_level(&permission.action);
        if INTERFACES
            .iter()
            .any(|action| permission.action.eq_ignore_ascii_case(action))
            && kept_from_code(permission, input)
        {
            continue;
        }
        match known {
            Some(false) => {}
            Some(true) => report.permission(
                permission,
                format!(
                    "{} is allowed on {}, although it can be restricted to resources",
                    permission.action, permission.resource
                ),
            ),
            None => report.permission(
                permission,
                format!(
                    "{} is allowed on {}, and the facts of {} do not know whether it can be \
                     restricted to resources",
                    permission.action,
                    permission.resource,
                    iam::vintage()
                ),
            ),
        }
    }
}

/// What Lambda does to attach a function to a VPC: the interfaces have no name yet
/// (AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC").
const INTERFACES: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// Whether the same role refuses the action to the function's own code.
fn kept_from_code(permission: &Permission, input: &Context<'_>) -> bool {
    input.held_by(&permission.holder).iter().any(|other| {
        other.effect == Effect::Deny
            && other.kind == PolicyKind::Identity
            && other.action.eq_ignore_ascii_case(&permission.action)
            && other.resource == "*"
            && other.conditions.len() == 1
            && other.conditions.iter().all(|(operator, keys)| {
                matches!(operator.as_str(), "ArnEquals" | "ArnLike")
                    && keys.len() == 1
                    && keys
                        .keys()
                        .all(|key| key.eq_ignore_ascii_case("lambda:SourceFunctionArn"))
            })
    })
}

/// Segments of an ARN that name a type, not a resource: `table/*/index/*`.
const SUBTYPES: [&str; 7] = [
    "index",
    "stream",
    "backup",
    "export",
    "import",
    "log-stream",
    "replication-group",
];

/// Whether an ARN names no resource: `*`, `arn:…:*`, `arn:…:table/*`, `arn:aws:s3:::*/*`.
fn every_resource(arn: &str) -> bool {
    let wild = |s: &str| s.chars().all(|c| matches!(c, '*' | '?'));
    if wild(arn) {
        return true;
    }
    let Some(rest) = arn.strip_prefix("arn:") else {
        return false;
    };
    let fields: Vec<&str> = rest.splitn(5, ':').collect();
    let &[_, service, _, _, name] = fields.as_slice() else {
        // Fewer fields: a wildcard swallowed the others.
        return rest.contains('*');
    };
    let mut segments = name.split(['/', ':']);
    let first = segments.next().unwrap_or_default();
    if wild(first) {
        return true;
    }
    // These ARNs begin with a name, the others with a type.
    if matches!(service, "s3" | "sqs" | "sns" | "execute-api") {
        return false;
    }
    let mut rest = segments.peekable();
    rest.peek().is_some() && rest.all(|s| wild(s) || SUBTYPES.contains(&s))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires_on(META.id, &[identity("dynamodb:GetItem", "*")]);
        fires_on(
            META.id,
            &[identity(
                "dynamodb:GetItem",
                "arn:aws:dynamodb:eu-west-1:111111111111:table/*",
            )],
        );
        fires_on(
            META.id,
            &[identity(
                "dynamodb:Query",
                "arn:aws:dynamodb:eu-west-1:111111111111:table/*/index/*",
            )],
        );
        fires_on(META.id, &[identity("s3:GetObject", "arn:aws:s3:::*/*")]);
        fires_on(
            META.id,
            &[identity(
                "sqs:SendMessage",
                "arn:aws:sqs:eu-west-1:111111111111:*",
            )],
        );
        fires_on(
            META.id,
            &[identity(
                "kms:Decrypt",
                "arn:aws:kms:eu-west-1:111111111111:key/*",
            )],
        );
        fires_on(META.id, &[identity("s3:GetObject", "arn:*")]);
        fires_on(META.id, &[identity("nosuch:DoThing", "*")]);
        fires_on(META.id, &[identity("ec2:CreateNetworkInterface", "*")]);
    }

    #[test]
    fn interfaces_need_the_right_deny() {
        let allow = || {
            identity(
                "ec2:CreateNetworkInterface",
                "arn:aws:ec2:eu-west-1:111111111111:network-interface/*",
            )
        };
        let deny = |operator: &str, key: &str| {
            identity("ec2:CreateNetworkInterface", "*").denied().when(
                operator,
                key,
                "arn:aws:lambda:eu-west-1:111111111111:function:f",
            )
        };
        silent_on(
            META.id,
            &[allow(), deny("ArnEquals", "lambda:SourceFunctionArn")],
        );
        fires_on(
            META.id,
            &[allow(), deny("ArnNotEquals", "lambda:SourceFunctionArn")],
        );
        fires_on(META.id, &[allow(), deny("ArnEquals", "aws:SourceArn")]);
        let of_another = Permission {
            holder: "aws_iam_role.g".into(),
            ..deny("ArnEquals", "lambda:SourceFunctionArn")
        };
        fires_on(META.id, &[allow(), of_another]);
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent_on(
            META.id,
            &[identity(
                "dynamodb:Query",
                "arn:aws:dynamodb:eu-west-1:111111111111:table/orders/index/*",
            )],
        );
        silent_on(
            META.id,
            &[identity("s3:GetObject", "arn:aws:s3:::incoming/*")],
        );
        silent_on(META.id, &[identity("xray:PutTraceSegments", "*")]);
        silent_on(
            META.id,
            &[identity(
                "logs:PutLogEvents",
                "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/lambda/f:*",
            )],
        );
        silent_on(
            META.id,
            &[identity("kms:Decrypt", "<aws_kms_key.stack.arn>")],
        );
        silent_on(
            META.id,
            &[identity(
                "secretsmanager:GetSecretValue",
                "arn:aws:secretsmanager:eu-west-1:111111111111:secret:erp-??????",
            )],
        );
        silent_on(
            META.id,
            &[
                identity("ec2:CreateNetworkInterface", "*"),
                identity("ec2:CreateNetworkInterface", "*").denied().when(
                    "ArnEquals",
                    "lambda:SourceFunctionArn",
                    "arn:aws:lambda:eu-west-1:111111111111:function:f",
                ),
            ],
        );
        silent_on(META.id, &[identity("sqs:SendMessage", "*").denied()]);
    }
}
