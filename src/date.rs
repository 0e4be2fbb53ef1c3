//! Calendar days, as exceptions and expiring access lines carry them.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A day of the proleptic Gregorian calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The last day there is.
    pub const LAST: Self = Self {
        year: 9999,
        month: 12,
        day: 31,
    };

    /// The day; `None` when there is no such day or the year is not within 1970–9999.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let valid = (1970..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day);
        valid.then_some(Self { year, month, day })
    }

    /// The UTC day of a point in time, in seconds since 1970; `None` after the year 9999.
    pub fn from_unix(seconds: u64) -> Option<Self> {
        let mut days = seconds / 86_400;
        let mut year = 1970_u16;
        loop {
            let length = if leap(year) { 366 } else { 365 };
            if days < length {
                break;
            }
            days -= length;
            year = year.checked_add(1).filter(|y| *y <= 9999)?;
        }
        let mut month = 1_u8;
        while days >= u64::from(days_in(year, month)) {
            days -= u64::from(days_in(year, month));
            month += 1;
        }
        Self::new(year, month, u8::try_from(days).ok()? + 1)
    }

    /// The day after; `None` after the last.
    pub fn next(self) -> Option<Self> {
        Self::new(self.year, self.month, self.day + 1)
            .or_else(|| Self::new(self.year, self.month + 1, 1))
            .or_else(|| Self::new(self.year + 1, 1, 1))
    }

    /// The day so many days later; the last there is where that is none.
    #[must_use]
    pub fn after(self, days: u32) -> Self {
        (0..days)
            .try_fold(self, |day, _| day.next())
            .unwrap_or(Self::LAST)
    }

    /// Days from this day to another, negative when that one is earlier.
    pub fn days_until(self, other: Self) -> i64 {
        other.ordinal() - self.ordinal()
    }

    /// Days since 1970-01-01.
    fn ordinal(self) -> i64 {
        let years: i64 = (1970..self.year)
            .map(|y| if leap(y) { 366 } else { 365 })
            .sum();
        let months: i64 = (1..self.month)
            .map(|m| i64::from(days_in(self.year, m)))
            .sum();
        years + months + i64::from(self.day) - 1
    }
}

fn leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = String;

    /// Reads `YYYY-MM-DD` and nothing else.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is not a day: write YYYY-MM-DD");
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| match i {
                4 | 7 => b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shape {
            return Err(wrong());
        }
        let number = |range: std::ops::Range<usize>| text[range].parse::<u16>().ok();
        let small = |range| number(range).and_then(|n| u8::try_from(n).ok());
        number(0..4)
            .zip(small(5..7))
            .zip(small(8..10))
            .and_then(|((year, month), day)| Self::new(year, month, day))
            .ok_or_else(wrong)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_days_that_exist() {
        assert!("2027-03-31".parse::<Date>().is_ok());
        assert!("2024-02-29".parse::<Date>().is_ok());
        for wrong in [
            "2023-02-29",
            "2100-02-29",
            "2027-04-31",
            "2027-00-10",
            "2027-13-01",
            "2027-1-01",
            "2027/01/01",
            "27-01-01",
            "2027-01-01T00:00",
            "",
            "２027-1-1",
            "0000-01-01",
            "+027-01-01",
        ] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn knows_the_day_of_a_second() {
        let day = |s| Date::from_unix(s).unwrap().to_string();
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(86_399), "1970-01-01");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(day(1_735_689_599), "2024-12-31");
        assert_eq!(day(1_735_689_600), "2025-01-01");
        assert_eq!(Date::from_unix(u64::MAX), None);
        assert_eq!(Date::LAST.next(), None);
    }

    proptest! {
        #[test]
        fn text_never_panics(text in ".{0,12}") {
            let _ = text.parse::<Date>();
        }

        #[test]
        fn days_follow_each_other(days in 0_u64..2_932_896) {
            let today = Date::from_unix(days * 86_400).unwrap();
            let tomorrow = Date::from_unix((days + 1) * 86_400).unwrap();
            prop_assert!(today < tomorrow);
            prop_assert_eq!(today.days_until(tomorrow), 1);
            prop_assert_eq!(today.next(), Some(tomorrow));
            prop_assert_eq!(today.days_until(today.after(366)), 366.min(today.days_until(Date::LAST)));
            prop_assert_eq!(today.to_string().parse::<Date>().unwrap(), today);
        }
    }
}
