//! Tables.

use serde_json::json;

use super::{About, Answer, Check, Reading, filled};
use crate::live::aws::read::{at, text};

pub(super) const CHECK: Check = Check {
    kinds: &["aws_dynamodb_resource_policy", "aws_dynamodb_table"],
    run,
};

fn run(reading: &mut Reading) {
    for name in reading.scope.names("table") {
        table(reading, &name);
    }
}

fn table(reading: &mut Reading, name: &str) {
    let about = About {
        check: "table",
        on: name,
        kinds: CHECK.kinds,
    };
    let mut calls = vec!["dynamodb:DescribeTable"];
    let by_name = [("TableName", json!(name))];
    let Some(found) = reading
        .ask(about, "dynamodb:DescribeTable", &by_name)
        .found()
    else {
        return;
    };
    let table = at(&found, "Table");
    let arn = text(table, "TableArn").to_owned();
    let encryption = at(table, "SSEDescription");
    let encrypted = matches!(
        text(encryption, "Status"),
        "ENABLED" | "ENABLING" | "UPDATING"
    );
    let class = match text(table, "TableClassSummary.TableClass") {
        "" => "STANDARD",
        class => class,
    };
    let mut attributes = json!({
        "id": name,
        "name": name,
        "arn": arn,
        "deletion_protection_enabled": at(table, "DeletionProtectionEnabled").as_bool().unwrap_or(false),
        "table_class": class,
        "stream_enabled": at(table, "StreamSpecification.StreamEnabled").as_bool().unwrap_or(false),
        "stream_view_type": filled(text(table, "StreamSpecification.StreamViewType")),
        // Off is AWS's own key.
        "server_side_encryption": [{ "enabled": encrypted, "kms_key_arn": at(encryption, "KMSMasterKeyArn") }],
    });
    let about = About {
        kinds: &["aws_dynamodb_table"],
        ..about
    };
    let recovery = About {
        check: "point_in_time_recovery",
        ..about
    };
    if let Answer::Found(found) =
        reading.ask(recovery, "dynamodb:DescribeContinuousBackups", &by_name)
    {
        let status = text(
            &found,
            "ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus",
        );
        attributes["point_in_time_recovery"] = json!([{ "enabled": status == "ENABLED" }]);
        calls.push("dynamodb:DescribeContinuousBackups");
    }
    reading.add(about, "aws_dynamodb_table", name, &attributes, &calls);

    let about = About {
        check: "table_policy",
        kinds: &["aws_dynamodb_resource_policy"],
        ..about
    };
    let call = "dynamodb:GetResourcePolicy";
    if let Answer::Found(found) = reading.ask(about, call, &[("ResourceArn", json!(arn))]) {
        let attributes = json!({ "id": arn, "resource_arn": arn, "policy": at(&found, "Policy") });
        reading.add(
            about,
            "aws_dynamodb_resource_policy",
            &arn,
            &attributes,
            &[call],
        );
    }
}
