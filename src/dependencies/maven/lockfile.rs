//! `lockfile.json` of maven-lockfile (<https://github.com/chains-project/maven-lockfile>): a tree of artifacts.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::exact::is_clear;
use super::super::reading::{Reading, line_at};
use super::super::{Declared, Ecosystem, FaultKind, Hash, Lockfile, Package};
use super::{finish, named};

/// Deeper than dependencies lead.
const DEEPEST: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    lock_file_version: i64,
    #[serde(borrow, default)]
    dependencies: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    maven_plugins: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    maven_extensions: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    artifact_id: &'a RawValue,
    group_id: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    checksum_algorithm: String,
    #[serde(default)]
    checksum: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    resolved: String,
    #[serde(default = "yes")]
    included: bool,
    #[serde(borrow, default)]
    children: Vec<&'a RawValue>,
    /// Of plugins.
    #[serde(borrow, default)]
    dependencies: Vec<&'a RawValue>,
}

fn yes() -> bool {
    true
}

pub(in super::super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let file: File<'_> = match serde_json::from_str(text) {
        Ok(file) => file,
        // Others have files of this name: without a pom.xml it need not be Maven's.
        Err(_) if declared.is_none() => return Lockfile::default(),
        Err(error) => {
            let lines = text
                .split_inclusive('\n')
                .take(error.line().saturating_sub(1));
            let place = line_at(text, lines.map(str::len).sum());
            return Reading::unreadable(place, format!("it is not understood: {error}"));
        }
    };
    if file.lock_file_version != 1 {
        return Reading::unreadable((0, 0), "only version 1 of maven-lockfile is read");
    }
    let mut tree = Tree {
        text,
        reading: Reading::default(),
    };
    let tools = file.maven_plugins.iter().chain(&file.maven_extensions);
    let tools = tools.map(|raw| (raw, true));
    for (raw, is_tool) in file
        .dependencies
        .iter()
        .map(|raw| (raw, false))
        .chain(tools)
    {
        if let Err(unreadable) = tree.add(raw, None, is_tool, 0) {
            return unreadable;
        }
    }
    finish(tree.reading, declared)
}

struct Tree<'a> {
    text: &'a str,
    reading: Reading,
}

impl Tree<'_> {
    /// Adds an artifact and what it needs; `of` is the one that needs it.
    ///
    /// # Errors
    /// A lockfile whose one fault it is.
    fn add(
        &mut self,
        raw: &RawValue,
        of: Option<usize>,
        is_tool: bool,
        depth: usize,
    ) -> Result<(), Lockfile> {
        let at = raw.get().as_ptr().addr() - self.text.as_ptr().addr();
        let refuse = |message: String| Err(Reading::unreadable(line_at(self.text, at), message));
        if depth > DEEPEST {
            return refuse(format!("is nested more than {DEEPEST} deep"));
        }
        let entry: Entry<'_> = match serde_json::from_str(raw.get()) {
            Ok(entry) => entry,
            Err(error) => return refuse(format!("it is not understood: {error}")),
        };
        let artifact: String = serde_json::from_str(entry.artifact_id.get()).unwrap_or_default();
        let at = entry.artifact_id.get().as_ptr().addr() - self.text.as_ptr().addr();
        let algorithm = entry
            .checksum_algorithm
            .replace('-', "")
            .to_ascii_lowercase();
        let name = named(&entry.group_id, &artifact);
        let package = Package {
            hashes: Hash::hex(&algorithm, &entry.checksum).into_iter().collect(),
            development: is_tool || entry.scope == "test",
            ..Package::new(
                Ecosystem::Maven,
                &name,
                &entry.version,
                line_at(self.text, at),
            )
        };
        // A version that lost against another one is not built with.
        let mut index = of;
        if entry.included {
            if package.hashes.is_empty() {
                self.reading
                    .about(&package, FaultKind::Unhashed, "has no SHA-2 checksum");
            }
            if is_clear(&entry.resolved) {
                self.reading
                    .about(&package, FaultKind::Source, "is fetched without TLS");
            }
            let key = format!("{name}@{}", entry.version);
            if let Some(of) = of {
                self.reading.wants(of, key.clone());
            }
            if !self.reading.has(&key) {
                index = Some(self.reading.add(package, [key, name]));
            }
        }
        for needed in entry.children.iter().chain(&entry.dependencies) {
            self.add(needed, index, is_tool, depth + 1)?;
        }
        Ok(())
    }
}
