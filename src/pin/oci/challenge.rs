//! `WWW-Authenticate`: how a registry wants to be asked (RFC 9110, 11.6.1; Distribution, "Token Authentication").

/// Longest header that is read.
const LONGEST: usize = 8192;

/// One way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// By a token that `realm` gives out.
    Bearer {
        /// Who gives it.
        realm: String,
        /// For whom it is.
        service: Option<String>,
    },
    /// By user and password.
    Basic,
}

/// The first way of a header that is known here; bearer tokens before passwords.
pub(super) fn challenge(header: &str) -> Option<Challenge> {
    if header.len() > LONGEST {
        return None;
    }
    let all = http_auth::parse_challenges(header).ok()?;
    let bearer = all.iter().find_map(|challenge| {
        if !challenge.scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let parameter = |name: &str| {
            let mut named = challenge.params.iter();
            let found = named.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_unescaped())
        };
        Some(Challenge::Bearer {
            realm: parameter("realm")?,
            service: parameter("service"),
        })
    });
    bearer.or_else(|| {
        let basic = all.iter().any(|c| c.scheme.eq_ignore_ascii_case("basic"));
        basic.then_some(Challenge::Basic)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bearer(realm: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
        }
    }

    /// As the registries of Docker, GitHub and AWS answer.
    #[test]
    fn challenges_of_registries() {
        for (header, expected) in [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/python:pull""#,
                Some(bearer(
                    "https://auth.docker.io/token",
                    Some("registry.docker.io"),
                )),
            ),
            (
                r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull""#,
                Some(bearer("https://ghcr.io/token", Some("ghcr.io"))),
            ),
            (
                r#"Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws""#,
                Some(bearer(
                    "https://public.ecr.aws/token/",
                    Some("public.ecr.aws"),
                )),
            ),
            (
                r#"Basic realm="https://111111111111.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com""#,
                Some(Challenge::Basic),
            ),
            (
                r#"bearer REALM="https://a/\"b""#,
                Some(bearer("https://a/\"b", None)),
            ),
            (
                r#"Basic realm="x", Bearer realm="https://a/t""#,
                Some(bearer("https://a/t", None)),
            ),
            ("Negotiate", None),
            ("Bearer", None),
            (r#"Bearer service="a""#, None),
            (r#"Bearer realm="https://a"#, None),
            ("", None),
        ] {
            assert_eq!(challenge(header), expected, "{header}");
        }
        assert_eq!(
            challenge(&format!("Basic realm=\"{}\"", "a".repeat(LONGEST))),
            None
        );
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_not(header in "\\PC{0,80}") {
            let _ = challenge(&header);
        }

        #[test]
        fn damage_never_panics(at in 0_usize..90, length in 0_usize..9, junk in "[ -~]{0,6}") {
            let mut header: Vec<char> =
                r#"Bearer realm="https://a.example/token",service="a.example",scope="repository:b:pull", Basic realm="c""#
                    .chars()
                    .collect();
            let at = at.min(header.len());
            let end = (at + length).min(header.len());
            header.splice(at..end, junk.chars());
            let _ = challenge(&header.into_iter().collect::<String>());
        }

        #[test]
        fn what_is_quoted_is_unquoted(realm in "[ -~]{1,30}", service in "[ -~]{1,30}") {
            let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
            let header = format!("Bearer realm=\"{}\",service=\"{}\"", quoted(&realm), quoted(&service));
            prop_assert_eq!(challenge(&header), Some(bearer(&realm, Some(&service))));
        }
    }
}
