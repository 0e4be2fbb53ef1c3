//! A build runs what it has just fetched.

use super::shell::fetched_and_run;
use super::{Dockerfile, Report};
use crate::guardrail::{Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-IMG-003",
    name: "fetched-and-run",
    severity: Severity::High,
    risk: Risk::Dependencies,
    title: "A Dockerfile runs a script as it comes from the network",
    why: "Whoever answers at that address, or on the way to it, decides what is in the image, anew in each build. \
          Only what is fetched and run in one go is found; a file whose checksum is compared in between is not.",
    fix: "Fetch it to a file, compare its checksum (`ADD --checksum=sha256:…`, `sha256sum -c`), then run it; or \
          take the program from an image by its digest.",
    references: &[
        "OWASP Serverless A9:2017 Using Components with Known Vulnerabilities",
        "OWASP CI/CD Security Top 10 CICD-SEC-3 Dependency Chain Abuse",
        "CIS Docker Benchmark 4.11",
    ],
};

pub(super) fn check(file: &Dockerfile, report: &mut Report<'_>) {
    for run in file.instructions.iter().filter(|i| i.keyword == "RUN") {
        if let Some(command) = fetched_and_run(&script(&run.text)) {
            report.line(Some(run.line), format!("what is fetched is run: {command}"));
        }
    }
}

/// The script of a `RUN`: of its exec form what is given to a shell.
fn script(text: &str) -> String {
    match serde_json::from_str::<Vec<String>>(text).as_deref() {
        Ok([_, flag, script, ..]) if flag.starts_with('-') && flag.ends_with('c') => script.clone(),
        Ok(words) => words.join(" "),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::found;

    #[test]
    fn fires_when_weak() {
        for weak in [
            "RUN curl -fsSL https://example.com/install | sh",
            "RUN apt-get update \\\n  # comment\n  && wget -qO- https://example.com | bash",
            "RUN [\"/bin/sh\", \"-c\", \"curl https://example.com | sh\"]",
            "RUN <<EOF\nset -e\ncurl https://example.com | python3\nEOF",
            "RUN --mount=type=cache,target=/c sh -c \"$(curl https://example.com)\"",
        ] {
            let found = found("SLG-IMG-003", weak);
            assert_eq!(found.len(), 1, "{weak}");
            assert_eq!(found[0].1, 2, "{weak}");
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        for right in [
            "RUN curl -o x https://example.com && echo 'abc  x' | sha256sum -c && sh x",
            "RUN curl https://example.com | tar xz",
            "CMD curl https://example.com | sh",
            "LABEL x=\"curl https://example.com | sh\"",
            "RUN [\"echo\", \"curl\", \"|\", \"x\"]",
        ] {
            assert!(found("SLG-IMG-003", right).is_empty(), "{right}");
        }
    }
}
