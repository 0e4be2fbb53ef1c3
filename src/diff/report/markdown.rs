//! For a pull request: the verdict first, what opens in tables, the rest folded.

use std::borrow::Cow;

use super::escape::{self, comment, fence, terminal};
use super::{ExceptionState, Report, place, subject, verdict};
use crate::diff::{ChangeKind, Direction, Finding};

/// GitHub refuses a comment of more than 65,536 characters.
pub const MOST_BYTES: usize = 60_000;

/// Three columns: a comment is narrow, and addresses do not break.
const HEAD: &str = "| | What changes | Where |\n|---|---|---|\n";

/// Longest text in one place of a comment, in characters.
const LONGEST: usize = 400;

fn plain(text: &str) -> String {
    escape::markdown(&short(text))
}

fn code(text: &str) -> String {
    escape::code(&short(text))
}

fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// What is shown, from everything to counts alone.
#[derive(Clone, Copy)]
struct Detail {
    text_diff: bool,
    neutral: bool,
    narrowing: bool,
    lines: usize,
    /// Rows of what opens.
    rows: usize,
}

/// The report as Markdown, with a hidden marker by which a comment is found and updated in place.
/// What does not fit is left out, the harmless first, and counted.
pub fn markdown(report: &Report) -> String {
    let everything = Detail {
        text_diff: true,
        neutral: true,
        narrowing: true,
        lines: 40,
        rows: usize::MAX,
    };
    let mut detail = everything;
    let mut text = render(report, detail);
    for step in 0.. {
        if text.len() <= MOST_BYTES {
            break;
        }
        match step {
            0 => detail.text_diff = false,
            1 => detail.neutral = false,
            2 => detail.narrowing = false,
            3 => detail.lines = 5,
            4 => detail.lines = 0,
            5 => detail.rows = 200,
            _ if detail.rows == 0 => break,
            _ => detail.rows /= 2,
        }
        text = render(report, detail);
    }
    text
}

/// Sections by what a rule is about, in the order of the comment.
const SECTIONS: [(&str, &[&str]); 6] = [
    ("Permissions", &["IAM", "10"]),
    ("Exposure", &["AUTH", "NET", "INJ"]),
    ("Encryption", &["ENC"]),
    ("Logging", &["LOG"]),
    ("Pins", &["PKG", "TF"]),
    ("Resilience", &["RES", "QTA"]),
];

fn section(rule: &str) -> &'static str {
    let mut parts = rule.split('-').skip(1);
    let (family, number) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let key = if family == "DIFF" {
        &number[..number.len().min(2)]
    } else {
        family
    };
    SECTIONS
        .iter()
        .find(|(_, keys)| keys.contains(&key))
        .map_or("Other", |(name, _)| name)
}

fn render(report: &Report, detail: Detail) -> String {
    let mut out = format!("<!-- slgen-diff:v1:{} -->\n", comment(&report.subject));
    let opens = |f: &&Finding| {
        f.covered.is_none() && matches!(f.direction, Direction::Widening | Direction::Undetermined)
    };
    let opening: Vec<&Finding> = report.findings.iter().filter(opens).collect();
    // What was not looked at is not clean.
    let sign = if !opening.is_empty() {
        "🔺"
    } else if report.not_checked.is_empty() {
        "✅"
    } else {
        "⚠️"
    };
    out.push_str(&format!("### {sign} slgen diff: {}\n\n", verdict(report)));
    let summary = report.summary();
    out.push_str(&format!("{} → {}", code(&report.base), code(&report.head)));
    if let Some(account) = &report.account {
        out.push_str(&format!(", account {}", code(account)));
    }
    if summary.ignored > 0 {
        out.push_str(&format!(", {} covered by exceptions", summary.ignored));
    }
    if summary.not_checked > 0 {
        out.push_str(&format!(", **{} not checked**", summary.not_checked));
    }
    out.push_str(".\n");
    let (upgrade, own): (Vec<&Finding>, Vec<&Finding>) =
        opening.into_iter().partition(|f| f.upgrade);
    let mut rows = detail.rows;
    let names = SECTIONS.iter().map(|(name, _)| *name).chain(["Other"]);
    for name in names {
        let of_section: Vec<&Finding> = own
            .iter()
            .copied()
            .filter(|f| section(&f.rule) == name)
            .collect();
        table(name, &of_section, &mut rows, detail, &mut out);
    }
    table(
        "Brought by an upgrade of slgen or a blueprint (the manifest did not change)",
        &upgrade,
        &mut rows,
        detail,
        &mut out,
    );
    exceptions(report, &mut out);
    if !report.not_checked.is_empty() {
        out.push_str("\n#### Not checked\n\n");
        for not in report.not_checked.iter().take(50) {
            let action = not
                .action
                .as_ref()
                .map_or(String::new(), |a| format!(" ({})", code(a)));
            out.push_str(&format!(
                "- {}: {}{action}\n",
                code(&not.check),
                plain(&not.reason)
            ));
        }
        more(report.not_checked.len(), 50, &mut out);
    }
    let rest = |direction: Direction| -> Vec<&Finding> {
        let list = report.findings.iter();
        list.filter(|f| f.direction == direction && f.covered.is_none())
            .collect()
    };
    let covered: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|f| f.covered.is_some())
        .collect();
    folded(
        "covered by exceptions",
        &covered,
        detail.narrowing,
        detail,
        &mut out,
    );
    folded(
        "narrowing",
        &rest(Direction::Narrowing),
        detail.narrowing,
        detail,
        &mut out,
    );
    folded(
        "neutral",
        &rest(Direction::Neutral),
        detail.neutral,
        detail,
        &mut out,
    );
    if detail.text_diff {
        text_diff(report, &mut out);
    }
    for change in &report.texts {
        out.push_str(&format!("\n{}\n", plain(&change.says())));
        if detail.text_diff {
            let lines = change.lines.iter().map(|line| terminal(line) + "\n");
            folded_diff("as text", &lines.collect::<String>(), &mut out);
        }
    }
    for note in report.notes.iter().take(10) {
        out.push_str(&format!("\n{}\n", plain(note)));
    }
    out
}

