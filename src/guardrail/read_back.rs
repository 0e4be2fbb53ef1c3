//! A stack read back from its rendered text, for one environment: what the rules judge.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::{Input, invariant};
use crate::graph::{self, Graph};
use crate::iam::{self, Permission};

/// One environment of a stack. There is none that breaks the first invariant.
#[derive(Debug, Clone)]
pub struct ReadBack {
    /// Environment.
    pub environment: String,
    /// The graph.
    pub graph: Graph,
    /// Every permission of every policy in it.
    pub permissions: BTreeSet<Permission>,
    /// Permissions boundary that the environment prescribes for every role.
    pub permissions_boundary: Option<String>,
}

impl ReadBack {
    /// Reads the files (path below the root module → text) as Terraform would with the variables
    /// of the environment, and holds the permissions against the ledger.
    ///
    /// # Errors
    /// A sentence for everything that is not read, and for every permission that stands in the
    /// ledger or in the text only: a defect of slgen, never of the manifest.
    pub fn of(
        files: &BTreeMap<Utf8PathBuf, String>,
        environment: &str,
        permissions_boundary: Option<&str>,
        ledger: &BTreeSet<Permission>,
    ) -> Result<Self, Vec<String>> {
        let variables = Utf8PathBuf::from(format!("environments/{environment}.tfvars"));
        let values = files.get(&variables).cloned().unwrap_or_default();
        let graph = graph::hcl::read(files, &[(variables, values)]).map_err(texts)?;
        let permissions = iam::permissions(&graph).map_err(texts)?;
        invariant::compare(ledger, &permissions).map_err(texts)?;
        Ok(Self {
            environment: environment.to_owned(),
            graph,
            permissions,
            permissions_boundary: permissions_boundary.map(str::to_owned),
        })
    }

    /// What rules look at.
    pub fn input(&self) -> Input<'_> {
        Input {
            graph: &self.graph,
            permissions: &self.permissions,
            environment: &self.environment,
            permissions_boundary: self.permissions_boundary.as_deref(),
        }
    }
}

fn texts<T: ToString>(errors: Vec<T>) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}
