//! Images of functions: what they are built in and end as, runtime clients.
//!
//! The last stage is distroless where there is one of the runtime's version, and AWS's own base image, which has a
//! shell, where there is none.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::catalog::unshipped;

/// How the image of a runtime is made.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Lambda runtime that it stands in for.
    pub runtime: String,
    /// Language, which decides on the stages.
    pub language: Language,
    /// Image that dependencies are installed and code is compiled in, `registry/name:tag`.
    pub build: String,
    /// Image of the last stage.
    pub base: String,
    /// What runs the code in the last stage.
    pub program: String,
    /// Whether the last stage has a shell: nothing smaller exists for this version.
    #[serde(default)]
    pub shell: bool,
}

/// A language that images are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Python, dependencies from `requirements.txt`.
    Python,
    /// JavaScript and TypeScript, dependencies from `package-lock.json`.
    Node,
    /// Go, dependencies from `go.sum`.
    Go,
    /// Rust, dependencies from `Cargo.lock`.
    Rust,
    /// Java with Maven, dependencies by `.mvn/checksums`.
    Java,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    #[serde(rename = "as_of")]
    _as_of: String,
    #[serde(rename = "source")]
    _source: String,
    recipes: Vec<Recipe>,
    clients: Clients,
    ignored: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clients {
    python: PythonClient,
    node: NodeClient,
}

/// The runtime client of Python: requirements, pure ones and one that is compiled for each version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PythonClient {
    pure: Vec<String>,
    native: String,
    /// Runtime → architecture → SHA-256 of the wheel.
    hashes: BTreeMap<String, BTreeMap<String, String>>,
}

/// The runtime client of Node: a package of npm.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeClient {
    /// Name.
    pub package: String,
    /// Exact version.
    pub version: String,
    /// SHA-512 of its archive, in hexadecimal.
    pub sha512: String,
}

/// The recipe of a runtime for a source folder with these files; a runtime for executables has one a language.
pub fn recipe(runtime: &str, files: &[&str]) -> Option<&'static Recipe> {
    let mut recipes = data().recipes.iter().filter(|r| r.runtime == runtime);
    recipes.find(|recipe| match recipe.language {
        Language::Go => files.contains(&"go.mod"),
        Language::Rust => files.contains(&"Cargo.toml"),
        // Built by Maven: a project of Gradle alone has none.
        Language::Java => files.contains(&"pom.xml") || !files.iter().any(is_gradle),
        Language::Python | Language::Node => true,
    })
}

fn is_gradle(file: &&str) -> bool {
    ["build.gradle", "build.gradle.kts"].contains(file)
}

/// Every recipe.
pub fn recipes() -> &'static [Recipe] {
    &data().recipes
}

/// Requirements of Python's runtime client, each with its hash; empty where there is none for the runtime.
pub fn python_client(runtime: &str, architecture: &str) -> Vec<String> {
    let client = &data().clients.python;
    let hashes = client.hashes.get(runtime);
    let Some(hash) = hashes.and_then(|hashes| hashes.get(architecture)) else {
        return Vec::new();
    };
    let native = format!("{} --hash=sha256:{hash}", client.native);
    std::iter::once(native)
        .chain(client.pure.iter().cloned())
        .collect()
}

/// Node's runtime client.
pub fn node_client() -> &'static NodeClient {
    &data().clients.node
}

/// What of a source folder is no part of an image, as patterns of a `.dockerignore`.
pub fn ignored(language: Language, compiled: bool) -> impl Iterator<Item = String> {
    let never = unshipped::anywhere().iter();
    let never = never.map(|name| format!("**/{name}"));
    let own = match language {
        Language::Python => "python",
        Language::Node => "node",
        Language::Go => "go",
        Language::Rust => "rust",
        Language::Java => "java",
    };
    let here = ["all", own]
        .into_iter()
        .chain(compiled.then_some("compiled"))
        .filter_map(|name| data().ignored.get(name))
        .flatten()
        .cloned();
    never.chain(here)
}

fn data() -> &'static Data {
    static PARSED: OnceLock<Data> = OnceLock::new();
    PARSED.get_or_init(|| {
        serde_json::from_str(include_str!("data/images.json")).unwrap_or_else(|_| Data {
            _as_of: String::new(),
            _source: String::new(),
            recipes: Vec::new(),
            clients: Clients {
                python: PythonClient {
                    pure: Vec::new(),
                    native: String::new(),
                    hashes: BTreeMap::new(),
                },
                node: NodeClient {
                    package: String::new(),
                    version: String::new(),
                    sha512: String::new(),
                },
            },
            ignored: BTreeMap::new(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::aws::runtimes;
    use crate::catalog::pins::carried;

    fn is_hex(text: &str, digits: usize) -> bool {
        text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }

    #[test]
    fn the_data_is_consistent() {
        assert!(recipes().len() >= 12);
        for recipe in recipes() {
            assert!(runtimes::runtime(&recipe.runtime).is_some(), "{recipe:?}");
            if recipe.language == Language::Python {
                for architecture in ["arm64", "x86_64"] {
                    let client = python_client(&recipe.runtime, architecture);
                    assert_eq!(client.len(), 3, "{recipe:?}");
                    for line in client {
                        let hash = line.split_once(" --hash=sha256:").unwrap().1;
                        assert!(is_hex(hash, 64), "{line}");
                    }
                }
            }
            assert!(ignored(recipe.language, false).count() > 20);
        }
        assert!(is_hex(&node_client().sha512, 128));
        for pinned in &carried().images {
            let used = |r: &Recipe| r.build == pinned.image || r.base == pinned.image;
            assert!(recipes().iter().any(used), "{pinned:?} is not used");
        }
    }

    #[test]
    fn a_runtime_for_executables_is_told_by_the_files() {
        let language = |runtime: &str, files: &[&str]| recipe(runtime, files).map(|r| r.language);
        let custom = "provided.al2023";
        assert_eq!(language(custom, &["go.mod"]), Some(Language::Go));
        assert_eq!(language(custom, &["Cargo.toml"]), Some(Language::Rust));
        assert_eq!(language(custom, &["bootstrap"]), None);
        assert_eq!(language("python3.13", &[]), Some(Language::Python));
        assert_eq!(language("ruby3.4", &["Gemfile"]), None);
    }
}
