//! Manifest and blueprint → the neutral service.

pub mod model;

pub use model::Service;
