//! Permissions of functions to be invoked, which are no policy documents.

use std::collections::BTreeSet;

use super::super::holders::Holders;
use super::super::{Conditions, Effect, Permission, PolicyKind};
use crate::catalog::aws::region;
use crate::graph::{Graph, Resource, Value};

/// Arguments of `aws_lambda_permission` that are conditions of its statement: operator and key (AWS Lambda API reference,
/// `AddPermission`).
pub const CONDITIONS: [(&str, &str, &str); 5] = [
    ("source_arn", "ArnLike", "aws:SourceArn"),
    ("source_account", "StringEquals", "aws:SourceAccount"),
    ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
    (
        "event_source_token",
        "StringEquals",
        "lambda:EventSourceToken",
    ),
    (
        "function_url_auth_type",
        "StringEquals",
        "lambda:FunctionUrlAuthType",
    ),
];

/// The statement that Lambda writes for a permission (Lambda API reference, `AddPermission`).
pub(super) fn lambda_permission(
    graph: &Graph,
    holders: &Holders<'_>,
    resource: &Resource,
) -> Result<Permission, String> {
    let text = |attribute: &str| resource.get(attribute).and_then(Value::text);
    let need = |attribute: &str| text(attribute).ok_or_else(|| format!("{attribute} is not set"));
    let function = resource
        .get("function_name")
        .ok_or("function_name is not set")?;
    let target = holders
        .find("aws_lambda_function", function)
        .ok_or("function_name names no function of this stack")?;
    let name = target
        .get("function_name")
        .and_then(Value::text)
        .ok_or("the function has no name")?;
    let (region, account) = place(graph)?;
    let partition = region::partition(&region);
    let qualifier = text("qualifier").map_or_else(String::new, |q| format!(":{q}"));
    let mut conditions = Conditions::new();
    for (attribute, operator, key) in CONDITIONS {
        if let Some(value) = text(attribute) {
            let of_operator = conditions.entry(operator.to_owned()).or_default();
            of_operator.insert(key.to_owned(), BTreeSet::from([value]));
        }
    }
    let principal = need("principal")?;
    Ok(Permission {
        holder: target.address.to_string(),
        kind: PolicyKind::Resource,
        effect: Effect::Allow,
        principal: Some(match principal.as_str() {
            "*" => principal,
            service if service.ends_with(".amazonaws.com") => format!("Service:{service}"),
            _ => format!("AWS:{principal}"),
        }),
        action: need("action")?,
        resource: format!("arn:{partition}:lambda:{region}:{account}:function:{name}{qualifier}"),
        conditions,
    })
}

/// Region and account of the AWS provider.
pub(in crate::iam) fn place(graph: &Graph) -> Result<(String, String), String> {
    let unknown = "the provider names no one region and account";
    let [provider] = graph.providers.get("aws").map_or(&[][..], Vec::as_slice) else {
        return Err(unknown.to_owned());
    };
    let region = provider.get("region").and_then(Value::text);
    let account = provider
        .get("allowed_account_ids")
        .filter(|ids| ids.elements().is_some_and(|ids| ids.len() == 1))
        .and_then(|ids| ids.sole().text());
    region.zip(account).ok_or_else(|| unknown.to_owned())
}
