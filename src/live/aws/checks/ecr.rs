//! Image repositories.

use serde_json::json;

use super::{About, Answer, Check, Reading, block_if};
use crate::live::aws::read::{at, items};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_ecr_lifecycle_policy",
        "aws_ecr_repository",
        "aws_ecr_repository_policy",
    ],
    run,
};

fn run(reading: &mut Reading) {
    for name in reading.scope.names("repository") {
        repository(reading, &name);
    }
}

fn repository(reading: &mut Reading, name: &str) {
    let about = About {
        check: "repository",
        on: name,
        kinds: CHECK.kinds,
    };
    let call = "ecr:DescribeRepositories";
    let Some(found) = reading
        .ask(about, call, &[("repositoryNames", json!([name]))])
        .found()
    else {
        return;
    };
    let found = items(&found, "repositories");
    let Some(found) = found.first() else {
        return;
    };
    let encryption = at(found, "encryptionConfiguration");
    let attributes = json!({
        "id": name,
        "name": name,
        "arn": at(found, "repositoryArn"),
        "repository_url": at(found, "repositoryUri"),
        "image_tag_mutability": at(found, "imageTagMutability"),
        "image_scanning_configuration": [{ "scan_on_push": at(found, "imageScanningConfiguration.scanOnPush").as_bool().unwrap_or(false) }],
        "encryption_configuration": block_if(encryption, json!({
            "encryption_type": at(encryption, "encryptionType"),
            "kms_key": at(encryption, "kmsKey"),
        })),
    });
    reading.add(about, "aws_ecr_repository", name, &attributes, &[call]);
    for (check, call, kind, member) in [
        (
            "repository_policy",
            "ecr:GetRepositoryPolicy",
            "aws_ecr_repository_policy",
            "policyText",
        ),
        (
            "repository_lifecycle",
            "ecr:GetLifecyclePolicy",
            "aws_ecr_lifecycle_policy",
            "lifecyclePolicyText",
        ),
    ] {
        let kinds = [kind];
        let about = About {
            check,
            kinds: &kinds,
            ..about
        };
        if let Answer::Found(found) = reading.ask(about, call, &[("repositoryName", json!(name))]) {
            let attributes =
                json!({ "id": name, "repository": name, "policy": at(&found, member) });
            reading.add(about, kind, name, &attributes, &[call]);
        }
    }
}
