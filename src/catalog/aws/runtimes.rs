//! Lambda runtimes, and what a source folder says about its own.

use std::sync::OnceLock;

use serde::Deserialize;

/// A runtime.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Runtime {
    /// Identifier, `python3.13`.
    pub name: String,
    /// Language.
    pub language: String,
}

#[derive(Deserialize)]
struct Hint {
    file: String,
    runtime: String,
    handler: String,
}

#[derive(Deserialize, Default)]
struct Data {
    #[serde(default)]
    runtimes: Vec<Runtime>,
    #[serde(default)]
    detect: Vec<Hint>,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| {
        serde_json::from_str(include_str!("data/runtimes.json")).unwrap_or_default()
    })
}

/// A supported runtime by name.
pub fn runtime(name: &str) -> Option<&'static Runtime> {
    data().runtimes.iter().find(|r| r.name == name)
}

/// Names of all supported runtimes.
pub fn names() -> impl Iterator<Item = &'static str> {
    data().runtimes.iter().map(|r| r.name.as_str())
}

/// Runtime and handler that the files of a source folder show; the first hint that fits wins.
pub fn detect(files: &[String]) -> Option<(&'static str, &'static str)> {
    let hint = data()
        .detect
        .iter()
        .find(|hint| files.contains(&hint.file))?;
    Some((&hint.runtime, &hint.handler))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hint_leads_to_a_runtime() {
        assert!(!data().detect.is_empty());
        for hint in &data().detect {
            assert!(runtime(&hint.runtime).is_some(), "{}", hint.file);
        }
    }

    #[test]
    fn detects_from_files() {
        assert_eq!(
            detect(&["README.md".into(), "app.py".into()]),
            Some(("python3.13", "app.handler"))
        );
        assert_eq!(detect(&["app.txt".into()]), None);
    }
}
