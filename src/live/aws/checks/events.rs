//! What invokes the functions by the clock or on an event, and the alarms that watch them.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{About, Answer, Check, Reading, block_if, filled};
use crate::live::aws::read::{at, items, text};

pub(super) const CHECK: Check = Check {
    kinds: &[
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
        "aws_cloudwatch_metric_alarm",
        "aws_scheduler_schedule",
    ],
    run,
};

/// Most names in one `DescribeAlarms` (its API reference).
const ALARMS: usize = 100;

fn run(reading: &mut Reading) {
    let targets = targets(reading);
    rules(reading, &targets);
    schedules(reading, &targets);
    alarms(reading);
}

/// The functions and their aliases.
fn targets(reading: &Reading) -> Vec<String> {
    let mut arns = BTreeSet::new();
    for name in reading.scope.names("function") {
        arns.insert(reading.place.arn("lambda", &format!("function:{name}")));
    }
    for alias in reading.found("aws_lambda_alias") {
        arns.extend(alias.get("arn").and_then(|a| a.as_str()).map(str::to_owned));
    }
    arns.into_iter().collect()
}

fn rules(reading: &mut Reading, targets: &[String]) {
    if targets.is_empty() && reading.scope.names("rule").is_empty() {
        return;
    }
    let kinds = ["aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"];
    let about = About {
        check: "event_rules",
        on: "event buses",
        kinds: &kinds,
    };
    let buses = match reading.ask(about, "events:ListEventBuses", &[]) {
        Answer::Found(found) => items(&found, "EventBuses")
            .iter()
            .map(|b| text(b, "Name").to_owned())
            .collect(),
        Answer::Absent | Answer::Unknown => vec!["default".to_owned()],
    };
    let mut rules: BTreeSet<(String, String)> = reading
        .scope
        .names("rule")
        .into_iter()
        .flat_map(|rule| buses.iter().map(move |bus| (bus.clone(), rule.clone())))
        .collect();
    for bus in &buses {
        for target in targets {
            let about = About {
                on: target,
                ..about
            };
            let parameters = [("TargetArn", json!(target)), ("EventBusName", json!(bus))];
            if let Answer::Found(found) =
                reading.ask(about, "events:ListRuleNamesByTarget", &parameters)
            {
                let names = items(&found, "RuleNames");
                rules.extend(
                    names
                        .iter()
                        .filter_map(Json::as_str)
                        .map(|name| (bus.clone(), name.to_owned())),
                );
            }
        }
    }
    for (bus, name) in rules {
        rule(reading, &bus, &name);
    }
}

fn rule(reading: &mut Reading, bus: &str, name: &str) {
    let about = About {
        check: "event_rule",
        on: name,
        kinds: &["aws_cloudwatch_event_rule"],
    };
    let parameters = [("Name", json!(name)), ("EventBusName", json!(bus))];
    let call = "events:DescribeRule";
    let id = if bus == "default" {
        name.to_owned()
    } else {
        format!("{bus}/{name}")
    };
    if let Answer::Found(found) = reading.ask(about, call, &parameters) {
        let attributes = json!({
            "id": id,
            "name": name,
            "arn": at(&found, "Arn"),
            "event_bus_name": bus,
            "state": at(&found, "State"),
            "schedule_expression": filled(text(&found, "ScheduleExpression")),
            "event_pattern": filled(text(&found, "EventPattern")),
            "role_arn": filled(text(&found, "RoleArn")),
        });
        reading.add(
            about,
            "aws_cloudwatch_event_rule",
            &id,
            &attributes,
            &[call],
        );
    }
    let about = About {
        check: "event_targets",
        kinds: &["aws_cloudwatch_event_target"],
        ..about
    };
    let call = "events:ListTargetsByRule";
    let parameters = [("Rule", json!(name)), ("EventBusName", json!(bus))];
    if let Answer::Found(found) = reading.ask(about, call, &parameters) {
        for target in items(&found, "Targets") {
            let own = text(&target, "Id");
            let id = format!("{id}/{own}");
            // The input may hold anything: it is not kept.
            let attributes = json!({
                "id": id,
                "rule": name,
                "event_bus_name": bus,
                "target_id": own,
                "arn": at(&target, "Arn"),
                "role_arn": filled(text(&target, "RoleArn")),
                "dead_letter_config": block_if(at(&target, "DeadLetterConfig.Arn"), json!({ "arn": at(&target, "DeadLetterConfig.Arn") })),
            });
            reading.add(
                about,
                "aws_cloudwatch_event_target",
                &id,
                &attributes,
                &[call],
            );
        }
    }
}

