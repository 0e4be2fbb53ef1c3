//! Who may call a route: what its authorization, its authorizer and its scopes come to together.
//!
//! The table says which way an attribute goes; here is told from whom to whom. Two sorts of callers that no order
//! holds between, as principals of an account and holders of a token, are neither more nor fewer.

use std::collections::BTreeSet;
use std::fmt;

use super::blocks::values;
use super::held::Held;
use super::{Direction, Finding, redact};
use crate::graph::{Resource, Value};
use crate::guardrail::Severity;

/// How a type of route spells who may call it.
struct Spelling {
    route: &'static str,
    noun: &'static str,
    /// The attribute that says how callers prove who they are.
    authorization: &'static str,
    /// Type of its authorizers.
    authorizer: &'static str,
    /// Whom IAM lets through. HTTP APIs have no resource policies, so that nobody of another account is.
    principals: &'static str,
}

const SPELLINGS: [Spelling; 2] = [
    Spelling {
        route: "aws_apigatewayv2_route",
        noun: "route",
        authorization: "authorization_type",
        authorizer: "aws_apigatewayv2_authorizer",
        principals: "principals of the account that IAM allows execute-api:Invoke",
    },
    Spelling {
        route: "aws_api_gateway_method",
        noun: "method",
        authorization: "authorization",
        authorizer: "aws_api_gateway_authorizer",
        principals: "principals that IAM allows execute-api:Invoke",
    },
];

const AUTHORIZER: &str = "authorizer_id";
const SCOPES: &str = "authorization_scopes";
const ISSUER: &str = "jwt_configuration.issuer";
const AUDIENCE: &str = "jwt_configuration.audience";

/// Who may call a route.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    Anyone,
    /// Anyone, and the function checks the signature of what they send.
    Signers,
    /// Whom IAM lets through.
    Principals(&'static str),
    /// Holders of a JSON Web Token.
    Tokens(Tokens),
    /// Whom an authorizer lets through; its name, where it is known.
    Authorizer(Option<String>),
    /// Not known before apply.
    Unknown,
}

/// Tokens that an authorizer accepts; `None` for what is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tokens {
    issuer: Option<String>,
    audience: Option<BTreeSet<String>>,
    scopes: Option<BTreeSet<String>>,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone on the internet"),
            Self::Signers => f.write_str(
                "anyone on the internet, whose signature only the function itself checks,",
            ),
            Self::Principals(who) => f.write_str(who),
            Self::Tokens(tokens) => tokens.fmt(f),
            Self::Authorizer(Some(name)) => write!(f, "whoever the authorizer {name} lets through"),
            Self::Authorizer(None) => f.write_str("whoever its authorizer lets through"),
            Self::Unknown => f.write_str("callers that are not known before apply"),
        }
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (issuer, audience) = (
            issuer(self.issuer.as_deref()),
            audience(self.audience.as_ref()),
        );
        write!(f, "holders of a token of {issuer} for {audience}")?;
        match self.scopes.as_ref() {
            Some(scopes) if scopes.is_empty() => Ok(()),
            scopes => write!(f, " with {}", scope(scopes)),
        }
    }
}

fn issuer(issuer: Option<&str>) -> &str {
    issuer.unwrap_or("an issuer that is not known here")
}

fn audience(audience: Option<&BTreeSet<String>>) -> String {
    match audience {
        None => "an audience that is not known here".to_owned(),
        Some(audience) if audience.is_empty() => "any audience".to_owned(),
        Some(audience) => either(audience),
    }
}

/// One of the scopes is enough (API Gateway developer guide, "Control access to HTTP APIs with JWT authorizers").
fn scope(scopes: Option<&BTreeSet<String>>) -> String {
    match scopes {
        None => "scopes that are not known here".to_owned(),
        Some(scopes) if scopes.is_empty() => "any scope".to_owned(),
        Some(scopes) => format!("the scope {}", either(scopes)),
    }
}

fn either(values: &BTreeSet<String>) -> String {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    redact::text(&values.join(" or "))
}

/// A value as it may be told; `None` where it is not known.
fn told(value: &Value) -> Option<String> {
    if !value.is_known() {
        return None;
    }
    if value.has_sensitive() {
        return Some("(sensitive)".to_owned());
    }
    value.text().map(|text| redact::text(&text))
}

fn one(resource: &Resource, path: &str) -> Option<String> {
    values(resource, path).first().copied().and_then(told)
}

fn all(resource: &Resource, path: &str) -> Option<BTreeSet<String>> {
    values(resource, path).into_iter().map(told).collect()
}

fn spelling(kind: &str) -> Option<&'static Spelling> {
    SPELLINGS.iter().find(|spelling| spelling.route == kind)
}

