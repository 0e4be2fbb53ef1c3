//! Reads the permissions that a graph's policies grant, in canonical form.
//!
//! Nothing that may grant access is passed over: a policy that cannot be put into canonical form,
//! one whose holder is not in the graph, and a resource type that grants by other means than those
//! listed in `policies.json` are errors.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use super::holders::Holders;
use super::{Conditions, Effect, Permission, PolicyKind};
use crate::catalog::aws::region;
use crate::graph::{Graph, Kind, Resource, Value};

/// A policy that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// Address of the resource that carries it.
    pub address: String,
    /// Attribute.
    pub attribute: String,
    /// Why.
    pub message: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.address, self.attribute, self.message)
    }
}

impl std::error::Error for Unreadable {}

/// An attribute that holds a policy document (AWS provider documentation of each resource type).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    #[serde(rename = "type")]
    resource_type: String,
    attribute: String,
    carries: Carries,
    /// Where the policy is attached; unsaid: to the resource itself.
    holder: Option<Holder>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Carries {
    Identity,
    Trust,
    Resource,
    /// Not a policy of IAM's language.
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holder {
    /// Attribute that refers to the holder.
    attribute: String,
    /// Resource type of the holder.
    #[serde(rename = "type")]
    resource_type: String,
    /// Attribute of the holder that a plain string is compared with.
    name: String,
}

static PLACES: LazyLock<Vec<Place>> =
    LazyLock::new(|| serde_json::from_str(include_str!("policies.json")).unwrap_or_default());

/// Attribute names under which the provider takes policy documents or their ARNs.
const POLICY_ATTRIBUTES: [&str; 9] = [
    "access_policy",
    "assume_role_policy",
    "inline_policy",
    "managed_policy_arns",
    "policy",
    "policy_arn",
    "policy_document",
    "redrive_allow_policy",
    "resource_policy",
];

/// Resource types that grant access without a policy document that is read here.
const OTHER_GRANTS: [&str; 12] = [
    "aws_cloudwatch_event_permission",
    "aws_cloudwatch_log_destination_policy",
    "aws_iam_access_key",
    "aws_iam_group_policy",
    "aws_iam_policy_attachment",
    "aws_iam_role_policies_exclusive",
    "aws_iam_user_policy",
    "aws_kms_grant",
    "aws_lakeformation_permissions",
    "aws_lambda_layer_version_permission",
    "aws_s3_bucket_acl",
    "aws_vpc_endpoint_policy",
];

/// Every permission of every policy in the graph.
///
/// # Errors
/// Everything that may grant access and is not in the result, sorted by place.
pub fn permissions(graph: &Graph) -> Result<BTreeSet<Permission>, Vec<Unreadable>> {
    let mut reader = Reader {
        graph,
        holders: Holders::of(graph, name_of),
        permissions: BTreeSet::new(),
        errors: Vec::new(),
    };
    for resource in graph.resources.values().filter(|r| !r.address.data) {
        reader.resource(resource);
    }
    if reader.errors.is_empty() {
        return Ok(reader.permissions);
    }
    reader.errors.sort();
    Err(reader.errors)
}

/// The attribute that names a resource of a type that carries policies of others.
pub(super) fn name_of(kind: &str) -> Option<&'static str> {
    if kind == "aws_lambda_function" {
        return Some("function_name");
    }
    let mut holders = PLACES.iter().filter_map(|place| place.holder.as_ref());
    let holder = holders.find(|holder| holder.resource_type == kind);
    holder.map(|holder| holder.name.as_str())
}

struct Reader<'a> {
    graph: &'a Graph,
    holders: Holders<'a>,
    permissions: BTreeSet<Permission>,
    errors: Vec<Unreadable>,
}

