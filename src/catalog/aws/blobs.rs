//! The container of the machine-made facts: a sorted text index followed by one deflated document per entry.
//!
//! ```text
//! slgen.blobs/1 2026-09-26 456\n      format, vintage, number of entries
//! a2c 0 312\n                         name, offset of the blob after the index, its length; sorted by name
//! …
//! <blobs>
//! ```

use std::io::Read;
use std::sync::OnceLock;

/// An upper bound of one decoded document; the largest today is 350 kB.
const MAX_DECODED: u64 = 8 << 20;

/// How many times as large as its blob a document is, at most but for rare ones.
const DEFLATED: usize = 16;

/// What a blob is read into.
pub(super) trait Document: Sized {
    /// Reads it of its text, which stays for as long as the process: it is borrowed, not copied.
    fn read(text: &'static str) -> Option<Self>;
}

/// A container of facts whose documents have the type `T`.
pub(super) struct Blobs<T> {
    bytes: &'static [u8],
    index: OnceLock<Index<T>>,
}

struct Index<T> {
    vintage: &'static str,
    entries: Vec<Entry<T>>,
}

struct Entry<T> {
    name: &'static str,
    blob: &'static [u8],
    decoded: OnceLock<Option<T>>,
}

impl<T: Document> Blobs<T> {
    /// Wraps an embedded container; nothing is read yet.
    pub(super) const fn new(bytes: &'static [u8]) -> Self {
        Self {
            bytes,
            index: OnceLock::new(),
        }
    }

    /// The document called `name`, decoded when first asked for.
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        let entries = &self.index().entries;
        let at = entries
            .binary_search_by(|entry| entry.name.cmp(name))
            .ok()?;
        let entry = entries.get(at)?;
        entry.decoded.get_or_init(|| decode(entry.blob)).as_ref()
    }

    /// Whether there is a document called `name`; decodes none.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.index()
            .entries
            .binary_search_by(|entry| entry.name.cmp(name))
            .is_ok()
    }

    /// All names, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.index().entries.iter().map(|entry| entry.name)
    }

    /// The date of the facts, `YYYY-MM-DD`.
    pub(super) fn vintage(&self) -> &'static str {
        self.index().vintage
    }

    fn index(&self) -> &Index<T> {
        self.index.get_or_init(|| {
            // The files are embedded and tested whole; a damaged one reads as empty, never as a panic.
            parse(self.bytes).unwrap_or(Index {
                vintage: "",
                entries: Vec::new(),
            })
        })
    }
}

fn parse<T>(bytes: &'static [u8]) -> Option<Index<T>> {
    let (header, mut rest) = line(bytes)?;
    let mut words = header.split(' ');
    if words.next() != Some("slgen.blobs/1") {
        return None;
    }
    let vintage = words.next()?;
    let count: usize = words.next()?.parse().ok()?;
    let mut places = Vec::with_capacity(count.min(bytes.len()));
    for _ in 0..count {
        let (text, after) = line(rest)?;
        let mut words = text.split(' ');
        let name = words.next()?;
        let offset: usize = words.next()?.parse().ok()?;
        let length: usize = words.next()?.parse().ok()?;
        places.push((name, offset, length));
        rest = after;
    }
    let entries = places
        .into_iter()
        .map(|(name, offset, length)| {
            let blob = rest.get(offset..offset.checked_add(length)?)?;
            Some(Entry {
                name,
                blob,
                decoded: OnceLock::new(),
            })
        })
        .collect::<Option<Vec<_>>>()?;
    entries
        .is_sorted_by(|a, b| a.name < b.name)
        .then_some(Index { vintage, entries })
}

fn line(bytes: &'static [u8]) -> Option<(&'static str, &'static [u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (head, tail) = bytes.split_at(end);
    Some((std::str::from_utf8(head).ok()?, tail.get(1..)?))
}

fn decode<T: Document>(blob: &[u8]) -> Option<T> {
    // Room that is not used is never touched, and growing would copy.
    let mut text = Vec::with_capacity(blob.len() * DEFLATED);
    flate2::bufread::DeflateDecoder::new(blob)
        .take(MAX_DECODED)
        .read_to_end(&mut text)
        .ok()?;
    T::read(std::str::from_utf8(text.leak()).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Document for String {
        fn read(text: &'static str) -> Option<Self> {
            Some(text.to_owned())
        }
    }

    proptest! {
        #[test]
        fn a_damaged_container_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let leaked: &'static [u8] = Box::leak(bytes.into_boxed_slice());
            let blobs = Blobs::<String>::new(leaked);
            prop_assert_eq!(blobs.names().count(), 0);
        }

        #[test]
        fn a_lying_index_never_panics(offset: usize, length: usize, count in 0_usize..4) {
            let text = format!("slgen.blobs/1 2026-01-01 {count}\na {offset} {length}\nb 0 1\nxyz");
            let leaked: &'static [u8] = Box::leak(text.into_bytes().into_boxed_slice());
            let blobs = Blobs::<String>::new(leaked);
            prop_assert!(blobs.get("a").is_none());
            prop_assert!(blobs.names().count() <= count);
        }
    }
}
