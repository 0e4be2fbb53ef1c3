//! Severities as reports state them.

use serde_json::Value;

use super::Severity;

/// By the worst of an OSV record's `severity` list: vectors of CVSS 2, 3 and 4, or words.
pub(super) fn of_list(list: &Value) -> Option<Severity> {
    let each = list
        .as_array()?
        .iter()
        .filter_map(|one| of_text(one["score"].as_str()?));
    each.max()
}

/// By a vector, a score or a word.
pub(super) fn of_text(text: &str) -> Option<Severity> {
    if let Ok(score) = text.trim().parse::<f64>() {
        return (0.0..=10.0)
            .contains(&score)
            .then(|| Severity::of_score(score));
    }
    if text.contains('/') {
        let vector = text.parse::<::cvss::Cvss>().ok()?;
        return Some(Severity::of_score(vector.score()));
    }
    Severity::of_word(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_scores_and_words() {
        for (text, severity) in [
            (
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                Some(Severity::Critical),
            ),
            (
                "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
                Some(Severity::High),
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
                Some(Severity::Critical),
            ),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", Some(Severity::High)),
            ("6.9", Some(Severity::Medium)),
            ("MODERATE", Some(Severity::Medium)),
            ("CVSS:3.1/nonsense", None),
            ("11", None),
            ("", None),
        ] {
            assert_eq!(of_text(text), severity, "{text}");
        }
    }
}
