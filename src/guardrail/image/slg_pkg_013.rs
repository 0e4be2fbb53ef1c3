//! An image is made of something that is not named by its digest.

use super::dockerfile::digest;
use super::{Dockerfile, Input, Report};
use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-013",
    name: "base-image-without-digest",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "A function's image is made of an image that is not named by its digest",
    why: "A tag can be moved: what is built tomorrow is then another image than the one that was \
          scanned and approved, from whoever can push to the registry. The stage in which \
          dependencies are installed counts like the last one, as it decides what is copied; so does what \
          files are copied from, and what a `# syntax=` line names. Of a runtime that slgen writes no \
          Dockerfile for, that in the source folder is judged; without one, nothing is pinned.",
    fix: "Run `slgen pin`, and review slgen.lock. In a Dockerfile of your own name every image by its digest, \
          NAME:TAG@sha256:…; `slgen pin --image NAME:TAG` tells it.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "OCI Image Format Specification, Descriptors: Digests",
    ],
};

pub(super) fn check(input: &Input<'_>, file: &Dockerfile, report: &mut Report<'_>) {
    if input.text.is_none() {
        let message = format!(
            "slgen writes no Dockerfile for what is in {} ({}), and there is none there: nothing says what the image is made of",
            input.source, input.runtime
        );
        return report.line(None, message);
    }
    if file.stages.is_empty() {
        return report.line(None, "the Dockerfile has no stage");
    }
    let syntax = file
        .syntax
        .iter()
        .map(|(image, line)| (image.as_str(), *line));
    let bases = file.bases().map(|stage| (stage.from.as_str(), stage.line));
    let mut told = Vec::new();
    for (image, line) in syntax.chain(bases).chain(file.copied()) {
        if digest(image).is_none() && !told.contains(&image) {
            told.push(image);
            let message = if input.place.is_some() {
                format!("{image} has no digest: name it NAME:TAG@sha256:…")
            } else {
                format!("{image} has no digest: run `slgen pin`")
            };
            report.line(Some(line), message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, input};
    use super::super::{Input, check as check_all};

    const ID: &str = "SLG-PKG-013";

    #[test]
    fn fires_when_weak() {
        let pinned = format!("FROM a@sha256:{}", "0a".repeat(32));
        for weak in [
            "FROM gcr.io/x/y:1",
            "FROM gcr.io/x/y@sha256:0a",
            "FROM gcr.io/x/y:1@sha512:0a",
            "FROM python:latest",
            "FROM $BASE",
            "ARG BASE=gcr.io/x/y:1\nFROM $BASE",
            "FROM gcr.io/x/y:1 AS build\nFROM build",
            &format!("# syntax=docker/dockerfile:1\n{pinned}"),
            &format!("{pinned}\nCOPY --from=docker.io/x/tool:1 /tool /tool"),
        ] {
            assert_eq!(found(ID, weak).len(), 1, "{weak}");
        }
        assert_eq!(found(ID, "").len(), 1);
        let none = check_all(&[Input {
            text: None,
            ..input("")
        }]);
        assert!(none[0].message.contains("ruby3.4"), "{none:?}");
    }

    #[test]
    fn is_silent_on_near_misses() {
        let digest = "0a".repeat(32);
        for right in [
            format!("FROM --platform=linux/arm64 gcr.io/x/y:1@sha256:{digest}"),
            format!("FROM gcr.io/x/y@sha256:{digest} AS build\nFROM build\nCOPY --from=build x y"),
            format!("FROM scratch\nFROM gcr.io/x/y@sha256:{digest}\nCOPY --from=0 x y"),
            format!("ARG BASE=gcr.io/x/y:1@sha256:{digest}\nFROM ${{BASE}}"),
        ] {
            assert!(found(ID, &right).is_empty(), "{right}");
        }
    }

    /// What its lines are told by, as the user has it.
    #[test]
    fn own_ones_are_located() {
        let place = "src/f/Dockerfile".into();
        let own = Input {
            place: Some(&place),
            ..input("# mine\nFROM python:3.13\nUSER 7\n")
        };
        let found = check_all(&[own]);
        let span = found[0].span.as_ref().unwrap();
        assert_eq!((span.start, span.end), (7, 23));
        assert_eq!(found.len(), 1);
    }
}
