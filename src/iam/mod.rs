//! AWS policy language: permissions in canonical form and how to read them from documents.

pub mod ledger;

pub use ledger::{Conditions, Effect, Permission, PolicyKind};
