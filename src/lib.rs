//! slgen: a secure-by-default deployment generator for serverless functions.
//!
//! Data flows one way: manifest → service → ledger → rendered files → graph read back → verdict → disk.
#![forbid(unsafe_code)]

pub mod diagnostic;
pub mod graph;
pub mod iam;
pub mod manifest;
pub mod service;
