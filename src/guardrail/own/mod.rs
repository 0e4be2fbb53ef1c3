//! Rules on Terraform that the user lays beside what is generated, one file each, named after its id: what it takes away from
//! what slgen says of the stack. What it adds is judged as everything else, by the rules on the graph of both together.

mod slg_iam_018;
mod slg_own_001;
mod slg_own_002;

use std::collections::BTreeSet;

pub use slg_own_001::{NOT_JUDGED, unread};

use super::{Check, Finding, Metadata, Rule, Severity};
use crate::graph::{Graph, Resource};
use crate::iam::{Permission, Unreadable};

/// Every rule, by id.
pub(super) const RULES: &[Rule] = &[
    Rule {
        meta: &slg_iam_018::META,
        check: Check::Own,
    },
    Rule {
        meta: &slg_own_001::META,
        check: Check::Own,
    },
    Rule {
        meta: &slg_own_002::META,
        check: Check::Own,
    },
];

/// What is generated and what stands there with the user's own, in one environment.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Environment.
    pub environment: &'a str,
    /// What is generated.
    pub generated: Side<'a>,
    /// The same with the user's own.
    pub whole: Side<'a>,
    /// What the user's own weakens of the generated resources.
    pub weakened: &'a [Weakened],
}

/// A graph and what its policies grant.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// Every permission of every policy in it that can be read.
    pub permissions: &'a BTreeSet<Permission>,
    /// What else may grant access.
    pub unread: &'a [Unreadable],
}

/// An attribute of a generated resource that is weaker than it was generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakened {
    /// Terraform address.
    pub address: String,
    /// Attribute, as a dotted path; empty for the resource as a whole.
    pub attribute: String,
    /// What that means, in one sentence.
    pub meaning: String,
    /// How bad that is.
    pub severity: Severity,
}

/// The findings of an environment, exceptions not applied.
pub fn check(input: &Input<'_>) -> Vec<Finding> {
    let mut findings = slg_iam_018::check(input);
    let attached: BTreeSet<String> = findings.iter().filter_map(|f| f.resource.clone()).collect();
    let mut not_judged = slg_own_001::check(input);
    // What is attached to a generated role is said already.
    not_judged.retain(|finding| !attached.contains(&finding.address));
    findings.extend(not_judged);
    findings.extend(slg_own_002::check(input));
    findings
}

impl Input<'_> {
    /// What the user's own adds to the generated resources.
    fn added(&self) -> impl Iterator<Item = &Resource> {
        let resources = self.whole.graph.resources.values();
        resources.filter(|r| !self.generated.graph.resources.contains_key(&r.address))
    }

    /// The generated role of this address.
    fn role(&self, address: &str) -> Option<&Resource> {
        let mut roles = self.generated.graph.of_type("aws_iam_role");
        roles.find(|role| role.address.to_string() == address)
    }

    /// What may grant access, cannot be read, and is not generated.
    fn unread(&self) -> impl Iterator<Item = &Unreadable> {
        let unread = self.whole.unread.iter();
        unread.filter(|one| !self.generated.unread.contains(one))
    }

    fn finding(&self, meta: &'static Metadata, address: &str, message: String) -> Finding {
        Finding {
            environments: vec![self.environment.to_owned()],
            ..Finding::new(meta, address.to_owned(), message)
        }
    }
}

/// Graphs for the tests of the rules.
#[cfg(test)]
mod testing {
    use std::collections::BTreeMap;

    use super::*;
    use crate::graph::hcl;
    use crate::iam;

    const ROLE: &str = r#"
resource "aws_iam_role" "f" {
  name                 = "svc-f"
  permissions_boundary = "arn:aws:iam::111111111111:policy/boundary"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "f" {
  role = aws_iam_role.f.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sqs:SendMessage", Resource = "arn:aws:sqs:eu-west-1:111111111111:jobs" },
      { Effect = "Deny", Action = "s3:*", Resource = "*" },
    ]
  })
}
"#;

    /// Rule, address and what it is about, of what is found of a text beside a role, or of a file that overrides it.
    pub(super) fn found(file: &str, text: &str) -> Vec<(String, String, String)> {
        let mut files = BTreeMap::from([("main.tf".into(), ROLE.to_owned())]);
        let generated = hcl::read_foreign(&files, "".into(), &[]);
        files.insert(file.into(), text.to_owned());
        let whole = hcl::read_foreign(&files, "".into(), &[]);
        let (before, after) = (iam::permissions(&generated), iam::permissions(&whole));
        let found = check(&Input {
            environment: "dev",
            generated: Side {
                graph: &generated,
                permissions: &before.0,
                unread: &before.1,
            },
            whole: Side {
                graph: &whole,
                permissions: &after.0,
                unread: &after.1,
            },
            weakened: &[],
        });
        let found = found.into_iter();
        found
            .map(|f| {
                let about = f.action.or(f.attribute).or(f.resource).unwrap_or_default();
                (f.rule.into_owned(), f.address, about)
            })
            .collect()
    }
}
