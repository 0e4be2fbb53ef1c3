//! The roles around a stack, derived from its graph: what a pipeline needs to plan, apply and destroy it
//! ([`deployer`]), and what a comparison with the live account needs to read it ([`reader`]).
//!
//! Which calls a resource type takes is data (`lifecycle.json`), in the words of the provider: create, read, update,
//! delete. A call is allowed on the stack's own names only: `orders-prod-*`, so that functions may come and go without
//! a new policy. Where AWS makes up the id (keys, security groups, APIs, event source mappings) the tags `Service` and
//! `Environment` stand in for the name: asked for when the resource is made, required ever after. `*` is left to what
//! IAM checks on no resource, and then only in the stack's region.

mod boundary;
mod data;
pub mod deployer;
mod pack;
pub mod reader;
mod stack;

pub use boundary::{Held, Standing, standing};
pub use pack::{ManagedPolicy, to_value};
pub use stack::Stack;
