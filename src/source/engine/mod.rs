//! Follows data of the event through one file.
//!
//! Sources are parameters that carry the event; values are followed through assignments, texts
//! made of parts, the calls that the language's data name, and functions of the same file. What
//! any other call answers is not the event's: that way conversions, parsers of schemas and
//! look-ups count as clean without being listed. The order of statements counts, branches do not
//! exclude each other, and each file is gone through twice, for what loops carry round.

mod access;
mod assign;
mod call;
mod function;
mod literal;
mod sink;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tree_sitter::Node;

use super::imports::{self, Names, whole};
use super::language::{Kind, Language, Role};
use super::rule::RuleData;
use super::value::Value;

/// Deepest nesting that is followed.
const MOST_NESTED: usize = 600;
/// Most steps for a file: a bound on time that does not read the clock.
const MOST_STEPS: usize = 3_000_000;
/// Steps that a call counts for.
const STEPS_OF_CALL: usize = 8;
/// Functions of the file that are followed into, one from the other.
const MOST_CALLS: usize = 2;

/// Which functions' parameters are events.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    /// Names of handlers in this file.
    pub(super) handlers: BTreeSet<String>,
    /// Every parameter of every function: to try the rules on code that is no handler.
    pub(super) every: bool,
}

/// What was found in a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Rule's index, place → what was called.
    pub(super) hits: BTreeMap<(usize, usize, usize), String>,
    /// Places of constants that must not be shown.
    pub(super) secrets: BTreeSet<(usize, usize)>,
    /// Handlers that hand on data of the event: place, what was called.
    pub(super) handing: BTreeMap<(usize, usize), String>,
    /// Whether the file validates anything.
    pub(super) validates: bool,
    /// Whether a bound was met.
    pub(super) cut: bool,
}

pub(super) struct Engine<'t, 'r> {
    language: &'static Language,
    rules: &'r [RuleData],
    text: &'t str,
    entries: Entries,
    names: Names,
    functions: HashMap<&'t str, Node<'t>>,
    /// Names of functions that are assigned to one, by the function's node.
    titles: HashMap<usize, &'t str>,
    /// Sinks by what is called: indices of rule and sink.
    known_sinks: HashMap<String, Vec<(usize, usize)>>,
    values: HashMap<String, Value>,
    found: Found,
    steps: usize,
    depth: usize,
    /// Functions that are being followed into.
    calls: Vec<usize>,
    branches: usize,
    returned: Value,
    /// Place of the handler that is gone through.
    handler: Option<(usize, usize)>,
}

impl<'t, 'r> Engine<'t, 'r> {
    /// Goes through a file.
    pub(super) fn run(
        root: Node<'t>,
        text: &'t str,
        language: &'static Language,
        rules: &'r [RuleData],
        entries: Entries,
    ) -> Found {
        let mut engine = Self {
            language,
            rules,
            text,
            entries,
            names: Names::new(),
            functions: HashMap::new(),
            titles: HashMap::new(),
            known_sinks: HashMap::new(),
            values: HashMap::new(),
            found: Found::default(),
            steps: MOST_STEPS,
            depth: 0,
            calls: Vec::new(),
            branches: 0,
            returned: Value::OWN,
            handler: None,
        };
        engine.survey(root);
        engine.eval(root);
        engine.eval(root);
        engine.found
    }

