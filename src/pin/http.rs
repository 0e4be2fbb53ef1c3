//! Requests that read, within one budget of time: bounded answers, redirects to https alone, patience where a server
//! asks for it.

use std::time::Duration;

use ureq::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use url::{Host, Url};

use super::budget::Budget;
use super::trouble::{Kind, Trouble};

/// Longest time of one request, its body included.
const ONE: Duration = Duration::from_secs(30);
/// Most redirects of one request.
const REDIRECTS: usize = 5;
/// Most attempts of one request.
const ATTEMPTS: u32 = 4;

/// A client that may use so much time in all.
#[derive(Debug)]
pub(super) struct Http {
    agent: ureq::Agent,
    budget: Budget,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) url: &'a Url,
    pub(super) accept: &'a [&'a str],
    /// Sent to this host alone.
    pub(super) authorization: Option<&'a str>,
    /// Longest body.
    pub(super) most: u64,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) digest: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Fail {
    /// Nobody answered, in words.
    Silent(String),
    /// It took too long: the longest time in seconds.
    Slow(u64),
    /// Too many requests, or too busy: the status, and how long to wait.
    Busy(u16, Option<u64>),
    /// What came is no answer, in words.
    Wrong(String),
}

/// Whether a URL is of this machine, where plain http is no risk.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl Http {
    pub(super) fn new(budget: Budget) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_response_header_size(64 << 10)
            .user_agent(concat!("slgen/", env!("CARGO_PKG_VERSION")))
            .tls_config(crate::live::tls::tls())
            .build();
        Self {
            agent: config.into(),
            budget,
        }
    }

    /// Asks until there is an answer or patience ends.
    pub(super) fn get(&self, request: Request<'_>) -> Result<Answer, Fail> {
        let mut attempt = 0;
        loop {
            let answer = self.follow(request)?;
            let Err((status, asked)) = answer else {
                return answer.map_err(|(status, asked)| Fail::Busy(status, asked));
            };
            let wait = asked.map_or(
                Duration::from_millis(200) * 2_u32.saturating_pow(attempt),
                Duration::from_secs,
            );
            attempt += 1;
            if attempt >= ATTEMPTS || wait >= self.budget.left() {
                return Err(Fail::Busy(status, asked));
            }
            std::thread::sleep(wait);
        }
    }

    /// One request and its redirects; `Err` within is a server that is busy.
    fn follow(&self, request: Request<'_>) -> Result<Result<Answer, (u16, Option<u64>)>, Fail> {
        let mut url = request.url.clone();
        let mut authorization = request.authorization;
        for _ in 0..=REDIRECTS {
            let mut answer = self.once(&url, authorization, request)?;
            let status = answer.status().as_u16();
            let header = |name: HeaderName| {
                let value = answer.headers().get(name)?;
                Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
            };
            match status {
                301 | 302 | 303 | 307 | 308 => {
                    let next = header(LOCATION).and_then(|to| url.join(&to).ok());
                    let next =
                        next.ok_or_else(|| Fail::Wrong("a redirect to nowhere".to_owned()))?;
                    let same = next.origin() == url.origin();
                    if next.scheme() != "https" && !(same && is_loopback(&next)) {
                        return Err(Fail::Wrong(format!(
                            "a redirect to {}, which is not https",
                            next.host_str().unwrap_or("no host")
                        )));
                    }
                    if !same {
                        authorization = None;
                    }
                    url = next;
                }
                429 | 500 | 502 | 503 | 504 => {
                    let asked = header(RETRY_AFTER).and_then(|text| text.trim().parse().ok());
                    return Ok(Err((status, asked)));
                }
                _ => {
                    return Ok(Ok(Answer {
                        status,
                        content_type: header(CONTENT_TYPE),
                        digest: header(HeaderName::from_static("docker-content-digest")),
                        challenge: header(WWW_AUTHENTICATE),
                        body: {
                            let body = answer.body_mut().with_config().limit(request.most);
                            body.read_to_vec()
                                .map_err(|error| self.fail(&error, request.most))?
                        },
                    }));
                }
            }
        }
        Err(Fail::Wrong(format!("more than {REDIRECTS} redirects")))
    }

    fn once(
        &self,
        url: &Url,
        authorization: Option<&str>,
        request: Request<'_>,
    ) -> Result<ureq::http::Response<ureq::Body>, Fail> {
        let left = self.budget.left().min(ONE);
        if left.is_zero() {
            return Err(Fail::Slow(self.budget.total.as_secs()));
        }
        let mut builder = self.agent.get(url.as_str());
        for accept in request.accept {
            builder = builder.header(ACCEPT, *accept);
        }
        if let Some(authorization) = authorization {
            builder = builder.header(AUTHORIZATION, authorization);
        }
        let config = builder.config().timeout_global(Some(left));
        let config = if is_loopback(url) {
            config.proxy(None)
        } else {
            config.https_only(true)
        };
        config
            .build()
            .call()
            .map_err(|error| self.fail(&error, request.most))
    }

    fn fail(&self, error: &ureq::Error, most: u64) -> Fail {
        match error {
            ureq::Error::Timeout(_) => Fail::Slow(self.budget.total.min(ONE).as_secs()),
            ureq::Error::BodyExceedsLimit(_) => {
                Fail::Wrong(format!("an answer of more than {most} bytes"))
            }
            ureq::Error::Protocol(_) | ureq::Error::Http(_) => {
                Fail::Wrong(format!("what is no HTTP ({error})"))
            }
            other => Fail::Silent(other.to_string()),
        }
    }
}

impl Fail {
    /// What it means for whoever asked `host` about something.
    pub(super) fn trouble(&self, what: &str, host: &str) -> Trouble {
        let unanswered = |why: String, help: &str| {
            let help =
                format!("try later, {help}or keep what is pinned with `slgen pin --offline`");
            Trouble::new(Kind::Unanswered, &format!("{what}: {host} {why}"), help)
        };
        match self {
            Fail::Wrong(why) => Trouble::new(
                Kind::Wrong,
                &format!("{what}: {host} gives {why}"),
                "nothing was pinned: find out who answers in its place",
            ),
            Fail::Silent(why) => unanswered(format!("does not answer: {why}"), ""),
            Fail::Slow(seconds) => unanswered(
                format!("did not answer within {seconds} seconds"),
                "give it more time with --timeout, ",
            ),
            Fail::Busy(429, wait) => {
                let wait =
                    wait.map_or_else(String::new, |s| format!(", and asks to wait {s} seconds"));
                unanswered(
                    format!("takes no more requests for now (status 429){wait}"),
                    "log in (it may allow more then), ",
                )
            }
            Fail::Busy(status, _) => unanswered(format!("fails with status {status}"), ""),
        }
    }
}
