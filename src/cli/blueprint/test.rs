//! `slgen blueprint test`: golden cases in `tests/<case>/`: `slgen.yaml`, and either the tree that comes of it in
//! `expected/`, or in `expected.txt` why nothing does.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::Folder;
use crate::cli::{Cli, Failure, Status, pipeline, say};
use crate::diagnostic::{Diagnostic, render_text};
use crate::inputs::{self, Kind};
use crate::workspace;

/// The tree of a case that generates.
const TREE: &str = "expected";
/// What is said of a case that is refused.
const TEXT: &str = "expected.txt";
/// Largest file of a case.
const LARGEST: u64 = 4 * 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// Only the cases whose name holds this.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Write what comes out as what is expected.
    #[arg(long)]
    update: bool,
    /// Write a report in the form of `JUnit` into a file, too.
    #[arg(long, value_name = "FILE")]
    junit: Option<Utf8PathBuf>,
}

/// What comes of a case.
enum Outcome {
    /// Path below `out` → text.
    Tree(BTreeMap<Utf8PathBuf, String>),
    /// Exit status and diagnostics.
    Refused(String),
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let folder = cli.directory.join(&arguments.folder.folder);
    let mut cases = cases(&folder)?;
    if let Some(part) = &arguments.case {
        cases.retain(|case| case.contains(part));
    }
    if cases.is_empty() {
        let message = format!("{} has no such case in tests/", arguments.folder.folder);
        let help = "a case is a folder with slgen.yaml: tests/NAME/slgen.yaml";
        return Err(Diagnostic::error("SLG-USAGE-001", message)
            .help(help)
            .into());
    }
    let mut results = Vec::new();
    for case in &cases {
        if arguments.update {
            let told = update(&folder, case)?;
            say(&format!("{case}: {told}\n"));
            continue;
        }
        let faults = compare(&folder, case)?;
        let verdict = if faults.is_empty() { "ok" } else { "FAILED" };
        if !cli.is_quiet() || !faults.is_empty() {
            say(&format!("{case}: {verdict}\n"));
        }
        for fault in &faults {
            say(&format!("{}\n", indented(fault)));
        }
        results.push((case.as_str(), faults));
    }
    let failed = results
        .iter()
        .filter(|(_, faults)| !faults.is_empty())
        .count();
    if let Some(file) = &arguments.junit {
        let path = cli.directory.join(file);
        let path = if path.is_absolute() {
            path
        } else {
            Utf8Path::new(".").join(path)
        };
        workspace::replace_at(&path, junit(&results))?;
    }
    if failed > 0 {
        say(&format!(
            "{failed} of {} cases differ; `--update` writes what comes out\n",
            results.len()
        ));
        return Ok(Status::Differs);
    }
    Ok(Status::Done)
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

/// The cases of a blueprint, in the order of their names.
pub(super) fn cases(folder: &Utf8Path) -> Result<Vec<String>, Failure> {
    let tests = folder.join("tests");
    if inputs::standing(&tests).is_ok_and(|found| found.is_none()) {
        return Ok(Vec::new());
    }
    let listing = inputs::list(&tests).map_err(|error| format!("{tests}: {error}"))?;
    let folders = listing
        .entries
        .into_iter()
        .filter(|e| e.kind == Kind::Folder);
    Ok(folders.map(|entry| entry.name).collect())
}

fn outcome(folder: &Utf8Path, case: &str) -> Outcome {
    let place = folder.join("tests").join(case);
    let prepared = pipeline::prepare(&place, Utf8Path::new("slgen.yaml"));
    let judged = prepared.and_then(|prepared| prepared.judged().map(|_| prepared.files));
    match judged {
        Ok(files) => Outcome::Tree(files),
        Err(failure) => Outcome::Refused(format!(
            "status {}\n{}",
            failure.status as u8,
            render_text(&failure.diagnostics, &failure.sources, false)
        )),
    }
}

/// What differs from what is expected.
fn compare(folder: &Utf8Path, case: &str) -> Result<Vec<String>, Failure> {
    let place = folder.join("tests").join(case);
    let text = workspace::content(&place, Utf8Path::new(TEXT), LARGEST)?;
    let tree = tree(&place)?;
    Ok(match (outcome(folder, case), text, tree) {
        (Outcome::Refused(found), Some(expected), None) => {
            let expected = String::from_utf8_lossy(&expected);
            difference(TEXT, &expected, &found).into_iter().collect()
        }
        (Outcome::Refused(found), None, _) => vec![format!("it is refused:\n{found}")],
        (Outcome::Refused(_) | Outcome::Tree(_), Some(_), Some(_)) => {
            vec![format!("it has {TEXT} and {TREE}/: one of them holds")]
        }
        (Outcome::Tree(_), Some(_), None) => {
            vec![format!("nothing refuses it; {TEXT} says otherwise")]
        }
        (Outcome::Tree(_), None, None) => vec![format!("there is neither {TREE}/ nor {TEXT}")],
        (Outcome::Tree(files), None, Some(expected)) => {
            let paths: std::collections::BTreeSet<&Utf8PathBuf> =
                files.keys().chain(expected.keys()).collect();
            let faults =
                paths
                    .into_iter()
                    .filter_map(|path| match (expected.get(path), files.get(path)) {
                        (Some(expected), Some(found)) => {
                            difference(&format!("{TREE}/{path}"), expected, found)
                        }
                        (Some(_), None) => Some(format!("{TREE}/{path}: not generated")),
                        (None, _) => Some(format!("{TREE}/{path}: generated, not expected")),
                    });
            faults.collect()
        }
    })
}

/// What of a text is other than expected.
fn difference(name: &str, expected: &str, found: &str) -> Option<String> {
    (expected != found).then(|| {
        let diff = similar::TextDiff::from_lines(expected, found);
        let mut unified = diff.unified_diff();
        let unified = unified.context_radius(2).header(name, "what comes out");
        unified.to_string()
    })
}

/// The tree that is expected; `None` when there is none.
fn tree(place: &Utf8Path) -> Result<Option<BTreeMap<Utf8PathBuf, String>>, String> {
    if inputs::standing(&place.join(TREE)).is_ok_and(|found| found.is_none()) {
        return Ok(None);
    }
    let mut files = BTreeMap::new();
    let mut folders = vec![Utf8PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let here = place.join(TREE).join(&folder);
        let listing = inputs::list(&here).map_err(|error| format!("{here}: {error}"))?;
        for entry in listing.entries {
            let path = folder.join(&entry.name);
            match entry.kind {
                Kind::Folder => folders.push(path),
                Kind::File => {
                    let text = inputs::text(&here.join(&entry.name), LARGEST);
                    let text = text.map_err(|error| format!("{TREE}/{path}: {error}"))?;
                    files.insert(path, text.unwrap_or_default());
                }
                Kind::Link | Kind::Other => {
                    return Err(format!("{TREE}/{path} is no regular file"));
                }
            }
        }
    }
    Ok(Some(files))
}

/// Writes what comes of a case as what is expected; says what that is.
pub(super) fn update(folder: &Utf8Path, case: &str) -> Result<&'static str, Failure> {
    let place = folder.join("tests").join(case);
    let before = tree(&place)?.unwrap_or_default();
    let gone = |path: &Utf8Path| {
        let path = place.join(path);
        std::fs::remove_file(&path).map_err(|error| format!("{path}: {error}"))
    };
    match outcome(folder, case) {
        Outcome::Refused(text) => {
            for path in before.keys() {
                gone(&Utf8Path::new(TREE).join(path))?;
            }
            if inputs::standing(&place.join(TREE)).is_ok_and(|found| found.is_some()) {
                // Only folders are left.
                std::fs::remove_dir_all(place.join(TREE)).map_err(|e| format!("{TREE}: {e}"))?;
            }
            workspace::put(&place, Utf8Path::new(TEXT), text)?;
            Ok("refused, as expected.txt says now")
        }
        Outcome::Tree(files) => {
            for (path, text) in &files {
                if before.get(path) != Some(text) {
                    workspace::put(&place, &Utf8Path::new(TREE).join(path), text)?;
                }
            }
            for path in before.keys().filter(|path| !files.contains_key(*path)) {
                gone(&Utf8Path::new(TREE).join(path))?;
            }
            if inputs::standing(&place.join(TEXT)).is_ok_and(|found| found.is_some()) {
                gone(Utf8Path::new(TEXT))?;
            }
            Ok("generated, as expected/ has it now")
        }
    }
}