fn table(name: &str, findings: &[&Finding], rows: &mut usize, detail: Detail, out: &mut String) {
    if findings.is_empty() {
        return;
    }
    out.push_str(&format!("\n#### {name}\n\n"));
    let shown = findings.len().min(*rows);
    *rows -= shown;
    if shown > 0 {
        out.push_str(HEAD);
        for finding in &findings[..shown] {
            row(finding, detail, out);
        }
    }
    more(findings.len(), shown, out);
}

fn more(all: usize, shown: usize, out: &mut String) {
    if all > shown {
        out.push_str(&format!(
            "\nand {} more, which `slgen diff` lists\n",
            all - shown
        ));
    }
}

fn row(finding: &Finding, detail: Detail, out: &mut String) {
    // What it means comes first: that is what a reviewer decides on.
    let mut change = Vec::new();
    if !finding.meaning.is_empty() {
        let kind = match finding.kind {
            ChangeKind::Pending => String::new(),
            kind => format!("<em>{kind}</em>: "),
        };
        change.push(format!("{kind}{}", plain(&finding.meaning)));
    }
    let values = values(finding).map_or(String::new(), |values| format!(": {values}"));
    change.push(format!("{}{values}", code(&subject(finding))));
    for (sign, lines) in [("+", &finding.gained), ("−", &finding.lost)] {
        for line in lines.iter().take(detail.lines) {
            change.push(format!("{sign} {}", code(&line.to_string())));
        }
        if lines.len() > detail.lines {
            let more = lines.len() - detail.lines;
            let s = if more == 1 { "" } else { "s" };
            change.push(format!("{sign} {more} line{s}"));
        }
    }
    if let Some(covered) = &finding.covered {
        change.push(format!(
            "covered until {} by {}: {}",
            covered.expires,
            plain(&covered.owner),
            plain(&covered.reason)
        ));
    }
    let mut place: Vec<String> = place(finding).iter().map(|p| code(p)).collect();
    place.push(finding.rule.clone());
    if !finding.environments.is_empty() {
        place.push(plain(&finding.environments.join(", ")));
    }
    let severity = match finding.direction {
        Direction::Neutral => String::new(),
        _ => format!(" {}", finding.severity),
    };
    out.push_str(&format!(
        "| {}{severity} | {} | {} |\n",
        finding.direction.sign(),
        change.join("<br>"),
        place.join("<br>"),
    ));
}

fn values(finding: &Finding) -> Option<String> {
    let one = |value: &Option<crate::diff::Shown>| match value {
        None => "<em>not set</em>".to_owned(),
        Some(shown) if shown.redacted => "<em>sensitive</em>".to_owned(),
        Some(shown) => code(&shown.text),
    };
    (finding.before.is_some() || finding.after.is_some())
        .then(|| format!("{} → {}", one(&finding.before), one(&finding.after)))
}

fn folded(name: &str, findings: &[&Finding], shown: bool, detail: Detail, out: &mut String) {
    if findings.is_empty() {
        return;
    }
    let count = findings.len();
    if !shown {
        out.push_str(&format!("\n{count} {name}, which `slgen diff` lists\n"));
        return;
    }
    out.push_str(&format!("\n<details><summary>{count} {name}</summary>\n\n"));
    out.push_str(HEAD);
    for finding in findings {
        row(finding, detail, out);
    }
    out.push_str("\n</details>\n");
}

fn exceptions(report: &Report, out: &mut String) {
    if report.exceptions.is_empty() {
        return;
    }
    out.push_str("\n#### Exceptions\n\n");
    for exception in report.exceptions.iter().take(50) {
        let bad = exception.state == ExceptionState::Expired;
        out.push_str(&format!(
            "- **{}**{}: {} in {} until {}, {}: {}\n",
            exception.says(),
            if bad { " ⛔" } else { "" },
            code(&exception.rule),
            code(&exception.scope),
            exception.expires,
            plain(&exception.owner),
            plain(&exception.reason),
        ));
    }
    more(report.exceptions.len(), 50, out);
}

/// What changes in the resources, as a diff; made of the findings, so that it holds nothing that
/// they do not.
fn text_diff(report: &Report, out: &mut String) {
    let mut lines = String::new();
    let mut address = "";
    for finding in &report.findings {
        if finding.before.is_none() && finding.after.is_none() {
            continue;
        }
        if finding.address != address {
            lines.push_str(&format!("@@ {} @@\n", terminal(&short(&finding.address))));
            address = &finding.address;
        }
        for (sign, value) in [('-', &finding.before), ('+', &finding.after)] {
            if let Some(value) = value {
                let text = if value.redacted {
                    "(sensitive)"
                } else {
                    &value.text
                };
                lines.push_str(&format!(
                    "{sign} {} = {}\n",
                    terminal(&short(&finding.path)),
                    terminal(text)
                ));
            }
        }
    }
    if lines.is_empty() {
        return;
    }
    folded_diff("as a diff, without sensitive values", &lines, out);
}

fn folded_diff(title: &str, lines: &str, out: &mut String) {
    let fence = fence(lines);
    out.push_str(&format!(
        "\n<details><summary>{title}</summary>\n\n{fence}diff\n{lines}{fence}\n\n</details>\n"
    ));
}
