//! Manifest and blueprint → the neutral service.

mod access;
mod advice;
mod build;
mod database;
mod explain;
mod function;
mod handler;
mod image;
mod keys;
pub mod model;
mod pushed;
mod reach;
mod settings;
mod streams;
mod trigger;

pub use build::{Checked, SourceFolders, blueprint_fault, build, check, check_loaded};
pub use explain::{Explained, explain};
pub use model::Service;
