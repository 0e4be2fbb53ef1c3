//! References of two graphs that share most of their resources.

use std::collections::BTreeSet;

use super::normalise::{Names, put};
use crate::graph::{Address, Graph, Resource};

/// Two graphs with their references resolved. What they share, and leads to nothing that they do not, is resolved once.
pub(super) fn resolve_both(one: &Graph, other: &Graph) -> (Graph, Graph) {
    let (names, other_names) = (Names::of(one), Names::of(other));
    let resolved = names.resolve(one);
    // Inside a module references are shorter than addresses.
    let mut all = one.resources.keys().chain(other.resources.keys());
    let in_module = all.any(|address| !address.module.is_empty());
    if in_module || names.place() != other_names.place() {
        return (resolved, other_names.resolve(other));
    }
    let differing = differing(one, other);
    let mut other_resolved = other.clone();
    let resources = other.resources.iter();
    let anew = resources.filter(|(address, _)| differing.contains(&referred(address)));
    put(&mut other_resolved, other_names.changed_of(anew));
    for address in other.resources.keys() {
        if !differing.contains(&referred(address)) {
            other_resolved.resources.share(address, &resolved.resources);
        }
    }
    (resolved, other_resolved)
}

/// `type.name` of what two graphs do not share, and of all that leads to it.
fn differing(one: &Graph, other: &Graph) -> BTreeSet<String> {
    let all = one.resources.keys().chain(other.resources.keys());
    let apart = all.filter(|address| !one.resources.shares(address, &other.resources));
    let mut differing: BTreeSet<String> = apart.map(referred).collect();
    loop {
        let resources = other.resources.iter();
        let leads = |resource: &Resource| resource.references.iter().any(|r| differing.contains(r));
        let leading = resources.filter(|(_, resource)| leads(resource));
        let leading = leading.map(|(address, _)| referred(address));
        let more: Vec<String> = leading.filter(|a| !differing.contains(a)).collect();
        if more.is_empty() {
            return differing;
        }
        differing.extend(more);
    }
}

/// As references name it.
fn referred(address: &Address) -> String {
    let data = if address.data { "data." } else { "" };
    format!("{data}{}.{}", address.kind, address.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use camino::Utf8PathBuf;

    use super::*;
    use crate::graph::hcl;

    const QUEUES: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"111111111111\"]\n}\n\n\
        locals {\n  of = aws_sqs_queue.q.arn\n}\n\n\
        data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions   = [\"sqs:SendMessage\"]\n    resources = [aws_sqs_queue.q.arn]\n  }\n}\n\n\
        resource \"aws_sqs_queue\" \"q\" {\n  name = \"q\"\n}\n\n\
        resource \"aws_sqs_queue_policy\" \"of_q\" {\n  queue_url = aws_sqs_queue.q.id\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Resource = local.of }] })\n}\n\n\
        resource \"aws_sqs_queue_policy\" \"by_d\" {\n  queue_url = \"x\"\n  policy = data.aws_iam_policy_document.d.json\n}\n\n\
        resource \"aws_sqs_queue\" \"alone\" {\n  name = \"alone\"\n}\n\n\
        resource \"aws_sqs_queue_policy\" \"of_alone\" {\n  queue_url = aws_sqs_queue.alone.id\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Resource = aws_sqs_queue.alone.arn }] })\n}\n";

    /// Two versions of one text, which share what is the same.
    fn two(from: &str, to: &str) -> (Graph, Graph) {
        let files = |text: String| BTreeMap::from([(Utf8PathBuf::from("main.tf"), text)]);
        let changed = QUEUES.replacen(from, to, 1);
        assert_ne!(changed, QUEUES);
        let (one, other) = (files(QUEUES.to_owned()), files(changed));
        let later = || Some((&other, vec![Vec::new()]));
        let (one, other) = hcl::read_two((&one, &[&[]]), later);
        let sole = |graphs: hcl::Graphs| graphs.into_iter().next().unwrap().unwrap();
        (sole(one), sole(other.unwrap()))
    }

    #[test]
    fn what_is_resolved_once_is_what_it_is_by_itself() {
        for (from, to) in [
            ("name = \"q\"", "name = \"p\""),
            ("name = \"alone\"", "name = \"lonely\""),
            ("of = aws_sqs_queue.q.arn", "of = aws_sqs_queue.alone.arn"),
            ("eu-west-1", "eu-west-2"),
            ("111111111111", "222222222222"),
            ("SendMessage", "ReceiveMessage"),
            ("\"q\" {\n  name", "\"q\" {\n  count = 2\n  name"),
        ] {
            let (one, other) = two(from, to);
            let alone = |graph| Names::of(graph).resolve(graph);
            for (one, other) in [(&one, &other), (&other, &one)] {
                let both = resolve_both(one, other);
                assert!(both == (alone(one), alone(other)), "{from} → {to}");
            }
        }
    }

    #[test]
    fn only_what_leads_to_a_change_is_resolved_anew() {
        let (one, other) = two("name = \"q\"", "name = \"p\"");
        let (old, new) = resolve_both(&one, &other);
        let shared = old.resources.keys();
        let shared = shared.filter(|address| old.resources.shares(address, &new.resources));
        let shared: Vec<String> = shared.map(Address::to_string).collect();
        assert_eq!(
            shared,
            ["aws_sqs_queue.alone", "aws_sqs_queue_policy.of_alone"]
        );
    }
}
