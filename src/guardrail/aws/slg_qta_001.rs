//! A policy is longer than AWS takes.

use crate::catalog::aws::quotas;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-QTA-001",
    name: "policy-too-long",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A policy is longer than AWS takes",
    why: "The apply then fails half way, with some of the resources changed. Inline policies of a \
          role count together; whitespace does not count; a part that is known only after apply \
          counts as 80 characters, the length of a long ARN.",
    fix: "Split the function, or grant by prefix.",
    references: &[
        "AWS IAM User Guide, IAM and AWS STS quotas",
        "Amazon S3 User Guide, Bucket policies",
        "AWS KMS Developer Guide, Resource quotas",
    ],
};

/// Resource type, attribute and quota.
const LIMITS: [(&str, &str, &str); 5] = [
    (
        "aws_iam_role",
        "assume_role_policy",
        "role_trust_policy_characters",
    ),
    ("aws_iam_policy", "policy", "managed_policy_characters"),
    ("aws_s3_bucket_policy", "policy", "bucket_policy_bytes"),
    ("aws_kms_key", "policy", "key_policy_bytes"),
    ("aws_kms_key_policy", "policy", "key_policy_bytes"),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, attribute, id) in LIMITS {
        let limit = quotas::quota(id).value;
        for resource in input.of_type(kind) {
            let size = resource.get(attribute).map_or(0, size);
            if size > limit {
                let message = format!("{attribute} has {size} characters, {limit} are allowed");
                report.attribute(resource, attribute, message);
            }
        }
    }
    let limit = quotas::quota("role_inline_policy_characters").value;
    for role in input.of_type("aws_iam_role") {
        let policies = input.pointing("aws_iam_role_policy", "role", role);
        let size: u64 = policies
            .iter()
            .filter_map(|p| p.get("policy"))
            .map(size)
            .sum();
        if size > limit {
            let message =
                format!("its inline policies have {size} characters, {limit} are allowed");
            report.resource(role, message);
        }
    }
}

/// Characters of a policy document without whitespace.
fn size(document: &Value) -> u64 {
    let known = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count() as u64;
    match &document.kind {
        Kind::String(text) => known(text),
        Kind::Template(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => known(text),
                Part::Symbol(_) => UNKNOWN,
            })
            .sum(),
        _ => UNKNOWN,
    }
}

const UNKNOWN: u64 = 80;

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn role(trust: usize, inline: [usize; 2]) -> String {
        let text = |length: usize| "x".repeat(length) + &" ".repeat(1000);
        format!(
            r#"
resource "aws_iam_role" "r" {{
  name               = "r"
  assume_role_policy = "{}"
}}
resource "aws_iam_role_policy" "a" {{
  role   = aws_iam_role.r.name
  policy = "{}"
}}
resource "aws_iam_role_policy" "b" {{
  role   = aws_iam_role.r.name
  policy = "{}${{aws_iam_role.r.arn}}"
}}
"#,
            text(trust),
            text(inline[0]),
            text(inline[1]),
        )
    }

    #[test]
    fn whitespace_does_not_count_and_inline_policies_count_together() {
        silent(META.id, &role(2048, [5000, 5160]));
        fires(META.id, &role(2049, [5000, 5160]));
        fires(META.id, &role(2048, [5000, 5161]));
    }
}
