//! Changes that somebody would like to pass unseen (`tests/data/evasions`), there and back.

use std::path::Path;

use slgen::diff::{Direction, Finding};
use slgen::graph::hcl;
use slgen::guardrail::Severity;

use super::between;
use super::cli::{err, out, slgen};

/// What a case asks for.
struct Case<'t> {
    name: &'t str,
    wanted: &'t str,
    severity: Severity,
    once: bool,
    both: bool,
    before: String,
    after: String,
}

const FILES: [&str; 2] = [
    include_str!("../../data/evasions/forms.txt"),
    include_str!("../../data/evasions/settings.txt"),
];

fn cases() -> Vec<Case<'static>> {
    let texts = FILES.iter().flat_map(|text| text.split("=== ").skip(1));
    texts.map(case).collect()
}

fn case(text: &str) -> Case<'_> {
    let (head, code) = text.split_once('\n').unwrap();
    let mut words = head.splitn(2, ' ');
    let (mut wanted, mut name) = (words.next().unwrap(), words.next().unwrap());
    let mut severity = Severity::Low;
    let (mut once, mut both) = (false, false);
    if matches!(wanted, "once" | "both") {
        (once, both) = (wanted == "once", wanted == "both");
        wanted = "widening";
    }
    while let Some((word, rest)) = name.split_once(' ') {
        match word {
            "once" => once = true,
            "low" | "medium" | "high" | "critical" => {
                severity = serde_json::from_value(word.into()).unwrap();
            }
            _ => break,
        }
        name = rest;
    }
    Case {
        name,
        wanted,
        severity,
        once,
        both,
        before: side(code, true),
        after: side(code, false),
    }
}

/// One of the two texts that `«before→after»` stands for.
fn side(code: &str, before: bool) -> String {
    let mut text = String::new();
    let mut rest = code;
    while let Some((plain, both)) = rest.split_once('«') {
        let (both, after) = both.split_once('»').unwrap();
        let (old, new) = both.split_once('→').unwrap();
        text.push_str(plain);
        text.push_str(if before { old } else { new });
        rest = after;
    }
    text + rest
}

fn diff(before: &str, after: &str) -> Vec<Finding> {
    let graph = |text: &str| {
        let files = super::file(text);
        hcl::read_foreign(&files, "".into(), &[])
    };
    let (before, after) = (graph(before), graph(after));
    for side in [&before, &after] {
        assert_eq!(side.not_read, [], "{side:#?}");
    }
    between(&before, &after)
}

fn seen(findings: &[Finding]) -> Vec<String> {
    let line = |f: &Finding| {
        let (direction, severity) = (f.direction, f.severity);
        format!(
            "{direction} {severity} {} {} {} ({})",
            f.rule, f.address, f.path, f.meaning
        )
    };
    findings.iter().map(line).collect()
}

