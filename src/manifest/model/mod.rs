//! The manifest as written by the user: plain serde types, nothing defaulted.
//!
//! Positions in the text live in [`super::SourceMap`], so these types stay plain.

mod access;
mod api;
mod ci;
mod environment;
mod function;
mod hmac;
mod resource;
mod trigger;

pub use access::{Access, RawAccess};
pub use api::{Api, ApiKind, Auth, Jwt, Throttle};
pub use ci::{Ci, Platform, Scanner, Updates};
pub use environment::{Endpoint, Environment, Vpc};
pub use function::{Architecture, Function, FunctionSettings, ImageSettings, Network, Package};
pub use hmac::Hmac;
pub use resource::{Engine, Index, Key, KeyType, Resource};
pub use trigger::{Filter, ObjectEvent, StartingPosition, StreamView, Trigger};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// `slgen.yaml`, version 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the manifest format; only 1 exists.
    #[schemars(example = 1)]
    pub version: u32,
    /// Name of the service: prefix of every resource.
    #[schemars(example = &"orders")]
    pub service: String,
    /// Team that owns the service; a tag on every resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Cloud that realises the service; `aws` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<Cloud>,
    /// Folder of the generated Terraform; `infra/<service>` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// Environments by name: where the same code is applied.
    #[schemars(example = json!({"dev": {"account": "111111111111", "region": "eu-west-1"}}))]
    pub environments: IndexMap<String, Environment>,
    /// Where Terraform keeps its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Blueprint that gives defaults, locked values and floors.
    #[schemars(example = json!({"source": "builtin:aws-baseline", "version": "1.0.0"}))]
    pub baseline: Baseline,
    /// Who is told when an alarm fires.
    #[schemars(example = json!({"email": ["oncall@example.com"]}))]
    pub alerts: Alerts,
    /// When the service's security was last reviewed, and how often it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// Retention and archive of every log group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<Logs>,
    /// Tags put on every resource besides slgen's own.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
    /// Resources by name, referred to from triggers, access and secrets.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub resources: IndexMap<String, Resource>,
    /// The API that HTTP triggers share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// What checks and deploys the service: the workflow that is generated. Without it none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<Ci>,
    /// Functions by name.
    #[schemars(example = json!({"create-order": {"source": "src/create_order"}}))]
    pub functions: IndexMap<String, Function>,
    /// How long a known vulnerability may stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<Vulnerabilities>,
    /// Deliberate departures from guardrails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
}

/// Policy on known vulnerabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vulnerabilities {
    /// Days from the first report, by severity; none longer than slgen's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_days: Option<DueDays>,
}

/// Days from the first report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DueDays {
    /// 7 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<u32>,
    /// 30 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<u32>,
    /// 90 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<u32>,
    /// 180 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<u32>,
}

impl Manifest {
    /// Where the Terraform goes, from the manifest's folder.
    pub fn out(&self) -> String {
        let named = self.out.clone();
        named.unwrap_or_else(|| format!("infra/{}", self.service))
    }
}

/// A cloud slgen can generate for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Amazon Web Services.
    Aws,
}

/// Remote state: an S3 bucket with native locking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Bucket; `${env}`, `${account}`, `${region}` and `${service}` are replaced.
    pub bucket: String,
    /// Key or alias that encrypts the state; interpolated like `bucket`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
}

/// Where defaults, locks and floors come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// `builtin:NAME`, `path:DIR`, `git::URL//DIR` or `oci://…`.
    #[schemars(example = &"builtin:aws-baseline")]
    pub source: String,
    /// Exact version.
    #[schemars(example = &"1.0.0")]
    pub version: String,
    /// What the blueprint asks for, by name: `slgen blueprint show` lists it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub inputs: IndexMap<String, serde_json::Value>,
}

/// Who hears about alarms: e-mail addresses, or an existing topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// Mail addresses subscribed to the service's alarm topic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub email: Vec<String>,
    /// ARN of an existing SNS topic that takes the alarms instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sns: Option<String>,
}

/// The regular review of the service's security: overdue, it stops every command that judges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"last": "2026-11-02", "every_days": 180, "by": "team-orders"}))]
pub struct Review {
    /// Day (UTC) of the last review, `YYYY-MM-DD`.
    #[schemars(example = &"2026-11-02")]
    pub last: String,
    /// Days until the next one, 30 to 366; it may be held on the last of them.
    #[schemars(example = 180)]
    pub every_days: u32,
    /// Who reviews: a mail address or a team.
    #[schemars(example = &"team-orders")]
    pub by: String,
}

/// Log settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// Days that logs are kept; a value `CloudWatch` Logs accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// `s3` (object lock, in this stack) or the ARN of a central `CloudWatch` Logs destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
}

/// A deliberate departure from one guardrail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Guardrail id, `SLG-<FAMILY>-NNN` or that of a policy of the blueprint.
    pub rule: String,
    /// What it covers: `functions.<name>`, `resources.<name>`, `api`, `service`.
    pub scope: String,
    /// Action it covers, for permission rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Resource it covers: the ARN of a finding about a permission, a Terraform address, a source file, a package, or the id of a vulnerability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it: a mail address or a team.
    pub owner: String,
    /// Last day (inclusive, UTC) on which it holds, `YYYY-MM-DD`.
    pub expires: String,
}
