//! From a function's source folder to what Lambda runs: a zip whose bytes depend on its files' names and contents alone,
//! or an image, which a builder of images makes from the function's Dockerfile.
//!
//! Dates, modes, owners, the order of a folder's entries and the machine leave no trace in it. What is not to be shipped
//! stands in `data.json`, with what installs the dependencies of each language: from a lock file with hashes, for the
//! function's processor, without running any code of a dependency.

mod archive;
mod collect;
mod image;
mod install;
mod record;

pub use archive::{Packed, base64, pack, sha256};
pub use collect::{Shipped, whole};
pub use image::{Built, Recipe, build, digest};
pub use install::{Stage, stage};
pub use record::{Artifact, Recorded};

use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::catalog::unshipped::is_of;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    /// What does not even reach the folder in which a package is prepared, beside what is never shipped (see
    /// [`crate::catalog::unshipped`]).
    never: Excluded,
    /// What is needed to build, and not to run.
    built: Excluded,
    languages: Vec<Language>,
    builders: Vec<Builder>,
}

/// Names of files and folders. One that begins with `*` is an ending.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Excluded {
    /// Wherever they stand.
    #[serde(default)]
    anywhere: Vec<String>,
    /// Directly in the source folder.
    top: Vec<String>,
}

impl Excluded {
    fn holds(&self, name: &str, is_top: bool) -> bool {
        let is = |pattern: &String| is_of(pattern, name);
        self.anywhere.iter().any(is) || (is_top && self.top.iter().any(is))
    }
}

/// How the dependencies of a language come into a package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    /// As in the catalog of runtimes.
    name: String,
    /// The lock file; without it nothing is installed.
    lock: String,
    /// What has to be installed for the commands, for people.
    needs: String,
    /// What `{interpreter}` stands for: the first that can be run.
    #[serde(default)]
    interpreters: Vec<String>,
    /// Words in the lock file that only the first of these reads as the runtime would.
    #[serde(default)]
    markers: Vec<String>,
    /// Programs and arguments, run in the prepared folder. `{version}` is the runtime's, `{cpu}` npm's name of the
    /// processor; `{platforms}` becomes an option for each of pip's tags.
    commands: Vec<Command>,
    /// By the C library of the runtime's operating system; the first that fits counts.
    #[serde(default)]
    platforms: Vec<Platforms>,
    /// Lock files of other tools → the command that makes of them what is packed.
    #[serde(default)]
    others: IndexMap<String, String>,
    /// What the commands leave directly in the folder and nothing needs.
    #[serde(default)]
    removes: Vec<String>,
    /// The folder in which a build leaves what is shipped.
    #[serde(default)]
    root: Option<String>,
}

/// Tags of the binary packages that a runtime can load: <https://peps.python.org/pep-0600/>.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Platforms {
    /// Only for versions of the runtime before this one.
    #[serde(default)]
    below: Option<String>,
    tags: Vec<String>,
}

/// A program that builds images.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Builder {
    /// Name of the program.
    name: String,
    /// What has to be installed, for people.
    needs: String,
    /// Its arguments, run by run, in `{folder}`, which holds the Dockerfile and its ignore file; they leave the image there as
    /// `image.tar`. `{platform}` is the image's, `{source}` the build context, `{tag}` a name that nothing else has.
    commands: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    run: Vec<String>,
    /// Only where the package's manifest has a script of this name.
    #[serde(default)]
    script: Option<String>,
}

fn data() -> &'static Data {
    static PARSED: OnceLock<Data> = OnceLock::new();
    PARSED.get_or_init(|| serde_json::from_str(include_str!("data.json")).unwrap_or_default())
}

#[cfg(test)]
mod tests;
