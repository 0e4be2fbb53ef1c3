//! Keys of existing resources that differ with the environment: a variable for each.

use serde_json::{Value as Json, json};

use super::names;
use crate::service::Service;
use crate::service::model::Environment;

/// The module's variables for them.
pub(super) fn variables(service: &Service) -> Vec<Json> {
    let names = service.resources.keys();
    let varying = names.filter(|name| service.has_keys_of(name));
    let variables = varying.map(|name| {
        json!({ "variable": names::key(name), "description": format!("ARN of the key that encrypts {name}.") })
    });
    variables.collect()
}

/// Their values in one environment.
pub(super) fn values(environment: &Environment) -> Vec<Json> {
    let keys = environment.kms_keys.iter();
    let values = keys.map(|(name, arn)| json!({ "variable": names::key(name), "value": arn }));
    values.collect()
}
