//! Facts about AWS: IAM actions, SDK operations, resource kinds, grants, runtimes, images, quotas, risks, the provider pin.

mod actions;
mod blobs;
pub mod calls;
pub mod databases;
pub mod grants;
pub mod iam;
pub mod images;
pub mod kinds;
pub mod operations;
pub mod provider;
pub mod quotas;
pub mod region;
pub mod risk;
pub mod runtimes;
pub mod suggest;
