//! What a function uses, and its network does not lead to.
//!
//! A security group of slgen's lets through what `network.egress` lists and nothing else: what is certain is told. Whether
//! the VPC has what leads further (an endpoint, a NAT gateway) stands in no manifest; planning fails where an endpoint that
//! is named is not there.

use std::collections::BTreeSet;

use super::build::Build;
use super::model::{Auth, Egress, Existing, Function, Network, Service, Target, TriggerKind};
use crate::catalog::aws::kinds;
use crate::diagnostic::Diagnostic;
use crate::manifest::escape;

/// The port of every API of AWS.
const HTTPS: u16 = 443;

/// An API that a function calls.
struct Use<'a> {
    /// The last label of its VPC endpoint.
    endpoint: &'a str,
    /// What is used by it, for people.
    what: String,
    /// Where the manifest asks for it.
    pointer: String,
}

impl Build<'_> {
    /// Databases that a function does not reach by its network.
    pub(super) fn unreached(&mut self, service: &Service) {
        let mut found = Vec::new();
        for function in service.functions.values() {
            for access in &function.access {
                let Target::Resource { name, .. } = &access.target else {
                    continue;
                };
                let Some(resource) = service.resources.get(name) else {
                    continue;
                };
                let Some(database) = &resource.database else {
                    continue;
                };
                let egress = function.network.as_ref().map(|network| &network.egress);
                let wanted = match (resource.kind.as_str(), egress) {
                    ("rds_db", None) => "network: { vpc: true, … }".to_owned(),
                    ("rds_db", Some(egress)) => {
                        let endpoints = service.environments.values();
                        let endpoints = endpoints.filter_map(|e| e.databases.get(name));
                        let ports = endpoints.map(|e| e.port.unwrap_or_else(|| database.port()));
                        let closed = ports
                            .filter(|port| {
                                !egress
                                    .iter()
                                    .any(|e| matches!(e, Egress::Cidr { port: p, .. } if p == port))
                            })
                            .min();
                        let Some(port) = closed else { continue };
                        format!("egress: [\"<CIDR>:{port}\"]")
                    }
                    (_, Some(egress))
                        if !egress
                            .iter()
                            .any(|e| matches!(e, Egress::Service(s) if s == "rds-data")) =>
                    {
                        "egress: [aws.rds-data]".to_owned()
                    }
                    _ => continue,
                };
                found.push((access.pointer.clone(), name.clone(), wanted));
            }
        }
        for (pointer, name, wanted) in found {
            let pointer = format!("{pointer}/to");
            let message = format!("the function's network does not lead to `{name}`");
            self.faults.push(
                Diagnostic::info("SLG-SERVICE-202", message)
                    .at(self.loaded.span(&pointer))
                    .about(pointer)
                    .help(format!("unless it is public, the function needs {wanted}")),
            );
        }
    }

    /// APIs of AWS that a function in the VPC may use and cannot reach.
    pub(super) fn closed(&mut self, service: &Service) {
        let mut warnings = Vec::new();
        for (name, function) in &service.functions {
            let Some(network) = &function.network else {
                continue;
            };
            let mut told = BTreeSet::new();
            for used in uses(service, function) {
                if leads_to(network, used.endpoint) || !told.insert(used.endpoint.to_owned()) {
                    continue;
                }
                let Use {
                    endpoint,
                    what,
                    pointer,
                } = used;
                warnings.push(self.loaded.warning(
                    "SLG-SERVICE-105",
                    &pointer,
                    format!("{name} runs in the VPC, and its network does not lead to {what}"),
                    format!(
                        "add aws.{endpoint} to network.egress: the VPC needs the endpoint com.amazonaws.<region>.{endpoint}"
                    ),
                ));
            }
        }
        self.faults.extend(warnings);
    }
}

/// Whether requests leave for an API: by its endpoint, or by addresses that may be anybody's.
fn leads_to(network: &Network, endpoint: &str) -> bool {
    network.egress.iter().any(|egress| match egress {
        Egress::Service(service) => service == endpoint,
        Egress::Cidr { port, .. } => *port == HTTPS,
    })
}

/// What the code of a function calls, in the order of the manifest. What Lambda calls in its stead (logs, traces, reading
/// a queue) does not go through the function's network.
fn uses<'a>(service: &'a Service, function: &'a Function) -> Vec<Use<'a>> {
    const SECRETS: &str = "secretsmanager";
    let signed = function.triggers.iter().filter_map(|trigger| {
        let TriggerKind::Http {
            auth: Auth::Hmac(hmac),
            ..
        } = &trigger.kind
        else {
            return None;
        };
        Some(Use {
            endpoint: SECRETS,
            what: format!("`{}`", hmac.key),
            pointer: format!("{}/http", trigger.pointer),
        })
    });
    let access = function.access.iter().filter_map(|access| {
        let (endpoint, what) = match &access.target {
            Target::Function { name } => ("lambda", format!("functions.{name}")),
            Target::Resource { name, .. } => {
                let resource = service.resources.get(name)?;
                // Databases are told of by themselves.
                if resource.database.is_some() || is_elsewhere(service, resource.existing.as_ref())
                {
                    return None;
                }
                let kind = kinds::kind(&resource.kind)?;
                (kind.endpoint.as_deref()?, format!("`{name}`"))
            }
            Target::Raw { .. } => return None,
        };
        Some(Use {
            endpoint,
            what,
            pointer: format!("{}/to", access.pointer),
        })
    });
    let secrets = function.secrets.iter().filter_map(|(variable, secret)| {
        let resource = service.resources.get(secret)?;
        (!is_elsewhere(service, resource.existing.as_ref())).then(|| Use {
            endpoint: SECRETS,
            what: format!("`{secret}`"),
            pointer: format!("{}/secrets/{}", function.pointer, escape(variable)),
        })
    });
    signed.chain(access).chain(secrets).collect()
}

/// Whether a resource is in a region that no environment is in: no endpoint of the VPC leads there.
fn is_elsewhere(service: &Service, existing: Option<&Existing>) -> bool {
    let region = existing.and_then(|e| region_said(&e.name, e.region.as_deref()));
    let mut environments = service.environments.values();
    region.is_some_and(|region| environments.all(|e| e.region != region))
}

/// The region that an existing resource is in, by its name or ARN and by what is said beside it; none where it is that
/// of the environment.
pub(super) fn region_said<'a>(existing: &'a str, beside: Option<&'a str>) -> Option<&'a str> {
    let of_arn = existing
        .strip_prefix("arn:")
        .and_then(|rest| rest.split(':').nth(2))
        .filter(|region| !region.is_empty() && !region.contains('$'));
    of_arn.or(beside)
}
