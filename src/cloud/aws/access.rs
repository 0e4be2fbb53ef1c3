//! What a function asks for → statements: operations to actions, names to ARNs, keys to companions.

use indexmap::IndexMap;

use super::builder::Builder;
use super::policy::{EXPIRY, Policy, Statement, Why};
use super::{database, names, streams};
use crate::catalog::aws::{grants, kinds, operations};
use crate::date::Date;
use crate::iam::Text;
use crate::manifest::interpolate::{self, Piece};
use crate::render::Expr;
use crate::service::Service;
use crate::service::model::{Access, Existing, Function, Login, Target, TriggerKind};

/// A declared resource as the cloud names it.
pub struct Reference {
    /// Kind in the catalog.
    pub kind: &'static kinds::Kind,
    /// The stack creates it.
    pub owned: bool,
    name: Text,
    account: Text,
    region: Text,
    /// Full ARN, where the manifest gives one.
    given: Option<Text>,
    /// User of a database, where the ARN is one's.
    user: Option<String>,
    /// Key that encrypts it: the stack's for our own, the declared one for others.
    key: Option<Text>,
}

impl Reference {
    /// The resource of this name; `None` when it is not declared or of no known kind.
    pub fn of(service: &Service, name: &str) -> Option<Self> {
        let resource = service.resources.get(name)?;
        let kind = kinds::kind(&resource.kind)?;
        let region = Text::parse("{var.region}");
        let account = Text::parse("{var.account_id}");
        Some(match &resource.existing {
            None if resource.kind == "rds_db" => Self {
                kind,
                owned: false,
                name: Text::attribute(format!("var.{}.id", names::database(name))),
                account,
                region,
                given: None,
                user: None,
                key: None,
            },
            None => Self {
                kind,
                owned: true,
                name: if resource.kind == "s3_bucket" {
                    names::bucket(name)
                } else {
                    names::full(name)
                },
                account,
                region,
                given: None,
                user: None,
                key: Some(names::key_arn()),
            },
            Some(existing) => Self::existing(service, kind, existing, account, region),
        })
    }

    fn existing(
        service: &Service,
        kind: &'static kinds::Kind,
        existing: &Existing,
        account: Text,
        region: Text,
    ) -> Self {
        let key = existing
            .kms_key
            .as_deref()
            .map(|key| interpolated(service, key));
        let or = |given: &Option<String>, other: Text| given.as_ref().map_or(other, Text::literal);
        let (account, region) = (or(&existing.account, account), or(&existing.region, region));
        let mut reference = Self {
            kind,
            owned: false,
            name: interpolated(service, &existing.name),
            account,
            region,
            given: None,
            user: None,
            key,
        };
        if existing.name.starts_with("arn:") {
            reference.read_arn(service, &existing.name);
        }
        reference
    }

    /// Takes region, account and name from an ARN (`arn:partition:service:region:account:resource`).
    fn read_arn(&mut self, service: &Service, arn: &str) {
        self.given = Some(interpolated(service, arn));
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        if let [_, _, _, region, account, resource] = fields.as_slice() {
            if !region.is_empty() {
                self.region = interpolated(service, region);
            }
            if !account.is_empty() {
                self.account = interpolated(service, account);
            }
            let name = resource
                .strip_prefix("table/")
                .or_else(|| resource.strip_prefix("secret:"))
                .or_else(|| resource.strip_prefix("cluster:"))
                .unwrap_or(resource);
            self.name = interpolated(service, name);
        }
    }

    /// The resource's own ARN; a secret's without its random suffix, as the API takes it.
    pub fn arn(&self) -> Text {
        let pattern = self.kind.arn();
        let own = pattern.strip_suffix("-??????").unwrap_or(pattern);
        self.given
            .clone()
            .unwrap_or_else(|| self.fill(own, None, None))
    }

    /// The account it is in.
    pub(super) fn account(&self) -> &Text {
        &self.account
    }

    /// Its name.
    pub(super) fn name(&self) -> &Text {
        &self.name
    }

