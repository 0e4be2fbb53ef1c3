//! The built binary and the library on real manifests, without network or any other tool: one program, since each is linked
//! with the whole crate.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/example.rs"]
mod example_files;
#[cfg(feature = "live")]
#[path = "../common/fake.rs"]
mod fake;
#[path = "../common/fields.rs"]
mod fields;
#[path = "../common/page.rs"]
mod page;
#[path = "../common/pipeline_files.rs"]
mod pipeline_files;
#[path = "../common/registry.rs"]
mod registry;
#[path = "../common/tree.rs"]
mod tree;
#[path = "../common/trigger.rs"]
mod trigger;
#[path = "../common/update.rs"]
mod update;
#[path = "../common/validators.rs"]
mod validators;

mod access;
mod blueprints;
mod blueprints_page;
mod cli;
mod database;
mod dependencies;
mod deployer;
mod determinism;
mod diagnostics;
mod diff;
mod edit;
mod explain;
mod foreign;
mod global;
mod guardrail;
mod handler_file;
mod hardening;
mod hostile;
mod ledger;
mod live;
mod own;
mod package;
mod permissions;
mod pin;
mod pipelines;
mod platform;
mod policies;
mod read_back;
mod readme;
mod recorded;
mod scaffold;
mod security;
mod signed;
mod skips;
mod source;
mod until;
mod vulns;
mod wizard;
mod workspace_faults;
