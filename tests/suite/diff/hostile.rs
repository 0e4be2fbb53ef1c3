//! Values that try to break out of the place they land in: of a table cell, a comment, an
//! annotation, a document, the terminal. Judged by structure: what the hostile report consists of is
//! what the same report with a plain value consists of.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::formats::{check, outputs, report};
use super::page::page;
use super::validators::{annotations, steering};

/// What renderers, runners and terminals take for theirs.
const HOSTILE: &str = "::error file=a::b | `x` ``` *b* _i_ ~~s~~ [l](http://evil.example) ![i](http://evil.example/i.png) \
<script>alert(1)</script> <img src=x onerror=alert(1)></code></td></details> --> <!-- @octocat #1 a@evil.example \
https://evil.example www.evil.example \u{1b}[31m\u{1b}]0;title\u{7}\u{9b}2J\u{8}\u{202e}\u{2066}\u{200b}\u{feff}\
\r\n::error::x\r\n##[error]y\n## heading\n%0A::warning::w%0A %250A $(id) {{x}} \\";

/// The same without what a manifest or a name may not hold.
const PRINTABLE: &str = "::error file=a::b | `x` *b* [l](http://evil.example) ![i](http://evil.example/i.png) \
<script>alert(1)</script></code></td></details> --> <!-- @octocat #1 www.evil.example ##[error]y %0A %250A {{x}}";

/// An HCL string.
fn hcl(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.replace("${", "$${").replace("%{", "%%{") + "\""
}

/// Rows, annotations, lines: how much of each there is, whatever the values say.
fn structure(format: &str, output: &str) -> Value {
    check(format, output);
    match format {
        "markdown" => {
            let page = page(output);
            let mut html: Vec<&String> = page.html.iter().filter(|h| *h != "<wbr>").collect();
            html.sort();
            json!({ "html": html, "rows": page.rows.len(), "headings": page.headings, "code": page.code.len() })
        }
        "github" => unordered(
            annotations(output)
                .unwrap()
                .into_iter()
                .map(|a| json!([a.level, a.properties, a.message.lines().count()])),
        ),
        "text" => lines(output).into(),
        "color" => output
            .split("\u{1b}[")
            .skip(1)
            .filter_map(|s| s.split('m').next())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect(),
        _ => shape(&serde_json::from_str(output).unwrap()),
    }
}

/// Lines of a text; one that goes on begins deeper than any other.
fn lines(text: &str) -> usize {
    let goes_on = |line: &&str| line.starts_with("          ");
    text.lines().filter(|line| !goes_on(line)).count()
}

/// What is sorted by hostile names stands in another order than by plain ones.
fn unordered(items: impl Iterator<Item = Value>) -> Value {
    let mut items: Vec<Value> = items.collect();
    items.sort_by_key(Value::to_string);
    Value::Array(items)
}

/// Keys and lengths of a document.
fn shape(document: &Value) -> Value {
    match document {
        Value::Array(items) => unordered(items.iter().map(shape)),
        Value::Object(map) => map
            .iter()
            // Steps of a path are parted by dots, which a value may have.
            .map(|(k, v)| (k.clone(), if k == "path" { Value::Null } else { shape(v) }))
            .collect(),
        _ => Value::Null,
    }
}

fn assert_contained(format: &str, output: &str) {
    let plain = if format == "color" {
        // Our own colours, and nothing else that begins so.
        let mut text = output.to_owned();
        for style in ["1;31", "31", "32", "33", "2", "0"] {
            text = text.replace(&format!("\u{1b}[{style}m"), "");
        }
        text
    } else {
        output.to_owned()
    };
    let steers = steering(&plain);
    assert!(steers.is_empty(), "{format}: {steers:?}\n{output}");
    // The runner searches a log for these, behind blanks and anywhere.
    let begins = |line: &str| line.trim_start().starts_with("::");
    assert!(
        format == "github" || !plain.lines().any(begins),
        "{format}:\n{output}"
    );
    assert!(
        format == "markdown" || !plain.contains("##["),
        "{format}:\n{output}"
    );
    if format == "markdown" {
        let (outside, _) = output.split_once("```").unwrap_or((output, ""));
        for markup in [
            "<script", "<img", "@octocat", " #1", "](", "http://", "https://", "www.", "a@evil",
        ] {
            assert!(!outside.contains(markup), "{markup}:\n{output}");
        }
        assert_eq!(
            output.matches("-->").count(),
            1 + fenced(output),
            "{output}"
        );
        // It is shown, as text.
        let cells: String = page(output).rows.concat().join("\n");
        assert!(cells.contains("<script>alert(1)</script>"), "{cells}");
    }
}

