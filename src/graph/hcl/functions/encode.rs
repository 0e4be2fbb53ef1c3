//! Encodings and hashes.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::arguments::Found;
use crate::graph::{Kind, Value};

pub(super) fn jsondecode(value: &Value) -> Found {
    match &value.kind {
        Kind::String(_) => value
            .json()
            .map(Some)
            .ok_or_else(|| "this is not JSON without repeated keys".to_owned()),
        Kind::Template(_) => Ok(value.json()),
        Kind::Symbol(_) => Ok(None),
        _ => Err("a string is required".to_owned()),
    }
}

/// Text in base 64; `None` for what is none. As Go decodes it: line breaks are left out, and bits that say nothing may stand
/// in its last character.
pub(super) fn from_base64(text: &str) -> Option<String> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let text: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    String::from_utf8(LENIENT.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `terraform console` answers.
    #[test]
    fn base_64_is_read_as_terraform_reads_it() {
        for (text, read) in [
            ("aGVsbG8=", Some("hello")),
            ("aGVs\r\nbG8=\n", Some("hello")),
            ("aGVsbG9=", Some("hello")),
            ("", Some("")),
            ("aGVsbG8", None),
            ("aGVsbG8==", None),
            ("aGVs bG8=", None),
            ("_-8=", None),
            ("/+8=", None),
        ] {
            assert_eq!(from_base64(text).as_deref(), read, "{text:?}");
        }
    }
}
