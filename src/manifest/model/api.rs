//! The API that HTTP triggers share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Hmac;

/// The API in front of HTTP functions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// `http` (API Gateway v2) or `rest`; `http` when unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ApiKind>,
    /// How callers prove who they are; a trigger may state its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Request limits over the whole API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
}

/// Kinds of API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApiKind {
    /// API Gateway v2 HTTP API.
    Http,
    /// API Gateway REST API.
    Rest,
}

/// Authentication of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "AuthForm", into = "AuthForm")]
#[schemars(with = "AuthForm")]
pub enum Auth {
    /// JSON Web Tokens of one issuer.
    Jwt(Jwt),
    /// The body, signed by its sender with a shared secret, which the handler checks.
    Hmac(Hmac),
    /// Signature v4 by an AWS principal.
    Iam,
    /// No authentication: an exception like any other.
    None,
}

/// [`Auth`] as it is written: `{ jwt: … }`, `{ hmac: … }`, `iam` or `none`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected { jwt: { issuer, audience } }, { hmac: { key, sender } }, iam or none"
)]
enum AuthForm {
    /// JSON Web Tokens of one issuer.
    Jwt(JwtForm),
    /// The body, signed by its sender with a shared secret.
    Hmac(HmacForm),
    /// A method without settings.
    Method(AuthMethod),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"jwt": {"issuer": "https://login.example.com/", "audience": ["orders"]}}))]
struct JwtForm {
    /// Issuer and audience.
    jwt: Jwt,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = json!({"hmac": {"key": "github-webhook", "sender": "github"}}))]
struct HmacForm {
    /// The shared secret and how the sender signs.
    hmac: Hmac,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum AuthMethod {
    /// Signature v4 by an AWS principal.
    Iam,
    /// No authentication.
    None,
}

impl From<AuthForm> for Auth {
    fn from(form: AuthForm) -> Self {
        match form {
            AuthForm::Jwt(form) => Self::Jwt(form.jwt),
            AuthForm::Hmac(form) => Self::Hmac(form.hmac),
            AuthForm::Method(AuthMethod::Iam) => Self::Iam,
            AuthForm::Method(AuthMethod::None) => Self::None,
        }
    }
}

impl From<Auth> for AuthForm {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::Jwt(jwt) => Self::Jwt(JwtForm { jwt }),
            Auth::Hmac(hmac) => Self::Hmac(HmacForm { hmac }),
            Auth::Iam => Self::Method(AuthMethod::Iam),
            Auth::None => Self::Method(AuthMethod::None),
        }
    }
}

/// A JWT issuer and the audiences accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// Issuer URL (`iss`), https.
    pub issuer: String,
    /// Accepted `aud` (or `client_id`) values.
    pub audience: Vec<String>,
}

/// Token bucket of an API stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Steady requests a second.
    pub rate: u32,
    /// Burst of requests.
    pub burst: u32,
}
