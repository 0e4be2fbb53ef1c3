//! What is said between slgen and the process in which Rego runs: one JSON document in, one a line out.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// What is to be asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// Policies that know nothing of each other.
    pub(super) groups: Vec<Group>,
    /// The input of each environment: large, and never looked into on the way.
    pub(super) inputs: Vec<Box<RawValue>>,
    /// Most milliseconds of one rule on one input.
    pub(super) milliseconds: u64,
}

/// Policies that are loaded together: those of one blueprint.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Group {
    /// Files of Rego: name and text.
    pub(super) files: Vec<(String, String)>,
    /// Documents, each an object: name of the file and text.
    pub(super) data: Vec<(String, String)>,
    /// The packages whose rules are asked; `None`: all.
    pub(super) namespaces: Option<Vec<String>>,
}

/// What is answered, in its order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Answer {
    /// This is looked at next: where what stops the process is to be sought.
    At(Place),
    /// A rule that is asked.
    Rule(Rule),
    /// The rule that was told last found something in an environment, by its index.
    Found { environment: usize, value: Json },
    /// A package of a group.
    Package { group: usize, name: String },
    /// Something is wrong; nothing else is said of its group.
    Fault { place: Place, message: String },
    /// That was all.
    End,
}

/// A rule: `deny`, `violation` or `warn`, with a suffix or without.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) group: usize,
    /// Its package, `main`.
    pub(super) package: String,
    /// Its name, `deny_public_bucket`.
    pub(super) name: String,
    /// Where it begins.
    pub(super) place: Place,
}

/// A place in a file; from 1, 0 where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) column: usize,
}
