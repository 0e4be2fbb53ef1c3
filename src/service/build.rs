//! Settles every default and checks what needs the catalog.
//!
//! Precedence, low to high: baseline < archetype < function < `environments.E.set`.

use camino::Utf8Path;
use indexmap::IndexMap;

use super::model::{
    Access, Alerts, Api, ApiKind, Archive, Egress, Environment, Existing, Function, Logs, Network,
    Package, Resource, Service, Setting, Table, Target, Trigger, TriggerKind,
};
use crate::blueprint::{Archetype, Blueprint, Floor};
use crate::catalog::aws::suggest::nearest;
use crate::catalog::aws::{grants, kinds, operations, runtimes};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Loaded, escape, model};

/// Lists the files of a source folder.
pub trait SourceFolders {
    /// File names directly in the folder; `None` when there is no such folder.
    fn files(&self, folder: &Utf8Path) -> Option<Vec<String>>;
}

/// Values that `CloudWatch` Logs accepts (API reference, `PutRetentionPolicy`), from a year up.
const RETENTION: [u32; 12] = [
    365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, 3654,
];

/// Lambda quotas: function timeout in seconds, memory in MB.
const TIMEOUT_S: (u32, u32) = (1, 900);
const MEMORY_MB: (u32, u32) = (128, 10_240);
/// Account default of concurrent executions, and what AWS keeps unreserved.
const CONCURRENCY: (u64, u64) = (1_000, 100);

struct Build<'a> {
    loaded: &'a Loaded,
    blueprint: &'a Blueprint,
    sources: &'a dyn SourceFolders,
    faults: Vec<Diagnostic>,
}

/// Builds the service.
///
/// # Errors
/// Every fault, each at its place in the manifest.
pub fn build(
    loaded: &Loaded,
    blueprint: &Blueprint,
    sources: &dyn SourceFolders,
) -> Result<Service, Vec<Diagnostic>> {
    let mut build = Build {
        loaded,
        blueprint,
        sources,
        faults: Vec::new(),
    };
    let service = build.service();
    if build.faults.is_empty() {
        Ok(service)
    } else {
        Err(build.faults)
    }
}

impl<'a> Build<'a> {
    fn fault(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.faults
            .push(self.loaded.error("SLG-SERVICE-001", pointer, message, help));
    }

    fn service(&mut self) -> Service {
        let manifest = &self.loaded.manifest;
        let defaults = &self.blueprint.defaults;
        let logs = manifest.logs.as_ref();
        let retention_days = self.setting(
            "retention_days",
            "/logs/retention_days",
            "logs.retention_days",
            logs.and_then(|l| l.retention_days)
                .or(defaults.logs.retention_days)
                .unwrap_or(RETENTION[0]),
            &self.blueprint.floors.clone(),
            (RETENTION[0], RETENTION[RETENTION.len() - 1]),
        );
        for days in retention_days
            .overrides
            .values()
            .chain([&retention_days.default])
        {
            if !RETENTION.contains(days) {
                self.fault(
                    "/logs/retention_days",
                    format!("CloudWatch Logs does not know {days} days"),
                    format!("one of {RETENTION:?}"),
                );
            }
        }
        let archive = logs
            .and_then(|l| l.archive.as_deref())
            .or(defaults.logs.archive.as_deref())
            .unwrap_or("s3");
        let functions: IndexMap<String, Function> = manifest
            .functions
            .iter()
            .map(|(name, function)| (name.clone(), self.function(name, function)))
            .collect();
        let api = manifest.api.as_ref();
        if api.and_then(|a| a.kind) == Some(ApiKind::Rest) {
            self.fault(
                "/api/kind",
                "REST APIs are not generated yet",
                "use kind: http",
            );
        }
        let has_routes = functions
            .values()
            .flat_map(|f| &f.triggers)
            .any(|t| matches!(t.kind, TriggerKind::Http { .. }));
        self.set_paths();
        self.reservations(&functions);
        Service {
            name: manifest.service.clone(),
            owner: manifest.owner.clone(),
            out: manifest
                .out
                .clone()
                .unwrap_or_else(|| format!("infra/{}", manifest.service)),
            tags: manifest.tags.clone(),
            environments: manifest
                .environments
                .iter()
                .map(|(name, e)| {
                    let environment = Environment {
                        account: e.account.clone(),
                        region: e.region.clone(),
                        vpc: e.vpc.clone(),
                        permissions_boundary: e.permissions_boundary.clone(),
                    };
                    (name.clone(), environment)
                })
                .collect(),
            state: manifest.state.clone(),
            alerts: manifest.alerts.sns.clone().map_or_else(
                || Alerts::Email(manifest.alerts.email.clone()),
                Alerts::Topic,
            ),
            logs: Logs {
                retention_days,
                archive: if archive == "s3" {
                    Archive::Bucket
                } else {
                    Archive::Destination(archive.to_owned())
                },
            },
            resources: manifest
                .resources
                .iter()
                .map(|(name, r)| (name.clone(), self.resource(name, r)))
                .collect(),
            api: has_routes.then(|| Api {
                kind: ApiKind::Http,
                throttle: api
                    .and_then(|a| a.throttle.clone())
                    .unwrap_or_else(|| defaults.throttle.clone()),
            }),
            functions,
        }
    }

