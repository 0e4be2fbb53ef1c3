//! Something is fetched into an image without a checksum.

use super::{Dockerfile, Report};
use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-IMG-001",
    name: "add-without-checksum",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "A Dockerfile adds a file of the network without its checksum",
    why: "ADD takes what the address answers at that moment: nobody reviewed it, and two builds differ. Of a \
          git repository a branch or tag can be moved; a full commit is exact.",
    fix: "Give its checksum, `ADD --checksum=sha256:…`, or copy it from the build context; name a git \
          repository by its full commit.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "CIS Docker Benchmark 4.9, 4.11",
        "Dockerfile reference, ADD --checksum",
    ],
};

pub(super) fn check(file: &Dockerfile, report: &mut Report<'_>) {
    let adds = file.instructions.iter().filter(|i| i.keyword == "ADD");
    for add in adds.filter(|add| add.flag("checksum").is_none()) {
        let sources = words(&add.text);
        // The last is where it goes to.
        let sources = sources.iter().take(sources.len().saturating_sub(1));
        for source in sources.filter(|source| is_fetched(source) && !is_commit(source)) {
            report.line(
                Some(add.line),
                format!("{source} is added without a checksum"),
            );
        }
    }
}

/// The words of an instruction, in either of its forms.
fn words(text: &str) -> Vec<String> {
    let first = text.lines().next().unwrap_or_default();
    serde_json::from_str(first)
        .unwrap_or_else(|_| first.split_ascii_whitespace().map(str::to_owned).collect())
}

fn is_fetched(source: &str) -> bool {
    let schemes = ["http://", "https://", "ftp://", "git://", "ssh://", "git@"];
    schemes.iter().any(|scheme| source.starts_with(scheme))
}

/// Whether a git repository is named by a full commit.
fn is_commit(source: &str) -> bool {
    source.split_once('#').is_some_and(|(_, reference)| {
        let commit = reference.split(':').next().unwrap_or_default();
        commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::found;

    #[test]
    fn fires_when_weak() {
        for weak in [
            "ADD https://example.com/x.tgz /x",
            "ADD --chown=0:0 http://example.com/x /x",
            "ADD [\"https://example.com/a b\", \"/x\"]",
            "ADD https://github.com/a/b.git#main /x",
            "ADD local \\\n  https://example.com/x /x",
        ] {
            let found = found("SLG-IMG-001", weak);
            assert_eq!(found.len(), 1, "{weak}");
            assert_eq!(found[0].1, 2, "{weak}");
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        let commit = "0a".repeat(20);
        for right in [
            "ADD --checksum=sha256:0a https://example.com/x /x".to_owned(),
            format!("ADD https://github.com/a/b.git#{commit} /x"),
            "ADD x.tgz https://example.com/".to_owned(),
            "ADD local.tgz /x".to_owned(),
            "COPY https /x".to_owned(),
            "LABEL org.opencontainers.image.source=https://example.com/x a=b".to_owned(),
        ] {
            assert!(found("SLG-IMG-001", &right).is_empty(), "{right}");
        }
    }
}
