//! A run of checks: questions asked once, answers put into the graph, and what could not be asked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::read::{self, Query, Read, ReadError};
use super::scope::{Place, Scope};
use super::{Fingerprint, Live, NotChecked, Reason, shape};
use crate::graph::{Address, InstanceKey, Resource};

/// What an answer says.
pub(super) enum Answer {
    /// This.
    Found(Json),
    /// There is none.
    Absent,
    /// It could not be asked; that is noted.
    Unknown,
}

impl Answer {
    /// What was found, if anything.
    pub(super) fn found(self) -> Option<Json> {
        match self {
            Answer::Found(json) => Some(json),
            Answer::Absent | Answer::Unknown => None,
        }
    }
}

/// What a question is for.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    /// The check.
    pub(super) check: &'static str,
    /// What is looked at.
    pub(super) on: &'a str,
    /// Resource types that the answer tells of.
    pub(super) kinds: &'a [&'static str],
}

/// One run.
pub(super) struct Reading<'a> {
    read: &'a dyn Read,
    /// What to look at; checks add what they find to be in use.
    pub(super) scope: Scope,
    /// Account and region.
    pub(super) place: Place,
    /// Makes values comparable that are not to be kept.
    pub(super) fingerprint: Fingerprint,
    live: Live,
    asked: BTreeMap<String, Result<Json, ReadError>>,
    /// Why nothing more can be asked.
    pub(super) stopped: Option<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(read: &'a dyn Read, place: Place, scope: Scope) -> Self {
        let fingerprint = Fingerprint::random();
        Self {
            read,
            scope,
            live: Live::empty(place.clone(), fingerprint.clone()),
            place,
            fingerprint,
            asked: BTreeMap::new(),
            stopped: None,
        }
    }

    /// Asks, unless the same was asked before.
    pub(super) fn ask(&mut self, about: About, call: &str, parameters: &[(&str, Json)]) -> Answer {
        let Some(query) = Query::new(call, parameters) else {
            self.unknown(
                about,
                call,
                Reason::Other("no call of the reader".to_owned()),
            );
            return Answer::Unknown;
        };
        let key = query.key();
        let answer = if let Some(known) = self.asked.get(&key) {
            known.clone()
        } else if let Some(why) = &self.stopped {
            Err(ReadError::Credentials(why.clone()))
        } else {
            let answer = read::whole(self.read, &query);
            self.asked.insert(key, answer.clone());
            answer
        };
        let action = query.call.action();
        match answer {
            Ok(json) => return Answer::Found(json),
            Err(ReadError::Absent) => return Answer::Absent,
            Err(ReadError::Denied { action }) => self.unknown(about, &action, Reason::Denied),
            Err(ReadError::Throttled) => self.unknown(about, action, Reason::Throttled),
            Err(ReadError::Other(why)) => self.unknown(about, action, Reason::Other(why)),
            Err(ReadError::Credentials(why)) => {
                self.unknown(about, action, Reason::Other(why.clone()));
                self.stopped = Some(why);
            }
        }
        Answer::Unknown
    }

    /// Notes what could not be checked.
    pub(super) fn unknown(&mut self, about: About, action: &str, reason: Reason) {
        self.live.not_checked.insert(NotChecked {
            check: about.check.to_owned(),
            on: about.on.to_owned(),
            kinds: about.kinds.iter().map(|k| (*k).to_owned()).collect(),
            action: action.to_owned(),
            reason,
        });
    }

    /// Adds a resource by its id. What does not fit the provider's schema is noted as not checked.
    pub(super) fn add(
        &mut self,
        about: About,
        kind: &'static str,
        id: &str,
        json: &Json,
        calls: &[&str],
    ) {
        self.put(about, false, kind, id, json, calls);
    }

    /// Adds what is looked up only and not ours.
    pub(super) fn add_data(
        &mut self,
        about: About,
        kind: &'static str,
        id: &str,
        json: &Json,
        calls: &[&str],
    ) {
        self.put(about, true, kind, id, json, calls);
    }

    fn put(
        &mut self,
        about: About,
        data: bool,
        kind: &'static str,
        id: &str,
        json: &Json,
        calls: &[&str],
    ) {
        let attributes = match shape::attributes(kind, json) {
            Ok(attributes) => shape::without_values(kind, attributes),
            Err(why) => {
                let kinds = [kind];
                let about = About {
                    kinds: &kinds,
                    ..about
                };
                let call = calls.first().copied().unwrap_or_default();
                self.unknown(
                    about,
                    call,
                    Reason::Other(format!("the answer is not understood: {why}")),
                );
                return;
            }
        };
        let address = address(data, kind, id);
        let evidence: BTreeSet<String> = calls.iter().map(|c| (*c).to_owned()).collect();
        self.live.evidence.insert(address.clone(), evidence);
        self.live
            .graph
            .resources
            .insert(address.clone(), resource(address, attributes));
    }

    /// Resources of a type that were read so far.
    pub(super) fn found(&self, kind: &str) -> Vec<Resource> {
        self.live
            .graph
            .resources
            .values()
            .filter(|r| !r.address.data && r.address.kind == kind)
            .cloned()
            .collect()
    }

    /// What was read.
    pub(super) fn finish(self) -> Live {
        self.live
    }
}

/// Address of something read: `aws_iam_role.live["name"]`.
pub(super) fn address(data: bool, kind: &str, id: &str) -> Address {
    Address {
        data,
        module: Vec::new(),
        kind: kind.to_owned(),
        name: "live".to_owned(),
        key: Some(InstanceKey::Name(id.to_owned())),
    }
}

/// A resource that stands in no file.
pub(super) fn resource(
    address: Address,
    attributes: BTreeMap<String, crate::graph::Value>,
) -> Resource {
    Resource {
        address,
        attributes,
        location: None,
        attribute_lines: BTreeMap::new(),
        references: Vec::new(),
        provider: None,
        prevent_destroy: false,
        ignore_changes: Vec::new(),
    }
}