/// A report in the form of `JUnit`; without times, so that it is the same each time.
fn junit(results: &[(&str, Vec<String>)]) -> String {
    let failures = results
        .iter()
        .filter(|(_, faults)| !faults.is_empty())
        .count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"slgen blueprint test\" tests=\"{}\" failures=\"{failures}\">\n",
        results.len()
    );
    for (case, faults) in results {
        let name = xml(case);
        out.push_str(&format!(
            "    <testcase classname=\"blueprint\" name=\"{name}\""
        ));
        if faults.is_empty() {
            out.push_str("/>\n");
        } else {
            let text = xml(&faults.join("\n"));
            out.push_str(&format!(
                ">\n      <failure message=\"other than expected\">{text}</failure>\n    </testcase>\n"
            ));
        }
    }
    out + "  </testsuite>\n</testsuites>\n"
}

/// Text in XML, where some characters cannot be at all (XML 1.0, 2.2).
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_holds_whatever_a_case_says() {
        let text = junit(&[
            ("a<b>", vec!["\u{1b}[31m & \"x\"".to_owned()]),
            ("c", Vec::new()),
        ]);
        assert!(text.contains("tests=\"2\" failures=\"1\""));
        assert!(text.contains("name=\"a&lt;b&gt;\""));
        assert!(text.contains("\u{fffd}[31m &amp; &quot;x&quot;"));
    }
}