    fn role(&self, node: Node<'_>) -> Option<&'static Role> {
        self.language.roles.get(node.kind())
    }

    fn kind(&self, node: Node<'_>) -> Option<Kind> {
        self.role(node).map(|role| role.kind)
    }

    fn source(&self, node: Node<'_>) -> &'t str {
        whole(node, self.text)
    }

    /// What a role calls its field of this position: by name, or `#0` by position.
    fn field(node: Node<'t>, role: &Role, at: usize) -> Option<Node<'t>> {
        let name = role.fields.get(at).filter(|name| !name.is_empty())?;
        match name.strip_prefix('#') {
            Some(position) => node.named_child(position.parse().ok()?),
            None => node.child_by_field_name(name),
        }
    }

    fn children(node: Node<'t>) -> Vec<Node<'t>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).collect()
    }

    /// Takes in imports, functions, and whether anything validates, before values are followed.
    fn survey(&mut self, root: Node<'t>) {
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            imports::read(self.language.imports, node, self.text, &mut self.names);
            if let Some(role) = self.role(node) {
                self.note(node, role);
            }
            if node.child_count() == 0 && node.kind().ends_with("identifier") {
                let name = self.source(node).to_ascii_lowercase();
                self.found.validates |= name.contains("valid") || name.contains("schema");
            }
            if cursor.goto_first_child() || cursor.goto_next_sibling() {
                continue;
            }
            loop {
                if !cursor.goto_parent() {
                    self.found.validates |= self.imports_a_validator();
                    return;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
            }
        }
    }

    /// Takes in a function, a name for one, or the call that starts the runtime.
    fn note(&mut self, node: Node<'t>, role: &Role) {
        match role.kind {
            Kind::Function => {
                if let Some(name) = Self::field(node, role, 0) {
                    self.functions.entry(self.source(name)).or_insert(node);
                }
            }
            Kind::Assign | Kind::Pair => {
                let (name, value) = (Self::field(node, role, 0), Self::field(node, role, 1));
                if let (Some(name), Some(value)) = (name, value)
                    && self.kind(value) == Some(Kind::Function)
                {
                    let name = self.source(name).rsplit('.').next().unwrap_or_default();
                    self.titles.insert(value.id(), name);
                    self.functions.entry(name).or_insert(value);
                }
            }
            Kind::Call => self.starts(node, role),
            _ => {}
        }
    }

    fn imports_a_validator(&self) -> bool {
        self.names.values().any(|full| {
            const MOST_CUTS: usize = 16;
            let cuts = full.match_indices(['.', '/']).take(MOST_CUTS);
            let cuts = cuts.map(|(at, _)| &full[..at]);
            cuts.chain([full.as_str()])
                .any(|module| super::pattern::any(&self.language.validators, module))
        })
    }

    fn spend(&mut self, steps: usize) {
        self.steps = self.steps.saturating_sub(steps);
    }

    /// Follows what a node does, and gives its value.
    fn eval(&mut self, node: Node<'t>) -> Value {
        if self.steps == 0 || self.depth >= MOST_NESTED {
            self.found.cut = true;
            return Value::OWN;
        }
        self.steps -= 1;
        self.depth += 1;
        let value = self.eval_role(node);
        self.depth -= 1;
        value
    }

    fn eval_role(&mut self, node: Node<'t>) -> Value {
        let Some(role) = self.role(node) else {
            return self.any_of(Self::children(node));
        };
        match role.kind {
            Kind::Skip => Value::OWN,
            Kind::Name => self.named(node),
            Kind::Text => self.literal(node),
            Kind::Member | Kind::Index => self.access(node, role),
            Kind::Assign => self.assign(node, role),
            Kind::Augment => self.augment(node, role),
            Kind::Pair => self.pair(node, role),
            Kind::Call | Kind::New => self.call(node, role),
            Kind::Macro => self.expand(node, role),
            Kind::Function => self.define(node, role),
            Kind::Binary => self.binary(node, role),
            Kind::Compare => self.compare(node),
            Kind::Choice => self.choice(node, role),
            Kind::Container => self.any_of(Self::children(node)).held(),
            Kind::Clean => {
                self.any_of(Self::children(node));
                Value::OWN
            }
            Kind::Branch => {
                self.branches += 1;
                self.any_of(Self::children(node));
                self.branches -= 1;
                Value::OWN
            }
            Kind::Block => {
                let children = Self::children(node).into_iter();
                children.fold(Value::OWN, |_, child| self.eval(child))
            }
            Kind::Return => {
                let value = self.any_of(Self::children(node));
                self.returned = self.returned.or(value);
                Value::OWN
            }
            Kind::Interpolation => self.any_of(Self::children(node)),
        }
    }

    /// One of several: what a node that plays no role gives.
    fn any_of(&mut self, nodes: Vec<Node<'t>>) -> Value {
        let mut all: Option<Value> = None;
        for node in nodes {
            let skipped = self.kind(node) == Some(Kind::Skip);
            let value = self.eval(node);
            if !skipped {
                all = Some(all.map_or(value, |all| all.or(value)));
            }
        }
        all.unwrap_or_default()
    }

    fn operator(&self, node: Node<'t>, role: &Role) -> String {
        let written = Self::field(node, role, 2);
        let operator = written
            .map(|operator| self.source(operator))
            .unwrap_or_default();
        operator.to_owned()
    }

    fn binary(&mut self, node: Node<'t>, role: &Role) -> Value {
        let (Some(left), Some(right)) = (Self::field(node, role, 0), Self::field(node, role, 1))
        else {
            return self.any_of(Self::children(node));
        };
        let operator = self.operator(node, role);
        let (one, other) = (self.eval(left), self.eval(right));
        if self.language.concatenation.contains(&operator) {
            one.then(other, &self.beginning(left))
        } else if self.language.alternatives.contains(&operator) {
            one.or(other)
        } else {
            self.held_against(&operator, left, right, other);
            Value::OWN
        }
    }

    /// Python's comparisons have any number of operands.
    fn compare(&mut self, node: Node<'t>) -> Value {
        let operands = Self::children(node);
        let values: Vec<Value> = operands.iter().map(|operand| self.eval(*operand)).collect();
        if let ([left, right], [_, other]) = (operands.as_slice(), values.as_slice()) {
            let between = self.text.get(left.end_byte()..right.start_byte());
            let words: Vec<&str> = between.unwrap_or_default().split_whitespace().collect();
            self.held_against(&words.join(" "), *left, *right, *other);
        }
        Value::OWN
    }

    /// A value that was held against a list, or against a constant it has to be, counts as checked.
    fn held_against(&mut self, operator: &str, left: Node<'t>, right: Node<'t>, other: Value) {
        let empty = self.source(right).trim_matches(['"', '\'', '`']).is_empty();
        let constant = self.kind(right) == Some(Kind::Text) && !empty;
        let is_list = operator.contains("in") && !other.is_tainted() && !constant;
        if self
            .language
            .membership
            .iter()
            .any(|known| known == operator)
            && (is_list || (!operator.contains("in") && constant))
        {
            self.check(left, u32::MAX);
        }
    }

    fn choice(&mut self, node: Node<'t>, role: &Role) -> Value {
        let condition = Self::field(node, role, 0);
        if let Some(condition) = condition {
            self.eval(condition);
        }
        let branches = Self::children(node).into_iter();
        self.any_of(
            branches
                .filter(|branch| Some(*branch) != condition)
                .collect(),
        )
    }
}
