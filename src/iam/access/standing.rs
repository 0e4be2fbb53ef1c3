//! How a statement stands to a string or a caller: it matches, it does not, or that depends on what is not computed.

use super::super::evaluate::caller_is;
use super::callers::CallerClass;
use super::compile::{Arena, Compiled, Opaque};
use super::solve::{Alternative, Variable};

/// How a statement stands to a string or a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    Misses,
    Matches,
    /// It depends on opaque matches: on one of them, or, negated, on none.
    Depends {
        negated: bool,
        on: Vec<Opaque>,
    },
}

impl Standing {
    pub(super) fn of(negated: bool, plain: bool, on: Vec<Opaque>) -> Self {
        if plain {
            return if negated { Self::Misses } else { Self::Matches };
        }
        if on.is_empty() {
            return if negated { Self::Matches } else { Self::Misses };
        }
        Self::Depends { negated, on }
    }

    pub(super) fn to_caller(statement: &Compiled, class: &CallerClass, arena: &mut Arena) -> Self {
        let Some((negated, named)) = &statement.principal else {
            return Self::Matches;
        };
        let mut plain = false;
        let mut on = Vec::new();
        for principal in named {
            match caller_is(principal, &class.caller) {
                Some(matches) => plain |= matches,
                None => on.push(arena.principal(principal)),
            }
        }
        Self::of(*negated, plain, on)
    }

    /// Whether a statement that must not match is no harder to avoid here than there.
    pub(super) fn no_worse(&self, other: &Self) -> bool {
        *self == Self::Misses || *other == Self::Matches || self == other
    }

    /// Ways to make it match; none needed where it does.
    pub(super) fn required(&self) -> Vec<Vec<Alternative>> {
        match self {
            Self::Misses => vec![Vec::new()],
            Self::Matches => Vec::new(),
            Self::Depends { negated: false, on } => vec![
                on.iter()
                    .map(|o| vec![(Variable::Opaque(*o), true)])
                    .collect(),
            ],
            Self::Depends { negated: true, on } => on
                .iter()
                .map(|o| vec![vec![(Variable::Opaque(*o), false)]])
                .collect(),
        }
    }

    /// Ways to keep it from matching.
    pub(super) fn avoided(&self) -> Vec<Alternative> {
        match self {
            Self::Misses | Self::Matches => Vec::new(),
            Self::Depends { negated: false, on } => {
                vec![on.iter().map(|o| (Variable::Opaque(*o), false)).collect()]
            }
            Self::Depends { negated: true, on } => on
                .iter()
                .map(|o| vec![(Variable::Opaque(*o), true)])
                .collect(),
        }
    }
}
