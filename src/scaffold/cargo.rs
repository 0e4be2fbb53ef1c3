//! Cuts the package of everything that a handler in Rust may need down to what one does.
//!
//! The end-to-end tests let cargo judge the result: it takes a lock file that has a package too many
//! or too few for stale.

use std::collections::{BTreeMap, BTreeSet};

/// Every dependency of the templates, a line each. Named so, because cargo leaves a folder with a
/// `Cargo.toml` out of what it publishes.
const MANIFEST: &str = include_str!("../../templates/handlers/rust/dependencies.toml");
/// What cargo resolved for them, with the hash of each.
const LOCK: &str = include_str!("../../templates/handlers/rust/dependencies.lock");
/// Dependencies that only some handlers have.
const OPTIONAL: [&str; 7] = [
    "aws-sdk-dynamodb",
    "aws-sdk-secretsmanager",
    "aws-sdk-sns",
    "aws-sdk-sqs",
    "base64",
    "serde_dynamo",
    "sha2",
];

/// The texts of a package's manifest and lock file.
pub(super) struct Package {
    pub(super) manifest: String,
    pub(super) lock: String,
}

/// The package of a handler that needs these of the optional dependencies.
///
/// # Errors
/// A dependency that is not in the files: a defect of slgen.
pub(super) fn package(imports: &BTreeSet<&str>) -> Result<Package, String> {
    if let Some(unknown) = imports.iter().find(|name| !OPTIONAL.contains(name)) {
        return Err(format!("{unknown} is no dependency of a handler"));
    }
    let is_left_out = |name: &str| OPTIONAL.contains(&name) && !imports.contains(name);
    let manifest = MANIFEST
        .lines()
        .filter(|line| !line.split(' ').next().is_some_and(is_left_out))
        .flat_map(|line| [line, "\n"])
        .collect();

    let mut blocks = LOCK.split("\n[[package]]\n");
    let head = blocks.next().unwrap_or_default();
    let packages: Vec<Locked<'_>> = blocks.map(Locked::read).collect();
    let root = packages.iter().find(|package| package.source.is_none());
    let root = root.ok_or("the lock file has no package of its own")?;
    let mut named: BTreeMap<&str, Vec<&Locked<'_>>> = BTreeMap::new();
    for package in &packages {
        named.entry(package.name).or_default().push(package);
    }
    let mut kept = BTreeSet::from([(root.name, root.version)]);
    let needs = root.needs.iter().filter(|need| !is_left_out(need.0));
    let mut asked: Vec<Need<'_>> = needs.copied().collect();
    while let Some((name, version)) = asked.pop() {
        let mut found = named.get(name).into_iter().flatten();
        let found = found.find(|package| version.is_none_or(|v| v == package.version));
        let found = found.ok_or_else(|| format!("{name} is not in the lock file"))?;
        if kept.insert((found.name, found.version)) {
            asked.extend(&found.needs);
        }
    }
    let several = |name: &str| kept.iter().filter(|(kept, _)| *kept == name).count() > 1;
    let mut lock = head.to_owned();
    for package in &packages {
        if !kept.contains(&(package.name, package.version)) {
            continue;
        }
        lock.push_str("\n[[package]]\n");
        for line in package.text.split_inclusive('\n') {
            match need(line) {
                // Of the handler's own needs those that are left out.
                Some((name, _)) if package.source.is_none() && is_left_out(name) => {}
                // A version is written where the name alone does not tell.
                Some((name, Some(_))) if !several(name) => {
                    lock.push_str(&format!(" \"{name}\",\n"));
                }
                _ => lock.push_str(line),
            }
        }
    }
    Ok(Package { manifest, lock })
}

/// A name, and a version where the name alone does not tell.
type Need<'a> = (&'a str, Option<&'a str>);

struct Locked<'a> {
    name: &'a str,
    version: &'a str,
    source: Option<&'a str>,
    needs: Vec<Need<'a>>,
    text: &'a str,
}

impl<'a> Locked<'a> {
    fn read(text: &'a str) -> Self {
        let field = |name: &str| {
            text.lines().find_map(|line| {
                let value = line.strip_prefix(name)?.strip_prefix(" = \"")?;
                value.strip_suffix('"')
            })
        };
        Self {
            name: field("name").unwrap_or_default(),
            version: field("version").unwrap_or_default(),
            source: field("source"),
            needs: text.lines().filter_map(need).collect(),
            text,
        }
    }
}

/// A line of a list of dependencies.
fn need(line: &str) -> Option<Need<'_>> {
    let need = line.trim_end().strip_prefix(" \"")?.strip_suffix("\",")?;
    let mut words = need.split(' ');
    Some((words.next()?, words.next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_needed_is_locked_each_with_its_hash() {
        let few = package(&BTreeSet::new()).unwrap();
        for name in OPTIONAL {
            let line = format!("\n{name} = ");
            assert!(MANIFEST.contains(&line), "{name}");
            assert!(!few.manifest.contains(&line), "{name}");
            let many = package(&[name].into()).unwrap();
            assert!(many.manifest.contains(&line), "{name}");
            assert!(
                many.lock.contains(&format!("\nname = \"{name}\"\n")),
                "{name}"
            );
        }
        assert!(!few.lock.contains("aws-sdk-dynamodb"));
        let packages = few.lock.matches("\n[[package]]\n").count();
        assert!(packages > 100 && packages < LOCK.matches("\n[[package]]\n").count());
        assert_eq!(few.lock.matches("\nchecksum = \"").count() + 1, packages);
        assert_eq!(package(&OPTIONAL.into()).unwrap().lock, LOCK);
        assert!(package(&["left-pad"].into()).is_err());
    }

    #[test]
    fn what_is_asked_for_is_pinned() {
        let asked = MANIFEST
            .lines()
            .filter(|line| line.contains(" = \"=") || line.contains("version = \""));
        for line in asked.filter(|line| !line.starts_with("version")) {
            assert!(line.contains("\"="), "{line}");
        }
    }
}
