//! For a document or a pull request.

use super::{Fleet, SEVERITIES, State};
use crate::diff::report::escape;

/// The report.
pub fn markdown(fleet: &Fleet) -> String {
    let say = |text: &str| escape::markdown(text);
    let mut out = format!(
        "# Fleet on {}\n\n{} services: {} sound, {} gated, {} unreadable.\n",
        fleet.today,
        fleet.services.len(),
        fleet.count(State::Sound),
        fleet.count(State::Gated),
        fleet.count(State::Unreadable)
    );
    let mut table = |title: &str, rows: Vec<(String, usize)>| {
        out.push_str(&format!("\n| {title} | |\n|---|---:|\n"));
        for (name, count) in rows {
            out.push_str(&format!("| {} | {count} |\n", say(&name)));
        }
    };
    let blueprints = fleet.blueprints().into_iter();
    let blueprints =
        blueprints.map(|(b, n)| (format!("{} {} ({})", b.name, b.version, b.source), n));
    table("blueprint", blueprints.collect());
    for (title, counts) in fleet.sections() {
        table(title, counts);
    }
    out.push_str("\n| service | state | blueprint | findings | exceptions | permissions | entry points | |\n");
    out.push_str("|---|---|---|---|---|---|---|---|\n");
    for service in &fleet.services {
        let reason = say(service.reason.as_deref().unwrap_or_default());
        let state = service.state.word();
        let Some(facts) = &service.facts else {
            out.push_str(&format!(
                "| {} | {state} | | | | | | {reason} |\n",
                say(&service.manifest)
            ));
            continue;
        };
        let counts = |map: &std::collections::BTreeMap<String, usize>| {
            let counts: Vec<String> = map
                .iter()
                .filter(|(_, count)| **count > 0)
                .map(|(name, count)| format!("{count} {name}"))
                .collect();
            say(&counts.join(", "))
        };
        let findings: Vec<String> = SEVERITIES
            .iter()
            .filter_map(|severity| {
                let count = facts.findings.get(&severity.to_string())?;
                (*count > 0).then(|| format!("{count} {severity}"))
            })
            .collect();
        out.push_str(&format!(
            "| {} | {state} | {} {} | {} | {} open, {} expiring, {} expired | {} | {} | {reason} |\n",
            say(&facts.service),
            say(&facts.blueprint.name),
            say(&facts.blueprint.version),
            findings.join(", "),
            facts.exceptions.open,
            facts.exceptions.expiring,
            facts.exceptions.expired,
            counts(&facts.permissions),
            counts(&facts.entries)
        ));
    }
    out
}
