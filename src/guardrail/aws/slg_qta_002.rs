//! A function asks for more than Lambda gives.

use crate::catalog::aws::quotas;

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-QTA-002",
    name: "function-beyond-limits",
    severity: Severity::Medium,
    risk: Risk::Resilience,
    title: "A function asks for more than Lambda gives",
    why: "The apply then fails half way. It looks at timeout, memory, /tmp, layers, the \
          environment together (4 KB; a part that is known only after apply counts as 80 bytes) \
          and names.",
    fix: "Stay within the quota that the finding names.",
    references: &["AWS Lambda Developer Guide, Lambda quotas"],
};

/// Attribute and quota; the lower bound has the quota's id with `_min`.
const RANGES: [(&str, &str); 3] = [
    ("timeout", "function_timeout_seconds"),
    ("memory_size", "function_memory_mb"),
    ("ephemeral_storage.size", "function_ephemeral_storage_mb"),
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        for (path, id) in RANGES {
            let most = quotas::quota(id).value;
            let least = quotas::quota(&format!("{id}_min")).value;
            let given = function.get(path);
            if given.is_some()
                && !given
                    .and_then(Value::as_u64)
                    .is_some_and(|n| (least..=most).contains(&n))
            {
                let message = format!("{path} {}, not within {least} to {most}", state(given));
                report.attribute(function, path, message);
            }
        }
        let layers = items(function.get("layers")).len() as u64;
        let most = quotas::quota("function_layers").value;
        if layers > most {
            report.attribute(
                function,
                "layers",
                format!("{layers} layers, {most} are allowed"),
            );
        }
        let path = "environment.variables";
        if let Some(Kind::Map(variables)) = function.get(path).map(|v| &v.kind) {
            let size: usize = variables.iter().map(|(k, v)| k.len() + size(v)).sum();
            let most = quotas::quota("function_environment_bytes").value;
            if size as u64 > most {
                let message = format!("the variables have {size} bytes, {most} are allowed");
                report.attribute(function, path, message);
            }
        }
        let most = quotas::quota("function_name_length").value;
        if known(function.get("function_name")).is_some_and(|n| n.chars().count() as u64 > most) {
            let message = format!("the name is longer than {most} characters");
            report.attribute(function, "function_name", message);
        }
    }
}

fn size(value: &Value) -> usize {
    match &value.kind {
        Kind::Template(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.len(),
                Part::Symbol(_) => UNKNOWN,
            })
            .sum(),
        Kind::Symbol(_) => UNKNOWN,
        _ => text(value).len(),
    }
}

const UNKNOWN: usize = 80;

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn fires_when_weak() {
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { timeout = 901 }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { memory_size = 64 }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { timeout = var.t }
"#,
        );
        fires(
            META.id,
            r#"
resource "aws_lambda_function" "f" { layers = ["1", "2", "3", "4", "5", "6"] }
"#,
        );
    }

    #[test]
    fn is_silent_on_near_misses() {
        silent(
            META.id,
            r#"
resource "aws_lambda_function" "f" {
  function_name = "f"
  timeout       = 900
  memory_size   = 10240
  layers        = ["1", "2", "3", "4", "5"]
}
"#,
        );
    }

    #[test]
    fn names_and_values_of_the_environment_count_together() {
        let text = |length: usize| {
            let value = "x".repeat(length);
            format!(
                r#"
resource "aws_lambda_function" "f" {{
  environment {{
    variables = {{ NAME = "{value}" }}
  }}
}}
"#
            )
        };
        silent(META.id, &text(4092));
        fires(META.id, &text(4093));
    }
}
