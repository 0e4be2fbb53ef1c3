//! What checks and deploys the service.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The pipeline that is generated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"platform": "github"}))]
pub struct Ci {
    /// Where it runs.
    #[schemars(example = &"github")]
    pub platform: Platform,
    /// What looks for known vulnerabilities in dependencies; `osv-scanner` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanner: Option<Scanner>,
    /// What proposes newer dependencies and pins; `renovate` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<Updates>,
    /// github: branch that is deployed; `main` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// github: label of the runners, Linux on x86-64; `ubuntu-24.04` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_on: Option<String>,
    /// gitlab: image of the jobs, by digest; docs/ci.md says what it needs.
    #[schemars(example = &"registry.example.com/ci@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// ARN of the role that deploys, interpolated like `state.bucket`; a variable of the platform when unsaid.
    #[schemars(example = &"arn:aws:iam::${account}:role/${service}-deployer")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployer_role: Option<String>,
    /// ARN of the role that reads the account for `diff --live`; like `deployer_role`.
    #[schemars(example = &"arn:aws:iam::${account}:role/${service}-reader")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_role: Option<String>,
}

/// Platforms that a pipeline can be generated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
}

/// Scanners of dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scanner {
    /// OSV-Scanner: needs no account.
    OsvScanner,
    /// Snyk: needs `SNYK_TOKEN`.
    Snyk,
    /// OWASP Dependency-Check: needs `NVD_API_KEY`.
    DependencyCheck,
}

/// What proposes updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Updates {
    /// Renovate.
    Renovate,
    /// Dependabot, on GitHub alone.
    Dependabot,
}
