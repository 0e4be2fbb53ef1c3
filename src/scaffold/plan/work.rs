//! What can be written for the author, because the manifest leaves no doubt.

use super::{Plan, Resource};
use crate::scaffold::schema::Schema;
use crate::service::Service;
use crate::service::model::{Key, KeyType};

/// The attribute that says whose an item is; the templates write and check it.
pub(super) const OWNER: &str = "owner_sub";

/// What can be written for the author, because the manifest leaves no doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::scaffold) enum Work {
    /// The body becomes an item.
    Store(String),
    /// The item of the path is the answer.
    Fetch(String),
    /// The item of the path is removed.
    Remove(String),
    /// The body goes on, by a method of a queue or topic.
    Send(String, &'static str),
    /// It is the author's.
    Unwritten,
}

impl Plan {
    /// What a route's method, body and path say that it does.
    pub(super) fn route_work(
        &self,
        service: &Service,
        method: &str,
        body: Option<&Schema>,
        parameters: &[&str],
    ) -> Work {
        let in_path = |keys: &[&str]| {
            keys.len() == parameters.len() && keys.iter().all(|key| parameters.contains(key))
        };
        if let Some(body) = body {
            // A part of a thing is replaced in a way that only its author knows.
            if method == "PATCH" {
                return Work::Unwritten;
            }
            let texts = body.required_texts();
            let stored = self.table(service, "PutItem", |keys| {
                let of = |key: &&str| texts.contains(key) || parameters.contains(key);
                keys.iter().all(of)
                    && parameters.iter().all(|p| keys.contains(p) && !body.has(p))
                    && !body.has(OWNER)
            });
            return stored
                .map(Work::Store)
                .or_else(|| self.sent().filter(|_| parameters.is_empty()))
                .unwrap_or(Work::Unwritten);
        }
        match method {
            "GET" => self.table(service, "GetItem", in_path).map(Work::Fetch),
            "DELETE" => self.table(service, "DeleteItem", in_path).map(Work::Remove),
            _ => None,
        }
        .unwrap_or(Work::Unwritten)
    }

    pub(super) fn message_work(&self, service: &Service, message: Option<&Schema>) -> Work {
        let texts = message.map(Schema::required_texts).unwrap_or_default();
        self.table(service, "PutItem", |keys| {
            keys.iter().all(|key| texts.contains(key))
        })
        .map(Work::Store)
        .or_else(|| self.sent())
        .unwrap_or(Work::Unwritten)
    }

    /// The only table of ours that an operation is granted on, if its text keys are at hand.
    pub(super) fn table(
        &self,
        service: &Service,
        operation: &str,
        at_hand: impl Fn(&[&str]) -> bool,
    ) -> Option<String> {
        let granted = |r: &&Resource| !r.remembers && r.operations.contains(operation);
        let mut tables = self
            .resources
            .iter()
            .filter(granted)
            .filter(|r| r.partition.is_some());
        let table = tables.next().filter(|_| tables.next().is_none())?;
        let declared = service
            .resources
            .get(&table.manifest_name)?
            .table
            .as_ref()?;
        let keys: Vec<&Key> = [&declared.partition_key]
            .into_iter()
            .chain(&declared.sort_key)
            .collect();
        let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        let texts = keys.iter().all(|key| key.kind == KeyType::S);
        (texts && !names.contains(&OWNER) && at_hand(&names)).then(|| table.name.clone())
    }

    /// Where a value goes on to, if there is one place only.
    pub(super) fn sent(&self) -> Option<Work> {
        let mut places = self.resources.iter().filter_map(|resource| {
            let verb = match resource.class? {
                "Queue" if resource.operations.contains("SendMessage") => "send",
                "Topic" if resource.operations.contains("Publish") => "publish",
                _ => return None,
            };
            Some(Work::Send(resource.name.clone(), verb))
        });
        places.next().filter(|_| places.next().is_none())
    }
}
