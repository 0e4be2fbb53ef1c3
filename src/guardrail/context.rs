//! What rules look at: one environment, with the indexes that keep every rule linear.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use crate::graph::{Kind, Part, Resource, Value};
use crate::iam::findings::{self, Finding};
use crate::iam::{Document, Permission};

use super::Input;

/// One environment with its indexes, built once for all rules.
///
/// A rule that asks "is there a resource that points at this one" goes through [`Self::pointing`],
/// never through all resources of a type for each resource of another.
pub struct Context<'a> {
    input: Input<'a>,
    kinds: BTreeMap<&'a str, Vec<&'a Resource>>,
    addresses: BTreeMap<String, &'a Resource>,
    /// Managed resources by type and name.
    names: BTreeMap<&'a str, BTreeMap<String, &'a Resource>>,
    holders: BTreeMap<&'a str, Vec<&'a Permission>>,
    joins: RefCell<BTreeMap<JoinKey, Rc<Join<'a>>>>,
    without_effect: OnceCell<Vec<(&'a Permission, Finding)>>,
}

/// Type, attribute and type pointed at, which is empty where values are compared.
type JoinKey = (&'static str, &'static str, String);
/// Address pointed at (or value) → resources that point there (or have it).
type Join<'a> = BTreeMap<String, Vec<&'a Resource>>;

impl<'a> Deref for Context<'a> {
    type Target = Input<'a>;

    fn deref(&self) -> &Input<'a> {
        &self.input
    }
}

impl<'a> Context<'a> {
    /// Indexes an environment.
    pub fn new(input: &Input<'a>) -> Self {
        let mut context = Self {
            input: *input,
            kinds: BTreeMap::new(),
            addresses: BTreeMap::new(),
            names: BTreeMap::new(),
            holders: BTreeMap::new(),
            joins: RefCell::default(),
            without_effect: OnceCell::new(),
        };
        for resource in input.graph.resources.values() {
            let address = resource.address.to_string();
            context.addresses.insert(address, resource);
            if resource.address.data {
                continue;
            }
            let kind = resource.address.kind.as_str();
            context.kinds.entry(kind).or_default().push(resource);
            if let Some(name) = name_attribute(kind)
                && let Some(name) = resource.get(name).map(text)
                && !name.is_empty()
            {
                let names = context.names.entry(kind).or_default();
                names.entry(name).or_insert(resource);
            }
        }
        for permission in input.permissions {
            let holder = permission.holder.as_str();
            context.holders.entry(holder).or_default().push(permission);
        }
        context
    }

