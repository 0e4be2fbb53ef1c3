//! Who is alarmed by what.

use crate::graph::Resource;
use crate::security::sight::{Row, Sight, evidence, shown};

/// Alarms: when, what it means, who is told, evidence.
pub(in crate::security) fn alarms(sight: &Sight<'_>) -> Vec<Row> {
    let alarms = sight.context.of_type("aws_cloudwatch_metric_alarm");
    let rows = alarms.map(|alarm| {
        let actions = alarm.get("alarm_actions");
        let told: Vec<String> = actions
            .and_then(|actions| actions.elements())
            .unwrap_or_default()
            .iter()
            .map(
                |action| match sight.context.target("aws_sns_topic", Some(action)) {
                    Some(topic) => topic.address.to_string(),
                    None => shown(Some(action)),
                },
            )
            .collect();
        Row {
            address: alarm.address.to_string(),
            cells: vec![
                when(sight, alarm),
                shown(alarm.get("alarm_description")),
                if told.is_empty() {
                    "nobody".to_owned()
                } else {
                    told.join("; ")
                },
                evidence(alarm),
            ],
        }
    });
    rows.collect()
}

fn when(sight: &Sight<'_>, alarm: &Resource) -> String {
    let metric = alarm.get("metric_name");
    let filter = sight
        .context
        .target("aws_cloudwatch_log_metric_filter", metric);
    let watched = match filter {
        Some(filter) => {
            let kind = "aws_cloudwatch_log_group";
            let named = filter.get("log_group_name");
            let group = sight.context.target(kind, named);
            let group = group.map_or_else(|| shown(named), |g| shown(g.get("name")));
            format!("lines like {} in {group}", shown(filter.get("pattern")))
        }
        None => format!("{} {}", shown(alarm.get("namespace")), shown(metric)),
    };
    let compared = match shown(alarm.get("comparison_operator")).as_str() {
        "GreaterThanOrEqualToThreshold" => "at least".to_owned(),
        "GreaterThanThreshold" => "above".to_owned(),
        "LessThanOrEqualToThreshold" => "at most".to_owned(),
        "LessThanThreshold" => "below".to_owned(),
        other => other.to_owned(),
    };
    format!(
        "{watched}: {} {compared} {} in {} s",
        shown(alarm.get("statistic")),
        shown(alarm.get("threshold")),
        shown(alarm.get("period")),
    )
}

/// Topics: topic, protocol and address of each subscriber, evidence.
pub(in crate::security) fn subscriptions(sight: &Sight<'_>) -> Vec<Row> {
    let subscriptions = sight.context.of_type("aws_sns_topic_subscription");
    let rows = subscriptions.map(|subscription| {
        let topic = subscription.get("topic_arn");
        let topic = match sight.context.target("aws_sns_topic", topic) {
            Some(topic) => topic.address.to_string(),
            None => shown(topic),
        };
        Row {
            address: subscription.address.to_string(),
            cells: vec![
                topic,
                format!(
                    "{} {}",
                    shown(subscription.get("protocol")),
                    shown(subscription.get("endpoint"))
                ),
                evidence(subscription),
            ],
        }
    });
    rows.collect()
}
