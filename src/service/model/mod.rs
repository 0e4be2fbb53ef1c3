//! The service: the manifest with every default settled, still free of any cloud's names.
//!
//! Each part keeps the JSON pointer of the manifest line it came from, for reports and `explain`.

mod trigger;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use indexmap::IndexMap;

pub use crate::catalog::aws::images::{Language, Recipe};
use crate::date::Date;
pub use crate::manifest::model::{
    ApiKind, Architecture, Auth, Endpoint, Engine, Hmac, Index, Jwt, Key, KeyType, ObjectEvent,
    Package, Scanner, StartingPosition, StreamView, Throttle, Updates,
};

pub use trigger::{Stream, Trigger, TriggerKind};

/// A service ready to be realised.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Name, prefix of everything.
    pub name: String,
    /// Owning team.
    pub owner: Option<String>,
    /// Folder of the generated Terraform, relative to the project root.
    pub out: String,
    /// Tags besides slgen's own.
    pub tags: IndexMap<String, String>,
    /// Environments by name, in the manifest's order.
    pub environments: IndexMap<String, Environment>,
    /// Remote state, interpolation still open.
    pub state: Option<crate::manifest::model::State>,
    /// Who hears alarms.
    pub alerts: Alerts,
    /// Log retention and archive.
    pub logs: Logs,
    /// Resources by name.
    pub resources: IndexMap<String, Resource>,
    /// The API, when a function has an HTTP trigger.
    pub api: Option<Api>,
    /// The pipeline, when one is asked for.
    pub ci: Option<Ci>,
    /// Functions by name.
    pub functions: IndexMap<String, Function>,
}

impl Service {
    /// Names of the functions of each source folder, which several may share.
    pub fn sources(&self) -> BTreeMap<&Utf8Path, Vec<String>> {
        let mut folders: BTreeMap<&Utf8Path, Vec<String>> = BTreeMap::new();
        for (name, function) in &self.functions {
            let functions = folders.entry(Utf8Path::new(&function.source)).or_default();
            functions.push(name.clone());
        }
        folders
    }

    /// Every image that the functions' images are made of, `registry/name:tag`: what has to be pinned.
    pub fn base_images(&self) -> BTreeSet<&str> {
        let images = self.functions.values().filter_map(|f| f.image.as_ref());
        images
            .flat_map(|image| [image.base.as_str(), image.build.as_str()])
            .collect()
    }

    /// Access lines whose last day is over, with the function that holds them: a gate, no error.
    pub fn expired(&self, today: Date) -> impl Iterator<Item = (&str, &Access)> {
        self.functions.iter().flat_map(move |(name, function)| {
            let over = move |access: &&Access| access.until.is_some_and(|until| until < today);
            function
                .access
                .iter()
                .filter(over)
                .map(move |access| (name.as_str(), access))
        })
    }
}

/// One place the service is applied to.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Account id.
    pub account: String,
    /// Region.
    pub region: String,
    /// Network.
    pub vpc: Option<crate::manifest::model::Vpc>,
    /// Where the databases are, by resource name.
    pub databases: IndexMap<String, Endpoint>,
    /// ARNs of the keys of existing resources, by resource name.
    pub kms_keys: IndexMap<String, String>,
    /// Permissions boundary ARN.
    pub permissions_boundary: Option<String>,
}

/// The pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ci {
    /// Where it runs.
    pub platform: Platform,
    /// What scans dependencies.
    pub scanner: Scanner,
    /// What proposes updates.
    pub updates: Updates,
    /// ARN of the role that deploys, interpolation still open.
    pub deployer_role: Option<String>,
    /// ARN of the role that reads, interpolation still open.
    pub reader_role: Option<String>,
}

/// Where a pipeline runs, with what only that platform has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Platform {
    /// GitHub Actions.
    Github {
        /// The branch that is deployed.
        branch: String,
        /// Label of the runners.
        runs_on: String,
    },
    /// GitLab CI.
    Gitlab {
        /// Image of the jobs, by digest.
        image: String,
    },
}

/// A number that environments may override: a Terraform variable where they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Value unless an environment sets another.
    pub default: u32,
    /// Environment → value, from `environments.<env>.set`; empty when none does.
    pub overrides: IndexMap<String, u32>,
}

/// Who hears alarms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alerts {
    /// Mail addresses on the service's own topic.
    Email(Vec<String>),
    /// An existing topic, by ARN.
    Topic(String),
}

/// Log settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logs {
    /// Days.
    pub retention_days: Setting,
    /// Where every log group is delivered.
    pub archive: Archive,
}

/// Where logs are archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Archive {
    /// A bucket of the stack with object lock.
    Bucket,
    /// A central `CloudWatch` Logs destination, by ARN.
    Destination(String),
}

/// A resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Kind, as in the catalog.
    pub kind: String,
    /// Not ours: where it is.
    pub existing: Option<Existing>,
    /// Table schema, for tables we create.
    pub table: Option<Table>,
    /// What a relational database speaks, and its name.
    pub database: Option<Database>,
    /// Hours that a Kinesis stream of the stack keeps records.
    pub retention_hours: u32,
    /// JSON pointer in the manifest.
    pub pointer: String,
}

