//! For people at a terminal. Signs and words carry the meaning; colour only repeats it.

use similar::{ChangeTag, TextDiff};

use super::escape::terminal;
use super::wrap::{paragraph, parts};
use super::{Report, place, subject, verdict};
use crate::diff::{Direction, Finding};
use crate::guardrail::Severity;

/// Policy lines shown of one finding.
const MOST_LINES: usize = 12;

/// The report as text for a terminal of so many columns. `all` shows neutral changes one by one.
pub fn text(report: &Report, color: bool, all: bool, width: usize) -> String {
    let paint = Paint { color, width };
    let sides = format!("{} → {}", terminal(&report.base), terminal(&report.head));
    let subject = terminal(&report.subject);
    let mut out = parts("slgen diff  ", [subject.as_str(), &sides], "  ", width);
    if let Some(account) = &report.account {
        out.push_str(&format!("account {}\n", terminal(account)));
    }
    let summary = report.summary();
    let mut aside = Vec::new();
    if summary.ignored > 0 {
        aside.push(format!("{} covered by exceptions", summary.ignored));
    }
    if summary.not_checked > 0 {
        aside.push(format!("{} not checked", summary.not_checked));
    }
    let aside = if aside.is_empty() {
        String::new()
    } else {
        format!("   ({})", aside.join(", "))
    };
    out.push_str(&paragraph(
        "",
        &format!("{}{aside}", verdict(report)),
        width,
    ));
    let (upgrade, own): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|f| f.upgrade);
    findings(&own, &paint, all, &mut out);
    if !upgrade.is_empty() {
        out.push_str("\nthe manifest did not change here: slgen or a blueprint did\n");
        findings(&upgrade, &paint, all, &mut out);
    }
    if !report.exceptions.is_empty() {
        out.push_str("\nexceptions\n");
        for exception in &report.exceptions {
            let until = format!(
                "until {}, {}",
                exception.expires,
                terminal(&exception.owner)
            );
            let (rule, scope) = (terminal(&exception.rule), terminal(&exception.scope));
            let says = exception.says();
            let head = [rule.as_str(), &scope, &says, &until];
            out.push_str(&parts("  ", head, "  ", width));
            let reason = terminal(&exception.reason);
            out.push_str(&paragraph("      ", &reason, width));
        }
    }
    if !report.not_checked.is_empty() {
        out.push('\n');
        for not in &report.not_checked {
            let action = not
                .action
                .as_ref()
                .map_or(String::new(), |a| format!(" ({a})"));
            let (check, reason) = (terminal(&not.check), terminal(&not.reason));
            let said = format!("{check}: {reason}{}", terminal(&action));
            out.push_str(&paragraph("! NOT CHECKED  ", &said, width));
        }
    }
    for change in &report.texts {
        out.push('\n');
        out.push_str(&paragraph("", &terminal(&change.says()), width));
        for line in &change.lines {
            out.push_str(&format!("  {}\n", terminal(line)));
        }
    }
    for note in &report.notes {
        out.push_str(&paragraph("note: ", &terminal(note), width));
    }
    out
}

fn findings(list: &[&Finding], paint: &Paint, all: bool, out: &mut String) {
    let mut hidden = 0;
    for finding in list {
        if finding.direction == Direction::Neutral && !all {
            hidden += 1;
            continue;
        }
        one(finding, paint, out);
    }
    if hidden > 0 {
        let s = if hidden == 1 { "" } else { "s" };
        out.push_str(&format!(
            "\n~ {hidden} neutral change{s}: see them with --verbose\n"
        ));
    }
}

