//! Roles: who may assume them, and what they may do.

use serde_json::{Value as Json, json};

use super::{About, Answer, Check, Reading, last};
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_iam_instance_profile",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
    ],
    run,
};

fn run(reading: &mut Reading) {
    // Policies of the code that nothing is attached to are read as well.
    let own = reading.scope.names("policy");
    for name in reading.scope.names("role") {
        role(reading, &name);
    }
    for name in own {
        if !name.starts_with("arn:") {
            let arn = format!(
                "arn:{}:iam::{}:policy/{name}",
                reading.place.partition(),
                reading.place.account
            );
            document(reading, &arn);
        }
    }
}

fn role(reading: &mut Reading, name: &str) {
    let about = About {
        check: "role",
        on: name,
        kinds: CHECK.kinds,
    };
    let by_name = [("RoleName", json!(name))];
    let Some(found) = reading.ask(about, "iam:GetRole", &by_name).found() else {
        return;
    };
    let role = at(&found, "Role");
    let boundary = at(role, "PermissionsBoundary.PermissionsBoundaryArn");
    let attributes = json!({
        "id": name,
        "name": name,
        "arn": at(role, "Arn"),
        "path": at(role, "Path"),
        "assume_role_policy": decoded(text(role, "AssumeRolePolicyDocument")),
        "max_session_duration": at(role, "MaxSessionDuration"),
        "permissions_boundary": boundary,
    });
    reading.add(about, "aws_iam_role", name, &attributes, &["iam:GetRole"]);
    if let Some(arn) = boundary.as_str() {
        document(reading, arn);
    }

    let about = About {
        check: "inline_policies",
        kinds: &["aws_iam_role_policy"],
        ..about
    };
    if let Answer::Found(found) = reading.ask(about, "iam:ListRolePolicies", &by_name) {
        for policy in items(&found, "PolicyNames") {
            let policy = policy.as_str().unwrap_or("");
            let parameters = [("RoleName", json!(name)), ("PolicyName", json!(policy))];
            if let Answer::Found(found) = reading.ask(about, "iam:GetRolePolicy", &parameters) {
                let id = format!("{name}:{policy}");
                let attributes = json!({
                    "id": id,
                    "name": policy,
                    "role": name,
                    "policy": decoded(text(&found, "PolicyDocument")),
                });
                reading.add(
                    about,
                    "aws_iam_role_policy",
                    &id,
                    &attributes,
                    &["iam:ListRolePolicies", "iam:GetRolePolicy"],
                );
            }
        }
    }

    let about = About {
        check: "attached_policies",
        kinds: &["aws_iam_role_policy_attachment"],
        ..about
    };
    if let Answer::Found(found) = reading.ask(about, "iam:ListAttachedRolePolicies", &by_name) {
        for policy in items(&found, "AttachedPolicies") {
            let arn = text(&policy, "PolicyArn");
            let id = format!("{name}/{arn}");
            let attributes = json!({ "id": id, "role": name, "policy_arn": arn });
            reading.add(
                about,
                "aws_iam_role_policy_attachment",
                &id,
                &attributes,
                &["iam:ListAttachedRolePolicies"],
            );
            document(reading, arn);
        }
    }

    let about = About {
        check: "instance_profiles",
        kinds: &["aws_iam_instance_profile"],
        ..about
    };
    let call = "iam:ListInstanceProfilesForRole";
    if let Answer::Found(found) = reading.ask(about, call, &by_name) {
        for profile in items(&found, "InstanceProfiles") {
            let id = text(&profile, "InstanceProfileName");
            let attributes =
                json!({ "id": id, "name": id, "arn": at(&profile, "Arn"), "role": name });
            reading.add(about, "aws_iam_instance_profile", id, &attributes, &[call]);
        }
    }
}

/// What a managed policy allows now: its default version.
fn document(reading: &mut Reading, arn: &str) {
    let about = About {
        check: "managed_policy",
        on: arn,
        kinds: &["aws_iam_policy"],
    };
    let Some(found) = reading
        .ask(about, "iam:GetPolicy", &[("PolicyArn", json!(arn))])
        .found()
    else {
        return;
    };
    let version = at(&found, "Policy.DefaultVersionId");
    let parameters = [("PolicyArn", json!(arn)), ("VersionId", version.clone())];
    let Some(found) = reading
        .ask(about, "iam:GetPolicyVersion", &parameters)
        .found()
    else {
        return;
    };
    let name = last(arn, '/');
    let attributes = json!({
        "id": arn,
        "arn": arn,
        "name": name,
        "policy": decoded(text(&found, "PolicyVersion.Document")),
    });
    let calls = ["iam:GetPolicy", "iam:GetPolicyVersion"];
    if reading.scope.has("policy", name) {
        reading.add(about, "aws_iam_policy", arn, &attributes, &calls);
    } else {
        reading.add_data(about, "aws_iam_policy", arn, &attributes, &calls);
    }
}

/// IAM percent-encodes documents (RFC 3986; IAM API reference, `GetRolePolicy`).
fn decoded(text: &str) -> Json {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_whatever_they_hold() {
        assert_eq!(
            decoded("%7B%22a%22%3A%20%22%C3%BC%22%7D"),
            json!(r#"{"a": "ü"}"#)
        );
        assert_eq!(decoded(r#"{"a": "100%"}"#), json!(r#"{"a": "100%"}"#));
        assert_eq!(decoded("%"), json!("%"));
        assert_eq!(decoded("%zü%4"), json!("%zü%4"));
        assert_eq!(decoded("%+1"), json!("%+1"));
    }
}
