//! Resources whose number is known to one source only.

use std::borrow::Cow;

use super::{Address, Graph, InstanceKey, Kind, Part, Value};

impl Graph {
    /// The graph with every resource whose `count` or `for_each` is not known (see
    /// [`Graph::unexpanded`]) once for each instance that `other` has of it. Where `other` has none,
    /// it stays as it is.
    pub fn expanded_like(&self, other: &Self) -> Cow<'_, Self> {
        let mut expanded = Cow::Borrowed(self);
        for (address, source) in &self.unexpanded {
            let Some(one) = self.resources.get(address) else {
                continue;
            };
            let instances: Vec<&Address> = other
                .of_kind(address)
                .filter(|a| is_instance(address, a) && !other.unexpanded.contains_key(*a))
                .collect();
            if instances.is_empty() {
                continue;
            }
            let graph = expanded.to_mut();
            graph.resources.remove(address);
            graph.unexpanded.remove(address);
            for instance in instances {
                let mut resource = one.clone();
                resource.address = instance.clone();
                if let Some(key) = only_key(address, instance) {
                    let each = Each::new(key, source);
                    for value in resource.attributes.values_mut() {
                        each.put(value);
                    }
                }
                graph.resources.insert(instance.clone(), resource);
            }
        }
        expanded
    }

    /// Addresses of resources of the same type.
    fn of_kind<'a>(&'a self, like: &'a Address) -> impl Iterator<Item = &'a Address> {
        let first = Address {
            data: like.data,
            kind: like.kind.clone(),
            ..Address::default()
        };
        let same = |a: &&Address| a.data == like.data && a.kind == like.kind;
        self.resources
            .range(first..)
            .map(|(a, _)| a)
            .take_while(same)
    }
}

/// The keys of an address, outermost first.
fn keys(address: &Address) -> impl Iterator<Item = Option<&InstanceKey>> {
    let steps = address.module.iter().map(|step| step.key.as_ref());
    steps.chain([address.key.as_ref()])
}

/// Whether an address is that of an instance: the same but for keys that are not known.
fn is_instance(address: &Address, other: &Address) -> bool {
    let names = |a: &Address| -> Vec<String> { a.module.iter().map(|s| s.name.clone()).collect() };
    address != other
        && address.name == other.name
        && names(address) == names(other)
        && keys(address)
            .zip(keys(other))
            .all(|(a, b)| a.is_none() || a == b)
}

/// The key that an instance has more, where it is one: of several, it is not known which is meant.
fn only_key<'a>(address: &Address, instance: &'a Address) -> Option<&'a InstanceKey> {
    let mut more = keys(address)
        .zip(keys(instance))
        .filter_map(|(a, b)| if a.is_none() { b } else { None });
    more.next().filter(|_| more.next().is_none())
}

/// What `each` and `count` stand for in one instance.
struct Each {
    names: Vec<(&'static str, Value)>,
    /// Text of an index → the same with the key.
    index: (&'static str, String),
}

impl Each {
    fn new(key: &InstanceKey, source: &str) -> Self {
        match key {
            InstanceKey::Name(name) => {
                let name = Value::string(name.as_str());
                let index = ("[each.key]", format!("[{}]", name.source()));
                let mut names = vec![("each.key", name.clone())];
                // The elements of a set are its keys.
                if source.starts_with("toset(") {
                    names.push(("each.value", name));
                }
                Self { names, index }
            }
            InstanceKey::Index(number) => Self {
                names: vec![("count.index", Kind::Number((*number).into()).into())],
                index: ("[count.index]", format!("[{number}]")),
            },
        }
    }

    fn of(&self, symbol: &str) -> Option<&Value> {
        let found = self.names.iter().find(|(name, _)| *name == symbol);
        found.map(|(_, value)| value)
    }

    fn indexed(&self, symbol: &mut String) {
        if symbol.contains(self.index.0) {
            *symbol = symbol.replace(self.index.0, &self.index.1);
        }
    }

    fn put(&self, value: &mut Value) {
        match &mut value.kind {
            Kind::List(items) => items.iter_mut().for_each(|v| self.put(v)),
            Kind::Set(items) => {
                let mut items = std::mem::take(items);
                for item in &mut items {
                    self.put(item);
                }
                value.kind = Value::set(items).kind;
            }
            Kind::Map(map) => map.values_mut().for_each(|v| self.put(v)),
            Kind::Symbol(symbol) => match self.of(symbol) {
                Some(known) => value.kind = known.kind.clone(),
                None => self.indexed(symbol),
            },
            Kind::Template(parts) => {
                let parts = std::mem::take(parts).into_iter().map(|part| match part {
                    Part::Symbol(mut symbol) => {
                        if let Some(text) = self.of(&symbol).and_then(Value::text) {
                            Part::Literal(text)
                        } else {
                            self.indexed(&mut symbol);
                            Part::Symbol(symbol)
                        }
                    }
                    literal @ Part::Literal(_) => literal,
                });
                value.kind = Value::from_parts(parts.collect::<Vec<_>>()).kind;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::graph::hcl;

    fn read(text: &str) -> Graph {
        let files = BTreeMap::from([("main.tf".into(), text.to_owned())]);
        hcl::read_foreign(&files, "".into(), &[])
    }

    const UNKNOWN: &str = "variable \"names\" {}\nresource \"aws_sqs_queue\" \"q\" {\n  for_each = toset(var.names)\n  name = \"jobs-${each.key}\"\n  kms_master_key_id = aws_kms_key.k[each.key].arn\n  tags = { who = each.value }\n}\nresource \"aws_kms_key\" \"k\" {\n  for_each = toset(var.names)\n}\n";

    #[test]
    fn an_unknown_number_is_that_of_the_other_side() {
        let code = read(UNKNOWN);
        let real = read(
            "resource \"aws_sqs_queue\" \"q\" {\n  for_each = toset([\"a\", \"b\"])\n  name = each.key\n}\nresource \"aws_sqs_queue\" \"other\" {\n  for_each = toset([\"a\"])\n}\n",
        );
        let expanded = code.expanded_like(&real);
        let names: Vec<String> = expanded
            .resources
            .values()
            .filter_map(|r| Some(format!("{} {}", r.address, r.get("name")?.source())))
            .collect();
        assert_eq!(
            names,
            [
                "aws_sqs_queue.q[\"a\"] \"jobs-a\"",
                "aws_sqs_queue.q[\"b\"] \"jobs-b\""
            ]
        );
        let first = &expanded.resources[&"aws_sqs_queue.q[\"a\"]".parse().unwrap()];
        assert_eq!(first.get("tags.who").unwrap().as_str(), Some("a"));
        let key = first.get("kms_master_key_id").unwrap();
        assert_eq!(key, &Value::symbol("aws_kms_key.k[\"a\"].arn"));
        // The key has no instance there: it stays, and is still said to be any number.
        assert!(expanded.unexpanded.keys().all(|a| a.kind == "aws_kms_key"));
        assert_eq!(expanded.unexpanded.len(), 1);
    }

    #[test]
    fn what_is_known_or_unknown_on_both_sides_stays() {
        let code = read(UNKNOWN);
        assert!(matches!(code.expanded_like(&code), Cow::Borrowed(_)));
        let real = read("resource \"aws_sqs_queue\" \"p\" {\n  count = 2\n}\n");
        assert!(matches!(code.expanded_like(&real), Cow::Borrowed(_)));
        assert!(matches!(real.expanded_like(&code), Cow::Borrowed(_)));
    }
}
