//! AWS: realises a neutral service as names, ARNs, policies and template contexts. Pure.

pub mod access;
pub mod access_logs;
pub mod alarm;
mod allow;
pub mod api;
mod builder;
mod collisions;
pub(crate) mod database;
pub mod environment;
mod event;
mod filter;
pub mod function;
pub mod image;
mod keys;
pub mod ledger;
pub mod logging;
pub mod names;
pub mod network;
mod object;
mod order;
pub mod policy;
pub mod reference;
pub mod resources;
pub mod shared;
pub mod skips;
mod stack;
mod streams;
mod topics;
mod url;

pub use builder::{Builder, Content, Planned, Problem};
pub use stack::{Stack, realise};
