//! Languages as data: which syntax plays which role, and what their libraries do with values.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::pattern::Pattern;

/// A language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Language {
    /// Name; set when it is loaded.
    #[serde(skip)]
    pub(super) name: &'static str,
    /// How it imports.
    pub(super) imports: Imports,
    /// Kind of node → role, and the fields or positions (`#0`) that the role speaks of.
    pub(super) roles: HashMap<String, Role>,
    /// Names of parameters that are events.
    pub(super) event_names: Vec<String>,
    /// Types of parameters that are events.
    pub(super) event_types: Vec<Pattern>,
    /// Members that are data of the event wherever they stand.
    pub(super) sources: Vec<Pattern>,
    /// Types of a handler's event that check nothing.
    pub(super) untyped: Vec<Pattern>,
    /// Calls that take the handler.
    pub(super) starters: Vec<Pattern>,
    /// Names of the object a method belongs to.
    pub(super) selves: Vec<String>,
    /// Calls whose answer is made of their arguments. The answer of any other is not the event's.
    pub(super) propagators: Vec<Pattern>,
    /// Methods whose answer is no text of the object.
    pub(super) clean_methods: Vec<String>,
    /// Members that are no text of the object.
    pub(super) clean_members: Vec<String>,
    /// Methods that put their arguments into the object.
    pub(super) fillers: Vec<String>,
    /// Calls, in lower case, after which what they looked at counts as checked.
    pub(super) guards: Vec<Pattern>,
    /// Calls that data of the event may be handed to without having been validated.
    pub(super) harmless: Vec<Pattern>,
    /// Modules that validate.
    pub(super) validators: Vec<Pattern>,
    /// Operators that make a text of two.
    pub(super) concatenation: Vec<String>,
    /// Operators that give one of two values.
    pub(super) alternatives: Vec<String>,
    /// Operators by which a value is held against what is known.
    pub(super) membership: Vec<String>,
}

/// How a language imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Imports {
    Python,
    Ecmascript,
    Go,
    Rust,
}

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Assign,
    Augment,
    Binary,
    Block,
    Branch,
    Call,
    Choice,
    Clean,
    Compare,
    Container,
    Function,
    Index,
    Interpolation,
    Macro,
    Member,
    Name,
    New,
    Pair,
    Return,
    Skip,
    Text,
}

/// A role with the fields it speaks of.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(super) struct Role {
    pub(super) kind: Kind,
    pub(super) fields: Vec<String>,
}

impl TryFrom<Vec<String>> for Role {
    type Error = serde_json::Error;

    fn try_from(mut words: Vec<String>) -> Result<Self, Self::Error> {
        let kind = if words.is_empty() {
            String::new()
        } else {
            words.remove(0)
        };
        Ok(Self {
            kind: serde_json::from_value(kind.into())?,
            fields: words,
        })
    }
}

/// Syntax of a file, by its ending: JavaScript is read as TypeScript with JSX, which holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    /// Index in [`DATA`].
    language: usize,
    grammar: fn() -> tree_sitter::Language,
}

static DATA: [(&str, &str, OnceLock<Option<Language>>); 4] = [
    (
        "python",
        include_str!("languages/python.json"),
        OnceLock::new(),
    ),
    (
        "ecmascript",
        include_str!("languages/ecmascript.json"),
        OnceLock::new(),
    ),
    ("go", include_str!("languages/go.json"), OnceLock::new()),
    ("rust", include_str!("languages/rust.json"), OnceLock::new()),
];

impl Syntax {
    /// The syntax of files with this ending.
    pub(super) fn of(extension: &str) -> Option<Self> {
        let (language, grammar): (_, fn() -> tree_sitter::Language) = match extension {
            "py" => (0, || tree_sitter_python::LANGUAGE.into()),
            "ts" | "mts" | "cts" => (1, || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()),
            "js" | "mjs" | "cjs" | "jsx" | "tsx" => {
                (1, || tree_sitter_typescript::LANGUAGE_TSX.into())
            }
            "go" => (2, || tree_sitter_go::LANGUAGE.into()),
            "rs" => (3, || tree_sitter_rust::LANGUAGE.into()),
            _ => return None,
        };
        Some(Self { language, grammar })
    }

    /// The grammar.
    pub(super) fn grammar(self) -> tree_sitter::Language {
        (self.grammar)()
    }

    /// The language's data; read once, when the first file of the language is.
    pub(super) fn language(self) -> Option<&'static Language> {
        let (name, text, read) = DATA.get(self.language)?;
        read.get_or_init(|| {
            let mut language: Language = serde_json::from_str(text).ok()?;
            language.name = name;
            Some(language)
        })
        .as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_of_a_node_and_a_field_that_the_grammar_has() {
        for extension in ["py", "js", "ts", "go", "rs"] {
            let syntax = Syntax::of(extension).unwrap();
            let (name, text, _) = &DATA[syntax.language];
            let language: Language = serde_json::from_str(text).unwrap();
            let grammar = syntax.grammar();
            let roles: std::collections::BTreeMap<_, _> = language.roles.iter().collect();
            for (kind, role) in roles {
                assert_ne!(grammar.id_for_node_kind(kind, true), 0, "{name}: {kind}");
                let fields = role.fields.iter();
                for field in fields.filter(|f| !f.is_empty() && !f.starts_with('#')) {
                    let known = grammar.field_id_for_name(field);
                    assert!(known.is_some(), "{name}: {kind}.{field}");
                }
            }
        }
    }
}