impl Reader<'_> {
    fn resource(&mut self, resource: &Resource) {
        let kind = resource.address.kind.as_str();
        let mut fail = |attribute: &str, message: String| {
            self.errors.push(Unreadable {
                address: resource.address.to_string(),
                attribute: attribute.to_owned(),
                message,
            });
        };
        if OTHER_GRANTS.contains(&kind) {
            fail("*", format!("what a {kind} grants is not read"));
            return;
        }
        if kind == "aws_lambda_permission" {
            match lambda_permission(self.graph, &self.holders, resource) {
                Ok(permission) => drop(self.permissions.insert(permission)),
                Err(message) => fail("*", message),
            }
            return;
        }
        for attribute in POLICY_ATTRIBUTES {
            let Some(value) = resource.get(attribute).filter(|v| !is_empty(v)) else {
                continue;
            };
            let place = PLACES
                .iter()
                .find(|p| p.resource_type == kind && p.attribute == attribute);
            let read = match place {
                None => Err(format!(
                    "what this attribute of a {kind} grants is not read"
                )),
                Some(place) => self.policy(resource, place, value),
            };
            match read {
                Ok(permissions) => self.permissions.extend(permissions),
                Err(message) => self.errors.push(Unreadable {
                    address: resource.address.to_string(),
                    attribute: attribute.to_owned(),
                    message,
                }),
            }
        }
    }

    fn policy(
        &self,
        resource: &Resource,
        place: &Place,
        value: &Value,
    ) -> Result<Vec<Permission>, String> {
        let kind = match place.carries {
            Carries::None => return Ok(Vec::new()),
            Carries::Identity => PolicyKind::Identity,
            Carries::Trust => PolicyKind::Trust,
            Carries::Resource => PolicyKind::Resource,
        };
        let holder = match &place.holder {
            None => resource.address.to_string(),
            Some(holder) => self.holder(resource, holder)?,
        };
        let document = value.json().ok_or("the policy is not known, or not JSON")?;
        statements(&document)?
            .iter()
            .try_fold(Vec::new(), |mut all, statement| {
                all.extend(read_statement(statement, &holder, kind)?);
                Ok(all)
            })
    }

    /// Address of the resource that a policy is attached to.
    fn holder(&self, resource: &Resource, holder: &Holder) -> Result<String, String> {
        let value = resource
            .get(&holder.attribute)
            .ok_or_else(|| format!("{} is not set", holder.attribute))?;
        let found = self.holders.find(&holder.resource_type, value);
        found.map(|r| r.address.to_string()).ok_or_else(|| {
            format!(
                "{} names no {} of this stack",
                holder.attribute, holder.resource_type
            )
        })
    }
}

fn is_empty(value: &Value) -> bool {
    value.elements().is_some_and(<[Value]>::is_empty) || value.as_str() == Some("")
}

fn statements(document: &Value) -> Result<&[Value], String> {
    let Kind::Map(map) = &document.kind else {
        return Err("the policy is no object".to_owned());
    };
    for key in map.keys() {
        if !matches!(key.as_str(), "Version" | "Id" | "Statement") {
            return Err(format!("the policy has an element {key:?}"));
        }
    }
    // Before this version "${" was plain text (IAM user guide, "IAM JSON policy elements: Version").
    if document.get("Version").and_then(Value::as_str) != Some("2012-10-17") {
        return Err("the policy's version is not 2012-10-17".to_owned());
    }
    let statement = document
        .get("Statement")
        .ok_or("the policy has no statement")?;
    Ok(match &statement.kind {
        Kind::List(items) => items,
        _ => std::slice::from_ref(statement),
    })
}

