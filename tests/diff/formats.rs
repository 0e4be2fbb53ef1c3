//! The outputs: valid, without secrets, and not to be broken out of.

use slgen::diagnostic::{Sources, render_github, render_gitlab, render_sarif};
use slgen::diff::report::{
    MOST_BYTES, NotChecked, Report, diagnostics, escape, json, markdown, rule_descriptions, text,
};
use slgen::guardrail::Severity;

use super::diff;

const CANARY: &str = "c4n4ry-hunter2-Xq";

fn report(before: &str, after: &str) -> Report {
    Report {
        subject: "orders".to_owned(),
        base: "a".to_owned(),
        head: "b".to_owned(),
        sources: vec!["disk".to_owned()],
        manifest: "slgen.yaml".to_owned(),
        findings: diff(before, after),
        not_checked: vec![NotChecked {
            check: "function_url".to_owned(),
            reason: "access denied".to_owned(),
            action: Some("lambda:GetFunctionUrlConfig".to_owned()),
        }],
        ..Report::default()
    }
}

/// Every output, at the highest verbosity.
fn outputs(report: &Report) -> Vec<(&'static str, String)> {
    let list = diagnostics(report, Severity::Low, true);
    let none = Sources::default();
    vec![
        ("text", text(report, false, true)),
        ("color", text(report, true, true)),
        ("json", escape::json(&json(report).to_string())),
        ("markdown", markdown(report)),
        (
            "sarif",
            render_sarif(&list, &none, &rule_descriptions()).to_string(),
        ),
        ("github", render_github(&list, &none)),
        (
            "gitlab",
            render_gitlab(&list, &none, "slgen.yaml").to_string(),
        ),
    ]
}

