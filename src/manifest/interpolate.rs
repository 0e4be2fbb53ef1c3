//! `${env}`, `${account}`, `${region}`, `${service}` in `state.*`, `resources.*.existing` and `ci.*_role`.

/// A part of an interpolated string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is; `$${` has become `${`.
    Literal(String),
    /// Name of the environment.
    Env,
    /// Account id.
    Account,
    /// Region.
    Region,
    /// Name of the service.
    Service,
}

/// Splits a string into its parts.
///
/// # Errors
/// A sentence that names the `${…}` that is none of the four.
pub fn parse(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            literal.push_str(&rest[..at]);
            literal.push('{');
            rest = &rest[at + 2..];
            continue;
        }
        literal.push_str(&rest[..at]);
        let (name, tail) = rest[at + 2..]
            .split_once('}')
            .ok_or_else(|| "`${` is not closed by `}`".to_owned())?;
        let piece = match name {
            "env" => Piece::Env,
            "account" => Piece::Account,
            "region" => Piece::Region,
            "service" => Piece::Service,
            other => {
                return Err(format!(
                    "`${{{other}}}` is none of ${{env}}, ${{account}}, ${{region}}, ${{service}}"
                ));
            }
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(piece);
        rest = tail;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// The text in one environment.
///
/// # Errors
/// As [`parse`].
pub fn resolve(
    text: &str,
    service: &str,
    env: &str,
    place: (&str, &str),
) -> Result<String, String> {
    let (account, region) = place;
    let pieces = parse(text)?;
    let text = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_str(),
        Piece::Env => env,
        Piece::Account => account,
        Piece::Region => region,
        Piece::Service => service,
    });
    Ok(text.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves() {
        let place = ("111111111111", "eu-west-1");
        assert_eq!(
            resolve(
                "${service}-${env}-${account}-${region}-$${x}",
                "orders",
                "dev",
                place
            ),
            Ok("orders-dev-111111111111-eu-west-1-${x}".to_owned())
        );
    }

    #[test]
    fn splits_and_unescapes() {
        assert_eq!(
            parse("orders/${env}/$${x}").unwrap(),
            [
                Piece::Literal("orders/".into()),
                Piece::Env,
                Piece::Literal("/${x}".into())
            ]
        );
    }

    #[test]
    fn refuses_what_is_no_name() {
        assert!(parse("${file(1)}").unwrap_err().contains("file(1)"));
        assert!(parse("${env").is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            let _ = parse(&text);
        }
    }
}
