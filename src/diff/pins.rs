//! Pins: images by digest, versions by constraint.

use std::collections::BTreeSet;

use super::Direction;

/// `repo@sha256:…` → (repo, true); `repo:tag` → (repo, false). Symbols may stand anywhere.
fn image(uri: &str) -> (String, bool) {
    if let Some((repository, _)) = uri.split_once('@') {
        return (repository.to_owned(), true);
    }
    let slash = uri.rfind('/').unwrap_or(0);
    // A colon of the host's port, or inside a symbol, is no tag.
    match uri.rfind(':') {
        Some(colon) if colon > slash && !uri[colon..].contains('>') => {
            (uri[..colon].to_owned(), false)
        }
        _ => (uri.to_owned(), false),
    }
}

/// Which way an image goes: digest to tag opens, another repository is not known.
pub(super) fn image_direction(old: &BTreeSet<String>, new: &BTreeSet<String>) -> Direction {
    let (Some(old), Some(new)) = (old.iter().next(), new.iter().next()) else {
        return Direction::Undetermined;
    };
    let ((old_repository, old_pinned), (new_repository, new_pinned)) = (image(old), image(new));
    match (old_pinned, new_pinned) {
        (true, false) => Direction::Widening,
        (false, true) if old_repository == new_repository => Direction::Narrowing,
        _ if old_repository != new_repository => Direction::Undetermined,
        // Another digest, or another tag where there was one.
        (true, true) => Direction::Neutral,
        _ => Direction::Undetermined,
    }
}

/// One comparison of a constraint: operator and version.
type Bound = (String, Vec<u64>);

fn bounds(constraint: &str) -> Option<Vec<Bound>> {
    constraint
        .split(',')
        .map(|part| {
            let part = part.trim();
            let at = part.find(|c: char| c.is_ascii_digit())?;
            let operator = part[..at].trim();
            let operator = if operator.is_empty() { "=" } else { operator };
            let version: Option<Vec<u64>> = part[at..]
                .split('.')
                .map(|n| n.trim().parse().ok())
                .collect();
            Some((operator.to_owned(), version?))
        })
        .collect()
}

fn admits(bounds: &[Bound], version: &[u64]) -> bool {
    let padded = |v: &[u64]| [0, 1, 2].map(|i| v.get(i).copied().unwrap_or(0));
    bounds.iter().all(|(operator, bound)| {
        let (v, b) = (padded(version), padded(bound));
        match operator.as_str() {
            "=" => v == b,
            "!=" => v != b,
            ">" => v > b,
            ">=" => v >= b,
            "<" => v < b,
            "<=" => v <= b,
            "~>" => {
                // The last number that is written may grow.
                let fixed = bound.len().saturating_sub(1).clamp(1, 3);
                v >= b && v[..fixed] == b[..fixed]
            }
            _ => false,
        }
    })
}

/// Whether the new constraint admits versions that the old one does not. Decided on the versions
/// that the two name and their neighbours, which is where the answer can change.
pub(super) fn constraint_direction(old: &str, new: &str) -> Option<Direction> {
    if old == new {
        return None;
    }
    let (Some(old), Some(new)) = (bounds(old), bounds(new)) else {
        return Some(Direction::Undetermined);
    };
    let mut tried: BTreeSet<[u64; 3]> = BTreeSet::from([[0, 0, 0], [u64::MAX; 3]]);
    for (_, version) in old.iter().chain(&new) {
        let v = [0, 1, 2].map(|i| version.get(i).copied().unwrap_or(0));
        tried.insert(v);
        for i in 0..3 {
            let mut more = v;
            more[i] = more[i].saturating_add(1);
            tried.insert(more);
            more[i + 1..].fill(0);
            tried.insert(more);
            let mut less = v;
            less[i] = less[i].saturating_sub(1);
            tried.insert(less);
        }
    }
    let more = tried.iter().any(|v| admits(&new, v) && !admits(&old, v));
    let less = tried.iter().any(|v| admits(&old, v) && !admits(&new, v));
    Some(match (more, less) {
        // One exact version for another is an upgrade, and a pin still.
        (true, true) if exact(&old) && exact(&new) => Direction::Neutral,
        (true, _) => Direction::Widening,
        (false, true) => Direction::Narrowing,
        (false, false) => return None,
    })
}

fn exact(bounds: &[Bound]) -> bool {
    bounds.iter().any(|(operator, _)| operator == "=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints() {
        use Direction::{Narrowing, Neutral, Widening};
        for (old, new, expected) in [
            ("5.100.0", ">= 5.100.0", Some(Widening)),
            (">= 5.0", "= 5.100.0", Some(Narrowing)),
            ("5.100.0", "= 5.100.0", None),
            ("5.100.0", "5.99.0", Some(Neutral)),
            ("~> 5.100", "~> 5.100.0", Some(Narrowing)),
            ("~> 5.1.0", "~> 5.1", Some(Widening)),
            (">= 1.11", ">= 1.11, < 2.0.0", Some(Narrowing)),
        ] {
            let found = constraint_direction(old, new);
            assert_eq!(found, expected, "{old} → {new}");
        }
    }

    #[test]
    fn images() {
        let set = |text: &str| BTreeSet::from([text.to_owned()]);
        let digest = "1.dkr.ecr.eu-west-1.amazonaws.com/a@sha256:00";
        let direction = |old: &str, new: &str| image_direction(&set(old), &set(new));
        let tag = "1.dkr.ecr.eu-west-1.amazonaws.com/a:latest";
        assert_eq!(direction(digest, tag), Direction::Widening);
        assert_eq!(direction(tag, digest), Direction::Narrowing);
        assert_eq!(
            direction(digest, "1.dkr.ecr.eu-west-1.amazonaws.com/a@sha256:11"),
            Direction::Neutral
        );
        assert_eq!(
            direction(digest, "2.dkr.ecr.eu-west-1.amazonaws.com/a@sha256:00"),
            Direction::Undetermined
        );
    }
}
