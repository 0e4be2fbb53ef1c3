//! For people at a terminal, in 80 columns.

use super::{Fleet, Service, State};
use crate::diff::report::escape::terminal;

/// Columns of a service's line.
const NAME: usize = 24;
const BLUEPRINT: usize = 26;
/// Columns before a paragraph.
const INDENT: usize = 14;

/// The report; `all` has a line for every service, else only for those that somebody has to look at.
pub fn text(fleet: &Fleet, all: bool) -> String {
    let mut out = format!(
        "slgen fleet  {} services on {}: {} sound, {} gated, {} unreadable\n\n",
        fleet.services.len(),
        fleet.today,
        fleet.count(State::Sound),
        fleet.count(State::Gated),
        fleet.count(State::Unreadable)
    );
    out.push_str("blueprints\n");
    for (blueprint, count) in fleet.blueprints() {
        let name = terminal(&format!("{} {}", blueprint.name, blueprint.version));
        out.push_str(&format!("  {count:6}  {name}\n"));
    }
    let line = |out: &mut String, what: &str, counts: &[(String, usize)]| {
        let last = counts.len().saturating_sub(1);
        let counts = counts.iter().enumerate().map(|(index, (name, count))| {
            let comma = if index < last { "," } else { "" };
            format!("{count} {name}{comma}")
        });
        let counts: Vec<String> = counts.collect();
        out.push_str(&wrapped(what, counts.iter().map(String::as_str)));
    };
    out.push('\n');
    for (what, counts) in fleet.sections() {
        line(&mut out, what, &counts);
    }
    let shown: Vec<&Service> = fleet
        .services
        .iter()
        .filter(|service| all || service.state != State::Sound || asks(service))
        .collect();
    if !shown.is_empty() {
        out.push_str(&format!(
            "\n{:12}  {:NAME$}  blueprint\n",
            "state", "service"
        ));
    }
    for service in shown {
        out.push_str(&row(service));
    }
    out
}

/// Whether somebody has to look at a sound service.
fn asks(service: &Service) -> bool {
    service.facts.as_ref().is_some_and(|facts| {
        facts.exceptions.expiring > 0 || facts.pins.old || facts.entries.contains_key("none")
    })
}

fn row(service: &Service) -> String {
    let state = service.state.word();
    let mut out = match &service.facts {
        None => format!("{state:12}  {}\n", terminal(&service.manifest)),
        Some(facts) => {
            let blueprint = format!("{} {}", facts.blueprint.name, facts.blueprint.version);
            let line = format!(
                "{state:12}  {:NAME$}  {:BLUEPRINT$}",
                short(&facts.service, NAME),
                short(&blueprint, BLUEPRINT)
            );
            let mut out = format!(
                "{}\n              {}\n",
                line.trim_end(),
                terminal(&service.manifest)
            );
            let mut asked = Vec::new();
            if facts.exceptions.expiring > 0 {
                asked.push(format!(
                    "{} exceptions expire soon",
                    facts.exceptions.expiring
                ));
            }
            if facts.exceptions.expired > 0 {
                asked.push(format!("{} exceptions are over", facts.exceptions.expired));
            }
            if let Some(days) = facts.pins.age_days.filter(|_| facts.pins.old) {
                asked.push(format!("pins are {days} days old"));
            }
            if let Some(open) = facts.entries.get("none") {
                asked.push(format!("{open} entry points without authentication"));
            }
            if !asked.is_empty() {
                out.push_str(&wrapped("", asked.join(", ").split(' ')));
            }
            out
        }
    };
    if let Some(reason) = &service.reason {
        out.push_str(&wrapped("", terminal(reason).split(' ')));
    }
    out
}

/// A text of at most so many characters.
fn short(text: &str, most: usize) -> String {
    let text = terminal(text);
    if text.chars().count() <= most {
        return text;
    }
    let kept: String = text.chars().take(most - 1).collect();
    kept + "…"
}

/// A paragraph after its name, broken between its parts at 80 columns.
fn wrapped<'a>(name: &str, parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    let mut line = format!("{name:INDENT$}");
    for word in parts {
        if line.chars().count() + 1 + word.chars().count() > 80 && line.trim() != name {
            out.push_str(line.trim_end());
            out.push('\n');
            line = " ".repeat(INDENT);
        }
        if line.len() > INDENT {
            line.push(' ');
        }
        line.push_str(word);
    }
    out + line.trim_end() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_80_columns() {
        let text = wrapped("findings", "word ".repeat(40).split(' '));
        assert!(
            text.lines().count() > 2 && text.lines().all(|line| line.len() <= 80),
            "{text}"
        );
        assert!(text.starts_with("findings      word word"), "{text}");
        assert_eq!(short("abcdef", 4), "abc…");
    }
}
