//! Which sets of patterns can match a string, with the shortest string for each set.
//!
//! All patterns are read at once by one deterministic automaton, made while it is walked breadth first: a state is the
//! positions reached in each pattern. From a state lead the characters that some position waits for and one more that
//! stands for all others, since those all lead to the same state. So the walk is exact over every string of characters, not
//! over samples.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::super::template::{Token, same_folded};
use super::budget::{Budget, Spent};

/// The strings that can occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Universe {
    /// `service:Operation`, folded.
    Action,
    /// A well-formed ARN, or `*`, which is the resource of a request to an action without resource-level permissions.
    Resource,
    /// Any string but the empty one.
    Value,
    /// Any string in which private characters stand for symbols: `?` does not match them.
    Symbolic,
}

/// First character that stands for a symbol.
pub(super) const FIRST_SYMBOL: char = '\u{F0000}';

/// Strings that match the same patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    /// The shortest of them.
    pub(super) text: String,
    /// For each pattern whether it matches.
    pub(super) hits: Vec<bool>,
}

/// The sets of `tracked` patterns that match some string of the universe that `driver` (if any) matches too.
pub(super) fn classes(
    driver: Option<&[Token]>,
    tracked: &[&[Token]],
    universe: Universe,
    budget: &mut Budget,
) -> Result<Vec<Class>, Spent> {
    Walk::new(driver, tracked, universe)?.run(budget)
}

/// Whether every string of `inner` matches `outer` (both with symbols as private characters).
pub(super) fn contains(
    outer: &[Token],
    inner: &[Token],
    budget: &mut Budget,
) -> Result<bool, Spent> {
    let found = classes(Some(inner), &[outer], Universe::Symbolic, budget)?;
    Ok(found.iter().all(|class| class.hits[0]))
}

/// Whether one pattern matches a string; the walk along that string only.
pub(super) fn accepts(pattern: &[Token], text: &str) -> bool {
    let mut positions = Vec::new();
    reach(pattern, 0, &mut positions);
    for c in text.chars() {
        let mut next = Vec::new();
        for &at in &positions {
            step(pattern, at, c, Universe::Value, &mut next);
        }
        next.sort_unstable();
        next.dedup();
        positions = next;
    }
    positions.contains(&pattern.len())
}

/// Adds a position and those that follow it without a character.
fn reach(pattern: &[Token], at: usize, positions: &mut Vec<usize>) {
    let mut at = at;
    loop {
        positions.push(at);
        match pattern.get(at) {
            Some(Token::Many | Token::ManyInSegment) => at += 1,
            _ => return,
        }
    }
}

fn step(pattern: &[Token], at: usize, c: char, universe: Universe, next: &mut Vec<usize>) {
    match pattern.get(at) {
        Some(Token::Char(x)) if *x == c => reach(pattern, at + 1, next),
        Some(Token::Fold(x)) if same_folded(*x, c) => reach(pattern, at + 1, next),
        Some(Token::One) if universe != Universe::Symbolic || c < FIRST_SYMBOL => {
            reach(pattern, at + 1, next);
        }
        Some(Token::OneInSegment) if c != ':' => reach(pattern, at + 1, next),
        Some(Token::Many) => reach(pattern, at, next),
        Some(Token::ManyInSegment) if c != ':' => reach(pattern, at, next),
        _ => {}
    }
}

const POSITION_BITS: u32 = 16;
const POSITION_MASK: u32 = (1 << POSITION_BITS) - 1;

fn pack(pattern: usize, at: usize) -> u32 {
    // Walk::new has checked that both fit.
    u32::try_from(pattern << POSITION_BITS | at).unwrap_or(u32::MAX)
}

fn unpack(packed: u32) -> (usize, usize) {
    (
        (packed >> POSITION_BITS) as usize,
        (packed & POSITION_MASK) as usize,
    )
}

struct Walk<'a> {
    patterns: Vec<&'a [Token]>,
    driven: bool,
    universe: Universe,
}

struct Node {
    parent: usize,
    by: char,
    zone: u8,
    positions: Box<[u32]>,
}

