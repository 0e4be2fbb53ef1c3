//! Requests that their sender signs with a shared secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::catalog::webhooks::{self, BODY, Encoding, Scheme, TIMESTAMP};

/// HMAC-SHA-256 over the body, by a secret that sender and function share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hmac {
    /// Resource name of the secret that sender and function share.
    #[schemars(example = &"github-webhook")]
    pub key: String,
    /// A sender that is known; what it signs and how is then not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"github", extend("enum" = webhooks::senders()))]
    pub sender: Option<String>,
    /// Header of the signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"X-Signature")]
    pub header: Option<String>,
    /// What stands before the signature in its header; nothing when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// `hex` or `base64`; `hex` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Header of the time of sending, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// What is signed; `{body}` when unsaid, `{timestamp}.{body}` with a timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = json!("{timestamp}.{body}"))]
    pub signed: Option<String>,
    /// Seconds that the time of sending may differ from the function's; 300 when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance_s: Option<u32>,
}

impl Hmac {
    /// Seconds that clocks may differ, unless the manifest says otherwise.
    pub const TOLERANCE_S: u32 = 300;

    /// How the sender signs, every default filled in; header names in lower case, as an API hands them over.
    pub fn scheme(&self) -> Scheme {
        let mut scheme = match self.sender.as_deref().and_then(webhooks::sender) {
            Some(scheme) => scheme.clone(),
            None => self.own(),
        };
        scheme.header.make_ascii_lowercase();
        if let Some(timestamp) = &mut scheme.timestamp {
            timestamp.make_ascii_lowercase();
        }
        scheme
    }

    fn own(&self) -> Scheme {
        let unsaid = match self.timestamp {
            Some(_) => format!("{TIMESTAMP}.{BODY}"),
            None => BODY.to_owned(),
        };
        Scheme {
            header: self.header.clone().unwrap_or_default(),
            prefix: self.prefix.clone().unwrap_or_default(),
            encoding: self.encoding.unwrap_or_default(),
            timestamp: self.timestamp.clone(),
            fields: None,
            signed: self.signed.clone().unwrap_or(unsaid),
            source: String::new(),
        }
    }
}
