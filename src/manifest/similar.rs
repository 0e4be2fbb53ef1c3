//! What a word was probably meant to be.

use crate::catalog::aws::suggest::nearest;

/// What other tools call what a manifest calls otherwise: (theirs, ours).
const ELSEWHERE: [(&str, &str); 18] = [
    ("codeuri", "source"),
    ("environment", "env"),
    ("environment_variables", "env"),
    ("events", "triggers"),
    ("iam", "access"),
    ("memory", "memory_mb"),
    ("permissions", "access"),
    ("policies", "access"),
    ("reserved_concurrency", "concurrency"),
    ("cron", "schedule"),
    ("path", "http"),
    ("route", "http"),
    ("sqs", "queue"),
    ("actions", "allow"),
    ("operations", "allow"),
    ("arn", "existing"),
    ("variables", "env"),
    ("vpc", "network"),
];

/// The candidate that `word` was probably meant to be: the same but for case and separators, near in
/// spelling, one that it begins or that begins it, or another tool's word for it.
pub(crate) fn similar<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    // One letter is near to every other.
    if !(2..=64).contains(&word.len()) {
        return None;
    }
    let folded = fold(word);
    let candidates: Vec<&str> = candidates.collect();
    let candidate = |fits: &dyn Fn(&str) -> bool| candidates.iter().copied().find(|c| fits(c));
    candidate(&|c| fold(c) == folded)
        .or_else(|| nearest(word, candidates.iter().copied()))
        .or_else(|| {
            let begins = |c: &str| {
                let c = fold(c);
                folded.len() > 3
                    && c.len() > 3
                    && (c.starts_with(&folded) || folded.starts_with(&c))
            };
            candidate(&begins)
        })
        .or_else(|| {
            let (_, ours) = ELSEWHERE
                .iter()
                .find(|(theirs, _)| fold(theirs) == folded)?;
            candidate(&|c| c == *ours)
        })
}

fn fold(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let keys = [
            "timeout_s",
            "memory_mb",
            "triggers",
            "env",
            "permissions_boundary",
        ];
        let near = |word: &str| similar(word, keys.into_iter());
        assert_eq!(near("timeout"), Some("timeout_s"));
        assert_eq!(near("memorySize"), None);
        assert_eq!(near("memory"), Some("memory_mb"));
        assert_eq!(near("tigger"), Some("triggers"));
        assert_eq!(near("events"), Some("triggers"));
        assert_eq!(near("Environment"), Some("env"));
        assert_eq!(near("permissionsBoundary"), Some("permissions_boundary"));
        assert_eq!(near("colour"), None);
        assert_eq!(near(""), None);
    }
}