/// Ends of comments inside code blocks, where they are text.
fn fenced(output: &str) -> usize {
    page(output)
        .code
        .iter()
        .map(|line| line.matches("-->").count())
        .sum()
}

/// A hostile and a plain twin in every format of the library.
fn twins(with: &dyn Fn(&str) -> (String, String), hostile: &str) {
    twins_of(with, hostile, "plain");
}

fn twins_of(with: &dyn Fn(&str) -> (String, String), hostile: &str, plain: &str) {
    let of = |value: &str| {
        let (before, after) = with(value);
        let report = report(&before, &after);
        assert!(!report.findings.is_empty(), "{after}");
        report
    };
    let (bad, plain) = (of(hostile), of(plain));
    assert_eq!(bad.findings.len(), plain.findings.len());
    for ((format, bad), (_, plain)) in outputs(&bad).iter().zip(&outputs(&plain)) {
        assert_contained(format, bad);
        assert_eq!(
            structure(format, bad),
            structure(format, plain),
            "{format}:\n{bad}\n{plain}"
        );
    }
}

#[test]
fn values_of_attributes() {
    let with = |value: &str| {
        let code = |value: &str| {
            let value = hcl(value);
            format!(
                "resource \"aws_lambda_function\" \"f\" {{\nhandler = {value}\ndescription = {value}\ntags = {{ {value} = {value} }}\n}}"
            )
        };
        (code("a"), code(value))
    };
    twins(&with, HOSTILE);
}

#[test]
fn instance_keys() {
    let with = |value: &str| {
        let code = |timeout: u32| {
            let value = hcl(value);
            format!(
                "resource \"aws_lambda_function\" \"f\" {{\nfor_each = toset([{value}])\ntimeout = {timeout}\n}}"
            )
        };
        (code(3), code(9))
    };
    twins(&with, HOSTILE);
}

#[test]
fn parts_of_policies() {
    let with = |value: &str| {
        let code = |statement: String| {
            format!(
                "resource \"aws_sqs_queue\" \"q\" {{\nname = \"q\"\npolicy = jsonencode({{ Version = \"2012-10-17\", Statement = [{statement}] }})\n}}"
            )
        };
        let (arn, value) = (
            hcl(&format!("arn:aws:sqs:eu-west-1:111111111111:{value}")),
            hcl(value),
        );
        let statement = format!(
            "{{ Sid = {value}, Effect = \"Allow\", Principal = \"*\", Action = \"sqs:SendMessage\", Resource = {arn}, Condition = {{ StringEquals = {{ \"aws:PrincipalTag/x\" = {value} }} }} }}"
        );
        (code(String::new()), code(statement))
    };
    // What is in angle brackets in a policy's text stands for what is known after apply.
    twins_of(&with, &PRINTABLE.replace('*', ""), "plain <x>");
}

#[test]
fn very_long_values_are_cut() {
    let long = "x".repeat(1 << 20);
    let code = |value: &str| {
        format!("resource \"aws_lambda_function\" \"f\" {{\nhandler = \"{value}\"\n}}")
    };
    for (format, output) in outputs(&report(&code("a"), &code(&long))) {
        check(format, &output);
        assert!(output.len() < 10_000, "{format}: {}", output.len());
    }
}