#[test]
fn nothing_passes_unseen_and_the_way_back_is_the_opposite() {
    let cases = cases();
    assert!(cases.len() > 60, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let there = diff(&case.before, &case.after);
        let back = diff(&case.after, &case.before);
        let has = |found: &[Finding], direction: Direction| {
            found.iter().any(|f| {
                f.direction == direction
                    && (f.severity >= case.severity || direction != Direction::Widening)
            })
        };
        let opens = |found: &[Finding]| found.iter().any(|f| f.gate().is_some());
        let right = match case.wanted {
            "widening" => {
                let returns = has(&back, Direction::Narrowing) || case.once;
                let widens = back.iter().any(|f| f.direction == Direction::Widening);
                has(&there, Direction::Widening) && (case.both == widens) && (case.both || returns)
            }
            "undetermined" => {
                has(&there, Direction::Undetermined)
                    && !has(&there, Direction::Narrowing)
                    && (case.once || has(&back, Direction::Undetermined))
            }
            "nothing" => there.is_empty() && back.is_empty(),
            "quiet" => !opens(&there) && !opens(&back),
            other => panic!("{other}"),
        };
        if !right {
            wrong.push(format!(
                "{} {}\n  there {:#?}\n  back {:#?}",
                case.wanted,
                case.name,
                seen(&there),
                seen(&back)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// `diff --code new --against old`: status, and direction, address and path of each finding.
fn run(folder: &Path) -> (i32, Vec<String>, String) {
    let arguments = ["diff", "--code", "new", "--against", "old"];
    let output = slgen(folder, &[&arguments[..], &["--format", "json"]].concat());
    let text = out(&output);
    let report: serde_json::Value =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{}", err(&output)));
    let word = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let found = findings
        .filter(|f| f["direction"] != "neutral")
        .map(|f| format!("{} {}", word(&f["direction"]), word(&f["address"])))
        .collect();
    (output.status.code().unwrap(), found, text)
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Files of both sides, then those of the second that differ.
fn changed(same: &[(&str, &str)], new: &[(&str, &str)]) -> (i32, Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in same {
        write(folder.path(), &format!("old/{file}"), text);
        write(folder.path(), &format!("new/{file}"), text);
    }
    for (file, text) in new {
        write(folder.path(), &format!("new/{file}"), text);
    }
    run(folder.path())
}

const BLOCK: &str = "variable \"closed\" {\n  default = true\n}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket              = \"b\"\n  block_public_policy = var.closed\n}\n";

#[test]
fn values_in_files_beside_the_code_count() {
    for file in ["terraform.tfvars", "x.auto.tfvars"] {
        let (status, found, text) = changed(&[("main.tf", BLOCK)], &[(file, "closed = false\n")]);
        assert_eq!(
            found,
            ["widening aws_s3_bucket_public_access_block.b"],
            "{text}"
        );
        assert_eq!(status, 3, "{text}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_not_empty() {
    let (status, found, text) = changed(&[("main.tf", BLOCK)], &[("main.tf", "resource {{{\n")]);
    assert_eq!(status, 3, "{text}");
    assert!(text.contains("main.tf (new/main.tf:1)"), "{text}");
    let block = ["widening aws_s3_bucket_public_access_block.b"];
    assert_eq!(found, block, "{text}");
    // Nor is what is declared twice one of the two.
    let twice = format!("{BLOCK}{}", BLOCK.replace("var.closed", "false"));
    let (status, _, text) = changed(&[("main.tf", BLOCK)], &[("main.tf", &twice)]);
    assert_ne!(status, 0, "{text}");
    assert!(text.contains("is declared twice"), "{text}");
}

#[test]
fn other_hashes_of_the_same_version_are_no_upgrade() {
    let lock = |version: &str, hash: &str| {
        format!(
            "provider \"registry.terraform.io/hashicorp/aws\" {{\n  version = \"{version}\"\n  hashes = [\n    \"h1:{hash}\",\n  ]\n}}\n"
        )
    };
    let file = ".terraform.lock.hcl";
    let same = [("main.tf", BLOCK), (file, &lock("5.100.0", "a"))];
    let (_, found, text) = changed(&same, &[(file, &lock("5.100.0", "b"))]);
    assert_eq!(found, ["undetermined terraform_lock.aws"], "{text}");
    let (_, found, text) = changed(&same, &[(file, &lock("5.101.0", "b"))]);
    assert_eq!(found, [""; 0], "{text}");
}

#[test]
fn providers_that_a_module_is_given_are_told_apart() {
    let call = |provider: &str| {
        format!(
            "provider \"aws\" {{\n  alias  = \"a\"\n}}\nprovider \"aws\" {{\n  alias  = \"b\"\n}}\nmodule \"m\" {{\n  source    = \"./m\"\n  providers = {{ aws = aws.{provider} }}\n}}\n"
        )
    };
    let module = "resource \"aws_sqs_queue\" \"q\" {\n  name = \"q\"\n}\n";
    let same = [("main.tf", call("a")), ("m/main.tf", module.to_owned())];
    let same: Vec<(&str, &str)> = same.iter().map(|(f, t)| (*f, t.as_str())).collect();
    let (_, found, text) = changed(&same, &[("main.tf", &call("b"))]);
    assert_eq!(found, ["undetermined module.m.aws_sqs_queue.q"], "{text}");
}