    /// ARNs on which an action applies.
    fn arns_for(&self, action: &str, limits: &Limits<'_>) -> Vec<Text> {
        let Limits { index, paths, .. } = *limits;
        let part = limits.part.or(index.map(|_| "index"));
        let pattern = match self.kind.arn_for(action, part) {
            Ok(kinds::Target::Arn(form)) => form.arn.as_str(),
            Ok(kinds::Target::Any(_)) => return vec![Text::literal("*")],
            // Newer than the facts: granted on the resource as a whole.
            Err(_) => self.kind.arn(),
        };
        // An ARN that the manifest gives whole stands for itself.
        if let (Some(given), true) = (&self.given, pattern == self.kind.arn()) {
            return vec![given.clone()];
        }
        if pattern.contains("${path}") {
            let all = ["*".to_owned()];
            let paths = if paths.is_empty() {
                all.as_slice()
            } else {
                paths
            };
            return paths
                .iter()
                .map(|path| self.fill(pattern, index, Some(path)))
                .collect();
        }
        vec![self.fill(pattern, index, None)]
    }

    /// Fills a pattern of the catalog.
    fn fill(&self, pattern: &str, index: Option<&str>, path: Option<&str>) -> Text {
        let mut text = Text::default();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (placeholder, tail) = after.split_once('}').unwrap_or((after, ""));
            text = text.then(before);
            text = match placeholder {
                "partition" => text.join(&Text::parse("{local.partition}")),
                "region" => text.join(&self.region),
                "account" => text.join(&self.account),
                "name" => text.join(&self.name),
                "user" => text.then(self.user.as_deref().unwrap_or_default()),
                "index" => text.then(index.unwrap_or_default()),
                "path" => text.then(path.unwrap_or_default()),
                // The label of a table's stream is the moment it was made: only AWS knows it.
                "stream" => text.then("*"),
                other => text.then(other),
            };
            rest = tail;
        }
        text.then(rest)
    }

    /// What a function is told of the resource.
    fn environment(&self) -> Expr {
        let value = match self.kind.env.value {
            kinds::EnvValue::Name => self.name.clone(),
            kinds::EnvValue::Url => Text::parse("https://sqs.")
                .join(&self.region)
                .join(&Text::parse(".{local.dns_suffix}/"))
                .join(&self.account)
                .then("/")
                .join(&self.name),
            kinds::EnvValue::Arn => self.arn(),
        };
        Expr::text(&value)
    }
}

/// Interpolation of the manifest as references of the module.
fn interpolated(service: &Service, text: &str) -> Text {
    interpolate::parse(text)
        .unwrap_or_default()
        .into_iter()
        .fold(Text::default(), |all, piece| match piece {
            Piece::Literal(text) => all.then(text),
            Piece::Env => all.join(&Text::parse("{var.environment}")),
            Piece::Account => all.join(&Text::parse("{var.account_id}")),
            Piece::Region => all.join(&Text::parse("{var.region}")),
            Piece::Service => all.then(&service.name),
        })
}

