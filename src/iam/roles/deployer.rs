//! The role with which a pipeline plans, applies and destroys one environment of a stack.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{self, Guard, Line};
use super::pack::{ManagedPolicy, Permits, pack};
use super::stack::{Stack, condition, one};
use crate::graph::{Resource, Value};
use crate::iam::Effect;
use crate::iam::document::Condition;

/// The managed policies of the role, each within IAM's size.
///
/// It reads, creates, changes and deletes what the stack is made of, and its state; passes each role of the stack to
/// the service that the role trusts; and makes no role without the permissions boundary, where one is prescribed. It
/// cannot change whom a role trusts, loosen a boundary, attach managed policies, or touch what is in buckets, tables
/// and queues.
///
/// # Errors
/// A sentence for each resource whose type or name is not known, or for what fits into no policy.
pub fn deployer(stack: &Stack<'_>) -> Result<Vec<ManagedPolicy>, Vec<String>> {
    let mut faults = BTreeSet::new();
    let mut permits = Permits::default();
    for resource in stack.graph.resources.values() {
        let kind = typed(resource);
        let Some(lines) = data::lines(&kind) else {
            faults.insert(format!(
                "{}: which calls a {kind} takes is not known",
                resource.address
            ));
            continue;
        };
        for line in lines {
            if !Stack::applies(resource, line) {
                continue;
            }
            for template in &line.on {
                match stack.arn(template, &resource.attributes) {
                    Ok(arn) => allow(stack, &mut permits, line, &arn),
                    Err(fault) => {
                        faults.insert(format!("{}: {fault}", resource.address));
                    }
                }
            }
        }
    }
    if let Some((_, attributes)) = &stack.graph.backend {
        state(stack, &mut permits, attributes);
    }
    pass_roles(stack, &mut permits);
    keep_boundary(stack, &mut permits);
    if !faults.is_empty() {
        return Err(faults.into_iter().collect());
    }
    pack(&format!("slgen-{}-deployer", stack.name), permits).map_err(|fault| vec![fault])
}

/// Type of a resource, `data.` before that of a data source.
fn typed(resource: &Resource) -> String {
    let address = &resource.address;
    let data = if address.data { "data." } else { "" };
    format!("{data}{}", address.kind)
}

fn allow(stack: &Stack<'_>, permits: &mut Permits, line: &Line, arn: &str) {
    for action in line.actions() {
        let mut conditions = guard(stack, line.condition);
        conditions.extend(stack.in_region(arn));
        if let Some(service) = &line.via {
            conditions.push(via(stack, service));
            if action == "kms:CreateGrant" {
                conditions.push(one("Bool", "kms:GrantIsForAWSResource", "true"));
            }
        }
        if !line.made_by.is_empty() {
            conditions.push(condition(
                "StringEquals",
                "ec2:CreateAction",
                line.made_by.clone(),
            ));
        }
        permits.add(Effect::Allow, action, arn, conditions);
    }
}

fn via(stack: &Stack<'_>, service: &str) -> Condition {
    let host = format!("{service}.{}.{}", stack.region, stack.dns_suffix);
    one("StringEquals", "kms:ViaService", &host)
}

fn guard(stack: &Stack<'_>, guard: Option<Guard>) -> Vec<Condition> {
    let tags = |key: &str| stack.with_tags(key);
    let absent = |key: &str| -> Vec<Condition> {
        stack
            .tags
            .iter()
            .map(|(tag, _)| one("Null", &format!("{key}/{tag}"), "true"))
            .collect()
    };
    match guard {
        None => Vec::new(),
        Some(Guard::Requested) => tags("aws:RequestTag"),
        Some(Guard::Tagged) => tags("aws:ResourceTag"),
        Some(Guard::Fresh) => [tags("aws:RequestTag"), absent("aws:ResourceTag")].concat(),
        Some(Guard::FreshKey) => [
            tags("aws:RequestTag"),
            absent("aws:ResourceTag"),
            vec![one("Null", "kms:ResourceAliases", "true")],
        ]
        .concat(),
        Some(Guard::TagsKept) => absent("aws:RequestTag"),
        Some(Guard::Bounded) => stack
            .boundary
            .iter()
            .map(|boundary| one("StringEquals", "iam:PermissionsBoundary", boundary))
            .collect(),
        Some(Guard::ForFunction) => vec![one(
            "ArnLike",
            "lambda:FunctionArn",
            &format!(
                "arn:{}:lambda:{}:{}:function:{}-*",
                stack.partition, stack.region, stack.account, stack.name
            ),
        )],
        Some(Guard::ForPrincipal) => {
            let principals: BTreeSet<String> = stack
                .graph
                .of_type("aws_lambda_permission")
                .filter_map(|permission| permission.get("principal")?.as_str())
                .map(str::to_owned)
                .collect();
            vec![condition("StringEquals", "lambda:Principal", principals)]
        }
    }
}

