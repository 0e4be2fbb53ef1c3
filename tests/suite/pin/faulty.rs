//! `slgen pin` and registries that are not as they should be.

use std::fs;

use serde_json::json;

use super::online::OLD;
use super::registry::{Answer, Fault, INDEX, Registry, digest, json_answer};
use super::{project, said};

/// Pins an image of a faulty registry; the lock that was there before must stay as it was.
fn refused(fault: Fault, more: &[&str]) -> (i32, String) {
    let registry = Registry::start(fault);
    registry.index("1", OLD);
    let project = project();
    assert_eq!(said(project.path(), &["pin", "--offline"]).0, 0);
    let before = fs::read(project.path().join("slgen.lock")).unwrap();
    let image = registry.image("1");
    let mut arguments = vec!["pin", "--image", &image];
    arguments.extend(more);
    let (status, out, err) = said(project.path(), &arguments);
    assert_eq!(fs::read(project.path().join("slgen.lock")).unwrap(), before);
    let hidden = |c: char| c.is_control() && c != '\n';
    assert!(!err.contains(hidden) && !out.contains(hidden), "{err:?}");
    assert!(err.contains("help:"), "{err}");
    (status, err)
}

fn busy(retry: Option<&str>) -> Answer {
    let headers = retry.map(|s| ("retry-after".to_owned(), s.to_owned()));
    (429, headers.into_iter().collect(), Vec::new())
}

#[test]
fn a_registry_that_does_not_answer_leaves_it_unchecked() {
    let (status, err) = refused(
        |_, _, _| {
            std::thread::sleep(std::time::Duration::from_secs(5));
            None
        },
        &["--timeout", "1"],
    );
    assert_eq!(status, 4, "{err}");
    assert!(err.contains("did not answer within 1 seconds"), "{err}");

    let project = project();
    assert_eq!(said(project.path(), &["pin"]).0, 0);
    let before = fs::read(project.path().join("slgen.lock")).unwrap();
    // Nobody listens there.
    let (status, _, err) = said(project.path(), &["pin", "--image", "127.0.0.1:9/a:1"]);
    assert_eq!(status, 4, "{err}");
    assert!(
        err.contains("SLG-PIN-001") && err.contains("127.0.0.1:9 does not answer"),
        "{err}"
    );
    assert_eq!(fs::read(project.path().join("slgen.lock")).unwrap(), before);
}

#[test]
fn too_many_requests_are_waited_out_or_said() {
    let (status, err) = refused(|_, _, _| Some(busy(Some("3600"))), &[]);
    assert_eq!(status, 4, "{err}");
    assert!(
        err.contains("status 429") && err.contains("asks to wait 3600 seconds"),
        "{err}"
    );
    let (status, err) = refused(|_, _, _| Some(busy(None)), &[]);
    assert_eq!(status, 4, "{err}");
    assert!(err.contains("no more requests"), "{err}");
    let (status, err) = refused(|_, _, _| Some((503, Vec::new(), Vec::new())), &[]);
    assert_eq!(status, 4, "{err}");
    assert!(err.contains("status 503"), "{err}");

    // Once busy, then not.
    let registry =
        Registry::start(|registry, _, _| (registry.asked().len() == 1).then(|| busy(Some("1"))));
    registry.index("1", OLD);
    let project = project();
    let (status, _, err) = said(project.path(), &["pin", "--image", &registry.image("1")]);
    assert_eq!(status, 0, "{err}");
}

#[test]
fn whoever_is_not_let_in_is_told_what_to_do() {
    for (fault, word) in [
        (
            (|_, _, _| Some((401, Vec::new(), Vec::new()))) as Fault,
            "401",
        ),
        (
            |_, _, _| {
                Some((
                    403,
                    Vec::new(),
                    br#"{"errors":[{"code":"DENIED","message":"no \u001b[2J"}]}"#.to_vec(),
                ))
            },
            "403): DENIED no",
        ),
        (
            |_, path, _| {
                path.starts_with("/token")
                    .then(|| (401, Vec::new(), Vec::new()))
            },
            "gives no token",
        ),
        (
            |_, _, _| {
                Some((
                    401,
                    vec![("www-authenticate".into(), "Basic realm=\"x\"".into())],
                    Vec::new(),
                ))
            },
            "401",
        ),
    ] {
        let (status, err) = refused(fault, &[]);
        assert_eq!(status, 4, "{err}");
        assert!(
            err.contains(word) && err.contains("docker login"),
            "{word}: {err}"
        );
    }
}

