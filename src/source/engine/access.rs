//! Names, members and elements; what a call is called.

use tree_sitter::Node;

use super::Engine;
use crate::source::language::{Kind, Role};
use crate::source::pattern;
use crate::source::value::Value;

/// Longest name that is made up for what is called, and most parts it has.
pub(super) const LONGEST_PATH: usize = 200;
const MOST_PARTS: usize = 24;

/// A name cut to its longest length.
pub(super) fn bounded(mut name: String) -> String {
    let end = (0..=LONGEST_PATH)
        .rev()
        .find(|at| name.is_char_boundary(*at));
    name.truncate(end.unwrap_or_default());
    name
}

impl<'t> Engine<'t, '_> {
    pub(super) fn named(&self, node: Node<'t>) -> Value {
        self.values
            .get(self.source(node))
            .copied()
            .unwrap_or_default()
    }

    pub(super) fn access(&mut self, node: Node<'t>, role: &Role) -> Value {
        let Some(object) = Self::field(node, role, 0) else {
            return Value::OWN;
        };
        let whole = self.eval(object);
        for child in Self::children(node)
            .into_iter()
            .filter(|child| *child != object)
        {
            self.eval(child);
        }
        let written = self.source(node);
        if written.len() <= LONGEST_PATH
            && let Some(known) = self.values.get(written)
        {
            return *known;
        }
        if role.kind == Kind::Member {
            let name = Self::field(node, role, 1).map(|name| self.source(name));
            let name = name.unwrap_or_default();
            if self
                .language
                .clean_members
                .iter()
                .any(|clean| clean == name)
            {
                return Value::OWN;
            }
            let path = self.full_path(node);
            if pattern::any(&self.language.sources, &path) {
                return Value::EVENT;
            }
            return self.made_safe(&path, whole.part());
        }
        whole.part()
    }

    /// The same value, safe for the rules of which this is a sanitizer.
    pub(super) fn made_safe(&self, path: &str, mut value: Value) -> Value {
        for (index, rule) in self.rules.iter().enumerate() {
            let safe = rule.sanitizers.get(self.language.name);
            if safe.is_some_and(|safe| pattern::any(safe, path)) {
                value.safe |= 1 << index;
            }
        }
        value
    }

    /// What an expression names, with imports in full.
    pub(super) fn full_path(&self, node: Node<'t>) -> String {
        let path = self.path(node, MOST_PARTS);
        let path = bounded(path);
        let end = path.find(['.', '(', '[', '!']).unwrap_or(path.len());
        let (first, rest) = path.split_at(end);
        let (new, first) = match first.strip_prefix("new ") {
            Some(first) => ("new ", first),
            None => ("", first),
        };
        match self.names.get(first) {
            Some(full) if !self.functions.contains_key(first) => {
                bounded(format!("{new}{full}{rest}"))
            }
            _ => path,
        }
    }

    fn path(&self, node: Node<'t>, parts: usize) -> String {
        if parts == 0 {
            return "?".to_owned();
        }
        let of = |node| self.path(node, parts - 1);
        let Some(role) = self.role(node) else {
            return match node.kind() {
                "scoped_identifier" => self.source(node).replace("::", "."),
                // `import(…)`, `require(…)`.
                "import" => "import".to_owned(),
                _ => node.named_child(0).map_or_else(|| "?".to_owned(), of),
            };
        };
        let field = |at| Self::field(node, role, at);
        match role.kind {
            Kind::Name => self.source(node).to_owned(),
            Kind::Member => {
                let object = field(0).map(of).unwrap_or_default();
                let name = field(1).map(|name| self.source(name)).unwrap_or_default();
                format!("{object}.{name}")
            }
            Kind::Index => field(0).map(of).unwrap_or_default() + "[]",
            Kind::Call => {
                let callee = field(0).map(of).unwrap_or_default();
                self.required(node, &callee).unwrap_or(callee + "()")
            }
            Kind::New => format!("new {}()", field(0).map(of).unwrap_or_default()),
            Kind::Assign => field(0).map(of).unwrap_or_default(),
            _ => "?".to_owned(),
        }
    }

    /// `require("name")` is the module of that name.
    fn required(&self, call: Node<'t>, callee: &str) -> Option<String> {
        let arguments = call.child_by_field_name("arguments")?;
        let name = arguments.named_child(0).filter(|_| callee == "require")?;
        (self.kind(name) == Some(Kind::Text))
            .then(|| crate::source::imports::module(self.source(name)))
    }

    /// Counts a value as checked, for the rules given as bits: what it is called, and the variable
    /// it is a part of unless that is the event itself.
    pub(super) fn check(&mut self, node: Node<'t>, rules: u32) {
        let Some(role) = self.role(node) else {
            for child in Self::children(node) {
                self.check_bounded(child, rules);
            }
            return;
        };
        match role.kind {
            Kind::Name | Kind::Member | Kind::Index => {
                let value = self.eval(node);
                if value.is_tainted() && !value.whole {
                    self.checked(self.source(node).to_owned(), value, rules);
                }
                if let (Kind::Member | Kind::Index, Some(object)) =
                    (role.kind, Self::field(node, role, 0))
                {
                    let simple = self.kind(object) == Some(Kind::Name);
                    let whole = self.named(object);
                    if simple && whole.is_tainted() && !whole.whole && role.kind == Kind::Member {
                        self.checked(self.source(object).to_owned(), whole, rules);
                    } else if !simple {
                        self.check_bounded(object, rules);
                    }
                }
            }
            Kind::Call | Kind::New => {
                if let Some(callee) = Self::field(node, role, 0) {
                    let receiver = self.role(callee).filter(|role| role.kind == Kind::Member);
                    if let Some(object) = receiver.and_then(|role| Self::field(callee, role, 0)) {
                        self.check_bounded(object, rules);
                    }
                }
                if let Some(arguments) = Self::field(node, role, 1) {
                    for argument in Self::children(arguments) {
                        self.check_bounded(argument, rules);
                    }
                }
            }
            _ => {}
        }
    }

    fn check_bounded(&mut self, node: Node<'t>, rules: u32) {
        if self.depth < super::MOST_NESTED {
            self.depth += 1;
            self.check(node, rules);
            self.depth -= 1;
        }
    }

    fn checked(&mut self, name: String, value: Value, rules: u32) {
        let value = if rules == u32::MAX {
            Value::OWN
        } else {
            Value {
                safe: value.safe | rules,
                ..value
            }
        };
        self.set(name, value);
    }
}