/// Texts of a string or of a list of strings.
fn texts(value: &Value, what: &str) -> Result<BTreeSet<String>, String> {
    let items = match &value.kind {
        Kind::List(items) | Kind::Set(items) => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    items
        .iter()
        .map(|item| item.text().ok_or_else(|| format!("{what} is no text")))
        .collect()
}

fn read_statement(
    statement: &Value,
    holder: &str,
    kind: PolicyKind,
) -> Result<Vec<Permission>, String> {
    let Kind::Map(map) = &statement.kind else {
        return Err("a statement is not known".to_owned());
    };
    let mut effect = None;
    let mut principals = BTreeSet::new();
    let mut actions = BTreeSet::new();
    let mut resources = BTreeSet::new();
    let mut conditions = Conditions::new();
    for (key, value) in map {
        match key.as_str() {
            "Sid" => {}
            "Effect" => {
                effect = Some(match value.as_str() {
                    Some("Allow") => Effect::Allow,
                    Some("Deny") => Effect::Deny,
                    _ => return Err("Effect is neither Allow nor Deny".to_owned()),
                });
            }
            "Principal" => principals = read_principals(value)?,
            "Action" => actions = texts(value, key)?,
            "Resource" => resources = texts(value, key)?,
            "Condition" => conditions = read_conditions(value)?,
            _ => {
                return Err(format!(
                    "a statement has an element {key:?}, which is not read"
                ));
            }
        }
    }
    let effect = effect.ok_or("a statement has no Effect")?;
    if actions.is_empty() {
        return Err("a statement has no Action".to_owned());
    }
    let principals: Vec<Option<String>> = match (kind, principals.is_empty()) {
        (PolicyKind::Identity, true) => vec![None],
        (PolicyKind::Identity, false) => {
            return Err("an identity policy names a Principal".to_owned());
        }
        (_, true) => return Err("a statement has no Principal".to_owned()),
        (_, false) => principals.into_iter().map(Some).collect(),
    };
    if resources.is_empty() {
        // Trust and repository policies have no Resource: they stand on what they are about.
        if kind == PolicyKind::Identity {
            return Err("a statement has no Resource".to_owned());
        }
        resources.insert("*".to_owned());
    }
    let mut permissions = Vec::new();
    for principal in &principals {
        for action in &actions {
            for resource in &resources {
                permissions.push(Permission {
                    holder: holder.to_owned(),
                    kind,
                    effect,
                    principal: principal.clone(),
                    action: action.clone(),
                    resource: resource.clone(),
                    conditions: conditions.clone(),
                });
            }
        }
    }
    Ok(permissions)
}

fn read_principals(value: &Value) -> Result<BTreeSet<String>, String> {
    let Kind::Map(map) = &value.kind else {
        return match value.as_str() {
            Some("*") => Ok(BTreeSet::from(["*".to_owned()])),
            _ => Err("Principal is not known".to_owned()),
        };
    };
    let mut principals = BTreeSet::new();
    for (kind, value) in map {
        if !matches!(
            kind.as_str(),
            "AWS" | "Service" | "Federated" | "CanonicalUser"
        ) {
            return Err(format!("Principal has no kind {kind:?}"));
        }
        for text in texts(value, "Principal")? {
            // "*" and { AWS = "*" } are the same (IAM user guide, "AWS JSON policy elements: Principal").
            principals.insert(if kind == "AWS" && text == "*" {
                text
            } else {
                format!("{kind}:{text}")
            });
        }
    }
    Ok(principals)
}

fn read_conditions(value: &Value) -> Result<Conditions, String> {
    let unknown = || "Condition is not known".to_owned();
    let Kind::Map(operators) = &value.kind else {
        return Err(unknown());
    };
    let mut conditions = Conditions::new();
    for (operator, keys) in operators {
        let Kind::Map(keys) = &keys.kind else {
            return Err(unknown());
        };
        for (key, values) in keys {
            let texts = texts(values, "Condition")?;
            let of_operator = conditions.entry(operator.clone()).or_default();
            of_operator.insert(key.clone(), texts);
        }
    }
    Ok(conditions)
}

/// The statement that Lambda writes for a permission (Lambda API reference, `AddPermission`).
fn lambda_permission(
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
    for (attribute, operator, key) in [
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
    ] {
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
pub(super) fn place(graph: &Graph) -> Result<(String, String), String> {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::graph::hcl;

    const PROVIDER: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}
resource "aws_iam_role" "a" {
  name = "a"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
"#;

    fn read(text: &str) -> Result<Vec<String>, Vec<String>> {
        let files = BTreeMap::from([("main.tf".into(), format!("{PROVIDER}{text}"))]);
        let graph = hcl::read(&files, &[]).unwrap();
        let line = |p: Permission| {
            let conditions: Vec<String> = p
                .conditions
                .iter()
                .flat_map(|(op, keys)| {
                    keys.iter()
                        .map(move |(key, v)| format!(" {op} {key} {v:?}"))
                })
                .collect();
            let principal = p.principal.map_or(String::new(), |p| format!(" {p}"));
            format!(
                "{} {:?} {} {}{principal}{}",
                p.holder,
                p.effect,
                p.action,
                p.resource,
                conditions.concat()
            )
        };
        match permissions(&graph) {
            Ok(permissions) => Ok(permissions.into_iter().map(line).collect()),
            Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
        }
    }

    fn role_policy(role: &str, statement: &str) -> String {
        format!(
            "resource \"aws_iam_role_policy\" \"p\" {{\n  role = {role}\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = {statement} }})\n}}\n"
        )
    }

    #[test]
    fn statements_become_one_permission_for_each_action_and_resource() {
        let statement = r#"[{
            Effect = "Allow", Action = ["sqs:SendMessage", "sqs:GetQueueUrl"],
            Resource = [aws_sqs_queue.jobs.arn, "*"],
            Condition = { Bool = { "aws:SecureTransport" = true } } }]"#;
        let tail = " Bool aws:SecureTransport {\"true\"}";
        let expected: Vec<String> = ["sqs:GetQueueUrl", "sqs:SendMessage"]
            .iter()
            .flat_map(|action| {
                ["*", "<aws_sqs_queue.jobs.arn>"]
                    .map(|on| format!("aws_iam_role.a Allow {action} {on}{tail}"))
            })
            .collect();
        // By reference, by its name, by one statement that stands alone.
        for role in ["aws_iam_role.a.id", "aws_iam_role.a.name", "\"a\""] {
            assert_eq!(
                read(&role_policy(role, statement)),
                Ok(expected.clone()),
                "{role}"
            );
        }
        let alone = statement.trim_start_matches('[').trim_end_matches(']');
        assert_eq!(read(&role_policy("\"a\"", alone)), Ok(expected));
    }

    #[test]
    fn principals_and_invocations_are_read() {
        let text = r#"
resource "aws_sqs_queue_policy" "p" {
  queue_url = "https://sqs.eu-west-1.amazonaws.com/111111111111/jobs"
  policy = jsonencode({ Version = "2012-10-17", Statement = {
    Effect = "Deny", Principal = { AWS = ["*", "111111111111"], Service = "s3.amazonaws.com" }, Action = "sqs:*", Resource = "*" } })
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.a.arn
}
resource "aws_lambda_permission" "p" {
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.f.function_name
  principal      = "s3.amazonaws.com"
  source_account = "111111111111"
}
"#;
        assert_eq!(
            read(text),
            Ok(vec![
                "aws_lambda_function.f Allow lambda:InvokeFunction arn:aws:lambda:eu-west-1:111111111111:function:f Service:s3.amazonaws.com StringEquals aws:SourceAccount {\"111111111111\"}".to_owned(),
                "aws_sqs_queue.jobs Deny sqs:* * *".to_owned(),
                "aws_sqs_queue.jobs Deny sqs:* * AWS:111111111111".to_owned(),
                "aws_sqs_queue.jobs Deny sqs:* * Service:s3.amazonaws.com".to_owned(),
            ])
        );
    }

    #[test]
    fn what_may_grant_and_is_not_read_is_an_error() {
        let good = r#"{ Effect = "Allow", Action = "sqs:*", Resource = "*" }"#;
        for (text, expected) in [
            (role_policy("\"b\"", good), "role names no aws_iam_role of this stack"),
            (role_policy("\"a\"", "var.unknown"), "a statement is not known"),
            (
                role_policy("\"a\"", &good.replace("Action", "NotAction")),
                "a statement has an element \"NotAction\"",
            ),
            (
                role_policy("\"a\"", &good.replace("Allow", "allow")),
                "Effect is neither Allow nor Deny",
            ),
            (
                role_policy("\"a\"", &good.replace("{ Effect", "{ Principal = \"*\", Effect")),
                "an identity policy names a Principal",
            ),
            (
                role_policy("\"a\"", good).replace("2012-10-17", "2008-10-17"),
                "version is not 2012-10-17",
            ),
            (
                role_policy("\"a\"", &good.replace("Resource = \"*\"", "Sid = \"x\"")),
                "a statement has no Resource",
            ),
            (
                "resource \"aws_iam_role_policy_attachment\" \"x\" {\n  role = \"a\"\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n".to_owned(),
                "aws_iam_role_policy_attachment.x.policy_arn: what this attribute",
            ),
            (
                "resource \"aws_kms_grant\" \"x\" {\n  key_id = \"k\"\n  grantee_principal = \"p\"\n  operations = [\"Decrypt\"]\n}\n".to_owned(),
                "what a aws_kms_grant grants is not read",
            ),
        ] {
            let text = format!("{text}\nvariable \"unknown\" {{}}\n");
            let errors = read(&text).unwrap_err();
            assert!(errors.iter().any(|e| e.contains(expected)), "{expected}: {errors:?}");
        }
    }

    #[test]
    fn the_data_parses() {
        assert!(PLACES.len() > 10);
    }
}
