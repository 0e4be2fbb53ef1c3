//! A handler whose file is not there is told before anything is packaged, and nothing else is.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What `validate` says of a function with these files and settings.
fn said(files: &[(&str, &str)], settings: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        "version: 1\nservice: own\nenvironments: {{ dev: {{ account: \"111111111111\", region: eu-west-1 }} }}\nbaseline: {{ source: \"builtin:aws-baseline\", version: 1.0.0 }}\nalerts: {{ email: [oncall@example.com] }}\nfunctions:\n  f: {{ source: src/f, triggers: [{{ schedule: \"rate(1 day)\" }}], {settings} }}\n"
    );
    write(folder.path(), "slgen.yaml", &manifest);
    for (name, text) in files {
        write(&folder.path().join("src/f"), name, text);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder.path())
        .arg("validate")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    String::from_utf8(output.stderr).unwrap()
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const CODE: &str = "SLG-SERVICE-106";

#[test]
fn a_handler_without_its_file_is_told_where_it_is_named() {
    let python = "runtime: python3.13, handler: main.handler";
    let node = "runtime: nodejs24.x, handler: src/main.handler";
    for (files, settings, message, at) in [
        (
            &[("app.py", "")][..],
            python,
            "the handler main.handler is none of the files of src/f",
            "handler: main.handler",
        ),
        (
            &[("main.js", ""), ("src/other.mjs", "")],
            node,
            "Lambda looks for src/main.js or src/main.mjs or src/main.cjs",
            "handler: src/main.handler",
        ),
        // Unsaid, it is the language's own.
        (
            &[("requirements.txt", "")],
            "memory_mb: 256",
            "the handler app.handler is none of the files of src/f",
            "source: src/f",
        ),
        (
            &[("package.json", "{ \"scripts\": { \"test\": \"x\" } }")],
            "runtime: nodejs24.x, handler: app.handler, package: image",
            "the handler app.handler",
            "handler: app.handler",
        ),
    ] {
        let said = said(files, settings);
        assert!(
            said.contains(&format!("warning[{CODE}]")),
            "{settings}\n{said}"
        );
        assert!(said.contains(message), "{settings}\n{said}");
        assert!(said.contains(at), "{settings}\n{said}");
    }
}

#[test]
fn what_is_there_or_comes_to_be_is_not() {
    let python = "runtime: python3.13, handler: orders.app.handler";
    for (files, settings) in [
        (
            &[("app.py", "")][..],
            "runtime: python3.13, handler: app.handler",
        ),
        (&[("orders/app.py", "")], python),
        (&[("orders/app/__init__.py", "")], python),
        (
            &[("src/main.cjs", "")],
            "runtime: nodejs24.x, handler: src/main.handler",
        ),
        // Something compiles it.
        (
            &[("index.ts", "")],
            "runtime: nodejs24.x, handler: index.handler",
        ),
        (
            &[
                ("package.json", "{ \"scripts\": { \"build\": \"x\" } }"),
                ("lib/a.ts", ""),
            ],
            "runtime: nodejs24.x, handler: index.handler",
        ),
        (
            &[("tsconfig.json", "{}"), ("package.json", "{}")],
            "runtime: nodejs24.x, handler: index.handler",
        ),
        // A dependency brings it.
        (
            &[
                ("requirements.txt", "datadog-lambda==6.0.0\n"),
                ("app.py", ""),
            ],
            "runtime: python3.13, handler: datadog_lambda.handler.handler",
        ),
        (
            &[("index.js", ""), ("package.json", "{}")],
            "runtime: nodejs24.x, handler: node_modules/datadog-lambda-js/handler.handler",
        ),
        // Its base may have it.
        (
            &[("app.py", "")],
            "runtime: python3.13, handler: base.handler, image: { base: registry.example.com/python:3.13 }",
        ),
        // No file is named.
        (
            &[("main.go", ""), ("go.mod", "module f\n")],
            "runtime: provided.al2023, handler: bootstrap",
        ),
        (
            &[("pom.xml", "")],
            "runtime: java21, handler: \"app.Handler::handleRequest\"",
        ),
    ] {
        let said = said(files, settings);
        assert!(!said.contains(CODE), "{settings}\n{said}");
    }
}
