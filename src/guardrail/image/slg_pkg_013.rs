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
          dependencies are installed counts like the last one, as it decides what is copied. A \
          function whose Dockerfile slgen does not write is judged as unpinned.",
    fix: "Run `slgen pin`, and review slgen.lock. Where slgen writes no Dockerfile: package: zip, or an \
          exception that says how your own is pinned.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "OCI Image Format Specification, Descriptors: Digests",
    ],
};

pub(super) fn check(input: &Input<'_>, report: &mut Report<'_>) {
    let Some(text) = input.text else {
        let message = format!(
            "slgen writes no Dockerfile for {}: nothing says what the image is made of",
            input.runtime
        );
        return report.line(None, message);
    };
    let file = Dockerfile::read(text);
    if file.stages.is_empty() {
        return report.line(None, "the Dockerfile has no stage");
    }
    let mut told = Vec::new();
    for stage in file.bases() {
        if digest(stage.from).is_none() && !told.contains(&stage.from) {
            told.push(stage.from);
            report.line(
                Some(stage.line),
                format!("{} has no digest: run `slgen pin`", stage.from),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check as check_all;
    use super::*;

    fn found(text: Option<&str>) -> Vec<String> {
        let input = Input {
            function: "f",
            file: "images/f/Dockerfile",
            text,
            runtime: "ruby3.4",
        };
        let findings = check_all(&[input]).into_iter();
        findings.map(|finding| finding.message).collect()
    }

    #[test]
    fn fires_when_weak() {
        for weak in [
            "FROM gcr.io/x/y:1",
            "FROM gcr.io/x/y@sha256:0a",
            "FROM gcr.io/x/y:1@sha512:0a",
            "FROM $BASE",
            "FROM gcr.io/x/y:1 AS build\nFROM build",
            "",
        ] {
            assert_eq!(found(Some(weak)).len(), 1, "{weak}");
        }
        assert!(found(None)[0].contains("ruby3.4"));
    }

    #[test]
    fn is_silent_on_near_misses() {
        let digest = "0a".repeat(32);
        for right in [
            format!("FROM --platform=linux/arm64 gcr.io/x/y:1@sha256:{digest}"),
            format!("FROM gcr.io/x/y@sha256:{digest} AS build\nFROM build\n"),
            format!("FROM scratch\nFROM gcr.io/x/y@sha256:{digest}"),
        ] {
            assert!(found(Some(&right)).is_empty(), "{right}");
        }
    }
}
