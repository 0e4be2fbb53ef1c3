//! Facts: embedded, typed, decoded only when asked for.

pub mod aws;
