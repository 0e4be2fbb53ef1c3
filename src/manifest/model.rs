//! The manifest as written by the user: plain serde types, nothing defaulted.
//!
//! Positions in the text live in [`super::SourceMap`], so these types stay plain.

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

/// A resource that functions use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"type": "sqs_queue"}))]
pub struct Resource {
    /// Kind.
    #[schemars(example = &"dynamodb_table")]
    #[serde(rename = "type")]
    pub kind: String,
    /// Name or ARN of a resource that is not ours: granted, never created. Interpolated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<String>,
    /// ARN of the key that encrypts an existing resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// Account of an existing resource, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Region of an existing resource, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What a database speaks: `postgresql` or `mysql`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// Name of the database on its server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Partition key of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_key: Option<Key>,
    /// Sort key of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_key: Option<Key>,
    /// Global secondary indexes of a table, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub indexes: IndexMap<String, Index>,
    /// Hours that a Kinesis stream keeps records; 168 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_hours: Option<u32>,
}

/// What a relational database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// `PostgreSQL`, and Aurora `PostgreSQL`.
    Postgresql,
    /// `MySQL`, and Aurora `MySQL`.
    Mysql,
}

/// A key attribute of a table or index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Attribute name.
    pub name: String,
    /// Attribute type.
    #[serde(rename = "type")]
    pub kind: KeyType,
}

/// `DynamoDB` key attribute types (API reference, `AttributeDefinition`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum KeyType {
    /// String.
    S,
    /// Number.
    N,
    /// Binary.
    B,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Partition key.
    pub partition_key: Key,
    /// Sort key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_key: Option<Key>,
}

/// The API in front of HTTP functions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// `http` (API Gateway v2) or `rest`; `http` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ApiKind>,
    /// How callers prove who they are; a trigger may state its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Request limits over the whole API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
}

/// Kinds of API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApiKind {
    /// API Gateway v2 HTTP API.
    Http,
    /// API Gateway REST API.
    Rest,
}

/// Authentication of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "AuthForm", into = "AuthForm")]
#[schemars(with = "AuthForm")]
pub enum Auth {
    /// JSON Web Tokens of one issuer.
    Jwt(Jwt),
    /// Signature v4 by an AWS principal.
    Iam,
    /// No authentication: an exception like any other.
    None,
}

/// [`Auth`] as it is written: `{ jwt: … }`, `iam` or `none`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected { jwt: { issuer, audience } }, iam or none"
)]
enum AuthForm {
    /// JSON Web Tokens of one issuer.
    Jwt(JwtForm),
    /// A method without settings.
    Method(AuthMethod),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"jwt": {"issuer": "https://login.example.com/", "audience": ["orders"]}}))]
struct JwtForm {
    /// Issuer and audience.
    jwt: Jwt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum AuthMethod {
    /// Signature v4 by an AWS principal.
    Iam,
    /// No authentication.
    None,
}

impl From<AuthForm> for Auth {
    fn from(form: AuthForm) -> Self {
        match form {
            AuthForm::Jwt(form) => Self::Jwt(form.jwt),
            AuthForm::Method(AuthMethod::Iam) => Self::Iam,
            AuthForm::Method(AuthMethod::None) => Self::None,
        }
    }
}

impl From<Auth> for AuthForm {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::Jwt(jwt) => Self::Jwt(JwtForm { jwt }),
            Auth::Iam => Self::Method(AuthMethod::Iam),
            Auth::None => Self::Method(AuthMethod::None),
        }
    }
}

/// A JWT issuer and the audiences accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// Issuer URL (`iss`), https.
    pub issuer: String,
    /// Accepted `aud` (or `client_id`) values.
    pub audience: Vec<String>,
}

/// Token bucket of an API stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Steady requests a second.
    pub rate: u32,
    /// Burst of requests.
    pub burst: u32,
}

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

/// A function: its code, limits, triggers and access.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Archetype that the baseline exports, for example `http-api`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blueprint: Option<String>,
    /// What it does, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Folder of the source, relative to the manifest.
    pub source: String,
    /// Settings that blueprints can also give.
    #[serde(flatten)]
    pub settings: FunctionSettings,
    /// What invokes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// What it may do, in API operations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access: Vec<Access>,
    /// Environment variable → secret resource; only the ARN is passed.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub secrets: IndexMap<String, String>,
    /// Plain environment variables.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub env: IndexMap<String, String>,
    /// Network access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
}

/// Settings of a function that every layer may give; a later layer wins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionSettings {
    /// Lambda runtime identifier; detected from the source folder when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// Entry point; detected from the source folder when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<String>,
    /// How the code is shipped; `image` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// Only code signed by the service's profile runs (zip only); true when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<bool>,
    /// Images that an image function is made of; by its runtime when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageSettings>,
    /// Processor architecture; `arm64` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<Architecture>,
    /// Memory in MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mb: Option<u32>,
    /// Timeout in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u32>,
    /// Reserved concurrent executions; 10 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
}

/// Images that an image function is made of, by name and tag: digests stand in `slgen.lock`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageSettings {
    /// Image of the last stage, `registry.example.com/python:3.13`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Image that dependencies are installed and code is compiled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
}

