//! What answers come to, in a screenful: lines of the manifest, new files, new permissions.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use similar::{ChangeTag, TextDiff};

use super::super::Failure;
use super::super::pipeline::Prepared;
use crate::catalog::aws::iam;
use crate::iam::Effect;
use crate::iam::ledger::RecordedLine;
use crate::wizard::{Draft, Project};

/// Columns of a line.
const WIDTH: usize = 79;
/// Most lines of permissions.
const MOST: usize = 5;

pub(super) fn text(
    project: &Project,
    draft: &Draft,
    before: Option<&Prepared>,
    after: &Prepared,
) -> Result<String, Failure> {
    let mut out = format!("{}:\n", project.file);
    out.push_str(&changed(&project.text, &draft.text));
    let files = draft.proposal.files.iter().map(|(path, _)| path.as_path());
    let files = brief(files);
    if !files.is_empty() {
        let _ = writeln!(out, "{}", cut(&format!("New files: {files}")));
    }
    let known: Vec<RecordedLine> = match before {
        Some(before) => bare(before.ledger()?.permissions),
        None => Vec::new(),
    };
    let ledger = after.ledger()?.permissions;
    let new: Vec<&RecordedLine> = ledger
        .iter()
        .filter(|line| {
            line.effect == Effect::Allow && !known.contains(&unreasoned((*line).clone()))
        })
        .collect();
    out.push_str(&permissions(&new));
    Ok(out)
}

/// Paths in a line: several of one source folder as their number.
pub(super) fn brief<'a>(paths: impl Iterator<Item = &'a Utf8Path>) -> String {
    let mut folders: IndexMap<Utf8PathBuf, Vec<&Utf8Path>> = IndexMap::new();
    for path in paths {
        let folder = path.components().take(2).collect();
        folders.entry(folder).or_default().push(path);
    }
    let parts: Vec<String> = folders
        .iter()
        .map(|(folder, paths)| match paths.as_slice() {
            [path] => path.to_string(),
            paths => format!("{} files in {folder}", paths.len()),
        })
        .collect();
    parts.join(", ")
}

/// Lines that differ, with one line around them.
fn changed(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut out = String::new();
    for (index, group) in diff.grouped_ops(1).iter().enumerate() {
        if index > 0 {
            out.push_str("  …\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Insert => '+',
                ChangeTag::Delete => '-',
                ChangeTag::Equal => ' ',
            };
            let line = format!("  {sign} {}", change.value().trim_end());
            out.push_str(&wrapped(&line));
        }
    }
    out
}

/// What someone asked for line by line, and how much comes with it.
fn permissions(new: &[&RecordedLine]) -> String {
    let asked = |line: &RecordedLine| {
        line.why.iter().any(|why| {
            let pointer = why.pointer.as_deref().unwrap_or_default();
            ["/access/", "/secrets/", "/triggers/"]
                .iter()
                .any(|part| pointer.contains(part))
        })
    };
    let (asked, others): (Vec<&RecordedLine>, Vec<&RecordedLine>) =
        new.iter().copied().partition(|line| asked(line));
    if new.is_empty() {
        return "Nothing is newly allowed.\n".to_owned();
    }
    let mut out = "Newly allowed:\n".to_owned();
    for line in asked.iter().take(MOST) {
        let level = iam::action(&line.action).map(|facts| facts.level.to_string());
        let resource = line.resource.as_deref().unwrap_or("*");
        let resource = resource.splitn(6, ':').nth(5).unwrap_or(resource);
        let text = format!(
            "  + {:<6} {} on {resource}",
            level.unwrap_or_default(),
            line.action
        );
        let _ = writeln!(out, "{}", cut(&text));
    }
    if asked.len() > MOST {
        let _ = writeln!(out, "  + {} more", asked.len() - MOST);
    }
    if !others.is_empty() {
        let _ = writeln!(
            out,
            "  + {} that come with it: logs, keys, the stack's own (slgen permissions)",
            others.len()
        );
    }
    out
}

fn bare(lines: Vec<RecordedLine>) -> Vec<RecordedLine> {
    lines.into_iter().map(unreasoned).collect()
}

/// A line without its reasons, whose places move.
fn unreasoned(line: RecordedLine) -> RecordedLine {
    RecordedLine {
        why: Vec::new(),
        ..line
    }
}

fn cut(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    let mut cut: String = line.chars().take(WIDTH - 1).collect();
    cut.push('…');
    cut
}

/// A line in as many as it takes, broken at spaces, each further one indented below it.
fn wrapped(line: &str) -> String {
    let text = line.get(4..).unwrap_or_default();
    let depth = line.len() - text.trim_start().len() + 4;
    let mut out = String::new();
    let mut row = String::new();
    for word in line.split_inclusive(' ') {
        let full = row.chars().count() + word.trim_end().chars().count() > WIDTH;
        if full && row.len() > depth {
            let _ = writeln!(out, "{}", row.trim_end());
            row = " ".repeat(depth);
        }
        row.push_str(word);
    }
    let _ = writeln!(out, "{}", row.trim_end());
    out
}
