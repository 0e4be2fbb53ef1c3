//! Log groups, who gets a copy of what they hold, and who may write to them.

use serde_json::{Value as Json, json};

use super::{About, Answer, Check, Reading};
use crate::iam::action_matches;
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_cloudwatch_log_account_policy",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_log_metric_filter",
        "aws_cloudwatch_log_resource_policy",
        "aws_cloudwatch_log_subscription_filter",
    ],
    run,
};

fn run(reading: &mut Reading) {
    let groups = reading.scope.names("log_group");
    for name in &groups {
        group(reading, name);
    }
    if !groups.is_empty() {
        resource_policies(reading, &groups);
        account_policies(reading);
    }
}

fn group(reading: &mut Reading, name: &str) {
    let about = About {
        check: "log_group",
        on: name,
        kinds: CHECK.kinds,
    };
    let call = "logs:DescribeLogGroups";
    let Some(found) = reading
        .ask(about, call, &[("logGroupNamePrefix", json!(name))])
        .found()
    else {
        return;
    };
    let groups = items(&found, "logGroups");
    let Some(found) = groups.iter().find(|g| text(g, "logGroupName") == name) else {
        return;
    };
    let attributes = json!({
        "id": name,
        "name": name,
        "arn": text(found, "arn").trim_end_matches(":*"),
        // 0 is: for ever.
        "retention_in_days": at(found, "retentionInDays").as_u64().unwrap_or(0),
        "kms_key_id": at(found, "kmsKeyId"),
        "log_group_class": at(found, "logGroupClass"),
    });
    reading.add(
        about,
        "aws_cloudwatch_log_group",
        name,
        &attributes,
        &[call],
    );

    let by_name = [("logGroupName", json!(name))];
    let about = About {
        check: "subscription_filters",
        kinds: &["aws_cloudwatch_log_subscription_filter"],
        ..about
    };
    let call = "logs:DescribeSubscriptionFilters";
    if let Answer::Found(found) = reading.ask(about, call, &by_name) {
        for filter in items(&found, "subscriptionFilters") {
            let own = text(&filter, "filterName");
            let id = format!("{name}|{own}");
            let attributes = json!({
                "name": own,
                "log_group_name": name,
                "filter_pattern": text(&filter, "filterPattern"),
                "destination_arn": at(&filter, "destinationArn"),
                "role_arn": at(&filter, "roleArn"),
                "distribution": at(&filter, "distribution"),
            });
            reading.add(
                about,
                "aws_cloudwatch_log_subscription_filter",
                &id,
                &attributes,
                &[call],
            );
        }
    }

    let about = About {
        check: "metric_filters",
        kinds: &["aws_cloudwatch_log_metric_filter"],
        ..about
    };
    let call = "logs:DescribeMetricFilters";
    if let Answer::Found(found) = reading.ask(about, call, &by_name) {
        for filter in items(&found, "metricFilters") {
            let own = text(&filter, "filterName");
            let id = format!("{name}:{own}");
            let transformations: Vec<Json> = items(&filter, "metricTransformations")
                .iter()
                .map(|t| {
                    json!({
                        "name": at(t, "metricName"),
                        "namespace": at(t, "metricNamespace"),
                        "value": at(t, "metricValue"),
                        "default_value": at(t, "defaultValue"),
                    })
                })
                .collect();
            let attributes = json!({
                "id": own,
                "name": own,
                "log_group_name": name,
                "pattern": text(&filter, "filterPattern"),
                "metric_transformation": transformations,
            });
            reading.add(
                about,
                "aws_cloudwatch_log_metric_filter",
                &id,
                &attributes,
                &[call],
            );
        }
    }
}

/// Subscriptions of every log group at once, ours among them.
fn account_policies(reading: &mut Reading) {
    let account = reading.place.account.clone();
    let about = About {
        check: "log_account_policies",
        on: &account,
        kinds: &["aws_cloudwatch_log_account_policy"],
    };
    let call = "logs:DescribeAccountPolicies";
    let subscriptions = [("policyType", json!("SUBSCRIPTION_FILTER_POLICY"))];
    let Answer::Found(found) = reading.ask(about, call, &subscriptions) else {
        return;
    };
    for policy in items(&found, "accountPolicies") {
        let name = text(&policy, "policyName");
        let attributes = json!({
            "id": name,
            "policy_name": name,
            "policy_type": at(&policy, "policyType"),
            "policy_document": at(&policy, "policyDocument"),
            "scope": at(&policy, "scope"),
            "selection_criteria": at(&policy, "selectionCriteria"),
        });
        let kind = "aws_cloudwatch_log_account_policy";
        reading.add(about, kind, name, &attributes, &[call]);
    }
}

/// Of the account's policies those that speak of one of the groups.
fn resource_policies(reading: &mut Reading, groups: &[String]) {
    let account = reading.place.account.clone();
    let about = About {
        check: "log_resource_policies",
        on: &account,
        kinds: &["aws_cloudwatch_log_resource_policy"],
    };
    let call = "logs:DescribeResourcePolicies";
    let Answer::Found(found) = reading.ask(about, call, &[]) else {
        return;
    };
    let streams: Vec<String> = groups
        .iter()
        .map(|g| reading.place.arn("logs", &format!("log-group:{g}")))
        .collect();
    for policy in items(&found, "resourcePolicies") {
        let document = text(&policy, "policyDocument");
        if !touches(document, &streams) {
            continue;
        }
        let name = text(&policy, "policyName");
        let attributes = json!({ "id": name, "policy_name": name, "policy_document": document });
        reading.add(
            about,
            "aws_cloudwatch_log_resource_policy",
            name,
            &attributes,
            &[call],
        );
    }
}

/// Whether a statement's resources may match one of the ARNs, or what is below it. What cannot be read, may.
fn touches(document: &str, arns: &[String]) -> bool {
    let Ok(document) = serde_json::from_str::<Json>(document) else {
        return true;
    };
    items(&document, "Statement").iter().any(|statement| {
        let resources = items(statement, "Resource");
        let narrow = |r: &Json| {
            r.as_str()
                .is_some_and(|r| !arns.iter().any(|arn| overlaps(r, arn)))
        };
        resources.is_empty() || !resources.iter().all(narrow)
    })
}

fn overlaps(pattern: &str, arn: &str) -> bool {
    action_matches(pattern, arn)
        || action_matches(pattern, &format!("{arn}:*"))
        || pattern.starts_with(&format!("{arn}:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_policies_that_reach_a_group_of_ours_count() {
        let ours = ["arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f".to_owned()];
        let of = |resource: &str| {
            json!({ "Statement": { "Effect": "Allow", "Resource": resource } }).to_string()
        };
        assert!(touches(&of("*"), &ours));
        assert!(touches(
            &of("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/*"),
            &ours
        ));
        assert!(touches(
            &of("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:log-stream:a"),
            &ours
        ));
        assert!(touches(
            &of("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:*"),
            &ours
        ));
        assert!(!touches(
            &of("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/g:*"),
            &ours
        ));
        assert!(!touches(
            &of("arn:aws:logs:eu-west-1:1:log-group:/aws/vendedlogs/*"),
            &ours
        ));
        assert!(touches("{", &ours));
        assert!(touches(
            r#"{"Statement": [{"Effect": "Allow", "NotResource": "x"}]}"#,
            &ours
        ));
    }
}
