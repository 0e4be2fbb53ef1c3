//! An environment variable makes the runtime load other code.

use super::prelude::*;

pub(super) const META: Metadata = Metadata {
    id: "SLG-INJ-004",
    name: "environment-loads-code",
    severity: Severity::High,
    risk: Risk::Injection,
    title: "An environment variable makes the runtime load other code",
    why: "These variables run a wrapper, a library or options before the handler: whoever may set \
          the environment then runs code with the function's role, past code signing and image \
          digest.",
    fix: "Take the variable out and put what it does into the package.",
    references: &[
        "OWASP Serverless A1:2017 Injection",
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "AWS Lambda Developer Guide, Modifying the runtime environment",
    ],
};

/// Variables that a runtime or the dynamic linker takes code or options from.
const LOADERS: [&str; 11] = [
    "AWS_LAMBDA_EXEC_WRAPPER",
    "BASH_ENV",
    "JAVA_TOOL_OPTIONS",
    "LD_AUDIT",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYOPT",
];

pub(super) fn check(input: &Context<'_>, report: &mut Report<'_>) {
    for function in input.of_type("aws_lambda_function") {
        let path = "environment.variables";
        let Some(Kind::Map(variables)) = function.get(path).map(|v| &v.kind) else {
            continue;
        };
        for name in variables
            .keys()
            .filter(|name| LOADERS.contains(&name.as_str()))
        {
            report.attribute(function, path, format!("{name} is set"));
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
resource "aws_lambda_function" "f" {
  environment {
    variables = { NODE_OPTIONS = "--require /tmp/x.js" }
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
resource "aws_lambda_function" "f" {
  environment {
    variables = { NODE_ENV = "production" }
  }
}
"#,
        );
    }
}
