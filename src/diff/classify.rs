//! Which way an attribute goes, by the table's comparisons.

use std::collections::BTreeSet;

use super::Direction;
use super::blocks::{self, values};
use super::table::{Compare, Row, Severer};
use crate::catalog::aws::runtimes;
use crate::catalog::secret;
use crate::graph::{Kind, Resource, Value};
use crate::guardrail::Severity;

/// What a row says about two resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) direction: Direction,
    pub(super) severity: Severity,
    /// Whether it means what the row's milder value does.
    pub(super) milder: bool,
    /// The part of the attribute that it is about: a key of a map.
    pub(super) part: Option<String>,
}

/// Judges one attribute; `None` where the row sees no difference. `account` is that of the stack.
pub(super) fn judge(
    row: &Row,
    before: &Resource,
    after: &Resource,
    account: Option<&str>,
) -> Vec<Judged> {
    let (old, new) = (values(before, &row.path), values(after, &row.path));
    match &row.compare {
        Compare::Names(names) => {
            return by_key(
                row,
                &old,
                &new,
                &|key, _| names.iter().any(|n| n == key),
                true,
            );
        }
        Compare::SecretNames => {
            let secret = |key: &str, value: &str| secret::looks_secret(key, value).is_some();
            return by_key(row, &old, &new, &secret, false);
        }
        // Sets count as a whole, whichever block their elements stand in.
        Compare::Grew | Compare::Shrank | Compare::AnyOf | Compare::Cidr => {
            return one(row, (before, after), (&old, &new), account)
                .into_iter()
                .collect();
        }
        _ => {}
    }
    let pairs = blocks::pairs(before, after, &row.path).into_iter();
    let judged = pairs.filter_map(|(old, new)| one(row, (before, after), (&old, &new), account));
    // One finding for each way it goes: the worst.
    let mut worst: Vec<Judged> = Vec::new();
    for judged in judged {
        match worst.iter_mut().find(|w| w.direction == judged.direction) {
            Some(known) if known.severity < judged.severity => *known = judged,
            Some(_) => {}
            None => worst.push(judged),
        }
    }
    worst
}

/// Judges the values of one block, or of all.
fn one(
    row: &Row,
    (before, after): (&Resource, &Resource),
    (old, new): (&[&Value], &[&Value]),
    account: Option<&str>,
) -> Option<Judged> {
    let (old_texts, new_texts) = (texts(old), texts(new));
    if old_texts == new_texts {
        return None;
    }
    let all = old.iter().chain(new);
    let mut direction = direction(row, &old_texts, &new_texts);
    // The other attribute explains the change; where it has not changed, nothing does.
    if let Some(with) = &row.with
        && matches!(row.compare, Compare::Shrank)
        && old_texts.difference(&new_texts).next().is_some()
        && new_texts.difference(&old_texts).next().is_some()
        && texts(&values(before, with)) == texts(&values(after, with))
    {
        direction = Some(Direction::Undetermined);
    }
    // What is not known may be anything; that an attribute comes or goes is known all the same.
    let presence = matches!(row.compare, Compare::Removed | Compare::Added)
        && (old.is_empty() || new.is_empty());
    let fixed = matches!(row.compare, Compare::Changed);
    if direction.is_some() && !presence && !fixed && all.clone().any(|v| !v.is_known()) {
        direction = Some(Direction::Undetermined);
        if row.compare == Compare::Pin {
            direction = Some(super::pins::image_direction(&old_texts, &new_texts));
        }
    }
    let mut direction = direction?;
    if let Some(backwards) = &row.backwards {
        let other = values(after, &backwards.path);
        if other
            .iter()
            .any(|v| v.as_str().is_some_and(|t| t.starts_with(&backwards.starts)))
        {
            direction = direction.reversed();
        }
    }
    let news = match direction {
        Direction::Narrowing => old_texts.difference(&new_texts).collect::<Vec<_>>(),
        _ => new_texts.difference(&old_texts).collect(),
    };
    let severity = severer(&row.severer, "", row.severity, &news, account);
    let milder = row
        .milder
        .as_ref()
        .filter(|milder| !news.is_empty() && news.iter().all(|value| **value == milder.value));
    Some(Judged {
        direction,
        severity: milder.map_or(severity, |milder| milder.severity),
        milder: milder.is_some(),
        part: None,
    })
}