impl Who {
    fn of(route: &Resource, spelling: &Spelling, held: &Held<'_>) -> Self {
        let authorization = match values(route, spelling.authorization).first().copied() {
            None => "NONE".to_owned(),
            Some(value) => match value.as_str() {
                Some(text) => text.to_owned(),
                None => return Self::Unknown,
            },
        };
        let authorizer = || {
            let id = route.get(AUTHORIZER)?;
            held.resource(&held.named(spelling.authorizer, id, route)?)
        };
        match authorization.as_str() {
            "NONE" => Self::Anyone,
            "HMAC" => Self::Signers,
            "AWS_IAM" => Self::Principals(spelling.principals),
            "JWT" => {
                let authorizer = authorizer();
                Self::Tokens(Tokens {
                    issuer: authorizer.and_then(|a| one(a, ISSUER)),
                    audience: authorizer.and_then(|a| all(a, AUDIENCE)),
                    scopes: all(route, SCOPES),
                })
            }
            _ => Self::Authorizer(authorizer().and_then(|a| one(a, "name"))),
        }
    }
}

/// Who may call a new route, in a sentence; `None` for what is no route.
pub(super) fn of_new(route: &Resource, held: &Held<'_>) -> Option<String> {
    let spelling = spelling(&route.address.kind)?;
    Some(format!("{} can call it", Who::of(route, spelling, held)))
}

/// What has become of the callers of a route.
pub(super) struct Callers {
    spelling: &'static Spelling,
    before: Who,
    after: Who,
    /// Whether they prove who they are in another way.
    otherwise: bool,
}

impl Callers {
    /// Of a route on both sides; `None` for what is no route.
    pub(super) fn of(
        before: (&Resource, &Held<'_>),
        after: (&Resource, &Held<'_>),
    ) -> Option<Self> {
        let spelling = spelling(&after.0.address.kind)?;
        let (old, new) = (
            Who::of(before.0, spelling, before.1),
            Who::of(after.0, spelling, after.1),
        );
        Some(Self {
            otherwise: std::mem::discriminant(&old) != std::mem::discriminant(&new),
            spelling,
            before: old,
            after: new,
        })
    }

    /// Whether what an attribute was or becomes is part of what is told of how callers prove who they are.
    pub(super) fn covers(&self, path: &str) -> bool {
        self.otherwise && (path == AUTHORIZER || path == SCOPES)
    }

    /// Says in a finding of the route who the callers are, and which way that goes where the attribute alone does not.
    pub(super) fn tell(&self, finding: &mut Finding) {
        let Self { before, after, .. } = self;
        let can = || {
            let noun = self.spelling.noun;
            format!("{after} can call this {noun} now; before, {before}")
        };
        if finding.path == self.spelling.authorization {
            finding.meaning = can();
            let known = *before != Who::Unknown && *after != Who::Unknown;
            if finding.direction == Direction::Undetermined && known {
                finding.severity = Severity::High;
            }
        } else if finding.path == SCOPES
            && let (Who::Tokens(old), Who::Tokens(new)) = (before, after)
        {
            let (old, new) = (scope(old.scopes.as_ref()), scope(new.scopes.as_ref()));
            finding.meaning = format!("a token with {new} is enough now; before, {old}");
        } else if finding.path == AUTHORIZER && finding.before.is_some() && finding.after.is_some()
        {
            finding.meaning = match (before, after) {
                (Who::Tokens(old), Who::Tokens(new)) => {
                    finding.direction = old.becomes(new);
                    if finding.direction == Direction::Neutral {
                        finding.severity = Severity::Low;
                        "another authorizer that accepts the same tokens".to_owned()
                    } else {
                        can()
                    }
                }
                _ => {
                    "another authorizer checks the callers: whom it lets through is not known here"
                        .to_owned()
                }
            };
        }
    }
}

impl Tokens {
    /// Which way issuer and audience go; scopes are an attribute of their own.
    fn becomes(&self, new: &Self) -> Direction {
        let (Some(was), Some(is)) = (&self.audience, &new.audience) else {
            return Direction::Undetermined;
        };
        if self.issuer.is_none() || self.issuer != new.issuer {
            return Direction::Undetermined;
        }
        // An empty audience asks for nothing.
        let within = |inner: &BTreeSet<String>, outer: &BTreeSet<String>| {
            outer.is_empty() || (!inner.is_empty() && inner.is_subset(outer))
        };
        match (within(is, was), within(was, is)) {
            (true, true) => Direction::Neutral,
            (true, false) => Direction::Narrowing,
            (false, _) => Direction::Widening,
        }
    }
}

/// Says in a finding of an authorizer whose tokens it accepts.
pub(super) fn tell_tokens(finding: &mut Finding, before: &Resource, after: &Resource) {
    if after.address.kind != "aws_apigatewayv2_authorizer" {
        return;
    }
    if finding.path == ISSUER {
        let (old, new) = (one(before, ISSUER), one(after, ISSUER));
        let (old, new) = (issuer(old.as_deref()), issuer(new.as_deref()));
        finding.meaning = format!("tokens of {new} are accepted now; before, those of {old}");
    } else if finding.path == AUDIENCE {
        let (old, new) = (all(before, AUDIENCE), all(after, AUDIENCE));
        let (old, new) = (audience(old.as_ref()), audience(new.as_ref()));
        finding.meaning = format!("tokens for {new} are accepted now; before, those for {old}");
    }
}
