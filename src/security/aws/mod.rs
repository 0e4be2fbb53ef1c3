//! What the page says of a stack on AWS.

pub(super) mod alarms;
pub(super) mod encryption;
pub(super) mod entry_points;
pub(super) mod logs;
mod source;

use super::sight::{Sight, shown};

/// Environment, account, region, `{name}`, permissions boundary, state.
pub(super) fn environment(sight: &Sight<'_>) -> Vec<String> {
    vec![
        sight.environment.to_owned(),
        sight.account(),
        sight.region(),
        sight.name.clone(),
        sight.boundary.unwrap_or("none").to_owned(),
        state(sight),
    ]
}

fn state(sight: &Sight<'_>) -> String {
    let Some((kind, settings)) = &sight.context.graph.backend else {
        return "local: keep it off shared disks, it holds names and settings in plain text"
            .to_owned();
    };
    let setting = |name: &str| shown(settings.get(name));
    let said = |name: &str, unsaid: &str| match setting(name) {
        text if text.is_empty() => unsaid.to_owned(),
        text => text,
    };
    let encrypted = if setting("encrypt") == "true" {
        format!("encrypted with {}", said("kms_key_id", "S3's own keys"))
    } else {
        "not encrypted".to_owned()
    };
    let locked = if setting("use_lockfile") == "true" {
        "locked"
    } else {
        "not locked"
    };
    let bucket = said("bucket", "named when it is initialised");
    format!("{kind} bucket {bucket}, {encrypted}, {locked}")
}
