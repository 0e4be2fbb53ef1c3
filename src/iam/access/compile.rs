//! Statements in the form the decision works on: patterns, and conditions as atoms that equal conditions share.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::document::{Condition, Principal, Selection, Statement, Version};
use super::super::evaluate::{literal, pattern_version, split_components};
use super::super::operator::{Comparison, Operator, Order, Quantifier};
use super::super::template::{self, Part, Symbols, Template, Token, fold};
use super::super::typed;
use super::key_types::{ValueType, facts};

/// Values of the condition keys that variables take theirs from; an absent key has none.
pub(super) type Valuation = BTreeMap<String, Option<String>>;

/// Index of something that cannot be computed here: free to be true or false.
pub(super) type Opaque = usize;

/// A pattern of an action or resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    /// Variables and symbols match anything.
    pub(super) tokens: Vec<Token>,
    /// The characters before the first wildcard.
    pub(super) prefix: String,
    /// How many characters those are.
    pub(super) fixed: usize,
    /// Set where variables or symbols decide whether what the tokens match is really matched.
    pub(super) opaque: Option<Opaque>,
    /// The same for the same tokens.
    pub(super) id: usize,
}

impl Pattern {
    fn new(id: usize, tokens: Vec<Token>, opaque: Option<Opaque>) -> Self {
        let prefix: String = tokens
            .iter()
            .map_while(|token| match token {
                Token::Char(c) => Some(*c),
                _ => None,
            })
            .collect();
        let fixed = prefix.chars().count();
        Self {
            tokens,
            prefix,
            fixed,
            opaque,
            id,
        }
    }

    /// The only string it matches, if there is only one.
    pub(super) fn literal(&self) -> Option<&str> {
        (self.fixed == self.tokens.len()).then_some(self.prefix.as_str())
    }

    /// Whether it matches a string.
    pub(super) fn matches(&self, text: &str) -> bool {
        match text.strip_prefix(self.prefix.as_str()) {
            Some(rest) if self.fixed == self.tokens.len() => rest.is_empty(),
            Some(rest) => template::matches(&self.tokens[self.fixed..], rest),
            None => false,
        }
    }

    /// Whether no string can match both, as far as their beginnings show.
    pub(super) fn disjoint(&self, other: &Self) -> bool {
        !self.prefix.starts_with(&other.prefix) && !other.prefix.starts_with(&self.prefix)
    }
}

/// One of the patterns, or none of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Patterns {
    pub(super) negated: bool,
    pub(super) any: Vec<Pattern>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Compiled {
    /// None where the policy names no principals: everyone.
    pub(super) principal: Option<(bool, Vec<Principal>)>,
    pub(super) action: Patterns,
    /// None: whatever the policy hangs on.
    pub(super) resource: Option<Patterns>,
    /// Indices of atoms, sorted; all must hold.
    pub(super) conditions: Vec<usize>,
}

/// One operator on one key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Atom {
    /// The operator is not AWS's: nothing is known of it.
    Opaque(Condition),
    /// Neither depends on the request.
    Always(bool),
    /// Whether the key is absent, or present.
    Absent { key: usize, absent: bool },
    /// A test of the key's values.
    Test {
        key: usize,
        test: usize,
        negated: bool,
        if_exists: bool,
        quantifier: Quantifier,
    },
}

impl Atom {
    /// The key it looks at.
    pub(super) fn key(&self) -> Option<usize> {
        match self {
            Self::Absent { key, .. } | Self::Test { key, .. } => Some(*key),
            Self::Opaque(_) | Self::Always(_) => None,
        }
    }
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Bound {
    /// The string has to match.
    Text(Vec<Token>),
    /// The number has to lie so.
    Number(Order, i128),
    /// The instant has to lie so.
    Instant(Order, i128),
    /// The address has to be one of them.
    Address(typed::Range),
}

/// A positive test: one of the bounds holds, or one of the opaque ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Test {
    pub(super) any: Vec<Bound>,
    pub(super) opaque: Vec<Opaque>,
}

/// A condition key and all that is asked of it.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// As a policy writes it.
    pub(super) name: String,
    /// What its values are.
    pub(super) kind: ValueType,
    /// Whether a request may carry several values: AWS says so, or a set operator is used on it.
    pub(super) several: bool,
    pub(super) tests: Vec<Test>,
}

