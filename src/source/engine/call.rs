//! Calls: what they are given, what they answer, and what they check.

use tree_sitter::Node;

use super::Engine;
use crate::source::language::{Kind, Role};
use crate::source::pattern;
use crate::source::value::{Origin, Value};

/// An argument of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Argument<'t> {
    pub(super) name: Option<&'t str>,
    pub(super) node: Node<'t>,
    pub(super) value: Value,
}

/// A call with what is known of its parts.
pub(super) struct Call<'t> {
    pub(super) node: Node<'t>,
    pub(super) callee: Node<'t>,
    /// What is called, in full.
    pub(super) path: String,
    /// The object whose method it is.
    pub(super) receiver: Option<(Node<'t>, Value)>,
    pub(super) arguments: Vec<Argument<'t>>,
}

impl<'t> Engine<'t, '_> {
    pub(super) fn call(&mut self, node: Node<'t>, role: &Role) -> Value {
        let (callee, list) = (Self::field(node, role, 0), Self::field(node, role, 1));
        let Some(callee) = callee else {
            return self.any_of(Self::children(node));
        };
        self.spend(super::STEPS_OF_CALL);
        let new = if role.kind == Kind::New { "new " } else { "" };
        let path = format!("{new}{}", self.full_path(callee));
        let receiver = self.receiver(callee);
        let Some(list) = list.filter(|list| self.kind(*list) != Some(Kind::Text)) else {
            // A tagged template keeps its values apart.
            if let Some(list) = list {
                self.eval(list);
            }
            return Value::OWN;
        };
        let mut arguments = Vec::new();
        let mut callbacks = Vec::new();
        for argument in Self::children(list) {
            match self.role(argument) {
                Some(role) if role.kind == Kind::Skip && argument.kind().contains("comment") => {}
                Some(role) if role.kind == Kind::Function => {
                    callbacks.push(argument);
                    arguments.push(Argument {
                        name: None,
                        node: argument,
                        value: Value::OWN,
                    });
                }
                Some(role) if role.kind == Kind::Pair => {
                    let value = self.eval(argument);
                    let node = Self::field(argument, role, 1).unwrap_or(argument);
                    let name = Self::field(argument, role, 0).map(|name| self.source(name));
                    arguments.push(Argument { name, node, value });
                }
                _ => {
                    let value = self.eval(argument);
                    arguments.push(Argument {
                        name: None,
                        node: argument,
                        value,
                    });
                }
            }
        }
        let given = receiver.map_or(Value::OWN, |(_, value)| value.part());
        for callback in callbacks {
            self.enter(callback, given);
        }
        let call = Call {
            node,
            callee,
            path,
            receiver,
            arguments,
        };
        self.sinks(&call);
        self.answer(&call)
    }

    fn receiver(&mut self, callee: Node<'t>) -> Option<(Node<'t>, Value)> {
        let mut callee = callee;
        // `text.parse::<u32>` in Rust.
        if self.role(callee).is_none()
            && let Some(function) = callee.child_by_field_name("function")
        {
            callee = function;
        }
        let role = self.role(callee)?;
        if role.kind != Kind::Member {
            if role.kind != Kind::Name {
                self.eval(callee);
            }
            return None;
        }
        let object = Self::field(callee, role, 0)?;
        // A member may be a source itself: `request.json.get`.
        let value = self.eval(object);
        Some((object, value))
    }

    fn answer(&mut self, call: &Call<'t>) -> Value {
        let guards = self.guards(call);
        let tainted = call
            .arguments
            .iter()
            .any(|argument| argument.value.is_tainted());
        let method = self.method(call.callee);
        if let Some(function) = self.own_function(call)
            && tainted
        {
            return self.follow(function, &call.arguments);
        }
        let made = self.made_safe(&call.path, Value::OWN).safe;
        if made != 0 || pattern::any(&self.language.propagators, &call.path) {
            let mut value = self.together(call);
            value.safe |= made;
            return value;
        }
        if let Some((object, value)) = call.receiver {
            if tainted && self.language.fillers.iter().any(|filler| filler == method) {
                let all = call
                    .arguments
                    .iter()
                    .fold(value, |all, a| all.or(a.value.held()));
                if self.kind(object) == Some(Kind::Name) && !value.is_tainted() {
                    self.set(self.source(object).to_owned(), all);
                }
                return all;
            }
            if value.is_tainted() {
                if self
                    .language
                    .clean_methods
                    .iter()
                    .any(|clean| clean == method)
                {
                    return Value::OWN;
                }
                return Value {
                    sql: value.sql,
                    head: value.head,
                    ..value.part()
                };
            }
        }
        if tainted && !guards && !pattern::any(&self.language.harmless, &call.path) {
            self.handed_on(&call.path);
        }
        Value::OWN
    }

    /// The last part of what is called.
    fn method(&self, callee: Node<'t>) -> &'t str {
        let written = self.source(callee);
        let written = written
            .split_once("::<")
            .map_or(written, |(before, _)| before);
        written.rsplit(['.', ':']).next().unwrap_or_default().trim()
    }

    /// A text or an object made of the object, where that says anything, and the arguments.
    fn together(&self, call: &Call<'t>) -> Value {
        let receiver = call
            .receiver
            .filter(|(_, value)| value.literal || value.is_tainted());
        let arguments = call.arguments.iter().map(|a| (a.node, a.value));
        let mut parts = receiver.into_iter().chain(arguments);
        let Some((first, mut all)) = parts.next() else {
            return Value::OWN;
        };
        let before = self.beginning(first);
        for (_, value) in parts {
            all = all.then(value, &before);
        }
        if all.origin == Origin::Held {
            all.origin = Origin::Event;
        }
        all
    }

    /// Whether the call checks what it looks at, which is noted.
    fn guards(&mut self, call: &Call<'t>) -> bool {
        let path = call.path.to_ascii_lowercase();
        let mut rules = 0;
        if pattern::any(&self.language.guards, &path) {
            rules = u32::MAX;
        } else {
            for (index, rule) in self.rules.iter().enumerate() {
                let guards = rule.guards.get(self.language.name);
                if guards.is_some_and(|guards| pattern::any(guards, &path)) {
                    rules |= 1 << index;
                }
            }
        }
        if rules == 0 {
            return false;
        }
        let of_schema = path.contains("valid") || path.contains("schema");
        let looked_at = call
            .receiver
            .into_iter()
            .chain(call.arguments.iter().map(|a| (a.node, a.value)));
        let looked_at: Vec<_> = looked_at.filter(|(_, value)| value.is_tainted()).collect();
        for (node, value) in looked_at {
            if value.whole && of_schema && self.kind(node) == Some(Kind::Name) {
                let checked = Value {
                    whole: true,
                    ..Value::OWN
                };
                self.set(self.source(node).to_owned(), checked);
            } else {
                self.check(node, rules);
            }
        }
        rules == u32::MAX
    }

    /// The function of this file that is called.
    fn own_function(&self, call: &Call<'t>) -> Option<Node<'t>> {
        let method = self.method(call.callee);
        let own = match call.receiver {
            None => self.kind(call.callee) == Some(Kind::Name),
            Some((object, _)) => {
                let object = self.source(object);
                self.language.selves.iter().any(|own| own == object)
            }
        };
        self.functions.get(method).copied().filter(|_| own)
    }

    /// Notes that a handler hands on data of the event to what is not of this file.
    fn handed_on(&mut self, path: &str) {
        if let Some(handler) = self.handler {
            let handing = &mut self.found.handing;
            handing.entry(handler).or_insert_with(|| path.to_owned());
        }
    }

    /// A macro of Rust, whose arguments are tokens: names among them, and in the text.
    pub(super) fn expand(&mut self, node: Node<'t>, role: &Role) -> Value {
        let (Some(name), Some(tokens)) = (Self::field(node, role, 0), node.named_child(1)) else {
            return Value::OWN;
        };
        let mut arguments: Vec<Argument<'t>> = Vec::new();
        let mut cursor = tokens.walk();
        let all: Vec<Node<'t>> = tokens.children(&mut cursor).collect();
        for group in all.split(|token| token.kind() == ",") {
            let Some(first) = group.iter().find(|token| token.is_named()) else {
                continue;
            };
            let calls = group.windows(2).any(|two| {
                two[0].kind() == "identifier" && two[1].kind() == "token_tree" && two[0] == *first
            });
            let parts = group
                .iter()
                .filter(|token| token.kind() == "identifier")
                .count();
            let value = match self.kind(*first) {
                Some(Kind::Text) => self.literal(*first),
                _ if calls => Value::OWN,
                Some(Kind::Name) if parts > 1 => self.named(*first).part(),
                Some(Kind::Name) => self.named(*first),
                _ => Value::OWN,
            };
            arguments.push(Argument {
                name: None,
                node: *first,
                value,
            });
            if self.kind(*first) == Some(Kind::Text) {
                let inline = inline_names(self.source(*first)).into_iter();
                arguments.extend(inline.map(|name| Argument {
                    name: None,
                    node: *first,
                    value: self.values.get(name).copied().unwrap_or_default(),
                }));
            }
        }
        let call = Call {
            node,
            callee: name,
            path: self.full_path(name).replace("::", ".") + "!",
            receiver: None,
            arguments,
        };
        self.sinks(&call);
        if pattern::any(&self.language.propagators, &call.path) {
            self.together(&call)
        } else {
            Value::OWN
        }
    }
}

/// Names captured in a format: `{name}`, `{name:?}`.
fn inline_names(text: &str) -> Vec<&str> {
    let places = text.split('{').skip(1);
    let names = places.filter_map(|place| place.split(['}', ':']).next());
    let is_name =
        |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    names.filter(is_name).collect()
}
