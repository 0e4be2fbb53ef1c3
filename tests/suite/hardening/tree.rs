//! A generated tree as the guardrails see it, before and after a change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use camino::Utf8PathBuf;
use slgen::guardrail::{Finding, Input, ReadBack, check, invariant};
use slgen::iam::{self, Permission};

/// Path below the root module → text.
pub(crate) type Files = BTreeMap<Utf8PathBuf, String>;

/// A generated tree, for one environment.
pub(crate) struct Tree {
    /// Name of the example.
    pub(crate) example: &'static str,
    /// What stands in it.
    pub(crate) files: Files,
    environment: &'static str,
    boundary: Option<&'static str>,
    permissions: BTreeSet<Permission>,
    findings: BTreeSet<Key>,
}

/// What tells one finding from another: rule, address, attribute, action, resource, message.
type Key = (
    &'static str,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
);

/// What became of a changed tree.
pub(crate) enum Outcome {
    /// Rules found something that they did not find before.
    Rules(BTreeSet<&'static str>),
    /// Only the permissions differ from the ledger, which stops every run too.
    Invariant,
    /// Terraform refuses it.
    Unreadable,
    /// Nothing sees it.
    Missed,
}

impl Tree {
    /// Reads the generated tree of an example.
    pub(crate) fn of(
        example: &'static str,
        environment: &'static str,
        boundary: Option<&'static str>,
    ) -> Self {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{example}/infra/orders"));
        let mut files = Files::new();
        for below in ["", "environments"] {
            for entry in std::fs::read_dir(folder.join(below)).unwrap() {
                let path = entry.unwrap().path();
                let read = path
                    .extension()
                    .is_some_and(|e| e == "tf" || e == "tfvars" || e == "tfbackend");
                if read {
                    let name = path.strip_prefix(&folder).unwrap().to_str().unwrap();
                    files.insert(name.into(), std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        let graph = ReadBack::graph(&files, environment).unwrap();
        let (permissions, unread) = iam::permissions(&graph);
        assert_eq!(unread, []);
        let mut tree = Self {
            example,
            files,
            environment,
            boundary,
            permissions,
            findings: BTreeSet::new(),
        };
        tree.findings = tree
            .judge(&graph, &tree.permissions)
            .iter()
            .map(key)
            .collect();
        tree
    }

    /// Findings as they are generated.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let graph = ReadBack::graph(&self.files, self.environment).unwrap();
        self.judge(&graph, &self.permissions)
    }

    /// What becomes of the tree when one file reads so.
    pub(crate) fn outcome(&self, file: &Utf8PathBuf, text: String) -> Outcome {
        let mut files = self.files.clone();
        files.insert(file.clone(), text);
        let Ok(graph) = ReadBack::graph(&files, self.environment) else {
            return Outcome::Unreadable;
        };
        let (permissions, unread) = iam::permissions(&graph);
        let differs =
            !unread.is_empty() || invariant::compare(&self.permissions, &permissions).is_err();
        let found = self.judge(&graph, &permissions);
        let new: BTreeSet<&str> = found
            .iter()
            .map(key)
            .filter(|key| !self.findings.contains(key))
            .map(|key| key.0)
            .collect();
        match (new.is_empty(), differs) {
            (false, _) => Outcome::Rules(new),
            (true, true) => Outcome::Invariant,
            (true, false) => Outcome::Missed,
        }
    }

    fn judge(
        &self,
        graph: &slgen::graph::Graph,
        permissions: &BTreeSet<Permission>,
    ) -> Vec<Finding> {
        check(&Input {
            graph,
            permissions,
            environment: self.environment,
            permissions_boundary: self.boundary,
        })
    }
}

fn key(finding: &Finding) -> Key {
    let f = finding.clone();
    (
        slgen::guardrail::rule(&f.rule).unwrap().meta.id,
        f.address,
        f.attribute,
        f.action,
        f.resource,
        f.message,
    )
}
