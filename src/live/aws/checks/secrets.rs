//! Secrets of the stack: their settings and policies, never their values.

use serde_json::json;

use super::{About, Answer, Check, Reading};
use crate::live::aws::read::{at, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_secretsmanager_secret",
        "aws_secretsmanager_secret_policy",
    ],
    run,
};

fn run(reading: &mut Reading) {
    for name in reading.scope.names("secret") {
        let about = About {
            check: "secret",
            on: &name,
            kinds: CHECK.kinds,
        };
        let by_name = [("SecretId", json!(name))];
        let call = "secretsmanager:DescribeSecret";
        let Some(found) = reading.ask(about, call, &by_name).found() else {
            continue;
        };
        let arn = text(&found, "ARN").to_owned();
        let attributes =
            json!({ "id": arn, "arn": arn, "name": name, "kms_key_id": at(&found, "KmsKeyId") });
        reading.add(
            about,
            "aws_secretsmanager_secret",
            &arn,
            &attributes,
            &[call],
        );

        let about = About {
            check: "secret_policy",
            kinds: &["aws_secretsmanager_secret_policy"],
            ..about
        };
        let call = "secretsmanager:GetResourcePolicy";
        if let Answer::Found(found) = reading.ask(about, call, &by_name)
            && !text(&found, "ResourcePolicy").is_empty()
        {
            let attributes =
                json!({ "id": arn, "secret_arn": arn, "policy": at(&found, "ResourcePolicy") });
            reading.add(
                about,
                "aws_secretsmanager_secret_policy",
                &arn,
                &attributes,
                &[call],
            );
        }
    }
}
