//! Functions: which parameters are the event, and what they give.

use tree_sitter::Node;

use super::call::Argument;
use super::{Engine, MOST_CALLS};
use crate::source::language::{Kind, Role};
use crate::source::pattern;
use crate::source::value::Value;

/// A parameter.
struct Parameter<'t> {
    pattern: Node<'t>,
    name: &'t str,
    kind: &'t str,
}

impl<'t> Engine<'t, '_> {
    /// What a function is called: by itself, or by what it is assigned to.
    fn name_of(&self, function: Node<'t>, role: &Role) -> Option<&'t str> {
        match Self::field(function, role, 0) {
            Some(name) => Some(self.source(name)),
            None => self.titles.get(&function.id()).copied(),
        }
    }

    /// Notes the function that a call starts the runtime with.
    pub(super) fn starts(&mut self, call: Node<'t>, role: &Role) {
        let Some(callee) = Self::field(call, role, 0) else {
            return;
        };
        if self.language.starters.is_empty() {
            return;
        }
        let path = self.full_path(callee);
        let handler = Self::field(call, role, 1).and_then(|list| list.named_child(0));
        if let Some(handler) = handler
            && pattern::any(&self.language.starters, &path)
            && self.kind(handler) == Some(Kind::Name)
        {
            self.entries
                .handlers
                .insert(self.source(handler).to_owned());
        }
    }

    fn parameters(&self, function: Node<'t>, role: &Role) -> Vec<Parameter<'t>> {
        let list = Self::field(function, role, 1);
        let all = match list.or_else(|| function.child_by_field_name("parameter")) {
            Some(list) if self.kind(list) == Some(Kind::Name) => vec![list],
            Some(list) => Self::children(list),
            None => Vec::new(),
        };
        let parameters = all.into_iter().filter(|p| !p.kind().contains("comment"));
        let parameters = parameters.map(|parameter| {
            let field = |name| parameter.child_by_field_name(name);
            let inner = || {
                let plain = self.kind(parameter) == Some(Kind::Name)
                    || parameter.kind().ends_with("pattern");
                if plain {
                    None
                } else {
                    parameter.named_child(0)
                }
            };
            let pattern = field("pattern").or_else(|| field("name")).or_else(inner);
            let pattern = pattern.unwrap_or(parameter);
            let kind = field("type")
                .map(|kind| self.source(kind))
                .unwrap_or_default();
            Parameter {
                pattern,
                name: self.source(pattern),
                kind: kind.trim_start_matches(':').trim(),
            }
        });
        let own = |p: &Parameter<'_>| {
            let name = p.name.trim_start_matches('&').trim_start_matches("mut ");
            self.language.selves.iter().any(|own| own == name)
        };
        parameters.filter(|p| !own(p)).collect()
    }

    /// A function where it is defined: called by whoever calls it, or with an event.
    pub(super) fn define(&mut self, function: Node<'t>, role: &Role) -> Value {
        let name = self.name_of(function, role);
        let handles = name.is_some_and(|name| self.entries.handlers.contains(name));
        let parameters = self.parameters(function, role);
        self.spend(parameters.len());
        let first = parameters.iter().position(|p| !p.kind.contains("Context"));
        let before = self.values.clone();
        self.spend(before.len());
        let outer = self.handler;
        for (at, parameter) in parameters.iter().enumerate() {
            let is_first = handles && Some(at) == first;
            let event = is_first
                || self
                    .language
                    .event_names
                    .iter()
                    .any(|name| name == parameter.name)
                || pattern::any(&self.language.event_types, parameter.kind);
            let value = match (event, self.entries.every) {
                (true, _) => Value::WHOLE,
                (false, true) => Value::EVENT,
                (false, false) => Value::OWN,
            };
            self.bind(parameter.pattern, value);
            if is_first && pattern::any(&self.language.untyped, parameter.kind) {
                let place = parameter.pattern.byte_range();
                self.handler = Some((place.start, place.end));
            }
        }
        let branches = std::mem::take(&mut self.branches);
        let returned = std::mem::take(&mut self.returned);
        self.body(function, role);
        self.branches = branches;
        self.returned = returned;
        self.handler = outer;
        self.values = before;
        Value::OWN
    }

    fn body(&mut self, function: Node<'t>, role: &Role) -> Value {
        let Some(body) = Self::field(function, role, 2) else {
            return Value::OWN;
        };
        let value = self.eval(body);
        let is_expression = self.kind(body) == Some(Kind::Block) || !body.kind().ends_with("block");
        if is_expression {
            self.returned.or(value)
        } else {
            self.returned
        }
    }

    /// A function given to a call, which is called with parts of what the call is on.
    pub(super) fn enter(&mut self, function: Node<'t>, given: Value) {
        let Some(role) = self.role(function) else {
            return;
        };
        if !given.is_tainted() {
            self.define(function, role);
            return;
        }
        for parameter in self.parameters(function, role) {
            self.bind(parameter.pattern, given);
        }
        let returned = std::mem::take(&mut self.returned);
        self.body(function, role);
        self.returned = returned;
    }

    /// Follows a call into a function of this file, and gives what it answers.
    pub(super) fn follow(&mut self, function: Node<'t>, arguments: &[Argument<'t>]) -> Value {
        let Some(role) = self.role(function) else {
            return Value::OWN;
        };
        if self.calls.len() >= MOST_CALLS || self.calls.contains(&function.id()) {
            return Value::OWN;
        }
        self.calls.push(function.id());
        let before = self.values.clone();
        self.spend(before.len());
        let mut positional = arguments.iter().filter(|a| a.name.is_none());
        for parameter in self.parameters(function, role) {
            let by_name = arguments.iter().find(|a| a.name == Some(parameter.name));
            let given = by_name.or_else(|| positional.next());
            self.bind(parameter.pattern, given.map_or(Value::OWN, |a| a.value));
        }
        let branches = std::mem::take(&mut self.branches);
        let returned = std::mem::take(&mut self.returned);
        let value = self.body(function, role);
        self.branches = branches;
        self.returned = returned;
        self.values = before;
        self.calls.pop();
        Value {
            literal: false,
            ..value
        }
    }
}
