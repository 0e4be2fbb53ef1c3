//! Clouds that realise a service; one folder each.

pub mod aws;
