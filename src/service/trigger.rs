//! What invokes a function.

use camino::Utf8Path;

use super::build::{Build, code};
use super::function::is_inside;
use super::model::{Auth, Trigger, TriggerKind};
use crate::catalog::aws::quotas::quota;
use crate::catalog::webhooks;
use crate::manifest::{escape, model};

impl Build<'_> {
    pub(super) fn trigger(
        &mut self,
        function: &str,
        index: usize,
        at: &str,
        trigger: &model::Trigger,
    ) -> Option<Trigger> {
        if let Some(schema) = &trigger.schema {
            self.schema(&format!("{at}/schema"), schema);
        }
        let kind = if let Some(route) = &trigger.http {
            let (method, path) = route.split_once(' ')?;
            let api = self.loaded.manifest.api.as_ref();
            let auth = trigger
                .auth
                .clone()
                .or_else(|| api.and_then(|a| a.auth.clone()))?;
            // Who signs by default is looked up once, with the API.
            if let Some(Auth::Hmac(hmac)) = &trigger.auth {
                self.secret(&format!("{at}/auth/hmac/key"), &hmac.key);
            }
            self.signed(function, at, route, matches!(auth, Auth::Hmac(_)));
            let mut scopes = trigger.scopes.clone();
            scopes.sort();
            scopes.dedup();
            TriggerKind::Http {
                method: method.to_owned(),
                path: path.to_owned(),
                auth,
                scopes,
            }
        } else if let Some(queue) = &trigger.queue {
            self.queue(function, index, &format!("{at}/queue"), queue);
            self.fifo(at, trigger, queue);
            let filter = trigger.filter.and_then(|_| self.filter(at, trigger));
            TriggerKind::Queue {
                queue: queue.clone(),
                batch: trigger.batch.unwrap_or_default(),
                max_receives: trigger.max_receives.unwrap_or_default(),
                filter,
            }
        } else if let Some(source) = &trigger.stream {
            TriggerKind::Stream(self.stream(function, index, at, trigger, source))
        } else if let Some(topic) = &trigger.topic {
            self.topic(function, index, &format!("{at}/topic"), topic);
            TriggerKind::Topic {
                topic: topic.clone(),
                filter: trigger.filter.and_then(|_| self.filter(at, trigger)),
            }
        } else if let Some(bucket) = &trigger.object {
            self.object(function, index, at, trigger, bucket)?
        } else if let Some(detail_type) = &trigger.event {
            self.event(function, index, at, trigger, detail_type)?
        } else if let Some(method) = &trigger.url {
            self.url(function, index, at);
            TriggerKind::Url {
                method: method.clone(),
            }
        } else {
            TriggerKind::Schedule {
                expression: trigger.schedule.clone()?,
                timezone: trigger.timezone.clone().unwrap_or_else(|| "UTC".to_owned()),
            }
        };
        Some(Trigger {
            kind,
            schema: trigger.schema.clone(),
            params: trigger.params.clone(),
            pointer: at.to_owned(),
        })
    }

    /// The variable that tells the function of the secret that a route's requests are signed with: where anything else set
    /// that, an open route would pass for a signed one.
    fn signed(&mut self, function: &str, at: &str, route: &str, is_signed: bool) {
        let Some(own) = self.loaded.manifest.functions.get(function) else {
            return;
        };
        let variable = webhooks::variable(route);
        let groups = [
            ("env", own.env.contains_key(&variable)),
            ("secrets", own.secrets.contains_key(&variable)),
        ];
        if let Some((group, _)) = groups.into_iter().find(|(_, taken)| *taken) {
            self.fault(
                code::CONFLICT,
                &format!("/functions/{}/{group}/{variable}", escape(function)),
                format!("{variable} is the variable that says who signs {route}"),
                "call it otherwise",
            );
        }
        let routes = own.triggers.iter().filter_map(|t| t.http.as_deref());
        let told = |other: &&str| webhooks::variable(other) == variable;
        if is_signed && routes.filter(told).count() > 1 {
            self.fault(
                code::CONFLICT,
                &format!("{at}/http"),
                format!("{variable} would tell {function} of two routes"),
                "call one of the paths otherwise",
            );
        }
    }

    /// The schema that messages are held against; that there is one is checked with the trigger.
    pub(super) fn filter(
        &mut self,
        at: &str,
        trigger: &model::Trigger,
    ) -> Option<serde_json::Value> {
        let schema = trigger.schema.as_deref().filter(|path| is_inside(path))?;
        let text = self.sources.text(Utf8Path::new(schema))?;
        match serde_json::from_str(&text) {
            Ok(schema) => Some(schema),
            Err(error) => {
                self.fault(
                    code::FILE,
                    &format!("{at}/schema"),
                    format!("{schema} is no JSON: {error}"),
                    "mend it, or remove filter",
                );
                None
            }
        }
    }

    fn queue(&mut self, function: &str, index: usize, at: &str, queue: &str) {
        let manifest = &self.loaded.manifest;
        if self.source(at, queue, &["sqs_queue"], "no queue").is_none() {
            return;
        }
        // Told once, at the later of the two.
        let earlier = manifest
            .functions
            .iter()
            .take_while(|(name, _)| name.as_str() != function)
            .find(|(_, f)| f.triggers.iter().any(|t| t.queue.as_deref() == Some(queue)));
        if let Some((other, _)) = earlier {
            self.fault(
                code::CONFLICT,
                at,
                format!("{other} reads `{queue}` too: each message reaches one of the two"),
                "give each function a queue",
            );
        }
        let own = manifest.functions.get(function).map(|f| &f.triggers);
        if own.is_some_and(|all| {
            all[..index.min(all.len())]
                .iter()
                .any(|t| t.queue.as_deref() == Some(queue))
        }) {
            self.fault(
                code::CONFLICT,
                at,
                format!("{function} reads this queue already"),
                "keep one of the triggers",
            );
        }
    }

    /// Lambda takes no batching window for a FIFO queue, and without one no larger batch (developer guide,
    /// "Creating and configuring an Amazon SQS event source mapping").
    fn fifo(&mut self, at: &str, trigger: &model::Trigger, queue: &str) {
        let resource = self.loaded.manifest.resources.get(queue);
        let name = resource.and_then(|resource| resource.existing.as_deref());
        let most = quota("event_source_batch_without_window").value;
        if name.is_some_and(|name| Utf8Path::new(name).extension() == Some("fifo"))
            && trigger.batch.is_some_and(|batch| u64::from(batch) > most)
        {
            self.fault(
                code::CONFLICT,
                &format!("{at}/batch"),
                format!("a FIFO queue hands over at most {most} messages at a time"),
                format!("write {most} or less"),
            );
        }
    }

    /// The schema's file must be there.
    fn schema(&mut self, at: &str, schema: &str) {
        if self.loaded.is_damaged(at) || !is_inside(schema) {
            return;
        }
        let path = Utf8Path::new(schema);
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let files = self.sources.files(folder).unwrap_or_default();
        let name = path.file_name().unwrap_or_default();
        if !files.iter().any(|file| file == name) {
            let near = crate::manifest::similar(name, files.iter().map(String::as_str));
            let help = near.map_or_else(
                || "create it, or mend the path; it is relative to the manifest".to_owned(),
                |near| format!("did you mean `{}`?", folder.join(near)),
            );
            self.fault(code::FILE, at, format!("there is no file {schema}"), help);
        }
    }
}
