//! The new-access decision: is there a request that the policies allow now and did not allow before?
//!
//! # Method
//!
//! Allowed is what an Allow of the identity policies matches, an Allow of the boundary too where there is one, and no Deny.
//! New access is then one of finitely many *targets*: an Allow of the new side (with one of its boundary) matches, none of
//! its Denies does, and on the old side no Allow does, or no Allow of its boundary, or some Deny does. Per target
//! 1. callers, actions and resources are split into classes that no statement tells apart, each with an example
//!    (`callers`, `automaton`): exact over all strings, by reading all patterns at once as one deterministic automaton;
//! 2. the values of each condition key are split likewise, `absent` among them (`keys`);
//! 3. for each pair of classes the conditions are a Boolean formula, solved by backtracking (`solve`);
//! 4. a request found is put to the plain evaluator of [`evaluate`](super::evaluate), which shares no step with all this.
//!
//! # Soundness
//!
//! *Yes* carries a request that the evaluator allows by the new policies and refuses by the old: a mistake in the decision
//! cannot make a wrong *yes*. *No* is a proof over every request of the universe: the search for what is *possible* counts
//! whatever is not computed as free to hold or not, which only adds requests:
//! - what a policy variable or a symbol (`<address.attribute>`) matches, with two restrictions that hold for every value:
//!   the text around it has to fit, and a pattern contained in another when its variables are taken as letters implies it;
//! - an operator that AWS does not have, a typed value that cannot be read (equal ones hold alike);
//! - which combinations of string, number, date and address tests a value of one key can meet;
//! - how keys hang together, except those that the caller settles (`aws:PrincipalAccount`, …).
//!
//! If that search finds something, a second one that takes nothing for granted looks for a request, with several values
//! for the variables. When it fails, or when work runs out (it is counted, not timed: see [`WORK`]), the answer is
//! *unknown*, which has to be treated as *yes*.
//!
//! A symbol is equal to the same symbol of the other side unless their definitions differ ([`Grants::definitions`]).
//!
//! # The universe
//!
//! Any action `service:Name`, whether or not the facts know it; any well-formed ARN, and `*`; any non-empty values of any
//! keys, of the type AWS documents for the key (`true` or `false` for `aws:SecureTransport`), one value for a key that no
//! set operator is used on and that AWS does not document as multivalued. Which resources an action accepts and which keys a
//! service sends is not considered: policies are compared, not services.

mod automaton;
mod budget;
mod callers;
mod compile;
mod key_types;
mod keys;
mod program;
mod search;
mod solve;
mod spots;
mod standing;
mod valuation;
mod witness;

use std::collections::{BTreeMap, BTreeSet};

use super::document::Document;
use super::evaluate::{self, Outcome};
use super::request::Request;
use budget::{Budget, Spent};
use callers::{CallerClass, callers};
use compile::Valuation;
use program::{Program, SideDocuments, Target};
use search::Search;
use solve::Mode;

/// Work that one decision may take, in steps of about ten nanoseconds: comparing a character, trying a value. Policies
/// within IAM's quotas take a small part of it unless they are made to be hard.
pub const WORK: u64 = 1_000_000;

/// What a principal has by policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// Inline and managed policies, or the policies on a resource.
    pub policies: Vec<Document>,
    /// The permissions boundary.
    pub boundary: Boundary,
    /// What symbols stand for, by name, in any form that differs when the definitions do. A symbol that is not listed
    /// means the same on both sides.
    pub definitions: BTreeMap<String, String>,
}

