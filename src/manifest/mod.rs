//! `slgen.yaml`: the model, and reading it with positions.

mod characters;
pub mod interpolate;
pub mod model;
mod scalar;
mod schedule;
mod schema;
mod secret;
mod setting;
mod similar;
mod structure;
mod tree;
mod validate;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
pub use model::Manifest;
pub(crate) use scalar::{Kind, Scalar};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
pub(crate) use setting::{read_setting, setting_schema, trigger_keys};
pub(crate) use similar::similar;
pub(crate) use structure::shown;
pub(crate) use tree::{Node, Value, unescape};
pub use tree::{SourceMap, escape};
pub use validate::image_fault;

use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::inputs;

/// A larger file is no manifest.
const LARGEST: u64 = 1024 * 1024;

/// A manifest with its text and positions, and what is wrong with it so far.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The manifest; what was faulty is left out or filled in.
    pub manifest: Manifest,
    /// Positions.
    pub map: SourceMap,
    /// File, as the user named it.
    pub file: Utf8PathBuf,
    /// The text as it may be shown: what looks like a secret is masked, positions are kept.
    pub text: String,
    /// Faults and warnings found while loading.
    pub diagnostics: Vec<Diagnostic>,
    damaged: BTreeSet<String>,
    /// How many of the diagnostics are of the structure: settling does not change those.
    structural: usize,
}

impl Loaded {
    /// Adds what is wrong with the values to the diagnostics.
    pub fn check(&mut self) {
        let faults = validate::check(self);
        self.diagnostics.extend(faults);
    }

    /// Takes the manifest with defaults filled in, and checks that one instead of what was written. Gives the faults
    /// that only what was filled in has.
    pub fn settle(&mut self, manifest: Manifest) -> Vec<Diagnostic> {
        let written = self
            .diagnostics
            .split_off(self.structural.min(self.diagnostics.len()));
        self.manifest = manifest;
        let settled = validate::check(self);
        let (old, new) = settled.into_iter().partition(|d| written.contains(d));
        self.diagnostics.extend::<Vec<_>>(old);
        new
    }

    /// Span of what a JSON pointer points at, or of its nearest parent.
    pub fn span(&self, pointer: &str) -> Option<Span> {
        let (start, end) = self.map.nearest(pointer)?;
        Some(Span {
            file: self.file.clone(),
            start,
            end,
        })
    }

    /// Span of the whole value at a JSON pointer.
    pub fn extent(&self, pointer: &str) -> Option<Span> {
        let (start, end) = self.map.value(pointer)?;
        Some(Span {
            file: self.file.clone(),
            start,
            end,
        })
    }

    /// Span of the key at a JSON pointer, or of its nearest parent.
    pub fn key_span(&self, pointer: &str) -> Option<Span> {
        let (start, end) = self
            .map
            .key(pointer)
            .or_else(|| self.map.nearest(pointer))?;
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
            .about(pointer)
            .help(help)
    }

    /// A warning at a JSON pointer.
    pub fn warning(
        &self,
        code: &str,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::warning(code, message)
            .at(self.span(pointer))
            .about(pointer)
            .help(help)
    }

    /// Whether the value at a pointer, or one it lies in, was faulty: a further fault there would
    /// only follow from the first.
    pub fn is_damaged(&self, pointer: &str) -> bool {
        let mut pointer = pointer;
        loop {
            if self.damaged.contains(pointer) {
                return true;
            }
            match pointer.rfind('/') {
                Some(slash) => pointer = &pointer[..slash],
                None => return false,
            }
        }
    }

    /// Whether anything at, around or below a pointer was faulty: what seems missing there may be
    /// what could not be read.
    pub fn is_doubtful(&self, pointer: &str) -> bool {
        let below = format!("{pointer}/");
        self.is_damaged(pointer)
            || self
                .damaged
                .range(below.clone()..)
                .next()
                .is_some_and(|damaged| damaged.starts_with(&below))
    }

    /// Whether an error was found so far.
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|d| d.severity == Severity::Error)
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
    let read = inputs::read(file, LARGEST).map_err(|error| {
        fail(
            error.to_string(),
            "start from a manifest of examples/, or name yours with --manifest",
        )
    })?;
    let Some(bytes) = read else {
        return Err(fail(
            "larger than 1 MiB".to_owned(),
            "a manifest is a short text: is this the right file?",
        ));
    };
    String::from_utf8(bytes).map_err(|_| fail("not UTF-8".to_owned(), "save it as UTF-8"))
}

/// Parses and checks a manifest's text; see [`load`], of which this is the strict form.
///
/// # Errors
/// Every fault found, each with its place.
pub fn parse(file: &Utf8Path, text: &str) -> Result<Loaded, Vec<Diagnostic>> {
    let loaded = load(file, text)?;
    if loaded.has_errors() {
        Err(loaded.diagnostics)
    } else {
        Ok(loaded)
    }
}

