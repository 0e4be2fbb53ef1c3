//! The values at a path on both sides, block by block where a block is written several times.

use crate::graph::{Kind, Resource, Value};

/// Attributes that tell one block of a list from another.
const NAMES: [&str; 8] = [
    "id",
    "name",
    "key",
    "sid",
    "route_key",
    "region_name",
    "priority",
    "type",
];

/// Old and new values that belong together.
pub(super) type Both<'r> = (Vec<&'r Value>, Vec<&'r Value>);

/// Every value at a dotted path, through all blocks on the way, elements one by one; an empty text is none. What is not
/// known stands for all that may be in it.
pub(super) fn values<'r>(resource: &'r Resource, path: &str) -> Vec<&'r Value> {
    let mut steps = path.split('.');
    let first = steps.next().and_then(|name| resource.attributes.get(name));
    let mut found = each(first);
    for step in steps {
        found = found.into_iter().flat_map(|v| below(v, step)).collect();
    }
    found.retain(|value| is_there(value));
    found
}

/// The same on both sides, one pair for each block. Blocks that are alike on both sides are left out where others
/// are not, and those that are on one side only have no partner.
pub(super) fn pairs<'r>(before: &'r Resource, after: &'r Resource, path: &str) -> Vec<Both<'r>> {
    let steps: Vec<&str> = path.split('.').collect();
    let Some((first, steps)) = steps.split_first() else {
        return Vec::new();
    };
    let of = |resource: &'r Resource| -> Vec<&'r Value> { each(resource.attributes.get(*first)) };
    let mut found = Vec::new();
    descend((of(before), of(after)), steps, &mut found);
    found
}

fn descend<'r>((old, new): Both<'r>, steps: &[&str], found: &mut Vec<Both<'r>>) {
    let Some((step, rest)) = steps.split_first() else {
        let keep = |mut values: Vec<&'r Value>| {
            values.retain(|value| is_there(value));
            values
        };
        found.push((keep(old), keep(new)));
        return;
    };
    let inner = |blocks: &[&'r Value]| -> Vec<&'r Value> {
        blocks.iter().flat_map(|block| below(block, step)).collect()
    };
    if old.len() <= 1 && new.len() <= 1 {
        return descend((inner(&old), inner(&new)), rest, found);
    }
    for (old, new) in matched(old, new) {
        let (old, new): (Vec<&Value>, Vec<&Value>) =
            (old.into_iter().collect(), new.into_iter().collect());
        // What goes as a whole is no setting that changes.
        if !new.is_empty() {
            descend((inner(&old), inner(&new)), rest, found);
        }
    }
}

/// Blocks that belong together: by what names them, then in their order.
fn matched<'r>(
    old: Vec<&'r Value>,
    mut new: Vec<&'r Value>,
) -> Vec<(Option<&'r Value>, Option<&'r Value>)> {
    let mut left = Vec::new();
    for block in old {
        match new.iter().position(|other| other.kind == block.kind) {
            Some(at) => drop(new.remove(at)),
            None => left.push(block),
        }
    }
    let mut pairs = Vec::new();
    let mut rest = Vec::new();
    for block in left {
        let named = |other: &&Value| {
            let name = |v: &Value| NAMES.iter().find_map(|n| v.get(n).and_then(Value::text));
            name(block).is_some() && name(block) == name(other)
        };
        match new.iter().position(named) {
            Some(at) => pairs.push((Some(block), Some(new.remove(at)))),
            None => rest.push(block),
        }
    }
    let mut new = new.into_iter();
    for block in rest {
        pairs.push((Some(block), new.next()));
    }
    pairs.extend(new.map(|block| (None, Some(block))));
    pairs
}

/// Its elements one by one, none where there is nothing.
pub(super) fn each(value: Option<&Value>) -> Vec<&Value> {
    value.into_iter().flat_map(Value::each).collect()
}

fn below<'r>(value: &'r Value, step: &str) -> Vec<&'r Value> {
    match &value.kind {
        Kind::Map(map) => each(map.get(step)),
        Kind::Symbol(_) | Kind::Template(_) => vec![value],
        _ => Vec::new(),
    }
}

fn is_there(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Graph, hcl};

    fn graph(text: &str) -> Graph {
        let files = std::collections::BTreeMap::from([("main.tf".into(), text.to_owned())]);
        hcl::read_foreign(&files, "".into(), &[])
    }

    fn stage(blocks: &[(&str, u32)]) -> Graph {
        let blocks: String = blocks
            .iter()
            .map(|(key, limit)| {
                format!("route_settings {{\nroute_key = \"{key}\"\nthrottling_rate_limit = {limit}\n}}\n")
            })
            .collect();
        graph(&format!(
            "resource \"aws_apigatewayv2_stage\" \"s\" {{\n{blocks}}}\n"
        ))
    }

    #[test]
    fn blocks_that_change_places_are_told_apart() {
        let seen = |a: &[(&str, u32)], b: &[(&str, u32)]| -> Vec<(Vec<String>, Vec<String>)> {
            let (a, b) = (stage(a), stage(b));
            let resource = |g: &Graph| g.resources.values().next().cloned();
            let (Some(a), Some(b)) = (resource(&a), resource(&b)) else {
                return Vec::new();
            };
            let texts = |v: Vec<&Value>| v.iter().filter_map(|v| v.text()).collect();
            pairs(&a, &b, "route_settings.throttling_rate_limit")
                .into_iter()
                .map(|(old, new)| (texts(old), texts(new)))
                .collect()
        };
        let text = |n: u32| vec![n.to_string()];
        let found = seen(&[("a", 1), ("b", 9)], &[("b", 1), ("a", 9)]);
        assert_eq!(found, [(text(1), text(9)), (text(9), text(1))]);
        assert!(seen(&[("a", 1), ("b", 9)], &[("b", 9), ("a", 1)]).is_empty());
        // One more, one fewer.
        let found = seen(&[("a", 1)], &[("a", 1), ("b", 9)]);
        assert_eq!(found, [(vec![], text(9))]);
        assert!(seen(&[("a", 1), ("b", 9)], &[("a", 1)]).is_empty());
    }

    #[test]
    fn what_an_unknown_block_holds_is_unknown() {
        let code = graph(
            "variable \"c\" {}\nresource \"aws_lambda_function_url\" \"u\" {\n  dynamic \"cors\" {\n    for_each = var.c\n    content {\n      allow_origins = [\"*\"]\n    }\n  }\n}\n",
        );
        let url = code.resources.values().next().unwrap();
        let found = values(url, "cors.allow_origins");
        assert!(matches!(found[..], [one] if !one.is_known()));
    }
}
