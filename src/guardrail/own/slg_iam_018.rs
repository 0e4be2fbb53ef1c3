//! Terraform of the user gives a generated role other than the manifest says.

use std::collections::BTreeSet;

use super::Input;
use crate::graph::{Resource, Value};
use crate::guardrail::{Context, Finding, Metadata, Risk, Severity};
use crate::iam::{Effect, Permission};

pub(super) const META: Metadata = Metadata {
    id: "SLG-IAM-018",
    name: "role-beyond-the-manifest",
    severity: Severity::High,
    risk: Risk::LeastPrivilege,
    title: "Terraform of your own gives a generated role more than the manifest says",
    why: "PERMISSIONS.md says line by line what a function may do and why, and is what reviewers read. A policy that is \
          attached beside it, a Deny or a permissions boundary that is taken away, makes it untrue. A Deny of your own, and \
          what repeats a line, are not found.",
    fix: "Say it in the manifest, under the function's access, and take it out of your own Terraform.",
    references: &[
        "AWS IAM User Guide, Security best practices: Apply least-privilege permissions",
        "AWS Well-Architected Security Pillar, SEC03-BP02 Grant least privilege access",
    ],
};

/// Attributes by which resources of IAM name roles.
const ROLES: [&str; 3] = ["role", "roles", "role_name"];

pub(super) fn check(input: &Input<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (before, after) = (input.generated.permissions, input.whole.permissions);
    let allows = after
        .difference(before)
        .filter(|p| p.effect == Effect::Allow);
    let denies = before
        .difference(after)
        .filter(|p| p.effect == Effect::Deny);
    for (permission, what) in allows
        .map(|p| (p, "is allowed, which the manifest does not ask for"))
        .chain(denies.map(|p| (p, "is no longer denied")))
    {
        if input.role(&permission.holder).is_some() {
            findings.push(of_permission(input, permission, what));
        }
    }
    for role in input.generated.graph.of_type("aws_iam_role") {
        let boundary = |of: &Resource| of.get("permissions_boundary").map(Value::source);
        let was = boundary(role);
        let Some(now) = input.whole.graph.resources.get(&role.address) else {
            continue;
        };
        if was.is_some() && was != boundary(now) {
            let address = role.address.to_string();
            let message = format!(
                "{address} has another permissions boundary than the manifest says, or none"
            );
            findings.push(Finding {
                attribute: Some("permissions_boundary".to_owned()),
                ..input.finding(&META, &address, message)
            });
        }
    }
    findings.extend(attached(input));
    findings
}

fn of_permission(input: &Input<'_>, permission: &Permission, what: &str) -> Finding {
    let Permission {
        holder,
        action,
        resource,
        principal,
        ..
    } = permission;
    let by = principal
        .as_ref()
        .map_or_else(String::new, |principal| format!(" by {principal}"));
    let message = format!("{holder}: {action} on {resource}{by} {what}");
    Finding {
        action: Some(action.clone()),
        resource: Some(resource.clone()),
        ..input.finding(&META, holder, message)
    }
}

