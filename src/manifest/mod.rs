//! `slgen.yaml`: the model, and reading it with positions.

pub mod model;

pub use model::Manifest;