/// The greatest severity that one of the values asks for.
pub(super) fn severer(
    list: &[Severer],
    path: &str,
    least: Severity,
    values: &[&String],
    account: Option<&str>,
) -> Severity {
    list.iter()
        .filter(|s| s.path == path && values.iter().any(|v| worse(&s.value, v, account)))
        .map(|s| s.severity)
        .fold(least, Ord::max)
}

fn worse(pattern: &str, value: &str, account: Option<&str>) -> bool {
    if pattern == "@foreign" {
        return foreign(value, account);
    }
    match pattern.strip_prefix('*') {
        Some(end) if !end.is_empty() => value.ends_with(end),
        _ => value == pattern,
    }
}

/// Whether an ARN names another account.
pub(super) fn foreign(arn: &str, account: Option<&str>) -> bool {
    let named = arn
        .strip_prefix("arn:")
        .and_then(|rest| rest.split(':').nth(3));
    match (named, account) {
        (Some(named), Some(account)) => {
            named.len() == 12 && named.bytes().all(|b| b.is_ascii_digit()) && named != account
        }
        _ => false,
    }
}

fn texts(values: &[&Value]) -> BTreeSet<String> {
    values
        .iter()
        .map(|v| match &v.kind {
            Kind::List(_) | Kind::Set(_) | Kind::Map(_) => v.source(),
            // A document in JSON is compared by what it says.
            _ => match super::normalise::canonical(v) {
                Some(document) if document.text().is_none() => document.source(),
                _ => v.text().unwrap_or_default(),
            },
        })
        .collect()
}