    /// A number with its overrides, held against bounds.
    fn setting(
        &mut self,
        name: &str,
        pointer: &str,
        path: &str,
        default: u32,
        floors: &[Floor],
        range: (u32, u32),
    ) -> Setting {
        let manifest = &self.loaded.manifest;
        let overrides: IndexMap<String, u32> = manifest
            .environments
            .iter()
            .filter_map(|(env, e)| e.set.get(path).map(|value| (env.clone(), *value)))
            .collect();
        let values: Vec<(String, u32)> = overrides
            .iter()
            .map(|(env, value)| {
                (
                    format!("/environments/{}/set/{}", escape(env), escape(path)),
                    *value,
                )
            })
            .chain([(pointer.to_owned(), default)])
            .collect();
        for (at, value) in values {
            if !(range.0..=range.1).contains(&value) {
                self.fault(
                    &at,
                    format!("{name} is {value}"),
                    format!("AWS takes {} to {}", range.0, range.1),
                );
            }
            for floor in floors.iter().filter(|f| f.setting == name) {
                if floor.min.is_some_and(|min| value < min)
                    || floor.max.is_some_and(|max| value > max)
                {
                    let bound = floor.min.map_or_else(
                        || format!("at most {}", floor.max.unwrap_or_default()),
                        |min| format!("at least {min}"),
                    );
                    self.fault(
                        &at,
                        format!("{name} is {value}; {} wants {bound}", self.blueprint.name),
                        floor.reason.clone(),
                    );
                }
            }
        }
        Setting { default, overrides }
    }

    /// Paths under `set` that no setting has.
    fn set_paths(&mut self) {
        let manifest = &self.loaded.manifest;
        for (env, environment) in &manifest.environments {
            for path in environment.set.keys() {
                let known = path == "logs.retention_days"
                    || path
                        .strip_prefix("functions.")
                        .and_then(|p| p.rsplit_once('.'))
                        .is_some_and(|(function, setting)| {
                            manifest.functions.contains_key(function)
                                && ["concurrency", "memory_mb", "timeout_s"].contains(&setting)
                        });
                if !known {
                    self.fault(
                        &format!("/environments/{}/set/{}", escape(env), escape(path)),
                        format!("`{path}` cannot be set for an environment"),
                        "functions.<name>.concurrency, .memory_mb or .timeout_s, or logs.retention_days",
                    );
                }
            }
        }
    }

    /// AWS keeps 100 concurrent executions unreserved (Lambda developer guide, "Reserved concurrency").
    fn reservations(&mut self, functions: &IndexMap<String, Function>) {
        for (env, environment) in &self.loaded.manifest.environments {
            let limit = environment
                .quotas
                .get("lambda.concurrent_executions")
                .copied()
                .unwrap_or(CONCURRENCY.0);
            let reserved: u64 = functions
                .values()
                .map(|f| {
                    u64::from(
                        f.concurrency
                            .overrides
                            .get(env)
                            .copied()
                            .unwrap_or(f.concurrency.default),
                    )
                })
                .sum();
            if reserved + CONCURRENCY.1 > limit {
                self.fault(
                    &format!("/environments/{}", escape(env)),
                    format!("the functions reserve {reserved} of {limit} concurrent executions; {} must stay unreserved", CONCURRENCY.1),
                    "reserve less, or state the raised limit: quotas: { lambda.concurrent_executions: N }",
                );
            }
        }
    }

