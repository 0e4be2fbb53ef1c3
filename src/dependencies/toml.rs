//! TOML lockfiles: lists of packages with places.

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::reading::{Reading, line_at};
use super::{Lockfile, Range};

/// Reads a text as `T`.
///
/// # Errors
/// The place and why.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, (Range, String)> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        // Only the first line: what follows repeats the text.
        let message = error
            .message()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        (line_at(text, start), message)
    })
}

/// The same for a lockfile.
///
/// # Errors
/// A lockfile whose one fault it is.
pub(super) fn lockfile<T: DeserializeOwned>(text: &str) -> Result<T, Lockfile> {
    parse(text).map_err(|(range, message)| {
        Reading::unreadable(range, format!("it is not understood: {message}"))
    })
}

/// The line of a value.
pub(super) fn line<T>(text: &str, value: &Spanned<T>) -> Range {
    line_at(text, value.span().start)
}