/// What is attached to generated roles, or taken from them, by what cannot be read.
fn attached(input: &Input<'_>) -> Vec<Finding> {
    let whole = crate::guardrail::Input {
        graph: input.whole.graph,
        permissions: input.whole.permissions,
        environment: input.environment,
        permissions_boundary: None,
    };
    let context = Context::new(&whole);
    let unread: BTreeSet<&str> = input.unread().map(|one| one.address.as_str()).collect();
    let mut findings = Vec::new();
    for own in input.added().filter(|r| !r.address.data) {
        let address = own.address.to_string();
        let known = match own.address.kind.as_str() {
            // Lets machines use the role, which its trust policy does not.
            "aws_iam_instance_profile" => true,
            "aws_iam_role_policy" => !unread.contains(address.as_str()),
            kind => !kind.starts_with("aws_iam_"),
        };
        if known {
            continue;
        }
        let named = ROLES.iter().filter_map(|attribute| own.get(attribute));
        let values = named.flat_map(Value::each);
        let roles: BTreeSet<String> = values
            .filter_map(|value| context.target("aws_iam_role", Some(value)))
            .map(|role| role.address.to_string())
            .filter(|role| input.role(role).is_some())
            .collect();
        for role in roles {
            let message = if address.contains("exclusive") {
                format!("{address} decides which policies {role} has: those that are generated go")
            } else {
                format!("{address} attaches a policy to {role} that is not in the manifest")
            };
            findings.push(Finding {
                resource: Some(address.clone()),
                ..input.finding(&META, &role, message)
            });
        }
    }
    // Attributes of the role itself that give it policies.
    for one in input.unread() {
        if input.role(&one.address).is_some() {
            let message = format!("{}: {}", one.address, one.message);
            findings.push(Finding {
                attribute: Some(one.attribute.clone()),
                ..input.finding(&META, &one.address, message)
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use crate::guardrail::own::testing::found;

    fn is(file: &str, text: &str, about: &[&str]) {
        let found = found(file, text);
        let expected: Vec<_> = about
            .iter()
            .map(|about| {
                let text = |text: &str| text.to_owned();
                (text("SLG-IAM-018"), text("aws_iam_role.f"), text(about))
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    fn policy(role: &str, statement: &str) -> String {
        format!(
            "resource \"aws_iam_role_policy\" \"own\" {{\n  role = {role}\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{statement}] }})\n}}\n"
        )
    }

    #[test]
    fn what_a_role_gets_beside_the_manifest_is_found() {
        let all = r#"{ Effect = "Allow", Action = "dynamodb:*", Resource = "*" }"#;
        is("own.tf", &policy("aws_iam_role.f.id", all), &["dynamodb:*"]);
        is("own.tf", &policy("\"svc-f\"", all), &["dynamodb:*"]);
        let managed = "arn:aws:iam::aws:policy/AdministratorAccess";
        for (kind, name, about) in [
            ("aws_iam_role_policy_attachment", "role", "own"),
            ("aws_iam_role_policies_exclusive", "role_name", "own"),
        ] {
            let text = format!(
                "resource \"{kind}\" \"own\" {{\n  {name} = aws_iam_role.f.name\n  policy_arn = \"{managed}\"\n}}\n"
            );
            is("own.tf", &text, &[&format!("{kind}.{about}")]);
        }
        let text = format!(
            "resource \"aws_iam_policy_attachment\" \"own\" {{\n  name = \"x\"\n  roles = [aws_iam_role.f.name]\n  policy_arn = \"{managed}\"\n}}\n"
        );
        is("own.tf", &text, &["aws_iam_policy_attachment.own"]);
        let unread = "resource \"aws_iam_role_policy\" \"own\" {\n  role = aws_iam_role.f.name\n  policy = data.http.x.body\n}\ndata \"http\" \"x\" {}\n";
        is("own.tf", unread, &["aws_iam_role_policy.own"]);
    }

    #[test]
    fn what_is_taken_from_a_role_is_found() {
        let boundary = "resource \"aws_iam_role\" \"f\" {\n  permissions_boundary = null\n}\n";
        is("x_override.tf", boundary, &["permissions_boundary"]);
        let without = "resource \"aws_iam_role_policy\" \"f\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = \
                       [{ Effect = \"Allow\", Action = \"sqs:SendMessage\", Resource = \"arn:aws:sqs:eu-west-1:111111111111:jobs\" }] })\n}\n";
        is("x_override.tf", without, &["s3:*"]);
        let managed = "resource \"aws_iam_role\" \"f\" {\n  managed_policy_arns = [\"arn:aws:iam::aws:policy/X\"]\n}\n";
        is("x_override.tf", managed, &["managed_policy_arns"]);
    }

    #[test]
    fn what_adds_nothing_is_not_found() {
        let same = r#"{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "arn:aws:sqs:eu-west-1:111111111111:jobs" }"#;
        is("own.tf", &policy("aws_iam_role.f.id", same), &[]);
        let deny = r#"{ Effect = "Deny", Action = "dynamodb:*", Resource = "*" }"#;
        is("own.tf", &policy("aws_iam_role.f.id", deny), &[]);
        // A role of the user's own is judged by the other rules.
        let own = "resource \"aws_iam_role\" \"own\" {\n  name = \"own\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = \
                   [{ Effect = \"Allow\", Principal = { Service = \"lambda.amazonaws.com\" }, Action = \"sts:AssumeRole\" }] })\n}\n";
        let all = r#"{ Effect = "Allow", Action = "dynamodb:*", Resource = "*" }"#;
        is(
            "own.tf",
            &(own.to_owned() + &policy("aws_iam_role.own.id", all)),
            &[],
        );
    }
}
