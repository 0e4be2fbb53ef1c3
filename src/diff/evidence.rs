//! What an account's values say of resources that AWS names: where code refers to `aws_kms_key.stack.arn`, the paired
//! resource of the account holds that very ARN.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Address, Graph, InstanceKey, Kind, Part, Resource, Value};

/// `type.name` of a resource in code → texts that stand where it is referred to.
#[derive(Debug, Default)]
pub(super) struct Evidence(BTreeMap<String, BTreeSet<String>>);

impl Evidence {
    /// Adds what a paired resource says.
    pub(super) fn add(&mut self, code: &Resource, real: &Resource) {
        for (name, value) in &code.attributes {
            if let Some(other) = real.attributes.get(name) {
                self.walk(value, other);
            }
        }
    }

    fn walk(&mut self, code: &Value, real: &Value) {
        match (&code.kind, &real.kind) {
            (Kind::Symbol(symbol), Kind::String(text)) => self.found(symbol, text),
            (Kind::Template(parts), Kind::String(text)) => self.template(parts, text),
            // The order of a set says nothing, and of one element there is only one.
            (Kind::List(a) | Kind::Set(a), Kind::List(b) | Kind::Set(b))
                if a.len() == b.len() && (a.len() == 1 || matches!(code.kind, Kind::List(_))) =>
            {
                for (a, b) in a.iter().zip(b) {
                    self.walk(a, b);
                }
            }
            (Kind::Map(a), Kind::Map(b)) => {
                for (key, a) in a {
                    if let Some(b) = b.get(key) {
                        self.walk(a, b);
                    }
                }
            }
            _ => {}
        }
    }

    /// A text with one unknown part.
    fn template(&mut self, parts: &[Part], text: &str) {
        let (before, symbol, after) = match parts {
            [Part::Symbol(symbol)] => ("", symbol, ""),
            [Part::Literal(before), Part::Symbol(symbol)] => (before.as_str(), symbol, ""),
            [Part::Symbol(symbol), Part::Literal(after)] => ("", symbol, after.as_str()),
            [
                Part::Literal(before),
                Part::Symbol(symbol),
                Part::Literal(after),
            ] => (before.as_str(), symbol, after.as_str()),
            _ => return,
        };
        let rest = text
            .strip_prefix(before)
            .and_then(|t| t.strip_suffix(after));
        if let Some(rest) = rest {
            self.found(symbol, rest);
        }
    }

    /// `aws_kms_key.stack.arn` is `text` in the account.
    fn found(&mut self, symbol: &str, text: &str) {
        if let Some((address, _)) = symbol.rsplit_once('.')
            && !text.is_empty()
        {
            let texts = self.0.entry(address.to_owned()).or_default();
            texts.insert(text.to_owned());
        }
    }

    /// The one resource of the account, among those that are left, that code's resource stands for.
    pub(super) fn partner<'a>(
        &self,
        code: &'a Address,
        real: &'a Graph,
        taken: &BTreeSet<&Address>,
    ) -> Option<&'a Resource> {
        let texts = self.0.get(&code.to_string())?;
        let mut fitting = real.of_type(&code.kind).filter(|resource| {
            !taken.contains(&resource.address) && texts.iter().any(|text| is(resource, text))
        });
        let found = fitting.next()?;
        // Only where it is certain.
        fitting.next().is_none().then_some(found)
    }
}

/// Whether a text is an identifier of a resource: its ARN, or its id, alone or at the end of a longer one.
fn is(resource: &Resource, text: &str) -> bool {
    let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let named = match &resource.address.key {
        Some(InstanceKey::Name(id)) => last(id) == last(text),
        _ => false,
    };
    let attribute = |name: &str| resource.get(name).and_then(Value::as_str) == Some(text);
    named || ["arn", "id"].into_iter().any(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(
        kind: &str,
        name: &str,
        key: Option<&str>,
        attributes: &[(&str, Value)],
    ) -> Resource {
        let address = Address {
            kind: kind.to_owned(),
            name: name.to_owned(),
            key: key.map(|key| InstanceKey::Name(key.to_owned())),
            ..Address::default()
        };
        Resource {
            address,
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            location: None,
            attribute_lines: BTreeMap::new(),
            references: Vec::new(),
            provider: None,
            prevent_destroy: false,
            ignore_changes: Vec::new(),
        }
    }

    fn graph(resources: Vec<Resource>) -> Graph {
        let resources = resources.into_iter().map(|r| (r.address.clone(), r));
        Graph {
            resources: resources.collect(),
            ..Graph::default()
        }
    }

    #[test]
    fn a_reference_names_what_aws_named() {
        let mut evidence = Evidence::default();
        let target = Value::from(Kind::Template(vec![
            Part::Literal("integrations/".to_owned()),
            Part::Symbol("aws_apigatewayv2_integration.f.id".to_owned()),
        ]));
        evidence.add(
            &resource(
                "aws_apigatewayv2_route",
                "r",
                None,
                &[
                    ("target", target),
                    ("key", Value::symbol("aws_kms_key.stack.arn")),
                ],
            ),
            &resource(
                "aws_apigatewayv2_route",
                "live",
                Some("api/r"),
                &[
                    ("target", Value::string("integrations/abc")),
                    (
                        "key",
                        Value::string("arn:aws:kms:eu-west-1:111111111111:key/1"),
                    ),
                ],
            ),
        );
        let account = graph(vec![
            resource("aws_apigatewayv2_integration", "live", Some("api/abc"), &[]),
            resource("aws_apigatewayv2_integration", "live", Some("api/abd"), &[]),
            resource("aws_kms_key", "live", Some("1"), &[]),
            resource("aws_kms_key", "live", Some("11"), &[]),
        ]);
        let partner = |kind: &str, name: &str| {
            let code = resource(kind, name, None, &[]).address;
            let found = evidence.partner(&code, &account, &BTreeSet::new());
            found.and_then(|r| r.address.key.clone())
        };
        let name = |key: &str| Some(InstanceKey::Name(key.to_owned()));
        assert_eq!(
            partner("aws_apigatewayv2_integration", "f"),
            name("api/abc")
        );
        assert_eq!(partner("aws_kms_key", "stack"), name("1"));
        // Nothing refers to it.
        assert_eq!(partner("aws_kms_key", "other"), None);
        // What is taken is not given twice.
        let taken: BTreeSet<&Address> = account.resources.keys().collect();
        let code = resource("aws_kms_key", "stack", None, &[]).address;
        assert!(evidence.partner(&code, &account, &taken).is_none());
    }
}
