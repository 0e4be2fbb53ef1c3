//! What a name stands for: by the lock file, else by what the binary carries.

use super::{Lock, PinnedAction, PinnedImage, PinnedTool};
use crate::catalog::pins::carried;

/// Pins of a service.
#[derive(Debug, Clone, Default)]
pub struct Pins {
    lock: Option<Lock>,
}

impl Pins {
    /// Those of a lock file; without one, of the binary alone.
    pub fn new(lock: Option<Lock>) -> Self {
        Self { lock }
    }

    /// The pin of a base image as a Dockerfile names it, `public.ecr.aws/lambda/python:3.13`.
    pub fn image(&self, reference: &str) -> Option<&PinnedImage> {
        let own = self.lock.iter().flat_map(|lock| &lock.images);
        own.chain(&carried().images).find(|i| i.image == reference)
    }

    /// The pin of an action, `actions/checkout`.
    pub fn action(&self, name: &str) -> Option<&PinnedAction> {
        let own = self.lock.iter().flat_map(|lock| &lock.actions);
        own.chain(&carried().actions).find(|a| a.action == name)
    }

    /// The pin of a tool, `osv-scanner`.
    pub fn tool(&self, name: &str) -> Option<&PinnedTool> {
        let own = self.lock.iter().flat_map(|lock| &lock.tools);
        own.chain(&carried().tools).find(|t| t.tool == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pin::{Needed, parse, render, resolve};

    fn empty() -> Lock {
        resolve(Vec::new(), &Needed::default(), None)
    }

    #[test]
    fn the_lock_file_comes_first() {
        let mut lock = empty();
        let carried = Pins::default().action("actions/checkout").unwrap().clone();
        assert_eq!(
            Pins::new(Some(lock.clone())).action("actions/checkout"),
            Some(&carried)
        );
        let own = PinnedAction {
            commit: "0".repeat(40),
            ..carried
        };
        lock.actions.push(own.clone());
        assert_eq!(Pins::new(Some(lock)).action("actions/checkout"), Some(&own));
        assert_eq!(Pins::default().action("actions/check"), None);
    }

    #[test]
    fn what_the_binary_carries_is_a_valid_lock() {
        let carried = carried();
        let lock = Lock {
            images: carried.images.clone(),
            actions: carried.actions.clone(),
            tools: carried.tools.clone(),
            ..empty()
        };
        assert_eq!(
            parse("slgen.lock".into(), &render(&lock)).unwrap().lock,
            lock
        );
        assert!(carried.as_of.parse::<crate::date::Date>().is_ok());
        assert!(!carried.source.is_empty() && !carried.actions.is_empty());
    }
}
