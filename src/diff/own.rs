//! What a stack has itself.

use std::collections::BTreeSet;

use super::normalise::Names;
use crate::graph::Graph;

/// ARNs of the resources that a stack has itself.
#[derive(Debug, Default)]
pub(super) struct Own(BTreeSet<String>);

impl Own {
    pub(super) fn of(graph: &Graph) -> Self {
        let names = Names::of(graph);
        let managed = graph.resources.keys().filter(|a| !a.data);
        let arns = managed.map(|address| {
            let symbol = format!("{address}.arn");
            names.arn(&symbol).unwrap_or_else(|| format!("<{symbol}>"))
        });
        Self(arns.collect())
    }

    /// Whether a resource pattern names one of them, or something in one.
    pub(super) fn hold(&self, pattern: &str) -> bool {
        let ends = pattern.match_indices([':', '/']).map(|(at, _)| at);
        ends.chain([pattern.len()])
            .filter_map(|end| pattern.get(..end))
            .any(|arn| self.0.contains(arn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_resource_is_of_the_resource() {
        let own = Own(["arn:aws:s3:::b", "<aws_kms_key.k.arn>"]
            .map(str::to_owned)
            .into());
        for pattern in ["arn:aws:s3:::b", "arn:aws:s3:::b/*", "<aws_kms_key.k.arn>"] {
            assert!(own.hold(pattern), "{pattern}");
        }
        for pattern in [
            "arn:aws:s3:::b*",
            "arn:aws:s3:::bb/x",
            "arn:aws:s3:::*",
            "*",
        ] {
            assert!(!own.hold(pattern), "{pattern}");
        }
    }
}
