//! Rules on dependencies, one file each, named after its id: metadata, and the kind of fault it stands for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use camino::Utf8PathBuf;
use serde::Deserialize;

use super::about::About;
use super::{Check, Finding, Metadata, Rule};
use crate::dependencies::{Fault, FaultKind};
use crate::diagnostic::Span;

/// Registers each rule's file: the one line a new rule needs.
macro_rules! rules {
    ($($file:ident)*) => {
        const FILES: &[&str] = &[$(include_str!(concat!(stringify!($file), ".json"))),*];
    };
}

rules! {
    slg_dep_001
    slg_dep_002
    slg_dep_003
    slg_dep_004
    slg_dep_005
    slg_dep_006
    slg_dep_007
    slg_dep_008
}

#[derive(Deserialize)]
struct File {
    #[serde(flatten)]
    about: About,
    /// None for what the calendar finds.
    finds: Option<FaultKind>,
}

/// Rules, and by which of them a kind of fault is found.
struct Known {
    rules: Vec<Rule>,
    finding: BTreeMap<FaultKind, &'static Metadata>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known {
        rules: Vec::new(),
        finding: BTreeMap::new(),
    };
    for file in FILES
        .iter()
        .filter_map(|file| serde_json::from_str::<File>(file).ok())
    {
        let meta: &'static Metadata = Box::leak(Box::new(file.about.into()));
        let check = match file.finds {
            Some(kind) => {
                known.finding.insert(kind, meta);
                Check::Lockfile
            }
            None => Check::Calendar,
        };
        known.rules.push(Rule { meta, check });
    }
    known
});

/// Every rule on dependencies, by id.
pub(super) fn rules() -> &'static [Rule] {
    &KNOWN.rules
}

/// Faults of a file, for the functions that it is of.
#[derive(Debug, Clone, Copy)]
pub struct Faulty<'a> {
    /// Functions.
    pub functions: &'a [String],
    /// File, relative to the manifest's folder.
    pub file: &'a str,
    /// File, as the user names it.
    pub place: &'a Utf8PathBuf,
    /// What is wrong.
    pub faults: &'a [Fault],
}

/// The findings of files, exceptions not applied. A file is one finding of a rule, however many packages it is
/// about, as one command mends them all; what comes from elsewhere is one finding a package, as each is decided.
pub fn check(files: &[Faulty<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        for (kind, meta) in &KNOWN.finding {
            let found: Vec<&Fault> = file.faults.iter().filter(|f| f.kind == *kind).collect();
            let groups = match kind {
                FaultKind::Elsewhere => found.chunks(1).collect(),
                _ if found.is_empty() => Vec::new(),
                _ => vec![found.as_slice()],
            };
            for group in groups {
                findings.extend(
                    file.functions
                        .iter()
                        .filter_map(|f| finding(file, meta, group, f)),
                );
            }
        }
    }
    findings
}

fn finding(
    file: &Faulty<'_>,
    meta: &'static Metadata,
    faults: &[&Fault],
    function: &str,
) -> Option<Finding> {
    let first = faults.first()?;
    // Of a file, some messages are sentences of their own.
    let whole = ["it ", "only "]
        .iter()
        .any(|begin| first.message.starts_with(begin));
    let subject = match first.subject.as_str() {
        "" if whole => String::new(),
        "" => "it ".to_owned(),
        subject => format!("{subject} "),
    };
    let more = match faults.len() {
        1 => String::new(),
        count => format!(" (the first of {count} in this file)"),
    };
    let resource = match first.kind {
        FaultKind::Elsewhere if !first.package.is_empty() => first.package.as_str(),
        _ => file.file,
    };
    Some(Finding {
        resource: Some(resource.to_owned()),
        span: Some(Span {
            file: file.place.clone(),
            start: first.range.0,
            end: first.range.1,
        }),
        ..Finding::new(
            meta,
            format!("functions.{function}"),
            format!("{}: {subject}{}{more}", file.file, first.message),
        )
    })
}

/// The finding that a function's runtime is not supported any more.
pub fn unsupported_runtime(function: &str, message: String, span: Option<Span>) -> Option<Finding> {
    let rule = KNOWN
        .rules
        .iter()
        .find(|rule| matches!(rule.check, Check::Calendar))?;
    Some(Finding {
        span,
        ..Finding::new(rule.meta, format!("functions.{function}"), message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_rule() {
        for file in FILES {
            assert!(serde_json::from_str::<File>(file).is_ok(), "{file}");
        }
        assert_eq!(rules().len(), FILES.len());
        // Each kind has one rule, and the calendar has one.
        assert_eq!(KNOWN.finding.len() + 1, FILES.len());
    }
}
