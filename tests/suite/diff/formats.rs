//! The outputs: valid by what others say of each format.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use slgen::diagnostic::{Sources, render_github, render_gitlab, render_sarif};
use slgen::diff::report::{
    ExceptionNote, ExceptionState, MOST_BYTES, NotChecked, Report, TextChange, WIDTH, diagnostics,
    escape, json as report_json, markdown, rule_descriptions, text,
};
use slgen::guardrail::Severity;

use super::page::page;
use super::{diff, validators};

/// A report on two texts, with one of everything else that it can hold.
pub(crate) fn report(before: &str, after: &str) -> Report {
    let note = |state, new, days_left| ExceptionNote {
        rule: "SLG-DIFF-004".to_owned(),
        scope: "functions.f".to_owned(),
        reason: "slow".to_owned(),
        owner: "team@example.com".to_owned(),
        expires: "2026-11-28".parse().unwrap(),
        new,
        state,
        days_left,
        source: None,
    };
    Report {
        subject: "orders".to_owned(),
        base: "a".to_owned(),
        head: "b".to_owned(),
        sources: vec!["disk".to_owned()],
        account: Some("111111111111".to_owned()),
        manifest: "slgen.yaml".to_owned(),
        findings: diff(before, after),
        not_checked: vec![NotChecked {
            check: "function_url".to_owned(),
            reason: "access denied".to_owned(),
            action: Some("lambda:GetFunctionUrlConfig".to_owned()),
        }],
        exceptions: vec![
            note(ExceptionState::Expired, false, -3),
            note(ExceptionState::Expiring, true, 0),
            note(ExceptionState::Stale, false, 90),
            note(ExceptionState::Active, true, 90),
        ],
        texts: vec![TextChange {
            path: "../../.github/workflows/slgen-orders.yml".to_owned(),
            lines: ["@@ -1 +1 @@", "-# ``` | <b>", "+::error::x"]
                .map(str::to_owned)
                .into(),
        }],
        notes: vec!["by the way".to_owned()],
    }
}

/// Every output, at the highest verbosity.
pub(crate) fn outputs(report: &Report) -> Vec<(&'static str, String)> {
    let list = diagnostics(report, Severity::Low, true);
    let none = Sources::default();
    vec![
        ("text", text(report, false, true, WIDTH)),
        ("color", text(report, true, true, WIDTH)),
        ("json", escape::json(&report_json(report).to_string())),
        ("markdown", markdown(report)),
        (
            "sarif",
            escape::json(&render_sarif(&list, &none, &rule_descriptions()).to_string()),
        ),
        ("github", render_github(&list, &none)),
        (
            "gitlab",
            escape::json(&render_gitlab(&list, &none, "slgen.yaml").to_string()),
        ),
    ]
}

/// Panics where a format is not what its schema or grammar says.
pub(crate) fn check(format: &str, output: &str) {
    let document = || -> Value { serde_json::from_str(output).unwrap() };
    let errors = match format {
        "json" => validators::diff_json(&document()),
        "sarif" => validators::sarif(&document()),
        "gitlab" => validators::gitlab(&document()),
        "github" => validators::annotations(output).err().into_iter().collect(),
        _ => Vec::new(),
    };
    assert!(errors.is_empty(), "{format}: {errors:#?}\n{output}");
    if format == "markdown" {
        let page = page(output);
        assert_eq!(page.others, Vec::<String>::new(), "{output}");
        for html in &page.html {
            assert!(is_ours(html), "{html:?}\n{output}");
        }
        assert!(page.rows.iter().all(|row| row.len() == 3), "{page:#?}");
        assert!(page.fences.iter().all(|language| language == "diff"));
        let sign = |line: &String| line.starts_with(['+', '-']) || line.starts_with("@@ ");
        assert!(page.code.iter().all(sign), "{page:#?}");
        assert!(output.len() <= MOST_BYTES);
    }
}

