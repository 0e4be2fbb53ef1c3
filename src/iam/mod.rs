//! AWS policy language: permissions in canonical form and how to read them from documents.

mod holders;
pub mod ledger;
pub mod read;
pub mod text;

pub use ledger::{Conditions, Effect, Permission, PolicyKind};
pub use read::{Unreadable, permissions};
pub use text::{Bindings, Piece, Text};

/// A condition operator by its name (IAM user guide, "Condition operators"), `IfExists` and set
/// prefixes included; `None` when there is none.
pub fn operator(name: &str) -> Option<&'static str> {
    const OPERATORS: [&str; 14] = [
        "ArnEquals",
        "ArnLike",
        "ArnNotEquals",
        "ArnNotLike",
        "Bool",
        "IpAddress",
        "NotIpAddress",
        "Null",
        "NumericEquals",
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "StringNotEquals",
        "StringNotLike",
    ];
    OPERATORS.into_iter().find(|operator| *operator == name)
}
