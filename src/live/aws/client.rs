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

/// The system's roots, as the SDK uses for credentials too, so that a company's own authority works for both.
fn tls() -> ureq::tls::TlsConfig {
    let found = rustls_native_certs::load_native_certs();
    let roots: Vec<ureq::tls::Certificate<'static>> = found
        .certs
        .iter()
        .map(|c| ureq::tls::Certificate::from_der(c.as_ref()).to_owned())
        .collect();
    let config = ureq::tls::TlsConfig::builder();
    if roots.is_empty() {
        return config.build();
    }
    config
        .root_certs(ureq::tls::RootCerts::new_with_certs(&roots))
        .build()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::UNIX_EPOCH;

    use serde_json::json;

    use super::super::read;
    use super::*;

    const SECRET: &str = "canary-secret-key";

    /// A service that gives prepared answers, one a request, and keeps what it was asked.
    struct Fake {
        endpoint: String,
        asked: Arc<Mutex<Vec<String>>>,
    }

    fn fake(answers: Vec<(u16, &'static str, String)>) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        std::thread::spawn(move || {
            for (status, error_type, body) in answers {
                let Ok((stream, _)) = listener.accept() else {
                    return;
                };
                let mut reader = BufReader::new(stream);
                let mut head = String::new();
                while reader.read_line(&mut head).is_ok_and(|n| n > 2) {}
                let length = head
                    .lines()
                    .find_map(|l| {
                        l.to_ascii_lowercase()
                            .strip_prefix("content-length:")?
                            .trim()
                            .parse()
                            .ok()
                    })
                    .unwrap_or(0_usize);
                let mut sent = vec![0; length];
                let _ = reader.read_exact(&mut sent);
                kept.lock()
                    .unwrap()
                    .push(head + &String::from_utf8_lossy(&sent));
                let head = format!(
                    "HTTP/1.1 {status} X\r\nx-amzn-errortype: {error_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = reader.get_mut().write_all((head + &body).as_bytes());
            }
        });
        Fake { endpoint, asked }
    }

    fn client_of(fake: &Fake, source: Source, attempts: u32) -> Client {
        let place = Place {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        let patience = Patience {
            attempts,
            total: Duration::from_secs(2),
            pause: |_| (),
        };
        Client::new(source, place, Some(fake.endpoint.clone()), patience).unwrap()
    }

    fn keys() -> Source {
        Box::new(|| {
            Ok(Credentials::new(
                "AKIDEXAMPLE",
                SECRET,
                Some("canary-token".to_owned()),
                None,
                "test",
            ))
        })
    }

    fn aliases() -> Query {
        Query::new("lambda:ListAliases", &[("FunctionName", json!("f"))]).unwrap()
    }

    fn ok(body: &str) -> (u16, &'static str, String) {
        (200, "", body.to_owned())
    }

    fn throttled() -> (u16, &'static str, String) {
        (429, "TooManyRequestsException", "{}".to_owned())
    }

    #[test]
    fn requests_are_signed_for_their_service_and_follow_pages() {
        let fake = fake(vec![
            ok(r#"{"Aliases":[{"Name":"a"}],"NextMarker":"m/1"}"#),
            ok(r#"{"Aliases":[{"Name":"b"}]}"#),
            ok(
                "<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName></Role></GetRoleResult></GetRoleResponse>",
            ),
        ]);
        let client = client_of(&fake, keys(), 1);
        let answer = read::whole(&client, &aliases()).unwrap();
        assert_eq!(answer["Aliases"], json!([{"Name": "a"}, {"Name": "b"}]));
        let role = Query::new("iam:GetRole", &[("RoleName", json!("r"))]).unwrap();
        assert_eq!(
            client.get(&role).unwrap(),
            json!({"Role": {"RoleName": "r"}})
        );
        let asked = fake.asked.lock().unwrap();
        assert!(
            asked[0].starts_with("GET /2015-03-31/functions/f/aliases HTTP/1.1"),
            "{}",
            asked[0]
        );
        assert!(
            asked[1].starts_with("GET /2015-03-31/functions/f/aliases?Marker=m%2F1 "),
            "{}",
            asked[1]
        );
        for (request, scope) in [
            (&asked[0], "/eu-west-1/lambda/aws4_request"),
            (&asked[2], "/us-east-1/iam/aws4_request"),
        ] {
            let request = request.to_ascii_lowercase();
            assert!(
                request.contains("authorization: aws4-hmac-sha256 credential=akidexample/"),
                "{request}"
            );
            assert!(request.contains(scope), "{request}");
            assert!(
                request.contains("x-amz-security-token: canary-token"),
                "{request}"
            );
        }
        assert!(
            asked[2].ends_with("Action=GetRole&Version=2010-05-08&RoleName=r"),
            "{}",
            asked[2]
        );
        assert!(asked.iter().all(|request| !request.contains(SECRET)));
    }

    /// The example of the AWS General Reference ("Signature Version 4 signing process", the IAM `ListUsers` request) is
    /// the crate's own test; here, that the same request gives the same signature and another one another.
    #[test]
    fn what_is_signed_is_what_is_sent() {
        let fake = fake(Vec::new());
        let client = client_of(&fake, keys(), 1);
        let service = calls::service("lambda").unwrap();
        let made = |name: &str| {
            let query = Query::new("lambda:ListAliases", &[("FunctionName", json!(name))]).unwrap();
            let request = request::request(&query, service, &client.place, None);
            client
                .signed(&request)
                .unwrap()
                .into_iter()
                .find(|(n, _)| n == "authorization")
                .unwrap()
                .1
        };
        assert_ne!(made("f").rsplit('=').next(), made("g").rsplit('=').next());
        assert!(
            made("f").contains("SignedHeaders=host;x-amz-date;x-amz-security-token"),
            "{}",
            made("f")
        );
    }

    #[test]
    fn throttling_is_waited_out_and_then_said() {
        let fake = self::fake(vec![throttled(), throttled(), ok(r#"{"Aliases":[]}"#)]);
        let client = client_of(&fake, keys(), 3);
        assert!(client.get(&aliases()).is_ok());
        let fake = self::fake(vec![throttled(), throttled(), throttled(), throttled()]);
        let client = client_of(&fake, keys(), 3);
        assert_eq!(client.get(&aliases()), Err(ReadError::Throttled));
        assert_eq!(fake.asked.lock().unwrap().len(), 3);
        assert_eq!(client.waited.get(), Duration::from_millis(600));
    }

    #[test]
    fn the_patience_is_that_of_a_whole_run() {
        let fake = fake((0..9).map(|_| throttled()).collect());
        let client = client_of(&fake, keys(), 9);
        // 0.2 + 0.4 + 0.8 s fit into 2 s; 1.6 s more do not, and for the next request 0.2 and 0.4 are left.
        assert_eq!(client.get(&aliases()), Err(ReadError::Throttled));
        assert_eq!(fake.asked.lock().unwrap().len(), 4);
        assert_eq!(client.get(&aliases()), Err(ReadError::Throttled));
        assert_eq!(fake.asked.lock().unwrap().len(), 7);
    }

    #[test]
    fn denied_is_not_absent_and_neither_is_asked_again() {
        let fake = fake(vec![
            (
                403,
                "AccessDeniedException",
                r#"{"Message":"no"}"#.to_owned(),
            ),
            (404, "ResourceNotFoundException", "{}".to_owned()),
            (404, "", "<html>".to_owned()),
        ]);
        let client = client_of(&fake, keys(), 5);
        let denied = ReadError::Denied {
            action: "lambda:ListAliases".to_owned(),
        };
        assert_eq!(client.get(&aliases()), Err(denied));
        assert_eq!(client.get(&aliases()), Err(ReadError::Absent));
        assert!(matches!(client.get(&aliases()), Err(ReadError::Other(_))));
        assert_eq!(fake.asked.lock().unwrap().len(), 3);
    }

    #[test]
    fn credentials_that_ended_are_renewed_once() {
        let expired = || {
            (
                403,
                "ExpiredTokenException",
                r#"{"message":"expired"}"#.to_owned(),
            )
        };
        let fake = self::fake(vec![
            expired(),
            ok(r#"{"Aliases":[]}"#),
            expired(),
            expired(),
        ]);
        let client = client_of(&fake, keys(), 1);
        assert!(client.get(&aliases()).is_ok());
        let Err(ReadError::Credentials(why)) = client.get(&aliases()) else {
            panic!("expired credentials are an answer");
        };
        assert!(why.contains("ExpiredTokenException: expired"), "{why}");
    }

    #[test]
    fn credentials_that_end_soon_are_renewed_before_they_are_used() {
        let made = Arc::new(AtomicU64::new(0));
        let count = made.clone();
        let source: Source = Box::new(move || {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let end = if number == 0 {
                UNIX_EPOCH
            } else {
                SystemTime::now() + SOON * 60
            };
            Ok(Credentials::new(
                format!("AKID{number}"),
                SECRET,
                None,
                Some(end),
                "test",
            ))
        });
        let fake = fake(vec![ok(r#"{"Aliases":[]}"#), ok(r#"{"Aliases":[]}"#)]);
        let client = client_of(&fake, source, 1);
        assert!(client.get(&aliases()).is_ok() && client.get(&aliases()).is_ok());
        assert_eq!(made.load(Ordering::Relaxed), 2);
        assert!(fake.asked.lock().unwrap()[0].contains("Credential=AKID1/"));
    }

    #[test]
    fn credentials_are_in_no_debug_text() {
        let fake = fake(Vec::new());
        let text = format!("{:?}", client_of(&fake, keys(), 1));
        assert!(!text.contains("canary") && !text.contains("AKID"), "{text}");
    }

    #[test]
    fn where_nobody_listens_is_a_fault_and_not_an_absence() {
        let endpoint = "http://127.0.0.1:1".to_owned();
        let client = client_of(
            &Fake {
                endpoint,
                asked: Arc::default(),
            },
            keys(),
            2,
        );
        assert!(matches!(client.get(&aliases()), Err(ReadError::Other(_))));
    }
}
