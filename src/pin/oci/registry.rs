//! Asking a registry (OCI distribution specification, 1.1; Distribution, "Token Authentication").

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use super::challenge::{Challenge, challenge};
use super::{Artifact, Document, INDEXES, MANIFESTS, Resolved, day, digest_of, layer, login, read};
use crate::date::Date;
use crate::pin::budget::Budget;
use crate::pin::http::{Answer, Fail, Http, Request, is_loopback};
use crate::pin::reference::{HUB, Reference};
use crate::pin::trouble::{Kind, Trouble, printable};

/// Longest manifest (OCI distribution specification, "Pushing Manifests").
const MANIFEST: u64 = 4 << 20;
/// Longest configuration, and answer of a token's realm.
const OTHER: u64 = 1 << 20;

/// Registries, asked one after the other.
#[derive(Debug)]
pub struct Registry {
    http: Http,
    /// `Authorization` by registry and repository.
    known: RefCell<BTreeMap<(String, String), String>>,
}

/// The configuration of an image, as far as it is read.
#[derive(Deserialize)]
struct Configuration {
    created: Option<String>,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<ErrorEntry>,
}

#[derive(Deserialize)]
struct ErrorEntry {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Registry {
    /// A client that may use so much time.
    ///
    /// # Errors
    /// Never with the feature `live`.
    #[allow(clippy::unnecessary_wraps, reason = "without `live` there is none")]
    pub fn new(budget: Budget) -> Result<Self, Trouble> {
        Ok(Self {
            http: Http::new(budget),
            known: RefCell::default(),
        })
    }

    /// What a tag stands for now; `None` when there is no such tag.
    pub(in crate::pin) fn resolve(
        &self,
        reference: &Reference,
    ) -> Result<Option<Resolved>, Trouble> {
        let tag = reference.tag.as_deref().unwrap_or("latest");
        self.manifest(reference, tag)
    }

    /// Whether a digest is still there.
    pub(in crate::pin) fn has(&self, reference: &Reference, digest: &str) -> Result<bool, Trouble> {
        self.manifest(reference, digest)
            .map(|found| found.is_some())
    }

    /// The day that an image was made, by what it says itself; the latest of an index.
    pub(in crate::pin) fn created(
        &self,
        reference: &Reference,
        resolved: &Resolved,
    ) -> Result<Option<Date>, Trouble> {
        match &resolved.document {
            Document::Manifest { config, created } => {
                if created.is_some() {
                    return Ok(*created);
                }
                let path = format!("blobs/{config}");
                let answer = self.fetch(reference, &path, &[], OTHER)?;
                let Some(answer) = answer else {
                    return Ok(None);
                };
                if digest_of(&answer.body) != *config {
                    return Err(wrong(reference, "its configuration has another digest"));
                }
                let read: Option<Configuration> = serde_json::from_slice(&answer.body).ok();
                Ok(read.and_then(|c| c.created).and_then(|text| day(&text)))
            }
            Document::Index { platforms, created } => {
                let mut days = Vec::new();
                for digest in platforms.values() {
                    let found = self.manifest(reference, digest)?;
                    match found
                        .map(|found| (matches!(found.document, Document::Manifest { .. }), found))
                    {
                        Some((true, found)) => days.push(self.created(reference, &found)?),
                        _ => {
                            return Err(wrong(
                                reference,
                                "its index names a manifest that is none",
                            ));
                        }
                    }
                }
                let known = days.iter().all(Option::is_some);
                let latest = days.into_iter().flatten().chain(*created).max();
                Ok(latest.filter(|_| known || created.is_some()))
            }
        }
    }

