//! `slgen.yaml`: the model, and reading it with positions.

mod characters;
pub mod interpolate;
pub mod model;
mod source_map;
mod validate;

use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};
pub use model::Manifest;
pub use source_map::{SourceMap, escape};

use crate::diagnostic::{Diagnostic, Span};

/// A larger file is no manifest.
const LARGEST: u64 = 1024 * 1024;

/// A manifest with its text and positions.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The manifest.
    pub manifest: Manifest,
    /// Positions.
    pub map: SourceMap,
    /// File, as the user named it.
    pub file: Utf8PathBuf,
    /// The text.
    pub text: String,
}

impl Loaded {
    /// Span of what a JSON pointer points at, or of its nearest parent.
    pub fn span(&self, pointer: &str) -> Option<Span> {
        let (start, end) = self.map.nearest(pointer)?;
        Some(Span {
            file: self.file.clone(),
            start,
            end,
        })
    }

    /// An error at a JSON pointer.
    pub fn error(
        &self,
        code: &str,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, message)
            .at(self.span(pointer))
            .help(help)
    }
}

/// Reads a file's text, of at most 1 MiB of UTF-8.
///
/// # Errors
/// One diagnostic that says why it could not be read.
pub fn read(file: &Utf8Path) -> Result<String, Diagnostic> {
    let fail = |message: String, help: &str| {
        Diagnostic::error("SLG-FILE-001", format!("{file}: {message}")).help(help)
    };
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|opened| opened.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| fail(error.to_string(), "name the manifest with --manifest"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(fail(
            "larger than 1 MiB".to_owned(),
            "a manifest is a short text: is this the right file?",
        ));
    }
    String::from_utf8(bytes).map_err(|_| fail("not UTF-8".to_owned(), "save it as UTF-8"))
}

/// Parses and checks a manifest's text.
///
/// # Errors
/// Every fault found, each with its place. Faults of the text itself come alone.
pub fn parse(file: &Utf8Path, text: &str) -> Result<Loaded, Vec<Diagnostic>> {
    let at = |start: usize, end: usize| {
        Some(Span {
            file: file.to_owned(),
            start,
            end,
        })
    };
    if let Some((start, c)) = text.char_indices().find(|(_, c)| is_hidden(*c)) {
        let message = format!("the invisible character U+{:04X} stands here", u32::from(c));
        return Err(vec![
            Diagnostic::error("SLG-TEXT-001", message)
                .at(at(start, start + c.len_utf8()))
                .help("remove it"),
        ]);
    }
    let map = SourceMap::build(text).map_err(|fault| {
        vec![
            Diagnostic::error("SLG-TEXT-002", fault.message)
                .at(at(fault.range.0, fault.range.1))
                .help(fault.help),
        ]
    })?;
    let numbers: Vec<Diagnostic> = map
        .pointers()
        .filter(|p| {
            (p.ends_with("/account") || p.ends_with("baseline/version")) && map.is_number(p)
        })
        .map(|pointer| {
            let (start, end) = map.nearest(pointer).unwrap_or_default();
            Diagnostic::error(
                "SLG-MANIFEST-002",
                "this is read as a number; account ids and versions are text",
            )
            .at(at(start, end))
            .help(format!("write \"{}\"", &text[start..end]))
        })
        .collect();
    if !numbers.is_empty() {
        return Err(numbers);
    }
    let manifest: Manifest = serde_yaml::from_str(text).map_err(|error| {
        let start = error.location().map_or(0, |location| {
            byte_of(text, location.line(), location.column())
        });
        let end = text[start..]
            .find(|c: char| c.is_whitespace() || c == ':')
            .map_or(text.len(), |n| start + n);
        let message = error.to_string();
        let message = message
            .split(" at line ")
            .next()
            .unwrap_or(&message)
            .to_owned();
        let diagnostic = Diagnostic::error("SLG-MANIFEST-001", message.clone()).at(at(start, end));
        vec![match did_you_mean(&message) {
            Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
            None => diagnostic.help("`slgen schema` prints what a manifest may hold"),
        }]
    })?;
    let loaded = Loaded {
        manifest,
        map,
        file: file.to_owned(),
        text: text.to_owned(),
    };
    let faults = validate::check(&loaded);
    if faults.is_empty() {
        Ok(loaded)
    } else {
        Err(faults)
    }
}

/// The JSON Schema of the manifest, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Manifest).to_value()
}

/// Control characters and those that reorder text (Unicode TR 36, "Bidirectional Text Spoofing").
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let rest = &text[start.min(text.len())..];
    start
        + rest
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(0, |(at, _)| at)
}

/// serde says "unknown field `x`, expected one of `a`, `b`": the nearest of them.
fn did_you_mean(message: &str) -> Option<String> {
    let mut words = message.split('`').skip(1).step_by(2);
    let wrong = words.next()?;
    if !message.contains("unknown") {
        return None;
    }
    crate::catalog::aws::suggest::nearest(wrong, words).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLES: [&str; 2] = [
        include_str!("../../examples/orders/slgen.yaml"),
        include_str!("../../examples/compact/slgen.yaml"),
    ];

    #[test]
    fn the_examples_load_and_fit_the_schema() {
        let schema = jsonschema::validator_for(&schema()).unwrap();
        for text in EXAMPLES {
            parse(Utf8Path::new("slgen.yaml"), text).unwrap();
            let json: serde_json::Value = serde_yaml::from_str(text).unwrap();
            let errors: Vec<String> = schema.iter_errors(&json).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
    }

    #[test]
    fn an_unquoted_account_is_its_own_error() {
        let text = EXAMPLES[1].replace("\"222222222222\"", "222222222222");
        let faults = parse(Utf8Path::new("slgen.yaml"), &text).unwrap_err();
        assert_eq!(faults[0].code, "SLG-MANIFEST-002");
        assert_eq!(faults[0].help.as_deref(), Some("write \"222222222222\""));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_neighbour() {
        let text = EXAMPLES[1].replace("alerts:", "alert:");
        let faults = parse(Utf8Path::new("slgen.yaml"), &text).unwrap_err();
        assert_eq!(faults[0].help.as_deref(), Some("did you mean `alerts`?"));
    }

    proptest::proptest! {
        #[test]
        fn a_damaged_manifest_never_panics(at in 0_usize..1000, junk in "\\PC{0,6}") {
            let mut text: Vec<char> = EXAMPLES[1].chars().collect();
            let at = at.min(text.len());
            text.splice(at..at, junk.chars());
            let text: String = text.into_iter().collect();
            let _ = parse(Utf8Path::new("slgen.yaml"), &text);
        }
    }
}