/// The only HTML that a comment has.
fn is_ours(html: &str) -> bool {
    let marker = html
        .strip_prefix("<!-- slgen-diff:v1:")
        .and_then(|rest| rest.strip_suffix(" -->"));
    let name = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    let summary = html
        .strip_prefix("<details><summary>")
        .and_then(|rest| rest.strip_suffix("</summary>"));
    let word = |c: char| c.is_ascii_alphanumeric() || ", ".contains(c);
    [
        "<code>",
        "</code>",
        "<br>",
        "<wbr>",
        "<em>",
        "</em>",
        "</details>",
    ]
    .contains(&html)
        || marker.is_some_and(|subject| subject.chars().all(name) && !subject.contains("--"))
        || summary.is_some_and(|text| text.chars().all(word))
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
fn every_format_is_as_its_schema_or_grammar_says() {
    let report = changes();
    assert!(report.findings.len() > 3);
    for (format, output) in outputs(&report) {
        check(format, &output);
        assert!(!output.is_empty(), "{format}");
    }
    for (format, output) in outputs(&Report {
        findings: Vec::new(),
        not_checked: Vec::new(),
        exceptions: Vec::new(),
        ..changes()
    }) {
        check(format, &output);
    }
    assert_eq!(
        report_json(&report),
        report_json(&changes()),
        "the same each time"
    );
}

/// What a validator has against a document.
type Errors = fn(&Value) -> Vec<String>;
/// JSON pointer and the wrong value.
type Damage = (&'static str, Value);

#[test]
fn schemas_refuse_what_is_none() {
    let report = changes();
    let outputs: Vec<(&str, String)> = outputs(&report);
    let of = |format: &str| -> Value {
        let (_, output) = outputs.iter().find(|(name, _)| *name == format).unwrap();
        serde_json::from_str(output).unwrap()
    };
    let cases: [(Errors, Value, &[Damage]); 3] = [
        (
            validators::diff_json,
            of("json"),
            &[
                ("/findings/0/direction", json!("up")),
                ("/findings/0/severity", json!("worst")),
                ("/findings/0/kind", json!("new")),
                ("/findings/0/rule", json!("AUTH")),
                ("/findings/0/path", json!("a.b")),
                ("/findings/0/more", json!(1)),
                ("/findings/0/id", json!("short")),
                ("/exceptions/0/state", json!("old")),
                ("/exceptions/0/expires", json!("tomorrow")),
                ("/not_checked/0/why", json!("x")),
                ("/summary/widening", json!(-1)),
                ("/account", json!("acme")),
                ("/sources", json!([])),
                ("/schema", json!("slgen.diff/2")),
                ("/more", json!(1)),
            ],
        ),
        (
            validators::sarif,
            of("sarif"),
            &[
                ("/version", json!("2.0.0")),
                ("/runs/0/results/0/level", json!("fatal")),
                ("/runs/0/results/0/message", json!("x")),
                ("/runs/0/results/0/more", json!(1)),
                ("/runs/0/results/0/ruleIndex", json!(999)),
                ("/runs/0/columnKind", json!("bytes")),
                ("/runs/0/tool/driver/name", json!(1)),
                (
                    "/runs/0/results/0/locations/0/physicalLocation/region",
                    json!({}),
                ),
                (
                    "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri",
                    json!("a b"),
                ),
            ],
        ),
        (
            validators::gitlab,
            of("gitlab"),
            &[
                ("/0/severity", json!("high")),
                ("/0/location/path", json!("./x")),
                ("/0/location/lines/begin", json!(0)),
                ("/0/fingerprint", of("gitlab")[1]["fingerprint"].clone()),
                ("/0/more", json!(1)),
            ],
        ),
    ];
    for (errors, document, damages) in cases {
        assert!(errors(&document).is_empty());
        for (pointer, value) in damages {
            let mut wrong = document.clone();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            wrong.pointer_mut(parent).unwrap()[key] = value.clone();
            assert!(!errors(&wrong).is_empty(), "{pointer} = {value}");
        }
    }
    for wrong in [
        "text\n",
        "::error title=x\n",
        "::fatal title=x::m\n",
        "::error title=a:b::m\n",
        "::error line=0::m\n",
        "::error colour=red::m\n",
        "::error title=x::100%\n",
        "::error title=x::a\rb\n",
    ] {
        assert!(validators::annotations(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn each_format_names_every_widening_and_what_else_matters() {
    let report = changes();
    for (format, output) in outputs(&report) {
        for rule in ["SLG-INJ-004", "SLG-NET-001", "SLG-DIFF-101", "SLG-DIFF-004"] {
            assert!(output.contains(rule), "{format} has no {rule}:\n{output}");
        }
        let said = output.to_lowercase().replace('_', " ");
        assert!(said.contains("not checked"), "{format}");
        let over = ["ended 3 days ago", "expired"];
        assert!(over.iter().any(|w| said.contains(w)), "{format}:\n{output}");
    }
}

#[test]
fn a_comment_says_the_verdict_first() {
    let output = markdown(&changes());
    let page = page(&output);
    assert_eq!(page.html[0], "<!-- slgen-diff:v1:orders -->");
    assert_eq!(
        page.headings,
        [
            "🔺 slgen diff: 4 widening (3 critical), 3 neutral, the pipeline changes",
            "Permissions",
            "Exposure",
            "Other",
            "Exceptions",
            "Not checked",
        ],
        "{output}"
    );
    let row = &page.rows[1];
    assert_eq!(row[0], "▲ critical");
    assert!(row[1].starts_with("r may now s3:"), "{row:?}");
    assert!(row[1].contains("+ Allow s3:* on *"), "{row:?}");
    assert!(row[2].contains("SLG-DIFF-101"), "{row:?}");
    for part in [
        "ended 3 days ago",
        "new, ends today",
        "covers nothing here",
        "**new**",
    ] {
        assert!(output.contains(part), "{part}:\n{output}");
    }
    // What was not looked at is not clean.
    let none = Report {
        findings: Vec::new(),
        texts: Vec::new(),
        ..changes()
    };
    assert!(markdown(&none).contains("### ⚠️ slgen diff: no change in what was checked"));
    let clean = Report {
        not_checked: Vec::new(),
        ..none
    };
    assert!(markdown(&clean).contains("### ✅ slgen diff: no change\n"));
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
    check("markdown", &output);
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
    // What else there is does not make it too long either.
    let endless = "x|".repeat(20_000);
    report.notes = vec![endless.clone(); 30];
    report.base.clone_from(&endless);
    for not in &mut report.not_checked {
        not.reason.clone_from(&endless);
    }
    for exception in &mut report.exceptions {
        exception.reason.clone_from(&endless);
    }
    report.findings[0].address = endless;
    check("markdown", &markdown(&report));
    // A few are shown in full.
    let mut few = changes();
    few.findings.truncate(3);
    let output = markdown(&few);
    assert!(!output.contains("which `slgen diff` lists"), "{output}");
}

#[test]
fn of_a_long_list_what_differs_is_shown() {
    let hashes = |from: usize| -> String {
        let list: Vec<String> = (from..from + 20)
            .map(|n| format!("\"arn:aws:x:::{n}\""))
            .collect();
        format!(
            "resource \"aws_lambda_code_signing_config\" \"c\" {{\nallowed_publishers {{\nsigning_profile_version_arns = [{}]\n}}\n}}",
            list.join(", ")
        )
    };
    let found = diff(&hashes(0), &hashes(1));
    assert_eq!(found.len(), 1, "{found:?}");
    let text = |shown: &Option<slgen::diff::Shown>| shown.as_ref().unwrap().text.clone();
    assert_eq!(
        text(&found[0].before),
        "[arn:aws:x:::0] and 19 that are on both sides"
    );
    assert_eq!(
        text(&found[0].after),
        "[arn:aws:x:::20] and 19 that are on both sides"
    );
}

/// A faulty manifest of each sort, through the binary.
#[test]
fn validate_is_valid_in_every_format() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    for manifest in [
        "access-unknown-operation.yaml",
        "access-raw-without-end.yaml",
        "access-unknown-resource.yaml",
        "../../examples/compact/slgen.yaml",
    ] {
        for format in ["json", "sarif", "gitlab", "github"] {
            let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
                .arg("-C")
                .arg(&folder)
                .args(["-m", manifest, "--format", format, "validate"])
                .output()
                .unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(output.stderr.is_empty(), "{manifest}");
            let document = || -> Value { serde_json::from_str(&said).unwrap() };
            let errors = match format {
                "json" => validators::diagnostics_json(&document()),
                "sarif" => validators::sarif(&document()),
                "gitlab" => validators::gitlab(&document()),
                _ => validators::annotations(&said).err().into_iter().collect(),
            };
            assert!(
                errors.is_empty(),
                "{manifest} {format}: {errors:#?}\n{said}"
            );
        }
    }
}

/// Lines are broken between words; what is wider is one word, or an address, a place or a list of them.
#[test]
fn the_text_fits_its_width() {
    let long = "this sentence goes on and on until nobody wants to read it any more and still has not said what it is about";
    let code =
        |timeout| format!("resource \"aws_lambda_function\" \"f\" {{\n  timeout = {timeout}\n}}\n");
    let mut report = report(&code(3), &code(9));
    assert_eq!(report.findings.len(), 1);
    for finding in &mut report.findings {
        finding.meaning = long.to_owned();
    }
    report.notes.push(long.to_owned());
    for not in &mut report.not_checked {
        not.reason = long.to_owned();
    }
    for exception in &mut report.exceptions {
        exception.reason = long.to_owned();
    }
    for width in [60, 80, 100] {
        let text = text(&report, false, true, width);
        for line in text.lines().filter(|line| line.chars().count() > width) {
            assert!(!line.trim().contains(' '), "{width}: {line}");
        }
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.matches(long).count() >= 4, "{text}");
    }
    assert!(text(&report, false, true, 400).contains(long));
}
