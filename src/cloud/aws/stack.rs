//! The stack: every file's template and context, every policy, for all environments.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::alarm::Topic;
use super::builder::{Builder, Planned, Problem};
use super::policy::Policy;
use super::{
    api, collisions, environment, function, ledger, logging, names, network, order, resources,
    shared,
};
use crate::iam::{Bindings, Permission};
use crate::render::Expr;
use crate::service::Service;
use crate::service::model::Alerts;

/// A service realised on AWS.
#[derive(Debug, Clone, Default)]
pub struct Stack {
    /// Files below `out`, without those of the ledger.
    pub files: Vec<Planned>,
    /// Every policy of the stack: the ledger.
    pub policies: Vec<Policy>,
    /// Environment → what references resolve to.
    pub environments: IndexMap<String, Bindings>,
}

impl Stack {
    /// `PERMISSIONS.md` and `permissions.json`. Their contexts are large, and so are those of the
    /// other files until they are rendered.
    pub fn ledger_files(&self, service: &Service) -> [Planned; 2] {
        ledger::files(service, &self.policies)
    }

    /// Every permission of the stack in one environment, in canonical form.
    pub fn ledger(&self, bindings: &Bindings) -> BTreeSet<Permission> {
        self.policies
            .iter()
            .flat_map(Policy::lines)
            .flat_map(|line| line.resolve(bindings))
            .collect()
    }
}

/// Realises a service.
///
/// # Errors
/// Everything that AWS or its quotas would refuse, each with its place in the manifest.
pub fn realise(service: &Service) -> Result<Stack, Vec<Problem>> {
    let service = &order::sorted(service);
    let topic = Topic(match &service.alerts {
        Alerts::Email(_) => Expr::raw("aws_sns_topic.alarms.arn"),
        Alerts::Topic(arn) => Expr::string(arn),
    });
    let mut builder = Builder {
        service,
        authorizers: api::authorizers(service),
        topic,
        log_groups: Vec::new(),
        logged_buckets: Vec::new(),
        policies: Vec::new(),
        files: Vec::new(),
        problems: Vec::new(),
    };
    for (name, function) in &service.functions {
        function::add(&mut builder, name, function);
    }
    resources::add(&mut builder);
    api::add(&mut builder);
    network::add(&mut builder);
    logging::add(&mut builder);
    shared::add(&mut builder);
    environment::add(&mut builder);

    let environments: IndexMap<String, Bindings> = service
        .environments
        .iter()
        .map(|(name, environment)| {
            (
                name.clone(),
                names::bindings(&service.name, name, environment),
            )
        })
        .collect();
    collisions::check(&mut builder);
    shared::check_names(&mut builder, &environments);
    shared::check_sizes(&mut builder, &environments);
    if !builder.problems.is_empty() {
        return Err(builder.problems);
    }
    let mut stack = Stack {
        files: builder.files,
        policies: builder.policies,
        environments,
    };
    stack
        .policies
        .sort_by(|a, b| (&a.holder, a.kind).cmp(&(&b.holder, b.kind)));
    Ok(stack)
}