/// Statements of all documents of a question, with what they share.
#[derive(Debug, Default)]
pub(super) struct Arena {
    pub(super) atoms: Vec<Atom>,
    pub(super) keys: Vec<Key>,
    /// The resource patterns behind opaque matches, for the containment of one in another.
    pub(super) resources: Vec<(Opaque, Template)>,
    opaques: HashMap<OpaqueKey, Opaque>,
    patterns: HashMap<Vec<Token>, usize>,
    names: HashMap<String, usize>,
    atom_index: HashMap<Atom, usize>,
    test_index: HashMap<(usize, Test), usize>,
    /// Keys that variables stand for, folded, in order.
    pub(super) variables: BTreeSet<String>,
    /// Symbols by name.
    pub(super) symbols: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum OpaqueKey {
    Resource(Template),
    Value(usize, Comparison, Template),
    Principal(Principal),
}

/// How the strings of one document are to be read.
pub(super) struct Reading<'a> {
    pub(super) version: Version,
    /// None: variables stay opaque.
    pub(super) valuation: Option<&'a Valuation>,
    /// Symbols that mean something else on the other side.
    pub(super) changed: &'a BTreeSet<String>,
    /// What tells this side's from the other's.
    pub(super) side: char,
}

impl Reading<'_> {
    fn template(&self, text: &str, version: Version, wildcards: bool) -> Template {
        let mut template = Template::parse(text, version, wildcards);
        for part in &mut template.0 {
            if let Part::Symbol(name) = part
                && self.changed.contains(name)
            {
                name.push(self.side);
            }
        }
        template
    }

    /// The tokens, or none when only an opaque match does the pattern justice. A pattern that matches nothing gives
    /// `Err`.
    fn tokens(&self, template: &Template) -> Result<Option<Vec<Token>>, ()> {
        if template.has_symbol() {
            return Ok(None);
        }
        let Some(valuation) = self.valuation else {
            return Ok(template
                .variables()
                .next()
                .is_none()
                .then(|| template.skeleton()));
        };
        let lookup = |key: &str| valuation.get(key).cloned().flatten();
        template
            .resolve(Symbols::Anything, &lookup)
            .map(Some)
            .ok_or(())
    }
}

impl Arena {
    /// Reads a statement.
    pub(super) fn statement(&mut self, statement: &Statement, reading: &Reading<'_>) -> Compiled {
        let action = Patterns {
            negated: statement.action.negated,
            any: statement
                .action
                .values
                .iter()
                .map(|text| {
                    let template = Template::parse(&fold(text), Version::V2008, true);
                    self.pattern(template.skeleton(), None)
                })
                .collect(),
        };
        let resource = statement
            .resource
            .as_ref()
            .map(|selection| self.resource(selection, reading));
        let mut conditions: Vec<usize> = statement
            .conditions
            .iter()
            .map(|condition| self.condition(condition, reading))
            .collect();
        conditions.sort_unstable();
        conditions.dedup();
        Compiled {
            principal: statement
                .principal
                .as_ref()
                .map(|selection| (selection.negated, selection.values.clone())),
            action,
            resource,
            conditions,
        }
    }

    fn pattern(&mut self, tokens: Vec<Token>, opaque: Option<Opaque>) -> Pattern {
        let next = self.patterns.len();
        let id = match self.patterns.get(&tokens) {
            Some(id) => *id,
            None => {
                self.patterns.insert(tokens.clone(), next);
                next
            }
        };
        Pattern::new(id, tokens, opaque)
    }

    fn resource(&mut self, selection: &Selection<String>, reading: &Reading<'_>) -> Patterns {
        let mut any = Vec::with_capacity(selection.values.len());
        for text in &selection.values {
            let template = reading.template(text, reading.version, true);
            self.note(&template);
            match reading.tokens(&template) {
                Ok(Some(tokens)) => any.push(self.pattern(tokens, None)),
                Ok(None) => {
                    let skeleton = match reading.valuation {
                        // Variables are known, symbols are not.
                        Some(valuation) => template.resolve(Symbols::Anything, &|key| {
                            valuation.get(key).cloned().flatten()
                        }),
                        None => Some(template.skeleton()),
                    };
                    let Some(skeleton) = skeleton else { continue };
                    let known = self.opaques.len();
                    let opaque = self.opaque(OpaqueKey::Resource(template.clone()));
                    if opaque == known {
                        self.resources.push((opaque, template));
                    }
                    any.push(self.pattern(skeleton, Some(opaque)));
                }
                Err(()) => {}
            }
        }
        Patterns {
            negated: selection.negated,
            any,
        }
    }

    fn note(&mut self, template: &Template) {
        for key in template.variables() {
            if !self.variables.contains(key) {
                self.variables.insert(key.to_owned());
            }
        }
        for part in &template.0 {
            if let Part::Symbol(name) = part {
                let name = name.trim_end_matches(['\u{1}', '\u{2}']);
                self.symbols.insert(name.to_owned());
            }
        }
    }

    /// The opaque match of a principal that stands for a symbol.
    pub(super) fn principal(&mut self, principal: &Principal) -> Opaque {
        self.opaque(OpaqueKey::Principal(principal.clone()))
    }

    fn opaque(&mut self, key: OpaqueKey) -> Opaque {
        let next = self.opaques.len();
        *self.opaques.entry(key).or_insert(next)
    }

