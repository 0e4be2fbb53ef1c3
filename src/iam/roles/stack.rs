//! What is known of a stack, and how its resources are named in a policy.

use std::collections::BTreeMap;

use crate::catalog::aws::region;
use crate::graph::{Graph, Kind, Resource, Value};

use super::data::{self, Line};
use crate::iam::document::Condition;

/// One environment of a service.
#[derive(Debug, Clone)]
pub struct Stack<'a> {
    /// Its resources.
    pub(super) graph: &'a Graph,
    /// `orders-prod`: the start of every name in it.
    pub name: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) partition: &'static str,
    pub(super) dns_suffix: &'static str,
    /// The tags that tell its resources from others', by key.
    pub(super) tags: [(&'static str, String); 2],
    /// ARN of the policy that bounds every role, where one is prescribed.
    pub boundary: Option<String>,
}

impl<'a> Stack<'a> {
    /// From the graph of one environment: region, account and tags stand in its provider block.
    ///
    /// # Errors
    /// What is missing there, in a sentence.
    pub fn of(graph: &'a Graph, boundary: Option<&str>) -> Result<Self, String> {
        let provider = graph
            .providers
            .get("aws")
            .and_then(|blocks| blocks.first())
            .ok_or("there is no provider block of aws")?;
        let text = |value: Option<&Value>, what: &str| {
            value
                .and_then(|value| value.sole().as_str())
                .map(str::to_owned)
                .ok_or_else(|| format!("the provider block of aws has no known {what}"))
        };
        let region = text(provider.get("region"), "region")?;
        let account = text(provider.get("allowed_account_ids"), "allowed_account_ids")?;
        let tags = provider
            .get("default_tags")
            .and_then(|tags| tags.sole().get("tags"));
        let tag = |key: &'static str| {
            text(tags.and_then(|tags| tags.get(key)), key).map(|value| (key, value))
        };
        let tags = [tag("Service")?, tag("Environment")?];
        Ok(Self {
            graph,
            name: format!("{}-{}", tags[0].1, tags[1].1),
            partition: region::partition(&region),
            dns_suffix: region::dns_suffix(&region),
            account,
            region,
            tags,
            boundary: boundary.map(str::to_owned),
        })
    }

    /// An ARN from a template and a resource's attributes, narrowed to the stack's names.
    ///
    /// # Errors
    /// The placeholder that has no known value.
    pub(super) fn arn(
        &self,
        template: &str,
        attributes: &BTreeMap<String, Value>,
    ) -> Result<String, String> {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (placeholder, after) = after
                .split_once('}')
                .ok_or_else(|| format!("{template} has an open placeholder"))?;
            text.push_str(before);
            match placeholder {
                "partition" => text.push_str(self.partition),
                "region" => text.push_str(&self.region),
                "account" => text.push_str(&self.account),
                attribute => {
                    let (exact, attribute) = match attribute.strip_prefix('=') {
                        Some(attribute) => (true, attribute),
                        None => (false, attribute),
                    };
                    let name = attributes
                        .get(attribute)
                        .and_then(|value| self.named(value))
                        .ok_or_else(|| format!("{attribute} is not known"))?;
                    text.push_str(&if exact { name } else { self.pattern(&name) });
                }
            }
            rest = after;
        }
        text.push_str(rest);
        // A pattern that ends where the template goes on with one.
        Ok(text.replace("**", "*"))
    }

    /// The name that a value gives or refers to.
    fn named(&self, value: &Value) -> Option<String> {
        match &value.sole().kind {
            Kind::String(text) if text.starts_with("arn:") || text.starts_with("https:") => {
                text.rsplit([':', '/']).next().map(str::to_owned)
            }
            Kind::String(text) => Some(text.clone()),
            Kind::Symbol(symbol) => {
                let (address, _) = symbol.rsplit_once('.')?;
                let (kind, _) = address.split_once('.')?;
                let found = self
                    .graph
                    .of_type(kind)
                    .find(|r| r.address.to_string() == address)?;
                self.named(found.attributes.get(name_attribute(kind)?)?)
            }
            _ => None,
        }
    }

    /// The pattern of the stack's names that a name falls under: `orders-prod-jobs` → `orders-prod-*`. A name that is
    /// not the stack's stands for itself.
    pub(super) fn pattern(&self, name: &str) -> String {
        let starts = name
            .match_indices(&self.name)
            .find(|(at, _)| *at == 0 || name[..*at].ends_with('/'));
        let Some((at, _)) = starts else {
            return name.to_owned();
        };
        let end = at + self.name.len();
        let separator = &name[end..];
        if !separator.starts_with(['-', '/']) {
            return name.to_owned();
        }
        // Bucket names end in the account: nobody else's do.
        let account = format!("-{}", self.account);
        let last = if name.ends_with(&account) {
            account.as_str()
        } else {
            ""
        };
        format!("{}*{last}", &name[..=end])
    }

    /// Whether a line is for this resource.
    pub(super) fn applies(resource: &Resource, line: &Line) -> bool {
        line.has.as_deref().is_none_or(|path| has(resource, path))
    }

    /// The stack's tags under a key, `aws:ResourceTag` or `aws:RequestTag`.
    pub(super) fn with_tags(&self, key: &str) -> Vec<Condition> {
        self.tags
            .iter()
            .map(|(tag, value)| one("StringEquals", &format!("{key}/{tag}"), value))
            .collect()
    }

    /// What is allowed on no resource in particular is allowed in the stack's region only.
    pub(super) fn in_region(&self, arn: &str) -> Option<Condition> {
        (arn == "*").then(|| one("StringEquals", "aws:RequestedRegion", &self.region))
    }
}

/// A condition on a key: any of these values.
pub(super) fn condition(
    operator: &str,
    key: &str,
    values: impl IntoIterator<Item = String>,
) -> Condition {
    Condition {
        operator: operator.to_owned(),
        key: key.to_owned(),
        values: values.into_iter().collect(),
    }
}

/// A condition on a key: this value.
pub(super) fn one(operator: &str, key: &str, value: &str) -> Condition {
    condition(operator, key, [value.to_owned()])
}

fn has(resource: &Resource, path: &str) -> bool {
    resource.get(path).is_some_and(|value| match &value.kind {
        Kind::Bool(set) => *set,
        Kind::List(items) | Kind::Set(items) => !items.is_empty(),
        _ => true,
    })
}

/// The attribute that names a resource of a type: the last one in its ARN.
fn name_attribute(kind: &str) -> Option<&'static str> {
    data::lines(kind)?
        .iter()
        .flat_map(|line| &line.on)
        .find_map(|arn| {
            let (_, last) = arn.rsplit_once('{')?;
            let (name, _) = last.split_once('}')?;
            (!matches!(name, "partition" | "region" | "account")).then_some(name)
        })
}