/// Adds everything a function asked for to its policy; gives its environment variables.
pub fn grant(
    builder: &mut Builder<'_>,
    policy: &mut Policy,
    function: &Function,
) -> IndexMap<String, Expr> {
    let service = builder.service;
    let mut environment: IndexMap<String, Expr> = function
        .env
        .iter()
        .map(|(key, value)| (key.clone(), Expr::string(value)))
        .collect();

    for access in &function.access {
        let end = access.until.map(|day| format!(", until {day}"));
        let end = end.unwrap_or_default();
        if access.until == Some(Date::LAST) {
            builder.problem(
                &format!("{}/until", access.pointer),
                "there is no midnight after this day",
                "set an earlier day",
            );
        }
        match &access.target {
            Target::Resource {
                name,
                allow,
                index,
                paths,
                login,
            } => {
                let Some(mut reference) = Reference::of(service, name) else {
                    continue;
                };
                reference.user = login.as_ref().map(|login| login.user.clone());
                let limits = Limits {
                    part: None,
                    index: index.as_deref(),
                    paths,
                    until: access.until,
                };
                for (operation, pointer) in allow {
                    let actions = actions(reference.kind, operation);
                    let why = Why::asked(format!("{operation} on {name}{end}"), pointer);
                    allow_on(policy, &reference, name, &actions, &limits, &why);
                }
                if let Some(login) = login {
                    let told = log_in(policy, service, &reference, (name, login), access, &end);
                    for (variable, value) in told {
                        environment.entry(variable).or_insert(value);
                    }
                } else if reference.kind.name != "secret" {
                    environment
                        .entry(variable(&reference.kind.name, name))
                        .or_insert_with(|| reference.environment());
                }
            }
            Target::Function { name } => {
                let why = Why::asked(format!("invokes {name}{end}"), &access.pointer);
                policy.add(
                    Statement::allow(
                        format!("Invoke{}", camel(name)),
                        ["lambda:InvokeFunction"],
                        &why,
                    )
                    .on([names::alias_arn(name)])
                    .until(access.until),
                );
                environment
                    .entry(variable("function", name))
                    .or_insert_with(|| Expr::text(&names::alias_arn(name)));
            }
            Target::Raw { statement, reason } => {
                let why = Why::asked(format!("{reason}{end}"), &access.pointer);
                let mut s = Statement::allow("Raw", statement.actions.iter().cloned(), &why)
                    .on(statement.resources.iter().map(Text::literal))
                    .until(access.until);
                for (operator, keys) in &statement.conditions {
                    let Some(operator) = crate::iam::operator(operator) else {
                        builder.problem(
                            &access.pointer,
                            format!("{operator} is no condition operator"),
                            "for example StringEquals, ArnLike, Bool",
                        );
                        continue;
                    };
                    for (key, values) in keys {
                        // Values of one operator and key are alternatives: the later end would win.
                        if operator == EXPIRY.0 && key.eq_ignore_ascii_case(EXPIRY.1) {
                            builder.problem(
                                &format!("{}/raw/conditions", access.pointer),
                                format!("until: is written as {operator} {}", EXPIRY.1),
                                "remove this condition and set until: to its day",
                            );
                            continue;
                        }
                        s = s.when(operator, key.clone(), values.iter().map(Text::literal));
                    }
                }
                policy.add(s);
            }
        }
    }
    for trigger in &function.triggers {
        if let TriggerKind::Queue { queue, .. } = &trigger.kind
            && let Some(reference) = Reference::of(service, queue)
        {
            let why = Why::asked(format!("reads {queue}"), &trigger.pointer);
            let actions = grants::grant("sqs_queue", "event_source")
                .map(grant_actions)
                .unwrap_or_default();
            let limits = Limits::default();
            allow_on(policy, &reference, queue, &actions, &limits, &why);
        }
        // Told, not granted: the handler holds the bucket's name against the event's.
        if let TriggerKind::Object { bucket, .. } = &trigger.kind
            && let Some(reference) = Reference::of(service, bucket)
        {
            environment
                .entry(variable(&reference.kind.name, bucket))
                .or_insert_with(|| reference.environment());
        }
    }
    streams::permissions(policy, service, function);
    for (variable, name) in &function.secrets {
        let Some(reference) = Reference::of(service, name) else {
            continue;
        };
        let pointer = format!("{}/secrets/{variable}", function.pointer);
        let why = Why::asked(format!("reads the secret {name}"), &pointer);
        allow_on(
            policy,
            &reference,
            name,
            &["secretsmanager:GetSecretValue".to_owned()],
            &Limits::default(),
            &why,
        );
        environment.insert(variable.clone(), Expr::text(&reference.arn()));
    }
    environment.sort_keys();
    environment
}