#[test]
fn answers_that_cannot_be_right_are_errors() {
    #[allow(
        clippy::unnecessary_wraps,
        reason = "a registry's answers are optional"
    )]
    fn with(
        registry: &Registry,
        path: &str,
        authorization: Option<&str>,
        change: impl Fn(&mut Answer),
    ) -> Option<Answer> {
        let mut answer = registry.usual(path, authorization);
        if answer.0 == 200 && path.contains("/manifests/") {
            change(&mut answer);
        }
        Some(answer)
    }
    fn header(answer: &mut Answer, name: &str, value: &str) {
        answer.1.retain(|(own, _)| own != name);
        answer.1.push((name.to_owned(), value.to_owned()));
    }
    for (fault, word) in [
        (
            (|r, p, a| {
                with(r, p, a, |answer| {
                    header(answer, "docker-content-digest", &digest(b"other"));
                })
            }) as Fault,
            "says its digest is sha256:",
        ),
        (
            |r, p, a| {
                with(r, p, a, |answer| {
                    header(answer, "docker-content-digest", "sha256:\u{9b}31m");
                })
            },
            "says its digest is",
        ),
        (
            |r, p, a| with(r, p, a, |answer| answer.2.truncate(40)),
            "says its digest is",
        ),
        (
            |r, p, a| {
                with(r, p, a, |answer| {
                    *answer = json_answer(&json!({ "a": "b" }));
                })
            },
            "no image",
        ),
        (
            |r, p, a| {
                with(r, p, a, |answer| {
                    *answer = (
                        200,
                        vec![("content-type".into(), "text/html\u{7}".into())],
                        b"<html>\x1b]0;x\x07".to_vec(),
                    );
                })
            },
            "",
        ),
        (
            |r, p, a| {
                with(r, p, a, |answer| {
                    *answer = (
                        200,
                        vec![("content-type".into(), INDEX.into())],
                        vec![b' '; 5 << 20],
                    );
                })
            },
            "more than 4194304 bytes",
        ),
        (
            |r, p, a| with(r, p, a, |answer| *answer = (418, Vec::new(), Vec::new())),
            "status 418",
        ),
        (
            |r, p, a| {
                with(r, p, a, |answer| {
                    *answer = (
                        302,
                        vec![("location".into(), "http://192.0.2.1/x".into())],
                        Vec::new(),
                    );
                })
            },
            "not https",
        ),
        (
            |r, p, a| {
                with(r, p, a, |answer| {
                    *answer = (
                        302,
                        vec![("location".into(), "http://[".into())],
                        Vec::new(),
                    );
                })
            },
            "redirect to nowhere",
        ),
        (
            |r, p, a| {
                with(r, p, a, |answer| {
                    *answer = (
                        307,
                        vec![("location".into(), "/v2/team/base/manifests/1".into())],
                        Vec::new(),
                    );
                })
            },
            "more than 5 redirects",
        ),
        (
            |_, p, _| {
                p.starts_with("/token")
                    .then(|| json_answer(&json!({ "token": "a b\r\nc" })))
            },
            "for a token is none",
        ),
        (
            |_, p, _| {
                p.starts_with("/token")
                    .then(|| (200, Vec::new(), b"hello".to_vec()))
            },
            "for a token is none",
        ),
        (
            |_, p, _| {
                p.starts_with("/v2").then(|| {
                    let realm = "Bearer realm=\"http://registry.example/token\",service=\"a\"";
                    (
                        401,
                        vec![("www-authenticate".to_owned(), realm.to_owned())],
                        Vec::new(),
                    )
                })
            },
            "no https address",
        ),
        (
            |_, p, _| {
                p.contains("/manifests/")
                    .then(|| (404, Vec::new(), Vec::new()))
            },
            "has no such image",
        ),
    ] {
        let (status, err) = refused(fault, &[]);
        assert_eq!(status, 1, "{word}: {err}");
        assert!(
            err.contains("SLG-PIN-002") && err.contains(word),
            "{word}: {err}"
        );
    }
}
