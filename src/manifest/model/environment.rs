//! Environments: accounts, regions, networks, and where databases are.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// One place the service is applied to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Account id, 12 digits, quoted.
    #[schemars(example = &"111111111111")]
    pub account: String,
    /// Region.
    #[schemars(example = &"eu-west-1")]
    pub region: String,
    /// Network for functions that ask for `network.vpc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Vpc>,
    /// Where the databases of type `rds_db` are here, by resource name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub databases: IndexMap<String, Endpoint>,
    /// ARNs of the keys that encrypt existing resources here, by resource name; `kms_key` of the resource where unsaid.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub kms_keys: IndexMap<String, String>,
    /// ARN of the managed policy put as permissions boundary on every role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// Values that differ here: `functions.<name>.<setting>` or `logs.retention_days`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub set: IndexMap<String, u32>,
    /// Raised account limits, by quota id.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub quotas: IndexMap<String, u64>,
}

/// An existing network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    /// VPC id.
    pub id: String,
    /// Private subnet ids.
    pub subnets: Vec<String>,
}

/// Where an existing database is in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"id": "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "host": "shop.cluster-abc.eu-west-1.rds.amazonaws.com"}))]
pub struct Endpoint {
    /// Resource id of the instance (`db-…`), cluster (`cluster-…`) or proxy (`prx-…`).
    pub id: String,
    /// Host name of its endpoint.
    pub host: String,
    /// Port; 5432 (`PostgreSQL`) or 3306 (`MySQL`) when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}
