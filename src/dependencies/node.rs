//! What the lockfiles of Node's package managers have in common.

use super::reading::Reading;
use super::{Declared, Lockfile};

/// Direct packages, what is missing, and what only development needs, by what is declared.
pub(super) fn finish(
    mut reading: Reading,
    declared: Option<&Declared>,
    keys: impl Fn(&str, &str) -> Vec<String>,
) -> Lockfile {
    let Some(declared) = declared else {
        return reading.finish();
    };
    let mut direct = Vec::new();
    let mut needed = Vec::new();
    for declaration in &declared.dependencies {
        let keys = keys(&declaration.name, &declaration.specifier);
        match keys.into_iter().find(|key| reading.has(key)) {
            Some(key) => {
                if !declaration.development {
                    needed.push(key.clone());
                }
                direct.push(key);
            }
            None => super::declared::not_locked(&mut reading, declaration),
        }
    }
    reading.direct(direct.iter().map(String::as_str));
    if declared.workspace {
        return reading.finish();
    }
    reading.finish_for(needed.iter().map(String::as_str))
}

/// Name and specifier of `name@specifier`.
pub(super) fn descriptor(text: &str) -> Option<(&str, &str)> {
    let scope = usize::from(text.starts_with('@'));
    let at = text.get(scope..)?.find('@')? + scope;
    let (name, specifier) = (&text[..at], &text[at + 1..]);
    (!name.is_empty()).then_some((name, specifier))
}
