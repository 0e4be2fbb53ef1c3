//! The built binary on real manifests, without network or any other tool.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::example_files;
use crate::tree::tree;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn slgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A copy of an example without what was generated, its manifest changed.
fn project(example: &str, change: impl Fn(String) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    example_files::lay_out(example, folder.path());
    let manifest = folder.path().join("slgen.yaml");
    let original = format!("{ROOT}/examples/{example}/slgen.yaml");
    let changed = change(fs::read_to_string(original).unwrap());
    fs::write(manifest, changed).unwrap();
    folder
}

/// The generated trees stand in the repository, so that a review shows every change of them.
#[test]
fn the_examples_are_as_generated() {
    for example in ["orders", "compact"] {
        let output = slgen(
            &Path::new(ROOT).join("examples").join(example),
            &["generate", "--check"],
        );
        assert_eq!(
            output.status.code(),
            Some(0),
            "run `slgen -C examples/{example} generate`:\n{}",
            text(&output.stdout)
        );
    }
}

#[test]
fn the_same_manifest_gives_the_same_bytes_anywhere() {
    for example in ["orders", "compact"] {
        let trees: Vec<BTreeMap<PathBuf, String>> = ["C", "de_DE.UTF-8", "tr_TR.UTF-8"]
            .into_iter()
            .map(|locale| {
                let project = project(example, |text| text);
                let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
                    .args(["generate"])
                    .current_dir(project.path())
                    .env("LC_ALL", locale)
                    .env("TZ", "Asia/Tokyo")
                    .output()
                    .unwrap();
                assert!(output.status.success(), "{}", text(&output.stderr));
                tree(&project.path().join("infra"))
            })
            .collect();
        assert!(trees[0].len() > 15);
        assert_eq!(trees[0], trees[1]);
        assert_eq!(trees[0], trees[2]);
    }
}

#[test]
fn an_error_writes_nothing_and_shows_where() {
    for (from, to, expected) in [
        (
            "allow: [PutItem, GetItem]",
            "allow: [PutItems, GetItem]",
            "did you mean `PutItem`?",
        ),
        ("to: jobs, allow", "to: job, allow", "did you mean `jobs`?"),
        (
            "runtime: nodejs22.x",
            "runtime: nodejs22",
            "did you mean `nodejs22.x`?",
        ),
        (
            "blueprint: queue-worker",
            "blueprint: http-api",
            "has no queue trigger",
        ),
        ("memory_mb: 256", "memory_mb: 64", "AWS takes 128 to 10240"),
        (
            "timeout_s: 10",
            "timeout_s: 30",
            "API Gateway gives up after 30 seconds.",
        ),
        ("sign: true", "sign: false", "locks sign to true"),
        (
            "retention_days: 365",
            "retention_days: 30",
            "found after months",
        ),
        (
            "functions.create-order.concurrency: 50",
            "functions.create-order.concurrency: 950",
            "must stay unreserved",
        ),
        ("version: 1.0.0", "version: 9.0.0", "write version: 1.0.0"),
        (
            "existing: \"orders/${env}/erp\"",
            "existing: \"orders/${file}/erp\"",
            "is none of ${env}",
        ),
        (
            "{ http: \"GET /orders/{order_id}\", scopes: [orders.read] }",
            "{ http: \"ANY /x\" }",
            "takes every method of the path",
        ),
        (", schema: schemas/job.json", "", "messages have no schema"),
        (
            "service: orders",
            "service: orders\nservice: orders",
            "second time",
        ),
        ("fulfil-order:\n", "stack:\n", "uses itself"),
    ] {
        let changed = |text: String| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        };
        let project = project("orders", changed);
        let output = slgen(project.path(), &["generate"]);
        let shown = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{to}: {shown}");
        assert!(shown.contains(expected), "{to}: {shown}");
        assert!(shown.contains("--> slgen.yaml:"), "{to}: {shown}");
        assert!(
            !shown.contains("hunter2\n")
                || !expected.contains("secret")
                || shown.contains("DB_PASSWORD"),
            "{shown}"
        );
        assert!(!project.path().join("infra").exists(), "{to}");
    }
}

