//! How senders of webhooks sign requests with a shared secret (HMAC-SHA-256).
//!
//! `webhooks.json` holds what the vendors' own manuals say, each with its address.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What variables begin with that tell a function the secret of a signed route.
pub const VARIABLE: &str = "SIGNED_";
/// Where a body stands in what is signed.
pub const BODY: &str = "{body}";
/// Where a timestamp stands in what is signed.
pub const TIMESTAMP: &str = "{timestamp}";

/// How a signature is spelt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Lower-case hexadecimal digits.
    #[default]
    Hex,
    /// Base64 with padding.
    Base64,
}

/// Parts of a header that holds several: `t=1,v1=ab`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// Name of the time.
    pub timestamp: String,
    /// Name of the signature, which may be there several times.
    pub signature: String,
}

/// What a sender signs, and where it says the signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Header of the signature.
    pub header: String,
    /// What stands before the signature.
    #[serde(default)]
    pub prefix: String,
    /// How the signature is spelt.
    pub encoding: Encoding,
    /// Header of the time of sending.
    #[serde(default)]
    pub timestamp: Option<String>,
    /// Where the header holds several parts.
    #[serde(default)]
    pub fields: Option<Fields>,
    /// What is signed.
    pub signed: String,
    /// Where the fact is from.
    #[serde(default, skip_serializing)]
    pub source: String,
}

impl Scheme {
    /// Whether what is signed says when it was sent.
    pub fn is_timed(&self) -> bool {
        self.timestamp.is_some() || self.fields.is_some()
    }
}

static SENDERS: LazyLock<BTreeMap<String, Scheme>> =
    LazyLock::new(|| serde_json::from_str(include_str!("webhooks.json")).unwrap_or_default());

/// Names of the senders that are known.
pub fn senders() -> Vec<&'static str> {
    SENDERS.keys().map(String::as_str).collect()
}

/// How a sender signs.
pub fn sender(name: &str) -> Option<&'static Scheme> {
    SENDERS.get(name)
}

/// The environment variable that tells a function the secret of a signed route: `POST /hooks/{id}` →
/// `SIGNED_POST_HOOKS_BY_ID`. That there is one marks the route as signed.
pub fn variable(route_key: &str) -> String {
    let mut name = VARIABLE.to_owned();
    for c in route_key.chars() {
        match c {
            '{' => name.push_str("BY_"),
            c if c.is_ascii_alphanumeric() => name.push(c.to_ascii_uppercase()),
            '}' => {}
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    name.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_whole() {
        let parsed: BTreeMap<String, Scheme> =
            serde_json::from_str(include_str!("webhooks.json")).unwrap();
        assert_eq!(
            parsed.keys().collect::<Vec<_>>(),
            ["github", "shopify", "slack", "stripe"]
        );
        for (name, scheme) in &parsed {
            assert!(scheme.source.starts_with("https://"), "{name}");
            assert_eq!(scheme.signed.matches(BODY).count(), 1, "{name}");
            let timed = scheme.signed.matches(TIMESTAMP).count();
            assert_eq!(timed, usize::from(scheme.is_timed()), "{name}");
            assert!(
                !(scheme.timestamp.is_some() && scheme.fields.is_some()),
                "{name}"
            );
        }
    }

    #[test]
    fn variables_of_routes() {
        for (route, name) in [
            ("POST /hooks", "SIGNED_POST_HOOKS"),
            ("POST /", "SIGNED_POST"),
            ("PUT /a-b/{id}/c.d", "SIGNED_PUT_A_B_BY_ID_C_D"),
        ] {
            assert_eq!(variable(route), name);
        }
    }
}
