//! Which resource of one side is which of the other.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::table;
use crate::graph::{Address, Graph, InstanceKey, Resource, moved};

/// How resources are told to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    /// By address, moves followed, then by what identifies them in the account: code, state and plan.
    Address,
    /// By what identifies them, then by what refers to them: a live account has no addresses. The first side is code.
    Identity,
}

/// A resource on both sides, or on one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) before: Option<&'a Resource>,
    pub(super) after: Option<&'a Resource>,
}

/// Pairs the managed resources of two graphs, in the order of addresses. `known` says what has been found out
/// already, as addresses: what is resolved since shows no reference any more.
pub(super) fn pair<'a>(
    before: &'a Graph,
    after: &'a Graph,
    how: Pairing,
    known: &BTreeMap<String, String>,
) -> Vec<Pair<'a>> {
    let addresses = |graph: &'a Graph| managed(graph).map(|(address, _)| address);
    if how == Pairing::Address && after.moved.is_empty() && addresses(before).eq(addresses(after)) {
        let both = managed(before).zip(managed(after));
        let both = both.map(|((_, before), (_, after))| Pair {
            before: Some(before),
            after: Some(after),
        });
        return both.collect();
    }
    let mut partner: BTreeMap<&Address, &'a Resource> = BTreeMap::new();
    let mut taken: BTreeSet<&Address> = BTreeSet::new();
    if how == Pairing::Identity {
        let named: BTreeMap<String, &'a Resource> = managed(after)
            .map(|(address, r)| (address.to_string(), r))
            .collect();
        for (address, _) in managed(before) {
            let same = known.get(&address.to_string()).and_then(|to| named.get(to));
            if let Some(same) = same
                && taken.insert(&same.address)
            {
                partner.insert(address, same);
            }
        }
    }
    if how == Pairing::Address {
        if !after.moved.is_empty() {
            for (address, resource) in managed(before) {
                let now = moved::now(&after.moved, address);
                // Where something is there already, Terraform moves nothing.
                if now != *address
                    && !before.resources.contains_key(&now)
                    && let Some(same) = after.resources.get(&now)
                    && taken.insert(&same.address)
                {
                    partner.insert(&resource.address, same);
                }
            }
        }
        for (address, resource) in managed(before) {
            if !partner.contains_key(address)
                && let Some(same) = after.resources.get(address)
                && taken.insert(&same.address)
            {
                partner.insert(&resource.address, same);
            }
        }
        // `count` added or taken away: Terraform moves `x` to `x[0]` and back by itself.
        for (address, resource) in managed(before) {
            if partner.contains_key(address) {
                continue;
            }
            let key = match address.key {
                None => Some(InstanceKey::Index(0)),
                Some(InstanceKey::Index(0)) => None,
                _ => continue,
            };
            let other = Address {
                key,
                ..address.clone()
            };
            if let Some(same) = after.resources.get(&other)
                && taken.insert(&same.address)
            {
                partner.insert(&resource.address, same);
            }
        }
    }
    let left_after = managed(after).filter(|(a, _)| !taken.contains(a));
    let mut by_identity: BTreeMap<Vec<String>, Vec<&'a Resource>> = BTreeMap::new();
    for (_, resource) in left_after {
        if let Some(key) = identity(resource) {
            by_identity.entry(key).or_default().push(resource);
        }
    }
    for (address, resource) in managed(before) {
        if partner.contains_key(address) {
            continue;
        }
        // Only where it is certain: one on each side.
        if let Some(key) = identity(resource)
            && let Some([same]) = by_identity.get(&key).map(Vec::as_slice)
            && taken.insert(&same.address)
        {
            partner.insert(&resource.address, same);
        }
    }
    if how == Pairing::Identity {
        let left: Vec<&'a Resource> = managed(before)
            .filter(|(address, _)| !partner.contains_key(address))
            .map(|(_, resource)| resource)
            .collect();
        for resource in left {
            if let Some(real) = fitting(resource, after, &taken) {
                taken.insert(&real.address);
                partner.insert(&resource.address, real);
            }
        }
        let mut evidence = Evidence::default();
        for (address, resource) in managed(before) {
            if let Some(real) = partner.get(address) {
                evidence.add(resource, real);
            }
        }
        for (address, _) in managed(before) {
            if !partner.contains_key(address)
                && let Some(real) = evidence.partner(address, after, &taken)
            {
                taken.insert(&real.address);
                partner.insert(address, real);
            }
        }
    }
    let mut pairs: Vec<Pair<'a>> = managed(before)
        .map(|(address, resource)| Pair {
            before: Some(resource),
            after: partner.get(address).copied(),
        })
        .collect();
    pairs.extend(
        managed(after)
            .filter(|(address, _)| !taken.contains(address))
            .map(|(_, resource)| Pair {
                before: None,
                after: Some(resource),
            }),
    );
    pairs
}

fn managed(graph: &Graph) -> impl Iterator<Item = (&Address, &Resource)> {
    graph.resources.iter().filter(|(address, _)| !address.data)
}

