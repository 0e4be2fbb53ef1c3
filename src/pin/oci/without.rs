//! Stands for a registry where slgen was built without the feature `live`.

use std::convert::Infallible;

use super::{Artifact, Resolved};
use crate::date::Date;
use crate::pin::budget::Budget;
use crate::pin::reference::Reference;
use crate::pin::trouble::{Kind, Trouble};

/// Asks nobody: there is none.
#[derive(Debug)]
pub struct Registry(Infallible);

impl Registry {
    /// # Errors
    /// Always.
    pub fn new(_budget: Budget) -> Result<Self, Trouble> {
        Err(Trouble::new(
            Kind::Unanswered,
            "this slgen was built without the feature `live`, and asks no registry",
            "use one that has it, or pin with --offline what is known already",
        ))
    }

    pub(in crate::pin) fn resolve(&self, _: &Reference) -> Result<Option<Resolved>, Trouble> {
        match self.0 {}
    }

    pub(in crate::pin) fn has(&self, _: &Reference, _: &str) -> Result<bool, Trouble> {
        match self.0 {}
    }

    pub(crate) fn artifact(
        &self,
        _: &Reference,
        _: &str,
        _: &[&str],
        _: u64,
    ) -> Result<Option<Artifact>, Trouble> {
        match self.0 {}
    }

    pub(in crate::pin) fn created(
        &self,
        _: &Reference,
        _: &Resolved,
    ) -> Result<Option<Date>, Trouble> {
        match self.0 {}
    }
}
