//! A registry of images on this machine, as faulty as a test wants it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// An answer: status, headers, body.
pub(crate) type Answer = (u16, Vec<(String, String)>, Vec<u8>);
/// What answers in the place of what is stored: path and `Authorization`.
pub(crate) type Fault = fn(&Registry, &str, Option<&str>) -> Option<Answer>;

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const TOKEN: &str = "a-token";

/// What is stored, and what was asked.
#[derive(Default)]
pub(crate) struct Content {
    /// Media type and bytes by path below the repository.
    files: BTreeMap<String, (String, Vec<u8>)>,
    pub(crate) asked: Vec<String>,
}

pub(crate) struct Registry {
    /// `127.0.0.1:PORT`.
    pub(crate) host: String,
    pub(crate) content: Mutex<Content>,
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{hex}")
}

impl Registry {
    /// Answers until the process ends; whoever asks without a token is sent for one, and then faults come first.
    pub(crate) fn start(fault: Fault) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let registry = Arc::new(Self {
            host: listener.local_addr().unwrap().to_string(),
            content: Mutex::default(),
        });
        let answering = Arc::clone(&registry);
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let registry = Arc::clone(&answering);
                std::thread::spawn(move || registry.answer(stream, fault));
            }
        });
        registry
    }

    pub(crate) fn image(&self, tag: &str) -> String {
        format!("{}/team/base:{tag}", self.host)
    }

    pub(crate) fn store(&self, path: String, kind: &str, bytes: Vec<u8>) {
        let mut content = self.content.lock().unwrap();
        content.files.insert(path, (kind.to_owned(), bytes));
    }

    /// Stores a manifest with its configuration, made at `created`; gives its digest.
    pub(crate) fn manifest(&self, tag: Option<&str>, created: &str) -> String {
        let config = json!({ "created": created, "config": {} })
            .to_string()
            .into_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(&config), "size": config.len() },
            "layers": [],
        });
        self.store(
            format!("blobs/{}", digest(&config)),
            "application/octet-stream",
            config,
        );
        self.document(tag, MANIFEST, &manifest)
    }

    /// Stores an index of two platforms; gives its digest.
    pub(crate) fn index(&self, tag: &str, created: &str) -> String {
        let platform = |architecture: &str, created: &str| {
            json!({
                "mediaType": MANIFEST,
                "digest": self.manifest(None, created),
                "size": 1,
                "platform": { "os": "linux", "architecture": architecture },
            })
        };
        let index = json!({
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [platform("amd64", created), platform("arm64", &created.replace('Z', "+00:00"))],
        });
        self.document(Some(tag), INDEX, &index)
    }

    pub(crate) fn document(&self, tag: Option<&str>, kind: &str, value: &Value) -> String {
        let bytes = value.to_string().into_bytes();
        let digest = digest(&bytes);
        for name in tag.into_iter().chain([digest.as_str()]) {
            self.store(format!("manifests/{name}"), kind, bytes.clone());
        }
        digest
    }

    /// Forgets a digest, as a registry that cleans up does.
    pub(crate) fn forget(&self, digest: &str) {
        let mut content = self.content.lock().unwrap();
        content.files.remove(&format!("manifests/{digest}"));
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.content.lock().unwrap().asked.clone()
    }

    #[allow(clippy::single_match_else, reason = "found or not found")]
    fn answer(&self, stream: TcpStream, fault: Fault) {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while reader.read_line(&mut head).is_ok_and(|n| n > 2) {}
        let path = head.split(' ').nth(1).unwrap_or("").to_owned();
        let authorization = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("authorization").then_some(value)
        });
        self.content.lock().unwrap().asked.push(path.clone());
        let (status, headers, body) =
            fault(self, &path, authorization).unwrap_or_else(|| self.usual(&path, authorization));
        let mut text = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        let mut bytes = (text + "\r\n").into_bytes();
        bytes.extend(body);
        let _ = reader.get_mut().write_all(&bytes);
    }

    /// As the specification says.
    pub(crate) fn usual(&self, path: &str, authorization: Option<&str>) -> Answer {
        if let Some(query) = path.strip_prefix("/token?") {
            let wanted = "service=fake&scope=repository%3Ateam%2Fbase%3Apull";
            return if query == wanted {
                json_answer(&json!({ "token": TOKEN }))
            } else {
                (400, Vec::new(), query.as_bytes().to_vec())
            };
        }
        if authorization != Some(&format!("Bearer {TOKEN}")) {
            let realm = format!(
                "Bearer realm=\"http://{}/token\",service=\"fake\",scope=\"x\"",
                self.host
            );
            return (
                401,
                vec![("www-authenticate".to_owned(), realm)],
                Vec::new(),
            );
        }
        let found = path.strip_prefix("/v2/team/base/").and_then(|file| {
            let content = self.content.lock().unwrap();
            content.files.get(file).cloned()
        });
        if let Some((kind, bytes)) = found {
            let headers = [
                ("content-type", kind),
                ("docker-content-digest", digest(&bytes)),
            ];
            (
                200,
                headers.map(|(name, value)| (name.to_owned(), value)).into(),
                bytes,
            )
        } else {
            let error = json!({ "errors": [{ "code": "MANIFEST_UNKNOWN", "message": "unknown\u{1b}[31m" }] });
            let (_, headers, body) = json_answer(&error);
            (404, headers, body)
        }
    }
}

pub(crate) fn json_answer(value: &Value) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    (200, headers, value.to_string().into_bytes())
}
