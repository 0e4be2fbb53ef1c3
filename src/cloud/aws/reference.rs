//! Resources of the manifest as the cloud names them: ARNs, accounts, keys.

use super::names;
use crate::catalog::aws::grants::GrantCondition;
use crate::catalog::aws::kinds;
use crate::date::Date;
use crate::iam::Text;
use crate::manifest::interpolate::{self, Piece};
use crate::render::Expr;
use crate::service::Service;
use crate::service::model::Existing;

/// A declared resource as the cloud names it.
pub struct Reference {
    /// Kind in the catalog.
    pub kind: &'static kinds::Kind,
    /// The stack creates it.
    pub owned: bool,
    name: Text,
    /// The name as ARNs have it: an SSM parameter's without its leading `/`.
    name_in_arn: Text,
    account: Text,
    region: Text,
    /// Full ARN, where the manifest gives one.
    given: Option<Text>,
    /// User of a database, where the ARN is one's.
    pub(super) user: Option<String>,
    /// Key that encrypts it: the stack's for our own, the declared one for others.
    pub(super) key: Option<Text>,
}

impl Reference {
    /// The resource of this name; `None` when it is not declared or of no known kind.
    pub fn of(service: &Service, name: &str) -> Option<Self> {
        let resource = service.resources.get(name)?;
        let kind = kinds::kind(&resource.kind)?;
        let region = Text::parse("{var.region}");
        let account = Text::parse("{var.account_id}");
        Some(match &resource.existing {
            None => {
                let (name, key) = match resource.kind.as_str() {
                    "rds_db" => (
                        Text::attribute(format!("var.{}.id", names::database(name))),
                        None,
                    ),
                    "s3_bucket" => (names::bucket(name), Some(names::key_arn())),
                    _ => (names::full(name), Some(names::key_arn())),
                };
                Self {
                    kind,
                    owned: resource.kind != "rds_db",
                    name_in_arn: name.clone(),
                    name,
                    account,
                    region,
                    given: None,
                    user: None,
                    key,
                }
            }
            Some(existing) => {
                let mut found = Self::existing(service, kind, existing, account, region);
                if service.has_keys_of(name) {
                    found.key = Some(Text::attribute(format!("var.{}", names::key(name))));
                }
                found
            }
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
            name_in_arn: interpolated(service, kind.name_in_arn(&existing.name)),
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
            // What stands before the name in ARNs of this kind, `stream/`.
            let before = self.kind.arn().splitn(6, ':').nth(5);
            let before = before.and_then(|form| Some(form.split_once("${name}")?.0));
            let name = resource
                .strip_prefix(before.unwrap_or_default())
                .unwrap_or(resource);
            self.name_in_arn = interpolated(service, name);
            self.name = interpolated(service, &self.kind.name_of_arn(name));
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

    /// The region it is in.
    pub(super) fn region(&self) -> &Text {
        &self.region
    }

    /// Its name.
    pub(super) fn name(&self) -> &Text {
        &self.name
    }

    /// ARNs on which an action applies.
    pub(super) fn arns_for(&self, action: &str, limits: &Limits<'_>) -> Vec<Text> {
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
                "name" => text.join(&self.name_in_arn),
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
    pub(super) fn environment(&self) -> Expr {
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

/// The environment variable that tells a function which resource or sibling function to use.
pub fn variable(kind: &str, name: &str) -> String {
    let suffix = kinds::kind(kind).map_or("_ARN", |kind| &kind.env.suffix);
    format!("{}{suffix}", names::shout(name))
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
    /// Conditions of the grant that is asked for.
    pub conditions: &'a [GrantCondition],
    /// Last day.
    pub until: Option<Date>,
}