/// Parses and checks a manifest's text. What is wrong with its structure or values is in the
/// result's diagnostics, beside what could be read.
///
/// # Errors
/// A fault of the text itself, which comes alone.
pub fn load(file: &Utf8Path, text: &str) -> Result<Loaded, Vec<Diagnostic>> {
    let mut loaded = load_unchecked(file, text)?;
    loaded.check();
    Ok(loaded)
}

/// The same without what is wrong with its values: for what it was at another time, or until [`Loaded::check`].
///
/// # Errors
/// As [`load`].
pub fn load_unchecked(file: &Utf8Path, text: &str) -> Result<Loaded, Vec<Diagnostic>> {
    let at = |(start, end): (usize, usize)| {
        Some(Span {
            file: file.to_owned(),
            start,
            end,
        })
    };
    let map = tree(file, text).map_err(|fault| vec![fault])?;
    let Some(root) = map.root() else {
        return Err(vec![
            Diagnostic::error("SLG-TEXT-003", "there is nothing in this file")
                .at(at((0, 0)))
                .help("begin with version: 1; `slgen schema` prints what a manifest may hold"),
        ]);
    };
    let structure = structure::read(schema(), root);
    let diagnostics: Vec<Diagnostic> = structure
        .faults
        .into_iter()
        .map(|fault| {
            Diagnostic::error(fault.code, fault.message)
                .at(at(fault.range))
                .about(fault.pointer)
                .help(fault.help)
        })
        .collect();
    let manifest = serde_json::from_value(structure.value).map_err(|error| {
        vec![
            Diagnostic::error("SLG-MANIFEST-006", error.to_string())
                .at(at((0, 0)))
                .help("`slgen schema` prints what a manifest may hold"),
        ]
    })?;
    Ok(Loaded {
        manifest,
        text: secret::masked(text, Some(root)),
        map,
        file: file.to_owned(),
        structural: diagnostics.len(),
        diagnostics,
        damaged: structure.damaged,
    })
}

/// The tree of a text, or the fault of the text itself.
fn tree(file: &Utf8Path, text: &str) -> Result<SourceMap, Diagnostic> {
    let at = |start: usize, end: usize| {
        Some(Span {
            file: file.to_owned(),
            start,
            end,
        })
    };
    if let Some((start, c)) = text.char_indices().find(|(_, c)| is_hidden(*c)) {
        let message = format!("the invisible character U+{:04X} stands here", u32::from(c));
        return Err(Diagnostic::error("SLG-TEXT-001", message)
            .at(at(start, start + c.len_utf8()))
            .help("remove it"));
    }
    SourceMap::build(text).map_err(|fault| {
        Diagnostic::error("SLG-TEXT-002", fault.message)
            .at(at(fault.range.0, fault.range.1))
            .help(fault.help)
    })
}

/// A text that could not be loaded, as it may be shown: tokens of known form are masked.
pub fn masked(text: &str) -> String {
    secret::masked(text, None)
}

/// Reads a YAML text into a type, by the schema of that type.
///
/// # Errors
/// Every fault, each with its place.
pub(crate) fn read_as<T: JsonSchema + DeserializeOwned>(
    file: &Utf8Path,
    text: &str,
) -> Result<T, Vec<Diagnostic>> {
    read_placed(file, text).map(|(value, _)| value)
}

/// The same, with the positions.
///
/// # Errors
/// Every fault, each with its place.
pub(crate) fn read_placed<T: JsonSchema + DeserializeOwned>(
    file: &Utf8Path,
    text: &str,
) -> Result<(T, SourceMap), Vec<Diagnostic>> {
    let at = |start: usize, end: usize| {
        Some(Span {
            file: file.to_owned(),
            start,
            end,
        })
    };
    let map = tree(file, text).map_err(|fault| vec![fault])?;
    let Some(root) = map.root() else {
        return Err(vec![
            Diagnostic::error("SLG-TEXT-003", "there is nothing in this file").at(at(0, 0)),
        ]);
    };
    let schema = schemars::schema_for!(T).to_value();
    let structure = structure::read(&schema, root);
    if !structure.faults.is_empty() {
        return Err(structure
            .faults
            .into_iter()
            .map(|f| {
                Diagnostic::error(f.code, f.message)
                    .at(at(f.range.0, f.range.1))
                    .help(f.help)
            })
            .collect());
    }
    match serde_json::from_value(structure.value) {
        Ok(value) => Ok((value, map)),
        Err(error) => Err(vec![
            Diagnostic::error("SLG-MANIFEST-006", error.to_string()).at(at(0, 0)),
        ]),
    }
}

/// The JSON Schema of the manifest, for editors and for the checks of its structure.
pub fn schema() -> &'static serde_json::Value {
    static SCHEMA: OnceLock<serde_json::Value> = OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(Manifest).to_value())
}

/// Control characters and those that reorder text (Unicode TR 36, "Bidirectional Text Spoofing").
pub(crate) fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
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
        let schema = jsonschema::validator_for(schema()).unwrap();
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
