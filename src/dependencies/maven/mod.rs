//! Maven: `pom.xml`, the checksums that Maven itself compares, and the lockfile of maven-lockfile.

mod checksums;
mod lockfile;
mod pom;

pub(super) use checksums::read as checksums;
pub(super) use lockfile::read as lockfile;
pub(super) use pom::declared;

use super::declared::not_locked;
use super::reading::Reading;
use super::{Declared, Lockfile};

/// The name of an artifact, as package URLs and advisories have it.
fn named(group: &str, artifact: &str) -> String {
    format!("{group}:{artifact}")
}

/// Finishes a lockfile that knows packages by [`named`]: what the project asks for, and what is missing.
fn finish(mut reading: Reading, declared: Option<&Declared>) -> Lockfile {
    let Some(declared) = declared else {
        return reading.finish();
    };
    for declaration in &declared.dependencies {
        // What stands for its name is not known here.
        let is_known = !declaration.name.contains("${");
        if is_known && !declaration.development && !reading.has(&declaration.name) {
            not_locked(&mut reading, declaration);
        }
    }
    let names = declared.dependencies.iter().map(|d| d.name.as_str());
    reading.direct(names);
    reading.finish()
}
