//! Rules on files of a source folder that are shipped as they are, one file each, named after its id.

mod slg_auth_010;
mod slg_pkg_014;

use camino::Utf8PathBuf;
pub use slg_auth_010::{Signed, check_signed, unverified};
pub use slg_pkg_014::MARK;

use super::{Check, Finding, Rule};

/// Every rule, by id.
pub(super) const RULES: &[Rule] = &[
    Rule {
        meta: &slg_auth_010::META,
        check: Check::Shipped,
    },
    Rule {
        meta: &slg_pkg_014::META,
        check: Check::Shipped,
    },
];

/// A file, and the functions that it is shipped with.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Functions.
    pub functions: &'a [String],
    /// File, relative to the manifest's folder.
    pub file: &'a str,
    /// File, as the user names it.
    pub place: &'a Utf8PathBuf,
    /// Its text.
    pub text: &'a str,
}

/// The findings of a file, exceptions not applied.
pub fn check(input: &Input<'_>) -> Vec<Finding> {
    slg_pkg_014::check(input)
}
