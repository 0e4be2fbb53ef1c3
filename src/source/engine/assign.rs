//! Assignments and patterns.

use tree_sitter::Node;

use super::Engine;
use super::access::{LONGEST_PATH, bounded};
use crate::source::language::{Kind, Role};
use crate::source::value::Value;

/// Most names with a value.
const MOST_NAMES: usize = 4096;

impl<'t> Engine<'t, '_> {
    /// Gives a name its value.
    pub(super) fn set(&mut self, name: String, value: Value) {
        if name.len() > LONGEST_PATH {
            return;
        }
        if self.values.len() < MOST_NAMES || self.values.contains_key(&name) {
            self.values.insert(name, value);
        } else {
            self.found.cut = true;
        }
    }

    pub(super) fn assign(&mut self, node: Node<'t>, role: &Role) -> Value {
        let (to, from) = (Self::field(node, role, 0), Self::field(node, role, 1));
        let value = match (to, from) {
            (Some(to), Some(from)) => {
                let value = self.eval(from);
                self.alias(to, from);
                self.secret(to, from);
                self.bind_each(to, from, value);
                value
            }
            _ => Value::OWN,
        };
        let mut cursor = node.walk();
        let rest: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
        for child in rest {
            if Some(child) != to && Some(child) != from {
                self.eval(child);
            }
        }
        value
    }

    pub(super) fn augment(&mut self, node: Node<'t>, role: &Role) -> Value {
        let (Some(to), Some(from)) = (Self::field(node, role, 0), Self::field(node, role, 1))
        else {
            return Value::OWN;
        };
        let (old, more) = (self.eval(to), self.eval(from));
        let value = old.then(more, "?");
        self.bind(to, value);
        value
    }

    /// A name for an import under another name, or for a part of a module.
    fn alias(&mut self, to: Node<'t>, from: Node<'t>) {
        let mut from = from;
        // `promisify(exec)` is exec.
        if self.kind(from) == Some(Kind::Call) {
            let callee = from.child_by_field_name("function");
            let name = callee
                .map(|callee| self.full_path(callee))
                .unwrap_or_default();
            let inner = from
                .child_by_field_name("arguments")
                .and_then(|a| a.named_child(0));
            match inner {
                Some(inner) if name.ends_with("promisify") => from = inner,
                _ if name == "require" => {}
                _ => return,
            }
        }
        if !matches!(
            self.kind(from),
            Some(Kind::Name | Kind::Member | Kind::Call)
        ) {
            return;
        }
        let written = self.source(from);
        let first = written.split(['.', '(']).next().unwrap_or_default();
        if first != "require" && !self.names.contains_key(first) {
            return;
        }
        let full = self.full_path(from);
        match self.kind(to) {
            Some(Kind::Name) => {
                self.names.insert(self.source(to).to_owned(), full);
            }
            None => {
                for part in Self::children(to) {
                    let field = |name| part.child_by_field_name(name).map(|n| self.source(n));
                    let own = self.source(part);
                    let (key, name) = match (field("key"), field("value")) {
                        (Some(key), Some(name)) => (key, name),
                        _ => (own, own),
                    };
                    let full = bounded(format!("{full}.{key}"));
                    self.names.insert(name.to_owned(), full);
                }
            }
            _ => {}
        }
    }

    /// Pairs the elements of two lists of equal length.
    fn bind_each(&mut self, to: Node<'t>, from: Node<'t>, value: Value) {
        let lists = |node: Node<'t>| {
            let list = ["expression_list", "pattern_list", "tuple_pattern"].contains(&node.kind());
            if list {
                Self::children(node)
            } else {
                Vec::new()
            }
        };
        let (targets, values) = (lists(to), lists(from));
        if let ([target], [_]) = (targets.as_slice(), values.as_slice()) {
            self.assigned(*target, from, value);
        } else if targets.len() > 1 && targets.len() == values.len() {
            for (target, from) in targets.into_iter().zip(values) {
                let value = self.eval(from);
                self.assigned(target, from, value);
            }
        } else {
            self.assigned(to, from, value);
        }
    }

    /// In a branch a value is one of two, unless it is what was there before, converted.
    fn assigned(&mut self, to: Node<'t>, from: Node<'t>, value: Value) {
        let name = self.source(to);
        let old = self.values.get(name).copied().unwrap_or_default();
        let converted = !value.is_tainted() && self.source(from).contains(name);
        if self.branches > 0 && old.is_tainted() && !converted {
            self.bind(to, value.or(old));
        } else {
            self.bind(to, value);
        }
    }

    /// Gives the names in a pattern the value, or parts of it.
    pub(super) fn bind(&mut self, pattern: Node<'t>, value: Value) {
        if self.depth >= super::MOST_NESTED || self.steps == 0 {
            self.found.cut = true;
            return;
        }
        self.spend(1);
        match self.kind(pattern) {
            Some(Kind::Name | Kind::Member | Kind::Index) => {
                self.set(self.source(pattern).to_owned(), value);
            }
            Some(Kind::Skip | Kind::Text) => {}
            _ => {
                let parts = Self::children(pattern);
                let wrapper = parts.len() == 1 && !pattern.kind().contains("pattern");
                let not: Vec<Option<Node<'t>>> = ["key", "type", "right", "value"]
                    .map(|field| pattern.child_by_field_name(field))
                    .into();
                let has_value = pattern.child_by_field_name("key").is_some();
                self.depth += 1;
                for part in parts {
                    // In `{ key: name = default }` only the name is bound.
                    let is_target = has_value && Some(part) == not[3];
                    if is_target || !not.contains(&Some(part)) {
                        self.bind(part, if wrapper { value } else { value.part() });
                    }
                }
                self.depth -= 1;
            }
        }
    }

    pub(super) fn pair(&mut self, node: Node<'t>, role: &Role) -> Value {
        let (key, value) = (Self::field(node, role, 0), Self::field(node, role, 1));
        if let Some(key) = key.filter(|key| self.kind(*key) != Some(Kind::Name)) {
            self.eval(key);
        }
        match (key, value) {
            (Some(key), Some(value)) => {
                self.secret(key, value);
                self.eval(value)
            }
            _ => Value::OWN,
        }
    }
}
