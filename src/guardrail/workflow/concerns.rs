//! Which services a workflow concerns.

use super::model::{Workflow, entries, get, items, scalar};
use crate::manifest::Node;

/// Events that every change of the repository brings about, unless they are filtered by paths.
const CHANGES: [&str; 4] = ["push", "pull_request", "pull_request_target", "merge_group"];

/// Whether a workflow concerns the service in a folder, as seen from the root of the repository; empty for the root
/// itself. It names the folder, or runs on changes in it, or for whoever calls it.
pub fn concerns(workflow: Workflow<'_>, text: &str, folder: &str) -> bool {
    if folder.is_empty() || text.contains(folder) {
        return true;
    }
    workflow.events().into_iter().any(|(event, filters)| {
        event == "workflow_call" || CHANGES.contains(&event) && reaches(filters, folder)
    })
}

/// Whether the filters of an event let changes in a folder through.
fn reaches(filters: Option<&Node>, folder: &str) -> bool {
    let Some(paths) = filters.and_then(|filters| get(filters, "paths")) else {
        // Only tags: no change of a file starts it.
        let only_tags = filters.is_some_and(|filters| {
            let mut keys = entries(Some(filters)).peekable();
            keys.peek().is_some() && keys.all(|(key, _)| key.text.starts_with("tags"))
        });
        return !only_tags;
    };
    items(Some(paths)).filter_map(scalar).any(|pattern| {
        let fixed = pattern
            .text
            .split(['*', '?', '[', '+'])
            .next()
            .unwrap_or_default();
        !pattern.text.starts_with('!') && (folder.starts_with(fixed) || fixed.starts_with(folder))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::SourceMap;

    #[test]
    fn by_its_folder_or_by_what_starts_it() {
        for (text, concerned) in [
            ("on: push", true),
            ("on: [workflow_dispatch, pull_request]", true),
            ("on: { push: { branches: [main] } }", true),
            ("on: { push: { tags: [v1] } }", false),
            ("on: { push: { paths: [\"services/**\"] } }", true),
            ("on: { push: { paths: [\"**\"] } }", true),
            ("on: { push: { paths: [\"services/billing/**\"] } }", false),
            (
                "on: { push: { paths: [\"web/**\", \"!services/**\"] } }",
                false,
            ),
            (
                "on: { push: { paths: [\"services/orders/src/**\"] } }",
                true,
            ),
            ("on: { push: { paths: [web] }, pull_request: {} }", true),
            ("on: { schedule: [{ cron: \"0 1 * * *\" }] }", false),
            ("on: workflow_dispatch\nenv: { IN: services/orders }", true),
            ("on: workflow_call", true),
            ("jobs: {}", false),
        ] {
            let map = SourceMap::build(text).unwrap();
            let workflow = Workflow::of(&map).unwrap();
            assert_eq!(
                concerns(workflow, text, "services/orders"),
                concerned,
                "{text}"
            );
            assert!(concerns(workflow, text, ""), "{text}");
        }
    }
}