    /// A manifest by tag or digest, its digest checked.
    fn manifest(&self, reference: &Reference, name: &str) -> Result<Option<Resolved>, Trouble> {
        let accept: Vec<&str> = INDEXES.into_iter().chain(MANIFESTS).collect();
        let path = format!("manifests/{name}");
        let Some(answer) = self.fetch(reference, &path, &accept, MANIFEST)? else {
            return Ok(None);
        };
        let digest = digest_of(&answer.body);
        if let Some(said) = answer.digest.filter(|said| *said != digest) {
            let said = printable(&said, 80);
            return Err(wrong(
                reference,
                &format!("the registry says its digest is {said}, and its content has {digest}"),
            ));
        }
        if name.contains(':') && name != digest {
            return Err(wrong(
                reference,
                &format!("asked for {name}, and got content with {digest}"),
            ));
        }
        match read(&answer.body, answer.content_type.as_deref()) {
            Ok(document) => Ok(Some(Resolved::new(digest, document))),
            Err(why) => Err(wrong(reference, &why)),
        }
    }

    /// An artifact of this type with one layer of one of these types, by its tag; `None` when there is no such tag.
    /// The layer's digest is checked, and its size before it is read.
    pub(crate) fn artifact(
        &self,
        reference: &Reference,
        kind: &str,
        layers: &[&str],
        most: u64,
    ) -> Result<Option<Artifact>, Trouble> {
        let tag = reference.tag.as_deref().unwrap_or("latest");
        let path = format!("manifests/{tag}");
        let Some(answer) = self.fetch(reference, &path, &MANIFESTS[..1], MANIFEST)? else {
            return Ok(None);
        };
        let digest = digest_of(&answer.body);
        if answer.digest.is_some_and(|said| said != digest) {
            let why = "the registry says another digest than its content has";
            return Err(wrong(reference, why));
        }
        let layer = layer(&answer.body, kind, layers).map_err(|why| wrong(reference, &why))?;
        if layer.size > most {
            return Err(wrong(
                reference,
                "its layer is larger than a blueprint may be",
            ));
        }
        let path = format!("blobs/{}", layer.digest);
        let blob = self.fetch(reference, &path, &[], most)?;
        match blob {
            Some(blob) if digest_of(&blob.body) == layer.digest => Ok(Some(Artifact {
                digest,
                layer: blob.body,
            })),
            Some(_) => Err(wrong(reference, "its layer has another digest")),
            None => Err(wrong(reference, "its layer is not there")),
        }
    }

    /// A file of a repository; `None` when it is not there.
    fn fetch(
        &self,
        reference: &Reference,
        path: &str,
        accept: &[&str],
        most: u64,
    ) -> Result<Option<Answer>, Trouble> {
        let host = match reference.registry.as_str() {
            HUB => "registry-1.docker.io",
            other => other,
        };
        let url = |scheme: &str| {
            Url::parse(&format!(
                "{scheme}://{host}/v2/{}/{path}",
                reference.repository
            ))
        };
        let url = match url("https") {
            Ok(url) if is_loopback(&url) => Self::plain(url),
            Ok(url) => url,
            Err(error) => return Err(wrong(reference, &error.to_string())),
        };
        let key = (reference.registry.clone(), reference.repository.clone());
        let known = self.known.borrow().get(&key).cloned();
        let ask = |authorization: Option<&str>| {
            let request = Request {
                url: &url,
                accept,
                authorization,
                most,
            };
            self.http
                .get(request)
                .map_err(|fail| unanswered(reference, &fail))
        };
        let mut answer = ask(known.as_deref())?;
        if answer.status == 401
            && let Some(authorization) = self.authorization(reference, &url, &answer)?
        {
            answer = ask(Some(&authorization))?;
            self.known.borrow_mut().insert(key, authorization);
        }
        match answer.status {
            200 => Ok(Some(answer)),
            404 => Ok(None),
            401 | 403 => Err(Trouble::new(
                Kind::Unanswered,
                &format!(
                    "{}: {} does not let it be read (status {}){}",
                    shown(reference),
                    reference.registry,
                    answer.status,
                    said(&answer)
                ),
                refused(reference),
            )),
            status => Err(wrong(
                reference,
                &format!("the registry answers with status {status}{}", said(&answer)),
            )),
        }
    }

