//! A private key is shipped with a function.

use super::Input;
use crate::diagnostic::Span;
use crate::guardrail::{Finding, Metadata, Risk, Severity};

pub(super) const META: Metadata = Metadata {
    id: "SLG-PKG-014",
    name: "private-key-shipped",
    severity: Severity::High,
    risk: Risk::Authentication,
    title: "A file that is shipped with a function holds a private key",
    why: "Whoever may read the package or the image (every deployer, the registry, whoever breaks into the function) \
          has the key, and it stays in old versions after it was changed. Judged by what stands in *.pem, *.crt and \
          *.cer files of the source folder: a bundle of authorities that a database is verified by is no secret and is \
          shipped. Files that are named as keys (*.key, *-key.pem, id_rsa) are never shipped, and not read.",
    fix: "Keep the key in a secret (`secrets:`) and take the file out; where it was committed, replace the key.",
    references: &[
        "OWASP Serverless A3:2017 Sensitive Data Exposure",
        "CWE-321",
        "AWS Well-Architected SEC02-BP03 Store and use secrets securely",
    ],
};

/// What ends the line that a key begins with, of any kind (RFC 7468).
pub const MARK: &str = "PRIVATE KEY-----";

pub(super) fn check(input: &Input<'_>) -> Vec<Finding> {
    let lines = input.text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line.trim_end()))
    });
    let mut keys =
        lines.filter(|(_, line)| line.starts_with("-----BEGIN ") && line.ends_with(MARK));
    let Some((start, line)) = keys.next() else {
        return Vec::new();
    };
    let findings = input.functions.iter().map(|function| Finding {
        resource: Some(input.file.to_owned()),
        span: Some(Span {
            file: input.place.clone(),
            start,
            end: start + line.len(),
        }),
        ..Finding::new(
            &META,
            format!("functions.{function}"),
            format!("{} holds a private key", input.file),
        )
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, usize)> {
        let input = Input {
            functions: &["f".to_owned()],
            file: "src/f/x.pem",
            place: &"src/f/x.pem".into(),
            text,
        };
        let spans = check(&input).into_iter().filter_map(|finding| finding.span);
        spans.map(|span| (span.start, span.end)).collect()
    }

    #[test]
    fn fires_when_weak() {
        for kind in ["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "] {
            let text = format!("subject=x\n-----BEGIN {kind}PRIVATE KEY-----\r\nMII\n");
            assert_eq!(found(&text).len(), 1, "{kind}");
            assert_eq!(found(&text)[0].0, 10, "{kind}");
        }
    }

    #[test]
    fn is_silent_on_near_misses() {
        for text in [
            "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
            "-----BEGIN PUBLIC KEY-----\nMII\n",
            "# no PRIVATE KEY----- here\n",
            "",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