/// Many sorts of change at once.
fn changes() -> Report {
    report(
        r#"
resource "aws_lambda_function" "f" {
  function_name = "f"
  timeout       = 3
  environment { variables = { A = "1" } }
}
resource "aws_s3_bucket_public_access_block" "b" { block_public_acls = true }
"#,
        r#"
resource "aws_lambda_function" "f" {
  function_name = "f"
  timeout       = 9
  description   = "x"
  environment { variables = { A = "2", LD_PRELOAD = "/opt/x" } }
}
resource "aws_iam_role" "r" { name = "r" }
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
"#,
    )
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = include_str!("../../docs/schemas/slgen.diff-1.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report = changes();
    assert!(report.findings.len() > 3);
    let document = json(&report);
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(document, json(&changes()), "the same each time");
    // And it refuses what is none.
    let mut wrong = document.clone();
    wrong["findings"][0]["direction"] = "up".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn each_format_names_every_widening() {
    let report = changes();
    for (format, output) in outputs(&report) {
        for rule in ["SLG-INJ-004", "SLG-NET-001", "SLG-DIFF-101", "SLG-DIFF-004"] {
            assert!(output.contains(rule), "{format} has no {rule}:\n{output}");
        }
        assert!(
            output.contains("not checked")
                || output.contains("not_checked")
                || output.contains("Not checked"),
            "{format}"
        );
    }
}

#[test]
fn no_output_holds_a_secret() {
    let with = |secret: &str| {
        format!(
            r#"
variable "s" {{
  default   = "{secret}"
  sensitive = true
}}
resource "aws_lambda_function" "f" {{
  function_name = "f"
  description   = var.s
  environment {{ variables = {{ PLAIN = "{secret}", DB_PASSWORD = "{secret}", LD_PRELOAD = "{secret}" }} }}
}}
resource "aws_secretsmanager_secret_version" "s" {{ secret_string = "{secret}" }}
resource "aws_ssm_parameter" "p" {{
  name  = "p"
  type  = "String"
  value = "{secret}"
}}
resource "aws_apigatewayv2_stage" "s" {{
  name            = "s"
  stage_variables = {{ k = "{secret}" }}
}}
"#
        )
    };
    for (before, after) in [
        (with("other"), with(CANARY)),
        (with(CANARY), with("other")),
        (String::new(), with(CANARY)),
        (with(CANARY), String::new()),
    ] {
        let report = report(&before, &after);
        assert!(!report.findings.is_empty());
        for (format, output) in outputs(&report) {
            assert!(!output.contains(CANARY), "{format}:\n{output}");
        }
    }
}

#[test]
fn tokens_of_known_form_are_masked_anywhere() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let with = |text: &str| {
        format!(
            "resource \"aws_lambda_function\" \"f\" {{\nhandler = \"{text}\"\ndescription = \"see {text}\"\n}}"
        )
    };
    let report = report(&with("a.b"), &with(&token));
    assert_eq!(report.findings.len(), 2);
    for (format, output) in outputs(&report) {
        assert!(!output.contains(&token), "{format}:\n{output}");
    }
}

#[test]
fn hostile_values_stay_where_they_are() {
    let hostile = r"| @octocat </code><script>alert(1)</script> `x` [l](http://evil.example) --> \u001b[31m\u202e\n## pwned\n::error::x %0A";
    let with = |text: &str| {
        format!(
            "resource \"aws_lambda_function\" \"f\" {{\nhandler = \"{text}\"\ndescription = \"{text}\"\n}}"
        )
    };
    let mut report = report(&with("a"), &with(hostile));
    report.subject = "a --> b".to_owned();
    for (format, output) in outputs(&report) {
        if format != "color" {
            assert!(!output.contains('\u{1b}'), "{format}:\n{output}");
        }
        assert!(!output.contains('\u{202e}'), "{format}:\n{output}");
        match format {
            "markdown" => {
                let (table, diff) = output.split_once("as a diff").unwrap();
                assert!(!table.contains("<script"), "{output}");
                assert!(!table.contains("@octocat"), "{output}");
                assert!(!table.contains("[l]("), "{output}");
                assert!(!table.contains("http://"), "{output}");
                assert_eq!(table.matches("-->").count(), 1, "{output}");
                // Rows have five cells, whatever is in them.
                let rows = table
                    .lines()
                    .filter(|l| l.starts_with("| ") && !l.contains("Resource |"));
                for row in rows {
                    assert_eq!(row.matches('|').count(), 6, "{row}");
                }
                // What is fenced stays fenced: one line each, after a sign.
                let fenced = diff
                    .split("```diff\n")
                    .nth(1)
                    .unwrap()
                    .split("\n```")
                    .next()
                    .unwrap();
                for line in fenced.lines() {
                    assert!(line.starts_with(['+', '-', '@']), "{line}");
                }
            }
            "github" => {
                // Commands begin lines: each is one of ours.
                for line in output.lines() {
                    assert!(line.starts_with("::") && line.contains("title="), "{line}");
                }
                assert!(output.contains("%250A"), "{output}");
            }
            "text" => {
                assert!(
                    !output
                        .lines()
                        .any(|l| l.starts_with("## ") || l.starts_with("::")),
                    "{output}"
                );
            }
            _ => {}
        }
    }
}

#[test]
fn a_comment_fits_and_sheds_the_harmless_first() {
    let many = |text: &str, timeout: u32| -> String {
        (0..700)
            .map(|n| {
                format!("resource \"aws_lambda_function\" \"function_number_{n}\" {{\ntimeout = {timeout}\ndescription = \"{text}\"\n}}\n")
            })
            .collect()
    };
    let long = "words ".repeat(30);
    let mut report = report(&many("a", 3), &many(&long, 9));
    assert_eq!(report.findings.len(), 1400);
    let output = markdown(&report);
    assert!(output.len() <= MOST_BYTES, "{}", output.len());
    assert!(
        output.starts_with("<!-- slgen-diff:v1:orders -->\n"),
        "{output}"
    );
    assert!(output.contains("700 widening"));
    assert!(
        output.contains("700 neutral, which"),
        "neutral ones go first"
    );
    assert!(output.contains("0.timeout</code>"), "{output}");
    assert!(output.contains(" more, which `slgen diff` lists"));
    // A few are shown in full.
    report.findings.truncate(3);
    let output = markdown(&report);
    assert!(!output.contains("which `slgen diff` lists"), "{output}");
}
