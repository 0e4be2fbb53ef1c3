//! Rules that an organisation states itself, in the policies of its blueprint.

use camino::Utf8PathBuf;
use serde::Serialize;

use super::Severity;

/// A rule of an organisation. Its findings are like any other's; how it is checked is not known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomRule {
    /// Id, which never begins with `SLG-`.
    pub id: String,
    /// How bad a finding is, unless the finding itself says so.
    pub severity: Severity,
    /// What is wrong when it fires, as a short statement.
    pub title: String,
    /// Why that is bad.
    pub why: Option<String>,
    /// What to do.
    pub fix: Option<String>,
    /// Where to read on.
    pub references: Vec<String>,
    /// Name and version of the blueprint that brings it.
    pub blueprint: String,
    /// The file that states it, as messages name it.
    pub file: Utf8PathBuf,
    /// Line, from 1.
    pub line: usize,
}

impl CustomRule {
    /// Whether a text can be the id of one: a word that is not one of slgen's own.
    pub fn is_id(text: &str) -> bool {
        let own = text
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("SLG-"));
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        !own && (1..=100).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_word_that_is_not_ours() {
        for (id, fits) in [
            ("ORG-001", true),
            ("main.deny_public", true),
            ("SLG-IAM-001", false),
            ("slg-x", false),
            ("", false),
            ("1", false),
            ("a b", false),
            ("a\n", false),
            ("é", false),
        ] {
            assert_eq!(CustomRule::is_id(id), fits, "{id:?}");
        }
    }
}