    /// Managed resources of a type, by address.
    pub(crate) fn of_type(&self, kind: &str) -> impl Iterator<Item = &'a Resource> + use<'a, '_> {
        self.kinds
            .get(kind)
            .map_or(&[] as &[_], Vec::as_slice)
            .iter()
            .copied()
    }

    /// The resource with this address, data sources included.
    pub(crate) fn resource(&self, address: &str) -> Option<&'a Resource> {
        self.addresses.get(address).copied()
    }

    /// Every resource by its address.
    pub(super) fn addresses(&self) -> &BTreeMap<String, &'a Resource> {
        &self.addresses
    }

    /// Permissions that this address carries.
    pub(super) fn held_by(&self, holder: &str) -> &[&'a Permission] {
        self.holders.get(holder).map_or(&[], Vec::as_slice)
    }

    /// Every holder with its permissions.
    pub(crate) fn holders(&self) -> impl Iterator<Item = (&'a str, &[&'a Permission])> {
        self.holders
            .iter()
            .map(|(holder, p)| (*holder, p.as_slice()))
    }

    /// Permissions, or parts of them, that grant nothing, and actions that the facts do not know; looked for once.
    pub(super) fn without_effect(&self) -> &[(&'a Permission, Finding)] {
        self.without_effect.get_or_init(|| {
            let permissions = self.holders().flat_map(|(_, permissions)| permissions);
            let found = permissions.flat_map(|permission| {
                let document = Document::from_permissions([*permission]);
                let found = findings::without_effect(&document).into_iter();
                found.map(move |finding| (*permission, finding))
            });
            found.collect()
        })
    }

    /// The managed resource whose attribute a symbol is: `aws_sqs_queue.jobs.arn`, nothing around
    /// it.
    pub(crate) fn owner(&self, symbol: &str) -> Option<&'a Resource> {
        let (address, attribute) = symbol.rsplit_once('.')?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        self.resource(address)
            .filter(|r| !r.address.data && attribute.bytes().all(plain))
    }

    /// The resource of type `kind` that a value names: by an attribute of it, its name, or an ARN
    /// or URL that ends in its name. A function is also named by an alias of it.
    pub(crate) fn target(&self, kind: &str, value: Option<&Value>) -> Option<&'a Resource> {
        let value = value?.sole();
        if let Kind::Symbol(symbol) = &value.kind
            && let Some(owner) = self.owner(symbol)
        {
            if owner.address.kind == kind {
                return Some(owner);
            }
            if kind == "aws_lambda_function" && owner.address.kind == "aws_lambda_alias" {
                return self.target(kind, owner.get("function_name"));
            }
        }
        self.named(kind, &text(value))
    }

    /// Every resource of type `kind` that a value names: itself, or in the JSON document it holds.
    pub(super) fn targets(&self, kind: &str, value: &Value) -> Vec<&'a Resource> {
        let first = match &value.kind {
            Kind::String(text) => text.as_str(),
            Kind::Template(parts) => match parts.first() {
                Some(Part::Literal(text)) => text,
                _ => "",
            },
            _ => "",
        };
        if first.trim_start().starts_with(['{', '[']) {
            let mut found = Vec::new();
            if let Some(document) = value.json() {
                self.inside(kind, &document, &mut found);
            }
            return found;
        }
        self.target(kind, Some(value)).into_iter().collect()
    }

    fn inside(&self, kind: &str, value: &Value, found: &mut Vec<&'a Resource>) {
        match &value.kind {
            Kind::List(items) | Kind::Set(items) => {
                for item in items {
                    self.inside(kind, item, found);
                }
            }
            Kind::Map(map) => {
                for item in map.values() {
                    self.inside(kind, item, found);
                }
            }
            _ => found.extend(self.target(kind, Some(value))),
        }
    }

    /// Resources of type `kind` whose attribute at `path` names `target`. Where several blocks
    /// stand on the path, any of them.
    pub(crate) fn pointing(
        &self,
        kind: &'static str,
        path: &'static str,
        target: &Resource,
    ) -> Vec<&'a Resource> {
        let key = (kind, path, target.address.kind.clone());
        let known = self.joins.borrow().get(&key).cloned();
        let join = known.unwrap_or_else(|| {
            let join = Rc::new(self.join(kind, path, &target.address.kind));
            self.joins.borrow_mut().insert(key, join.clone());
            join
        });
        join.get(&target.address.to_string())
            .cloned()
            .unwrap_or_default()
    }

    /// Resources of type `kind` whose attribute has this value.
    pub(super) fn alike(
        &self,
        kind: &'static str,
        attribute: &'static str,
        value: Option<&Value>,
    ) -> Vec<&'a Resource> {
        let Some(wanted) = value.map(text).filter(|t| !t.is_empty()) else {
            return Vec::new();
        };
        let key = (kind, attribute, String::new());
        let known = self.joins.borrow().get(&key).cloned();
        let join = known.unwrap_or_else(|| {
            let mut join = Join::new();
            for resource in self.of_type(kind) {
                if let Some(value) = resource.get(attribute).map(text) {
                    join.entry(value).or_default().push(resource);
                }
            }
            let join = Rc::new(join);
            self.joins.borrow_mut().insert(key, join.clone());
            join
        });
        join.get(&wanted).cloned().unwrap_or_default()
    }

    fn join(&self, kind: &str, path: &str, to: &str) -> Join<'a> {
        let mut join = Join::new();
        for resource in self.of_type(kind) {
            for value in resource.values(path) {
                for target in self.targets(to, value) {
                    let pointing = join.entry(target.address.to_string()).or_default();
                    // One resource after the other: an equal one can only be the last.
                    if pointing
                        .last()
                        .is_none_or(|r| r.address != resource.address)
                    {
                        pointing.push(resource);
                    }
                }
            }
        }
        join
    }

    /// The resource whose name stands in `text` as a whole segment of an ARN, a URL or on its own.
    fn named(&self, kind: &str, text: &str) -> Option<&'a Resource> {
        let names = self.names.get(kind)?;
        // Partition, service, region and account of an ARN are no names.
        let text = match text.strip_prefix("arn:") {
            Some(rest) => rest.splitn(5, ':').nth(4)?,
            None => text,
        };
        let cuts = |c: &[char]| -> Vec<usize> { text.match_indices(c).map(|(at, _)| at).collect() };
        let ends = cuts(&[':']);
        let starts = cuts(&[':', '/']);
        if starts.len() > MOST_SEGMENTS {
            return None;
        }
        std::iter::once(0)
            .chain(starts.into_iter().map(|at| at + 1))
            .find_map(|start| {
                let ends = ends.iter().copied().chain(std::iter::once(text.len()));
                ends.filter(|end| *end > start)
                    .find_map(|end| names.get(&text[start..end]).copied())
            })
    }
}

/// ARNs and URLs have fewer segments; longer text is no name.
const MOST_SEGMENTS: usize = 32;

/// Types that others name by name, ARN or URL, and the attribute that holds the name.
const NAMES: [(&str, &str); 17] = [
    ("aws_apigatewayv2_api", "name"),
    ("aws_cloudwatch_event_rule", "name"),
    ("aws_cloudwatch_log_group", "name"),
    ("aws_cloudwatch_log_metric_filter", "name"),
    ("aws_dynamodb_table", "name"),
    ("aws_ecr_repository", "name"),
    ("aws_iam_policy", "name"),
    ("aws_iam_role", "name"),
    ("aws_kinesis_firehose_delivery_stream", "name"),
    ("aws_kinesis_stream", "name"),
    ("aws_kms_alias", "name"),
    ("aws_lambda_function", "function_name"),
    ("aws_s3_bucket", "bucket"),
    ("aws_scheduler_schedule_group", "name"),
    ("aws_secretsmanager_secret", "name"),
    ("aws_sns_topic", "name"),
    ("aws_sqs_queue", "name"),
];

fn name_attribute(kind: &str) -> Option<&'static str> {
    let found = NAMES.iter().find(|(known, _)| *known == kind);
    found.map(|(_, attribute)| *attribute)
}

/// Canonical text of a string-like value; unknown parts as `${source}`.
pub(super) fn text(value: &Value) -> String {
    match &value.kind {
        Kind::String(s) => s.clone(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::Symbol(s) => format!("${{{s}}}"),
        Kind::Template(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Literal(s) => s.clone(),
                Part::Symbol(s) => format!("${{{s}}}"),
            })
            .collect(),
        Kind::Null | Kind::List(_) | Kind::Set(_) | Kind::Map(_) => String::new(),
    }
}
