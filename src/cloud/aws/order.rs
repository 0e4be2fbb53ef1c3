//! One order for what the manifest gives no order: its mappings. The same service gives the same
//! bytes however its keys stand in the text.

use crate::service::Service;
use crate::service::model::{Setting, Target};

/// The service with every mapping in the order of its keys.
pub(super) fn sorted(service: &Service) -> Service {
    let mut service = service.clone();
    service.environments.sort_keys();
    service.tags.sort_keys();
    service.resources.sort_keys();
    service.functions.sort_keys();
    setting(&mut service.logs.retention_days);
    for table in service
        .resources
        .values_mut()
        .filter_map(|r| r.table.as_mut())
    {
        table.indexes.sort_keys();
    }
    for function in service.functions.values_mut() {
        function.env.sort_keys();
        function.secrets.sort_keys();
        for one in [
            &mut function.memory_mb,
            &mut function.timeout_s,
            &mut function.concurrency,
        ] {
            setting(one);
        }
        for access in &mut function.access {
            if let Target::Resource {
                login: Some(login), ..
            } = &mut access.target
            {
                login.tables.sort();
            }
            if let Target::Raw { statement, .. } = &mut access.target {
                statement.conditions.sort_keys();
                for keys in statement.conditions.values_mut() {
                    keys.sort_keys();
                }
            }
        }
    }
    service
}

fn setting(setting: &mut Setting) {
    setting.overrides.sort_keys();
}
