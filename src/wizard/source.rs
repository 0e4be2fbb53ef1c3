//! The files a function begins with, where its source folder is not there yet.

use camino::Utf8PathBuf;

/// Runtimes that a folder can be begun with.
pub(super) const RUNTIMES: [(&str, &str); 2] = [
    ("python3.13", "Python: app.py"),
    ("nodejs22.x", "Node.js: index.mjs"),
];

/// Refuses every event until it is written: nothing is taken for done.
const PYTHON: &str = "def handler(event, context):
    raise NotImplementedError(\"write what this function does\")
";

const NODE: &str = "export const handler = async () => {
  throw new Error(\"write what this function does\");
};
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
}

/// The least of a new source folder, by which its runtime is known; a whole handler takes its place where there is one.
pub(super) fn handler(request: &Request<'_>) -> Vec<(Utf8PathBuf, String)> {
    let (name, text) = if request.runtime.starts_with("nodejs") {
        ("index.mjs", NODE)
    } else {
        ("app.py", PYTHON)
    };
    vec![(
        Utf8PathBuf::from(request.source).join(name),
        text.to_owned(),
    )]
}

/// A strict schema to begin with.
pub(super) fn schema(path: &str) -> (Utf8PathBuf, String) {
    (Utf8PathBuf::from(path), SCHEMA.to_owned())
}