/// What a function needs to log in to a database, and what it is told of it.
fn log_in(
    policy: &mut Policy,
    service: &Service,
    database: &Reference,
    (name, login): (&str, &Login),
    access: &Access,
    end: &str,
) -> IndexMap<String, Expr> {
    let declared = service.resources.get(name);
    let Some(declared) = declared.and_then(|resource| resource.database.as_ref()) else {
        return IndexMap::new();
    };
    let secret = login.secret.as_ref();
    let secret = secret.and_then(|secret| Some((secret, Reference::of(service, secret)?)));
    let Some((secret, reference)) = &secret else {
        return database::environment(name, declared, login, None);
    };
    let why = Why::asked(
        format!("the RDS Data API logs in to {name} with the secret {secret}{end}"),
        &format!("{}/secret", access.pointer),
    );
    let actions = ["secretsmanager:GetSecretValue".to_owned()];
    let limits = Limits {
        until: access.until,
        ..Limits::default()
    };
    allow_on(policy, reference, secret, &actions, &limits, &why);
    let arns = (&database.arn(), &reference.arn());
    database::environment(name, declared, login, Some(arns))
}

pub(super) fn grant_actions(grant: &grants::Grant) -> Vec<String> {
    grant
        .statements
        .iter()
        .flat_map(|s| s.actions.clone())
        .collect()
}

/// IAM actions of an operation or a grant; the service has checked that it is one.
fn actions(kind: &kinds::Kind, operation: &str) -> Vec<String> {
    if let Some(grant) = grants::grant(&kind.name, operation) {
        return grant_actions(grant);
    }
    operations::actions_for(&kind.sdk_service, operation)
        .unwrap_or_default()
        .into_iter()
        // What an operation needs only for some parameters is asked for by its own name.
        .filter(|action| !action.conditional)
        .map(|action| action.action)
        .collect()
}

/// What narrows a line of access besides its operations.
#[derive(Default)]
pub(super) struct Limits<'a> {
    /// Part of the resource as the catalog calls it, `stream`; an index says so itself.
    pub part: Option<&'a str>,
    /// Index of a table.
    pub index: Option<&'a str>,
    /// Object key patterns of a bucket.
    pub paths: &'a [String],
    /// Last day.
    pub until: Option<Date>,
}

/// Actions on a resource with what they need besides, which ends with them: the same for another
/// line is a statement of its own.
pub(super) fn allow_on(
    policy: &mut Policy,
    reference: &Reference,
    name: &str,
    actions: &[String],
    limits: &Limits<'_>,
    why: &Why,
) {
    let index = limits.index;
    for action in actions {
        let sid = format!("{}{}", camel(name), index.map(camel).unwrap_or_default());
        let arns = reference.arns_for(action, limits);
        policy.add(
            Statement::allow(sid, [action.clone()], why)
                .on(arns)
                .until(limits.until),
        );
    }
    if let Some(key) = &reference.key {
        let needs = grants::kms_companion(
            &reference.kind.name,
            &actions.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        if !needs.is_empty() {
            let why = Why {
                reason: format!("{}: {name} is encrypted with a key", why.reason),
                pointer: why.pointer.clone(),
            };
            let host = reference
                .kind
                .via_service
                .as_deref()
                .unwrap_or(&reference.kind.iam_prefix);
            policy.add(
                Statement::allow(format!("{}Key", camel(host)), needs, &why)
                    .on([key.clone()])
                    .when("StringEquals", "kms:ViaService", [names::via_service(host)])
                    .until(limits.until),
            );
        }
    }
}

/// The stack's key, for actions on a resource of the stack of this kind.
pub fn stack_key(policy: &mut Policy, host: &str, kind: &str, actions: &[String], why: &Why) {
    let needs = grants::kms_companion(
        kind,
        &actions.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    policy.add(
        Statement::allow(format!("{}Key", camel(host)), needs, why)
            .on([names::key_arn()])
            .when("StringEquals", "kms:ViaService", [names::via_service(host)]),
    );
}

/// `orders-table` → `OrdersTable`: statement ids take letters and digits only.
fn camel(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(chars)
        })
        .collect()
}

/// `orders-table` → `ORDERS_TABLE`.
/// The environment variable that tells a function which resource or sibling function to use.
pub fn variable(kind: &str, name: &str) -> String {
    let suffix = kinds::kind(kind).map_or("_ARN", |kind| &kind.env.suffix);
    format!("{}{suffix}", shout(name))
}

/// A name in the capitals of a variable.
pub fn shout(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}
