//! One page that needs nothing else: no network, no file beside it. Its policy lets only its own style and script run,
//! by their checksums, so that nothing in a manifest could become code even where an escape were forgotten.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Facts, Fleet, SEVERITIES, SOON, Service, State};

const STYLE: &str = include_str!("../../templates/fleet/page.css");
const SCRIPT: &str = include_str!("../../templates/fleet/page.js");

/// Bars of a plot; the rest is one bar.
const BARS: usize = 12;
/// Width of a plot, of its names and its bars, in pixels of its view box.
const WIDTH: usize = 420;
const NAMES: usize = 170;
const LINE: usize = 22;
/// Characters of a bar's name.
const LONGEST: usize = 26;

/// The page.
pub fn html(fleet: &Fleet) -> String {
    let mut out =
        String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        sum(STYLE),
        sum(SCRIPT)
    );
    let _ = write!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Fleet, {today}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>Fleet</h1><p>{count} services on {today}</p></header>\n<main>\n",
        today = fleet.today,
        count = fleet.services.len(),
    );
    tiles(&mut out, fleet);
    out.push_str("<section class=\"plots\">\n");
    plot(
        &mut out,
        "Services by blueprint version",
        &versions(fleet),
        "blue",
    );
    plot(&mut out, "Findings by severity", &fleet.findings(), "red");
    plot(
        &mut out,
        "Permissions by access level",
        &fleet.permissions(),
        "violet",
    );
    plot(
        &mut out,
        "Entry points by authentication",
        &fleet.entries(),
        "green",
    );
    out.push_str("</section>\n");
    table(&mut out, fleet);
    let _ = write!(
        out,
        "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
    out
}

/// Text between tags or in quotes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What reorders or hides text is written out.
            c if c != ' ' && (c.is_control() || crate::manifest::is_hidden(c)) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

fn sum(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

fn tiles(out: &mut String, fleet: &Fleet) {
    let exceptions = fleet.exceptions();
    let (unlocked, old, behind) = fleet.pins();
    out.push_str("<section class=\"tiles\">\n");
    for (count, what, class) in [
        (fleet.count(State::Sound), "sound".to_owned(), "good"),
        (fleet.count(State::Gated), "gated".to_owned(), "bad"),
        (
            fleet.count(State::Unreadable),
            "unreadable".to_owned(),
            "bad",
        ),
        (exceptions.open, "exceptions open".to_owned(), ""),
        (
            exceptions.expiring,
            format!("expire within {SOON} days"),
            "warn",
        ),
        (exceptions.expired, "expired".to_owned(), "bad"),
        (
            old,
            format!("locks older than {} days", fleet.pins_older_than),
            "warn",
        ),
        (unlocked, "without slgen.lock".to_owned(), "warn"),
        (behind, "pins behind slgen".to_owned(), ""),
    ] {
        let class = if count > 0 { class } else { "" };
        let _ = writeln!(
            out,
            "<div class=\"tile {class}\"><b>{count}</b><span>{what}</span></div>"
        );
    }
    out.push_str("</section>\n");
}

/// Services by blueprint and version, the most used first.
fn versions(fleet: &Fleet) -> Vec<(String, usize)> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (blueprint, count) in fleet.blueprints() {
        *found
            .entry(format!("{} {}", blueprint.name, blueprint.version))
            .or_insert(0) += count;
    }
    let mut found: Vec<(String, usize)> = found.into_iter().collect();
    // Those that are used alike stay in the order of their names.
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if found.len() > BARS {
        let rest = found.split_off(BARS - 1);
        let count = rest.iter().map(|(_, count)| count).sum();
        found.push((format!("{} others", rest.len()), count));
    }
    found
}

/// Bars, each with its name and number, so that no meaning hangs on a colour or a length alone.
fn plot(out: &mut String, title: &str, bars: &[(String, usize)], class: &str) {
    let most = bars
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(0)
        .max(1);
    let height = bars.len().max(1) * LINE + 6;
    let _ = write!(
        out,
        "<figure><figcaption>{title}</figcaption>\n\
         <svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\" class=\"{class}\">\n"
    );
    if bars.is_empty() {
        out.push_str("<text x=\"0\" y=\"16\">none</text>\n");
    }
    for (index, (name, count)) in bars.iter().enumerate() {
        let top = index * LINE + 4;
        let base = top + 12;
        // Room for the number after the longest bar.
        let length = (WIDTH - NAMES - 56) * count / most;
        let length = if *count > 0 { length.max(2) } else { 0 };
        let mut shown: String = name.chars().take(LONGEST).collect();
        if shown.len() < name.len() {
            shown.push('…');
        }
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{base}\" class=\"name\">{}<title>{}</title></text>\
             <rect x=\"{NAMES}\" y=\"{top}\" width=\"{length}\" height=\"15\" rx=\"2\"/>\
             <text x=\"{}\" y=\"{base}\">{count}</text>",
            NAMES - 8,
            escape(&shown),
            escape(name),
            NAMES + length + 6
        );
    }
    out.push_str("</svg></figure>\n");
}

