//! Actions and tools as a pipeline names them.

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::pin::Pins;

/// What runners are: other platforms have other packages.
const RUNNER: &str = "linux_amd64";

/// Where a tool is fetched from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    tool: String,
    /// The path in its archive.
    member: String,
    /// Its address, with `{version}`.
    url: String,
}

fn sources() -> &'static [Source] {
    static PARSED: OnceLock<Vec<Source>> = OnceLock::new();
    PARSED.get_or_init(|| serde_json::from_str(include_str!("data/tools.json")).unwrap_or_default())
}

/// Looks up pins, and remembers what there was none of.
pub(super) struct Lookup<'a> {
    pub(super) pins: &'a Pins,
    pub(super) missing: Vec<String>,
}

impl Lookup<'_> {
    /// An action by its commit: `name@commit`, and the tag for people.
    pub(super) fn action(&mut self, name: &str) -> (Json, Json) {
        if let Some(pin) = self.pins.action(name) {
            return (json!(format!("{name}@{}", pin.commit)), json!(pin.version));
        }
        self.missing.push(name.to_owned());
        (Json::Null, Json::Null)
    }

    /// A tool with its address and checksum.
    pub(super) fn tool(&mut self, name: &str) -> Json {
        let source = sources().iter().find(|source| source.tool == name);
        let pin = self.pins.tool(name);
        let known = source.zip(pin).and_then(|(source, pin)| {
            let sha256 = pin.sha256.get(RUNNER)?;
            Some(json!({
                "tool": name,
                "version": pin.version,
                "member": source.member,
                "url": source.url.replace("{version}", &pin.version),
                "sha256": sha256,
            }))
        });
        known.unwrap_or_else(|| {
            self.missing.push(name.to_owned());
            Json::Null
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_of_one_version() {
        assert_eq!(sources().len(), 6);
        for source in sources() {
            assert!(source.url.starts_with("https://"), "{}", source.url);
            assert!(source.url.contains("{version}"), "{}", source.url);
        }
    }

    #[test]
    fn what_is_not_pinned_is_told() {
        let mut lookup = Lookup {
            pins: &Pins::default(),
            missing: Vec::new(),
        };
        assert!(lookup.tool("osv-scanner")["sha256"].is_string());
        assert!(lookup.action("actions/checkout").0.is_string());
        assert_eq!(lookup.missing, Vec::<String>::new());
        assert!(lookup.tool("hammer").is_null());
        assert!(lookup.action("actions/hammer").0.is_null());
        assert_eq!(lookup.missing, ["hammer", "actions/hammer"]);
    }
}
