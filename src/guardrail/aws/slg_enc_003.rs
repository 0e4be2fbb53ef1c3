//! A queue, topic or bucket accepts requests without TLS.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-003",
    name: "no-tls-only-policy",
    severity: Severity::Medium,
    risk: Risk::Encryption,
    title: "A queue, topic or bucket accepts requests without TLS",
    why: "The SDKs use TLS, but the endpoints also answer plain HTTP: a misconfigured client sends \
          its data in the clear. The Deny has to hold for everyone with aws:SecureTransport as its \
          only condition; for a bucket on the bucket and on its objects. A topic policy cannot \
          deny sns:*, so sns:Publish is enough there.",
    fix: "Add a Deny with Bool aws:SecureTransport = false to the resource's policy.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "AWS Security Hub S3.5",
        "CIS AWS Foundations 3.0.0 2.1.1",
        "Amazon SQS Developer Guide, Amazon SQS security best practices",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for (kind, actions) in [
        (
            "aws_sqs_queue",
            &["sqs:SendMessage", "sqs:ReceiveMessage"] as &[&str],
        ),
        ("aws_sns_topic", &["sns:Publish"]),
        ("aws_s3_bucket", &["s3:*"]),
    ] {
        for resource in input.of_type(kind) {
            let address = resource.address.to_string();
            let refused = |action: &str, objects: bool| {
                input.held_by(&address).iter().any(|permission| {
                    denies_plain(permission)
                        && covers(&permission.action, action)
                        && (kind != "aws_s3_bucket"
                            || permission.resource == "*"
                            || permission.resource.ends_with("/*") == objects)
                })
            };
            let all = actions.iter().all(|action| {
                refused(action, false) && (kind != "aws_s3_bucket" || refused(action, true))
            });
            if !all {
                report.resource(resource, "no Deny refuses requests without TLS");
            }
        }
    }
}

fn denies_plain(permission: &Permission) -> bool {
    permission.kind == PolicyKind::Resource
        && permission.effect == Effect::Deny
        && matches!(permission.principal.as_deref(), Some("*" | "AWS:*"))
        && permission.conditions.len() == 1
        && permission.conditions.iter().all(|(operator, keys)| {
            operator.eq_ignore_ascii_case("Bool")
                && keys.len() == 1
                && keys.iter().all(|(key, values)| {
                    key.eq_ignore_ascii_case("aws:SecureTransport")
                        && values.iter().map(String::as_str).eq(["false"])
                })
        })
}

/// Whether a denied action (`*`, `sqs:*` or exact) takes in another.
fn covers(denied: &str, action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    denied == "*"
        || denied.eq_ignore_ascii_case(action)
        || denied.eq_ignore_ascii_case(&format!("{service}:*"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_and_near_misses() {
        let graph = graph(
            r#"
resource "aws_sqs_queue" "q" { name = "q" }
resource "aws_sns_topic" "t" { name = "t" }
resource "aws_s3_bucket" "b" { bucket = "b" }
"#,
        );
        let deny = |holder: &str, action: &str, resource: &str| Permission {
            resource: resource.into(),
            ..allows(holder, "*", action)
                .denied()
                .when("Bool", "aws:SecureTransport", "false")
        };
        let whole = [
            deny(
                "aws_sqs_queue.q",
                "sqs:*",
                "arn:aws:sqs:eu-west-1:111111111111:q",
            ),
            deny(
                "aws_sns_topic.t",
                "sns:Publish",
                "arn:aws:sns:eu-west-1:111111111111:t",
            ),
            deny("aws_s3_bucket.b", "s3:*", "arn:aws:s3:::b"),
            deny("aws_s3_bucket.b", "s3:*", "arn:aws:s3:::b/*"),
        ];
        assert_eq!(findings(META.id, &graph, &whole), []);
        assert_eq!(findings(META.id, &graph, &[]).len(), 3);
        // Each of them is needed, as it is.
        for i in 0..whole.len() {
            let mut without = whole.to_vec();
            let lost = without.remove(i);
            let address = |found: Vec<crate::guardrail::Finding>| -> Vec<String> {
                found.into_iter().map(|f| f.address).collect()
            };
            assert_eq!(
                address(findings(META.id, &graph, &without)),
                [lost.holder.as_str()]
            );
            for weaker in [
                lost.clone()
                    .when("StringEquals", "aws:PrincipalAccount", "111111111111"),
                Permission {
                    principal: Some("AWS:arn:aws:iam::111111111111:root".into()),
                    ..lost.clone()
                },
                Permission {
                    effect: Effect::Allow,
                    ..lost.clone()
                },
                Permission {
                    action: "x:Tag".into(),
                    ..lost.clone()
                },
            ] {
                let mut weak = without.clone();
                weak.push(weaker);
                assert_eq!(
                    address(findings(META.id, &graph, &weak)),
                    [lost.holder.as_str()]
                );
            }
        }
    }
}
