//! Manifest and blueprint → the neutral service.

mod build;
pub mod model;

pub use build::{SourceFolders, build};
pub use model::Service;