impl Grants {
    /// Only these policies.
    pub fn of(policies: impl IntoIterator<Item = Document>) -> Self {
        Self {
            policies: policies.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// A permissions boundary.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Boundary {
    /// There is none.
    #[default]
    None,
    /// Its document.
    Document(Document),
    /// Its document is not at hand; only its ARN is known.
    Unread(String),
}

impl Boundary {
    fn document(&self) -> Option<&Document> {
        match self {
            Self::Document(document) => Some(document),
            Self::None | Self::Unread(_) => None,
        }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This request is allowed now and was not before; the evaluator has confirmed it.
    Yes(Box<Request>),
    /// There is no such request.
    No,
    /// It is not known, for this reason. To be treated as yes.
    Unknown(String),
}

/// Whether a principal with these identity policies may do something new.
pub fn new_access(old: &Grants, new: &Grants) -> Verdict {
    let changed = match (&old.boundary, &new.boundary) {
        (Boundary::Unread(before), after) => {
            !matches!(after, Boundary::Unread(arn) if arn == before)
        }
        _ => false,
    };
    if changed {
        // The old boundary may have allowed nothing.
        let nothing = Grants {
            policies: Vec::new(),
            ..old.clone()
        };
        return match decide(&nothing, new, false) {
            Verdict::No => Verdict::No,
            _ => Verdict::Unknown(
                "the permissions boundary changed, and the document of the old one is not at hand"
                    .to_owned(),
            ),
        };
    }
    match (decide(old, new, false), &new.boundary) {
        (Verdict::Yes(_), Boundary::Unread(arn)) => Verdict::Unknown(format!(
            "the policies allow more, but the permissions boundary {arn} may not: its document is not at hand"
        )),
        (verdict, _) => verdict,
    }
}

/// Whether the policies on a resource (trust policy, queue policy, key policy, Lambda permissions, …) let a caller do
/// something new, who it may be.
pub fn new_resource_access(old: &Grants, new: &Grants) -> Verdict {
    decide(old, new, true)
}

fn decide(old: &Grants, new: &Grants, principals: bool) -> Verdict {
    let question = Question {
        old: SideDocuments {
            policies: &old.policies,
            boundary: old.boundary.document(),
        },
        new: SideDocuments {
            policies: &new.policies,
            boundary: new.boundary.document(),
        },
        principals,
        callers: if principals {
            callers(old.policies.iter().chain(&new.policies))
        } else {
            Vec::new()
        },
        changed: old
            .definitions
            .iter()
            .filter(|(name, definition)| {
                new.definitions
                    .get(*name)
                    .is_some_and(|other| other != *definition)
            })
            .map(|(name, _)| name.clone())
            .collect(),
    };
    question.decide()
}

struct Question<'a> {
    old: SideDocuments<'a>,
    new: SideDocuments<'a>,
    principals: bool,
    /// Empty for identity policies.
    callers: Vec<CallerClass>,
    changed: BTreeSet<String>,
}

impl Question<'_> {
    fn program(&self, valuation: Option<&Valuation>) -> Program {
        Program::new(self.old, self.new, &self.callers, &self.changed, valuation)
    }

    fn decide(&self) -> Verdict {
        let program = self.program(None);
        let targets = program.targets();
        let plain = program.arena.variables.is_empty();
        let none = BTreeMap::new();
        let mut possible = Search::new(&program, &self.callers, &none, Mode::Possible);
        let mut definite = Search::new(&program, &self.callers, &none, Mode::Definite);
        // The request has work of its own, so that a hard target does not hide an easy answer.
        let mut work = Budget::new(WORK);
        let mut request_work = Budget::new(WORK / 2);
        let mut open = Vec::new();
        let mut spent = false;
        for target in &targets {
            match possible.run(target, &mut work, &mut |_| true) {
                Ok(false) => continue,
                Ok(true) => {}
                Err(Spent) => spent = true,
            }
            open.push(target.clone());
            if plain && let Some(request) = self.witness(&mut definite, target, &mut request_work) {
                return Verdict::Yes(Box::new(request));
            }
        }
        if open.is_empty() {
            return Verdict::No;
        }
        if !plain {
            for valuation in valuation::candidates(&program) {
                let mut valued = self.program(Some(&valuation));
                let pins = valuation::pins(&mut valued, &valuation);
                let mut search = Search::new(&valued, &self.callers, &pins, Mode::Definite);
                for target in valued.targets() {
                    if let Some(request) = self.witness(&mut search, &target, &mut request_work) {
                        return Verdict::Yes(Box::new(request));
                    }
                }
            }
        }
        Verdict::Unknown(witness::reason(&program, &open, spent))
    }

    /// A request for the target that the evaluator confirms.
    fn witness(
        &self,
        search: &mut Search<'_>,
        target: &Target,
        work: &mut Budget,
    ) -> Option<Request> {
        let (program, pins) = (search.program, search.pins);
        let mut confirmed = None;
        let found = search.run(target, work, &mut |found| {
            let request = witness::request(program, &self.callers, pins, found);
            let confirms = self.confirms(&request);
            if confirms {
                confirmed = Some(request);
            }
            confirms
        });
        match (found, confirmed) {
            (Ok(true), Some(request)) => Some(witness::readable(program, target, &request, &|r| {
                self.confirms(r)
            })),
            _ => None,
        }
    }

    /// Whether the evaluator allows a request by the new policies and surely refuses it by the old.
    fn confirms(&self, request: &Request) -> bool {
        let refused = |outcome| {
            matches!(
                outcome,
                Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied
            )
        };
        self.outcome(self.new, request) == Outcome::Allowed
            && refused(self.outcome(self.old, request))
    }

    fn outcome(&self, side: SideDocuments<'_>, request: &Request) -> Outcome {
        if self.principals {
            evaluate::resource(side.policies, request)
        } else {
            evaluate::identity(side.policies, side.boundary, request)
        }
    }
}
