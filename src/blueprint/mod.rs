//! Blueprints: defaults, locked values, floors and archetypes. The built-in ones are read by the
//! same loader as a platform team's.

mod fetch;
pub mod files;
mod source;

use std::sync::OnceLock;

use camino::Utf8Path;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

pub use fetch::{Fault, Fetch, Local};
pub use files::Files;
pub use source::Source;

use crate::diagnostic::Diagnostic;
use crate::manifest::model::{Baseline, Function, FunctionSettings, Logs, Throttle, Trigger};

/// A blueprint.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blueprint {
    /// Name.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// For people.
    pub description: String,
    /// Values where the manifest says nothing.
    pub defaults: Defaults,
    /// Values that nobody below may change.
    #[serde(default)]
    pub locks: Vec<Lock>,
    /// Bounds.
    #[serde(default)]
    pub floors: Vec<Floor>,
    /// Kinds of function.
    #[serde(default)]
    pub archetypes: IndexMap<String, Archetype>,
}

/// Values where the manifest says nothing.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Logs.
    pub logs: Logs,
    /// API throttle.
    pub throttle: Throttle,
    /// Queue triggers.
    pub queue: QueueDefaults,
    /// Functions.
    pub function: FunctionSettings,
}

/// Values of queue triggers.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueDefaults {
    /// Largest batch.
    pub batch: u32,
    /// Receives before the dead-letter queue.
    pub max_receives: u32,
}

/// A value that nobody below may change.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Setting of a function.
    pub setting: String,
    /// Its value.
    pub value: serde_json::Value,
    /// Shown to whoever tries.
    pub reason: String,
}

/// A bound of a number.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// `retention_days`, or a setting of a function.
    pub setting: String,
    /// Least value.
    #[serde(default)]
    pub min: Option<u32>,
    /// Largest value.
    #[serde(default)]
    pub max: Option<u32>,
    /// Shown to whoever goes beyond.
    pub reason: String,
}

/// A kind of function.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Archetype {
    /// For people.
    pub description: String,
    /// Kinds of trigger it may have.
    pub triggers: Vec<String>,
    /// Values where the manifest says nothing.
    #[serde(default)]
    pub defaults: FunctionSettings,
    /// Bounds.
    #[serde(default)]
    pub floors: Vec<Floor>,
}

impl Archetype {
    /// Whether a function that names no archetype is of this one: it takes all its triggers, and it
    /// has some.
    pub fn fits(&self, function: &Function) -> bool {
        let takes = |kind: &str| self.triggers.iter().any(|t| t == kind);
        !function.triggers.is_empty()
            && function
                .triggers
                .iter()
                .filter_map(Trigger::kind)
                .all(takes)
    }
}

/// A blueprint as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The blueprint.
    pub blueprint: Blueprint,
    /// SHA-256 of its files, in hexadecimal.
    pub sha256: String,
}

/// Parses a blueprint.
///
/// # Errors
/// Every fault, each with its place in the file.
pub fn parse(file: &Utf8Path, text: &str) -> Result<Blueprint, Vec<Diagnostic>> {
    crate::manifest::read_as(file, text)
}

/// The built-in blueprints.
pub fn builtin() -> &'static [Blueprint] {
    static PARSED: OnceLock<Vec<Blueprint>> = OnceLock::new();
    PARSED.get_or_init(|| {
        fetch::BUILTIN
            .iter()
            .flat_map(|(_, files)| files.iter())
            .filter_map(|(path, text)| parse(Utf8Path::new(path), text).ok())
            .collect()
    })
}