fn direction(row: &Row, old: &BTreeSet<String>, new: &BTreeSet<String>) -> Option<Direction> {
    use Direction::{Narrowing, Neutral, Undetermined, Widening};
    let changed = row.changed.unwrap_or(Neutral);
    let lost = old.difference(new).next().is_some();
    let gained = new.difference(old).next().is_some();
    let one = |set: &BTreeSet<String>| -> Option<String> {
        set.iter().next().cloned().or_else(|| row.absent.clone())
    };
    match &row.compare {
        Compare::Removed => Some(match (old.is_empty(), new.is_empty()) {
            (false, true) => Widening,
            (true, false) => Narrowing,
            _ => changed,
        }),
        Compare::Added => Some(match (old.is_empty(), new.is_empty()) {
            (true, false) => Widening,
            (false, true) => Narrowing,
            _ => changed,
        }),
        Compare::Off | Compare::On => {
            // It comes or goes, and nobody says what nothing stands for.
            let (Some(old), Some(new)) = (one(old), one(new)) else {
                return Some(Undetermined);
            };
            let direction = match (old.as_str(), new.as_str()) {
                (a, b) if a == b => return None,
                ("true", _) => Widening,
                (_, "true") => Narrowing,
                _ => Undetermined,
            };
            Some(if row.compare == Compare::Off {
                direction
            } else {
                direction.reversed()
            })
        }
        Compare::Lowered | Compare::Raised => {
            let number = |text: String| -> Option<f64> {
                if row.unlimited.as_ref() == Some(&text) {
                    return Some(f64::INFINITY);
                }
                text.parse().ok()
            };
            let (Some(old), Some(new)) = (one(old), one(new)) else {
                // It comes or goes, and nobody says what nothing stands for.
                return Some(Undetermined);
            };
            let (Some(old), Some(new)) = (number(old), number(new)) else {
                return Some(Undetermined);
            };
            let raised = match new.partial_cmp(&old)? {
                std::cmp::Ordering::Equal => return None,
                std::cmp::Ordering::Greater => Widening,
                std::cmp::Ordering::Less => Narrowing,
            };
            Some(if row.compare == Compare::Raised {
                raised
            } else {
                raised.reversed()
            })
        }
        Compare::Grew => Some(if gained { Widening } else { Narrowing }),
        Compare::Shrank => Some(match (lost, gained) {
            (true, true) => row.changed.unwrap_or(Widening),
            (true, false) => Widening,
            _ => Narrowing,
        }),
        Compare::AnyOf => Some(match (old.is_empty(), new.is_empty()) {
            (true, false) => Narrowing,
            (false, true) => Widening,
            _ if gained => Widening,
            _ => Narrowing,
        }),
        Compare::Order(groups) => {
            let (Some(old), Some(new)) = (one(old), one(new)) else {
                return Some(Undetermined);
            };
            if old == new {
                return None;
            }
            let rank = |text: &str| {
                groups
                    .iter()
                    .position(|group| group.iter().any(|v| v.eq_ignore_ascii_case(text)))
            };
            Some(match (rank(&old), rank(&new)) {
                (Some(a), Some(b)) if a < b => Widening,
                (Some(a), Some(b)) if a > b => Narrowing,
                _ => Undetermined,
            })
        }
        Compare::Cidr => Some(super::cidr::direction(old, new)),
        Compare::Pin => Some(super::pins::image_direction(old, new)),
        Compare::Constraint => {
            // Without one, every version is let in.
            let any = || ">= 0.0.0".to_owned();
            let (old, new) = (one(old).unwrap_or_else(any), one(new).unwrap_or_else(any));
            super::pins::constraint_direction(&old, &new)
        }
        Compare::Runtime => {
            let patched = |set: &BTreeSet<String>| -> Option<bool> {
                let runtime = runtimes::runtime(set.iter().next()?)?;
                let end = runtime.deprecation.as_deref();
                Some(end.is_none_or(|end| end >= runtimes::as_of()))
            };
            Some(match (patched(old), patched(new)) {
                (Some(true), Some(false)) => Widening,
                (Some(false), Some(true)) => Narrowing,
                (Some(_), Some(_)) => Neutral,
                _ => Undetermined,
            })
        }
        Compare::Changed => Some(row.changed.unwrap_or(Undetermined)),
        Compare::Names(_) | Compare::SecretNames => None,
    }
}

/// Keys of a map that matter: one judgement each.
fn by_key(
    row: &Row,
    old: &[&Value],
    new: &[&Value],
    matters: &dyn Fn(&str, &str) -> bool,
    values_matter: bool,
) -> Vec<Judged> {
    let entries = |maps: &[&Value]| -> std::collections::BTreeMap<String, String> {
        maps.iter()
            .filter_map(|v| match &v.kind {
                Kind::Map(map) => Some(map),
                _ => None,
            })
            .flatten()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k.clone(), v.text().unwrap_or_default()))
            .filter(|(k, v)| matters(k, v))
            .collect()
    };
    // What it holds is not known: anything may be among it.
    let unknown = |maps: &[&Value]| maps.iter().any(|v| !matches!(v.kind, Kind::Map(_)));
    if values_matter && (unknown(old) || unknown(new)) && texts(old) != texts(new) {
        return vec![Judged {
            direction: Direction::Undetermined,
            severity: row.severity.min(Severity::High),
            milder: false,
            part: None,
        }];
    }
    let (old, new) = (entries(old), entries(new));
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter_map(|key| {
            let direction = match (old.get(key), new.get(key)) {
                (None, Some(_)) => Direction::Widening,
                (Some(_), None) => Direction::Narrowing,
                (Some(a), Some(b)) if a != b && values_matter => Direction::Widening,
                (Some(a), Some(b)) if a != b => Direction::Neutral,
                _ => return None,
            };
            Some(Judged {
                direction,
                severity: row.severity,
                milder: false,
                part: Some(key.clone()),
            })
        })
        .collect()
}
