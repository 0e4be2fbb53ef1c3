//! Schedule expressions as `EventBridge` Scheduler takes them: `cron(…)`, `rate(…)`, `at(…)`
//! (user guide, "Schedule types on `EventBridge` Scheduler").

use crate::date::Date;

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What is wrong.
    pub(crate) message: String,
    /// What would be right.
    pub(crate) help: String,
}

fn fault(message: impl Into<String>, help: impl Into<String>) -> Fault {
    Fault {
        message: message.into(),
        help: help.into(),
    }
}

/// Longer than any expression that can be right.
const LONGEST: usize = 256;

/// A field of `cron(…)`.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Names of the values from `least` on.
    names: &'static [&'static str],
    /// The special characters beside `,`, `-`, `*`, `/`.
    special: &'static str,
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: [Field; 6] = [
    Field {
        name: "minutes",
        least: 0,
        most: 59,
        names: &[],
        special: "",
    },
    Field {
        name: "hours",
        least: 0,
        most: 23,
        names: &[],
        special: "",
    },
    Field {
        name: "day of month",
        least: 1,
        most: 31,
        names: &[],
        special: "?LW",
    },
    Field {
        name: "month",
        least: 1,
        most: 12,
        names: &MONTHS,
        special: "",
    },
    Field {
        name: "day of week",
        least: 1,
        most: 7,
        names: &DAYS,
        special: "?L#",
    },
    Field {
        name: "year",
        least: 1970,
        most: 2199,
        names: &[],
        special: "",
    },
];

/// Checks an expression.
pub(crate) fn check(expression: &str) -> Result<(), Fault> {
    const FORMS: &str = "write cron(minutes hours day-of-month month day-of-week year), rate(n minutes) or at(yyyy-mm-ddThh:mm:ss)";
    let unknown = || fault("this is no schedule expression", FORMS);
    if expression.len() > LONGEST || !expression.is_ascii() {
        return Err(unknown());
    }
    let (kind, rest) = expression.split_once('(').ok_or_else(unknown)?;
    let inner = rest.strip_suffix(')').ok_or_else(unknown)?;
    match kind {
        "cron" => cron(inner),
        "rate" => rate(inner),
        "at" => at(inner),
        _ => Err(unknown()),
    }
}

fn rate(inner: &str) -> Result<(), Fault> {
    const HELP: &str = "for example rate(5 minutes), rate(1 hour), rate(2 days)";
    let (value, unit) = inner
        .split_once(' ')
        .ok_or_else(|| fault("a rate is a number and a unit", HELP))?;
    let value: u32 = value
        .parse()
        .ok()
        .filter(|_| value.bytes().all(|b| b.is_ascii_digit()))
        .ok_or_else(|| fault("the rate begins with no whole number", HELP))?;
    if value == 0 {
        return Err(fault("a rate of 0 never comes", HELP));
    }
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    if !["minute", "hour", "day"].contains(&singular) {
        return Err(fault("the unit is none of minutes, hours, days", HELP));
    }
    let plural = unit.ends_with('s');
    if plural == (value == 1) {
        let right = if plural {
            singular.to_owned()
        } else {
            format!("{singular}s")
        };
        return Err(fault(
            format!("{value} takes the unit {right}"),
            format!("write rate({value} {right})"),
        ));
    }
    Ok(())
}

fn at(inner: &str) -> Result<(), Fault> {
    const HELP: &str = "write at(yyyy-mm-ddThh:mm:ss), a time that exists";
    let (day, time) = inner
        .split_once('T')
        .ok_or_else(|| fault("a day and a time are joined by T", HELP))?;
    if day.parse::<Date>().is_err() {
        return Err(fault("the day is none of the calendar", HELP));
    }
    let parts: Vec<&str> = time.split(':').collect();
    let fits = |text: &str, most: u8| {
        text.len() == 2
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse::<u8>().is_ok_and(|n| n <= most)
    };
    match parts.as_slice() {
        [hour, minute, second] if fits(hour, 23) && fits(minute, 59) && fits(second, 59) => Ok(()),
        _ => Err(fault("the time is none of the day", HELP)),
    }
}

