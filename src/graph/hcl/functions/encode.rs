//! Encodings and hashes.

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

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .enumerate()
            .fold(0u32, |n, (i, b)| n | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            let six = (group >> (18 - 6 * i)) & 63;
            out.push(if i <= chunk.len() {
                char::from(ALPHABET[six as usize])
            } else {
                '='
            });
        }
    }
    out
}

/// Text in base 64; `None` for what is none.
pub(super) fn from_base64(text: &str) -> Option<String> {
    let digits = text.trim_end_matches('=');
    let mut out = Vec::new();
    let (mut bits, mut have) = (0_u32, 0);
    for c in digits.bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xFF_FFFF;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push(u8::try_from((bits >> have) & 0xFF).ok()?);
        }
    }
    String::from_utf8(out).ok()
}
