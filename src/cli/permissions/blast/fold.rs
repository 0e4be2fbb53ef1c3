//! The answers for all environments as one, by the names of the manifest.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::Failure;
use super::super::super::pipeline::Prepared;
use super::super::place::Place;
use crate::guardrail::ReadBack;
use crate::iam::blast::{self, Access, Class, Reached, Step};

/// What a function could reach, folded over the environments.
pub(super) struct Folded {
    /// Name in the manifest.
    pub(super) function: String,
    pub(super) rows: Vec<Row>,
    pub(super) influences: Vec<Influence>,
    /// What limits the answer.
    pub(super) notes: BTreeSet<String>,
    /// Address → name in the manifest.
    names: BTreeMap<String, String>,
}

/// One kind of access to one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) chain: Vec<Step>,
    pub(super) class: Class,
    pub(super) access: Access,
    /// What people call it.
    pub(super) label: String,
    pub(super) target: Option<String>,
    /// As the policies name it.
    pub(super) resources: BTreeSet<String>,
    pub(super) actions: BTreeSet<String>,
    /// None: all of them.
    pub(super) environments: Option<BTreeSet<String>>,
}

/// A function that works on what this one writes.
pub(super) struct Influence {
    pub(super) function: String,
    /// What people call what it goes through.
    pub(super) via: Vec<String>,
    pub(super) environments: Option<BTreeSet<String>>,
    pub(super) rows: Vec<Row>,
}

impl Folded {
    /// What people call what stands at an address.
    pub(super) fn label<'a>(&'a self, address: &'a str) -> &'a str {
        self.names.get(address).map_or(address, String::as_str)
    }
}

