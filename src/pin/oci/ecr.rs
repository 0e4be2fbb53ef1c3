//! Private registries of AWS: user and password by `ecr:GetAuthorizationToken`.

use super::login;
use crate::live::aws::identity;
use crate::pin::reference::Reference;
use crate::pin::trouble::{Kind, Trouble};

/// What a private registry wants to be shown; `None` for any other.
pub(super) fn authorization(reference: &Reference) -> Result<Option<String>, Trouble> {
    let Some(region) = region(&reference.registry) else {
        return Ok(None);
    };
    let trouble = |why: &str| {
        Trouble::new(
            Kind::Unanswered,
            &format!("{}: no login: {why}", reference.registry),
            "give AWS credentials that allow ecr:GetAuthorizationToken and reading the repository",
        )
    };
    let token = identity::registry_token(region).map_err(|why| trouble(&why))?;
    match login::authorization(&token) {
        Some(authorization) => Ok(Some(authorization)),
        None => Err(trouble("AWS gave no token")),
    }
}

/// The region of `ACCOUNT.dkr.ecr.REGION.amazonaws.com`.
fn region(registry: &str) -> Option<&str> {
    let (account, rest) = registry.split_once(".dkr.ecr.")?;
    let (region, suffix) = rest.split_once('.')?;
    let account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let known = matches!(suffix, "amazonaws.com" | "amazonaws.com.cn");
    (account && known && region.bytes().all(plain)).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registries_of_aws_are_shown_its_token() {
        let of = |registry| region(registry);
        assert_eq!(
            of("111111111111.dkr.ecr.eu-west-1.amazonaws.com"),
            Some("eu-west-1")
        );
        assert_eq!(
            of("111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn"),
            Some("cn-north-1")
        );
        for registry in [
            "public.ecr.aws",
            "111111111111.dkr.ecr.eu-west-1.amazonaws.com.evil.example",
            "111111111111.dkr.ecr.eu-west-1.amazonaws.com:8443",
            "evil.dkr.ecr.eu-west-1.amazonaws.com",
            "111111111111.dkr.ecr.eu_west.amazonaws.com",
        ] {
            assert_eq!(of(registry), None, "{registry}");
        }
    }
}
