//! What exists in an account, read into the graph.

pub mod aws;
#[cfg(feature = "live")]
pub(crate) mod tls;