/// How code is shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Package {
    /// Container image by digest.
    Image,
    /// Zip archive by object version and hash.
    Zip,
}

/// Processor architectures of Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Architecture {
    /// 64-bit Arm (Graviton).
    #[serde(rename = "arm64")]
    Arm64,
    /// 64-bit x86.
    #[serde(rename = "x86_64")]
    X86_64,
}

/// A trigger: one kind key (`http`, `queue`, `schedule`, `stream`, `topic`, `object`, `event`, `url`) and its settings
/// beside it.
///
/// Exactly one of the kind keys is given; the loader refuses anything else.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// `METHOD /path/{parameter}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// Name of a queue resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// `cron(…)`, `rate(…)` or `at(…)`, as `EventBridge` Scheduler takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Name of a Kinesis stream, or of a table of the stack whose changes invoke the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Name of a topic resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Name of a bucket of the stack whose objects' events invoke the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Detail type of the events of an `EventBridge` bus, exactly as they carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Method that a function URL takes, for callers who sign with `SigV4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// http, url: authentication; http: where it differs from the API's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// http: scopes a token must hold one of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// http, queue, stream, topic, event, url: JSON Schema of the body, message, record, item or detail, relative to the
    /// manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// http, url: pattern of a path or query parameter, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub params: IndexMap<String, String>,
    /// queue, stream: largest number of messages or records in one invocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// queue: receives before a message goes to the dead-letter queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_receives: Option<u32>,
    /// queue, stream, topic: `schema` lets Lambda or SNS delete messages that cannot be of the schema before the function runs, without a
    /// trace and without the dead-letter queue; unsaid, every message reaches the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// schedule: IANA time zone; UTC when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// stream: seconds that Lambda waits for a batch to fill; 0 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_s: Option<u32>,
    /// stream: where reading begins; `trim_horizon` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StartingPosition>,
    /// stream: batches of one shard that are handled at a time; 1 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallelization: Option<u32>,
    /// stream: seconds after which a record is no longer handed to the function; 86400 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_s: Option<u32>,
    /// stream: repetitions before what failed goes to the dead-letter queue; 3 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<u32>,
    /// stream of a table: what of a changed item stands in the stream; `new_image` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<StreamView>,
    /// object: what happened to the object; `[created]` when unsaid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<ObjectEvent>,
    /// object: how the keys begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// object: how the keys end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// event: source of the events, exactly as they carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// event: name of an event bus resource; the account's default bus when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bus: Option<String>,
}

/// What happened to an object of a bucket.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ObjectEvent {
    /// It was written: put, posted, copied, or its parts were put together.
    Created,
    /// It was deleted, or a marker says that it was.
    Removed,
}

/// Where reading of a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartingPosition {
    /// With the oldest record that is kept: none is left out.
    TrimHorizon,
    /// With what comes after the trigger was made; what comes meanwhile may be left out.
    Latest,
}

/// What of a changed item stands in a table's stream (`DynamoDB` API reference, `StreamSpecification`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamView {
    /// Its keys.
    KeysOnly,
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// Both.
    NewAndOldImages,
}

/// What messages are held against before the function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// The trigger's schema, as far as Lambda can check it.
    Schema,
}

impl Trigger {
    /// Its kind key, when it has one.
    pub fn kind(&self) -> Option<&'static str> {
        let [kind] = self.kinds()[..] else {
            return None;
        };
        Some(kind)
    }

    /// Every kind key that it has: the loader takes one.
    pub fn kinds(&self) -> Vec<&'static str> {
        [
            ("http", &self.http),
            ("queue", &self.queue),
            ("schedule", &self.schedule),
            ("stream", &self.stream),
            ("topic", &self.topic),
            ("object", &self.object),
            ("event", &self.event),
            ("url", &self.url),
        ]
        .into_iter()
        .filter(|(_, given)| given.is_some())
        .map(|(kind, _)| kind)
        .collect()
    }

    /// All kind keys.
    pub const KINDS: [&'static str; 8] = [
        "http", "queue", "schedule", "stream", "topic", "object", "event", "url",
    ];
}

/// A line of access: operations on a resource or another function, or the raw escape hatch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Resource name, or `functions.<name>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// API operations (`PutItem`) or grants in lower case (`read`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Index of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// Object key patterns of a bucket.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Tables of a database, and what of SQL is allowed on each: `select`, `insert`, `update`, `delete`, or only on
    /// columns, `"select(id, name)"`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tables: IndexMap<String, Vec<String>>,
    /// User of the database, of this function alone; `<service>_<function>` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Secret with the user's password, for the RDS Data API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// IAM statement outside the catalog; needs `reason` and `until`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawAccess>,
    /// Why the raw statement is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Last day (inclusive, UTC) on which this line holds, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// An IAM statement as it is: exact actions on given ARNs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawAccess {
    /// IAM actions, without wildcards.
    pub actions: Vec<String>,
    /// ARNs.
    pub resources: Vec<String>,
    /// Condition operator → key → values.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub conditions: IndexMap<String, IndexMap<String, Vec<String>>>,
}

/// Network of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Run in the environment's VPC.
    pub vpc: bool,
    /// What may be reached: `aws.<service>` (its VPC endpoint) or `CIDR:port`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub egress: Vec<String>,
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
