//! Versions of actions among the tags of their repositories.

use std::collections::BTreeMap;

/// `v1.2.3` as numbers; `None` for what is no release of its own: `v1`, `v2.0.0-beta`.
fn version(tag: &str) -> Option<[u64; 3]> {
    let numbers: Vec<&str> = tag.strip_prefix('v').unwrap_or(tag).split('.').collect();
    let digits = |n: &&str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    if numbers.len() != 3 || !numbers.iter().all(digits) {
        return None;
    }
    let mut found = [0; 3];
    for (number, text) in found.iter_mut().zip(numbers) {
        *number = text.parse().ok()?;
    }
    Some(found)
}

/// Releases, newest first; where `like` is one, of its major version and not before it.
pub(super) fn releases<'a>(
    tags: &'a BTreeMap<String, String>,
    like: Option<&str>,
) -> Vec<(&'a str, &'a str)> {
    let least = like.and_then(version);
    let found = tags.iter().filter_map(|(tag, commit)| {
        let version =
            version(tag).filter(|v| least.is_none_or(|least| v[0] == least[0] && *v >= least))?;
        Some((version, tag.as_str(), commit.as_str()))
    });
    let mut found: Vec<_> = found.collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
        .into_iter()
        .map(|(_, tag, commit)| (tag, commit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_of_a_major_version_comes_first() {
        let tags: BTreeMap<String, String> = [
            "v1",
            "v1.9.0",
            "v1.10.0",
            "v1.10",
            "v2.0.0",
            "v3.0.0-rc1",
            "1.2.3",
            "v1.2.3.4",
            "main",
        ]
        .into_iter()
        .map(|tag| (tag.to_owned(), "0a".repeat(20)))
        .collect();
        let names = |like| -> Vec<&str> {
            let found = releases(&tags, like);
            found.into_iter().map(|(tag, _)| tag).collect()
        };
        assert_eq!(names(Some("v1.9.0")), ["v1.10.0", "v1.9.0"]);
        assert_eq!(names(None), ["v2.0.0", "v1.10.0", "v1.9.0", "1.2.3"]);
        assert_eq!(names(Some("v4.0.0")), [""; 0]);
    }
}
