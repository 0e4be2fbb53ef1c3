//! `go.mod` and `go.sum`.

use std::collections::BTreeSet;

use super::exact::is_exact;
use super::reading::{Reading, line_at};
use super::{Declaration, Declared, Ecosystem, Fault, FaultKind, Lockfile, Package};

/// Reads `go.mod`: what is required, and what is replaced by what.
pub(super) fn declared(text: &str) -> Declared {
    let mut declared = Declared::default();
    let mut block = String::new();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let range = line_at(text, at);
        at += whole.len();
        let (content, comment) = whole.split_once("//").unwrap_or((whole, ""));
        let words: Vec<&str> = content.split_whitespace().map(unquoted).collect();
        let words = match words.as_slice() {
            [] => continue,
            [")"] => {
                block.clear();
                continue;
            }
            [directive, "("] => {
                (*directive).clone_into(&mut block);
                continue;
            }
            words if !block.is_empty() => [&[block.as_str()], words].concat(),
            words => words.to_vec(),
        };
        match words.as_slice() {
            ["module", name] => declared.name = Some((*name).to_owned()),
            ["require", name, version] => declared.dependencies.push(Declaration {
                name: (*name).to_owned(),
                specifier: (*version).to_owned(),
                // Only what the module itself imports must be there as a whole.
                development: comment.trim() == "indirect",
                range,
            }),
            ["replace", replaced @ .., "=>", path] => declared.faults.push(Fault {
                kind: FaultKind::Elsewhere,
                subject: format!("{} => {path}", replaced.first().unwrap_or(&"")),
                package: (*replaced.first().unwrap_or(&"")).to_owned(),
                message: "is a path, no module of a version".to_owned(),
                range,
            }),
            ["replace", replaced, .., "=>", name, version] => {
                for dependency in &mut declared.dependencies {
                    if dependency.name == *replaced {
                        (*name).clone_into(&mut dependency.name);
                        (*version).clone_into(&mut dependency.specifier);
                    }
                }
            }
            _ => {}
        }
    }
    let inexact = declared
        .dependencies
        .iter()
        .filter(|d| !d.specifier.starts_with('v') || !is_exact(&d.specifier));
    let inexact = inexact.map(|dependency| Fault {
        kind: FaultKind::Inexact,
        subject: format!("{} {}", dependency.name, dependency.specifier),
        package: dependency.name.clone(),
        message: "is no exact version".to_owned(),
        range: dependency.range,
    });
    let inexact: Vec<Fault> = inexact.collect();
    declared.faults.extend(inexact);
    declared
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '`'])
}

/// Reads `go.sum` beside what `go.mod` requires.
pub(super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let mut reading = Reading::default();
    let mut sums = BTreeSet::new();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let range = line_at(text, at);
        at += whole.len();
        match whole.split_whitespace().collect::<Vec<_>>().as_slice() {
            [] => {}
            [name, version, hash] => {
                let right = hash
                    .strip_prefix("h1:")
                    .is_some_and(|h| h.len() == 44 && h.ends_with('='));
                let file = version.strip_suffix("/go.mod");
                let package = Package::new(Ecosystem::Go, name, file.unwrap_or(version), range);
                if !right {
                    reading.about(&package, FaultKind::Unhashed, "has no h1: hash");
                }
                sums.insert((
                    package.name.clone(),
                    package.version.clone(),
                    file.is_none(),
                ));
                let required = |d: &Declared| {
                    let mut all = d.dependencies.iter();
                    all.any(|d| d.name == package.name && d.specifier == package.version)
                };
                if file.is_none() && declared.is_none_or(required) {
                    let key = package.name.clone();
                    reading.add(package, [key]);
                }
            }
            _ => return Reading::unreadable(range, "is no line of a go.sum"),
        }
    }
    let local = |name: &str, declared: &Declared| {
        let mut all = declared.faults.iter();
        all.any(|f| f.kind == FaultKind::Elsewhere && f.package == name)
    };
    if let Some(declared) = declared {
        for wanted in &declared.dependencies {
            let has =
                |whole| sums.contains(&(wanted.name.clone(), wanted.specifier.clone(), whole));
            let enough = has(true) || (wanted.development && has(false));
            if !enough && !local(&wanted.name, declared) {
                let subject = Package::new(Ecosystem::Go, &wanted.name, &wanted.specifier, (0, 0));
                reading.about(
                    &subject,
                    FaultKind::Unhashed,
                    "is required in go.mod and has no hash here",
                );
            }
        }
        let direct = declared.dependencies.iter().filter(|d| !d.development);
        reading.direct(direct.map(|d| d.name.as_str()));
    }
    reading.finish()
}
