//! What alarms watch.

use super::read::{known, number, same};
use crate::graph::Resource;
use crate::guardrail::Context;

/// Whether one of these alarms watches one of these metrics.
///
/// Whether it fires is judged by SLG-LOG-012, whether anybody hears it by SLG-LOG-004.
pub(super) fn watches(alarms: &[&Resource], namespace: &str, metrics: &[&str]) -> bool {
    alarms.iter().any(|alarm| {
        known(alarm.get("namespace")) == Some(namespace)
            && known(alarm.get("metric_name")).is_some_and(|metric| metrics.contains(&metric))
    })
}

/// Whether an alarm watches what a metric filter counts.
pub(super) fn counted(filter: &Resource, input: &Context<'_>) -> bool {
    let of = |name: &str| filter.get(&format!("metric_transformation.{name}"));
    let alarms = input.alike("aws_cloudwatch_metric_alarm", "metric_name", of("name"));
    number(of("value")).is_some_and(|n| n > 0.0)
        && alarms
            .iter()
            .any(|alarm| same(alarm.get("namespace"), of("namespace")))
}
