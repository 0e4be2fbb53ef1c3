//! `slgen pin` and registries that are as they should be.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::registry::{Answer, Fault, Registry, json_answer};
use super::{project, said};

/// A day long past, for images.
pub(crate) const OLD: &str = "2024-03-04T05:06:07Z";

fn lock(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("slgen.lock")).unwrap()).unwrap()
}

/// A pinned project and a registry with one image, which is pinned too.
fn pinned() -> (tempfile::TempDir, std::sync::Arc<Registry>, String) {
    let registry = Registry::start(|_, _, _| None);
    let digest = registry.index("1", OLD);
    let project = project();
    let (status, out, err) = said(project.path(), &["pin", "--image", &registry.image("1")]);
    assert_eq!(status, 0, "{out}{err}");
    (project, registry, digest)
}

#[test]
fn an_index_is_pinned_through_the_token_flow() {
    let (project, registry, digest) = pinned();
    let lock = lock(project.path());
    assert_eq!(lock["images"][0]["digest"], digest);
    let platforms = lock["images"][0]["platforms"].as_object().unwrap();
    let names: Vec<&String> = platforms.keys().collect();
    assert_eq!(names, ["linux/amd64", "linux/arm64"]);
    assert!(
        registry
            .asked()
            .iter()
            .any(|path| path.starts_with("/token?"))
    );

    // What is as it was pinned is asked about, and stays.
    let (status, out, err) = said(project.path(), &["pin"]);
    assert_eq!(
        (status, out.as_str()),
        (0, "slgen.lock: nothing has changed\n"),
        "{err}"
    );
    // Nobody is asked here.
    let asked = registry.asked().len();
    assert_eq!(said(project.path(), &["pin", "--check"]).0, 0);
    assert_eq!(said(project.path(), &["pin", "--offline"]).0, 0);
    assert_eq!(said(project.path(), &["validate"]).0, 0);
    assert_eq!(registry.asked().len(), asked);
}

#[test]
fn a_single_manifest_is_pinned_as_such() {
    let registry = Registry::start(|_, _, _| None);
    let digest = registry.manifest(Some("1"), OLD);
    let project = project();
    let (status, out, err) = said(project.path(), &["pin", "--image", &registry.image("1")]);
    assert_eq!(status, 0, "{err}");
    assert!(
        out.contains(&digest) && out.contains("a single manifest: no index"),
        "{out}"
    );
    let lock = lock(project.path());
    assert_eq!(lock["images"][0]["digest"], digest);
    assert_eq!(lock["images"][0]["platforms"], json!({}));
}

#[test]
fn a_tag_that_moved_is_said_and_taken_when_that_is_wanted() {
    let (project, registry, old) = pinned();
    let new = registry.index("1", "2025-01-01T00:00:00Z");
    let before = fs::read(project.path().join("slgen.lock")).unwrap();
    let (status, out, _) = said(project.path(), &["pin"]);
    assert_eq!(status, 2, "{out}");
    assert!(out.contains("its tag has moved"), "{out}");
    assert!(out.contains(&format!("\n- {old}\n+ {new}\n")), "{out}");
    assert!(out.contains("`slgen pin --update images`"), "{out}");
    assert_eq!(fs::read(project.path().join("slgen.lock")).unwrap(), before);
    // Updating something else leaves it.
    assert_eq!(said(project.path(), &["pin", "--update", "tools"]).0, 2);

    let (status, out, err) = said(project.path(), &["pin", "--update", &registry.image("1")]);
    assert_eq!(status, 0, "{err}");
    assert!(
        out.contains(&new) && out.contains("slgen.lock: written"),
        "{out}"
    );
    assert_eq!(lock(project.path())["images"][0]["digest"], new);
    assert_eq!(said(project.path(), &["pin", "--update"]).0, 0);
}

#[test]
fn a_digest_that_vanished_is_an_error() {
    let (project, registry, old) = pinned();
    let new = registry.index("1", "2025-01-01T00:00:00Z");
    registry.forget(&old);
    let before = fs::read(project.path().join("slgen.lock")).unwrap();
    let (status, _, err) = said(project.path(), &["pin"]);
    assert_eq!(status, 1, "{err}");
    assert!(
        err.contains("no longer has what is pinned") && err.contains(&old) && err.contains(&new),
        "{err}"
    );
    assert!(err.contains("slgen pin --update images"), "{err}");
    assert_eq!(fs::read(project.path().join("slgen.lock")).unwrap(), before);
    // So is a tag that is gone.
    registry.forget("1");
    let (status, _, err) = said(project.path(), &["pin", "--update"]);
    assert_eq!(status, 1);
    assert!(
        err.contains("has no such image") && err.contains(&old),
        "{err}"
    );
}

