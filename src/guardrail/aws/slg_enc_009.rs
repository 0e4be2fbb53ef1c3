//! A bucket accepts TLS older than 1.2.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-ENC-009",
    name: "bucket-accepts-old-tls",
    severity: Severity::Medium,
    risk: Risk::Encryption,
    title: "A bucket accepts TLS older than 1.2",
    why: "TLS 1.0 and 1.1 have known attacks, and a client can be talked down to them. The Deny \
          has to hold for everyone with s3:TlsVersion below 1.2 as its only condition, on the \
          bucket and on its objects.",
    fix: "Add a Deny with NumericLessThan s3:TlsVersion = 1.2 to the bucket policy.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "RFC 8996, Deprecating TLS 1.0 and TLS 1.1",
        "Amazon S3 User Guide, Bucket policy examples using condition keys",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for bucket in input.of_type("aws_s3_bucket") {
        let address = bucket.address.to_string();
        let refused = |objects: bool| {
            input.held_by(&address).iter().any(|p| {
                denies_old(p) && (p.resource == "*" || p.resource.ends_with("/*") == objects)
            })
        };
        if !refused(false) || !refused(true) {
            report.resource(bucket, "no Deny refuses TLS older than 1.2");
        }
    }
}

fn denies_old(permission: &Permission) -> bool {
    permission.kind == PolicyKind::Resource
        && permission.effect == Effect::Deny
        && matches!(permission.principal.as_deref(), Some("*" | "AWS:*"))
        && matches!(permission.action.as_str(), "*" | "s3:*")
        && permission.conditions.len() == 1
        && permission.conditions.iter().all(|(operator, keys)| {
            operator.eq_ignore_ascii_case("NumericLessThan")
                && keys.len() == 1
                && keys.iter().all(|(key, values)| {
                    key.eq_ignore_ascii_case("s3:TlsVersion")
                        && values.len() == 1
                        && values
                            .iter()
                            .all(|v| v.parse::<f64>().is_ok_and(|v| v >= 1.2))
                })
        })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn deny(resource: &str, version: &str) -> Permission {
        let arn = format!("arn:aws:s3:::{resource}");
        Permission {
            resource: arn,
            ..allows("aws_s3_bucket.b", "*", "s3:*").denied().when(
                "NumericLessThan",
                "s3:TlsVersion",
                version,
            )
        }
    }

    #[test]
    fn both_bucket_and_objects_have_to_refuse() {
        let graph = graph(r#"resource "aws_s3_bucket" "b" { bucket = "b" }"#);
        let found = |permissions: &[Permission]| findings(META.id, &graph, permissions).len();
        assert_eq!(found(&[deny("b", "1.2"), deny("b/*", "1.2")]), 0);
        assert_eq!(found(&[]), 1);
        assert_eq!(found(&[deny("b", "1.2")]), 1);
        assert_eq!(found(&[deny("b", "1.1"), deny("b/*", "1.1")]), 1);
        let excused = |p: Permission| p.when("StringEquals", "aws:PrincipalTag/x", "y");
        assert_eq!(found(&[excused(deny("b", "1.2")), deny("b/*", "1.2")]), 1);
    }
}
