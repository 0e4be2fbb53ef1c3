//! Numbers, instants and addresses that conditions compare, exactly: decimals and nanoseconds in `i128`, no floating point.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const SCALE: i128 = 1_000_000_000;

/// A decimal number in billionths; `None` when it is none, or too long to be exact.
pub(super) fn decimal(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 24
        || fraction.len() > 9
        || digits.ends_with('.')
        || !all_digits(whole)
        || !all_digits(fraction)
    {
        return None;
    }
    let value =
        whole.parse::<i128>().ok()? * SCALE + format!("{fraction:0<9}").parse::<i128>().ok()?;
    Some(if negative { -value } else { value })
}

/// The shortest text of a decimal.
pub(super) fn decimal_text(value: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.abs() / SCALE, value.abs() % SCALE);
    let mut text = format!("{sign}{whole}");
    if fraction != 0 {
        text.push_str(format!(".{fraction:09}").trim_end_matches('0'));
    }
    text
}

/// An instant in nanoseconds since 1970: ISO 8601 as the W3C note profiles it, or seconds since the epoch
/// (IAM user guide, "Date condition operators"). Four digits are a year.
pub(super) fn instant(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    if !bytes.is_empty() && bytes.len() != 4 && bytes.iter().all(u8::is_ascii_digit) {
        return (bytes.len() <= 15)
            .then(|| text.parse::<i128>().ok())
            .flatten()
            .map(|seconds| seconds * SCALE);
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = number(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |f| number(f, 2))?;
    let day = fields.next().map_or(Some(1), |f| number(f, 2))?;
    let valid = (1..=12).contains(&month) && (1..=month_days(year, month)).contains(&day);
    if fields.next().is_some() || !valid {
        return None;
    }
    let days = days_from_civil(year, month, day);
    let Some(time) = time else {
        return Some(days * 86_400 * SCALE);
    };
    let (clock, offset) = split_zone(time)?;
    let mut fields = clock.split(':');
    let hour = number(fields.next()?, 2)?;
    let minute = number(fields.next()?, 2)?;
    let (second, nanos) = match fields.next() {
        None => (0, 0),
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
            let digits = fraction.bytes().all(|b| b.is_ascii_digit());
            if fraction.is_empty() || fraction.len() > 9 || !digits {
                return None;
            }
            (
                number(whole, 2)?,
                format!("{fraction:0<9}").parse::<i128>().ok()?,
            )
        }
    };
    if fields.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset * 60;
    Some(seconds * SCALE + nanos)
}

/// An instant as ISO 8601 in UTC.
pub(super) fn instant_text(value: i128) -> String {
    let (seconds, nanos) = (value.div_euclid(SCALE), value.rem_euclid(SCALE));
    let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    if !(0..=9999).contains(&year) {
        return seconds.to_string();
    }
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanos != 0 {
        text.push_str(format!(".{nanos:09}").trim_end_matches('0'));
    }
    text + "Z"
}

fn number(text: &str, digits: usize) -> Option<i128> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Clock and offset in minutes of `12:00:00Z` or `12:00+02:00`.
fn split_zone(time: &str) -> Option<(&str, i128)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = time.rfind(['+', '-'])?;
    let (hour, minute) = time[at + 1..].split_once(':')?;
    let minutes = number(hour, 2)? * 60 + number(minute, 2)?;
    let sign = if time[at..].starts_with('-') { -1 } else { 1 };
    Some((&time[..at], sign * minutes))
}

fn month_days(year: i128, month: i128) -> i128 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// Days to and from the proleptic Gregorian calendar, after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days_from_civil(year: i128, month: i128, day: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i128) -> (i128, i128, i128) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year + era * 400 + i128::from(month <= 2), month, day)
}

/// Addresses from `low` to `high`, of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Range {
    /// Whether they are IPv6.
    pub(super) v6: bool,
    /// The lowest.
    pub(super) low: u128,
    /// The highest.
    pub(super) high: u128,
}

impl Range {
    /// An address or a CIDR range; host bits do not matter. `None` when it is neither.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let (v6, bits, width) = match address.parse().ok()? {
            IpAddr::V4(v4) => (false, u128::from(v4.to_bits()), 32_u32),
            IpAddr::V6(v6) => (true, v6.to_bits(), 128),
        };
        let length = match length {
            None => width,
            Some(length) => {
                let length: u32 = length.parse().ok()?;
                if length > width {
                    return None;
                }
                length
            }
        };
        let span = match width - length {
            128 => u128::MAX,
            free => (1_u128 << free) - 1,
        };
        Some(Self {
            v6,
            low: bits & !span,
            high: (bits & !span) | span,
        })
    }

    /// A single address; `None` for a range.
    pub(super) fn address(text: &str) -> Option<Self> {
        Self::parse(text).filter(|range| !text.contains('/') && range.low == range.high)
    }

    /// Whether all of `other` lies in it.
    pub(super) fn contains(&self, other: &Self) -> bool {
        self.v6 == other.v6 && self.low <= other.low && other.high <= self.high
    }
}

/// An address as text.
pub(super) fn address_text(v6: bool, bits: u128) -> String {
    if v6 {
        Ipv6Addr::from_bits(bits).to_string()
    } else {
        Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or(u32::MAX)).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals() {
        for (text, value) in [
            ("10", 10 * SCALE),
            ("-0.5", -SCALE / 2),
            ("+1.25", 1_250_000_000),
        ] {
            assert_eq!(decimal(text), Some(value));
        }
        for text in [
            "",
            "1.",
            ".5",
            "1e3",
            "0x1",
            "1.0000000001",
            "-",
            "--1",
            "١",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn instants() {
        for (text, seconds) in [
            ("1970", 0),
            ("1970-01-02", 86_400),
            ("2026-11-24T12:00Z", 1_795_521_600),
            ("2026-11-24T14:00:00+02:00", 1_795_521_600),
            ("1795521600", 1_795_521_600),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            assert_eq!(instant(text), Some(seconds * SCALE), "{text}");
        }
        for text in [
            "",
            "2026-13",
            "2026-02-29",
            "2026-01-01T24:00Z",
            "2026-01-01T00:00",
            "T",
            "x",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn ranges() {
        let wide = Range::parse("10.0.0.0/8").unwrap();
        assert!(wide.contains(&Range::address("10.2.0.1").unwrap()));
        assert!(!wide.contains(&Range::address("11.0.0.0").unwrap()));
        assert!(!Range::parse("::/0").unwrap().contains(&wide));
        assert!(
            Range::parse("2001:db8::/32")
                .unwrap()
                .contains(&Range::address("2001:db8::1").unwrap())
        );
        for text in ["10.0.0.0/33", "10.0.0", "x", "", "1.2.3.4/"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
        assert_eq!(Range::address("10.0.0.0/8"), None);
    }

    proptest! {
        #[test]
        fn texts_read_back(value in -1_000_000_000_000_000_000_000_i128..1_000_000_000_000_000_000_000, second in -60_000_000_000_i128..250_000_000_000) {
            prop_assert_eq!(decimal(&decimal_text(value)), Some(value));
            let at = second * SCALE + value.rem_euclid(SCALE);
            prop_assert_eq!(instant(&instant_text(at)), Some(at));
        }

        #[test]
        fn no_text_panics(text in "[-+.:TZ/0-9a-f]{0,24}") {
            let _ = (decimal(&text), instant(&text), Range::parse(&text));
        }
    }
}
