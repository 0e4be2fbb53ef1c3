//! Objects and events: what the handler holds against what it is told, and what it does.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{Plan, Work};
use crate::cloud::aws::reference::variable;
use crate::scaffold::schema::Schema;
use crate::service::Service;
use crate::service::model::{Function, Trigger, TriggerKind};

impl Plan {
    /// Adds objects of the bucket to what the handler listens to.
    pub(super) fn object(&mut self, trigger: &Trigger) {
        let TriggerKind::Object {
            bucket,
            events,
            prefix,
            suffix,
        } = &trigger.kind
        else {
            return;
        };
        let keys = json!({ "events": events, "prefix": prefix, "suffix": suffix });
        if let Some(known) = self.listens["keys"].as_array_mut() {
            known.push(keys);
            return;
        }
        self.listens = json!({ "bucket": variable("s3_bucket", bucket), "keys": [keys] });
        self.step("", "handle", Work::Unwritten, None);
    }

    /// Makes the handler listen to events of one source and type.
    pub(super) fn event(
        &mut self,
        service: &Service,
        trigger: &Trigger,
        schema: Option<(Schema, String)>,
    ) {
        if let TriggerKind::Event {
            source,
            detail_type,
            ..
        } = &trigger.kind
        {
            self.listens = json!({ "source": source, "detail_type": detail_type });
        }
        let work = self.message_work(service, schema.as_ref().map(|s| &s.0));
        self.step("", "handle", work, schema.map(|s| s.1));
    }

    /// The file that holds what the handler listens to.
    pub(in crate::scaffold) fn listens(&self) -> Option<&Json> {
        (!self.listens.is_null()).then_some(&self.listens)
    }
}

/// Whether all object triggers are of one bucket.
pub(super) fn one_bucket(function: &Function) -> bool {
    let buckets = function
        .triggers
        .iter()
        .filter_map(|trigger| match &trigger.kind {
            TriggerKind::Object { bucket, .. } => Some(bucket),
            _ => None,
        });
    buckets.collect::<BTreeSet<_>>().len() < 2
}