impl<'a> Walk<'a> {
    fn new(
        driver: Option<&'a [Token]>,
        tracked: &[&'a [Token]],
        universe: Universe,
    ) -> Result<Self, Spent> {
        let patterns: Vec<&[Token]> = driver.into_iter().chain(tracked.iter().copied()).collect();
        let limit = POSITION_MASK as usize;
        if patterns.len() >= limit || patterns.iter().any(|pattern| pattern.len() >= limit) {
            return Err(Spent);
        }
        Ok(Self {
            patterns,
            driven: driver.is_some(),
            universe,
        })
    }

    fn run(&self, budget: &mut Budget) -> Result<Vec<Class>, Spent> {
        let mut found: Vec<Class> = Vec::new();
        let mut seen_hits: Map<Vec<bool>, ()> = Map::default();
        let mut seen: Map<(u8, Box<[u32]>), ()> = Map::default();
        let mut nodes = vec![self.start()];
        let mut next = 0;
        while next < nodes.len() {
            let at = next;
            next += 1;
            budget.spend(nodes[at].positions.len() + 1)?;
            let accepting = self.accepting(&nodes[at]);
            let settled = self.settled(&nodes[at]);
            if accepting || settled {
                let hits = self.hits(&nodes[at]);
                let known = seen_hits.contains_key(&hits);
                if accepting && !known {
                    found.push(Class {
                        text: text(&nodes, at),
                        hits: hits.clone(),
                    });
                    seen_hits.insert(hits, ());
                }
                // No further character changes what matches here.
                if settled && (accepting || known) {
                    continue;
                }
            }
            for c in self.letters(&nodes[at]) {
                let Some(zone) = zone_after(self.universe, nodes[at].zone, c) else {
                    continue;
                };
                let positions = self.after(&nodes[at].positions, c);
                budget.spend(nodes[at].positions.len() + 1)?;
                if self.driven && positions.first().is_none_or(|first| unpack(*first).0 != 0) {
                    continue;
                }
                let key = (zone, positions);
                if !seen.contains_key(&key) {
                    nodes.push(Node {
                        parent: at,
                        by: c,
                        zone,
                        positions: key.1.clone(),
                    });
                    seen.insert(key, ());
                }
            }
        }
        Ok(found)
    }

    fn start(&self) -> Node {
        let mut positions = Vec::new();
        for (index, pattern) in self.patterns.iter().enumerate() {
            self.close(index, &mut vec![0], &mut positions, |at, next| {
                reach(pattern, at, next);
            });
        }
        Node {
            parent: 0,
            by: ' ',
            zone: 0,
            positions: positions.into(),
        }
    }

    /// Advances the positions of one pattern and keeps those that matter: a `*` absorbs all before it.
    fn close(
        &self,
        index: usize,
        from: &mut Vec<usize>,
        into: &mut Vec<u32>,
        advance: impl Fn(usize, &mut Vec<usize>),
    ) {
        let mut next = Vec::with_capacity(from.len() + 1);
        for at in from.drain(..) {
            advance(at, &mut next);
        }
        next.sort_unstable();
        next.dedup();
        let absorbing = next
            .iter()
            .rposition(|at| self.patterns[index].get(*at) == Some(&Token::Many))
            .unwrap_or(0);
        into.extend(next[absorbing..].iter().map(|at| pack(index, *at)));
    }

    fn after(&self, positions: &[u32], c: char) -> Box<[u32]> {
        let mut result = Vec::with_capacity(positions.len() + 1);
        let mut group: Vec<usize> = Vec::new();
        let mut of = 0;
        for packed in positions.iter().copied() {
            let (index, at) = unpack(packed);
            if index != of {
                self.flush(of, &mut group, c, &mut result);
                of = index;
            }
            group.push(at);
        }
        self.flush(of, &mut group, c, &mut result);
        result.into()
    }

    fn flush(&self, index: usize, group: &mut Vec<usize>, c: char, into: &mut Vec<u32>) {
        if let Some(pattern) = self.patterns.get(index) {
            self.close(index, group, into, |at, next| {
                step(pattern, at, c, self.universe, next);
            });
        }
    }

    /// Which tracked patterns match here.
    fn hits(&self, node: &Node) -> Vec<bool> {
        let offset = usize::from(self.driven);
        let mut hits = vec![false; self.patterns.len() - offset];
        for (index, at) in node.positions.iter().copied().map(unpack) {
            if index >= offset && at == self.patterns[index].len() {
                hits[index - offset] = true;
            }
        }
        hits
    }

    /// Whether each tracked pattern that is not out of the running matches here and whatever follows.
    fn settled(&self, node: &Node) -> bool {
        let offset = usize::from(self.driven);
        node.positions
            .iter()
            .copied()
            .map(unpack)
            .all(|(index, at)| {
                let pattern = self.patterns[index];
                index < offset || at + 1 >= pattern.len() && pattern.last() == Some(&Token::Many)
            })
    }

    fn accepting(&self, node: &Node) -> bool {
        let driver_matches =
            !self.driven || node.positions.contains(&pack(0, self.patterns[0].len()));
        driver_matches && zone_accepts(self.universe, node.zone)
    }

    /// The characters that lead to different states, one for all others last.
    fn letters(&self, node: &Node) -> Vec<char> {
        let mut letters: Vec<char> = zone_letters(self.universe, node.zone).to_vec();
        let mut wanted: Vec<char> = Vec::new();
        if self.driven {
            // Where the driver waits for certain characters no others need be tried.
            let driver = node.positions.iter().copied().map(unpack);
            let mut waits = true;
            for (_, at) in driver.take_while(|(index, _)| *index == 0) {
                match self.patterns[0].get(at) {
                    Some(Token::Char(c)) => wanted.push(*c),
                    None => {}
                    Some(_) => waits = false,
                }
            }
            if waits {
                wanted.sort_unstable();
                wanted.dedup();
                return wanted;
            }
        }
        for packed in node.positions.iter().copied() {
            let (index, at) = unpack(packed);
            match self.patterns[index].get(at) {
                Some(Token::Char(c)) => wanted.push(*c),
                Some(Token::Fold(c)) => {
                    wanted.extend([c.to_ascii_lowercase(), c.to_ascii_uppercase()]);
                }
                Some(Token::OneInSegment | Token::ManyInSegment) => wanted.push(':'),
                _ => {}
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|c| !letters.contains(c));
        letters.extend(wanted);
        let other = zone_others(self.universe, node.zone)
            .chars()
            .chain('a'..='z')
            .chain('0'..='9')
            .chain('A'..='Z')
            .chain('\u{a1}'..='\u{ffff}')
            .find(|c| !letters.contains(c) && zone_after(self.universe, node.zone, *c).is_some());
        letters.extend(other);
        letters
    }
}

fn text(nodes: &[Node], at: usize) -> String {
    let mut at = at;
    let mut chars = Vec::new();
    while at != 0 {
        chars.push(nodes[at].by);
        at = nodes[at].parent;
    }
    chars.iter().rev().collect()
}

// Where in a string of the universe a prefix ends. Actions: 0 start, 1 in the service, 2 after the colon, 3 in the name.
// Resources: 0 to 4 spell `arn:`, then 5 partition, 6 and 7 service, 8 region, 9 account, 10 and 11 the resource;
// 12 is `*`. Values: 0 empty, 1 not.

fn zone_after(universe: Universe, zone: u8, c: char) -> Option<u8> {
    let name = c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match universe {
        Universe::Symbolic => Some(0),
        Universe::Value => Some(1),
        Universe::Action => match zone {
            0 | 1 if name => Some(1),
            1 if c == ':' => Some(2),
            2 | 3 if name || matches!(c, '_' | '.' | '/') => Some(3),
            _ => None,
        },
        Universe::Resource => match (zone, c) {
            (0, '*') => Some(12),
            (0, 'a') => Some(1),
            (1, 'r') => Some(2),
            (2, 'n') => Some(3),
            (3, ':') => Some(4),
            (5 | 7 | 8 | 9, ':') => Some(if zone == 5 {
                6
            } else if zone == 7 {
                8
            } else {
                zone + 1
            }),
            (4 | 5, _) if name => Some(5),
            (6 | 7, _) if name => Some(7),
            (8 | 9, _) if name => Some(zone),
            (10 | 11, _) => Some(11),
            _ => None,
        },
    }
}

fn zone_accepts(universe: Universe, zone: u8) -> bool {
    match universe {
        Universe::Symbolic => true,
        Universe::Value => zone == 1,
        Universe::Action => zone == 3,
        Universe::Resource => zone == 11 || zone == 12,
    }
}

/// Characters that lead to another zone.
fn zone_letters(universe: Universe, zone: u8) -> &'static [char] {
    match (universe, zone) {
        (Universe::Action, 1) | (Universe::Resource, 3 | 5 | 7 | 8 | 9) => &[':'],
        (Universe::Resource, 0) => &['a', '*'],
        (Universe::Resource, 1) => &['r'],
        (Universe::Resource, 2) => &['n'],
        _ => &[],
    }
}

/// What reads best where any character will do.
fn zone_others(universe: Universe, zone: u8) -> &'static str {
    match (universe, zone) {
        (Universe::Resource, 9) => "1234567890",
        _ => "xyzwvu",
    }
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Fx>>;

/// The hash of the Firefox and rustc projects: the keys are our own, so it need not withstand an attacker, only the work
/// budget, which counts states however they hash.
#[derive(Default)]
struct Fx(u64);

impl Fx {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Fx {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
