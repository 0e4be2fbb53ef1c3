//! What `explain` answers, for people and for programs.

use std::fmt;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::manifest::Loaded;

/// An answer: facts, and the manifest lines that asked.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    /// What was asked about.
    subject: String,
    /// `rule`, `action`, `resource` or `line`.
    kind: &'static str,
    facts: Vec<Fact>,
}

/// A fact, with the place in the manifest that it comes from.
#[derive(Debug, Serialize)]
struct Fact {
    about: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<Asked>,
}

/// A line of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Asked {
    /// Manifest.
    pub(in crate::cli) file: String,
    /// Line, from 1.
    pub(in crate::cli) line: usize,
    /// Its text.
    pub(in crate::cli) source: String,
}

impl Answer {
    pub(super) fn new(subject: impl Into<String>, kind: &'static str) -> Self {
        Self {
            subject: subject.into(),
            kind,
            facts: Vec::new(),
        }
    }

    /// Adds a fact; one without text is left out.
    pub(super) fn fact(&mut self, about: &str, text: impl Into<String>) {
        self.asked(about, text, None, None);
    }

    /// Adds a fact with its reason and the manifest line that asked for it.
    pub(super) fn asked(
        &mut self,
        about: &str,
        text: impl Into<String>,
        because: Option<&str>,
        asked_by: Option<Asked>,
    ) {
        let text = text.into();
        if !text.is_empty() {
            self.facts.push(Fact {
                about: about.to_owned(),
                text,
                because: because.map(str::to_owned),
                asked_by,
            });
        }
    }

    /// Takes over the facts of another answer.
    pub(super) fn include(&mut self, other: Self) {
        self.facts.extend(other.facts);
    }

    /// Leaves out the facts under a label.
    pub(super) fn drop_about(&mut self, about: &str) {
        self.facts.retain(|fact| fact.about != about);
    }

    pub(super) fn json(&self) -> Json {
        let mut json = json!({ "schema": "slgen.explain/1" });
        if let (Json::Object(all), Ok(Json::Object(own))) = (&mut json, serde_json::to_value(self))
        {
            all.extend(own);
        }
        json
    }
}

impl Asked {
    /// The manifest line at a JSON pointer.
    pub(in crate::cli) fn of(loaded: &Loaded, pointer: &str) -> Option<Self> {
        let span = loaded.span(pointer)?;
        let before = loaded.text.get(..span.start)?;
        let line = before.matches('\n').count();
        Some(Self {
            file: loaded.file.to_string(),
            line: line + 1,
            source: loaded.text.lines().nth(line)?.trim().to_owned(),
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.subject)?;
        let width = self.facts.iter().map(|fact| fact.about.len()).max();
        let width = width.unwrap_or_default();
        let mut last = "";
        for fact in &self.facts {
            // A label that repeats stands once.
            let about = if fact.about == last { "" } else { &fact.about };
            last = &fact.about;
            writeln!(f, "  {about:width$}  {}", fact.text)?;
            if let Some(because) = &fact.because {
                writeln!(f, "  {:width$}    because: {because}", "")?;
            }
            if let Some(Asked { file, line, source }) = &fact.asked_by {
                writeln!(f, "  {:width$}    {file}:{line}: {source}", "")?;
            }
        }
        Ok(())
    }
}
