//! Warnings and notes: what is allowed and yet worth a look. They stop nothing.

use std::collections::BTreeSet;

use super::build::Build;
use super::model::{Auth, Service, Target, TriggerKind};
use crate::diagnostic::Severity;
use crate::manifest::escape;
use crate::manifest::model::Manifest;

impl Build<'_> {
    /// Adds warnings; only where the part of the manifest that they rest on could be read.
    pub(super) fn advise(&mut self, service: &Service) {
        // A misspelt name would leave its resource unused: first things first.
        let errors = self.loaded.diagnostics.iter().chain(&self.faults);
        if !errors.into_iter().any(|d| d.severity == Severity::Error) {
            self.unused(service);
            self.silent(service);
            self.unreached(service);
            self.closed(service);
        }
        let queues: Vec<(String, String, u32)> = service
            .functions
            .values()
            .flat_map(|function| {
                let setting = &function.timeout_s;
                let longest = setting.overrides.values().copied().max().unwrap_or(0);
                let timeout = setting.default.max(longest);
                function.triggers.iter().filter_map(move |t| match &t.kind {
                    TriggerKind::Queue { queue, .. } => {
                        Some((t.pointer.clone(), queue.clone(), timeout))
                    }
                    _ => None,
                })
            })
            .filter(|(_, queue, _)| {
                service
                    .resources
                    .get(queue)
                    .is_some_and(|r| r.kind == "sqs_queue" && r.existing.is_some())
            })
            .collect();
        for (pointer, queue, timeout) in queues {
            self.visibility(&pointer, &queue, timeout);
        }
    }

    /// Resources that no function uses.
    fn unused(&mut self, service: &Service) {
        let functions = &self.loaded.manifest.functions;
        let used: BTreeSet<&str> = functions
            .values()
            .flat_map(|f| {
                let access = f.access.iter().filter_map(|a| a.to.as_deref());
                let sources = f
                    .triggers
                    .iter()
                    .flat_map(|t| [&t.queue, &t.stream, &t.topic, &t.object, &t.bus])
                    .filter_map(|source| source.as_deref());
                let secrets = f.secrets.values().map(String::as_str);
                let logins = f.access.iter().filter_map(|a| a.secret.as_deref());
                access.chain(sources).chain(secrets).chain(logins)
            })
            .chain(signing(&self.loaded.manifest))
            .collect();
        for name in service
            .resources
            .keys()
            .filter(|name| !used.contains(name.as_str()))
        {
            let at = format!("/resources/{}", escape(name));
            let warning = self
                .loaded
                .warning(
                    "SLG-SERVICE-101",
                    &at,
                    format!("no function uses `{name}`"),
                    "name it under a function's access, triggers or secrets, or remove it",
                )
                .at(self.loaded.key_span(&at));
            self.faults.push(warning);
        }
    }

    /// Functions that nothing invokes.
    fn silent(&mut self, service: &Service) {
        let invoked: BTreeSet<&str> = service
            .functions
            .iter()
            .flat_map(|(caller, f)| f.access.iter().map(move |a| (caller, a)))
            .filter_map(|(caller, access)| match &access.target {
                Target::Function { name } if name != caller => Some(name.as_str()),
                _ => None,
            })
            .collect();
        for (name, function) in &service.functions {
            let declared = self
                .loaded
                .manifest
                .functions
                .get(name)
                .is_some_and(|f| !f.triggers.is_empty());
            if !declared && !invoked.contains(name.as_str()) {
                let warning = self
                    .loaded
                    .warning(
                        "SLG-SERVICE-103",
                        &function.pointer,
                        format!("nothing invokes {name}"),
                        "give it a trigger, or let a sibling call it: { to: functions.<name>, allow: [invoke] }",
                    )
                    .at(self.loaded.key_span(&function.pointer));
                self.faults.push(warning);
            }
        }
    }
}

/// Secrets that requests are signed with.
fn signing(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let triggers = manifest.functions.values().flat_map(|f| &f.triggers);
    let api = manifest.api.as_ref().and_then(|api| api.auth.as_ref());
    let auths = triggers.filter_map(|t| t.auth.as_ref()).chain(api);
    auths.filter_map(|auth| match auth {
        Auth::Hmac(hmac) => Some(hmac.key.as_str()),
        _ => None,
    })
}
