//! Keys, and who was granted their use.

use serde_json::{Value as Json, json};

use super::{About, Answer, Check, Reading};
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &["aws_kms_alias", "aws_kms_grant", "aws_kms_key"],
    run,
};

fn run(reading: &mut Reading) {
    for alias in reading.scope.names("key") {
        key(reading, &alias);
    }
}

fn key(reading: &mut Reading, alias: &str) {
    let about = About {
        check: "key",
        on: alias,
        kinds: CHECK.kinds,
    };
    let Some(found) = reading
        .ask(about, "kms:DescribeKey", &[("KeyId", json!(alias))])
        .found()
    else {
        return;
    };
    let key = at(&found, "KeyMetadata");
    let id = text(key, "KeyId").to_owned();
    let attributes = json!({ "id": alias, "name": alias, "target_key_id": id, "target_key_arn": at(key, "Arn") });
    reading.add(
        about,
        "aws_kms_alias",
        alias,
        &attributes,
        &["kms:DescribeKey"],
    );

    let by_id = [("KeyId", json!(id))];
    let about = About {
        kinds: &["aws_kms_key"],
        ..about
    };
    let mut calls = vec!["kms:DescribeKey"];
    let mut attributes = json!({
        "id": id,
        "key_id": id,
        "arn": at(key, "Arn"),
        "is_enabled": at(key, "Enabled"),
        "key_usage": at(key, "KeyUsage"),
        "customer_master_key_spec": at(key, "KeySpec"),
        "multi_region": at(key, "MultiRegion").as_bool().unwrap_or(false),
    });
    let rotation = About {
        check: "key_rotation",
        ..about
    };
    if let Answer::Found(found) = reading.ask(rotation, "kms:GetKeyRotationStatus", &by_id) {
        attributes["enable_key_rotation"] = at(&found, "KeyRotationEnabled").clone();
        calls.push("kms:GetKeyRotationStatus");
    }
    let policy = About {
        check: "key_policy",
        ..about
    };
    let parameters = [by_id[0].clone(), ("PolicyName", json!("default"))];
    if let Answer::Found(found) = reading.ask(policy, "kms:GetKeyPolicy", &parameters) {
        attributes["policy"] = at(&found, "Policy").clone();
        calls.push("kms:GetKeyPolicy");
    }
    reading.add(about, "aws_kms_key", &id, &attributes, &calls);

    let about = About {
        check: "grants",
        kinds: &["aws_kms_grant"],
        ..about
    };
    let Answer::Found(found) = reading.ask(about, "kms:ListGrants", &by_id) else {
        return;
    };
    for grant in items(&found, "Grants") {
        if of_a_service(&grant) || of_lambda(&grant, reading) {
            continue;
        }
        let own = text(&grant, "GrantId");
        let id = format!("{id}:{own}");
        let context = |member: &str, attribute: &str| {
            let context = at(&grant, &format!("Constraints.{member}"));
            (!context.is_null()).then(|| json!({ attribute: context }))
        };
        let constraints: Vec<Json> = [
            context("EncryptionContextEquals", "encryption_context_equals"),
            context("EncryptionContextSubset", "encryption_context_subset"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let attributes = json!({
            "id": id,
            "grant_id": own,
            "name": at(&grant, "Name"),
            "key_id": by_id[0].1,
            "grantee_principal": at(&grant, "GranteePrincipal"),
            "retiring_principal": at(&grant, "RetiringPrincipal"),
            "operations": at(&grant, "Operations"),
            "constraints": constraints,
        });
        reading.add(
            about,
            "aws_kms_grant",
            &id,
            &attributes,
            &["kms:ListGrants"],
        );
    }
}

/// Services grant themselves the keys that they were given (`dynamodb.eu-west-1.amazonaws.com`); nobody else can name a
/// service as grantee (KMS developer guide, "Grants in AWS KMS").
fn of_a_service(grant: &Json) -> bool {
    let grantee = text(grant, "GranteePrincipal");
    !grantee.contains(':')
        && (grantee.ends_with(".amazonaws.com") || grantee.ends_with(".amazonaws.com.cn"))
}

/// Lambda grants a function's role the key of its own environment, bound to the function by the encryption context
/// (Lambda developer guide, "Data encryption at rest").
fn of_lambda(grant: &Json, reading: &Reading) -> bool {
    let grantee = text(grant, "GranteePrincipal");
    let role = grantee.rsplit('/').next().unwrap_or("");
    let decrypts = items(grant, "Operations")
        .iter()
        .all(|o| o.as_str() == Some("Decrypt"));
    let context = ["EncryptionContextEquals", "EncryptionContextSubset"]
        .iter()
        .any(|member| {
            let function = at(grant, "Constraints")
                .get(member)
                .and_then(|context| context.get("aws:lambda:FunctionArn"))
                .and_then(Json::as_str);
            function.is_some_and(|arn| {
                let name = arn.split(':').nth(6).unwrap_or("");
                reading.scope.has("function", name)
                    && arn.starts_with(&reading.place.arn("lambda", "function:"))
            })
        });
    decrypts
        && context
        && reading.scope.has("role", role)
        && grantee.split(':').nth(4) == Some(&reading.place.account)
}