fn cron(inner: &str) -> Result<(), Fault> {
    let given: Vec<&str> = inner.split(' ').collect();
    if given.iter().any(|field| field.is_empty()) {
        return Err(fault(
            "a field of cron is empty",
            "put one space between the six fields",
        ));
    }
    if given.len() != FIELDS.len() {
        let help = match given.as_slice() {
            // What a Unix crontab takes.
            [minute, hour, day, month, "*"] => {
                format!("AWS takes six fields: write cron({minute} {hour} {day} {month} ? *)")
            }
            [minute, hour, "*", month, weekday] => {
                format!("AWS takes six fields: write cron({minute} {hour} ? {month} {weekday} *)")
            }
            _ => "minutes hours day-of-month month day-of-week year".to_owned(),
        };
        return Err(fault(
            format!("cron has six fields, this one has {}", given.len()),
            help,
        ));
    }
    for (field, text) in FIELDS.iter().zip(&given) {
        for part in text.split(',') {
            field.part(part, text)?;
        }
    }
    match (given[2], given[4]) {
        ("?", "?") => Err(fault(
            "day of month and day of week are both `?`",
            "say one of them; `*` for every day",
        )),
        ("?", _) | (_, "?") => Ok(()),
        ("*", weekday) => Err(fault(
            "day of month and day of week are both given",
            format!(
                "put `?` for the one that does not matter: cron({} {} ? {} {weekday} {})",
                given[0], given[1], given[3], given[5]
            ),
        )),
        (day, _) => Err(fault(
            "day of month and day of week are both given",
            format!(
                "put `?` for the one that does not matter: cron({} {} {day} {} ? {})",
                given[0], given[1], given[3], given[5]
            ),
        )),
    }
}

impl Field {
    /// One part of a field, between commas.
    fn part(&self, part: &str, whole: &str) -> Result<(), Fault> {
        let wrong = |why: String| {
            let names = match self.names {
                [first, .., last] => format!(", or {first} to {last}"),
                _ => String::new(),
            };
            Err(fault(
                format!("`{part}` does not stand for {}: {why}", self.name),
                format!("{} takes {} to {}{names}", self.name, self.least, self.most),
            ))
        };
        let alone = part == whole;
        if part == "?" {
            if !self.special.contains('?') {
                return wrong("`?` stands for a day only".to_owned());
            }
            return if alone {
                Ok(())
            } else {
                wrong("`?` stands alone".to_owned())
            };
        }
        if self.special.contains('L') && part.contains('L') && !self.names.contains(&part) {
            return self.last(part, alone).or_else(wrong);
        }
        if self.special.contains('W')
            && let Some(day) = part.strip_suffix('W')
        {
            return match self.number(day) {
                Ok(_) if alone => Ok(()),
                Ok(_) => wrong("a weekday near a day stands alone".to_owned()),
                Err(why) => wrong(why),
            };
        }
        if self.special.contains('#')
            && let Some((day, nth)) = part.split_once('#')
        {
            return match (self.number(day), nth) {
                (Ok(_), "1" | "2" | "3" | "4" | "5") if alone => Ok(()),
                (Ok(_), "1" | "2" | "3" | "4" | "5") => wrong("`#` stands alone".to_owned()),
                (Ok(_), _) => wrong("a month has a weekday up to five times".to_owned()),
                (Err(why), _) => wrong(why),
            };
        }
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        if let Some(step) = step
            && digits(step).is_none_or(|n| n == 0 || n > self.most)
        {
            return wrong(format!("`{step}` is no step"));
        }
        if range == "*" {
            return Ok(());
        }
        let bounds = match range.split_once('-') {
            None => self.number(range).map(|n| (n, n)),
            Some((from, to)) => self
                .number(from)
                .and_then(|from| self.number(to).map(|to| (from, to))),
        };
        match bounds {
            Ok((from, to)) if from <= to => Ok(()),
            Ok(_) => wrong("the range ends before it begins".to_owned()),
            Err(why) => wrong(why),
        }
    }

