//! Shapes of the manifest's strings.

use std::sync::LazyLock;

use regex_lite::Regex;

/// A shape; `None` only if its pattern were wrong, which a test rules out.
pub(super) type Shape = LazyLock<Option<Regex>>;

macro_rules! shapes {
    ($($name:ident $pattern:literal)*) => {
        $(pub(super) static $name: Shape = LazyLock::new(|| Regex::new($pattern).ok());)*

        #[cfg(test)]
        const ALL: &[&Shape] = &[$(&$name),*];
    };
}

shapes! {
    NAME r"^[a-z][a-z0-9-]{0,39}$"
    ACCOUNT r"^[0-9]{12}$"
    REGION r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
    VPC r"^vpc-[0-9a-f]{8,17}$"
    SUBNET r"^subnet-[0-9a-f]{8,17}$"
    BOUNDARY r"^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+$"
    KEY r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,256}$"
    EMAIL r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
    TOPIC r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$"
    DESTINATION r"^arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:destination:[A-Za-z0-9_./#-]{1,512}$"
    ROUTE r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/|(/([A-Za-z0-9_.~-]+|\{[A-Za-z0-9_]+\}))+)$"
    ISSUER r"^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?$"
    METHOD r"^(GET|POST|PUT|PATCH|DELETE)$"
    OBJECT_KEY r"^[A-Za-z0-9!_.'()/-]{1,256}$"
    EVENT_SOURCE r"^[A-Za-z0-9_./-]{1,256}$"
    DETAIL_TYPE r"^[A-Za-z0-9_./:()-]([A-Za-z0-9_./:() -]{0,126}[A-Za-z0-9_./:()-])?$"
    HEADER r"^[A-Za-z0-9-]{1,64}$"
    SIGNATURE_PREFIX r"^[A-Za-z0-9_.:=-]{0,32}$"
    SIGNED r"^([A-Za-z0-9_.:|-]|\{body\}|\{timestamp\}){1,128}$"
    ENV r"^[A-Z][A-Z0-9_]{0,127}$"
    PATH r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$"
    HANDLER r"^[A-Za-z0-9_./:-]{1,128}$"
    SCOPE r"^[A-Za-z0-9_.:/-]{1,64}$"
    RULE r"^SLG-[A-Z]+-[0-9]{3}$"
    CUSTOM_RULE r"^[A-Za-z][A-Za-z0-9._-]{0,99}$"
    INDEX r"^[A-Za-z0-9_.-]{3,255}$"
    SERVICE r"^aws\.[a-z0-9-]+$"
    BRANCH r"^[A-Za-z0-9_]([A-Za-z0-9._-]|/[A-Za-z0-9_]){0,99}$"
    RUNNER r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$"
    PINNED_IMAGE r"^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._-]*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@sha256:[0-9a-f]{64}$"
    ROLE r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$"
    HOST r"^[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*$"
    DATABASE r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$"
    SQL_USER r"^[a-z_][a-z0-9_]{0,62}$"
    SQL_TABLE r"^([A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,62}$"
    SQL_VERB r"^((select|insert|update)\([A-Za-z_][A-Za-z0-9_]{0,62}(, ?[A-Za-z_][A-Za-z0-9_]{0,62})*\)|select|insert|update|delete)$"
    ACTION r"^[a-z0-9-]+:[A-Za-z0-9]+$"
    IMAGE r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"
}

/// Whether a text has a shape.
pub(super) fn fits(shape: &Shape, text: &str) -> bool {
    shape.as_ref().is_some_and(|shape| shape.is_match(text))
}

/// Two routes that differ only in parameter names are one to API Gateway.
pub(super) fn blank_parameters(route: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in route.chars() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// What is wrong with `<CIDR>:<port>`; `None` when nothing is.
pub(super) fn network_fault(text: &str) -> Option<String> {
    let Some((cidr, port)) = text.rsplit_once(':') else {
        return Some("names no port".to_owned());
    };
    if !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Some(format!("has no port of 1 to 65535 (`{port}`)"));
    }
    let Some((address, length)) = cidr.split_once('/') else {
        return Some("names no prefix length".to_owned());
    };
    let Ok(address) = address.parse::<std::net::IpAddr>() else {
        return Some("begins with no IP address".to_owned());
    };
    let (bits, width) = match address {
        std::net::IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        std::net::IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let Some(length) = length.parse::<u32>().ok().filter(|l| *l <= width) else {
        return Some(format!("has no prefix length of 0 to {width}"));
    };
    let host = 1_u128
        .checked_shl(width - length)
        .map_or(u128::MAX, |size| size - 1);
    (bits & host != 0).then(|| "has bits set beyond its prefix length".to_owned())
}

/// What is wrong with `registry/name:tag` (OCI distribution specification, "Pulling manifests"); `None` when nothing is.
pub fn image_fault(text: &str) -> Option<&'static str> {
    if text.contains('@') {
        return Some("names a digest, which stands in slgen.lock");
    }
    let registry = text.split('/').next().unwrap_or_default();
    let host = registry.contains(['.', ':']) || registry == "localhost";
    if !host || !text.contains('/') {
        return Some("names no registry");
    }
    if text.ends_with(":latest") {
        return Some("names whatever is newest");
    }
    (text.len() > 255 || !fits(&IMAGE, text)).then_some("is not registry/name:tag")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images() {
        for right in [
            "gcr.io/distroless/python3-debian13:nonroot",
            "public.ecr.aws/lambda/python:3.13",
            "localhost:5000/base:1",
            "111111111111.dkr.ecr.eu-west-1.amazonaws.com/base/python__3:v1.0_2",
        ] {
            assert_eq!(image_fault(right), None, "{right}");
        }
        for wrong in [
            "",
            "python:3.13",
            "library/python:3.13",
            "gcr.io/python",
            "gcr.io/python:",
            "gcr.io/python:latest",
            "gcr.io/Python:1",
            "gcr.io//python:1",
            "gcr.io/python:1 AS x",
            "gcr.io/python:1\nRUN id",
            "gcr.io/$HOME:1",
            "-gcr.io/python:1",
            "gcr.io/python:1@sha256:0a",
        ] {
            assert!(image_fault(wrong).is_some(), "{wrong}");
        }
        assert!(image_fault(&format!("gcr.io/{}:1", "x".repeat(300))).is_some());
    }

    #[test]
    fn every_pattern_is_one() {
        assert!(ALL.iter().all(|shape| shape.is_some()));
    }

    #[test]
    fn networks() {
        for right in [
            "10.20.0.0/16:443",
            "0.0.0.0/0:443",
            "10.0.0.1/32:5432",
            "fd00::/8:443",
        ] {
            assert_eq!(network_fault(right), None, "{right}");
        }
        for wrong in [
            "10.20.0.0/16",
            "10.20.0.0/16:0",
            "10.20.0.0/16:70000",
            "10.20.0.0:443",
            "10.20.0.0/33:443",
            "10.20.0.1/16:443",
            "300.0.0.0/8:443",
            "all:443",
            "",
        ] {
            assert!(network_fault(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn routes_alike() {
        assert_eq!(
            blank_parameters("GET /a/{id}/b"),
            blank_parameters("GET /a/{x}/b")
        );
        assert_ne!(
            blank_parameters("GET /a/{id}"),
            blank_parameters("GET /a/id")
        );
    }

    proptest::proptest! {
        #[test]
        fn networks_never_panic(text in "[0-9a-f./:]{0,40}") {
            let _ = network_fault(&text);
        }
    }
}
