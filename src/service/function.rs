//! A function: archetype, limits, code, secrets, network.

use camino::Utf8Path;

use super::build::{Build, code};
use super::model::{Egress, Function, Network, Package, Setting, Trigger, TriggerKind};
use super::settings::{Number, limit, places};
use crate::blueprint::Archetype;
use crate::catalog::aws::runtimes;
use crate::manifest::{escape, model};

/// Largest reservation that is a number at all; the account's limit is held against the sum.
const MOST_CONCURRENCY: u32 = 100_000;

impl Build<'_> {
    pub(super) fn function(&mut self, name: &str, function: &model::Function) -> Function {
        let at = format!("/functions/{}", escape(name));
        self.archetype(&at, function);
        let own = &function.settings;
        let mut number = |setting: &str, said: Option<u32>, range| {
            let number = Number {
                name: setting,
                pointer: &format!("{at}/{setting}"),
                path: &format!("functions.{name}.{setting}"),
                default: said.unwrap_or_default(),
                range,
            };
            self.setting(&number)
        };
        let between = |id: &str| (limit(&format!("{id}_min")), limit(id));
        let memory_mb = number("memory_mb", own.memory_mb, between("function_memory_mb"));
        let mut timeout_s = number(
            "timeout_s",
            own.timeout_s,
            between("function_timeout_seconds"),
        );
        let concurrency = number("concurrency", own.concurrency, (0, MOST_CONCURRENCY));
        if function.triggers.iter().any(|t| t.http.is_some()) {
            self.answers(name, &at, &mut timeout_s);
        }
        let package = own.package.unwrap_or(Package::Image);
        let sign = own.sign.unwrap_or(true);
        let (runtime, handler) = self.code(&at, function);
        if let Some((code, message, help)) = self.blueprint.runtime_refused(&runtime)
            && !runtime.is_empty()
        {
            self.fault(code, &format!("{at}/runtime"), message, help);
        }
        let image = (package == Package::Image)
            .then(|| self.image(function, &runtime))
            .flatten();
        self.vpc(name, &at, function);
        let triggers: Vec<Trigger> = function
            .triggers
            .iter()
            .enumerate()
            .filter_map(|(index, trigger)| {
                self.trigger(name, index, &format!("{at}/triggers/{index}"), trigger)
            })
            .collect();
        let queues = triggers
            .iter()
            .filter(|t| matches!(t.kind, TriggerKind::Queue { .. }));
        let queues = u32::try_from(queues.count()).unwrap_or(u32::MAX);
        if queues > 0 {
            self.readers(name, &at, &concurrency, queues);
        }
        self.shards(name, &triggers, &concurrency);
        self.verifies(name, &runtime, &triggers);
        self.secrets(&at, function);
        Function {
            archetype: function.blueprint.clone(),
            description: function.description.clone(),
            source: function.source.clone(),
            runtime,
            handler,
            package,
            image,
            sign: sign && package == Package::Zip,
            architecture: own.architecture.unwrap_or(model::Architecture::Arm64),
            memory_mb,
            timeout_s,
            concurrency,
            triggers,
            access: function
                .access
                .iter()
                .enumerate()
                .filter_map(|(index, access)| {
                    self.access(name, &format!("{at}/access/{index}"), access)
                })
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

    /// API Gateway answers in a function's stead when that takes too long: what the manifest does not say is moved
    /// below, what it says must be.
    fn answers(&mut self, name: &str, at: &str, timeout_s: &mut Setting) {
        let gives_up = limit("http_api_integration_timeout_seconds");
        let most = gives_up.saturating_sub(1);
        let pointer = format!("{at}/timeout_s");
        if self.origins.contains_key(&pointer) {
            timeout_s.default = timeout_s.default.min(most);
        }
        let path = format!("functions.{name}.timeout_s");
        let said: Vec<(String, u32)> = places(&path, &timeout_s.overrides)
            .chain([(pointer, timeout_s.default)])
            .collect();
        for (at, value) in said.into_iter().filter(|(_, value)| *value > most) {
            self.fault(
                code::BOUNDS,
                &at,
                format!("timeout_s is {value} and must be at most {most}"),
                format!("API Gateway gives up after {gives_up} seconds."),
            );
        }
    }

    /// The archetype that a function names must be there, and take its triggers.
    fn archetype(&mut self, at: &str, function: &model::Function) {
        let blueprint = self.blueprint;
        let kinds: Vec<Option<&str>> = function.triggers.iter().map(model::Trigger::kind).collect();
        let takes =
            |archetype: &Archetype, kind: &str| archetype.triggers.iter().any(|t| t == kind);
        let Some(name) = function.blueprint.as_deref() else {
            return;
        };
        let Some(archetype) = blueprint.archetypes.get(name) else {
            if self.blueprint_known {
                self.unknown(
                    &format!("{at}/blueprint"),
                    "/baseline",
                    format!("{} has no archetype `{name}`", blueprint.name),
                    (name, blueprint.archetypes.keys().map(String::as_str)),
                    "leave it out, or name an archetype of the baseline",
                );
            }
            return;
        };
        for (index, kind) in kinds.iter().enumerate() {
            if let Some(kind) = kind
                && !takes(archetype, kind)
            {
                self.fault(
                    code::CONFLICT,
                    &format!("{at}/triggers/{index}"),
                    format!("a function of the archetype {name} has no {kind} trigger"),
                    format!("it takes: {}", archetype.triggers.join(", ")),
                );
            }
        }
    }

    /// Runtime and handler, said or seen in the source folder.
    fn code(&mut self, at: &str, function: &model::Function) -> (String, String) {
        let (runtime, handler) = (&function.settings.runtime, &function.settings.handler);
        if let Some(runtime) = runtime
            && runtimes::runtime(runtime).is_none()
        {
            self.unknown(
                &format!("{at}/runtime"),
                at,
                format!("there is no runtime `{runtime}`"),
                (
                    runtime,
                    runtimes::runtimes().iter().map(|r| r.name.as_str()),
                ),
                "name a runtime that Lambda supports",
            );
        }
        let settled = |given: &Option<String>, found: Option<&str>| {
            given
                .clone()
                .unwrap_or_else(|| found.unwrap_or_default().to_owned())
        };
        let nothing = || (settled(runtime, None), settled(handler, None));
        let source = format!("{at}/source");
        if self.loaded.is_damaged(&source) || !is_inside(&function.source) {
            return nothing();
        }
        let Some(files) = self.sources.files(Utf8Path::new(&function.source)) else {
            self.fault(
                code::FILE,
                &source,
                format!("there is no folder {}", function.source),
                "create it, or mend the path",
            );
            return nothing();
        };
        let detected = runtimes::detect(&files.iter().map(String::as_str).collect::<Vec<_>>());
        let doubtful = ["runtime", "handler"]
            .iter()
            .any(|key| self.loaded.is_damaged(&format!("{at}/{key}")));
        if detected.is_none() && (runtime.is_none() || handler.is_none()) && !doubtful {
            self.fault(
                code::FILE,
                &source,
                "its files do not show the runtime and the handler",
                "say runtime: and handler:",
            );
        }
        let runtime = settled(runtime, detected.as_ref().map(|d| d.runtime));
        let handler = settled(handler, detected.as_ref().map(|d| d.handler));
        self.handler_file(at, function, (&runtime, &handler), &files);
        (runtime, handler)
    }

    /// Lambda reads a queue with at least two executions (API reference, `ScalingConfig`).
    fn readers(&mut self, name: &str, at: &str, concurrency: &Setting, queues: u32) {
        let least = limit("event_source_maximum_concurrency_min").saturating_mul(queues);
        let path = format!("functions.{name}.concurrency");
        let places = places(&path, &concurrency.overrides)
            .chain([(format!("{at}/concurrency"), concurrency.default)]);
        for (pointer, _) in places.filter(|(_, count)| *count < least) {
            if !self.faults.iter().any(|d| d.faults(&pointer)) {
                self.fault(
                    code::CONFLICT,
                    &pointer,
                    if queues == 1 {
                        format!("a queue is read by at least {least} executions")
                    } else {
                        format!("{queues} queues are read by at least {least} executions")
                    },
                    format!("reserve {least} or more"),
                );
            }
        }
    }

    fn vpc(&mut self, name: &str, at: &str, function: &model::Function) {
        if !function.network.as_ref().is_some_and(|n| n.vpc) {
            return;
        }
        for (env, environment) in &self.loaded.manifest.environments {
            let pointer = format!("/environments/{}", escape(env));
            if environment.vpc.is_none() && !self.loaded.is_doubtful(&format!("{pointer}/vpc")) {
                let diagnostic = self.loaded.error(
                    code::CONFLICT,
                    &format!("{at}/network/vpc"),
                    format!("{name} runs in the VPC, and the environment {env} has none"),
                    format!("give {env} vpc: {{ id, subnets }}"),
                );
                self.faults.push(diagnostic);
            }
        }
    }

    fn secrets(&mut self, at: &str, function: &model::Function) {
        for (variable, secret) in &function.secrets {
            self.secret(&format!("{at}/secrets/{}", escape(variable)), secret);
        }
    }

    /// A secret that something names.
    pub(super) fn secret(&mut self, pointer: &str, secret: &str) {
        let resources = &self.loaded.manifest.resources;
        match resources.get(secret) {
            Some(resource) if resource.kind == "secret" => {}
            Some(resource) => {
                // An unknown kind is its own fault.
                if crate::catalog::aws::kinds::kind(&resource.kind).is_some() {
                    self.fault(
                        code::UNKNOWN,
                        pointer,
                        format!("`{secret}` is a {}, no secret", resource.kind),
                        "name a resource of type secret",
                    );
                }
            }
            None => {
                let secrets = resources
                    .iter()
                    .filter(|(_, r)| r.kind == "secret")
                    .map(|(n, _)| n.as_str());
                self.unknown(
                    pointer,
                    "/resources",
                    format!("there is no secret `{}`", crate::manifest::shown(secret)),
                    (secret, secrets),
                    "declare it under resources with type: secret",
                );
            }
        }
    }

    /// The handler checks signatures: there must be one that does, of slgen's own.
    fn verifies(&mut self, name: &str, runtime: &str, triggers: &[Trigger]) {
        let signed = |t: &&Trigger| {
            matches!(
                t.kind,
                TriggerKind::Http {
                    auth: model::Auth::Hmac(_),
                    ..
                }
            )
        };
        let language = runtimes::runtime(runtime).map(|runtime| runtime.language.as_str());
        let (Some(trigger), Some(language)) = (triggers.iter().find(signed), language) else {
            return;
        };
        if !SIGNED_IN.contains(&language) {
            let own = self.loaded.manifest.functions.get(name);
            let index = trigger
                .pointer
                .rsplit('/')
                .next()
                .and_then(|index| index.parse::<usize>().ok());
            let said = own
                .zip(index)
                .and_then(|(own, index)| own.triggers.get(index));
            let key = if said.is_some_and(|t| t.auth.is_some()) {
                "auth"
            } else {
                "http"
            };
            self.fault(
                code::CONFLICT,
                &format!("{}/{key}", trigger.pointer),
                format!("{name} runs on {runtime}: no handler there checks signatures of senders"),
                "give it a runtime of Python or Node.js, or auth: iam or { jwt: … }",
            );
        }
    }
}

/// Languages of runtimes whose handlers check signatures.
const SIGNED_IN: [&str; 2] = ["python", "nodejs"];

/// Whether a path stays below the manifest's folder; one that does not is refused by its shape.
pub(super) fn is_inside(path: &str) -> bool {
    let path = Utf8Path::new(path);
    !path.as_str().is_empty()
        && path
            .components()
            .all(|part| matches!(part, camino::Utf8Component::Normal(_)))
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