impl Resource {
    /// Whether the stack creates it: databases it never does.
    pub fn is_ours(&self) -> bool {
        self.existing.is_none() && self.database.is_none()
    }
}

/// An existing resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Name or ARN, interpolation still open (`manifest::interpolate`).
    pub name: String,
    /// Key ARN.
    pub kms_key: Option<String>,
    /// Account, where it differs.
    pub account: Option<String>,
    /// Region, where it differs.
    pub region: Option<String>,
}

/// A relational database on its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// What it speaks.
    pub engine: Engine,
    /// Its name.
    pub name: String,
}

impl Database {
    /// The port that servers listen on when nothing else is said.
    pub fn port(&self) -> u16 {
        match self.engine {
            Engine::Postgresql => 5432,
            Engine::Mysql => 3306,
        }
    }
}

/// How a function logs in to a database, and what of SQL it may do there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// User of the database, of this function alone.
    pub user: String,
    /// Resource name of the secret with the password, for the RDS Data API.
    pub secret: Option<String>,
    /// Tables.
    pub tables: Vec<Grant>,
}

/// What is allowed on a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Schema, where said.
    pub schema: Option<String>,
    /// Table.
    pub table: String,
    /// Verbs in lower case, each with the columns it is bound to; none: all of them.
    pub verbs: Vec<(String, Vec<String>)>,
}

/// Keys of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Partition key.
    pub partition_key: Key,
    /// Sort key.
    pub sort_key: Option<Key>,
    /// Global secondary indexes.
    pub indexes: IndexMap<String, Index>,
}

/// The API.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    /// Kind.
    pub kind: ApiKind,
    /// Request limits.
    pub throttle: Throttle,
}

/// A function.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Archetype, when named.
    pub archetype: Option<String>,
    /// Description; `None` when unsaid.
    pub description: Option<String>,
    /// Source folder relative to the project root.
    pub source: String,
    /// Runtime identifier of the cloud.
    pub runtime: String,
    /// Entry point.
    pub handler: String,
    /// How it is shipped.
    pub package: Package,
    /// Its image; none for a zip archive, and none where slgen does not know how to make one.
    pub image: Option<Image>,
    /// Only signed code runs (zip only).
    pub sign: bool,
    /// Architecture.
    pub architecture: Architecture,
    /// Memory in MB.
    pub memory_mb: Setting,
    /// Timeout in seconds.
    pub timeout_s: Setting,
    /// Reserved concurrency.
    pub concurrency: Setting,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// Access lines.
    pub access: Vec<Access>,
    /// Environment variable → resource name of the secret.
    pub secrets: IndexMap<String, String>,
    /// Plain environment variables.
    pub env: IndexMap<String, String>,
    /// Egress rules when it runs in the VPC.
    pub network: Option<Network>,
    /// JSON pointer in the manifest.
    pub pointer: String,
}

impl Function {
    /// How many queues invoke it.
    pub fn queues(&self) -> u32 {
        let queues = self
            .triggers
            .iter()
            .filter(|t| matches!(t.kind, TriggerKind::Queue { .. }));
        u32::try_from(queues.count()).unwrap_or(u32::MAX)
    }
}

/// An image that a Dockerfile is written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// How it is made.
    pub recipe: &'static Recipe,
    /// Image that dependencies are installed and code is compiled in, `registry/name:tag`.
    pub build: String,
    /// Image of the last stage.
    pub base: String,
    /// Whether the source declares dependencies, which its lock file then has to name.
    pub dependencies: bool,
    /// Whether the source is compiled to JavaScript.
    pub compiled: bool,
}

impl Image {
    /// Whether the last stage has a shell, as far as is known.
    pub fn has_shell(&self) -> bool {
        self.recipe.shell && self.base == self.recipe.base
    }
}

/// One line of access, operations not yet turned into actions.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// What it is about.
    pub target: Target,
    /// Last day (inclusive, UTC) on which it holds.
    pub until: Option<Date>,
    /// JSON pointer in the manifest.
    pub pointer: String,
}

/// Target of an access line.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A declared resource.
    Resource {
        /// Name.
        name: String,
        /// Operations or grants as written, checked against the catalog, each with its JSON pointer.
        allow: Vec<(String, String)>,
        /// Index of a table.
        index: Option<String>,
        /// Object key patterns of a bucket.
        paths: Vec<String>,
        /// User, secret and tables of a database.
        login: Option<Login>,
    },
    /// Invoking a sibling function.
    Function {
        /// Name.
        name: String,
    },
    /// The escape hatch.
    Raw {
        /// Statement.
        statement: crate::manifest::model::RawAccess,
        /// Why.
        reason: String,
    },
}

/// Network of a function in the VPC: nothing in, only this out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// What may be reached.
    pub egress: Vec<Egress>,
}

/// One egress rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Egress {
    /// VPC endpoint of a cloud service, for example `secretsmanager`.
    Service(String),
    /// A network and a TCP port.
    Cidr {
        /// CIDR block.
        cidr: String,
        /// Port.
        port: u16,
    },
}
