//! A file of declarative rules as it is written.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::guardrail::Severity;

/// `policies/NAME.yaml`: rules of an organisation on the resources that are generated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A rule: what holds for every resource of a type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({
    "id": "ORG-001",
    "title": "A function keeps its logs for a year",
    "resource": "aws_cloudwatch_log_group",
    "require": { "retention_in_days": { "at_least": 365 } },
    "fix": "logs: { retention_days: 365 }",
}))]
pub struct Rule {
    /// Its id, which exceptions and guardrails name; not of the form SLG-….
    #[schemars(example = &"ORG-001")]
    pub id: String,
    /// What holds, as a short statement.
    pub title: String,
    /// How bad it is if it does not; low warns, everything above stops the run.
    #[serde(default = "high")]
    pub severity: Severity,
    /// Type of the resources, `*` for any text: `aws_lambda_function`, `aws_s3_*`.
    #[schemars(example = &"aws_lambda_function")]
    pub resource: String,
    /// Which of them; unsaid: all. Every condition has to hold.
    #[serde(default, rename = "where", skip_serializing_if = "IndexMap::is_empty")]
    pub only: IndexMap<String, Condition>,
    /// What they need, by the path of an attribute: `tracing_config.mode`, `tags_all`. Every condition has to hold.
    pub require: IndexMap<String, Condition>,
    /// What is said when it does not hold; unsaid: which attribute is what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Why it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do in the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Where to read on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
}

fn high() -> Severity {
    Severity::High
}

/// What an attribute has to be; of several, everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({ "matches": "^[a-z]+$" }))]
pub struct Condition {
    /// Whether it is written at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// This value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Json>,
    /// One of these values.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Json>>,
    /// A text that this regular expression finds something in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// A number that is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// A number that is at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// A map, such as tags, with these keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_keys: Option<Vec<String>>,
    /// The opposite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Condition>>,
}

/// The JSON Schema of such a file.
pub fn schema() -> &'static Json {
    static SCHEMA: std::sync::OnceLock<Json> = std::sync::OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(File).to_value())
}
