//! The question as statements: what has to match, what must not.

use std::collections::{BTreeSet, HashMap};

use super::super::Effect;
use super::super::document::Document;
use super::super::template::fold;
use super::callers::CallerClass;
use super::compile::{Arena, Compiled, Reading, Valuation};
use super::standing::Standing;

/// The statements of one side, as indices.
#[derive(Debug, Default)]
pub(super) struct SideStatements {
    pub(super) allows: Vec<usize>,
    pub(super) denies: Vec<usize>,
    /// What a boundary allows; none without one.
    pub(super) boundary: Option<Vec<usize>>,
}

/// One side's documents.
#[derive(Debug, Clone, Copy)]
pub(super) struct SideDocuments<'a> {
    pub(super) policies: &'a [Document],
    pub(super) boundary: Option<&'a Document>,
}

/// A question compiled.
pub(super) struct Program {
    pub(super) arena: Arena,
    pub(super) statements: Vec<Compiled>,
    pub(super) old: SideStatements,
    pub(super) new: SideStatements,
    /// Actions as the new side spells them, by their folded form.
    pub(super) spelling: HashMap<String, String>,
    /// For each class of callers how each statement stands to it.
    pub(super) caller_standings: Vec<Vec<Standing>>,
    /// The same where callers do not matter.
    pub(super) everyone: Vec<Standing>,
}

/// What has to match, and what must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The first is an Allow of the new side.
    pub(super) positives: Vec<usize>,
    pub(super) negatives: Vec<usize>,
}

impl Program {
    pub(super) fn new(
        old: SideDocuments<'_>,
        new: SideDocuments<'_>,
        callers: &[CallerClass],
        changed: &BTreeSet<String>,
        valuation: Option<&Valuation>,
    ) -> Self {
        let principals = !callers.is_empty();
        let mut arena = Arena::default();
        let mut statements: Vec<Compiled> = Vec::new();
        let mut index: HashMap<Compiled, usize> = HashMap::new();
        let mut side = |documents: SideDocuments<'_>, tag: char| {
            let mut found = SideStatements::default();
            let all = documents
                .policies
                .iter()
                .map(|document| (document, false))
                .chain(documents.boundary.map(|document| (document, true)));
            for (document, bounds) in all {
                let reading = Reading {
                    version: document.version,
                    valuation,
                    changed,
                    side: tag,
                };
                if bounds {
                    found.boundary.get_or_insert_default();
                }
                for statement in &document.statements {
                    if principals && statement.principal.is_none() {
                        continue;
                    }
                    let mut compiled = arena.statement(statement, &reading);
                    if !principals {
                        compiled.principal = None;
                    }
                    let next = statements.len();
                    let id = *index.entry(compiled.clone()).or_insert(next);
                    if id == next {
                        statements.push(compiled);
                    }
                    let list = match (statement.effect, bounds, &mut found.boundary) {
                        (Effect::Deny, ..) => &mut found.denies,
                        (Effect::Allow, true, Some(boundary)) => boundary,
                        (Effect::Allow, ..) => &mut found.allows,
                    };
                    if !list.contains(&id) {
                        list.push(id);
                    }
                }
            }
            found
        };
        let old = side(old, '\u{1}');
        let new_side = side(new, '\u{2}');
        let spelling = new
            .policies
            .iter()
            .flat_map(|document| &document.statements)
            .flat_map(|statement| &statement.action.values)
            .map(|action| (fold(action), action.clone()))
            .collect();
        let caller_standings = callers
            .iter()
            .map(|caller| {
                statements
                    .iter()
                    .map(|statement| Standing::to_caller(statement, caller, &mut arena))
                    .collect()
            })
            .collect();
        Self {
            arena,
            everyone: vec![Standing::Matches; statements.len()],
            caller_standings,
            statements,
            old,
            new: new_side,
            spelling,
        }
    }

    /// All that would be new access: an Allow of the new side, cut by the boundary and not denied, that the old side did
    /// not allow, or its boundary did not, or a Deny of it did deny.
    pub(super) fn targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        let no_boundary = [None];
        let bounds: Vec<Option<usize>> = match &self.new.boundary {
            Some(list) => list.iter().copied().map(Some).collect(),
            None => no_boundary.to_vec(),
        };
        for allow in &self.new.allows {
            for bound in &bounds {
                let positives: Vec<usize> = std::iter::once(*allow).chain(*bound).collect();
                let mut add = |extra: Option<usize>, more: &[usize]| {
                    let positives: Vec<usize> = positives.iter().copied().chain(extra).collect();
                    let mut negatives = self.new.denies.clone();
                    negatives.extend(more);
                    negatives.sort_unstable();
                    negatives.dedup();
                    // What matches cannot be kept from matching.
                    if !positives.iter().any(|p| negatives.contains(p)) {
                        targets.push(Target {
                            positives,
                            negatives,
                        });
                    }
                };
                add(None, &self.old.allows);
                if let Some(boundary) = &self.old.boundary {
                    add(None, boundary);
                }
                for deny in &self.old.denies {
                    add(Some(*deny), &[]);
                }
            }
        }
        targets
    }
}
