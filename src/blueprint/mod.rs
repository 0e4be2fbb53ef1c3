//! Blueprints: defaults, locked values, floors and archetypes. The built-in ones are read by the
//! same loader as a platform team's.

use std::sync::OnceLock;

use camino::Utf8Path;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::diagnostic::Diagnostic;
use crate::manifest::model::{Baseline, Function, FunctionSettings, Logs, Throttle, Trigger};
use crate::manifest::similar;

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

/// Every built-in blueprint.
const BUILTIN: [&str; 1] = [include_str!("../../blueprints/aws-baseline/blueprint.yaml")];

/// A blueprint as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The blueprint.
    pub blueprint: Blueprint,
    /// SHA-256 of its file, in hexadecimal.
    pub sha256: String,
}

/// Why a blueprint could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Key of `baseline` that it is about: `source` or `version`.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// Faults inside the blueprint's file, each with its place.
    pub notes: Vec<String>,
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
        BUILTIN
            .iter()
            .filter_map(|text| parse(Utf8Path::new("blueprint.yaml"), text).ok())
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

/// Loads the blueprint that a manifest names, from the binary or from a folder beside the manifest.
///
/// # Errors
/// What is wrong, and the fix.
pub fn load(baseline: &Baseline, root: &Utf8Path) -> Result<Found, Fault> {
    let fault = |key, message: String, help: String| Fault {
        key,
        message,
        help,
        notes: Vec::new(),
    };
    let (blueprint, text) = if let Some(name) = baseline.source.strip_prefix("builtin:") {
        let known = builtin();
        let names: Vec<&str> = known.iter().map(|b| b.name.as_str()).collect();
        let Some(index) = names.iter().position(|known| *known == name) else {
            let help = similar(name, names.iter().copied()).map_or_else(
                || format!("there are: builtin:{}", names.join(", builtin:")),
                |near| format!("did you mean `builtin:{near}`?"),
            );
            let message = format!("there is no built-in blueprint {name}");
            return Err(fault("source", message, help));
        };
        (known[index].clone(), BUILTIN[index].to_owned())
    } else if let Some(folder) = baseline.source.strip_prefix("path:") {
        // Named as the manifest names it, read from where that is.
        let file = Utf8Path::new(folder).join("blueprint.yaml");
        let path = root.join(&file);
        let text = crate::manifest::read(&path).map_err(|cause| {
            let help = "path: is relative to the manifest".to_owned();
            let message = cause.message.replacen(path.as_str(), file.as_str(), 1);
            fault("source", message, help)
        })?;
        let blueprint = parse(&file, &text).map_err(|faults| Fault {
            notes: faults.iter().map(|d| placed(d, &text)).collect(),
            ..fault(
                "source",
                format!("{file} is no blueprint"),
                "mend it; blueprints/aws-baseline/blueprint.yaml shows the form".to_owned(),
            )
        })?;
        (blueprint, text)
    } else {
        return Err(fault(
            "source",
            format!("{} is no source this version can read", baseline.source),
            "use builtin:NAME or path:DIR".to_owned(),
        ));
    };
    if blueprint.version == baseline.version {
        let digest = Sha256::digest(text.as_bytes());
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Found { blueprint, sha256 })
    } else {
        Err(fault(
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
        for text in BUILTIN {
            let blueprint = parse(Utf8Path::new("blueprint.yaml"), text).unwrap();
            assert_eq!(blueprint.version, "1.0.0");
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
                Utf8Path::new("."),
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
        let text = BUILTIN[0]
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
