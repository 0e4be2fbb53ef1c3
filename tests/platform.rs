//! What platform teams do: publish blueprints, look at many services, move them to another version.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/example.rs"]
mod example_files;
#[path = "platform/fleet.rs"]
mod fleet;
#[path = "platform/impact.rs"]
mod impact;
#[path = "platform/oci.rs"]
mod oci;
#[path = "platform/pack.rs"]
mod pack;
#[path = "pin/registry.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod registry;
#[path = "platform/schemas.rs"]
mod schemas;
#[path = "platform/sources.rs"]
mod sources;
#[path = "platform/update.rs"]
mod update;
#[path = "platform/world.rs"]
mod world;
