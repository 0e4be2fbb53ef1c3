//! What was read of an account, in a file: for a comparison without credentials.
//!
//! The text is deterministic, and holds no value of an environment variable, no hash of one, and nothing that the provider
//! marks sensitive.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::reading::{address, resource};
use super::{Live, NotChecked, Place, shape};
use crate::date::Date;
use crate::graph::{Graph, InstanceKey};

/// Schema of the file.
pub const SCHEMA: &str = "slgen.snapshot/1";

/// A snapshot.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Environment of the manifest.
    pub environment: String,
    /// Day it was taken, UTC.
    pub taken: Date,
    /// What was read; its values of environment variables are gone.
    pub live: Live,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    environment: String,
    account: String,
    region: String,
    taken: String,
    resources: Vec<Entry>,
    not_checked: BTreeSet<NotChecked>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    data: bool,
    attributes: Map<String, Json>,
    calls: BTreeSet<String>,
}

impl Snapshot {
    /// The file's text.
    pub fn text(&self) -> String {
        let resources = self.live.graph.resources.values().map(|resource| Entry {
            kind: resource.address.kind.clone(),
            id: match &resource.address.key {
                Some(InstanceKey::Name(id)) => id.clone(),
                _ => String::new(),
            },
            data: resource.address.data,
            attributes: resource
                .attributes
                .iter()
                .map(|(name, value)| (name.clone(), shape::json(value)))
                .collect(),
            calls: self
                .live
                .evidence
                .get(&resource.address)
                .cloned()
                .unwrap_or_default(),
        });
        let file = File {
            schema: SCHEMA.to_owned(),
            environment: self.environment.clone(),
            account: self.live.place.account.clone(),
            region: self.live.place.region.clone(),
            taken: self.taken.to_string(),
            resources: resources.collect(),
            not_checked: self.live.not_checked.clone(),
        };
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// From a file's text.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if file.schema != SCHEMA {
            return Err(format!(
                "schema is {:?}; this slgen reads {SCHEMA}",
                file.schema
            ));
        }
        let taken = file.taken.parse().map_err(|e| format!("taken: {e}"))?;
        let mut graph = Graph::default();
        let mut evidence = BTreeMap::new();
        for (number, entry) in file.resources.into_iter().enumerate() {
            let address = address(entry.data, &entry.kind, &entry.id);
            let place = format!("resources[{number}] ({address})");
            let attributes = shape::attributes(&entry.kind, &Json::Object(entry.attributes))
                .map_err(|e| format!("{place}: {e}"))?;
            // A file that was written by hand may hold values all the same.
            let attributes = shape::without_values(&entry.kind, attributes);
            evidence.insert(address.clone(), entry.calls);
            if graph
                .resources
                .insert(address.clone(), resource(address, attributes))
                .is_some()
            {
                return Err(format!("{place}: stands in it twice"));
            }
        }
        Ok(Self {
            environment: file.environment,
            taken,
            live: Live {
                place: Place {
                    account: file.account,
                    region: file.region,
                },
                graph,
                not_checked: file.not_checked,
                evidence,
                fingerprint: None,
            },
        })
    }
}
