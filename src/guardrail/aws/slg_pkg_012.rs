//! Signatures of packages stay valid for more than two years.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-012",
    name: "signature-valid-for-long",
    severity: Severity::Low,
    risk: Risk::Dependencies,
    title: "Signatures of packages stay valid for more than two years",
    why: "So long an old package with known holes can be deployed as signed. Unsaid it is 135 \
          months.",
    fix: "Set signature_validity_period to 12 months.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Signer Developer Guide, Signing profiles",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for profile in input.of_type("aws_signer_signing_profile") {
        let path = "signature_validity_period.value";
        let months = match known(profile.get("signature_validity_period.type")) {
            Some("DAYS") => Some(1.0 / 30.0),
            Some("MONTHS") => Some(1.0),
            Some("YEARS") => Some(12.0),
            _ => None,
        };
        let validity = number(profile.get(path))
            .zip(months)
            .map(|(n, unit)| n * unit);
        if validity.is_none_or(|months| months > 24.5) {
            weak(report, profile, path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires(
            META.id,
            r#"
resource "aws_signer_signing_profile" "p" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_signer_signing_profile" "p" {
  signature_validity_period {
    value = 10
    type  = "YEARS"
  }
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_signer_signing_profile" "p" {
  signature_validity_period {
    value = 2
    type  = "YEARS"
  }
}
"#,
        );
    }
}
