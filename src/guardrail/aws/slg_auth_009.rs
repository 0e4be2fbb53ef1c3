//! An event rule hands a function events of anyone.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-AUTH-009",
    name: "event-rule-of-anyone",
    severity: Severity::Medium,
    risk: Risk::EventData,
    title: "An event rule hands a function events of any source or account",
    why: "Whoever may put events on the bus, of this account or of another that its policy lets in, then decides what \
          the function does. A rule names the sources and the accounts whose events it takes, in full.",
    fix: "Name source, detail-type and account in the event pattern, each as a list of whole values.",
    references: &[
        "OWASP Serverless A1:2017 Injection",
        "OWASP Serverless A2:2017 Broken Authentication",
        "Amazon EventBridge User Guide, Best practices for defining rules in Amazon EventBridge",
    ],
};

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for target in input.of_type("aws_cloudwatch_event_target") {
        if input
            .target("aws_lambda_function", target.get("arn"))
            .is_none()
        {
            continue;
        }
        let rule = input.target("aws_cloudwatch_event_rule", target.get("rule"));
        let Some(rule) = rule else {
            report.attribute(target, "rule", "the rule is not of this stack");
            continue;
        };
        let pattern = rule.get("event_pattern");
        if pattern.is_none() && rule.get("schedule_expression").is_some() {
            continue;
        }
        let document = pattern.and_then(Value::json);
        for field in ["source", "account"] {
            let wanted = document.as_ref().and_then(|d| d.get(field));
            if !whole(wanted) {
                let message = format!("event_pattern names no {field} in full");
                report.attribute(rule, "event_pattern", message);
            }
        }
    }
}

/// Whether these are whole values: a prefix, a wildcard or "anything but" is an object.
fn whole(wanted: Option<&Value>) -> bool {
    let wanted = items(wanted);
    let plain = |value: &Value| {
        matches!(
            value.kind,
            Kind::String(_) | Kind::Symbol(_) | Kind::Template(_)
        ) && !text(value).is_empty()
    };
    !wanted.is_empty() && wanted.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn stack(rule: &str) -> String {
        format!(
            r#"
resource "aws_lambda_function" "f" {{ function_name = "f" }}
resource "aws_cloudwatch_event_rule" "r" {{
  name = "r"
  {rule}
}}
resource "aws_cloudwatch_event_target" "t" {{
  rule = aws_cloudwatch_event_rule.r.name
  arn  = aws_lambda_function.f.arn
}}
"#
        )
    }

    #[test]
    fn fires_when_weak() {
        for pattern in [
            "{}",
            "{ source = [\"shop\"] }",
            "{ account = [\"111111111111\"] }",
            "{ source = [], account = [\"111111111111\"] }",
            "{ source = [{ prefix = \"\" }], account = [\"111111111111\"] }",
            "{ source = [\"shop\", { wildcard = \"*\" }], account = [\"111111111111\"] }",
            "{ source = [\"shop\"], account = [{ anything-but = \"1\" }] }",
        ] {
            fires(
                META.id,
                &stack(&format!("event_pattern = jsonencode({pattern})")),
            );
        }
        fires(META.id, &stack(""));
        fires(META.id, &stack("event_pattern = var.pattern"));
    }

    #[test]
    fn is_silent_on_near_misses() {
        let exact = "{ source = [\"shop\"], account = [\"111111111111\"] }";
        silent(
            META.id,
            &stack(&format!("event_pattern = jsonencode({exact})")),
        );
        silent(META.id, &stack("schedule_expression = \"rate(1 day)\""));
        silent(
            META.id,
            r#"
resource "aws_cloudwatch_event_rule" "r" { event_pattern = "{}" }
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = "arn:aws:sqs:eu-west-1:111111111111:q"
}
"#,
        );
    }
}
