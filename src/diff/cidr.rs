//! Address ranges: whether some hold an address that others do not.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Direction;

/// Addresses from the first to the last, and whether they are of version 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    pub(super) v6: bool,
    first: u128,
    last: u128,
}

impl Range {
    /// Reads `10.0.0.0/8`; an address without a length is one address. `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let (v6, bits, address) = match address.trim().parse().ok()? {
            IpAddr::V4(v4) => (false, 32, u128::from(v4.to_bits())),
            IpAddr::V6(v6) => (true, 128, v6.to_bits()),
        };
        let length = length.unwrap_or(bits);
        let free = bits.checked_sub(length)?;
        let hosts = u128::MAX.checked_shr(128 - free).unwrap_or(0);
        Some(Self {
            v6,
            first: address & !hosts,
            last: address | hosts,
        })
    }

    /// Whether every address of it is in one of the others, or in several together.
    pub(super) fn is_held_by(self, others: &[Self]) -> bool {
        let mut same: Vec<&Self> = others.iter().filter(|o| o.v6 == self.v6).collect();
        same.sort();
        let mut next = self.first;
        for other in same {
            if other.first > next {
                return false;
            }
            if other.last >= self.last {
                return true;
            }
            next = next.max(other.last.saturating_add(1));
        }
        false
    }
}

/// Which way it goes when these ranges become those.
pub(super) fn direction(old: &BTreeSet<String>, new: &BTreeSet<String>) -> Direction {
    let parse = |set: &BTreeSet<String>| -> Option<Vec<Range>> {
        set.iter().map(|text| Range::parse(text)).collect()
    };
    let (Some(old), Some(new)) = (parse(old), parse(new)) else {
        return Direction::Undetermined;
    };
    let more = new.iter().any(|range| !range.is_held_by(&old));
    let less = old.iter().any(|range| !range.is_held_by(&new));
    match (more, less) {
        (true, _) => Direction::Widening,
        (false, true) => Direction::Narrowing,
        (false, false) => Direction::Neutral,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        use Direction::{Narrowing, Neutral, Undetermined, Widening};
        let set = |text: &str| -> BTreeSet<String> {
            text.split_whitespace().map(str::to_owned).collect()
        };
        for (old, new, expected) in [
            ("10.0.0.0/8", "0.0.0.0/0", Widening),
            ("10.0.0.0/8", "10.0.0.0/7", Widening),
            ("10.0.0.0/8", "0.0.0.0/1 128.0.0.0/1", Widening),
            ("0.0.0.0/0", "0.0.0.0/1 128.0.0.0/1", Neutral),
            ("10.0.0.0/8", "10.0.0.0/9 10.128.0.0/9", Neutral),
            ("10.0.0.0/9 10.128.0.0/9", "10.1.2.3/8", Neutral),
            ("10.0.0.0/8", "10.1.0.0/16", Narrowing),
            ("10.0.0.0/16", "10.0.0.0/24 10.1.0.0/24", Widening),
            ("10.0.0.0/8", "10.0.0.0/8 ::/0", Widening),
            ("fd00::/8", "::/0", Widening),
            ("::/0", "fd00::/8", Narrowing),
            ("::/0", "::/1 8000::/1", Neutral),
            ("10.0.0.5", "10.0.0.5/32", Neutral),
            ("", "10.0.0.0/8", Widening),
            ("10.0.0.0/8", "10.0.0.0/33", Undetermined),
            ("10.0.0.0/8", "anywhere", Undetermined),
        ] {
            assert_eq!(direction(&set(old), &set(new)), expected, "{old} → {new}");
        }
    }
}