/// A column: its head, and whether it is sorted as numbers.
const COLUMNS: [(&str, bool); 13] = [
    ("service", false),
    ("state", false),
    ("blueprint", false),
    ("version", false),
    ("functions", true),
    ("critical", true),
    ("high", true),
    ("medium", true),
    ("low", true),
    ("exceptions", true),
    ("sensitive permissions", true),
    ("entry points", true),
    ("pins", true),
];

fn table(out: &mut String, fleet: &Fleet) {
    out.push_str(
        "<section><h2>Services</h2>\n<label>Filter <input type=\"search\" id=\"filter\" \
         autocomplete=\"off\"></label> <span id=\"shown\" aria-live=\"polite\"></span>\n\
         <div class=\"scroll\"><table id=\"services\">\n<thead><tr>",
    );
    for (name, number) in COLUMNS {
        let kind = if number { " class=\"number\"" } else { "" };
        let _ = write!(
            out,
            "<th scope=\"col\"{kind}><button type=\"button\">{name}</button></th>"
        );
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for service in &fleet.services {
        row(out, service);
    }
    out.push_str("</tbody></table></div></section>\n");
}

fn row(out: &mut String, service: &Service) {
    let state = service.state.word();
    let reason = service.reason.as_deref().unwrap_or_default();
    let name = service
        .facts
        .as_ref()
        .map_or("", |facts| facts.service.as_str());
    let _ = write!(
        out,
        "<tr class=\"{state}\"><td><b>{}</b><small>{}</small></td>\
         <td><span class=\"state\">{state}</span><small>{}</small></td>",
        escape(name),
        escape(&service.manifest),
        escape(reason)
    );
    match &service.facts {
        Some(facts) => cells(out, facts),
        None => out.push_str(&"<td></td>".repeat(COLUMNS.len() - 2)),
    }
    out.push_str("</tr>\n");
}

fn cells(out: &mut String, facts: &Facts) {
    let _ = write!(
        out,
        "<td>{}<small>{}</small></td><td>{}</td>",
        escape(&facts.blueprint.name),
        escape(&facts.blueprint.source),
        escape(&facts.blueprint.version)
    );
    let number = |out: &mut String, sorted: usize, shown: &str, small: &str| {
        let small = if small.is_empty() {
            String::new()
        } else {
            format!("<small>{}</small>", escape(small))
        };
        let class = if sorted == 0 { "number zero" } else { "number" };
        let _ = write!(
            out,
            "<td class=\"{class}\" data-sort=\"{sorted}\">{}{small}</td>",
            escape(shown)
        );
    };
    number(out, facts.functions, &facts.functions.to_string(), "");
    for severity in SEVERITIES {
        let count = facts
            .findings
            .get(&severity.to_string())
            .copied()
            .unwrap_or(0);
        number(out, count, &count.to_string(), "");
    }
    let exceptions = facts.exceptions;
    let all = exceptions.open + exceptions.expired;
    let mut ends = Vec::new();
    if exceptions.expiring > 0 {
        ends.push(format!("{} expiring", exceptions.expiring));
    }
    if exceptions.expired > 0 {
        ends.push(format!("{} expired", exceptions.expired));
    }
    number(out, all, &all.to_string(), &ends.join(", "));
    let sensitive = ["Permissions management", "Write"];
    let sensitive = sensitive
        .iter()
        .filter_map(|level| facts.permissions.get(*level))
        .sum();
    let all: usize = facts.permissions.values().sum();
    let harmful = match facts.harmful {
        0 => format!("of {all}"),
        harmful => format!("of {all}, {harmful} harmful"),
    };
    number(out, sensitive, &usize::to_string(&sensitive), &harmful);
    let entries: Vec<String> = facts
        .entries
        .iter()
        .map(|(name, n)| format!("{n} {name}"))
        .collect();
    let open = facts.entries.get("none").copied().unwrap_or(0);
    let all: usize = facts.entries.values().sum();
    // Those without authentication come first.
    number(
        out,
        open * 10_000 + all,
        &all.to_string(),
        &entries.join(", "),
    );
    let pins = &facts.pins;
    let age = pins.age_days.and_then(|days| usize::try_from(days).ok());
    let shown = match (pins.locked, age) {
        (false, _) => "no lock".to_owned(),
        (true, Some(days)) => format!("{days} days"),
        (true, None) => "locked".to_owned(),
    };
    let behind = match pins.behind.len() {
        0 => String::new(),
        count => format!("{count} behind"),
    };
    number(out, age.unwrap_or(0), &shown, &behind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(
            escape("<script>\"'&\u{202e}\n"),
            "&lt;script&gt;&quot;&#39;&amp;\\u{202e}\\u{a}"
        );
        for part in [STYLE, SCRIPT] {
            assert!(!part.contains("</"), "it would end its own tag");
            assert!(!part.contains("http"), "the page asks nobody");
        }
    }
}
