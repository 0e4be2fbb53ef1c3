//! Values that may be compared and never shown.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use sha2::{Digest, Sha256};

/// Makes keyed hashes of values. The key is of this run and leaves it in no form, so that a hash of a
/// weak value cannot be guessed from what is printed.
#[derive(Clone)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// With a random key. The standard library seeds each [`RandomState`] from the operating system.
    pub fn random() -> Self {
        let mut key = [0; 32];
        for (part, chunk) in key.chunks_mut(8).enumerate() {
            chunk.copy_from_slice(&RandomState::new().hash_one(part).to_ne_bytes());
        }
        Self(key)
    }

    /// The fingerprint of a value: equal within one run just for equal values.
    pub fn of(&self, value: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(value.as_bytes());
        format!("sha256:{}", hex::encode(&hash.finalize()[..8]))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_equal_within_a_run_only() {
        let (one, other) = (Fingerprint::random(), Fingerprint::random());
        assert_eq!(one.of("hunter2"), one.clone().of("hunter2"));
        assert_ne!(one.of("hunter2"), one.of("hunter3"));
        assert_ne!(one.of("hunter2"), other.of("hunter2"));
        assert!(!one.of("hunter2").contains("hunter2"));
        assert_eq!(format!("{one:?}"), "Fingerprint(…)");
    }
}