#[test]
fn a_lock_of_other_platforms_is_an_error() {
    let (project, _registry, digest) = pinned();
    let file = project.path().join("slgen.lock");
    let text = fs::read_to_string(&file).unwrap();
    let lock = lock(project.path());
    let amd64 = lock["images"][0]["platforms"]["linux/amd64"]
        .as_str()
        .unwrap();
    fs::write(
        &file,
        text.replace(amd64, &format!("sha256:{}", "0".repeat(64))),
    )
    .unwrap();
    let (status, _, err) = said(project.path(), &["pin"]);
    assert_eq!(status, 1, "{err}");
    assert!(
        err.contains("other platforms") && err.contains(&digest),
        "{err}"
    );
    assert_eq!(said(project.path(), &["pin", "--update", "images"]).0, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn what_is_too_young_is_not_taken() {
    let registry = Registry::start(|_, _, _| None);
    let today = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let day = slgen::date::Date::from_unix(today.as_secs() - 2 * 86_400).unwrap();
    registry.index("1", &format!("{day}T00:00:00Z"));
    registry.manifest(Some("2"), OLD);
    registry.manifest(Some("3"), "1970-01-01T00:00:00Z");
    let (project, image) = (project(), registry.image("1"));
    let pin = |more: &[&str]| {
        let mut arguments = vec!["pin", "--image", &image];
        arguments.extend(more);
        said(project.path(), &arguments)
    };
    let (status, _, err) = pin(&["--cooldown", "7d"]);
    assert_eq!(status, 3, "{err}");
    assert!(
        err.contains("younger than 7 days") && err.contains(&day.to_string()),
        "{err}"
    );
    assert!(!project.path().join("slgen.lock").exists());
    assert_eq!(pin(&["--cooldown", "1d"]).0, 0);
    // What was pinned stays.
    let before = fs::read(project.path().join("slgen.lock")).unwrap();
    registry.index("1", &format!("{day}T01:00:00Z"));
    let (status, out, _) = pin(&["--update", "--cooldown", "7d"]);
    assert_eq!(status, 0);
    assert!(out.contains("stays pinned"), "{out}");
    assert_eq!(fs::read(project.path().join("slgen.lock")).unwrap(), before);
    // Old ones are taken, and those of no known age with a word.
    let old = registry.image("2");
    let (status, out, err) = said(
        project.path(),
        &["pin", "--image", &old, "--cooldown", "7d"],
    );
    assert_eq!(status, 2, "{err}");
    assert!(out.contains(&format!("{old}: sha256:")), "{out}");
    let unknown = registry.image("3");
    let (_, out, _) = said(
        project.path(),
        &["pin", "--image", &unknown, "--cooldown", "7d"],
    );
    assert!(
        out.contains(&format!("{unknown}: nothing says when it was made")),
        "{out}"
    );
    assert_eq!(lock(project.path())["images"].as_array().unwrap().len(), 3);
    let (status, _, err) = said(project.path(), &["pin", "--cooldown", "soon"]);
    assert_eq!(status, 1);
    assert!(err.contains("write days: 7d"), "{err}");
}

#[test]
fn logins_of_docker_are_used_for_their_registry() {
    let registry = Registry::start(|registry, path, authorization| {
        let basic = authorization == Some("Basic bWU6c2VjcmV0");
        match (path.starts_with("/token?"), basic) {
            (true, false) => Some((401, Vec::new(), Vec::new())),
            (false, true) => Some((500, Vec::new(), Vec::new())),
            _ => Some(registry.usual(path, authorization)),
        }
    });
    registry.index("1", OLD);
    let project = project();
    let logins = tempfile::tempdir().unwrap();
    let config = json!({ "auths": { &registry.host: { "auth": "bWU6c2VjcmV0" } } });
    fs::write(logins.path().join("config.json"), config.to_string()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(project.path())
        .args(["pin", "--image", &registry.image("1")])
        .env("DOCKER_CONFIG", logins.path())
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// An answer that sends for a token, as a registry words it.
fn sent_for(registry: &Registry, challenge: &str) -> Answer {
    let challenge = challenge.replace("HOST", &registry.host);
    let header = ("www-authenticate".to_owned(), challenge);
    (401, vec![header], Vec::new())
}

/// Whoever shows the token is answered; whoever asks for it as this registry wants to be asked, gets it.
fn token_flow(
    registry: &Registry,
    path: &str,
    authorization: Option<&str>,
    (challenge, asked, token): (&str, &str, Value),
) -> Option<Answer> {
    if path.starts_with("/token") {
        return Some(if path == asked {
            json_answer(&token)
        } else {
            (400, Vec::new(), path.as_bytes().to_vec())
        });
    }
    match authorization {
        // As the registry itself has it.
        Some("Bearer a-token") => None,
        _ => Some(sent_for(registry, challenge)),
    }
}

/// The flows as Docker Hub, GHCR, ECR Public, an `OAuth2` server and a private ECR have them: what they send for, how they are
/// asked, what they give.
#[test]
fn every_form_of_token_is_understood() {
    let forms: [(&str, Fault); 5] = [
        ("Docker Hub", |registry, path, authorization| {
            let form = (
                "Bearer realm=\"http://HOST/token\",service=\"registry.docker.io\",scope=\"repository:team/base:pull\"",
                "/token?service=registry.docker.io&scope=repository%3Ateam%2Fbase%3Apull",
                json!({ "token": "a-token", "access_token": "a-token", "expires_in": 300, "issued_at": "2026-11-29T00:00:00Z" }),
            );
            token_flow(registry, path, authorization, form)
        }),
        ("GHCR", |registry, path, authorization| {
            let form = (
                "Bearer realm=\"http://HOST/token\",service=\"ghcr.io\",scope=\"repository:user/image:pull\"",
                "/token?service=ghcr.io&scope=repository%3Ateam%2Fbase%3Apull",
                json!({ "token": "a-token" }),
            );
            token_flow(registry, path, authorization, form)
        }),
        ("ECR Public", |registry, path, authorization| {
            let form = (
                "Bearer realm=\"http://HOST/token/\",service=\"public.ecr.aws\",scope=\"aws\"",
                "/token/?service=public.ecr.aws&scope=repository%3Ateam%2Fbase%3Apull",
                json!({ "token": "a-token" }),
            );
            token_flow(registry, path, authorization, form)
        }),
        ("OAuth2", |registry, path, authorization| {
            let form = (
                "bearer realm=\"http://HOST/token?account=x\"",
                "/token?account=x&scope=repository%3Ateam%2Fbase%3Apull",
                json!({ "access_token": "a-token", "token_type": "Bearer", "expires_in": 60 }),
            );
            token_flow(registry, path, authorization, form)
        }),
        // Its login is user AWS with what ecr:GetAuthorizationToken gives, here as `docker login` has left it.
        (
            "private ECR",
            |registry, path, authorization| match authorization {
                Some("Basic QVdTOmEtdG9rZW4=") => {
                    Some(registry.usual(path, Some("Bearer a-token")))
                }
                _ => Some(sent_for(
                    registry,
                    "Basic realm=\"https://HOST/\",service=\"ecr.amazonaws.com\"",
                )),
            },
        ),
    ];
    for (name, form) in forms {
        let registry = Registry::start(form);
        let digest = registry.index("1", OLD);
        let project = project();
        if name == "private ECR" {
            let config = json!({ "auths": { &registry.host: { "auth": "QVdTOmEtdG9rZW4=" } } });
            fs::write(project.path().join("config.json"), config.to_string()).unwrap();
        }
        let (status, out, err) = said(project.path(), &["pin", "--image", &registry.image("1")]);
        assert_eq!(status, 0, "{name}: {out}{err}: {:?}", registry.asked());
        assert_eq!(
            lock(project.path())["images"][0]["digest"],
            digest,
            "{name}"
        );
    }
}

#[test]
fn arguments_that_mean_nothing_are_refused() {
    let project = project();
    assert_eq!(said(project.path(), &["pin", "--offline"]).0, 0);
    for (arguments, word) in [
        (&["--image", "python"][..], "with its tag"),
        (&["--image", "Python:3"], "lower-case"),
        (&["--image", "a:1\u{1b}[31m"], "tag is up to"),
        (&["--action", "actions/checkout"], "owner/name@tag"),
        (&["--action", "../checkout@v1"], "owner/name@tag"),
        (&["--update", "imags"], "did you mean images?"),
        (&["--update", "images", "--offline"], "leave --offline out"),
        (&["--check", "--update"], "cannot be used with"),
        (
            &["--platform", "linux_arm64", "--offline"],
            "leave --offline out",
        ),
        (&["--mirror", "x"], "--platform"),
    ] {
        let mut all = vec!["pin"];
        all.extend(arguments);
        let (status, _, err) = said(project.path(), &all);
        assert_eq!(status, 1, "{arguments:?}: {err}");
        assert!(
            err.contains(word) && !err.contains('\u{1b}'),
            "{arguments:?}: {err}"
        );
    }
}
