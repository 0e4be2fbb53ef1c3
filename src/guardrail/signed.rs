//! Open routes whose requests their sender signs.

use super::context::{Context, text};
use crate::catalog::webhooks;
use crate::graph::{Kind, Part, Resource, Value};
use crate::iam::{Effect, PolicyKind};

/// ARN of the secret that requests of a route are signed with: the function behind the route is told it, by the
/// variable of that route, and may read it. Whether it checks by it, only its source shows (`SLG-AUTH-010`).
pub(crate) fn secret(context: &Context<'_>, route: &Resource) -> Option<String> {
    let known = |name: &str| route.get(name).and_then(Value::as_str);
    if known("authorization_type") != Some("NONE") {
        return None;
    }
    let variable = webhooks::variable(known("route_key")?);
    let integration = context.owner(symbol(route.get("target")?)?)?;
    let function = context.target("aws_lambda_function", integration.get("integration_uri"))?;
    let secret = text(function.get(&format!("environment.variables.{variable}"))?);
    let is_secret = secret.starts_with("arn:") && secret.contains(":secretsmanager:");
    let role = context.target("aws_iam_role", function.get("role"))?;
    let reads = context
        .held_by(&role.address.to_string())
        .iter()
        .any(|permission| {
            let end = permission.resource.strip_prefix(&secret);
            permission.kind == PolicyKind::Identity
                && permission.effect == Effect::Allow
                && permission.action == "secretsmanager:GetSecretValue"
                && end.is_some_and(|end| ["", "-??????"].contains(&end))
        });
    (is_secret && reads).then_some(secret)
}

/// The one symbol of a text: `integrations/${aws_apigatewayv2_integration.f.id}`.
fn symbol(value: &Value) -> Option<&str> {
    let Kind::Template(parts) = &value.kind else {
        return None;
    };
    let mut symbols = parts.iter().filter_map(|part| match part {
        Part::Symbol(symbol) => Some(symbol.as_str()),
        Part::Literal(_) => None,
    });
    symbols.next().filter(|_| symbols.next().is_none())
}