pub(super) fn fold(
    prepared: &Prepared,
    environments: &[ReadBack],
    function: &str,
) -> Result<Folded, Failure> {
    let names = names(prepared, environments);
    let scope = format!("functions.{function}");
    let own = |resource: &&crate::graph::Resource| {
        let address = resource.address.to_string();
        resource.address.kind == "aws_lambda_function"
            && prepared.provenance.scope(&address).as_deref() == Some(&scope)
    };
    let templates = prepared.ledger()?;
    let templates: BTreeSet<&str> = templates
        .permissions
        .iter()
        .filter_map(|line| line.resource.as_deref())
        .collect();
    let mut rows = Rows::default();
    let mut ways: BTreeMap<(String, Vec<String>), BTreeSet<String>> = BTreeMap::new();
    let mut below: BTreeMap<(String, Vec<String>), Rows> = BTreeMap::new();
    let mut notes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for environment in environments {
        let found = environment.graph.resources.values().find(own);
        let blast = found.and_then(|resource| {
            let address = resource.address.to_string();
            blast::blast(&environment.graph, &environment.permissions, &address)
        });
        let Some(blast) = blast else {
            return Err(Failure::from(format!("{function} has no resource")));
        };
        // As the ledger writes them for all environments.
        let written: BTreeMap<String, String> = Place::all(prepared)
            .filter(|place| place.environment == environment.environment)
            .flat_map(|place| {
                templates
                    .iter()
                    .map(move |t| (place.fill(t), (*t).to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect();
        for reached in blast.reaches {
            rows.add(&names, &written, &environment.environment, reached);
        }
        for influence in blast.influences {
            let name = |address: &String| names.get(address).unwrap_or(address).clone();
            let key = (
                name(&influence.function),
                influence.via.iter().map(name).collect(),
            );
            let all = ways.entry(key.clone()).or_default();
            all.insert(environment.environment.clone());
            for reached in influence.reaches {
                let below = below.entry(key.clone()).or_default();
                below.add(&names, &written, &environment.environment, reached);
            }
        }
        let bounded = blast.bounded.into_iter().map(|role| {
            format!("the permissions boundary of {role} is not read: it may take something away")
        });
        for note in blast.unknown.into_iter().chain(bounded) {
            let all = notes.entry(note).or_default();
            all.insert(environment.environment.clone());
        }
    }
    let all = environments.len();
    let influences = ways.into_iter().map(|(key, environments)| Influence {
        rows: below.remove(&key).unwrap_or_default().finished(all),
        function: key.0,
        via: key.1,
        environments: some_of(environments, all),
    });
    Ok(Folded {
        function: function.to_owned(),
        influences: influences.collect(),
        rows: rows.finished(all),
        notes: notes
            .into_iter()
            .map(|(note, environments)| {
                format!("{note}{}", only(some_of(environments, all).as_ref()))
            })
            .collect(),
        names,
    })
}

/// Address → name in the manifest, of functions and resources.
fn names(prepared: &Prepared, environments: &[ReadBack]) -> BTreeMap<String, String> {
    let resources = environments.iter().flat_map(|e| e.graph.resources.values());
    resources
        .filter_map(|resource| {
            let address = resource.address.to_string();
            let scope = prepared.provenance.scope(&address)?;
            let name = match resource.address.kind.as_str() {
                "aws_lambda_function" => scope.strip_prefix("functions.")?,
                "aws_dynamodb_table" | "aws_s3_bucket" | "aws_sns_topic" => {
                    scope.strip_prefix("resources.")?
                }
                // A dead-letter queue has the scope of its queue.
                "aws_sqs_queue" if !resource.address.name.ends_with("_dlq") => {
                    scope.strip_prefix("resources.")?
                }
                _ => return None,
            };
            Some((address, name.to_owned()))
        })
        .collect()
}

/// The environments, unless they are all.
fn some_of(environments: BTreeSet<String>, all: usize) -> Option<BTreeSet<String>> {
    (environments.len() < all).then_some(environments)
}

/// `, only in dev` where not all environments are meant.
pub(super) fn only(environments: Option<&BTreeSet<String>>) -> String {
    environments.map_or(String::new(), |environments| {
        let names: Vec<&str> = environments.iter().map(String::as_str).collect();
        format!(", only in {}", names.join(", "))
    })
}

/// Chain, class, label, access and address.
type Key = (Vec<Step>, Class, String, Access, Option<String>);

/// What a row gathers: resource and action → environments.
type Gathered = BTreeMap<(String, String), BTreeSet<String>>;

/// Rows in the making.
#[derive(Default)]
struct Rows(BTreeMap<Key, Gathered>);

impl Rows {
    fn add(
        &mut self,
        names: &BTreeMap<String, String>,
        written: &BTreeMap<String, String>,
        environment: &str,
        reached: Reached,
    ) {
        let resource = written.get(&reached.resource);
        let resource = resource.unwrap_or(&reached.resource).clone();
        let label = match &reached.target {
            Some(target) => names.get(target).unwrap_or(target).clone(),
            None => resource.clone(),
        };
        let key = (
            reached.chain,
            reached.class,
            label,
            reached.access,
            reached.target,
        );
        let gathered = self.0.entry(key).or_default();
        let environments = gathered.entry((resource, reached.action)).or_default();
        environments.insert(environment.to_owned());
    }

    fn finished(self, all: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for ((chain, class, label, access, target), gathered) in self.0 {
            // What holds in the same environments is one row.
            let mut by: BTreeMap<BTreeSet<String>, (BTreeSet<String>, BTreeSet<String>)> =
                BTreeMap::new();
            for ((resource, action), environments) in gathered {
                let (resources, actions) = by.entry(environments).or_default();
                resources.insert(resource);
                actions.insert(action);
            }
            for (environments, (resources, actions)) in by {
                rows.push(Row {
                    chain: chain.clone(),
                    class,
                    access,
                    label: label.clone(),
                    target: target.clone(),
                    resources,
                    actions,
                    environments: some_of(environments, all),
                });
            }
        }
        // The short ways first.
        rows.sort_by_key(|row| row.chain.len());
        rows
    }
}
