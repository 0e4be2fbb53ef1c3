//! The files a function begins with, where its source folder is not there yet.

use camino::Utf8PathBuf;

/// Runtimes that a folder can be begun with.
pub(super) const RUNTIMES: [(&str, &str); 3] = [
    ("python3.13", "Python: app.py"),
    ("nodejs22.x", "Node.js: index.mjs"),
    (
        OS_ONLY,
        "Rust or Go: an executable, built before it is packaged",
    ),
];

/// The runtime without a language of its own.
pub(super) const OS_ONLY: &str = "provided.al2023";

/// The languages that it runs, and the files that show them.
pub(super) const COMPILED: [(&str, &str); 2] = [("rust", "Rust: Cargo.toml"), ("go", "Go: go.mod")];

/// Refuses every event until it is written: nothing is taken for done.
const PYTHON: &str = "def handler(event, context):
    raise NotImplementedError(\"write what this function does\")
";

const NODE: &str = "export const handler = async () => {
  throw new Error(\"write what this function does\");
};
";

const CARGO: &str = "[package]
name = \"bootstrap\"
version = \"1.0.0\"
edition = \"2024\"
";

const RUST: &str = "fn main() {
    panic!(\"write what this function does\");
}
";

const GO: &str = "package main

func main() {
	panic(\"write what this function does\")
}
";

/// The smallest schema that refuses what it does not know.
const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["id"],
  "properties": {
    "id": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" }
  }
}
"#;

/// What a new source folder is for.
pub(super) struct Request<'a> {
    pub(super) source: &'a str,
    pub(super) runtime: &'a str,
    /// Where the runtime does not tell.
    pub(super) language: &'a str,
}

/// The least of a new source folder, by which its runtime is known; a whole handler takes its place where there is one.
pub(super) fn handler(request: &Request<'_>) -> Vec<(Utf8PathBuf, String)> {
    let files: &[(&str, &str)] = match request.runtime {
        OS_ONLY if request.language == "go" => {
            &[("go.mod", "module handler\n\ngo 1.24\n"), ("main.go", GO)]
        }
        OS_ONLY => &[("Cargo.toml", CARGO), ("src/main.rs", RUST)],
        runtime if runtime.starts_with("nodejs") => &[("index.mjs", NODE)],
        _ => &[("app.py", PYTHON)],
    };
    let source = Utf8PathBuf::from(request.source);
    let files = files.iter();
    files
        .map(|(name, text)| (source.join(name), (*text).to_owned()))
        .collect()
}

/// A strict schema to begin with.
pub(super) fn schema(path: &str) -> (Utf8PathBuf, String) {
    (Utf8PathBuf::from(path), SCHEMA.to_owned())
}
