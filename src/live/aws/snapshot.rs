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
            let attributes = shape::without_values(&entry.kind, attributes)
                .into_iter()
                .map(|(name, value)| (name, shape::redact(value)))
                .collect();
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::{Address, Graph, Value};
    use crate::live::aws::read::Query;
    use crate::live::aws::{Fingerprint, Read, ReadError, Scope};

    const CANARY: &str = "canary-0f1e2d3c";

    struct Function;

    impl Read for Function {
        fn get(&self, query: &Query) -> Result<Json, ReadError> {
            match query.call.operation() {
                "GetFunctionConfiguration" => Ok(json!({
                    "FunctionArn": "arn:aws:lambda:eu-west-1:111111111111:function:f",
                    "Role": "arn:aws:iam::111111111111:role/r",
                    "Environment": { "Variables": { "PASSWORD": CANARY, "TABLE": "orders" } },
                    "VpcConfig": { "SubnetIds": ["b", "a"], "SecurityGroupIds": ["sg"] },
                })),
                "ListSchedules" => Ok(json!({ "Schedules": [{
                    "GroupName": "g", "Name": "s", "Target": { "Arn": "arn:aws:lambda:eu-west-1:111111111111:function:f" },
                }] })),
                "GetSchedule" => Ok(json!({ "Target": { "Arn": "x", "Input": CANARY } })),
                "GetFunctionUrlConfig" => Err(ReadError::Denied {
                    action: "lambda:GetFunctionUrlConfig".to_owned(),
                }),
                _ => Err(ReadError::Absent),
            }
        }
    }

    fn read() -> Live {
        let mut scope = Scope::default();
        scope.add("function", "f");
        let place = Place {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        Live::read(&Function, "111111111111", place, scope).unwrap()
    }

    fn function(graph: &Graph) -> &crate::graph::Resource {
        let address: Address = address(false, "aws_lambda_function", "f");
        &graph.resources[&address]
    }

    fn variable<'a>(graph: &'a Graph, name: &str) -> &'a Value {
        let variables = function(graph).get("environment.variables").unwrap();
        variables.get(name).unwrap()
    }

    #[test]
    fn values_of_the_environment_can_be_compared_and_not_read() {
        let live = read();
        let value = variable(&live.graph, "PASSWORD");
        let print: &Fingerprint = live.fingerprint.as_ref().unwrap();
        assert_eq!(value.as_str(), Some(print.of(CANARY).as_str()));
        assert!(value.sensitive);
        assert_ne!(value.as_str(), variable(&live.graph, "TABLE").as_str());
        assert!(!format!("{live:?}").contains(CANARY));
    }

    #[test]
    fn a_snapshot_reads_back_without_any_value_of_the_environment() {
        let snapshot = Snapshot {
            environment: "dev".to_owned(),
            taken: Date::new(2026, 11, 24).unwrap(),
            live: read(),
        };
        let text = snapshot.text();
        assert!(
            !text.contains(CANARY) && !text.contains("sha256:"),
            "{text}"
        );
        assert!(text.contains("\"PASSWORD\""), "{text}");
        let back = Snapshot::parse(&text).unwrap();
        assert_eq!(back.text(), text);
        assert_eq!(back.live.not_checked, snapshot.live.not_checked);
        assert_eq!(back.live.evidence, snapshot.live.evidence);
        assert!(Live::is_redacted(variable(&back.live.graph, "PASSWORD")));
        // Sets are sets again.
        let subnets = |graph: &Graph| {
            function(graph)
                .get("vpc_config.subnet_ids")
                .unwrap()
                .source()
        };
        assert_eq!(subnets(&back.live.graph), subnets(&snapshot.live.graph));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_place() {
        let text = include_str!("../../../tests/corpus/snapshot/small.json");
        assert!(Snapshot::parse(text).is_ok());
        for (from, to, message) in [
            ("slgen.snapshot/1", "slgen.snapshot/2", "schema is"),
            ("2026-11-24", "2026-13-24", "taken: "),
            ("\"timeout\"", "\"timeout\"", ""),
            (
                "\"layers\"",
                "\"layer\"",
                "resources[1] (aws_lambda_function.live[\"f\"]): layer: no such attribute",
            ),
            (
                "\"type\": \"aws_iam_policy\"",
                "\"type\": \"aws_x\"",
                "aws_x is no resource type",
            ),
            ("\"not_checked\"", "\"unchecked\"", "unknown field"),
        ] {
            let changed = text.replace(from, to);
            match Snapshot::parse(&changed) {
                Ok(_) => assert!(message.is_empty(), "{from} → {to} is read"),
                Err(error) => assert!(!message.is_empty() && error.contains(message), "{error}"),
            }
        }
    }
}
