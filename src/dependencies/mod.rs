//! Lockfiles of handlers: text → packages, and what makes them less than exact and verifiable, with places.
//!
//! Pure: nothing is read from disk and nobody is asked. A format is a file here and one line in [`FAMILIES`].

mod berry;
mod cargo;
mod declared;
mod exact;
mod golang;
mod gradle;
mod maven;
mod node;
mod npm;
mod package;
mod pdm;
mod pnpm;
mod poetry;
mod reading;
mod requirements;
mod toml;
mod tree;
mod uv;
mod yarn;

pub use declared::{Declaration, Declared};
pub use package::{Algorithm, Ecosystem, Hash, Package};

/// First byte, and one past the last.
pub type Range = (usize, usize);

/// What a lockfile says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// Every package, in the file's order.
    pub packages: Vec<Package>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of thing.
    pub kind: FaultKind,
    /// What it is about: a package with its version, or the file.
    pub subject: String,
    /// Name of the package alone; empty for the file.
    pub package: String,
    /// What is wrong with it, to be read after the subject.
    pub message: String,
    /// Where.
    pub range: Range,
}

/// Kinds of faults; each has a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Dependencies that no lockfile settles.
    Unlocked,
    /// No hash, or none that still protects.
    Unhashed,
    /// From git, a URL or a path.
    Elsewhere,
    /// A range of versions.
    Inexact,
    /// A lockfile that is not understood.
    Unreadable,
    /// A lockfile of other dependencies than those declared.
    Stale,
    /// Fetched without TLS, or from whichever index answers.
    Source,
}

/// A kind of lockfile.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Its path beside the declaration.
    pub file: &'static str,
    /// Reads its text; with what is declared beside it, where that is.
    pub read: fn(&str, Option<&Declared>) -> Lockfile,
    /// The file beside it, or further up, that holds its checksums.
    pub sums: Option<&'static str>,
}

impl Format {
    const fn new(file: &'static str, read: fn(&str, Option<&Declared>) -> Lockfile) -> Self {
        Self {
            file,
            read,
            sums: None,
        }
    }
}

/// A file that declares dependencies, and the lockfiles that may settle them.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// File name of the declaration.
    pub manifest: &'static str,
    /// Reads the declaration.
    pub declared: fn(&str) -> Declared,
    /// Lockfiles of any of which one is enough.
    pub formats: &'static [Format],
    /// What writes a lockfile.
    pub hint: &'static str,
}

const REQUIREMENTS: Format = Format::new("requirements.txt", requirements::read);

const GRADLE: [Format; 1] = [Format {
    sums: Some("gradle/verification-metadata.xml"),
    ..Format::new("gradle.lockfile", gradle::read)
}];

const GRADLE_HINT: &str = "with `dependencyLocking { lockAllConfigurations() }` in it, \
                           `gradle dependencies --write-locks --write-verification-metadata sha256` writes one";

/// Every format that is read.
pub const FAMILIES: [Family; 8] = [
    Family {
        manifest: "pyproject.toml",
        declared: declared::pyproject,
        formats: &[
            Format::new("uv.lock", uv::read),
            Format::new("poetry.lock", poetry::read),
            Format::new("pdm.lock", pdm::read),
            REQUIREMENTS,
        ],
        hint: "`uv lock`, `poetry lock` or `pdm lock` writes one",
    },
    Family {
        manifest: "requirements.in",
        declared: declared::requirements_in,
        formats: &[REQUIREMENTS],
        hint: "`uv pip compile --generate-hashes requirements.in -o requirements.txt` writes one",
    },
    Family {
        manifest: "package.json",
        declared: declared::package_json,
        formats: &[
            Format::new("package-lock.json", npm::read),
            Format::new("npm-shrinkwrap.json", npm::read),
            Format::new("pnpm-lock.yaml", pnpm::read),
            Format::new("yarn.lock", yarn::read),
        ],
        hint: "`npm install --package-lock-only`, `pnpm install --lockfile-only` or `yarn install` writes one",
    },
    Family {
        manifest: "go.mod",
        declared: golang::declared,
        formats: &[Format::new("go.sum", golang::read)],
        hint: "`go mod tidy` writes go.sum",
    },
    Family {
        manifest: "Cargo.toml",
        declared: declared::cargo_toml,
        formats: &[Format::new("Cargo.lock", cargo::read)],
        hint: "`cargo generate-lockfile` writes Cargo.lock",
    },
    Family {
        manifest: "pom.xml",
        declared: maven::declared,
        formats: &[
            Format::new(".mvn/checksums/checksums.sha256", maven::checksums),
            Format::new("lockfile.json", maven::lockfile),
        ],
        hint: "Maven writes .mvn/checksums/checksums.sha256 (docs/dependency-rules.md says how), \
               `mvn io.github.chains-project:maven-lockfile:generate` lockfile.json",
    },
    Family {
        manifest: "build.gradle",
        declared: gradle::declared,
        formats: &GRADLE,
        hint: GRADLE_HINT,
    },
    Family {
        manifest: "build.gradle.kts",
        declared: gradle::declared,
        formats: &GRADLE,
        hint: GRADLE_HINT,
    },
];

/// Files that declare dependencies in a form that is not read.
pub const NOT_READ: [&str; 2] = ["Pipfile", "setup.py"];

/// The text with the user and password of URLs replaced by asterisks, as many bytes on as many lines.
pub fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || "/?#\"'`<>,{}".contains(c))
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rfind('@') {
            Some(host) => {
                shown.extend(std::iter::repeat_n('*', host));
                shown.push_str(&authority[host..]);
            }
            None => shown.push_str(authority),
        }
        rest = tail;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_urls_are_masked_in_place() {
        for (text, shown) in [
            ("-i https://u:p@host/x", "-i https://***@host/x"),
            ("git+ssh://git@h/x#a@b", "git+ssh://***@h/x#a@b"),
            ("\"https://h/a@b\" x@y", "\"https://h/a@b\" x@y"),
            ("https://é:p@h", "https://****@h"),
            ("a://b://c@d", "a://b://c@d"),
        ] {
            let masked = masked(text);
            assert_eq!(masked.len(), text.len(), "{text}");
            if text.contains("a://b") {
                continue;
            }
            assert_eq!(masked, shown);
        }
    }
}