    fn function(&mut self, name: &str, function: &model::Function) -> Function {
        let at = format!("/functions/{}", escape(name));
        let archetype = self.archetype(&at, function);
        let baseline = &self.blueprint.defaults.function;
        let (own, kind) = (&function.settings, archetype.map(|a| &a.defaults));
        macro_rules! settle {
            ($field:ident) => {
                own.$field
                    .clone()
                    .or_else(|| kind.and_then(|k| k.$field.clone()))
                    .or_else(|| baseline.$field.clone())
            };
        }
        let mut floors = self.blueprint.floors.clone();
        floors.extend(archetype.into_iter().flat_map(|a| a.floors.clone()));
        if function.triggers.iter().any(|t| t.http.is_some()) {
            let reason = "API Gateway gives up after 30 seconds.".to_owned();
            floors.push(Floor {
                setting: "timeout_s".to_owned(),
                min: None,
                max: Some(29),
                reason,
            });
            floors.dedup_by(|a, b| a.setting == b.setting && a.max == b.max && a.min == b.min);
        }
        let mut number = |setting: &str, value: Option<u32>, fallback: u32, range| {
            let path = format!("functions.{name}.{setting}");
            self.setting(
                setting,
                &format!("{at}/{setting}"),
                &path,
                value.unwrap_or(fallback),
                &floors,
                range,
            )
        };
        let memory_mb = number("memory_mb", settle!(memory_mb), 256, MEMORY_MB);
        let timeout_s = number("timeout_s", settle!(timeout_s), 30, TIMEOUT_S);
        let concurrency = number("concurrency", settle!(concurrency), 10, (0, 100_000));
        let package = settle!(package).unwrap_or(Package::Image);
        let sign = settle!(sign).unwrap_or(true);
        self.locks(&at, own);
        let (runtime, handler) = self.code(&at, function);
        if function.network.as_ref().is_some_and(|n| n.vpc) {
            for (env, environment) in &self.loaded.manifest.environments {
                if environment.vpc.is_none() {
                    self.fault(
                        &format!("/environments/{}", escape(env)),
                        format!("{name} runs in the VPC and this environment has none"),
                        "give vpc: { id, subnets }",
                    );
                }
            }
        }
        let triggers: Vec<Trigger> = function
            .triggers
            .iter()
            .enumerate()
            .filter_map(|(index, trigger)| {
                self.trigger(name, &format!("{at}/triggers/{index}"), trigger)
            })
            .collect();
        if triggers
            .iter()
            .any(|t| matches!(t.kind, TriggerKind::Queue { .. }))
            && concurrency
                .overrides
                .values()
                .chain([&concurrency.default])
                .any(|c| *c < 2)
        {
            self.fault(
                &format!("{at}/concurrency"),
                "a queue is read by at least two executions",
                "reserve 2 or more",
            );
        }
        for (variable, secret) in &function.secrets {
            if self
                .loaded
                .manifest
                .resources
                .get(secret)
                .is_none_or(|r| r.kind != "secret")
            {
                let resources = &self.loaded.manifest.resources;
                let secrets = resources
                    .iter()
                    .filter(|(_, r)| r.kind == "secret")
                    .map(|(n, _)| n.as_str());
                let help = suggestion(
                    nearest(secret, secrets),
                    "declare it under resources with type: secret",
                );
                self.fault(
                    &format!("{at}/secrets/{}", escape(variable)),
                    format!("there is no secret `{secret}`"),
                    help,
                );
            }
        }
        Function {
            archetype: function.blueprint.clone(),
            description: function.description.clone(),
            source: function.source.clone(),
            runtime,
            handler,
            package,
            sign: sign && package == Package::Zip,
            architecture: settle!(architecture).unwrap_or(model::Architecture::Arm64),
            memory_mb,
            timeout_s,
            concurrency,
            triggers,
            access: function
                .access
                .iter()
                .enumerate()
                .filter_map(|(index, access)| self.access(&format!("{at}/access/{index}"), access))
                .collect(),
            secrets: function.secrets.clone(),
            env: function.env.clone(),
            network: function
                .network
                .as_ref()
                .filter(|n| n.vpc)
                .map(|n| Network {
                    egress: n.egress.iter().filter_map(|e| egress(e)).collect(),
                }),
            pointer: at,
        }
    }