/// A blueprint that gives defaults and asks for nothing: what a manifest is checked against when
/// its own blueprint cannot be loaded.
pub fn neutral() -> Blueprint {
    let mut blueprint = builtin().first().cloned().unwrap_or_else(|| Blueprint {
        name: String::new(),
        version: String::new(),
        description: String::new(),
        defaults: Defaults {
            logs: Logs {
                retention_days: None,
                archive: None,
            },
            throttle: Throttle { rate: 1, burst: 1 },
            queue: QueueDefaults {
                batch: 1,
                max_receives: 1,
            },
            function: FunctionSettings::default(),
        },
        locks: Vec::new(),
        floors: Vec::new(),
        archetypes: IndexMap::new(),
    });
    blueprint.locks.clear();
    blueprint.floors.clear();
    blueprint.archetypes.clear();
    blueprint
}

/// Loads the blueprint that a manifest names.
///
/// # Errors
/// What is wrong, and the fix.
pub fn load(baseline: &Baseline, fetch: &dyn Fetch) -> Result<Found, Fault> {
    let source = Source::parse(&baseline.source)
        .map_err(|(message, help)| Fault::new("source", message, help))?;
    let files = fetch.fetch(&source, &baseline.version)?;
    let file = match &source {
        Source::Path(folder) => folder.join(files::DEFINITION),
        _ => files::DEFINITION.into(),
    };
    let text = files.text(files::DEFINITION.into()).unwrap_or_default();
    let blueprint = parse(&file, text).map_err(|faults| Fault {
        notes: faults.iter().map(|d| placed(d, text)).collect(),
        ..Fault::new(
            "source",
            format!("{file} is no blueprint"),
            "mend it; blueprints/aws-baseline/blueprint.yaml shows the form",
        )
    })?;
    if blueprint.version == baseline.version {
        let sha256 = files.sha256();
        Ok(Found { blueprint, sha256 })
    } else {
        Err(Fault::new(
            "version",
            format!(
                "{} has version {}, not {}",
                baseline.source, blueprint.version, baseline.version
            ),
            format!("write version: {}", blueprint.version),
        ))
    }
}

/// A fault of a blueprint's file on one line.
fn placed(diagnostic: &Diagnostic, text: &str) -> String {
    let place = diagnostic.span.as_ref().map_or_else(String::new, |span| {
        let (line, column) = crate::diagnostic::position(text, span.start);
        format!("{}:{line}:{column}: ", span.file)
    });
    let help = diagnostic.help.as_deref().unwrap_or_default();
    format!("{place}{}; {help}", diagnostic.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_parses() {
        for (name, files) in fetch::BUILTIN {
            let blueprint = parse(Utf8Path::new("blueprint.yaml"), files[0].1).unwrap();
            assert_eq!((&*blueprint.name, &*blueprint.version), (name, "1.0.0"));
        }
    }

    #[test]
    fn an_unknown_version_or_source_is_named() {
        let load = |source: &str, version: &str| {
            super::load(
                &Baseline {
                    source: source.into(),
                    version: version.into(),
                },
                &Local::new(Utf8Path::new(".")),
            )
        };
        assert!(load("builtin:aws-baseline", "1.0.0").is_ok());
        assert_eq!(
            load("builtin:aws-baseline", "2.0.0").unwrap_err().help,
            "write version: 1.0.0"
        );
        assert!(
            load("builtin:nothing", "1.0.0")
                .unwrap_err()
                .help
                .contains("aws-baseline")
        );
        assert!(load("git::https://example.com/x", "1.0.0").is_err());
    }

    #[test]
    fn every_fault_of_a_blueprint_is_told() {
        let text = fetch::BUILTIN[0].1[0]
            .1
            .replace("burst: 200", "brust: 200")
            .replace("min: 365", "min: many");
        let faults = parse(Utf8Path::new("b.yaml"), &text).unwrap_err();
        let told: Vec<String> = faults.iter().map(|d| placed(d, &text)).collect();
        assert_eq!(faults.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with("b.yaml:7:26: unknown key `brust`"),
            "{told:?}"
        );
        assert!(told[1].contains("a whole number is wanted"), "{told:?}");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[ -~\\n]{0,200}") {
            let _ = parse(Utf8Path::new("blueprint.yaml"), &text);
        }
    }
}