    /// The index of a key.
    pub(super) fn key(&mut self, name: &str) -> usize {
        let folded = fold(name);
        let next = self.keys.len();
        let index = *self.names.entry(folded.clone()).or_insert(next);
        if index == next {
            let (kind, several) = facts(&folded);
            self.keys.push(Key {
                name: name.to_owned(),
                kind,
                several,
                tests: Vec::new(),
            });
        }
        index
    }

    /// The index of a key that something asks about.
    pub(super) fn find_key(&self, name: &str) -> Option<usize> {
        self.names.get(&fold(name)).copied()
    }

    fn condition(&mut self, condition: &Condition, reading: &Reading<'_>) -> usize {
        let atom = match Operator::parse(&condition.operator) {
            None => {
                let mut sorted = condition.clone();
                sorted.key = fold(&sorted.key);
                sorted.values.sort();
                Atom::Opaque(sorted)
            }
            Some(Operator::Null) => self.null(condition),
            Some(Operator::Compare {
                comparison,
                negated,
                if_exists,
                quantifier,
            }) => {
                let key = self.key(&condition.key);
                self.keys[key].several |= quantifier != Quantifier::One;
                let test = self.test(key, comparison, condition, reading);
                Atom::Test {
                    key,
                    test,
                    negated,
                    if_exists,
                    quantifier,
                }
            }
        };
        let next = self.atoms.len();
        let index = *self.atom_index.entry(atom.clone()).or_insert(next);
        if index == next {
            self.atoms.push(atom);
        }
        index
    }

    fn null(&mut self, condition: &Condition) -> Atom {
        let has = |wanted: &str| {
            condition
                .values
                .iter()
                .any(|value| value.eq_ignore_ascii_case(wanted))
        };
        let readable = condition
            .values
            .iter()
            .all(|v| v.eq_ignore_ascii_case("true") || v.eq_ignore_ascii_case("false"));
        match (readable, has("true"), has("false")) {
            (false, _, _) => Atom::Opaque(condition.clone()),
            (_, true, true) => Atom::Always(true),
            (_, false, false) => Atom::Always(false),
            (_, absent, _) => Atom::Absent {
                key: self.key(&condition.key),
                absent,
            },
        }
    }

    fn test(
        &mut self,
        key: usize,
        comparison: Comparison,
        condition: &Condition,
        reading: &Reading<'_>,
    ) -> usize {
        let mut test = Test::default();
        let wildcards = matches!(comparison, Comparison::Like | Comparison::Arn);
        let version = pattern_version(comparison, reading.version);
        for value in &condition.values {
            let template = reading.template(value, version, wildcards);
            self.note(&template);
            let bound = match reading.tokens(&template) {
                Err(()) => continue,
                Ok(None) => None,
                Ok(Some(tokens)) => bound(comparison, tokens, &template),
            };
            match bound {
                Some(bound) => test.any.push(bound),
                None => {
                    let value = OpaqueKey::Value(key, comparison, template);
                    test.opaque.push(self.opaque(value));
                }
            }
        }
        test.any.sort();
        test.any.dedup();
        test.opaque.sort_unstable();
        test.opaque.dedup();
        let next = self.keys[key].tests.len();
        let index = *self.test_index.entry((key, test.clone())).or_insert(next);
        if index == next {
            self.keys[key].tests.push(test);
        }
        index
    }
}

/// What a value has to fulfil; none when the policy's value cannot be read.
fn bound(comparison: Comparison, tokens: Vec<Token>, template: &Template) -> Option<Bound> {
    Some(match comparison {
        Comparison::Equals | Comparison::Like | Comparison::Binary => Bound::Text(tokens),
        Comparison::EqualsIgnoreCase | Comparison::Bool => Bound::Text(
            tokens
                .into_iter()
                .map(|token| match token {
                    Token::Char(c) => Token::Fold(c.to_ascii_lowercase()),
                    other => other,
                })
                .collect(),
        ),
        Comparison::Arn => Bound::Text(arn_tokens(&tokens)?),
        Comparison::Numeric(order) => Bound::Number(order, typed::decimal(&literal(template))?),
        Comparison::Date(order) => Bound::Instant(order, typed::instant(&literal(template))?),
        Comparison::Ip => Bound::Address(typed::Range::parse(&literal(template))?),
    })
}

/// An ARN pattern over the whole string: what stands in one of the first five components does not match a colon.
fn arn_tokens(tokens: &[Token]) -> Option<Vec<Token>> {
    if tokens == [Token::Many] {
        // Any ARN: five colons.
        let mut any = Vec::new();
        for _ in 0..5 {
            any.extend([Token::ManyInSegment, Token::Char(':')]);
        }
        any.push(Token::Many);
        return Some(any);
    }
    let fields = split_components(tokens)?;
    let mut whole = Vec::with_capacity(tokens.len());
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            whole.push(Token::Char(':'));
        }
        whole.extend(field.iter().map(|token| match token {
            Token::One if index < 5 => Token::OneInSegment,
            Token::Many if index < 5 => Token::ManyInSegment,
            other => *other,
        }));
    }
    Some(whole)
}
