//! What alarms watch.

use super::read::known;
use crate::graph::Resource;

/// Whether one of these alarms watches one of these metrics.
///
/// Whether it fires is judged by SLG-LOG-012, whether anybody hears it by SLG-LOG-004.
pub(super) fn watches(alarms: &[&Resource], namespace: &str, metrics: &[&str]) -> bool {
    alarms.iter().any(|alarm| {
        known(alarm.get("namespace")) == Some(namespace)
            && known(alarm.get("metric_name")).is_some_and(|metric| metrics.contains(&metric))
    })
}
