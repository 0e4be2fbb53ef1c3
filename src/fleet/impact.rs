//! What a version of a blueprint would change in many services.

use serde::Serialize;
use serde_json::json as document;

use crate::diff::report::escape;
use crate::diff::{Direction, Finding, Summary};
use crate::guardrail::Severity;

/// What a candidate would change.
#[derive(Debug)]
pub struct Impact {
    /// Name of the blueprint.
    pub blueprint: String,
    /// Where the candidate is.
    pub source: String,
    /// Its version.
    pub version: String,
    /// Every service that was looked at.
    pub services: Vec<Row>,
}

/// Which way a service would go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It cannot be read as it is now.
    #[default]
    Unreadable,
    /// The candidate refuses it: a lock, a bound or a rule.
    Refused,
    /// Something opens, or it is not known whether it does.
    Widening,
    /// Something closes, and nothing opens.
    Narrowing,
    /// Files change, and neither opens nor closes anything.
    Neutral,
    /// Nothing changes.
    Unchanged,
    /// It uses another blueprint.
    Other,
}

impl Outcome {
    /// All of them, the one that asks for most first.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Refused, "refused"),
        (Self::Widening, "widening"),
        (Self::Unreadable, "unreadable"),
        (Self::Narrowing, "narrowing"),
        (Self::Neutral, "neutral"),
        (Self::Unchanged, "unchanged"),
        (Self::Other, "another blueprint"),
    ];

    /// By what was found, and how many files change.
    pub fn of(summary: &Summary, files: usize) -> Self {
        if summary.widening + summary.undetermined > 0 {
            Self::Widening
        } else if summary.narrowing > 0 {
            Self::Narrowing
        } else if files > 0 {
            Self::Neutral
        } else {
            Self::Unchanged
        }
    }

    fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(outcome, _)| *outcome == self);
        found.map_or("", |(_, word)| word)
    }
}

/// What changes in one service.
#[derive(Debug, Default, Serialize)]
pub struct Row {
    /// Path of the manifest.
    pub manifest: String,
    /// Its name; none where it cannot be read.
    pub service: Option<String>,
    /// Version in use.
    pub from: Option<String>,
    /// Which way it goes.
    pub outcome: Outcome,
    /// Why it is refused or cannot be read.
    pub reason: Option<String>,
    /// Whether something opens at severity high or above.
    pub gates: bool,
    /// Findings by direction.
    pub summary: Summary,
    /// Generated files that change.
    pub files: usize,
    /// Generated files that were edited by hand, which `update` merges.
    pub edited: usize,
    /// The first changes that open or close something.
    pub changes: Vec<Change>,
}

impl Row {
    /// Whether somebody has to do more than take the new version.
    pub fn must_act(&self) -> bool {
        match self.outcome {
            Outcome::Refused | Outcome::Unreadable => true,
            Outcome::Other => false,
            _ => self.gates || self.edited > 0,
        }
    }
}

/// One change.
#[derive(Debug, Serialize)]
pub struct Change {
    direction: Direction,
    severity: Severity,
    rule: String,
    address: String,
    meaning: String,
}

impl Change {
    /// As a comparison found it.
    pub fn of(finding: &Finding) -> Self {
        Self {
            direction: finding.direction,
            severity: finding.severity,
            rule: finding.rule.clone(),
            address: finding.address.clone(),
            meaning: finding.meaning.clone(),
        }
    }
}

/// How many services have each outcome, those that none has left out.
fn counts(impact: &Impact) -> Vec<(&'static str, usize)> {
    let count = |outcome| {
        impact
            .services
            .iter()
            .filter(|row| row.outcome == outcome)
            .count()
    };
    let all = Outcome::ALL
        .iter()
        .map(|(outcome, word)| (*word, count(*outcome)));
    all.filter(|(_, count)| *count > 0).collect()
}

fn must_act(impact: &Impact) -> usize {
    impact.services.iter().filter(|row| row.must_act()).count()
}

