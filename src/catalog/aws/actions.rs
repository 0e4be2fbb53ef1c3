//! Names and access levels of all IAM actions. They stand apart from what else is known of an action: most that is asked
//! is whether one exists, and what it does.
//!
//! A line is an action, a tab, and the letter of its access level. The lines are in order, and searched as they are.

use memchr::{memchr, memchr_iter, memrchr};

static LINES: &str = include_str!("data/actions.txt");

/// A line: the operation in its canonical case, and the letter of its access level.
pub(super) type Line = (&'static str, &'static str);

/// The line of an action: of a service (in lower case), the case of the operation ignored.
pub(super) fn find(prefix: &str, operation: &str) -> Option<Line> {
    if operation.contains(['*', '?']) {
        return None;
    }
    // Almost all are written in their canonical case.
    let name = format!("{prefix}:{operation}");
    let exact = exact(LINES, &name).map(|(_, line)| line);
    let line = exact.or_else(|| {
        let mut lines = service(prefix).lines();
        lines.find(|line| name_of(line).eq_ignore_ascii_case(&name))
    })?;
    let (name, level) = line.split_once('\t')?;
    Some((name.get(prefix.len() + 1..)?, level))
}

/// The number of an action among those of its service (in lower case); `operation` is in its canonical case.
pub(super) fn number(prefix: &str, operation: &str) -> Option<usize> {
    let name = format!("{prefix}:{operation}");
    let lines = service(prefix);
    let (at, _) = exact(lines, &name)?;
    Some(memchr_iter(b'\n', &lines.as_bytes()[..at]).count())
}

/// The operations of a service (in lower case), in their order and canonical case.
pub(super) fn of(prefix: &str) -> impl Iterator<Item = &'static str> + use<> {
    let names = service(prefix).lines().map(name_of);
    names.filter_map(|name| Some(name.split_once(':')?.1))
}

/// The lines of a service.
fn service(prefix: &str) -> &'static str {
    let begin = format!("{prefix}:");
    let lines = &LINES[first(LINES, |line| line < begin.as_str())..];
    &lines[..first(lines, |line| line.starts_with(&begin))]
}

/// The line of this very name, and where it begins.
fn exact(lines: &'static str, name: &str) -> Option<(usize, &'static str)> {
    let at = first(lines, |line| name_of(line) < name);
    let line = lines[at..].lines().next()?;
    (name_of(line) == name).then_some((at, line))
}

fn name_of(line: &str) -> &str {
    &line[..memchr(b'\t', line.as_bytes()).unwrap_or(line.len())]
}

/// Where the first line begins that does not stand before what is looked for.
fn first(lines: &str, before: impl Fn(&str) -> bool) -> usize {
    let bytes = lines.as_bytes();
    let (mut low, mut high) = (0, lines.len());
    while low < high {
        let middle = low.midpoint(high);
        let start = memrchr(b'\n', &bytes[low..middle]).map_or(low, |at| low + at + 1);
        let end = memchr(b'\n', &bytes[middle..high]).map_or(high, |at| middle + at + 1);
        if before(&lines[start..end]) {
            low = end;
        } else {
            high = start;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_in_order_and_each_is_found() {
        // Any byte is the end of a character.
        assert!(LINES.is_ascii());
        let names = LINES.lines().map(|line| line.split_once('\t').unwrap().0);
        assert!(names.clone().is_sorted_by(|a, b| a < b));
        for name in names {
            let (prefix, operation) = name.split_once(':').unwrap();
            for spelled in [operation.to_owned(), operation.to_ascii_uppercase()] {
                assert_eq!(find(prefix, &spelled).unwrap().0, operation, "{name}");
            }
        }
    }

    #[test]
    fn a_service_has_its_lines_and_no_others() {
        let prefixes = LINES.lines().map(|line| line.split_once(':').unwrap().0);
        let mut counts = std::collections::BTreeMap::new();
        for prefix in prefixes {
            *counts.entry(prefix).or_insert(0) += 1;
        }
        for (prefix, count) in counts {
            assert_eq!(of(prefix).count(), count, "{prefix}");
            for (at, operation) in of(prefix).enumerate() {
                assert_eq!(number(prefix, operation), Some(at), "{prefix}:{operation}");
            }
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for (prefix, operation) in [
            ("s3", "GetObjects"),
            ("s3", "Get"),
            ("s3", ""),
            ("s4", "GetObject"),
            ("", "GetObject"),
            ("", ""),
            ("zzz", "Zzz"),
            ("s3", "é"),
            ("s3:GetObject\tR\ns3", "GetObject"),
        ] {
            assert!(find(prefix, operation).is_none(), "{prefix}:{operation}");
            assert!(number(prefix, operation).is_none(), "{prefix}:{operation}");
        }
    }
}
