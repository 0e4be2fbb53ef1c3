//! Numbers with their overrides, held against AWS's limits, floors and locks.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::build::{Build, code};
use super::model::{Function, Setting};
use crate::catalog::aws::quotas::{log_retention_days, quota};
use crate::manifest::{escape, model, similar};

/// Settings of a function that an environment may set.
const PER_ENVIRONMENT: [&str; 3] = ["concurrency", "memory_mb", "timeout_s"];

/// A number: where it stands, what it is, what it may be.
pub(super) struct Number<'a> {
    /// Setting, as messages name it.
    pub(super) name: &'a str,
    /// JSON pointer in the manifest.
    pub(super) pointer: &'a str,
    /// Path under `environments.E.set`.
    pub(super) path: &'a str,
    /// Value unless an environment sets another.
    pub(super) default: u32,
    /// What AWS takes.
    pub(super) range: (u32, u32),
}

/// A limit of the catalog as a setting's type.
pub(super) fn limit(id: &str) -> u32 {
    u32::try_from(quota(id).value).unwrap_or(u32::MAX)
}

impl Build<'_> {
    /// A number with its overrides, held against what AWS takes.
    pub(super) fn setting(&mut self, number: &Number<'_>) -> Setting {
        let Number {
            name,
            pointer,
            path,
            default,
            range,
        } = *number;
        let overrides: IndexMap<String, u32> = self
            .loaded
            .manifest
            .environments
            .iter()
            .filter_map(|(env, e)| e.set.get(path).map(|value| (env.clone(), *value)))
            .collect();
        for (at, value) in places(path, &overrides).chain([(pointer.to_owned(), default)]) {
            if !(range.0..=range.1).contains(&value) {
                self.fault(
                    code::BOUNDS,
                    &at,
                    format!("{name} is {value}"),
                    format!("AWS takes {} to {}", range.0, range.1),
                );
            }
        }
        Setting { default, overrides }
    }

    /// Days that logs are kept.
    pub(super) fn retention(&mut self, own: Option<u32>) -> Setting {
        let known = log_retention_days();
        let number = Number {
            name: "retention_days",
            pointer: "/logs/retention_days",
            path: "logs.retention_days",
            default: own.unwrap_or_default(),
            range: (1, u32::MAX),
        };
        let before = self.faults.len();
        let setting = self.setting(&number);
        if self.faults.len() > before {
            return setting;
        }
        let places = places(number.path, &setting.overrides)
            .chain([(number.pointer.to_owned(), setting.default)]);
        for (at, days) in places.filter(|(_, days)| !known.contains(days)) {
            let mut help = String::from("CloudWatch Logs takes ");
            match known.iter().find(|k| **k > days) {
                Some(next) => _ = write!(help, "{next}, the next longer"),
                None => _ = write!(help, "at most {}", known.last().unwrap_or(&0)),
            }
            self.fault(
                code::BOUNDS,
                &at,
                format!("no log group is kept for {days} days"),
                help,
            );
        }
        setting
    }

    /// Paths under `set` that no setting has.
    pub(super) fn set_paths(&mut self) {
        let manifest = &self.loaded.manifest;
        let known: Vec<String> = std::iter::once("logs.retention_days".to_owned())
            .chain(manifest.functions.keys().flat_map(|name| {
                PER_ENVIRONMENT.map(|setting| format!("functions.{name}.{setting}"))
            }))
            .collect();
        for (env, environment) in &manifest.environments {
            for path in environment.set.keys().filter(|path| !known.contains(*path)) {
                let at = format!("/environments/{}/set/{}", escape(env), escape(path));
                if self.loaded.is_damaged(&at) {
                    continue;
                }
                let help = near_path(path, manifest).map_or_else(
                    || "functions.<name>.concurrency, .memory_mb or .timeout_s, or logs.retention_days".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let diagnostic = self
                    .loaded
                    .error(
                        code::UNKNOWN,
                        &at,
                        format!("`{path}` cannot be set for an environment"),
                        help,
                    )
                    .at(self.loaded.key_span(&at));
                self.faults.push(diagnostic);
            }
        }
    }

    /// AWS keeps some concurrent executions unreserved (Lambda developer guide, "Reserved concurrency").
    pub(super) fn reservations(&mut self, functions: &IndexMap<String, Function>) {
        let unreserved = quota("unreserved_concurrency").value;
        for (env, environment) in &self.loaded.manifest.environments {
            let limit = ["lambda.concurrent_executions", "account_concurrency"]
                .iter()
                .find_map(|id| environment.quotas.get(*id).copied())
                .unwrap_or(quota("account_concurrency").value);
            let of = |f: &Function| {
                let setting = &f.concurrency;
                u64::from(*setting.overrides.get(env).unwrap_or(&setting.default))
            };
            let reserved: u64 = functions.values().map(of).sum();
            if reserved.saturating_add(unreserved) > limit {
                let most = functions.iter().max_by_key(|(_, f)| of(f));
                let mut diagnostic = self.loaded.error(
                    code::QUOTA,
                    &format!("/environments/{}", escape(env)),
                    format!("the functions reserve {reserved} of {limit} concurrent executions; {unreserved} must stay unreserved"),
                    "reserve less, or state the raised limit: quotas: { lambda.concurrent_executions: N }",
                );
                if let Some((name, function)) = most {
                    diagnostic = diagnostic.note(format!("{name} reserves most, {}", of(function)));
                }
                self.faults.push(diagnostic);
            }
        }
    }
}

/// The path under `set` that was probably meant: its function and its setting looked at alone.
fn near_path(path: &str, manifest: &model::Manifest) -> Option<String> {
    let Some((name, setting)) = path
        .strip_prefix("functions.")
        .and_then(|rest| rest.rsplit_once('.'))
    else {
        return similar(path, ["logs.retention_days"].into_iter()).map(str::to_owned);
    };
    let names = manifest.functions.keys().map(String::as_str);
    let name = if manifest.functions.contains_key(name) {
        name
    } else {
        similar(name, names)?
    };
    let setting = similar(setting, PER_ENVIRONMENT.into_iter())?;
    Some(format!("functions.{name}.{setting}"))
}

/// Where environments set a path, and to what.
pub(super) fn places<'a>(
    path: &'a str,
    overrides: &'a IndexMap<String, u32>,
) -> impl Iterator<Item = (String, u32)> + 'a {
    overrides.iter().map(move |(env, value)| {
        (
            format!("/environments/{}/set/{}", escape(env), escape(path)),
            *value,
        )
    })
}