fn slgen(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.is_empty(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every format of the binary, hostile and plain.
fn runs(folder: &Path, bad: &[&str], plain: &[&str]) {
    for format in ["text", "json", "markdown", "sarif", "github", "gitlab"] {
        let more = ["--format", format, "-v"];
        let bad = slgen(folder, &[&["diff"], bad, &more].concat());
        assert_contained(format, &bad);
        // The files are named so.
        let bad = ["json", "yaml"].iter().fold(bad, |text, end| {
            text.replace(&format!("bad.{end}"), &format!("plain.{end}"))
        });
        let plain = slgen(folder, &[&["diff"], plain, &more].concat());
        assert_eq!(
            structure(format, &bad),
            structure(format, &plain),
            "{format}:\n{bad}\n{plain}"
        );
    }
}

#[test]
fn of_a_plan() {
    let plan = |value: &str| {
        let function =
            |value: &str| json!({ "function_name": "f", "handler": value, "description": value });
        json!({
            "format_version": "1.2", "terraform_version": "1.11.4", "complete": true, "errored": false,
            "planned_values": { "root_module": {} }, "configuration": {},
            "resource_changes": [{
                "address": format!("aws_lambda_function.x[{}]", json!(value)), "mode": "managed",
                "type": "aws_lambda_function", "name": "x", "index": value,
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": { "actions": ["update"], "before": function("a"), "after": function(value),
                    "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {} },
            }],
        })
    };
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [("bad.json", HOSTILE), ("plain.json", "plain")] {
        std::fs::write(folder.path().join(name), plan(value).to_string()).unwrap();
    }
    runs(
        folder.path(),
        &["--plan", "bad.json"],
        &["--plan", "plain.json"],
    );
}

/// Names of files and folders, and what of them could not be read.
#[test]
fn of_names_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, timeout: u32| {
        let code = format!(
            "resource \"aws_lambda_function\" \"f\" {{\ntimeout = {timeout}\n}}\nmodule \"m\" {{\nsource = \"<script>alert(1)</script>\"\n}}\n"
        );
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join(format!("{name}.tf")), code).unwrap();
    };
    let bad = "x\u{1b}[31m\u{202e}|`@octocat <script>alert(1)<\n::error::x%0A,:#1";
    write("old", 3);
    write(bad, 9);
    write("new", 9);
    for format in ["text", "json", "sarif", "github", "gitlab", "markdown"] {
        let run = |name: &str| {
            slgen(
                folder.path(),
                &[
                    "diff",
                    "--format",
                    format,
                    "--code",
                    name,
                    "--against",
                    "old",
                ],
            )
        };
        let (bad, plain) = (run(bad), run("new"));
        let steers = steering(&bad);
        assert!(steers.is_empty(), "{format}: {steers:?}\n{bad}");
        check(format, &bad);
        if format == "text" {
            assert_eq!(lines(&bad), lines(&plain), "{bad}\n{plain}");
        }
        if format == "github" {
            let count = |text: &str| annotations(text).unwrap().len();
            assert_eq!(count(&bad), count(&plain), "{bad}\n{plain}");
        }
    }
}

/// What an account and a manifest say.
#[test]
fn of_a_snapshot_and_a_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    super::example::lay_out("compact", path);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/compact/slgen.yaml");
    let manifest = std::fs::read_to_string(example).unwrap();
    let snapshot = |value: &str| {
        json!({
            "schema": "slgen.snapshot/1", "environment": "prod", "account": "222222222222", "region": "eu-west-1",
            "taken": "2026-11-24",
            "resources": [{ "type": "aws_lambda_function", "id": "orders-prod-api", "attributes": {
                "function_name": "orders-prod-api", "handler": value, "description": value,
            }, "calls": [] }],
            "not_checked": [{ "check": value, "on": value, "kinds": [], "action": value, "reason": { "other": value } }],
        })
    };
    let file = |name: &str, text: String| std::fs::write(path.join(name), text).unwrap();
    for (name, hostile, printable) in [("bad", HOSTILE, PRINTABLE), ("plain", "plain", "plain")] {
        file(&format!("{name}.json"), snapshot(hostile).to_string());
        let exception = format!(
            "{manifest}\nexceptions:\n  - {{ rule: SLG-DIFF-005, scope: functions.api, reason: {}, owner: {}, expires: 2099-01-01 }}\n",
            json!(printable),
            json!(printable),
        );
        file(&format!("{name}.yaml"), exception);
    }
    runs(
        path,
        &["-m", "bad.yaml", "--snapshot", "bad.json"],
        &["-m", "plain.yaml", "--snapshot", "plain.json"],
    );
}