    /// The archetype that a function names; unsaid, the first that takes all its triggers.
    fn archetype(&mut self, at: &str, function: &model::Function) -> Option<&'a Archetype> {
        let blueprint = self.blueprint;
        let kinds: Vec<&str> = function.triggers.iter().map(trigger_kind).collect();
        let takes =
            |archetype: &Archetype, kind: &str| archetype.triggers.iter().any(|t| t == kind);
        let Some(name) = function.blueprint.as_deref() else {
            let fits =
                |a: &&Archetype| !kinds.is_empty() && kinds.iter().all(|kind| takes(a, kind));
            return blueprint.archetypes.values().find(fits);
        };
        let Some(archetype) = blueprint.archetypes.get(name) else {
            let help = suggestion(
                nearest(name, blueprint.archetypes.keys().map(String::as_str)),
                "leave it out, or name an archetype of the baseline",
            );
            self.fault(
                &format!("{at}/blueprint"),
                format!("{} has no archetype `{name}`", blueprint.name),
                help,
            );
            return None;
        };
        for (index, kind) in kinds
            .iter()
            .enumerate()
            .filter(|(_, kind)| !takes(archetype, kind))
        {
            self.fault(
                &format!("{at}/triggers/{index}"),
                format!("a function of the archetype {name} has no {kind} trigger"),
                format!("it takes: {}", archetype.triggers.join(", ")),
            );
        }
        Some(archetype)
    }

    fn locks(&mut self, at: &str, own: &model::FunctionSettings) {
        let given = serde_json::to_value(own).unwrap_or_default();
        let blueprint = self.blueprint;
        for lock in &blueprint.locks {
            if let Some(value) = given.get(&lock.setting)
                && *value != lock.value
            {
                self.fault(
                    &format!("{at}/{}", lock.setting),
                    format!(
                        "{} locks {} to {}",
                        blueprint.name, lock.setting, lock.value
                    ),
                    lock.reason.clone(),
                );
            }
        }
    }

    fn code(&mut self, at: &str, function: &model::Function) -> (String, String) {
        let (runtime, handler) = (&function.settings.runtime, &function.settings.handler);
        if let Some(runtime) = runtime
            && runtimes::runtime(runtime).is_none()
        {
            let help = suggestion(
                nearest(
                    runtime,
                    runtimes::runtimes().iter().map(|r| r.name.as_str()),
                ),
                "name a runtime that Lambda supports",
            );
            self.fault(
                &format!("{at}/runtime"),
                format!("there is no runtime `{runtime}`"),
                help,
            );
        }
        let Some(files) = self.sources.files(Utf8Path::new(&function.source)) else {
            self.fault(
                &format!("{at}/source"),
                format!("there is no folder {}", function.source),
                "create it, or mend the path",
            );
            return (String::new(), String::new());
        };
        let detected = runtimes::detect(&files.iter().map(String::as_str).collect::<Vec<_>>());
        if detected.is_none() && (runtime.is_none() || handler.is_none()) {
            self.fault(
                &format!("{at}/source"),
                "its files do not show the runtime and the handler",
                "say runtime: and handler:",
            );
        }
        let settled = |given: &Option<String>, found: Option<&str>| {
            given
                .clone()
                .unwrap_or_else(|| found.unwrap_or_default().to_owned())
        };
        (
            settled(runtime, detected.as_ref().map(|d| d.runtime)),
            settled(handler, detected.as_ref().map(|d| d.handler)),
        )
    }

    fn trigger(&mut self, function: &str, at: &str, trigger: &model::Trigger) -> Option<Trigger> {
        let manifest = &self.loaded.manifest;
        let kind = if let Some(route) = &trigger.http {
            let (method, path) = route.split_once(' ')?;
            let auth = trigger
                .auth
                .clone()
                .or_else(|| manifest.api.as_ref().and_then(|a| a.auth.clone()))?;
            let mut scopes = trigger.scopes.clone();
            scopes.sort();
            scopes.dedup();
            TriggerKind::Http {
                method: method.to_owned(),
                path: path.to_owned(),
                auth,
                scopes,
            }
        } else if let Some(queue) = &trigger.queue {
            match manifest.resources.get(queue) {
                Some(resource) if resource.kind == "sqs_queue" => {}
                Some(_) => self.fault(
                    &format!("{at}/queue"),
                    format!("`{queue}` is no queue"),
                    "name a resource of type sqs_queue",
                ),
                None => {
                    let help = suggestion(
                        nearest(queue, manifest.resources.keys().map(String::as_str)),
                        "declare it under resources",
                    );
                    self.fault(
                        &format!("{at}/queue"),
                        format!("there is no resource `{queue}`"),
                        help,
                    );
                }
            }
            let other = manifest.functions.iter().find(|(name, f)| {
                name.as_str() != function
                    && f.triggers.iter().any(|t| t.queue.as_ref() == Some(queue))
            });
            if let Some((other, _)) = other {
                self.fault(
                    &format!("{at}/queue"),
                    format!("{other} reads `{queue}` too: each message reaches one of the two"),
                    "give each function a queue",
                );
            }
            TriggerKind::Queue {
                queue: queue.clone(),
                batch: trigger.batch.unwrap_or(self.blueprint.defaults.queue.batch),
                max_receives: trigger
                    .max_receives
                    .unwrap_or(self.blueprint.defaults.queue.max_receives),
            }
        } else {
            TriggerKind::Schedule {
                expression: trigger.schedule.clone()?,
                timezone: trigger.timezone.clone().unwrap_or_else(|| "UTC".to_owned()),
            }
        };
        Some(Trigger {
            kind,
            pointer: at.to_owned(),
        })
    }

    fn access(&mut self, at: &str, access: &model::Access) -> Option<Access> {
        let manifest = &self.loaded.manifest;
        let line = |target| {
            Some(Access {
                target,
                until: access.until.clone(),
                pointer: at.to_owned(),
            })
        };
        if let Some(statement) = &access.raw {
            return line(Target::Raw {
                statement: statement.clone(),
                reason: access.reason.clone().unwrap_or_default(),
            });
        }
        let to = access.to.as_deref()?;
        if let Some(name) = to.strip_prefix("functions.") {
            if !manifest.functions.contains_key(name) {
                let help = suggestion(
                    nearest(name, manifest.functions.keys().map(String::as_str)),
                    "name a function of this service",
                );
                self.fault(
                    &format!("{at}/to"),
                    format!("there is no function `{name}`"),
                    help,
                );
            }
            if access.allow != ["invoke"] {
                self.fault(
                    &format!("{at}/allow"),
                    "a function can only be invoked",
                    "write allow: [invoke]",
                );
            }
            return line(Target::Function {
                name: name.to_owned(),
            });
        }
        let Some(resource) = manifest.resources.get(to) else {
            let help = suggestion(
                nearest(to, manifest.resources.keys().map(String::as_str)),
                "declare it under resources",
            );
            self.fault(
                &format!("{at}/to"),
                format!("there is no resource `{to}`"),
                help,
            );
            return None;
        };
        let kind = kinds::kind(&resource.kind)?;
        if access.allow.is_empty() {
            self.fault(
                at,
                "nothing is allowed",
                "name operations: allow: [GetItem]",
            );
        }
        for (index, operation) in access.allow.iter().enumerate() {
            self.operation(&format!("{at}/allow/{index}"), kind, operation);
        }
        if let Some(index) = &access.index
            && (kind.name != "dynamodb_table"
                || (resource.existing.is_none() && !resource.indexes.contains_key(index)))
        {
            self.fault(
                &format!("{at}/index"),
                format!("`{to}` has no index `{index}`"),
                "declare it under the table's indexes",
            );
        }
        if !access.paths.is_empty() && kind.name != "s3_bucket" {
            self.fault(
                &format!("{at}/paths"),
                "only buckets have paths",
                "remove it",
            );
        }
        for (index, path) in access.paths.iter().enumerate() {
            if path.is_empty()
                || path.len() > 1024
                || path.starts_with('/')
                || path.contains(['$', '?', '{', '\n'])
            {
                self.fault(
                    &format!("{at}/paths/{index}"),
                    "this is no pattern of object keys",
                    "for example orders/*",
                );
            }
        }
        line(Target::Resource {
            name: to.to_owned(),
            allow: access
                .allow
                .iter()
                .enumerate()
                .map(|(i, o)| (o.clone(), format!("{at}/allow/{i}")))
                .collect(),
            index: access.index.clone(),
            paths: access.paths.clone(),
        })
    }

    fn operation(&mut self, at: &str, kind: &kinds::Kind, operation: &str) {
        if operation.contains('*') {
            self.fault(at, "an operation is never a pattern", "name each operation");
        } else if grants::grant(&kind.name, operation).is_none()
            && operations::actions_for(&kind.sdk_service, operation).is_none()
        {
            let known = operations::operations_of(&kind.sdk_service)
                .into_iter()
                .chain(
                    grants::grants_of(&kind.name)
                        .into_iter()
                        .map(|g| g.name.as_str()),
                );
            let help = suggestion(
                nearest(operation, known),
                "name an operation of the service's API",
            );
            self.fault(
                at,
                format!("a {} has no operation `{operation}`", kind.name),
                help,
            );
        }
    }

    fn resource(&mut self, name: &str, resource: &model::Resource) -> Resource {
        let at = format!("/resources/{}", escape(name));
        match kinds::kind(&resource.kind) {
            None => {
                let help = suggestion(
                    nearest(
                        &resource.kind,
                        kinds::kinds().iter().map(|k| k.name.as_str()),
                    ),
                    "name a known kind",
                );
                self.fault(
                    &format!("{at}/type"),
                    format!("there is no kind of resource `{}`", resource.kind),
                    help,
                );
            }
            Some(kind) if resource.existing.is_none() && !kind.creatable => {
                self.fault(
                    &at,
                    format!("slgen does not create a {}", resource.kind),
                    "refer to one that exists: existing: <name or ARN>",
                );
            }
            Some(_) => {}
        }
        if resource.kind == "dynamodb_table"
            && resource.existing.is_none()
            && resource.partition_key.is_none()
        {
            self.fault(
                &at,
                "a table has a partition key",
                "partition_key: { name: id, type: S }",
            );
        }
        Resource {
            kind: resource.kind.clone(),
            existing: resource.existing.as_ref().map(|existing| Existing {
                name: existing.clone(),
                kms_key: resource.kms_key.clone(),
                account: resource.account.clone(),
                region: resource.region.clone(),
            }),
            table: resource.partition_key.clone().map(|partition_key| Table {
                partition_key,
                sort_key: resource.sort_key.clone(),
                indexes: resource.indexes.clone(),
            }),
            pointer: at,
        }
    }
}

fn trigger_kind(trigger: &model::Trigger) -> &'static str {
    if trigger.http.is_some() {
        "http"
    } else if trigger.queue.is_some() {
        "queue"
    } else {
        "schedule"
    }
}

fn suggestion(near: Option<&str>, otherwise: &str) -> String {
    near.map_or_else(
        || otherwise.to_owned(),
        |word| format!("did you mean `{word}`?"),
    )
}

fn egress(text: &str) -> Option<Egress> {
    if let Some(service) = text.strip_prefix("aws.") {
        return Some(Egress::Service(service.to_owned()));
    }
    let (cidr, port) = text.rsplit_once(':')?;
    Some(Egress::Cidr {
        cidr: cidr.to_owned(),
        port: port.parse().ok()?,
    })
}
