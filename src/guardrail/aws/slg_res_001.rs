//! A table has no point-in-time recovery or no deletion protection.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-RES-001",
    name: "table-can-be-lost",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A table has no point-in-time recovery or no deletion protection",
    why: "A faulty or hostile write, or one deletion, is then final.",
    fix: "Enable point_in_time_recovery and deletion_protection_enabled.",
    references: &["AWS Security Hub DynamoDB.2", "AWS Security Hub DynamoDB.6"],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for table in input.of_type("aws_dynamodb_table") {
        for attribute in [
            "point_in_time_recovery.enabled",
            "deletion_protection_enabled",
        ] {
            let value = table.get(attribute);
            if !is_true(value) {
                report.attribute(table, attribute, format!("{attribute} {}", state(value)));
            }
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
resource "aws_dynamodb_table" "t" {}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_dynamodb_table" "t" {
  deletion_protection_enabled = false
  point_in_time_recovery {
    enabled = true
  }
}
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_dynamodb_table" "t" {
  deletion_protection_enabled = true
  point_in_time_recovery {
    enabled = false
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
resource "aws_dynamodb_table" "t" {
  deletion_protection_enabled = true
  point_in_time_recovery {
    enabled = true
  }
}
"#,
        );
    }
}
