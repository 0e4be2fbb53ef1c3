//! How much work a decision may take: counted, not timed, so that the answer is the same on every machine.

/// Remaining work.
#[derive(Debug, Clone)]
pub(super) struct Budget(u64);

/// The work ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spent;

impl Budget {
    /// So many units; one is about a character compared.
    pub(super) fn new(units: u64) -> Self {
        Self(units)
    }

    /// Takes `units`.
    pub(super) fn spend(&mut self, units: usize) -> Result<(), Spent> {
        match self.0.checked_sub(units as u64) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => {
                self.0 = 0;
                Err(Spent)
            }
        }
    }
}
