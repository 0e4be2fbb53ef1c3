//! Embedded facts about clouds and typed access to them.
//!
//! Ground floor: depends on nothing else in the crate. Every fact is a data file beside the code, decoded when it is
//! first asked for, so that starting the program costs nothing.

pub mod aws;
pub mod pins;
pub mod secret;
pub mod timezones;
pub mod unshipped;
pub mod webhooks;
