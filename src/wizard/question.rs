//! A question as data.

use super::{Asking, Choice, Proposal};

/// A question. Its flag is `--` and its id.
pub struct Question {
    /// Name in flags and in the answers file.
    pub id: &'static str,
    /// What is asked.
    pub text: &'static str,
    /// What it means; also the flag's help.
    pub help: &'static str,
    /// What an answer is.
    pub kind: Kind,
    /// Whether an empty answer is none.
    pub needed: fn(&Asking) -> bool,
    /// Whether it has a meaning, after the answers before it.
    pub when: fn(&Asking) -> bool,
    /// What is proposed.
    pub default: fn(&Asking) -> Option<String>,
    /// What can be chosen; empty where anything can be typed.
    pub choices: fn(&Asking) -> Vec<Choice>,
    /// Where the answer lands in the manifest, as a JSON pointer; with `/*` at its end, faults of what
    /// lies below are the answer's too.
    pub place: fn(&Asking) -> Option<String>,
    /// What the manifest's checks cannot say of the answer in words of the question.
    ///
    /// # Errors
    /// What is wrong, and what would be right, in one line.
    pub holds: fn(&Asking) -> Result<(), String>,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// One of the choices.
    One,
    /// Some of the choices. Never answered by default: it is about what is allowed.
    Many,
    /// Texts, with commas between.
    List,
}

/// The questions of a command, and what becomes of the answers.
pub struct Form {
    /// The command, `add function`.
    pub command: &'static str,
    /// The questions, each after those it depends on.
    pub questions: &'static [&'static Question],
    /// What the answers come to; what is not answered yet is left empty.
    pub propose: fn(&Asking) -> Proposal,
}

impl Form {
    /// The question of an id.
    pub fn question(&self, id: &str) -> Option<&'static Question> {
        self.questions.iter().copied().find(|q| q.id == id)
    }
}

/// A question that is always asked, needs an answer and proposes none.
pub(super) const PLAIN: Question = Question {
    id: "",
    text: "",
    help: "",
    kind: Kind::Text,
    needed: |_| true,
    when: |_| true,
    default: |_| None,
    choices: |_| Vec::new(),
    place: |_| None,
    holds: |_| Ok(()),
};