/// Text from the manifest stays text in what Terraform evaluates.
#[test]
fn what_a_manifest_says_never_becomes_code() {
    let hostile = r#"a "quoted" ${file("x")} %{ if true } $${y} \ back `tick` <<EOT"#;
    let encoded = r#"a \"quoted\" $${file(\"x\")} %%{ if true } $$${y} \\ back `tick` <<EOT"#;
    let quoted = serde_json::to_string(hostile).unwrap();
    let project = project("orders", |text| {
        text.replace(
            "description: Accepts a new order",
            &format!("description: {quoted}\n    env: {{ NOTE: {quoted} }}"),
        )
        .replace(
            "owner: team-checkout",
            &format!("owner: team-checkout\ntags: {{ {quoted}: {quoted} }}"),
        )
    });
    let output = slgen(project.path(), &["generate"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let files = tree(&project.path().join("infra"));
    let function = &files[Path::new("orders/fn_create_order.tf")];
    assert!(
        function.contains(&format!("description                    = \"{encoded}\"")),
        "{function}"
    );
    assert!(
        function.contains(&format!("= \"{encoded}\"\n        ORDERS"))
            || function.contains(&format!("NOTE              = \"{encoded}\""))
    );
    assert!(
        files[Path::new("orders/locals.tf")].contains(&format!("\"{encoded}\" = \"{encoded}\""))
    );
    for text in files.values() {
        assert!(!text.contains("file(\"x\")"));
    }
}

#[test]
fn hidden_characters_and_large_files_are_refused() {
    for text in [
        "service: a\u{202e}b\n".to_owned(),
        "service: \"a\u{0}\"\n".to_owned(),
        "#".repeat(2 * 1024 * 1024),
    ] {
        let project = project("compact", |_| text.clone());
        let output = slgen(project.path(), &["validate"]);
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn an_edited_file_stops_the_run() {
    let project = project("compact", |text| text);
    assert!(slgen(project.path(), &["generate"]).status.success());
    let file = project.path().join("infra/orders/kms.tf");
    fs::write(&file, "# mine\n").unwrap();
    let check = slgen(project.path(), &["generate", "--check"]);
    assert_eq!(check.status.code(), Some(2));
    assert!(text(&check.stdout).contains("kms.tf: edited since slgen wrote it"));
    assert_eq!(slgen(project.path(), &["generate"]).status.code(), Some(1));
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
    assert!(
        slgen(project.path(), &["generate", "--force"])
            .status
            .success()
    );
    assert_eq!(
        fs::read_to_string(file.with_file_name("kms.tf.backup")).unwrap(),
        "# mine\n"
    );
}

#[test]
fn a_secret_in_plain_text_is_refused_and_never_printed() {
    for value in ["DB_PASSWORD: hunter2", "NOTE: ghp_hunter2"] {
        let project = project("orders", |text| {
            text.replace(
                "concurrency: 20",
                &format!("concurrency: 20\n    env: {{ {value} }}"),
            )
        });
        for format in ["text", "json"] {
            let output = slgen(project.path(), &["generate", "--format", format]);
            let shown = text(&output.stderr) + &text(&output.stdout);
            assert_eq!(output.status.code(), Some(1));
            assert!(
                shown.contains("looks like a secret")
                    && (shown.contains("slgen.yaml:46:") || shown.contains("\"line\":46")),
                "{shown}"
            );
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}

#[test]
fn usage_errors_exit_with_1() {
    assert_eq!(
        slgen(Path::new("."), &["generate", "--no-such-flag"])
            .status
            .code(),
        Some(1)
    );
    assert_eq!(slgen(Path::new("."), &["--version"]).status.code(), Some(0));
}

/// Exit status 3, nothing written, and the manifest line of what is wrong.
#[test]
fn a_failing_guardrail_writes_nothing() {
    let exception = |expires: &str| {
        format!(
            "  - {{ rule: SLG-PKG-003, scope: functions.nightly-report, reason: zip for now, owner: a@example.com, expires: {expires} }}\n"
        )
    };
    for (exceptions, expected) in [
        (String::new(), "error[SLG-PKG-003]: package_type is \"Zip\""),
        (
            format!("exceptions:\n{}", exception("2026-01-31")),
            "ended on 2026-01-31; a@example.com decides",
        ),
        (
            format!(
                "exceptions:\n{}{}",
                exception("2099-01-31"),
                exception("2099-01-31").replace("PKG-003", "PKG-033")
            ),
            "there is no rule \"SLG-PKG-033\"; did you mean SLG-PKG-003?",
        ),
    ] {
        let project = project("orders", |text| {
            let end = text.find("exceptions:").unwrap();
            format!("{}{exceptions}", &text[..end])
        });
        for command in ["validate", "generate"] {
            let output = slgen(project.path(), &[command]);
            let stderr = text(&output.stderr);
            assert_eq!(output.status.code(), Some(3), "{command}: {stderr}");
            assert!(stderr.contains(expected), "{command}: {stderr}");
            assert!(stderr.contains("--> slgen.yaml:"), "{command}: {stderr}");
            assert!(!project.path().join("infra").exists());
        }
    }
}
