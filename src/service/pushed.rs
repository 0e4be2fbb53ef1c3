//! Triggers that the cloud pushes: events of objects, events of a bus, requests to a function URL.

use super::build::{Build, code};
use super::model::TriggerKind;
use crate::manifest::model::{ObjectEvent, Trigger};

/// What an object trigger listens to.
struct Filter<'a> {
    events: &'a [ObjectEvent],
    prefix: &'a str,
    suffix: &'a str,
}

impl<'a> Filter<'a> {
    fn of(trigger: &'a Trigger) -> Self {
        Self {
            events: if trigger.events.is_empty() {
                &[ObjectEvent::Created]
            } else {
                &trigger.events
            },
            prefix: trigger.prefix.as_deref().unwrap_or_default(),
            suffix: trigger.suffix.as_deref().unwrap_or_default(),
        }
    }

    /// Whether an event could be of both: S3 refuses such notifications (S3 user guide, "Configuring event
    /// notifications using object key name filtering").
    fn overlaps(&self, other: &Self) -> bool {
        let prefixes =
            self.prefix.starts_with(other.prefix) || other.prefix.starts_with(self.prefix);
        let suffixes = self.suffix.ends_with(other.suffix) || other.suffix.ends_with(self.suffix);
        prefixes && suffixes && self.events.iter().any(|e| other.events.contains(e))
    }
}

impl Build<'_> {
    pub(super) fn object(
        &mut self,
        function: &str,
        index: usize,
        at: &str,
        trigger: &Trigger,
        bucket: &str,
    ) -> Option<TriggerKind> {
        let place = format!("{at}/object");
        let resource = self.source(&place, bucket, &["s3_bucket"], "no bucket")?;
        let existing = resource.existing.is_some();
        let manifest = &self.loaded.manifest;
        if existing {
            self.fault(
                code::CONFLICT,
                &place,
                format!(
                    "`{bucket}` is not ours, and a bucket has one list of notifications: whoever owns it would lose theirs"
                ),
                "let the bucket send its events to EventBridge, and listen there: event: Object Created, source: aws.s3",
            );
            return None;
        }
        let own = Filter::of(trigger);
        let earlier = manifest
            .functions
            .iter()
            .flat_map(|(name, f)| {
                f.triggers
                    .iter()
                    .enumerate()
                    .map(move |(i, t)| (name, i, t))
            })
            .take_while(|(name, i, _)| !(*name == function && *i == index))
            .find(|(_, _, t)| t.object.as_deref() == Some(bucket) && Filter::of(t).overlaps(&own));
        if let Some((other, ..)) = earlier {
            self.fault(
                code::CONFLICT,
                &place,
                format!("{other} hears of some of these objects already, and S3 tells one"),
                "give the two prefixes or suffixes that no key has both of",
            );
            return None;
        }
        let mut events = own.events.to_vec();
        events.sort_unstable();
        Some(TriggerKind::Object {
            bucket: bucket.to_owned(),
            events,
            prefix: own.prefix.to_owned(),
            suffix: own.suffix.to_owned(),
        })
    }

    pub(super) fn event(
        &mut self,
        function: &str,
        index: usize,
        at: &str,
        trigger: &Trigger,
        detail_type: &str,
    ) -> Option<TriggerKind> {
        if let Some(bus) = &trigger.bus {
            let place = format!("{at}/bus");
            let resource = self.source(&place, bus, &["event_bus"], "no event bus")?;
            let name = resource.existing.as_deref().unwrap_or_default();
            if resource.account.is_some() || resource.region.is_some() || name.starts_with("arn:") {
                self.fault(
                    code::CONFLICT,
                    &place,
                    format!("the rule for `{bus}` would have to lie in the bus's own account and region"),
                    "give the bus of this account by its name alone; let another account's bus send its events there",
                );
                return None;
            }
        }
        let source = trigger.source.clone()?;
        let own = self.loaded.manifest.functions.get(function)?;
        let twice = own.triggers.iter().take(index).any(|t| {
            t.event.as_deref() == Some(detail_type)
                && t.source.as_ref() == Some(&source)
                && t.bus == trigger.bus
        });
        if twice {
            self.fault(
                code::CONFLICT,
                &format!("{at}/event"),
                format!("{function} hears of these events already"),
                "keep one of the triggers",
            );
            return None;
        }
        Some(TriggerKind::Event {
            bus: trigger.bus.clone(),
            source,
            detail_type: detail_type.to_owned(),
        })
    }

    /// A function has one URL.
    pub(super) fn url(&mut self, function: &str, index: usize, at: &str) {
        let own = self.loaded.manifest.functions.get(function);
        if own.is_some_and(|f| f.triggers.iter().take(index).any(|t| t.url.is_some())) {
            self.fault(
                code::CONFLICT,
                &format!("{at}/url"),
                format!("{function} has a URL already"),
                "keep one of the triggers, or make them routes: http: POST /path",
            );
        }
    }
}
