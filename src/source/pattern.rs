//! Names with `*` for any text.

use serde::Deserialize;

/// A name as `os.path.*`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Pattern(Vec<String>);

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self(text.split('*').map(str::to_owned).collect())
    }
}

impl Pattern {
    /// Whether the whole text is of this form.
    pub fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.0.as_slice() else {
            return self.0.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            match rest.split_once(part.as_str()) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

/// Whether one of the patterns matches.
pub(super) fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, matches) in [
            ("eval", "eval", true),
            ("eval", "model.eval", false),
            ("*.execute", "db.cursor().execute", true),
            ("*.execute", "execute", false),
            ("template.New().*Parse", "template.New().Parse", true),
            (
                "template.New().*Parse",
                "template.New().Funcs().Parse",
                true,
            ),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            let matched = Pattern::from(pattern.to_owned()).matches(text);
            assert_eq!(matched, matches, "{pattern} {text}");
        }
    }
}