/// The state and its lock file (Terraform, "Backend Type: s3": permissions).
fn state(stack: &Stack<'_>, permits: &mut Permits, attributes: &BTreeMap<String, Value>) {
    let text = |key: &str| attributes.get(key).and_then(Value::as_str);
    let (Some(bucket), Some(key)) = (text("bucket"), text("key")) else {
        return;
    };
    let bucket = format!("arn:{}:s3:::{bucket}", stack.partition);
    let object = format!("{bucket}/{key}");
    let lock = format!("{object}.tflock");
    permits.add(Effect::Allow, "s3:ListBucket", &bucket, Vec::new());
    for action in ["s3:GetObject", "s3:PutObject"] {
        for on in [&object, &lock] {
            permits.add(Effect::Allow, action, on, Vec::new());
        }
    }
    permits.add(Effect::Allow, "s3:DeleteObject", &lock, Vec::new());
    let Some(key) = text("kms_key_id") else {
        return;
    };
    let mut conditions = vec![via(stack, "s3")];
    let on = match key.rsplit_once(":alias/").map(|(_, alias)| alias) {
        None if key.starts_with("arn:") => key.to_owned(),
        // The id of the key behind an alias is not known here.
        alias => {
            let keys = "arn:{partition}:kms:{region}:{account}:key/";
            let Ok(keys) = stack.arn(keys, &BTreeMap::new()) else {
                return;
            };
            match alias.or_else(|| key.strip_prefix("alias/")) {
                Some(alias) => {
                    conditions.push(one(
                        "ForAnyValue:StringEquals",
                        "kms:ResourceAliases",
                        &format!("alias/{alias}"),
                    ));
                    format!("{keys}*")
                }
                None => format!("{keys}{key}"),
            }
        }
    };
    for action in ["kms:Decrypt", "kms:GenerateDataKey"] {
        permits.add(Effect::Allow, action, &on, conditions.clone());
    }
}

/// Each role of the stack may be passed to the service that it trusts, and to no other.
fn pass_roles(stack: &Stack<'_>, permits: &mut Permits) {
    for role in stack.graph.of_type("aws_iam_role") {
        let Some(name) = role.get("name").and_then(Value::as_str) else {
            continue;
        };
        let arn = format!("arn:{}:iam::{}:role/{name}", stack.partition, stack.account);
        for service in trusted_services(role) {
            let to = one("StringEquals", "iam:PassedToService", &service);
            permits.add(Effect::Allow, "iam:PassRole", &arn, vec![to]);
        }
    }
}

fn trusted_services(role: &Resource) -> BTreeSet<String> {
    let Some(trust) = role.get("assume_role_policy").and_then(Value::json) else {
        return BTreeSet::new();
    };
    let statements = trust.get("Statement").map(each).unwrap_or_default();
    statements
        .into_iter()
        .filter_map(|statement| statement.get("Principal")?.get("Service"))
        .flat_map(each)
        .filter_map(|service| service.as_str().map(str::to_owned))
        .collect()
}

fn each(value: &Value) -> Vec<&Value> {
    value
        .elements()
        .map_or_else(|| vec![value], |items| items.iter().collect())
}

/// What holds whatever else the role is given: nobody gets around the boundary.
fn keep_boundary(stack: &Stack<'_>, permits: &mut Permits) {
    let Some(boundary) = &stack.boundary else {
        return;
    };
    let roles = format!("arn:{}:iam::{}:role/*", stack.partition, stack.account);
    for action in [
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
    ] {
        permits.add(Effect::Deny, action, &roles, Vec::new());
    }
    for action in [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:PutRolePolicy",
    ] {
        let unbounded = one("StringNotEquals", "iam:PermissionsBoundary", boundary);
        permits.add(Effect::Deny, action, &roles, vec![unbounded]);
    }
    for action in [
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion",
    ] {
        permits.add(Effect::Deny, action, boundary, Vec::new());
    }
}
