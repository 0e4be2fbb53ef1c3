//! AWS policy language: documents and permissions, what they allow, and what a change newly allows.

pub mod access;
pub mod blast;
pub mod document;
pub mod escalation;
pub mod evaluate;
pub mod findings;
mod holders;
mod json;
pub mod ledger;
mod operator;
mod reach;
pub mod read;
pub mod request;
pub mod roles;
mod template;
pub mod text;
mod typed;

pub use access::{Boundary, Grants, Verdict, new_access, new_resource_access};
pub use document::Document;
pub use ledger::{Conditions, Effect, Permission, PolicyKind};
pub use operator::operator;
pub use read::{INVOKE_CONDITIONS, Unreadable, permissions};
pub use request::{Caller, Context, Request};
pub use template::{action_matches, patterns_meet};
pub use text::{Bindings, Piece, Text};
