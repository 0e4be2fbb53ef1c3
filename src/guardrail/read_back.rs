//! A stack read back from its rendered text, for one environment: what the rules judge.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::{Input, invariant};
use crate::graph::hcl::{self, ReadError};
use crate::graph::{Graph, Value};
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
        let graph = Self::graph(files, environment).map_err(texts)?;
        let permissions = iam::permissions(&graph).map_err(texts)?;
        invariant::compare(ledger, &permissions).map_err(texts)?;
        Ok(Self {
            environment: environment.to_owned(),
            graph,
            permissions,
            permissions_boundary: permissions_boundary.map(str::to_owned),
        })
    }

    /// The graph alone: the root module with the variables of the environment, and the backend
    /// with the settings of its configuration file, where there is one.
    ///
    /// # Errors
    /// What is not read, sorted by place.
    pub fn graph(
        files: &BTreeMap<Utf8PathBuf, String>,
        environment: &str,
    ) -> Result<Graph, Vec<ReadError>> {
        let variables = Utf8PathBuf::from(format!("environments/{environment}.tfvars"));
        let values = files.get(&variables).cloned().unwrap_or_default();
        let mut graph = hcl::read(files, &[(variables, values)])?;
        if let Some((kind, attributes)) = &mut graph.backend {
            let path = Utf8PathBuf::from(format!("environments/{environment}.{kind}.tfbackend"));
            if let Some(settings) = files.get(&path) {
                attributes.extend(backend(kind, &path, settings)?);
            }
        }
        Ok(graph)
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

/// The settings of a backend configuration file, read as the block that they complete.
fn backend(
    kind: &str,
    path: &Utf8PathBuf,
    settings: &str,
) -> Result<BTreeMap<String, Value>, Vec<ReadError>> {
    // Two lines stand before the settings.
    let block = format!("terraform {{ \n backend {kind:?} {{\n{settings}\n}} \n}}");
    let shifted = |mut error: ReadError| {
        error.line = error.line.saturating_sub(2);
        error.file.clone_from(path);
        error
    };
    let files = BTreeMap::from([(Utf8PathBuf::from("backend.tf"), block)]);
    let graph = hcl::read(&files, &[])
        .map_err(|errors| errors.into_iter().map(shifted).collect::<Vec<_>>())?;
    Ok(graph
        .backend
        .map(|(_, attributes)| attributes)
        .unwrap_or_default())
}

fn texts<T: ToString>(errors: Vec<T>) -> Vec<String> {
    errors.into_iter().map(|error| error.to_string()).collect()
}
