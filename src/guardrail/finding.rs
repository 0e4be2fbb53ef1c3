//! Findings, and the report that a rule writes them to.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::graph::{Location, Resource};
use crate::iam::Permission;

use super::{Context, Metadata, Severity};
use crate::diagnostic::Span;

/// One thing a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Rule id.
    pub rule: Cow<'static, str>,
    /// How bad it is.
    pub severity: Severity,
    /// Terraform address; `terraform` or `provider.aws` for settings that are no resource;
    /// `functions.<name>` for a handler's source.
    pub address: String,
    /// Attribute, as a dotted path.
    pub attribute: Option<String>,
    /// IAM action, for rules about permissions.
    pub action: Option<String>,
    /// ARN the permission is for; the file, for rules about sources.
    pub resource: Option<String>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where, when it came from Terraform.
    pub location: Option<Location>,
    /// Where, when it came from a handler's source.
    pub span: Option<Span>,
    /// What to do, where it is not what the rule says.
    pub fix: Option<String>,
    /// Environments it was found in, sorted.
    pub environments: Vec<String>,
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("rule", &self.rule)?;
        map.serialize_entry("severity", &self.severity)?;
        map.serialize_entry("address", &self.address)?;
        for (key, value) in [
            ("attribute", &self.attribute),
            ("action", &self.action),
            ("resource", &self.resource),
        ] {
            if let Some(value) = value {
                map.serialize_entry(key, value)?;
            }
        }
        map.serialize_entry("message", &self.message)?;
        if let Some(location) = &self.location {
            map.serialize_entry("file", location.file.as_str())?;
            map.serialize_entry("line", &location.line)?;
        }
        if let Some(span) = &self.span {
            map.serialize_entry("span", span)?;
        }
        map.serialize_entry("environments", &self.environments)?;
        map.end()
    }
}

impl Finding {
    /// What a rule finds at an address, in no environment alone; what else is known of it is added.
    pub(super) fn new(meta: &Metadata, address: String, message: String) -> Self {
        Self {
            rule: meta.id.into(),
            severity: meta.severity,
            address,
            attribute: None,
            action: None,
            resource: None,
            message,
            location: None,
            span: None,
            fix: None,
            environments: Vec::new(),
        }
    }

    /// Order of a report: worst first, then by rule and place.
    pub(super) fn order(&self) -> impl Ord + use<'_> {
        (
            std::cmp::Reverse(self.severity),
            &self.rule,
            &self.address,
            &self.attribute,
            &self.action,
            &self.resource,
            &self.message,
            &self.span,
        )
    }
}

/// Where an attribute of a resource is written: its line, or that of its block, or of the resource.
pub fn place_of(resource: &Resource, attribute: &str) -> Option<Location> {
    let lines = &resource.attribute_lines;
    // The nearest that is written: `a.b.c`, `a.b`, `a`.
    let mut path = Some(attribute);
    let mut line = None;
    while let (None, Some(written)) = (line, path) {
        line = lines.get(written);
        path = written.rsplit_once('.').map(|(block, _)| block);
    }
    let location = resource.location.clone()?;
    Some(match line {
        Some(&line) => Location { line, ..location },
        None => location,
    })
}

/// Where a rule writes its findings.
pub struct Report<'a> {
    meta: &'static Metadata,
    environment: &'a str,
    addresses: &'a BTreeMap<String, &'a Resource>,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(super) fn new(
        meta: &'static Metadata,
        context: &'a Context<'_>,
        findings: &'a mut Vec<Finding>,
    ) -> Self {
        Self {
            meta,
            environment: context.environment,
            addresses: context.addresses(),
            findings,
        }
    }

    /// A finding on an attribute of a resource; the line of the attribute, or of its block.
    pub fn attribute(&mut self, resource: &Resource, attribute: &str, message: impl Into<String>) {
        let finding = Finding {
            attribute: Some(attribute.to_owned()),
            location: place_of(resource, attribute),
            ..self.blank(resource.address.to_string(), message.into())
        };
        self.findings.push(finding);
    }

    /// A finding on a resource as a whole: something beside it is missing.
    pub fn resource(&mut self, resource: &Resource, message: impl Into<String>) {
        let finding = Finding {
            location: resource.location.clone(),
            ..self.blank(resource.address.to_string(), message.into())
        };
        self.findings.push(finding);
    }

    /// A finding on a permission.
    pub fn permission(&mut self, permission: &Permission, message: impl Into<String>) {
        let finding = Finding {
            resource: Some(permission.resource.clone()),
            ..self.held(
                &permission.holder,
                permission.action.clone(),
                message.into(),
            )
        };
        self.findings.push(finding);
    }

    /// A finding on actions that a holder has together, joined by `+`.
    pub fn combination(&mut self, holder: &str, actions: &[&str], message: impl Into<String>) {
        let finding = self.held(holder, actions.join("+"), message.into());
        self.findings.push(finding);
    }

    /// A finding on a setting that belongs to no resource.
    pub fn setting(&mut self, address: &str, attribute: &str, message: impl Into<String>) {
        let finding = Finding {
            attribute: Some(attribute.to_owned()),
            ..self.blank(address.to_owned(), message.into())
        };
        self.findings.push(finding);
    }

    fn held(&self, holder: &str, action: String, message: String) -> Finding {
        let location = self.addresses.get(holder).and_then(|r| r.location.clone());
        Finding {
            action: Some(action),
            location,
            ..self.blank(holder.to_owned(), message)
        }
    }

    fn blank(&self, address: String, message: String) -> Finding {
        Finding {
            environments: vec![self.environment.to_owned()],
            ..Finding::new(self.meta, address, message)
        }
    }
}
