//! A stack read back from its rendered text, for one environment: what the rules judge.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Input, invariant};
use crate::graph::hcl::{self, Graphs, ReadError};
use crate::graph::{Graph, Location, NotRead, Value};
use crate::iam::{self, Permission};
use crate::threads;

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

/// What an environment of a stack is to be.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Environment.
    pub environment: String,
    /// Permissions boundary that it prescribes for every role.
    pub permissions_boundary: Option<String>,
    /// The ledger: every permission of every policy.
    pub ledger: BTreeSet<Permission>,
}

impl Expected {
    /// The permissions of a graph, which are those of the ledger.
    ///
    /// # Errors
    /// As [`ReadBack::all`].
    fn permissions(&self, graph: &Graph) -> Result<BTreeSet<Permission>, Vec<String>> {
        let (permissions, unread) = iam::permissions(graph);
        if !unread.is_empty() {
            return Err(texts(unread));
        }
        invariant::compare(&self.ledger, &permissions).map_err(texts)?;
        Ok(permissions)
    }
}

impl ReadBack {
    /// Reads the files (path below the root module → text) as Terraform would with the variables
    /// of each environment, and holds the permissions against the ledger.
    ///
    /// # Errors
    /// The first environment at fault, with a sentence for everything that is not read, and for
    /// every permission that stands in the ledger or in the text only: a defect of slgen, never of
    /// the manifest.
    pub fn all(
        files: &BTreeMap<Utf8PathBuf, String>,
        expected: Vec<Expected>,
    ) -> Result<Vec<Self>, (String, Vec<String>)> {
        let names: Vec<&str> = expected.iter().map(|e| e.environment.as_str()).collect();
        let graphs = hcl::roomy(&|| Self::graphs(files, &names)).into_iter();
        let read = threads::each(graphs.zip(expected).collect(), |(graph, expected)| {
            Self::read(graph, expected)
        });
        read.into_iter().collect()
    }

    /// One environment, of its graph.
    fn read(
        graph: Result<Graph, Vec<ReadError>>,
        expected: Expected,
    ) -> Result<Self, (String, Vec<String>)> {
        let read = graph.map_err(texts);
        let read = read.and_then(|graph| expected.permissions(&graph).map(|p| (graph, p)));
        let environment = expected.environment;
        match read {
            Ok((graph, permissions)) => Ok(Self {
                environment,
                graph,
                permissions,
                permissions_boundary: expected.permissions_boundary,
            }),
            Err(faults) => Err((environment, faults)),
        }
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
        let mut graphs = Self::graphs(files, &[environment]).into_iter();
        graphs.next().unwrap_or_else(|| Ok(Graph::default()))
    }

    /// The graph of each of several environments; the files are parsed once for all of them.
    pub fn graphs(files: &BTreeMap<Utf8PathBuf, String>, environments: &[&str]) -> Graphs {
        let variables = of_each(files, environments);
        let variables: Vec<&[_]> = variables.iter().map(Vec::as_slice).collect();
        completed(hcl::read_each(files, &variables), files, environments)
    }

