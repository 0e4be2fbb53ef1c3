//! The live reader: what the account says of one environment's functions and of what hangs on them.
//!
//! Everything is asked through [`Read`], with calls of [`crate::catalog::aws::calls`] only. That something does not exist is
//! an answer; what could not be asked is in [`Live::not_checked`] and means nothing else.

mod checks;
#[cfg(feature = "live")]
mod client;
mod comparable;
mod fingerprint;
#[cfg(feature = "live")]
pub mod identity;
mod read;
mod reading;
mod recorded;
#[cfg(feature = "live")]
mod request;
mod scope;
mod shape;
pub mod snapshot;
#[cfg(feature = "live")]
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(feature = "live")]
pub use client::{Client, Patience};
pub use fingerprint::Fingerprint;
pub use read::{Query, Read, ReadError};
pub use recorded::Recorded;
pub use scope::{Place, Scope};

use crate::graph::{Address, Graph, Value};
use reading::Reading;

/// What an account says.
///
/// Resources have the provider's types and attribute names and the address `TYPE.live["ID"]`, the id being the one by
/// which Terraform would import them. An attribute that is there was read, also when it is null; one that is missing was not.
/// Values of environment variables are keyed hashes ([`Fingerprint`]), marked sensitive; in a snapshot not even those.
/// `data.aws_iam_policy` is the document of a policy that is attached, or a boundary, and not created by the stack.
#[derive(Debug, Clone)]
pub struct Live {
    /// Account and region that were read.
    pub place: Place,
    /// What exists.
    pub graph: Graph,
    /// What could not be checked, sorted.
    pub not_checked: BTreeSet<NotChecked>,
    /// The calls that told of each resource.
    pub evidence: BTreeMap<Address, BTreeSet<String>>,
    /// Makes the fingerprint of a value in code, to be compared with one in the graph. None for a snapshot, whose values
    /// cannot be compared.
    pub fingerprint: Option<Fingerprint>,
}

/// A check that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotChecked {
    /// The check, `function_url`.
    pub check: String,
    /// What it would have looked at: a name or an ARN.
    pub on: String,
    /// Resource types that it would have told of.
    pub kinds: Vec<String>,
    /// The IAM action that the call needs.
    pub action: String,
    /// Why.
    pub reason: Reason,
}

/// Why a check could not be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The credentials may not.
    Denied,
    /// Too many requests.
    Throttled,
    /// In words.
    Other(String),
}

impl fmt::Display for NotChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            check, on, action, ..
        } = self;
        match &self.reason {
            Reason::Denied => write!(f, "{check} of {on}: access denied, {action} is missing"),
            Reason::Throttled => write!(
                f,
                "{check} of {on}: {action} was throttled, and retried in vain"
            ),
            Reason::Other(why) => write!(f, "{check} of {on}: {action}: {why}"),
        }
    }
}

/// Why nothing could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// No credentials, or none that are valid; what was tried.
    Credentials(String),
    /// The credentials are of another account.
    Account {
        /// The environment's account.
        wanted: String,
        /// The one that the credentials are of.
        found: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Credentials(why) => f.write_str(why),
            Error::Account { wanted, found } => write!(
                f,
                "the environment's account is {wanted}, and the credentials are of {found}: nothing was read"
            ),
        }
    }
}

impl Live {
    fn empty(place: Place, fingerprint: Fingerprint) -> Self {
        Self {
            place,
            graph: Graph::default(),
            not_checked: BTreeSet::new(),
            evidence: BTreeMap::new(),
            fingerprint: Some(fingerprint),
        }
    }

    /// Reads what is in the scope. `caller` is the account that the credentials are of.
    ///
    /// # Errors
    /// Another account, or credentials that ended while reading. What single calls refuse is in `not_checked`.
    pub fn read(read: &dyn Read, caller: &str, place: Place, scope: Scope) -> Result<Self, Error> {
        if caller != place.account {
            return Err(Error::Account {
                wanted: place.account,
                found: caller.to_owned(),
            });
        }
        let mut reading = Reading::new(read, place, scope);
        for check in &checks::CHECKS {
            (check.run)(&mut reading);
            if let Some(why) = reading.stopped {
                return Err(Error::Credentials(why));
            }
        }
        Ok(reading.finish())
    }

    /// Whether resources of a type are looked for. A type that is not is neither absent nor unchanged.
    pub fn looks_for(kind: &str) -> bool {
        checks::CHECKS.iter().any(|c| c.kinds.contains(&kind))
    }

    /// Whether an attribute's value was left out, so that it cannot be compared.
    pub fn is_redacted(value: &Value) -> bool {
        *value == shape::redacted()
    }
}
