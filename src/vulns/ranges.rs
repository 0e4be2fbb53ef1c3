//! Whether an OSV record is of a version: its list, and ranges by the order of versions.

use std::cmp::Ordering;

use serde_json::Value;

use super::osv::{list, strings};

/// Whether `affected` is of a version. What cannot be told counts as affected.
pub(super) fn concerns(affected: &Value, version: &str) -> bool {
    let listed = strings(&affected["versions"]);
    if listed.iter().any(|one| {
        one == version || one.strip_prefix('v') == version.strip_prefix('v').or(Some(version))
    }) {
        return true;
    }
    let ranges = list(&affected["ranges"]);
    let ordered = ranges.iter().filter(|range| range["type"] != "GIT");
    let mut any = false;
    for range in ordered {
        any = true;
        if in_range(list(&range["events"]), version) {
            return true;
        }
    }
    // Neither a list nor a range that has an order: nothing tells it apart.
    !any && listed.is_empty()
}

/// Events in their order: introduced, then fixed or the last affected.
fn in_range(events: &[Value], version: &str) -> bool {
    let mut inside = false;
    for event in events {
        if let Some(from) = event["introduced"].as_str() {
            inside |= from == "0" || compare(version, from) != Ordering::Less;
        }
        if let Some(fixed) = event["fixed"].as_str() {
            inside &= compare(version, fixed) == Ordering::Less;
        }
        if let Some(last) = event["last_affected"].as_str() {
            inside &= compare(version, last) != Ordering::Greater;
        }
    }
    inside
}

/// Numbers by value, a pre-release before its release; good enough for the versions that lockfiles hold.
fn compare(a: &str, b: &str) -> Ordering {
    let parts = |version: &str| {
        let version = version.strip_prefix('v').unwrap_or(version);
        let version = version.split('+').next().unwrap_or_default().to_owned();
        let (release, before) = match version.split_once('-') {
            Some((release, before)) => (release.to_owned(), Some(before.to_owned())),
            None => (version, None),
        };
        let numbers: Vec<u64> = release.split('.').map(|n| n.parse().unwrap_or(0)).collect();
        (numbers, before)
    };
    let ((mut one, before_one), (mut two, before_two)) = (parts(a), parts(b));
    let longest = one.len().max(two.len());
    one.resize(longest, 0);
    two.resize(longest, 0);
    one.cmp(&two).then_with(|| match (before_one, before_two) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(two)) => one.cmp(&two),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_and_ranges() {
        let range = json!({"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.10"}, {"introduced": "2.0.0"}, {"last_affected": "2.1.0"}]}]});
        for (version, concerned) in [
            ("1.2.9", true),
            ("1.2.10", false),
            ("1.2.10-rc.1", true),
            ("1.9.0", false),
            ("2.0.0", true),
            ("v2.1.0", true),
            ("2.1.1", false),
        ] {
            assert_eq!(concerns(&range, version), concerned, "{version}");
        }
        let listed = json!({"versions": ["1.0", "1.1"]});
        assert!(concerns(&listed, "1.1") && !concerns(&listed, "1.2"));
        assert!(concerns(&json!({}), "9"));
        assert!(concerns(
            &json!({"ranges": [{"type": "GIT", "events": []}]}),
            "9"
        ));
    }
}
