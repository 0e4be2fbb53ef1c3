//! Blueprints: defaults, locked values, floors and archetypes. The built-in ones are read by the
//! same loader as a platform team's.

use camino::Utf8Path;
use indexmap::IndexMap;
use serde::Deserialize;

use crate::manifest::model::{Baseline, FunctionSettings, Logs, Throttle};

/// A blueprint.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueDefaults {
    /// Largest batch.
    pub batch: u32,
    /// Receives before the dead-letter queue.
    pub max_receives: u32,
}

/// A value that nobody below may change.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
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

/// Every built-in blueprint.
const BUILTIN: [&str; 1] = [include_str!("../../blueprints/aws-baseline/blueprint.yaml")];

/// Parses a blueprint.
///
/// # Errors
/// What is wrong, with line and column.
pub fn parse(text: &str) -> Result<Blueprint, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

/// Loads the blueprint that a manifest names, from the binary or from a folder beside the manifest.
///
/// # Errors
/// A message and a fix.
pub fn load(baseline: &Baseline, root: &Utf8Path) -> Result<Blueprint, (String, String)> {
    let blueprint = if let Some(name) = baseline.source.strip_prefix("builtin:") {
        let known: Vec<Blueprint> = BUILTIN.iter().filter_map(|text| parse(text).ok()).collect();
        let names = known
            .iter()
            .map(|b| format!("builtin:{} {}", b.name, b.version))
            .collect::<Vec<_>>()
            .join(", ");
        known.into_iter().find(|b| b.name == name).ok_or_else(|| {
            (
                format!("there is no built-in blueprint {name}"),
                format!("there are: {names}"),
            )
        })?
    } else if let Some(folder) = baseline.source.strip_prefix("path:") {
        let file = root.join(folder).join("blueprint.yaml");
        let text = crate::manifest::read(&file).map_err(|fault| {
            (
                fault.message,
                "path: is relative to the manifest".to_owned(),
            )
        })?;
        parse(&text).map_err(|error| {
            (
                format!("{file}: {error}"),
                "see blueprints/aws-baseline/blueprint.yaml".to_owned(),
            )
        })?
    } else {
        return Err((
            format!("{} is no source this version can read", baseline.source),
            "use builtin:NAME or path:DIR".to_owned(),
        ));
    };
    if blueprint.version == baseline.version {
        Ok(blueprint)
    } else {
        Err((
            format!(
                "{} has version {}, not {}",
                baseline.source, blueprint.version, baseline.version
            ),
            format!("write version: {}", blueprint.version),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_parses() {
        for text in BUILTIN {
            assert_eq!(parse(text).unwrap().version, "1.0.0");
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
            load("builtin:aws-baseline", "2.0.0").unwrap_err().1,
            "write version: 1.0.0"
        );
        assert!(
            load("builtin:nothing", "1.0.0")
                .unwrap_err()
                .1
                .contains("aws-baseline")
        );
        assert!(load("git::https://example.com/x", "1.0.0").is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[ -~\\n]{0,200}") {
            let _ = parse(&text);
        }
    }
}