/// For programs.
pub fn json(impact: &Impact) -> String {
    let services = impact.services.iter().map(|row| {
        let mut value = document!(row);
        value["must_act"] = row.must_act().into();
        value
    });
    let value = document!({
        "schema": "slgen.impact/1",
        "blueprint": impact.blueprint,
        "source": impact.source,
        "version": impact.version,
        "must_act": must_act(impact),
        "outcomes": counts(impact).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "services": services.collect::<Vec<_>>(),
    });
    escape::json(&format!("{value:#}\n"))
}

/// For people at a terminal; `all` names services that nothing happens to, too.
pub fn text(impact: &Impact, all: bool) -> String {
    let say = escape::terminal;
    let mut out = format!(
        "slgen blueprint impact  {} {}  ({})\n",
        say(&impact.blueprint),
        say(&impact.version),
        say(&impact.source)
    );
    let words: Vec<String> = counts(impact)
        .iter()
        .map(|(word, n)| format!("{n} {word}"))
        .collect();
    out.push_str(&format!(
        "{} services: {}; {} must act\n",
        impact.services.len(),
        words.join(", "),
        must_act(impact)
    ));
    let mut rows: Vec<&Row> = impact.services.iter().collect();
    rows.retain(|row| all || !matches!(row.outcome, Outcome::Unchanged | Outcome::Other));
    rows.sort_by_key(|row| (place(row.outcome), &row.manifest));
    for row in rows {
        let name = row.service.as_deref().unwrap_or("?");
        let from = row
            .from
            .as_ref()
            .map_or_else(String::new, |from| format!("  from {}", say(from)));
        out.push_str(&format!(
            "\n{:10}  {}{from}  {}\n",
            row.outcome.word(),
            say(name),
            say(&row.manifest)
        ));
        if let Some(reason) = &row.reason {
            out.push_str(&format!("    {}\n", say(reason)));
        }
        for change in &row.changes {
            out.push_str(&format!(
                "  {} {:8}  {}\n",
                change.direction.sign(),
                change.severity.to_string(),
                say(&change.address)
            ));
            out.push_str(&format!("      {}\n", say(&change.meaning)));
        }
        let told = row.changes.len();
        let found = row.summary.widening + row.summary.undetermined + row.summary.narrowing;
        if found > told {
            out.push_str(&format!("      and {} more\n", found - told));
        }
        if row.files > 0 {
            let edited = match row.edited {
                0 => String::new(),
                edited => format!(", {edited} edited by hand: they are merged"),
            };
            out.push_str(&format!("    {} files change{edited}\n", row.files));
        }
    }
    out
}

fn place(outcome: Outcome) -> usize {
    let found = Outcome::ALL.iter().position(|(known, _)| *known == outcome);
    found.unwrap_or(usize::MAX)
}

/// For a pull request.
pub fn markdown(impact: &Impact) -> String {
    let say = |text: &str| escape::markdown(text);
    let mut out = format!(
        "## Impact of {} {}\n\n{} services, {} must act.\n\n",
        say(&impact.blueprint),
        say(&impact.version),
        impact.services.len(),
        must_act(impact)
    );
    out.push_str("| outcome | services |\n|---|---:|\n");
    for (word, count) in counts(impact) {
        out.push_str(&format!("| {word} | {count} |\n"));
    }
    out.push_str("\n| service | from | outcome | opens | closes | files | edited | |\n");
    out.push_str("|---|---|---|---:|---:|---:|---:|---|\n");
    let mut rows: Vec<&Row> = impact.services.iter().collect();
    rows.sort_by_key(|row| (place(row.outcome), &row.manifest));
    for row in rows {
        let first = row.changes.first().map(|change| change.meaning.as_str());
        let why = row.reason.as_deref().or(first).unwrap_or_default();
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
            say(row.service.as_deref().unwrap_or(&row.manifest)),
            say(row.from.as_deref().unwrap_or_default()),
            row.outcome.word(),
            row.summary.widening + row.summary.undetermined,
            row.summary.narrowing,
            row.files,
            row.edited,
            say(why)
        ));
    }
    out
}
