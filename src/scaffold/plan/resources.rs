//! What the manifest lets a handler use.

use std::collections::BTreeSet;

use super::{Kind, sql};
use crate::catalog::aws::grants;
use crate::cloud::aws::reference::variable;
use crate::scaffold::Language;
use crate::scaffold::names::Names;
use crate::service::Service;
use crate::service::model::{Auth, Function, KeyType, Target, TriggerKind};

/// What Powertools' idempotency does with its table.
pub(super) const REMEMBERING: [&str; 4] = ["DeleteItem", "GetItem", "PutItem", "UpdateItem"];

/// What the manifest lets the handler use.
pub(in crate::scaffold) struct Resource {
    pub(in crate::scaffold) name: String,
    pub(in crate::scaffold) class: Option<&'static str>,
    pub(in crate::scaffold) variable: String,
    /// Partition key of a table, where the manifest says it.
    pub(in crate::scaffold) partition: Option<String>,
    pub(super) remembers: bool,
    pub(super) manifest_name: String,
    pub(super) operations: BTreeSet<String>,
}

/// What the access lines let a function use, each resource once.
pub(super) fn of(
    service: &Service,
    function_name: &str,
    function: &Function,
    kind: Kind,
    language: Language,
    names: &mut Names,
) -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    for access in &function.access {
        let (name, kind_name, allowed) = match &access.target {
            Target::Resource { name, allow, .. } => {
                let Some(resource) = service.resources.get(name) else {
                    continue;
                };
                (
                    name,
                    resource.kind.as_str(),
                    operations(&resource.kind, allow),
                )
            }
            Target::Function { name } => (name, "function", BTreeSet::new()),
            Target::Raw { .. } => continue,
        };
        // A secret is read, and a database written to, in a way of its own.
        let engine = || {
            service
                .resources
                .get(name)?
                .database
                .as_ref()
                .map(|d| d.engine)
        };
        if kind_name == "secret" || sql::reached(kind_name, engine(), language).is_some() {
            continue;
        }
        if let Some(known) = resources.iter_mut().find(|r| &r.manifest_name == name) {
            known.operations.extend(allowed);
            continue;
        }
        let callers = has_callers(function);
        let class = match kind_name {
            "dynamodb_table" if callers => Some("OwnedTable"),
            "dynamodb_table" => Some("Table"),
            "sqs_queue" => Some("Queue"),
            "sns_topic" => Some("Topic"),
            // Its crate alone is as heavy as the others together, and in Go it would need the SDK: there a
            // handler gets the name.
            "s3_bucket" if !matches!(language, Language::Rust | Language::Go) => Some("Bucket"),
            _ => None,
        };
        let table = service.resources.get(name).and_then(|r| r.table.as_ref());
        resources.push(Resource {
            name: names.value(name),
            class,
            variable: variable(kind_name, name),
            partition: table.map(|table| table.partition_key.name.clone()),
            remembers: false,
            manifest_name: name.clone(),
            operations: allowed,
        });
    }
    let others = |name: &str| {
        service
            .functions
            .iter()
            .filter(|(other, _)| *other != function_name)
            .flat_map(|(_, other)| &other.access)
            .any(|access| matches!(&access.target, Target::Resource { name: n, .. } if n == name))
    };
    for resource in &mut resources {
        let table = service
            .resources
            .get(&resource.manifest_name)
            .and_then(|r| r.table.as_ref());
        let keyed = table.is_some_and(|table| {
            table.partition_key.kind == KeyType::S && table.sort_key.is_none()
        });
        resource.remembers = kind != Kind::Http
            && keyed
            && resource.operations.iter().eq(REMEMBERING.iter())
            && !others(&resource.manifest_name);
    }
    resources
}

/// Whether somebody calls who signed in.
pub(super) fn has_callers(function: &Function) -> bool {
    function.triggers.iter().any(|trigger| match &trigger.kind {
        TriggerKind::Http { auth, .. } => matches!(auth, Auth::Jwt(_) | Auth::Iam),
        kind => matches!(kind, TriggerKind::Url { .. }),
    })
}

/// The operations that words of an access line stand for.
fn operations(kind: &str, allow: &[(String, String)]) -> BTreeSet<String> {
    allow
        .iter()
        .flat_map(|(word, _)| match grants::grant(kind, word) {
            Some(grant) => grant
                .statements
                .iter()
                .flat_map(|statement| &statement.actions)
                .filter_map(|action| Some(action.split_once(':')?.1.to_owned()))
                .collect(),
            None => vec![word.clone()],
        })
        .collect()
}
