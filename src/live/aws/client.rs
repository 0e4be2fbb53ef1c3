//! The account itself: signed requests that read, with patience for throttling.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use serde_json::Value as Json;

use super::read::{Query, Read, ReadError};
use super::request::{self, Outcome, Request};
use super::scope::Place;
use crate::catalog::aws::calls;
use crate::live::tls::tls;

/// Longest answer that is read, in bytes.
const LONGEST: u64 = 16 << 20;
/// Credentials that end within this time are renewed before they are used.
const SOON: Duration = Duration::from_mins(1);

/// How long one run waits for a service that has too much to do.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Most attempts of one request.
    pub attempts: u32,
    /// Longest time that a whole run waits.
    pub total: Duration,
    /// Waits; replaced in tests.
    pub pause: fn(Duration),
}

impl Default for Patience {
    /// Five attempts, and half a minute in all.
    fn default() -> Self {
        Self {
            attempts: 5,
            total: Duration::from_secs(30),
            pause: std::thread::sleep,
        }
    }
}

/// Where credentials come from, once more when they end.
pub(super) type Source = Box<dyn Fn() -> Result<Credentials, String>>;

/// A client that reads, one request after the other.
pub struct Client {
    agent: ureq::Agent,
    source: Source,
    credentials: RefCell<Credentials>,
    place: Place,
    endpoint: Option<String>,
    patience: Patience,
    waited: Cell<Duration>,
}

impl fmt::Debug for Client {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("place", &self.place)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// With credentials from `source`. `endpoint` replaces AWS's own, for tests.
    ///
    /// # Errors
    /// The source has none.
    pub(super) fn new(
        source: Source,
        place: Place,
        endpoint: Option<String>,
        patience: Patience,
    ) -> Result<Self, String> {
        let credentials = source()?;
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A signed request is for its host alone.
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .user_agent(concat!("slgen/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls())
            .build();
        Ok(Self {
            agent: config.into(),
            source,
            credentials: RefCell::new(credentials),
            place,
            endpoint,
            patience,
            waited: Cell::new(Duration::ZERO),
        })
    }

    /// Asks once.
    fn attempt(&self, query: &Query) -> Result<Outcome, ReadError> {
        let service = calls::service(query.call.service_name())
            .ok_or_else(|| ReadError::Other(format!("{}: unknown service", query.call.name)))?;
        let request = request::request(query, service, &self.place, self.endpoint.as_deref());
        let signed = self.signed(&request).map_err(ReadError::Other)?;
        let answer = if request.method == "GET" {
            let mut builder = self.agent.get(&request.url);
            for (name, value) in &signed {
                builder = builder.header(name, value);
            }
            builder.call()
        } else {
            let mut builder = self.agent.post(&request.url);
            for (name, value) in &signed {
                builder = builder.header(name, value);
            }
            builder.send(request.body.as_bytes())
        };
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Ok(Outcome::Failed(error.to_string())),
        };
        let status = answer.status().as_u16();
        let header = answer
            .headers()
            .get("x-amzn-errortype")
            .and_then(|h| h.to_str().ok())
            .map(str::to_owned);
        Ok(
            match answer
                .body_mut()
                .with_config()
                .limit(LONGEST)
                .read_to_string()
            {
                Ok(body) => request::outcome(query, status, header.as_deref(), &body),
                Err(error) => Outcome::Failed(error.to_string()),
            },
        )
    }

    /// Headers of a request, its signature among them.
    fn signed(&self, request: &Request) -> Result<Vec<(String, String)>, String> {
        self.renew_if_soon_over()?;
        let mut settings = SigningSettings::default();
        if request.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = self.credentials.borrow().clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&request.region)
            .name(&request.service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|e| e.to_string())?
            .into();
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let body = SignableBody::Bytes(request.body.as_bytes());
        let signable = SignableRequest::new(request.method, &request.url, headers.clone(), body)
            .map_err(|e| e.to_string())?;
        let (instructions, _) = sign(signable, &parameters)
            .map_err(|e| e.to_string())?
            .into_parts();
        Ok(headers
            .chain(instructions.headers())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    fn renew_if_soon_over(&self) -> Result<(), String> {
        let over = self
            .credentials
            .borrow()
            .expiry()
            .is_some_and(|end| end <= SystemTime::now() + SOON);
        if over { self.renew() } else { Ok(()) }
    }

    fn renew(&self) -> Result<(), String> {
        *self.credentials.borrow_mut() = (self.source)()?;
        Ok(())
    }

    /// Waits before another attempt; false when the run's patience is used up.
    fn waits(&self, attempt: u32) -> bool {
        let wait = Duration::from_millis(200) * 2_u32.saturating_pow(attempt);
        let waited = self.waited.get() + wait;
        if attempt + 1 >= self.patience.attempts || waited > self.patience.total {
            return false;
        }
        self.waited.set(waited);
        (self.patience.pause)(wait);
        true
    }
}

impl Read for Client {
    fn get(&self, query: &Query) -> Result<Json, ReadError> {
        let mut renewed = false;
        let mut attempt = 0;
        loop {
            match self.attempt(query)? {
                Outcome::Done(answer) => return answer,
                // A session that ended in the middle may have been extended meanwhile.
                Outcome::Refused(_) if !renewed => {
                    renewed = true;
                    self.renew().map_err(ReadError::Credentials)?;
                }
                Outcome::Refused(why) => {
                    return Err(ReadError::Credentials(format!(
                        "AWS does not accept the credentials: {why}"
                    )));
                }
                Outcome::Throttled if !self.waits(attempt) => return Err(ReadError::Throttled),
                Outcome::Failed(why) if !self.waits(attempt) => return Err(ReadError::Other(why)),
                Outcome::Throttled | Outcome::Failed(_) => attempt += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests;