    /// The same place by plain http.
    fn plain(mut url: Url) -> Url {
        // Of https, which is known, to http: never refused.
        let _ = url.set_scheme("http");
        url
    }

    /// What a registry wants to be shown, by its challenge; `None` when we have nothing of the kind.
    fn authorization(
        &self,
        reference: &Reference,
        url: &Url,
        answer: &Answer,
    ) -> Result<Option<String>, Trouble> {
        let header = answer.challenge.as_deref().unwrap_or("");
        match challenge(header) {
            Some(Challenge::Basic) => match login::basic(&reference.registry) {
                Some(login) => Ok(Some(login)),
                None => super::ecr::authorization(reference),
            },
            Some(Challenge::Bearer { realm, service }) => self
                .token(reference, url, &realm, service.as_deref())
                .map(Some),
            None => Ok(None),
        }
    }

    /// A token to read this repository.
    fn token(
        &self,
        reference: &Reference,
        registry: &Url,
        realm: &str,
        service: Option<&str>,
    ) -> Result<String, Trouble> {
        let realm = Url::parse(realm).ok().filter(|realm| {
            // No other machine sends us to this one.
            realm.scheme() == "https" || (is_loopback(realm) && is_loopback(registry))
        });
        let Some(mut realm) = realm else {
            return Err(wrong(
                reference,
                "the registry sends for a token to what is no https address",
            ));
        };
        let scope = format!("repository:{}:pull", reference.repository);
        let mut query = realm.query_pairs_mut();
        query.extend_pairs(service.map(|service| ("service", service)));
        query.append_pair("scope", &scope);
        drop(query);
        let login = login::basic(&reference.registry);
        let request = Request {
            url: &realm,
            accept: &["application/json"],
            authorization: login.as_deref(),
            most: OTHER,
        };
        let answer = self
            .http
            .get(request)
            .map_err(|fail| unanswered(reference, &fail))?;
        if answer.status != 200 {
            let message = format!(
                "{}: {} gives no token to read it (status {}){}",
                shown(reference),
                realm.host_str().unwrap_or(""),
                answer.status,
                said(&answer)
            );
            return Err(Trouble::new(Kind::Unanswered, &message, refused(reference)));
        }
        let token = serde_json::from_slice::<Token>(&answer.body).ok();
        token
            .and_then(|token| token.token.or(token.access_token))
            .filter(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()))
            .map(|token| format!("Bearer {token}"))
            .ok_or_else(|| wrong(reference, "what was given for a token is none"))
    }
}

/// The image as it was named.
fn shown(reference: &Reference) -> String {
    let tag = reference
        .tag
        .as_deref()
        .map_or_else(String::new, |t| format!(":{t}"));
    format!("{}/{}{tag}", reference.registry, reference.repository)
}

/// What the registry's errors say (OCI distribution specification, "Error Codes").
fn said(answer: &Answer) -> String {
    let errors: Option<Errors> = serde_json::from_slice(&answer.body).ok();
    let first = errors.and_then(|errors| errors.errors.into_iter().next());
    first.map_or_else(String::new, |error| {
        format!(
            ": {}",
            printable(&format!("{} {}", error.code, error.message), 200)
        )
    })
}

fn refused(reference: &Reference) -> String {
    format!(
        "check the name, or `docker login {}` (its file is read, credential helpers are not run); for a private ECR, give AWS credentials",
        reference.registry
    )
}

fn wrong(reference: &Reference, why: &str) -> Trouble {
    Trouble::new(
        Kind::Wrong,
        &format!("{}: {why}", shown(reference)),
        "nothing was pinned: find out who answers in the registry's place, or use another image",
    )
}

fn unanswered(reference: &Reference, fail: &Fail) -> Trouble {
    fail.trouble(&shown(reference), &reference.registry)
}