    /// `L`, and in weeks `5L`: the last.
    fn last(&self, part: &str, alone: bool) -> Result<(), String> {
        let Some(before) = part.strip_suffix('L') else {
            // The last weekday of a month.
            return if part == "LW" && self.special.contains('W') {
                Ok(())
            } else {
                Err("`L` ends it".to_owned())
            };
        };
        if !alone {
            return Err("`L` stands alone".to_owned());
        }
        match before {
            "" => Ok(()),
            day if !self.names.is_empty() => self.number(day).map(|_| ()),
            _ => Err("`L` stands alone".to_owned()),
        }
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let named = self
            .names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text))
            .and_then(|index| u32::try_from(index).ok())
            .map(|index| index + self.least);
        match named.or_else(|| digits(text)) {
            Some(number) if (self.least..=self.most).contains(&number) => Ok(number),
            Some(number) => Err(format!("{number} is out of range")),
            None if text.is_empty() => Err("a value is missing".to_owned()),
            None => Err(format!("`{text}` is no value")),
        }
    }
}

fn digits(text: &str) -> Option<u32> {
    (!text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_takes_passes() {
        for right in [
            "cron(0 3 * * ? *)",
            "cron(0/15 8-18 ? * MON-FRI *)",
            "cron(0 10 1,15 * ? 2027)",
            "cron(0 0 L * ? *)",
            "cron(0 0 LW * ? *)",
            "cron(0 0 15W * ? *)",
            "cron(30 9 ? JAN-MAR 2#1 *)",
            "cron(30 9 ? * 6L 2027-2030)",
            "cron(30 9 ? * fri *)",
            "cron(*/5 * * * ? *)",
            "cron(0 12 ? * L *)",
            "rate(1 minute)",
            "rate(5 minutes)",
            "rate(2 days)",
            "at(2028-02-29T23:59:59)",
        ] {
            assert_eq!(check(right), Ok(()), "{right}");
        }
    }

    #[test]
    fn near_misses_are_refused() {
        for (wrong, part) in [
            ("cron(0 3 * * *)", "six fields"),
            ("cron(0 3 * * * *)", "both given"),
            ("cron(0 3 1 * MON *)", "both given"),
            ("cron(0 3 ? * ? *)", "both `?`"),
            ("cron(60 3 * * ? *)", "60 is out of range"),
            ("cron(0 24 * * ? *)", "24 is out of range"),
            ("cron(0 3 32 * ? *)", "32 is out of range"),
            ("cron(0 3 0 * ? *)", "0 is out of range"),
            ("cron(0 3 * 13 ? *)", "13 is out of range"),
            ("cron(0 3 ? * 8 *)", "8 is out of range"),
            ("cron(0 3 ? * MO *)", "`MO` is no value"),
            ("cron(0 3 ? * 2#6 *)", "up to five"),
            ("cron(0 3 ? * FRI-MON *)", "ends before"),
            ("cron(0/0 3 * * ? *)", "no step"),
            ("cron(0 3 * * ? 1969)", "out of range"),
            ("cron(? 3 * * ? *)", "a day only"),
            ("cron(0 3 ?,1 * ? *)", "stands alone"),
            ("cron(0 3 L,1 * ? *)", "stands alone"),
            ("cron(0 3 1, * ? *)", "missing"),
            ("cron(0  3 * * ? *)", "empty"),
            ("cron(0 3 ? * # *)", "missing"),
            ("rate(0 minutes)", "never"),
            ("rate(1 minutes)", "takes the unit minute"),
            ("rate(5 minute)", "takes the unit minutes"),
            ("rate(5 weeks)", "none of"),
            ("rate(-5 minutes)", "no whole number"),
            ("rate(+5 minutes)", "no whole number"),
            ("rate(5)", "number and a unit"),
            ("at(2027-02-29T00:00:00)", "calendar"),
            ("at(2027-02-28T24:00:00)", "none of the day"),
            ("at(2027-02-28)", "joined by T"),
            ("every day", "no schedule"),
            ("cron(0 3 * * ? *", "no schedule"),
            ("", "no schedule"),
        ] {
            let fault = check(wrong).unwrap_err();
            assert!(fault.message.contains(part), "{wrong}: {}", fault.message);
        }
    }

    #[test]
    fn a_crontab_is_translated() {
        assert_eq!(
            check("cron(0 3 * * MON)").unwrap_err().help,
            "AWS takes six fields: write cron(0 3 ? * MON *)"
        );
        assert_eq!(check("cron(0 3 ? * MON *)"), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}", inner in "[0-9A-Z*?/,#LW -]{0,40}") {
            let _ = (check(&text), check(&format!("cron({inner})")), check(&format!("rate({inner})")), check(&format!("at({inner})")));
        }
    }
}
