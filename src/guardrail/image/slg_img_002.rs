//! An image runs as root.

use super::{Dockerfile, Report};
use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-IMG-002",
    name: "image-runs-as-root",
    severity: Severity::Medium,
    risk: Risk::LeastPrivilege,
    title: "A Dockerfile lets its image run as root, or does not say as whom",
    why: "Lambda runs an image as a user of its own, but whatever else starts it (a test, a scanner, another \
          platform) runs the handler as root, which may write all of the image. What the base says can change \
          with the base.",
    fix: "End the last stage with USER and a number other than 0, as `USER 65532:65532`.",
    references: &[
        "CIS Docker Benchmark 4.1",
        "OWASP Docker Security Cheat Sheet, Rule 2",
    ],
};

pub(super) fn check(file: &Dockerfile, report: &mut Report<'_>) {
    let Some(last) = file.stages.last() else {
        return;
    };
    match file.user() {
        None => report.line(
            Some(last.line),
            "the last stage does not say whom it runs as",
        ),
        Some((user, line)) => {
            let name = user.split(':').next().unwrap_or_default();
            if name == "root" || (!name.is_empty() && name.bytes().all(|b| b == b'0')) {
                report.line(Some(line), format!("the image runs as {user}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::found;

    #[test]
    fn fires_when_weak() {
        for (weak, line) in [
            ("COPY x y", 1),
            ("USER root", 2),
            ("USER 0:0", 2),
            ("USER 65532\nUSER root:root", 3),
            ("USER 65532\nFROM a", 3),
            ("FROM a AS b\nUSER 0\nFROM b", 3),
        ] {
            let found = found("SLG-IMG-002", weak);
            assert_eq!(found.len(), 1, "{weak}");
            assert_eq!(found[0].1, line, "{weak}");
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        for right in [
            "USER 65532:65532",
            "USER 0\nRUN x\nUSER nonroot",
            "FROM a AS b\nUSER 7:0\nFROM b\nCOPY x y",
            "USER 1000:0",
        ] {
            assert!(found("SLG-IMG-002", right).is_empty(), "{right}");
        }
    }
}