/// Type and identifying values; `None` where one is not known. What is not set counts as empty.
fn identity(resource: &Resource) -> Option<Vec<String>> {
    let mut key = vec![resource.address.kind.clone()];
    for part in parts(resource)? {
        key.push(part?);
    }
    (key.iter().skip(1).any(|part| !part.is_empty())).then_some(key)
}

/// The identifying values, `None` for one that is not known.
fn parts(resource: &Resource) -> Option<Vec<Option<String>>> {
    let known = table::identity(&resource.address.kind)?;
    let part = |attribute: &String| {
        let text = match resource.get(attribute) {
            None => String::new(),
            Some(value) if value.is_null() => String::new(),
            Some(value) => value.is_known().then(|| value.text())??,
        };
        Some(named(attribute, &text).to_owned())
    };
    Some(known.attributes.iter().map(part).collect())
}

/// A name stands for the ARN or URL that ends in it; a function is the same by each of its aliases.
fn named<'a>(attribute: &str, text: &'a str) -> &'a str {
    let last = || text.rsplit(['/', ':']).next().unwrap_or_default();
    match attribute {
        "function_name" if text.starts_with("arn:") => text.split(':').nth(6).unwrap_or(text),
        "function_name" => text.split(':').next().unwrap_or(text),
        _ if attribute.ends_with("name") => text,
        _ => last(),
    }
}

/// The one resource of an account, among those that are left, that has every identifying value of code that is known, and
/// some value where one is not.
fn fitting<'a>(
    code: &'a Resource,
    after: &'a Graph,
    taken: &BTreeSet<&'a Address>,
) -> Option<&'a Resource> {
    let wanted = parts(code)?;
    if wanted
        .iter()
        .all(|part| part.as_deref().unwrap_or("").is_empty())
    {
        return None;
    }
    let fits = |real: &&Resource| {
        let found = parts(real).unwrap_or_default();
        !taken.contains(&real.address)
            && wanted.iter().zip(found).all(|pair| match pair {
                (Some(wanted), found) => found.as_ref() == Some(wanted),
                (None, found) => found.is_some_and(|part| !part.is_empty()),
            })
    };
    let all: Vec<&'a Resource> = after.of_type(&code.address.kind).filter(fits).collect();
    // Only where it is certain.
    match all[..] {
        [one] => Some(one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Value;

    fn resource(kind: &str, name: &str, attributes: &[(&str, Value)]) -> Resource {
        let address = Address {
            kind: kind.to_owned(),
            name: name.to_owned(),
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

    /// Names of the resources of an account that code's are paired with.
    fn partners(code: Vec<Resource>, account: Vec<Resource>) -> Vec<(String, Option<String>)> {
        let (code, account) = (graph(code), graph(account));
        let pairs = pair(&code, &account, Pairing::Identity, &BTreeMap::new());
        let of_code =
            pairs
                .iter()
                .filter_map(|p| Some((p.before?, p.after)))
                .map(|(code, real)| {
                    let real = real.map(|r| r.address.name.clone());
                    (code.address.name.clone(), real)
                });
        of_code.collect()
    }

    fn named(name: &str, partner: Option<&str>) -> (String, Option<String>) {
        (name.to_owned(), partner.map(str::to_owned))
    }

    #[test]
    fn rules_of_a_security_group_are_told_apart_by_what_is_known_of_them() {
        let rule = |name: &str, prefix: Value, group: Value| {
            let attributes = [
                ("security_group_id", Value::string("sg-1")),
                ("ip_protocol", Value::string("tcp")),
                ("cidr_ipv4", Value::null()),
                ("prefix_list_id", prefix),
                ("referenced_security_group_id", group),
            ];
            resource("aws_vpc_security_group_egress_rule", name, &attributes)
        };
        let list = Value::symbol("data.aws_vpc_endpoint.dynamodb.prefix_list_id");
        let each = Value::symbol("each.value");
        let code = vec![
            rule("list", list, Value::null()),
            rule("group", Value::null(), each),
        ];
        let real = vec![
            rule("a", Value::null(), Value::string("sg-2")),
            rule("b", Value::string("pl-1"), Value::null()),
        ];
        let found = partners(code.clone(), real.clone());
        let expected = [named("group", Some("a")), named("list", Some("b"))];
        assert_eq!(found, expected);
        // Which of two it is, nobody knows.
        let third = rule("c", Value::null(), Value::string("sg-3"));
        let found = partners(code, [real, vec![third]].concat());
        let expected = [named("group", None), named("list", Some("b"))];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_mapping_is_the_same_by_each_alias_of_its_function() {
        let mapping = |name: &str, function: &str| {
            let arn = format!("arn:aws:lambda:eu-west-1:111111111111:function:{function}");
            let source = "arn:aws:sqs:eu-west-1:111111111111:jobs";
            let attributes = [
                ("function_name", Value::string(arn)),
                ("event_source_arn", Value::string(source)),
            ];
            resource("aws_lambda_event_source_mapping", name, &attributes)
        };
        let code = vec![mapping("x", "f:live"), mapping("y", "g:live")];
        let real = vec![mapping("1", "g:live"), mapping("2", "f")];
        let expected = [named("x", Some("2")), named("y", Some("1"))];
        assert_eq!(partners(code, real), expected);
    }
}
