//! Routes whose requests their sender signs: to API Gateway they are open, and their function checks.

use std::collections::BTreeSet;

use crate::catalog::webhooks;
use crate::graph::{Graph, Kind, Resource, Value};

/// What the table calls their authorization.
const SIGNED: &str = "HMAC";

/// Says so of every open route for which a function is told a secret, by the variable of that route.
pub(super) fn mark(graph: &mut Graph) {
    let told: BTreeSet<String> = graph
        .resources
        .values()
        .filter(|resource| !resource.address.data && resource.address.kind == "aws_lambda_function")
        .filter_map(|function| function.get("environment.variables"))
        .filter_map(|variables| match &variables.kind {
            Kind::Map(map) => Some(map.iter()),
            _ => None,
        })
        .flatten()
        .filter(|(name, value)| name.starts_with(webhooks::VARIABLE) && !value.is_null())
        .map(|(name, _)| name.clone())
        .collect();
    if told.is_empty() {
        return;
    }
    let is_signed = |resource: &Resource| {
        let is_route = resource.address.kind == "aws_apigatewayv2_route" && !resource.address.data;
        let key = resource.get("route_key").and_then(Value::as_str);
        is_route && key.is_some_and(|key| told.contains(&webhooks::variable(key)))
    };
    for route in graph.resources.values_mut(is_signed) {
        let kind = route.attributes.get_mut("authorization_type");
        if let Some(kind) = kind.filter(|kind| kind.as_str() == Some("NONE")) {
            kind.kind = Kind::String(SIGNED.to_owned());
        }
    }
}
