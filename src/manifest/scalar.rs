//! What an unquoted scalar is: the core schema of YAML 1.2 (chapter 10.3), so `no` and `on` are text.

/// A scalar as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// Its text, quotes and escapes taken off.
    pub(crate) text: String,
    /// Neither quoted nor a block scalar.
    pub(crate) plain: bool,
}

/// What a scalar is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, in any notation.
    Integer,
    /// Any other number.
    Float,
    /// Text.
    Text,
}

impl Scalar {
    pub(crate) fn kind(&self) -> Kind {
        if !self.plain {
            return Kind::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" => Kind::Bool(true),
            "false" | "False" | "FALSE" => Kind::Bool(false),
            text if is_integer(text) => Kind::Integer,
            text if is_float(text) => Kind::Float,
            _ => Kind::Text,
        }
    }

    /// The number, when it is a decimal whole number that fits.
    pub(crate) fn integer(&self) -> Option<i128> {
        (self.kind() == Kind::Integer)
            .then(|| self.text.parse().ok())
            .flatten()
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    all(digits, |b| b.is_ascii_digit())
        || text
            .strip_prefix("0o")
            .is_some_and(|d| all(d, |b| (b'0'..=b'7').contains(&b)))
        || text
            .strip_prefix("0x")
            .is_some_and(|d| all(d, |b| b.is_ascii_hexdigit()))
}

fn is_float(text: &str) -> bool {
    let number = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(number, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = number
        .split_once(['e', 'E'])
        .map_or((number, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa
        .split_once('.')
        .map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|e| {
        all(e.strip_prefix(['-', '+']).unwrap_or(e), |b| {
            b.is_ascii_digit()
        })
    });
    let some_digit = !whole.is_empty() || fraction.is_some_and(|f| !f.is_empty());
    digits(whole) && fraction.is_none_or(digits) && some_digit && exponent_fits
}

fn all(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema() {
        let kind = |text: &str| {
            Scalar {
                text: text.to_owned(),
                plain: true,
            }
            .kind()
        };
        for text in ["", "~", "null"] {
            assert_eq!(kind(text), Kind::Null, "{text}");
        }
        for text in ["0", "012345678901", "-1", "+7", "0x1F", "0o17"] {
            assert_eq!(kind(text), Kind::Integer, "{text}");
        }
        for text in ["3.10", "1e3", ".5", "5.", "-.inf", ".nan", "1.0e-9"] {
            assert_eq!(kind(text), Kind::Float, "{text}");
        }
        for text in [
            "no",
            "on",
            "N",
            "1.0.0",
            "e5",
            ".",
            "inf",
            "nan",
            "1e",
            "0x",
            "-",
            "2027-03-31",
            "12:30",
            "1_000",
        ] {
            assert_eq!(kind(text), Kind::Text, "{text}");
        }
        assert_eq!(kind("true"), Kind::Bool(true));
    }
}
