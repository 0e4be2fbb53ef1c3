//! Texts of the ledger, which are open for every environment, in one of them.

use super::super::pipeline::Prepared;
use crate::catalog::aws::region;
use crate::iam::ledger::RecordedLine;
use crate::iam::{Conditions, Permission, PolicyKind};

/// What stands in the places that the ledger leaves open.
pub(super) struct Place<'a> {
    pub(super) environment: &'a str,
    region: &'a str,
    account: &'a str,
    name: String,
}

impl<'a> Place<'a> {
    /// Every environment of a manifest.
    pub(super) fn all(prepared: &'a Prepared) -> impl Iterator<Item = Self> {
        let manifest = &prepared.loaded.manifest;
        manifest
            .environments
            .iter()
            .map(|(environment, place)| Self {
                environment,
                region: &place.region,
                account: &place.account,
                name: format!("{}-{environment}", manifest.service),
            })
    }

    /// A text with everything filled in; what only apply knows stands as `<address.attribute>`.
    pub(super) fn fill(&self, text: &str) -> String {
        let filled = text
            .replace("{name}", &self.name)
            .replace("{region}", self.region)
            .replace("{account}", self.account)
            .replace("{environment}", self.environment);
        let filled = match filled.strip_prefix("arn:aws:") {
            Some(rest) => format!("arn:{}:{rest}", region::partition(self.region)),
            None => filled,
        };
        let mut out = String::new();
        let mut rest = filled.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            match after.split_once('}') {
                // `${…}` is a policy variable.
                Some((symbol, tail)) if !before.ends_with('$') => {
                    out.push_str(&format!("<{symbol}>"));
                    rest = tail;
                }
                _ => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out + rest
    }

    /// A line of the ledger as the permission that it is here.
    pub(super) fn permission(&self, line: &RecordedLine) -> Permission {
        let mut conditions = Conditions::new();
        for condition in &line.conditions {
            let keys = conditions.entry(condition.operator.clone()).or_default();
            let values = condition.values.iter().map(|value| self.fill(value));
            keys.entry(condition.key.clone())
                .or_default()
                .extend(values);
        }
        // The ledger says of a principal what people call it.
        let principal = match line.principal.as_str() {
            _ if line.policy == PolicyKind::Identity => None,
            "*" => Some("*".to_owned()),
            service if service.ends_with(".amazonaws.com") => Some(format!("Service:{service}")),
            other => Some(format!("AWS:{}", self.fill(other))),
        };
        Permission {
            holder: line.holder.clone(),
            kind: line.policy,
            effect: line.effect,
            principal,
            action: line.action.clone(),
            resource: line
                .resource
                .as_ref()
                .map_or_else(|| "*".to_owned(), |resource| self.fill(resource)),
            conditions,
        }
    }
}