/// Those in our groups, and those anywhere that invoke one of the functions.
fn schedules(reading: &mut Reading, targets: &[String]) {
    if targets.is_empty() {
        return;
    }
    let on = targets.join(", ");
    let about = About {
        check: "schedules",
        on: &on,
        kinds: &["aws_scheduler_schedule"],
    };
    let call = "scheduler:ListSchedules";
    let Answer::Found(found) = reading.ask(about, call, &[]) else {
        return;
    };
    for schedule in items(&found, "Schedules") {
        let (group, name) = (text(&schedule, "GroupName"), text(&schedule, "Name"));
        let target = text(&schedule, "Target.Arn");
        let ours =
            targets.iter().any(|t| t == target) || reading.scope.has("schedule_group", group);
        if !ours {
            continue;
        }
        let id = format!("{group}/{name}");
        let about = About {
            check: "schedule",
            on: &id,
            ..about
        };
        let parameters = [("Name", json!(name)), ("groupName", json!(group))];
        let Answer::Found(found) = reading.ask(about, "scheduler:GetSchedule", &parameters) else {
            continue;
        };
        let target = at(&found, "Target");
        let retry = at(target, "RetryPolicy");
        let attributes = json!({
            "id": id,
            "name": name,
            "group_name": group,
            "arn": at(&found, "Arn"),
            "state": at(&found, "State"),
            "schedule_expression": at(&found, "ScheduleExpression"),
            "schedule_expression_timezone": at(&found, "ScheduleExpressionTimezone"),
            "kms_key_arn": at(&found, "KmsKeyArn"),
            "flexible_time_window": [{
                "mode": at(&found, "FlexibleTimeWindow.Mode"),
                "maximum_window_in_minutes": at(&found, "FlexibleTimeWindow.MaximumWindowInMinutes"),
            }],
            "target": [{
                "arn": at(target, "Arn"),
                "role_arn": at(target, "RoleArn"),
                "dead_letter_config": block_if(at(target, "DeadLetterConfig.Arn"), json!({ "arn": at(target, "DeadLetterConfig.Arn") })),
                "retry_policy": block_if(retry, json!({
                    "maximum_event_age_in_seconds": at(retry, "MaximumEventAgeInSeconds"),
                    "maximum_retry_attempts": at(retry, "MaximumRetryAttempts"),
                })),
            }],
        });
        reading.add(
            about,
            "aws_scheduler_schedule",
            &id,
            &attributes,
            &[call, "scheduler:GetSchedule"],
        );
    }
}

fn alarms(reading: &mut Reading) {
    let names = reading.scope.names("alarm");
    for names in names.chunks(ALARMS) {
        let on = names.join(", ");
        let about = About {
            check: "alarms",
            on: &on,
            kinds: &["aws_cloudwatch_metric_alarm"],
        };
        let call = "cloudwatch:DescribeAlarms";
        let Answer::Found(found) = reading.ask(about, call, &[("AlarmNames", json!(names))]) else {
            continue;
        };
        for alarm in items(&found, "MetricAlarms") {
            let name = text(&alarm, "AlarmName");
            let dimensions: serde_json::Map<String, Json> = items(&alarm, "Dimensions")
                .iter()
                .map(|d| (text(d, "Name").to_owned(), at(d, "Value").clone()))
                .collect();
            let attributes = json!({
                "id": name,
                "alarm_name": name,
                "arn": at(&alarm, "AlarmArn"),
                "actions_enabled": at(&alarm, "ActionsEnabled"),
                "alarm_actions": items(&alarm, "AlarmActions"),
                "ok_actions": items(&alarm, "OKActions"),
                "insufficient_data_actions": items(&alarm, "InsufficientDataActions"),
                "namespace": at(&alarm, "Namespace"),
                "metric_name": at(&alarm, "MetricName"),
                "dimensions": dimensions,
                "statistic": at(&alarm, "Statistic"),
                "comparison_operator": at(&alarm, "ComparisonOperator"),
                "threshold": at(&alarm, "Threshold"),
                "period": at(&alarm, "Period"),
                "evaluation_periods": at(&alarm, "EvaluationPeriods"),
                "datapoints_to_alarm": at(&alarm, "DatapointsToAlarm"),
                "treat_missing_data": at(&alarm, "TreatMissingData"),
            });
            reading.add(
                about,
                "aws_cloudwatch_metric_alarm",
                name,
                &attributes,
                &[call],
            );
        }
    }
}
