//! `blueprint.yaml` as it is written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::guardrail::Severity;
use crate::manifest::model::{
    Api, Ci, Engine, FunctionSettings, Logs, Network, State, Vulnerabilities,
};

/// `blueprint.yaml`: how functions are deployed here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Name.
    #[schemars(example = &"acme-baseline")]
    pub name: String,
    /// Exact version, by semantic versioning.
    #[schemars(example = &"1.0.0")]
    pub version: String,
    /// For people.
    #[schemars(example = &"How Acme deploys functions.")]
    pub description: String,
    /// The blueprint that this one tightens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<Extends>,
    /// What a manifest gives under `baseline.inputs`: a JSON Schema of an object. `${input.NAME}` stands for a
    /// value in every text of this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Json>,
    /// Values where the manifest says nothing.
    #[serde(default)]
    pub defaults: Defaults,
    /// Values that nobody below may change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<Lock>,
    /// Bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floors: Vec<Floor>,
    /// Kinds of function, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub archetypes: IndexMap<String, ArchetypeDefinition>,
    /// What holds for guardrails, by rule id.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub guardrails: IndexMap<String, Guardrail>,
    /// Tags of every resource.
    #[serde(default)]
    pub tags: Tags,
    /// What may be used at all.
    #[serde(default)]
    pub allowed: Allowed,
    /// What may never be granted.
    #[serde(default)]
    pub denied: Denied,
    /// How the policies in the folder `policies/` are asked.
    #[serde(default)]
    pub policies: PolicySettings,
    /// Shown after `slgen generate`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The parent of a blueprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"source": "builtin:aws-baseline", "version": "1.0.0"}))]
pub struct Extends {
    /// Its source; `path:` is relative to this blueprint's folder.
    pub source: String,
    /// Its exact version.
    pub version: String,
    /// Its inputs.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub inputs: IndexMap<String, Json>,
}

/// Values where the manifest says nothing: each as the manifest has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Team that owns the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where Terraform keeps its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Every environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentDefaults>,
    /// Logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<Logs>,
    /// Tags, which a manifest may change; those under `tags.fixed` it may not.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
    /// Resources, by their type.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub resources: IndexMap<String, ResourceDefaults>,
    /// The API of a service that has HTTP triggers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// The pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<Ci>,
    /// How long a known vulnerability may stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<Vulnerabilities>,
    /// Queue triggers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueDefaults>,
    /// Functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionDefaults>,
}

/// Values of every environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentDefaults {
    /// ARN of the managed policy put as permissions boundary on every role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
}

/// Values of resources of one type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceDefaults {
    /// What databases speak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
}

/// Values of queue triggers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueDefaults {
    /// Largest batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// Receives before the dead-letter queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_receives: Option<u32>,
}

/// Values of functions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionDefaults {
    /// Settings.
    #[serde(flatten)]
    pub settings: FunctionSettings,
    /// Network access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
}

/// A value that nobody below may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"setting": "logs.retention_days", "value": 400, "reason": "The auditor asks for 13 months."}))]
pub struct Lock {
    /// Path in the manifest, `*` for any name: `logs.retention_days`, `functions.*.sign`, `environments.*.region`. In
    /// an archetype: a setting of its functions.
    pub setting: String,
    /// Its value.
    pub value: Json,
    /// Shown to whoever tries.
    pub reason: String,
}

/// A bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"setting": "functions.*.timeout_s", "max": 60, "reason": "Longer work belongs into a queue."}))]
pub struct Floor {
    /// Path in the manifest, as a lock has it.
    pub setting: String,
    /// Least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// Largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// The values there may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Json>>,
    /// Shown to whoever goes beyond.
    pub reason: String,
}

impl Floor {
    /// What a value must be, when it is not.
    pub fn broken(&self, value: &Json) -> Option<String> {
        let number = value.as_u64();
        if let (Some(min), Some(number)) = (self.min, number)
            && number < min.into()
        {
            return Some(format!("at least {min}"));
        }
        if let (Some(max), Some(number)) = (self.max, number)
            && number > max.into()
        {
            return Some(format!("at most {max}"));
        }
        let of = self.one_of.as_ref()?;
        let items = match value {
            Json::Array(items) => items.iter().collect(),
            other => vec![other],
        };
        (!items.into_iter().all(|item| of.contains(item))).then(|| {
            let all: Vec<String> = of.iter().map(plain).collect();
            format!("one of {}", all.join(", "))
        })
    }
}

/// A value as a sentence has it.
pub fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A kind of function. A child may say parts of one that its parent has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchetypeDefinition {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Kinds of trigger it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggers: Option<Vec<String>>,
    /// Values where the manifest says nothing.
    #[serde(default)]
    pub defaults: FunctionDefaults,
    /// Values that nobody below may change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<Lock>,
    /// Bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub floors: Vec<Floor>,
}

/// What holds for a guardrail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"severity": "high", "reason": "We had an incident."}))]
pub struct Guardrail {
    /// How bad a finding is here; never less than the rule says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Whether there may be exceptions to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<Exceptions>,
    /// Most days from today that an exception may last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_days: Option<u32>,
    /// Why.
    pub reason: String,
}

/// Whether there may be exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Exceptions {
    /// None.
    Forbidden,
}

/// How policies are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySettings {
    /// Packages of Rego whose rules are asked; unsaid: all that have some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &["main"])]
    pub namespaces: Option<Vec<String>>,
}

/// Tags of every resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tags {
    /// Tags with their values.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fixed: IndexMap<String, String>,
    /// Tags that the manifest has to give.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub required: IndexMap<String, RequiredTag>,
}

/// A tag that the manifest has to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredTag {
    /// Regular expression of its whole value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Shown to whoever leaves it out.
    pub reason: String,
}

/// What may be used at all; unsaid: everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// Runtimes of functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtimes: Option<Only>,
    /// Regions of environments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Only>,
    /// Services of AWS that functions may be given access to, by their prefix in IAM: `dynamodb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Only>,
    /// Actions that functions may be given; `*` for any text: `dynamodb:Get*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Only>,
}

/// A list of what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// What is allowed.
    pub only: Vec<String>,
    /// Shown to whoever uses another.
    pub reason: String,
}

/// What may never be granted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Denied {
    /// Actions that no function may be given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<DeniedActions>,
}

/// Actions that no function may be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeniedActions {
    /// IAM actions, `*` for any text: `iam:*`.
    pub actions: Vec<String>,
    /// Shown to whoever asks for one.
    pub reason: String,
}
