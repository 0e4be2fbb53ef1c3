//! Calls that data of the event must not reach.

use tree_sitter::Node;

use super::Engine;
use super::call::Call;
use super::literal::content;
use crate::source::language::Kind;
use crate::source::pattern;
use crate::source::rule::{Condition, Needs, Selector, Sink};
use crate::source::value::{Origin, Value};

/// Most findings in a file.
const MOST_HITS: usize = 200;
/// Longest name of a call in a message.
const LONGEST_NAME: usize = 80;

impl<'t> Engine<'t, '_> {
    pub(super) fn sinks(&mut self, call: &Call<'t>) {
        let rules = self.rules;
        let known = self.known_sinks.get(&call.path).cloned();
        let known = known.unwrap_or_else(|| {
            let known = self.sinks_of(&call.path);
            self.known_sinks.insert(call.path.clone(), known.clone());
            known
        });
        let mut reported = None;
        for (index, at) in known {
            // One finding of a rule for a call.
            let sinks = rules
                .get(index)
                .and_then(|rule| rule.sinks.get(self.language.name));
            let Some(sink) = sinks
                .and_then(|sinks| sinks.get(at))
                .filter(|_| reported != Some(index))
            else {
                continue;
            };
            let is_so = |condition| self.is_so(condition, call);
            if !sink.when.iter().all(is_so) || sink.unless.iter().any(is_so) {
                continue;
            }
            if let Some(node) = self.reached(sink, call, 1 << index) {
                let place = (index, node.start_byte(), node.end_byte());
                let name: String = call.path.chars().take(LONGEST_NAME).collect();
                self.hit(place, name);
                reported = Some(index);
            }
        }
    }

    /// Rules and their sinks that a call is one of.
    fn sinks_of(&self, path: &str) -> Vec<(usize, usize)> {
        let mut known = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let sinks = rule.sinks.get(self.language.name).into_iter().flatten();
            let of = sinks
                .enumerate()
                .filter(|(_, sink)| pattern::any(&sink.call, path));
            known.extend(of.map(|(at, _)| (index, at)));
        }
        known
    }

    pub(super) fn hit(&mut self, place: (usize, usize, usize), what: String) {
        if self.found.hits.len() < MOST_HITS {
            self.found.hits.entry(place).or_insert(what);
        } else {
            self.found.cut = true;
        }
    }

    /// The argument that makes it a finding, or the call itself.
    fn reached(&mut self, sink: &Sink, call: &Call<'t>, rule: u32) -> Option<Node<'t>> {
        if sink.needs == Needs::Always {
            return Some(call.node);
        }
        for selector in &sink.arguments {
            for (node, value) in self.select(selector, call) {
                if self.meets(sink.needs, node, value, rule) {
                    return Some(node);
                }
            }
        }
        None
    }

    fn meets(&self, needs: Needs, node: Node<'t>, value: Value, rule: u32) -> bool {
        let data = value.origin == Origin::Event && value.safe & rule == 0;
        match needs {
            Needs::Data | Needs::Path => data,
            Needs::Head => data && value.head,
            Needs::Url => data && value.head && is_called_url(self.source(node)),
            Needs::Sql => data && value.sql,
            Needs::Held => value.is_tainted() && value.safe & rule == 0,
            Needs::Whole => value.whole,
            Needs::Dynamic => !value.literal && self.kind(node) != Some(Kind::Function),
            Needs::Always => true,
        }
    }

    fn is_so(&self, condition: &Condition, call: &Call<'t>) -> bool {
        let texts: Vec<&str> = if condition.argument.argument == "callee" {
            vec![self.source(call.callee)]
        } else {
            let nodes = self.chosen(&condition.argument, call).into_iter();
            nodes.map(|(node, _)| content(self.source(node))).collect()
        };
        let is = |text: &&str| condition.is.iter().any(|pattern| pattern.matches(text));
        texts.iter().any(is)
    }

    /// The arguments that a selector means, with their values.
    fn select(&mut self, selector: &Selector, call: &Call<'t>) -> Vec<(Node<'t>, Value)> {
        let chosen = self.chosen(selector, call).into_iter();
        chosen
            .map(|(node, value)| (node, value.unwrap_or_else(|| self.eval(node))))
            .collect()
    }

    /// The same, without values where they are not known yet.
    fn chosen(&self, selector: &Selector, call: &Call<'t>) -> Vec<(Node<'t>, Option<Value>)> {
        let plain = || {
            call.arguments
                .iter()
                .filter(|argument| argument.name.is_none())
        };
        let arguments: Vec<(Node<'t>, Value)> = match selector.argument.as_str() {
            "receiver" => call.receiver.into_iter().collect(),
            "*" => call.arguments.iter().map(|a| (a.node, a.value)).collect(),
            argument => {
                let found = if let Ok(at) = argument.parse::<usize>() {
                    plain().nth(at)
                } else {
                    let mut all = call.arguments.iter();
                    all.find(|a| a.name == Some(argument))
                };
                found.map(|a| (a.node, a.value)).into_iter().collect()
            }
        };
        let Some(inside) = &selector.inside else {
            return arguments
                .into_iter()
                .map(|(node, value)| (node, Some(value)))
                .collect();
        };
        let parts = arguments
            .into_iter()
            .filter_map(|(node, _)| self.inside(node, inside));
        parts.map(|node| (node, None)).collect()
    }

    /// The element at a position, or under a key, of what is written as a list or an object.
    fn inside(&self, node: Node<'t>, key: &str) -> Option<Node<'t>> {
        if self.kind(node) != Some(Kind::Container) {
            return None;
        }
        if let Ok(at) = key.parse::<usize>() {
            return Self::children(node).into_iter().nth(at);
        }
        Self::children(node).into_iter().find_map(|part| {
            if self.source(part) == key {
                return Some(part);
            }
            let role = self.role(part).filter(|role| role.kind == Kind::Pair)?;
            let named = Self::field(part, role, 0).map(|name| content(self.source(name)));
            (named == Some(key))
                .then(|| Self::field(part, role, 1))
                .flatten()
        })
    }
}

fn is_called_url(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["url", "uri", "://", "endpoint", "link", "host", "callback"]
        .iter()
        .any(|word| text.contains(word))
}
