//! `slgen scaffold`: what it writes, what it refuses, and what it leaves alone.

use std::fs;
use std::path::Path;
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

fn shown(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

/// The orders example without its sources, its manifest changed.
fn orders(change: impl Fn(String) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(ROOT).join("examples/orders");
    example_files::copy(&from.join("schemas"), &folder.path().join("schemas"));
    let manifest = fs::read_to_string(from.join("slgen.yaml")).unwrap();
    fs::write(folder.path().join("slgen.yaml"), change(manifest)).unwrap();
    folder
}

/// A scaffold as one text: what is made of the manifest whole, what is the same everywhere by name.
fn snapshot(folder: &Path, language: &str) -> String {
    let templates = Path::new(ROOT).join("templates/handlers");
    let mut out = String::new();
    for (path, content) in tree(folder) {
        let below = path.strip_prefix("..").unwrap_or(&path);
        let named = below.file_name().unwrap().to_string_lossy();
        let same = [
            templates.join(language).join(below),
            templates.join(&*named),
            // What handlers need that have a database.
            templates
                .join(language)
                .join(named.replace("requirements.", "requirements-postgresql.")),
        ]
        .iter()
        .any(|template| fs::read_to_string(template).is_ok_and(|text| text == content));
        if same {
            out.push_str(&format!("==== {}: as in the templates\n", path.display()));
        } else if path.ends_with("Cargo.lock") {
            let packages: Vec<&str> = content
                .lines()
                .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
                .collect();
            out.push_str(&format!(
                "==== {}: {}\n",
                path.display(),
                packages.join(" ")
            ));
        } else if path.ends_with("package-lock.json") {
            let packages: Vec<&str> = content
                .lines()
                .filter_map(|line| {
                    line.trim()
                        .strip_prefix("\"node_modules/")?
                        .strip_suffix("\": {")
                })
                .collect();
            out.push_str(&format!(
                "==== {}: {}\n",
                path.display(),
                packages.join(" ")
            ));
        } else {
            out.push_str(&format!("==== {}\n{content}", path.display()));
        }
    }
    out
}

/// The handlers of the orders example, in each language, as they are meant to be.
#[test]
fn the_handlers_of_the_orders_example() {
    let update = std::env::var_os("UPDATE").is_some();
    for (language, runtime, handler) in [
        ("python", "python3.13", "app.handler"),
        ("typescript", "nodejs22.x", "index.handler"),
        ("go", "provided.al2023", "bootstrap"),
        ("rust", "provided.al2023", "bootstrap"),
    ] {
        let project = orders(|manifest| {
            let mut lines: Vec<String> = manifest.lines().map(str::to_owned).collect();
            for line in &mut lines {
                if line.starts_with("    runtime:") {
                    *line = format!("    runtime: {runtime}");
                } else if line.starts_with("    handler:") {
                    *line = format!("    handler: {handler}");
                }
            }
            lines.join("\n") + "\n"
        });
        for function in ["create-order", "fulfil-order", "nightly-report"] {
            let arguments = ["scaffold", function, "--language", language];
            let output = slgen(project.path(), &arguments);
            assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
            let source = project.path().join("src").join(function.replace('-', "_"));
            let notes: String = text(&output.stdout)
                .lines()
                .filter(|line| line.starts_with("note: "))
                .map(|line| format!("{line}\n"))
                .collect();
            let found = notes + &snapshot(&source, language);
            let expected =
                Path::new(ROOT).join(format!("tests/expected/scaffold/{function}.{language}.txt"));
            if update {
                fs::create_dir_all(expected.parent().unwrap()).unwrap();
                fs::write(&expected, &found).unwrap();
            }
            let before = fs::read_to_string(&expected).unwrap_or_default();
            assert_eq!(found, before, "UPDATE=1 cargo test --test suite scaffold::");
        }
        // What is scaffolded is a source folder like any other.
        let output = slgen(project.path(), &["validate"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    }
}

#[test]
fn what_is_there_stays() {
    let project = orders(|manifest| manifest);
    let source = project.path().join("src/create_order");
    fs::create_dir_all(&source).unwrap();
    fs::write(source.join("app.py"), "mine = True\n").unwrap();
    let before = tree(project.path());

    let dry = slgen(project.path(), &["scaffold", "create-order", "--dry-run"]);
    assert_eq!(dry.status.code(), Some(0));
    assert!(text(&dry.stdout).contains("# src/create_order/edge/http.py\n"));
    assert_eq!(tree(project.path()), before);

    let first = slgen(project.path(), &["scaffold", "create-order"]);
    assert_eq!(first.status.code(), Some(0), "{}", shown(&first));
    assert!(text(&first.stdout).contains("src/create_order/app.py: is there and stays as it is\n"));
    assert!(text(&first.stdout).contains("src/create_order/access.py: written\n"));
    let after = tree(project.path());
    assert!(after.len() > before.len() + 10);
    for (path, content) in &before {
        assert_eq!(after[path], *content);
    }

    let again = slgen(project.path(), &["scaffold", "create-order"]);
    assert_eq!(again.status.code(), Some(0));
    assert!(!text(&again.stdout).contains(": written"));
    assert_eq!(tree(project.path()), after);
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_project() {
    let project = orders(|manifest| manifest);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir_all(project.path().join("src")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), project.path().join("src/create_order")).unwrap();
    let output = slgen(project.path(), &["scaffold", "create-order"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        shown(&output).contains("symbolic link"),
        "{}",
        shown(&output)
    );
    assert!(tree(elsewhere.path()).is_empty());
}

/// The queue worker of the example, on another trigger.
fn on(manifest: &str, trigger: &str, queue: &str) -> String {
    let settings = format!("{queue}, batch: 10, max_receives: 5,");
    assert!(manifest.contains(&settings), "{manifest}");
    let manifest = manifest.replace(&settings, &format!("{{ {trigger},"));
    manifest.replace("    blueprint: queue-worker\n", "")
}

/// Handlers of streams, topics, databases and signed routes, as they are meant to be: those that the end-to-end tests run.
#[test]
fn the_handlers_of_streams_topics_databases_and_senders() {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(ROOT).join("tests/e2e/handlers");
    fs::copy(from.join("slgen.yaml"), folder.path().join("slgen.yaml")).unwrap();
    example_files::copy(&from.join("schemas"), &folder.path().join("schemas"));
    for (kind, languages) in [
        ("fold", &["python", "typescript", "go", "rust"][..]),
        ("watch", &["python", "typescript", "go", "rust"]),
        ("notify", &["python", "typescript", "go", "rust"]),
        ("files", &["go", "rust"]),
        ("events", &["go", "rust"]),
        ("rows", &["python", "typescript"]),
        ("signed", &["python", "typescript"]),
    ] {
        for language in languages {
            let function = format!("{kind}-{language}");
            let arguments = ["scaffold", &function, "--language", language];
            let output = slgen(folder.path(), &arguments);
            assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
            let found = snapshot(
                &folder.path().join(format!("src/{kind}_{language}")),
                language,
            );
            let expected =
                Path::new(ROOT).join(format!("tests/expected/scaffold/{kind}.{language}.txt"));
            if std::env::var_os("UPDATE").is_some() {
                fs::write(&expected, &found).unwrap();
            }
            let before = fs::read_to_string(&expected).unwrap_or_default();
            assert_eq!(found, before, "UPDATE=1 cargo test --test suite scaffold::");
        }
    }
}

#[test]
fn what_no_handler_can_be_made_of_is_refused_with_its_place() {
    type Change = fn(&Path, String) -> String;
    let cases: &[(&[&str], Change, &str)] = &[
        (&["create-oder"], |_, m| m, "did you mean `create-order`?"),
        (
            &["create-order"],
            |_, m| m.replace("handler: app.handler", "handler: edge.handler"),
            "no handler can be made for `edge.handler`",
        ),
        (
            &["create-order"],
            |_, m| m.replace("handler: app.handler", "handler: import.handler"),
            "no handler can be made for `import.handler`",
        ),
        (
            &["create-order"],
            |folder, m| {
                let open = r#"{"type": "object", "properties": {"order_id": {"type": "string"}}}"#;
                fs::write(folder.join("schemas/order.json"), open).unwrap();
                m
            },
            "schemas/order.json: its object takes unknown fields",
        ),
        (
            &["create-order"],
            |folder, m| {
                let away = r#"{"type": "object", "additionalProperties": false, "properties": {"a": {"$ref": "https://example.com/a"}}}"#;
                fs::write(folder.join("schemas/order.json"), away).unwrap();
                m
            },
            "leads out of the file",
        ),
        (
            &["create-order"],
            |folder, m| {
                let odd = r#"{"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": {"type": "string", "pattern": "^qqq[z]{7}$"}}}"#;
                fs::write(folder.join("schemas/order.json"), odd).unwrap();
                m
            },
            "no example could be made of the schema",
        ),
        (
            &["fulfil-order", "--language", "go"],
            |_, m| {
                let m = m.replace("timeout_s: 60", "timeout_s: 20");
                on(&m, "url: POST, auth: iam", "{ queue: jobs")
            },
            "there are no handlers of URLs in Go yet",
        ),
        (
            &["create-order", "--language", "go"],
            |folder, m| {
                let ahead = r#"{"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": {"type": "string", "unevaluatedProperties": false}}}"#;
                fs::write(folder.join("schemas/order.json"), ahead).unwrap();
                m
            },
            "schemas/order.json: /properties/a/unevaluatedProperties is a keyword that handlers in Go do not check",
        ),
        (
            &["fulfil-order", "--language", "rust"],
            |_, m| {
                let m = m.replace("timeout_s: 60", "timeout_s: 20");
                on(&m, "url: POST, auth: iam", "{ queue: jobs")
            },
            "there are no handlers of URLs in Rust yet",
        ),
        (
            &["fulfil-order"],
            |_, m| {
                let twice =
                    "stream: orders-table, schema: schemas/job.json }\n      - { stream: clicks";
                on(&m, twice, "{ queue: jobs").replace(
                    "resources:\n",
                    "resources:\n  clicks: { type: kinesis_stream }\n",
                )
            },
            "a handler is made for one kind of trigger",
        ),
        (
            &["create-order"],
            |_, m| m.replacen("runtime: python3.13", "runtime: provided.al2023", 1),
            "does not say the language",
        ),
        (
            &["nightly-report"],
            |_, m| {
                m.replace(
                    "      - { schedule: \"cron(0 3 * * ? *)\", timezone: Europe/Berlin }\n",
                    "",
                )
                .replace(
                    "    triggers:\n    access:\n      - { to: orders-table, allow: [Query] }",
                    "    access:\n      - { to: orders-table, allow: [Query] }",
                )
            },
            "nothing invokes this function",
        ),
    ];
    for (arguments, change, expected) in cases {
        let project = orders(|manifest| manifest);
        let manifest = project.path().join("slgen.yaml");
        let changed = change(project.path(), fs::read_to_string(&manifest).unwrap());
        fs::write(&manifest, changed).unwrap();
        let mut all = vec!["scaffold"];
        all.extend_from_slice(arguments);
        let output = slgen(project.path(), &all);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{expected}: {}",
            shown(&output)
        );
        assert!(
            shown(&output).contains(expected),
            "{expected}: {}",
            shown(&output)
        );
        assert!(
            shown(&output).contains("--> slgen.yaml:"),
            "{}",
            shown(&output)
        );
        assert!(!project.path().join("src").exists(), "{expected}");
    }
}

/// Text with a meaning in every language, for each place of the manifest and of a schema that takes text.
const HOSTILE: &str = "pwned\"\"\"; pwned() # ${pwned} `pwned` \\\" */ pwned pwned";

#[test]
fn what_a_manifest_or_a_schema_says_never_becomes_code() {
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let schema = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": HOSTILE,
        "description": HOSTILE,
        "type": "object",
        "additionalProperties": false,
        "required": [HOSTILE, "nested"],
        "properties": {
            HOSTILE: { "type": "string", "enum": [HOSTILE] },
            "nested": {
                "type": "object", "additionalProperties": false, "required": [],
                "properties": { HOSTILE: { "type": "integer" } },
            },
        },
    });
    for (language, endings) in [
        ("python", &["py"][..]),
        ("typescript", &["ts"][..]),
        ("go", &["go"][..]),
        ("rust", &["rs"][..]),
    ] {
        let project = orders(|manifest| {
            manifest
                .replace(
                    "description: Accepts a new order",
                    &format!("description: {quoted}\n    env: {{ NOTE: {quoted} }}"),
                )
                .replace(
                    "partition_key: { name: order_id, type: S }",
                    &format!("partition_key: {{ name: {quoted}, type: S }}"),
                )
                .replace(
                    "scopes: [orders.read] }",
                    "scopes: [orders.read], params: { order_id: \"^pwned$|^a1$\" } }",
                )
        });
        fs::write(
            project.path().join("schemas/order.json"),
            schema.to_string(),
        )
        .unwrap();
        fs::write(project.path().join("schemas/job.json"), schema.to_string()).unwrap();
        let mut seen = 0;
        for function in ["create-order", "fulfil-order", "nightly-report"] {
            let output = slgen(
                project.path(),
                &["scaffold", function, "--language", language],
            );
            assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        }
        for (path, content) in tree(&project.path().join("src")) {
            let code = path
                .extension()
                .is_some_and(|e| endings.iter().any(|ending| e == *ending));
            if code && content.contains("pwned") {
                seen += 1;
                // A field is named by the letters of its key.
                let named = ["pwned"; 6].join("_");
                assert!(
                    !outside_literals(&content)
                        .replace(&named, "")
                        .contains("pwned"),
                    "{}: {content}",
                    path.display()
                );
            }
        }
        assert!(seen >= 3, "{language}: {seen} files hold the text");
    }
}

/// What stands outside of double quotes, literal by literal on one line.
fn outside_literals(code: &str) -> String {
    let mut out = String::new();
    for line in code.lines() {
        let (mut quoted, mut escaped) = (false, false);
        for c in line.chars() {
            match c {
                '"' if !escaped => quoted = !quoted,
                _ if !quoted => out.push(c),
                _ => {}
            }
            escaped = quoted && c == '\\' && !escaped;
        }
        out.push('\n');
    }
    out
}

/// Objects and events: each handler checks what its trigger names.
#[test]
fn handlers_of_pushed_triggers() {
    for (kind, function, language, listens) in [
        (
            "object",
            "thumbnail",
            "python",
            "\"prefix\": \"originals/\"",
        ),
        ("object", "forget", "typescript", "\"prefix\": \"drafts/\""),
        ("object", "forget", "go", "\"prefix\": \"drafts/\""),
        ("object", "forget", "rust", "\"prefix\": \"drafts/\""),
        (
            "event",
            "record",
            "python",
            "\"source\": \"com.example.shop\"",
        ),
        ("event", "record", "go", "\"source\": \"com.example.shop\""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let from = Path::new(ROOT).join("tests/triggers").join(kind);
        example_files::copy(&from, folder.path());
        if matches!(language, "go" | "rust") {
            compiled(folder.path(), function);
        }
        let source = folder.path().join("src").join(function);
        fs::remove_dir_all(&source).unwrap();
        let done = slgen(
            folder.path(),
            &["scaffold", function, "--language", language],
        );
        assert!(done.status.success(), "{}", shown(&done));
        let trigger = fs::read_to_string(source.join("trigger.json")).unwrap();
        assert!(trigger.contains(listens), "{trigger}");
        let judged = slgen(folder.path(), &["validate"]);
        assert!(judged.status.success(), "{}", shown(&judged));
    }
}

/// Gives a function of a project the runtime of compiled languages.
fn compiled(project: &Path, function: &str) {
    let path = project.join("slgen.yaml");
    let mut manifest = String::new();
    let mut is_its_own = false;
    for line in fs::read_to_string(&path).unwrap().lines() {
        if line.starts_with("  ") && !line.starts_with("   ") {
            is_its_own = line == format!("  {function}:");
        }
        manifest += match line.split_once(": ") {
            Some(("    runtime", _)) if is_its_own => "    runtime: provided.al2023",
            Some(("    handler", _)) if is_its_own => "    handler: bootstrap",
            _ => line,
        };
        manifest.push('\n');
    }
    fs::write(&path, manifest).unwrap();
}
