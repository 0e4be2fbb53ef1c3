//! Handler sources: read with tree-sitter, and followed from the event to where it must not go.
//!
//! The engine knows no rule and no language: rules come as [`RuleData`], languages as data files
//! that say which syntax plays which role. What it finds are places; what they mean is said by
//! whoever gave the rules. Nothing that is read is run, and every walk has a bound.

mod engine;
mod folder;
mod imports;
mod language;
mod pattern;
mod rule;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};

use camino::{Utf8Path, Utf8PathBuf};
use tree_sitter::{ParseOptions, Parser, Tree};

use engine::{Engine, Entries, Found};
use folder::File;
pub use folder::Unread;
pub use rule::{Check, RuleData};

/// Most times the parser may report progress: some seconds at worst, whatever the clock says.
const MOST_PROGRESS: usize = 200_000;
/// Stack of the thread that reads: nesting is bounded, and this is what the bound needs.
pub const STACK: usize = 64 << 20;

/// A function whose sources are read.
#[derive(Debug, Clone)]
pub struct Function {
    /// Name in the manifest.
    pub name: String,
    /// Folder, relative to the manifest's.
    pub source: Utf8PathBuf,
    /// Handler, as the runtime takes it: `app.handler`.
    pub handler: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Rule id.
    pub rule: String,
    /// Function whose source it is.
    pub function: String,
    /// File, relative to the manifest's folder.
    pub file: Utf8PathBuf,
    /// Place, in bytes.
    pub start: usize,
    /// One past its end.
    pub end: usize,
    /// What is wrong.
    pub message: String,
}

/// What was found, and what was not read.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Findings, by rule, function and place.
    pub hits: Vec<Hit>,
    /// Files that were not read.
    pub unread: Vec<Unread>,
    /// Texts of the files with findings, as they may be shown.
    pub texts: BTreeMap<Utf8PathBuf, String>,
}

/// What counts as an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Events {
    /// What a handler is given.
    #[default]
    Handlers,
    /// Every parameter of every function, tests included: to try the rules on code that is no handler.
    EveryParameter,
}

/// Reads the sources of functions.
pub fn scan(root: &Utf8Path, functions: &[Function], rules: &[RuleData], events: Events) -> Scan {
    let mut scan = Scan::default();
    let every = events == Events::EveryParameter;
    let folders: BTreeSet<&Utf8Path> = functions.iter().map(|f| f.source.as_path()).collect();
    for folder in folders {
        let of: Vec<&Function> = functions.iter().filter(|f| f.source == folder).collect();
        let (files, unread) = folder::read(root, folder, every);
        scan.unread.extend(unread);
        let mut read = Vec::new();
        for file in files {
            let entries = Entries {
                handlers: handlers(&of, folder, &file.path),
                every,
            };
            match examine(&file, rules, entries) {
                Ok(found) => {
                    if found.cut {
                        let reason =
                            "it is too large or nested too deeply to be followed to its end";
                        scan.unread.push(not_read(&file, reason));
                    }
                    read.push((file, found));
                }
                Err(reason) => scan.unread.push(not_read(&file, reason)),
            }
        }
        let validates = read.iter().any(|(_, found)| found.validates);
        for (file, found) in read {
            for function in &of {
                report(&file, &found, validates, rules, &function.name, &mut scan);
            }
        }
    }
    scan.hits.sort();
    scan.hits.dedup();
    scan.unread.sort();
    scan.unread.dedup();
    scan
}

fn not_read(file: &File, reason: &str) -> Unread {
    Unread {
        path: file.path.clone(),
        reason: reason.to_owned(),
    }
}

/// Names of handlers in a file: `app.handler` names `handler` in `app.*`.
fn handlers(functions: &[&Function], folder: &Utf8Path, file: &Utf8Path) -> BTreeSet<String> {
    let stem = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    let named = functions.iter().filter_map(|function| {
        let (module, name) = function.handler.rsplit_once('.')?;
        let last = module.rsplit(['.', '/']).next();
        (stem.file_name() == last).then(|| name.to_owned())
    });
    named.collect()
}

fn examine(file: &File, rules: &[RuleData], entries: Entries) -> Result<Found, &'static str> {
    let language = file.syntax.language().ok_or("its language is not known")?;
    let tree = parse(file).ok_or("it could not be parsed in time")?;
    Ok(Engine::run(
        tree.root_node(),
        &file.text,
        language,
        rules,
        entries,
    ))
}

fn parse(file: &File) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&file.syntax.grammar()).ok()?;
    let bytes = file.text.as_bytes();
    let mut left = MOST_PROGRESS;
    let mut progress = |_: &tree_sitter::ParseState| match left.checked_sub(1) {
        Some(less) => {
            left = less;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut text = |at: usize, _| bytes.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut text, None, Some(options))
}

fn report(
    file: &File,
    found: &Found,
    validates: bool,
    rules: &[RuleData],
    function: &str,
    scan: &mut Scan,
) {
    let hit = |rule: &RuleData, range: Range<usize>, call: &str| Hit {
        rule: rule.id.clone(),
        function: function.to_owned(),
        file: file.path.clone(),
        start: range.start,
        end: range.end,
        message: rule.message.replace("{call}", call),
    };
    let before = scan.hits.len();
    for ((rule, start, end), call) in &found.hits {
        if let Some(rule) = rules.get(*rule) {
            scan.hits.push(hit(rule, *start..*end, call));
        }
    }
    if !validates {
        for rule in rules.iter().filter(|rule| rule.check == Check::Validation) {
            for ((start, end), call) in &found.handing {
                scan.hits.push(hit(rule, *start..*end, call));
            }
        }
    }
    if scan.hits.len() > before {
        let secrets = found.secrets.iter().map(|(start, end)| *start..*end);
        let masked = masked(&file.text, secrets);
        scan.texts.entry(file.path.clone()).or_insert(masked);
    }
}

/// The text with secrets replaced by asterisks, as many bytes on as many lines.
fn masked(text: &str, secrets: impl Iterator<Item = Range<usize>>) -> String {
    let mut secrets = secrets.peekable();
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        while secrets.next_if(|secret| secret.end <= at).is_some() {}
        let hidden = secrets.peek().is_some_and(|secret| secret.contains(&at));
        if hidden && c != '\n' && c != '\r' {
            shown.extend(std::iter::repeat_n('*', c.len_utf8()));
        } else {
            shown.push(c);
        }
    }
    shown
}
