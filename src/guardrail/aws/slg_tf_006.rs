//! Planning or applying the stack runs programs.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-TF-006",
    name: "code-runs-on-apply",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "Planning or applying the stack runs programs",
    why: "Provisioners and the data sources external and http run code, or take in what someone \
          else answers, with the deployer's credentials at hand; no plan shows what they did.",
    fix: "Do it in the pipeline, as a step of its own.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "Terraform documentation, Provisioners are a last resort",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for resource in input.graph.resources.values() {
        let kind = resource.address.kind.as_str();
        if resource.attributes.contains_key("provisioner") {
            report.attribute(resource, "provisioner", "a provisioner runs on apply");
        } else if resource.address.data && matches!(kind, "external" | "http") {
            report.resource(resource, "a data source runs on plan");
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
resource "aws_sqs_queue" "q" {
  provisioner "local-exec" {
    command = "true"
  }
}
"#,
        );
        fires(
            META.id,
            r#"
data "external" "e" {
  program = ["true"]
}
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
data "aws_vpc_endpoint" "e" {
  service_name = "com.amazonaws.eu-west-1.dynamodb"
}
"#,
        );
    }
}
