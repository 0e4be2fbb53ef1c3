//! The questions, each in one place.

mod access;
mod function;
mod resource;
mod service;
mod trigger;

pub(super) use access::*;
pub(super) use function::*;
pub(super) use resource::*;
pub(super) use service::*;
pub(super) use trigger::*;

use super::Asking;
use crate::manifest::escape;

/// The function that the answers are about.
pub(in crate::wizard) fn function(asking: &Asking) -> String {
    let name = asking.text("function").or(asking.text("name"));
    format!("/functions/{}", escape(name.unwrap_or_default()))
}
