//! Gradle: what a build script asks for, `gradle.lockfile`, and the checksums of `gradle/verification-metadata.xml`.

use std::collections::HashMap;

use camino::Utf8Path;
use roxmltree::Document;

use super::declared::not_locked;
use super::exact::is_clear;
use super::reading::{Reading, line_at};
use super::{Declaration, Declared, Ecosystem, FaultKind, Hash, Lockfile, Package};

/// Configurations that what is shipped is made of.
const SHIPPED: [&str; 4] = ["implementation", "api", "runtimeOnly", "compile"];

/// Those that only compiling or testing needs.
const OTHERS: [&str; 8] = [
    "compileOnly",
    "annotationProcessor",
    "testImplementation",
    "testRuntimeOnly",
    "testCompileOnly",
    "testCompile",
    "kapt",
    "ksp",
];

/// Reads a build script, line by line: a script is a program, so what it computes is not seen.
pub(super) fn declared(text: &str) -> Declared {
    let mut reading = Reading::default();
    let mut dependencies = Vec::new();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let range = line_at(text, at);
        at += whole.len();
        let line = whole.trim();
        if let Some(address) = addresses(line).find(|address| is_clear(address)) {
            let message = format!("{address} is asked without TLS");
            reading.about_file(FaultKind::Source, range, message);
        }
        let end = line
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(line.len());
        let (configuration, rest) = line.split_at(end);
        let development = OTHERS.contains(&configuration);
        if !development && !SHIPPED.contains(&configuration) {
            continue;
        }
        let mut asked = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        for wrapper in ["platform(", "enforcedPlatform("] {
            asked = asked.strip_prefix(wrapper).unwrap_or(asked);
        }
        if ["files(", "fileTree("]
            .iter()
            .any(|call| asked.starts_with(call))
        {
            let package = Package::new(Ecosystem::Maven, asked, "", range);
            let message = "is a path, no package of a registry";
            reading.about(&package, FaultKind::Elsewhere, message);
        } else if let Some((name, specifier)) = asked_for(asked) {
            dependencies.push(Declaration {
                name,
                specifier,
                development,
                range,
            });
        }
    }
    Declared {
        dependencies,
        faults: reading.finish().faults,
        ..Declared::default()
    }
}

/// Name and version of a dependency: `'group:name:version'`, or an entry of a catalog.
fn asked_for(text: &str) -> Option<(String, String)> {
    let quote = text.chars().next()?;
    if quote == '"' || quote == '\'' {
        let inner = text[1..].split(quote).next()?;
        let mut parts = inner.splitn(3, ':');
        let (group, name) = (parts.next()?, parts.next()?);
        let version = parts.next().unwrap_or_default();
        return Some((format!("{group}:{name}"), version.to_owned()));
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)));
    let name = &text[..end.unwrap_or(text.len())];
    // Another project of the same build is the service's own.
    let catalog = name.contains('.') && !name.starts_with("project");
    catalog.then(|| (name.to_owned(), String::new()))
}

/// The quoted addresses of a line.
fn addresses(line: &str) -> impl Iterator<Item = &str> {
    let parts = line.split(['"', '\'']);
    parts.filter(|part| part.contains("://"))
}

/// Reads `gradle.lockfile`; the checksums stand in another file, which `declared` has.
pub(super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let sums = declared.and_then(|declared| declared.sums.as_deref());
    let sums = match sums.map(checksums).transpose() {
        Ok(sums) => sums.unwrap_or_default(),
        Err(message) => {
            let message = format!("gradle/verification-metadata.xml is not understood: {message}");
            return Reading::unreadable((0, 0), message);
        }
    };
    let mut reading = Reading::default();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let range = line_at(text, at);
        at += whole.len();
        let line = whole.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let (coordinates, configurations) = line.split_once('=').unwrap_or((line, ""));
        let mut parts = coordinates.split(':');
        let (Some(group), Some(name), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Reading::unreadable(range, "is no line of a gradle.lockfile");
        };
        let mut shipped = configurations.split(',');
        let key = format!("{group}:{name}");
        let sum = sums.get(&(key.clone(), version.to_owned()));
        let package = Package {
            hashes: sum.cloned().flatten().into_iter().collect(),
            development: !configurations.is_empty()
                && !shipped.any(|one| one == "runtimeClasspath" || one == "default"),
            ..Package::new(Ecosystem::Maven, &key, version, range)
        };
        match sum {
            Some(Some(_)) => {}
            Some(None) => reading.about(
                &package,
                FaultKind::Unhashed,
                "has a file without SHA-2 checksum in gradle/verification-metadata.xml",
            ),
            None => reading.about(
                &package,
                FaultKind::Unhashed,
                "has no checksum in gradle/verification-metadata.xml",
            ),
        }
        reading.add(package, [key]);
    }
    if let Some(declared) = declared.filter(|declared| !declared.dependencies.is_empty()) {
        let named = |d: &&Declaration| d.name.contains(':') && !d.name.contains('$');
        for declaration in declared.dependencies.iter().filter(named) {
            if !declaration.development && !reading.has(&declaration.name) {
                not_locked(&mut reading, declaration);
            }
        }
        // Of what a catalog names, it is not known which package it is.
        if declared.dependencies.iter().all(|d| d.name.contains(':')) {
            reading.direct(declared.dependencies.iter().map(|d| d.name.as_str()));
        }
    }
    reading.finish()
}

/// Name and version → checksum; none where a file of it has none that protects.
type Sums = HashMap<(String, String), Option<Hash>>;

/// # Errors
/// Why it is not understood.
fn checksums(text: &str) -> Result<Sums, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let named = |node: &roxmltree::Node<'_, '_>, name: &str| node.tag_name().name() == name;
    let mut sums = Sums::new();
    for component in document
        .descendants()
        .filter(|node| named(node, "component"))
    {
        let of = |name: &str| component.attribute(name).unwrap_or_default();
        let mut archive = None;
        let mut any = None;
        let mut bare = false;
        for artifact in component.children().filter(|node| named(node, "artifact")) {
            let hash = artifact.children().find_map(|sum| {
                let algorithm = sum.tag_name().name();
                Hash::hex(algorithm, sum.attribute("value").unwrap_or_default())
            });
            bare |= hash.is_none();
            if artifact
                .attribute("name")
                .is_some_and(|name| Utf8Path::new(name).extension() == Some("jar"))
            {
                archive = archive.or_else(|| hash.clone());
            }
            any = any.or(hash);
        }
        let key = (
            format!("{}:{}", of("group"), of("name")),
            of("version").to_owned(),
        );
        sums.insert(key, archive.or(any).filter(|_| !bare));
    }
    Ok(sums)
}
