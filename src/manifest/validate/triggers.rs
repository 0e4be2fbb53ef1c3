//! Triggers.

use super::super::model::{Manifest, Trigger};
use super::super::structure::shown;
use super::super::{schedule, similar};
use super::{Check, shapes};
use crate::catalog::aws::quotas::quota;
use crate::catalog::timezones;

impl Check<'_> {
    pub(super) fn trigger(&mut self, manifest: &Manifest, at: &str, trigger: &Trigger) {
        let kind = match trigger.kinds()[..] {
            [kind] => kind,
            [] => {
                let kinds = Trigger::KINDS.map(|kind| format!("{kind}:")).join(", ");
                self.missing(
                    at,
                    "this trigger has no kind",
                    format!("give one of {kinds}"),
                );
                return;
            }
            [_, second, ..] => {
                self.fault(
                    "SLG-MANIFEST-008",
                    &format!("{at}/{second}"),
                    format!(
                        "a trigger has one kind, this one has {}",
                        trigger.kinds().join(" and ")
                    ),
                    "make a trigger of each",
                );
                return;
            }
        };
        for (key, given, fits) in [
            ("auth", trigger.auth.is_some(), &["http", "url"][..]),
            ("scopes", !trigger.scopes.is_empty(), &["http"]),
            ("params", !trigger.params.is_empty(), &["http", "url"]),
            (
                "schema",
                trigger.schema.is_some(),
                &["http", "queue", "stream", "topic", "event", "url"],
            ),
            ("batch", trigger.batch.is_some(), &["queue", "stream"]),
            ("max_receives", trigger.max_receives.is_some(), &["queue"]),
            (
                "filter",
                trigger.filter.is_some(),
                &["queue", "stream", "topic"],
            ),
            ("timezone", trigger.timezone.is_some(), &["schedule"]),
            ("window_s", trigger.window_s.is_some(), &["stream"]),
            ("from", trigger.from.is_some(), &["stream"]),
            (
                "parallelization",
                trigger.parallelization.is_some(),
                &["stream"],
            ),
            ("max_age_s", trigger.max_age_s.is_some(), &["stream"]),
            ("max_retries", trigger.max_retries.is_some(), &["stream"]),
            ("view", trigger.view.is_some(), &["stream"]),
            ("events", !trigger.events.is_empty(), &["object"]),
            ("prefix", trigger.prefix.is_some(), &["object"]),
            ("suffix", trigger.suffix.is_some(), &["object"]),
            ("source", trigger.source.is_some(), &["event"]),
            ("bus", trigger.bus.is_some(), &["event"]),
        ] {
            if given && !fits.contains(&kind) {
                self.fault(
                    "SLG-MANIFEST-008",
                    &format!("{at}/{key}"),
                    format!("`{key}` does not belong to a trigger of kind {kind}"),
                    "remove it",
                );
            }
        }
        if let Some(schema) = &trigger.schema {
            self.shape(
                &shapes::PATH,
                &format!("{at}/schema"),
                schema,
                "a path inside the project",
            );
        }
        if let Some(route) = &trigger.http {
            self.http(manifest, at, trigger, route);
        }
        if trigger.queue.is_some() {
            self.queue(at, trigger);
        }
        if let Some(expression) = &trigger.schedule {
            self.schedule(at, trigger, expression);
        }
        if trigger.stream.is_some() {
            self.stream(at, trigger);
        }
        if trigger.topic.is_some() {
            self.topic(at, trigger);
        }
        if trigger.object.is_some() {
            self.object(at, trigger);
        }
        if let Some(detail_type) = &trigger.event {
            self.event(at, trigger, detail_type);
        }
        if let Some(method) = &trigger.url {
            self.url(at, trigger, method);
        }
    }

    fn http(&mut self, manifest: &Manifest, at: &str, trigger: &Trigger, route: &str) {
        self.route(&format!("{at}/http"), route);
        if ["POST ", "PUT ", "PATCH "]
            .iter()
            .any(|method| route.starts_with(method))
            && trigger.schema.is_none()
            && !self.loaded.is_doubtful(&format!("{at}/schema"))
        {
            self.fault(
                "SLG-MANIFEST-005",
                &format!("{at}/http"),
                "this route takes a body and names no schema",
                "add schema: with a JSON Schema of the body",
            );
        }
        let auth = trigger
            .auth
            .as_ref()
            .or_else(|| manifest.api.as_ref().and_then(|api| api.auth.as_ref()));
        match &trigger.auth {
            Some(auth) => self.auth(&format!("{at}/auth"), auth),
            None if auth.is_none()
                && !self.loaded.is_doubtful("/api/auth")
                && !self.loaded.is_doubtful(&format!("{at}/auth")) =>
            {
                self.fault(
                    "SLG-MANIFEST-005",
                    &format!("{at}/http"),
                    "nobody says who may call this route",
                    "give auth: here or under api:",
                );
            }
            None => {}
        }
        self.signed_route(at, trigger, route, auth);
        if !trigger.scopes.is_empty()
            && auth.is_some_and(|auth| !matches!(auth, super::Auth::Jwt(_)))
        {
            self.fault(
                "SLG-MANIFEST-008",
                &format!("{at}/scopes"),
                "only tokens have scopes, and this route takes none",
                "remove scopes, or give auth: { jwt: … }",
            );
        }
        let most = quota("http_api_authorizer_scopes").value;
        if trigger.scopes.len() as u64 > most {
            self.fault(
                "SLG-SERVICE-005",
                &format!("{at}/scopes"),
                format!("API Gateway takes {most} scopes"),
                "name fewer",
            );
        }
        for (index, scope) in trigger.scopes.iter().enumerate() {
            self.shape(
                &shapes::SCOPE,
                &format!("{at}/scopes/{index}"),
                scope,
                "a scope of at most 64 letters, digits and `_.:/-`",
            );
        }
    }

    fn queue(&mut self, at: &str, trigger: &Trigger) {
        if trigger.schema.is_none() && !self.loaded.is_doubtful(&format!("{at}/schema")) {
            self.fault(
                "SLG-MANIFEST-005",
                &format!("{at}/queue"),
                "this queue's messages have no schema",
                "add schema: with a JSON Schema of the message",
            );
        }
        for (key, value, what, id) in [
            ("batch", trigger.batch, "messages", "event_source_batch"),
            (
                "max_receives",
                trigger.max_receives,
                "receives",
                "queue_max_receives",
            ),
        ] {
            let most = quota(id).value;
            if let Some(value) = value
                && !(1..=most).contains(&u64::from(value))
            {
                self.value(
                    &format!("{at}/{key}"),
                    format!("{value} {what}; AWS takes 1 to {most}"),
                    "for example 10",
                );
            }
        }
    }

    fn schedule(&mut self, at: &str, trigger: &Trigger, expression: &str) {
        if let Err(fault) = schedule::check(expression) {
            self.value(&format!("{at}/schedule"), fault.message, fault.help);
        }
        if let Some(timezone) = &trigger.timezone
            && !timezones::is_known(timezone)
        {
            let help = similar(timezone, timezones::all()).map_or_else(
                || "write an IANA name such as Europe/Berlin".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.value(
                &format!("{at}/timezone"),
                format!("there is no time zone `{}`", shown(timezone)),
                help,
            );
        }
    }
}
