//! Why something that is pinned could not be asked about, or is not what it should be.

use crate::diagnostic::Diagnostic;

/// What kind of trouble it is, which is also what the command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody answered, or not to us: it could not be checked.
    Unanswered,
    /// What was answered is wrong, or what was pinned is gone.
    Wrong,
    /// Something needed has no pin.
    Unpinned,
}

/// One trouble, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Its kind.
    pub kind: Kind,
    /// What is wrong, without anything that a terminal would obey.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Trouble {
    pub(super) fn new(kind: Kind, message: &str, help: impl Into<String>) -> Self {
        Self {
            kind,
            message: printable(message, 600),
            help: help.into(),
        }
    }

    /// As a diagnostic.
    pub fn diagnostic(&self) -> Diagnostic {
        let code = match self.kind {
            Kind::Unanswered => "SLG-PIN-001",
            Kind::Wrong => "SLG-PIN-002",
            Kind::Unpinned => "SLG-PIN-003",
        };
        Diagnostic::error(code, &self.message).help(&self.help)
    }
}

/// What someone else said, for a line of text: nothing hidden, and not endless.
pub(super) fn printable(text: &str, most: usize) -> String {
    let visible = text
        .chars()
        .map(|c| {
            if matches!(c, '\n' | '\t' | '\r') {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !crate::manifest::is_hidden(*c));
    visible.take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_kept() {
        let text = printable("a\u{1b}]0;x\u{7}b\r\nc\u{9b}31md\u{202e}e", 100);
        assert_eq!(text, "a]0;xb  c31mde");
        assert_eq!(printable("aaaa", 2), "aa");
    }
}
