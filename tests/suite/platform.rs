//! What platform teams do: publish blueprints, look at many services, move them to another version.

mod fleet;
mod impact;
mod oci;
mod pack;
mod schemas;
mod sources;
mod update;
mod world;