fn one(finding: &Finding, paint: &Paint, out: &mut String) {
    let severity = finding.severity.to_string().to_uppercase();
    let head = if finding.direction == Direction::Neutral {
        format!("{}          ", finding.direction.sign())
    } else {
        format!("{} {severity:8} ", finding.direction.sign())
    };
    let subject = terminal(&subject(finding));
    let place = place(finding).map(|place| terminal(&place));
    let environments = finding.environments.join(", ");
    let environments = (!environments.is_empty()).then(|| format!("({})", terminal(&environments)));
    let head = paint.head(&head, finding.direction, finding.severity);
    let said = [Some(finding.rule.as_str()), Some(&subject)]
        .into_iter()
        .chain([place.as_deref(), environments.as_deref()]);
    out.push('\n');
    let width = paint.width;
    out.push_str(&parts(&format!("{head} "), said.flatten(), "  ", width));
    if finding.before.is_some() || finding.after.is_some() {
        out.push_str(&paragraph("    ", &values(finding, paint), width));
    }
    if !finding.meaning.is_empty() {
        let kind = match finding.kind {
            crate::diff::ChangeKind::Pending => String::new(),
            kind => format!("{kind}: "),
        };
        let meaning = format!("{kind}{}", terminal(&finding.meaning));
        out.push_str(&paragraph("    ", &meaning, width));
    }
    if let Some(witness) = &finding.witness {
        for (key, values) in &witness.context {
            let said = format!("{} = {}", terminal(key), terminal(&values.join(", ")));
            out.push_str(&paragraph("      with ", &said, width));
        }
    }
    for (sign, lines) in [('+', &finding.gained), ('-', &finding.lost)] {
        for line in lines.iter().take(MOST_LINES) {
            let line = terminal(&line.to_string());
            out.push_str(&paragraph(&format!("      {sign} "), &line, width));
        }
        if lines.len() > MOST_LINES {
            let more = lines.len() - MOST_LINES;
            out.push_str(&format!("      {sign} and {more} more\n"));
        }
    }
    if let Some(covered) = &finding.covered {
        let said = format!(
            "covered by an exception of {} until {}: {}",
            terminal(&covered.owner),
            covered.expires,
            terminal(&covered.reason)
        );
        out.push_str(&paragraph("    ", &said, width));
    }
}

/// Before and after, word by word: `[-AWS_IAM-]{+NONE+}`.
fn values(finding: &Finding, paint: &Paint) -> String {
    let (before, after) = (&finding.before, &finding.after);
    let held_back = before.iter().chain(after).any(|s| s.redacted);
    match (before, after) {
        _ if held_back => match (before, after) {
            (None, _) => "{+(sensitive, new)+}".to_owned(),
            (_, None) => "[-(sensitive, gone)-]".to_owned(),
            _ => "(sensitive, changed)".to_owned(),
        },
        (Some(a), None) => paint.went(&terminal(&a.text)),
        (None, Some(b)) => paint.came(&terminal(&b.text)),
        (Some(a), Some(b)) => {
            let (a, b) = (terminal(&a.text), terminal(&b.text));
            let mut out = String::new();
            let (mut lost, mut gained) = (String::new(), String::new());
            let flush = |lost: &mut String, gained: &mut String, out: &mut String| {
                if !lost.is_empty() {
                    out.push_str(&paint.went(lost));
                }
                if !gained.is_empty() {
                    out.push_str(&paint.came(gained));
                }
                lost.clear();
                gained.clear();
            };
            for change in TextDiff::from_words(a.as_str(), b.as_str()).iter_all_changes() {
                match change.tag() {
                    ChangeTag::Equal => {
                        flush(&mut lost, &mut gained, &mut out);
                        out.push_str(change.value());
                    }
                    ChangeTag::Delete => lost.push_str(change.value()),
                    ChangeTag::Insert => gained.push_str(change.value()),
                }
            }
            flush(&mut lost, &mut gained, &mut out);
            out
        }
        (None, None) => String::new(),
    }
}

struct Paint {
    color: bool,
    width: usize,
}

impl Paint {
    fn with(&self, style: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn head(&self, text: &str, direction: Direction, severity: Severity) -> String {
        let style = match direction {
            Direction::Widening if severity >= Severity::High => "1;31",
            Direction::Widening => "31",
            Direction::Undetermined => "33",
            Direction::Narrowing => "32",
            Direction::Neutral => "2",
        };
        self.with(style, text)
    }

    fn went(&self, text: &str) -> String {
        self.with("31", &format!("[-{text}-]"))
    }

    fn came(&self, text: &str) -> String {
        self.with("32", &format!("{{+{text}+}}"))
    }
}
