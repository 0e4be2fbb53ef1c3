//! Names of images: `registry/repository:tag@digest` (Distribution, "reference" grammar).

/// Docker Hub's name, which is unsaid.
pub const HUB: &str = "docker.io";
/// Longest name of a repository with its registry (Distribution, `NameTotalLengthMax`).
const LONGEST_NAME: usize = 255;

/// A parsed name of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Host and port of the registry, `docker.io` where none is said.
    pub registry: String,
    /// The repository in it; `library/…` for Docker Hub's own.
    pub repository: String,
    /// The tag, where one is said.
    pub tag: Option<String>,
    /// The digest, where one is said.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a name as a Dockerfile's `FROM` takes it.
    ///
    /// # Errors
    /// Which part is not of its form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) if is_digest(digest) => (rest, Some(digest.to_owned())),
            Some(_) => {
                return Err(
                    "an image's digest is sha256: with 64 hexadecimal digits in lower case"
                        .to_owned(),
                );
            }
            None => (text, None),
        };
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[slash..].split_once(':') {
            Some((last, tag)) => (&rest[..slash + last.len()], Some(tag)),
            None => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(
                "an image's tag is up to 128 letters, digits, dots, dashes and underscores"
                    .to_owned(),
            );
        }
        if name.len() > LONGEST_NAME {
            return Err(format!(
                "an image's name has at most {LONGEST_NAME} characters"
            ));
        }
        let (registry, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
            _ => (HUB, name),
        };
        if !is_host(registry) {
            return Err(
                "an image's registry is a host, with a port where it has another".to_owned(),
            );
        }
        if path.is_empty() || !path.split('/').all(is_component) {
            return Err(
                "an image's repository is lower-case letters and digits, with single dots, dashes or underscores between"
                    .to_owned(),
            );
        }
        // Docker Hub has other names, and its own images a folder that is unsaid.
        let registry = match registry {
            "index.docker.io" | "registry-1.docker.io" => HUB,
            other => other,
        };
        let repository = if registry == HUB && !path.contains('/') {
            format!("library/{path}")
        } else {
            path.to_owned()
        };
        Ok(Self {
            registry: registry.to_owned(),
            repository,
            tag: tag.map(str::to_owned),
            digest,
        })
    }
}

fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
}

/// A host name or IPv4 address with an optional port. Of IPv6 only the loopback address: who else writes it?
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    port.is_none_or(|port| port.parse::<u16>().is_ok_and(|n| n > 0) && !port.starts_with('+'))
        && host.split('.').all(label)
}

/// Letters and digits in lower case; between them one dot, one or two underscores, or dashes.
fn is_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = text.bytes().next().is_some_and(alphanumeric)
        && text.bytes().last().is_some_and(alphanumeric);
    ends && text
        .split(|c: char| c.is_ascii() && alphanumeric(c as u8))
        .filter(|separator| !separator.is_empty())
        .all(|s| matches!(s, "." | "_" | "__") || s.bytes().all(|b| b == b'-'))
}

/// A digest by SHA-256, the one algorithm that every registry has (OCI image specification, "Descriptors").
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|text| hex(text, 64))
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> (String, String, Option<String>) {
        let found = Reference::parse(text).unwrap();
        (found.registry, found.repository, found.tag)
    }

    #[test]
    fn names_have_a_registry_that_may_be_unsaid() {
        for (text, registry, repository, tag) in [
            ("python", HUB, "library/python", None),
            ("python:3.13-slim", HUB, "library/python", Some("3.13-slim")),
            ("docker.io/python:3", HUB, "library/python", Some("3")),
            (
                "index.docker.io/library/python:3",
                HUB,
                "library/python",
                Some("3"),
            ),
            ("bitnami/redis:7", HUB, "bitnami/redis", Some("7")),
            (
                "public.ecr.aws/lambda/python:3.13",
                "public.ecr.aws",
                "lambda/python",
                Some("3.13"),
            ),
            ("localhost/a:1", "localhost", "a", Some("1")),
            (
                "127.0.0.1:5000/a/b__c-d.e:v1_2",
                "127.0.0.1:5000",
                "a/b__c-d.e",
                Some("v1_2"),
            ),
            ("localhost:5000/a", "localhost:5000", "a", None),
            (
                "111111111111.dkr.ecr.eu-west-1.amazonaws.com/x:1",
                "111111111111.dkr.ecr.eu-west-1.amazonaws.com",
                "x",
                Some("1"),
            ),
        ] {
            let expected = (
                registry.to_owned(),
                repository.to_owned(),
                tag.map(str::to_owned),
            );
            assert_eq!(parts(text), expected, "{text}");
        }
        let digest = format!("sha256:{}", "0a".repeat(32));
        let found = Reference::parse(&format!("a:1@{digest}")).unwrap();
        assert_eq!(
            (found.tag.as_deref(), found.digest),
            (Some("1"), Some(digest))
        );
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            ":1",
            "/a",
            "a/",
            "A",
            "a b",
            "a:",
            "a:-1",
            "a:.1",
            "a@sha256:00",
            "a@",
            "a:1:2",
            "a//b",
            "a..b",
            "a___b",
            "-a",
            "a-",
            "http://a/b",
            "ex_ample.com/a",
            "host.example:0/a",
            "host.example:99999/a",
            "host.example:+80/a",
            "user@host.example/a",
            "a\u{1b}[31m",
            "ä",
            "a:ä",
            "../a",
            "host.example/../a",
            "[::1]:5000/a",
        ] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
        assert!(Reference::parse(&"a".repeat(256)).is_err());
        assert!(Reference::parse(&format!("a:{}", "1".repeat(129))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
            let _ = Reference::parse(&text);
        }

        #[test]
        fn what_is_read_is_what_was_written(
            registry in "[a-z]{1,5}\\.[a-z]{1,5}(:[1-9][0-9]{0,3})?",
            repository in "[a-z0-9]{1,5}((\\.|_|__|-{1,3})[a-z0-9]{1,3}){0,2}(/[a-z0-9]{1,5}){0,3}",
            tag in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}",
        ) {
            prop_assume!(registry != HUB);
            let found = parts(&format!("{registry}/{repository}:{tag}"));
            prop_assert_eq!(found, (registry, repository, Some(tag)));
        }

        #[test]
        fn no_part_holds_what_a_url_would_read_otherwise(text in "[ -~]{1,40}") {
            if let Ok(found) = Reference::parse(&text) {
                let all = format!("{}{}{}", found.registry, found.repository, found.tag.unwrap_or_default());
                prop_assert!(!all.contains(['?', '#', '@', '%', ' ', '\\', '"']), "{}", all);
                prop_assert!(!all.contains(".."), "{}", all);
            }
        }
    }
}
