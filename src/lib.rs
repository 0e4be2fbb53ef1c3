//! slgen: a secure-by-default deployment generator for serverless functions.
//!
//! Data flows one way: manifest → service → ledger → rendered files → graph read back → disk.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod blueprint;
pub mod cache;
pub mod catalog;
pub mod ci;
pub mod cli;
pub mod cloud;
pub mod date;
pub mod dependencies;
pub mod diagnostic;
pub mod diff;
pub mod edit;
pub mod fleet;
pub mod graph;
pub mod guardrail;
pub mod iam;
pub mod inputs;
pub mod live;
pub mod manifest;
pub mod package;
pub mod pin;
pub mod policy;
pub mod remote;
pub mod render;
pub mod sbom;
pub mod scaffold;
pub mod security;
pub mod service;
#[cfg(feature = "source")]
pub mod source;
mod threads;
pub mod vulns;
pub mod wizard;
pub mod workspace;