    /// The graphs of two versions of the files; what is written alike is read once. `second` is asked when the first
    /// has been read; what it does not give is not read.
    pub fn graphs_beside<'a>(
        first: &BTreeMap<Utf8PathBuf, String>,
        second: impl FnOnce() -> Option<&'a BTreeMap<Utf8PathBuf, String>> + Send,
        environments: &[&str],
    ) -> (Graphs, Option<Graphs>) {
        let of_first = of_each(first, environments);
        let of_first: Vec<&[_]> = of_first.iter().map(Vec::as_slice).collect();
        let mut asked = None;
        let second = || {
            let files = *asked.insert(second()?);
            Some((files, of_each(files, environments)))
        };
        let (one, another) = hcl::read_two((first, &of_first), second);
        let another = another.zip(asked);
        (
            completed(one, first, environments),
            another.map(|(graphs, files)| completed(graphs, files, environments)),
        )
    }

    /// The same of code that a service of ours would not contain, as far as it is read.
    pub fn foreign(files: &BTreeMap<Utf8PathBuf, String>, environment: &str) -> Graph {
        Self::foreign_in(files, Utf8Path::new(""), environment)
    }

    /// The same of a root module that stands in a folder among the files, from which it may lead to others.
    pub fn foreign_in(
        files: &BTreeMap<Utf8PathBuf, String>,
        root: &Utf8Path,
        environment: &str,
    ) -> Graph {
        let variables = variables(files, root, environment);
        let mut graph = hcl::read_foreign(files, root, &variables);
        for error in with_backend(&mut graph, files, root, environment)
            .err()
            .unwrap_or_default()
        {
            graph.not_read.push(NotRead {
                what: error.file.to_string(),
                why: error.message,
                location: Some(Location {
                    file: error.file,
                    line: error.line,
                }),
                call: None,
            });
        }
        graph
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

/// The files that give an environment's variables their values.
fn variables(
    files: &BTreeMap<Utf8PathBuf, String>,
    root: &Utf8Path,
    environment: &str,
) -> Vec<(Utf8PathBuf, String)> {
    let path = root.join(format!("environments/{environment}.tfvars"));
    let values = files.get(&path).cloned().unwrap_or_default();
    // What runs, where a pipeline has written it.
    let built = root.join(artifacts(environment));
    let built = files.get(&built).map(|text| (built.clone(), text.clone()));
    [(path, values)].into_iter().chain(built).collect()
}

/// The same for each of several environments.
fn of_each(
    files: &BTreeMap<Utf8PathBuf, String>,
    environments: &[&str],
) -> Vec<Vec<(Utf8PathBuf, String)>> {
    let environments = environments.iter();
    environments
        .map(|name| variables(files, Utf8Path::new(""), name))
        .collect()
}

/// The graphs with their backends complete.
fn completed(
    graphs: Graphs,
    files: &BTreeMap<Utf8PathBuf, String>,
    environments: &[&str],
) -> Graphs {
    let completed = graphs
        .into_iter()
        .zip(environments)
        .map(|(graph, environment)| {
            let mut graph = graph?;
            with_backend(&mut graph, files, Utf8Path::new(""), environment)?;
            Ok(graph)
        });
    completed.collect()
}

/// Completes the backend with the settings of its configuration file, where there is one.
fn with_backend(
    graph: &mut Graph,
    files: &BTreeMap<Utf8PathBuf, String>,
    root: &Utf8Path,
    environment: &str,
) -> Result<(), Vec<ReadError>> {
    if let Some((kind, attributes)) = &mut graph.backend {
        let path = root.join(format!("environments/{environment}.{kind}.tfbackend"));
        if let Some(settings) = files.get(&path) {
            attributes.extend(backend(kind, &path, settings)?);
        }
    }
    Ok(())
}

/// Where a pipeline writes what runs in an environment, below the root module.
pub fn artifacts(environment: &str) -> Utf8PathBuf {
    format!("environments/{environment}.artifacts.tfvars.json").into()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a pipeline wrote is read of whatever stands beside it.
    #[test]
    fn artifacts_are_read_of_code_that_is_not_all_ours() {
        let text = "variable \"artifacts\" {\n  type = map(object({ image_digest = string }))\n}\n\
                    resource \"aws_lambda_function\" \"f\" {\n  image_uri = var.artifacts[\"f\"].image_digest\n}\n\
                    module \"x\" {\n  source = \"acme/x/aws\"\n}\n";
        let built = "{\"artifacts\": {\"f\": {\"image_digest\": \"sha256:1\"}}}";
        let files = BTreeMap::from([
            ("main.tf".into(), text.to_owned()),
            (artifacts("dev"), built.to_owned()),
        ]);
        assert!(ReadBack::graph(&files, "dev").is_err());
        let read = |environment| {
            let graph = ReadBack::foreign(&files, environment);
            let function = graph.of_type("aws_lambda_function").next().unwrap();
            let image = function.get("image_uri").unwrap();
            image.as_str().map(str::to_owned)
        };
        assert_eq!(read("dev").as_deref(), Some("sha256:1"));
        assert_eq!(read("prod"), None);
    }
}
