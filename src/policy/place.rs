//! The resource that a finding is about.

use std::collections::BTreeMap;

use super::Environment;
use crate::graph::{Graph, Resource};

/// Address of what no resource stands for.
pub(super) const SERVICE: &str = "service";

/// The resources of each environment by their address.
pub(super) struct Places<'a>(Vec<BTreeMap<String, &'a Resource>>);

impl<'a> Places<'a> {
    pub(super) fn of(environments: &[Environment<'a>]) -> Self {
        let addresses = |graph: &'a Graph| {
            let resources = graph.resources.values();
            resources.map(|r| (r.address.to_string(), r)).collect()
        };
        Self(environments.iter().map(|e| addresses(e.graph)).collect())
    }

    /// The resource of an address in an environment, by its index.
    pub(super) fn resource(&self, environment: usize, address: &str) -> Option<&'a Resource> {
        self.0.get(environment)?.get(address).copied()
    }

    /// The one resource whose address a sentence names.
    pub(super) fn named(&self, environment: usize, sentence: &str) -> Option<&'a Resource> {
        let part = |c: char| c.is_alphanumeric() || "._-[]\"@/:".contains(c);
        let words = sentence.split(|c| !part(c));
        let mut found: Option<&Resource> = None;
        for word in words {
            let word = word.trim_matches(['.', ':', '/', '@']);
            // An address in quotes or brackets, and one whose key has quotes.
            let inner = word.trim_matches(['"', '[', ']']);
            let resource = [word, word.trim_matches('"'), inner]
                .iter()
                .find_map(|word| self.resource(environment, word));
            match (resource, found) {
                (Some(resource), Some(other)) if resource.address != other.address => return None,
                (Some(resource), _) => found = Some(resource),
                (None, _) => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::hcl;

    #[test]
    fn a_sentence_names_one_resource_or_none() {
        let text = "resource \"aws_sqs_queue\" \"a\" {}\nresource \"aws_sqs_queue\" \"b\" {\n  for_each = toset([\"x\"])\n}\n";
        let files = BTreeMap::from([("a.tf".into(), text.to_owned())]);
        let graph = hcl::read_foreign(&files, "".into(), &[]);
        let environment = Environment {
            name: "dev",
            graph: &graph,
        };
        let places = Places::of(&[environment]);
        for (sentence, address) in [
            ("aws_sqs_queue.a has no key.", Some("aws_sqs_queue.a")),
            ("no key: 'aws_sqs_queue.a'", Some("aws_sqs_queue.a")),
            ("\"aws_sqs_queue.a\" is bad", Some("aws_sqs_queue.a")),
            ("it is aws_sqs_queue.a.", Some("aws_sqs_queue.a")),
            ("[aws_sqs_queue.a]", Some("aws_sqs_queue.a")),
            ("(aws_sqs_queue.b[\"x\"])", Some("aws_sqs_queue.b[\"x\"]")),
            ("aws_sqs_queue.a and aws_sqs_queue.b[\"x\"]", None),
            ("aws_sqs_queue.abc", None),
            ("nothing", None),
        ] {
            let found = places.named(0, sentence).map(|r| r.address.to_string());
            assert_eq!(found.as_deref(), address, "{sentence}");
        }
    }
}
