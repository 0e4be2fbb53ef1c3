//! Deflated JSON documents behind a sorted index; each decoded on first use.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Mutex;

use serde::de::DeserializeOwned;

/// Largest document, inflated; a guard against a damaged file.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A set of documents of one type.
pub(super) struct Blob<T: 'static> {
    index: &'static str,
    bytes: &'static [u8],
    decoded: Mutex<BTreeMap<String, Option<&'static T>>>,
}

impl<T: DeserializeOwned + Send + Sync> Blob<T> {
    pub(super) const fn new(index: &'static str, bytes: &'static [u8]) -> Self {
        Self {
            index,
            bytes,
            decoded: Mutex::new(BTreeMap::new()),
        }
    }

    /// Names of the documents, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.index.lines().filter_map(|line| line.split(' ').next())
    }

    /// A document by name. It is decoded once and kept for the rest of the run.
    pub(super) fn get(&self, name: &str) -> Option<&'static T> {
        let mut decoded = self
            .decoded
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(document) = decoded.get(name) {
            return *document;
        }
        let document = self
            .decode(name)
            .map(|document| &*Box::leak(Box::new(document)));
        decoded.insert(name.to_owned(), document);
        document
    }

    fn decode(&self, name: &str) -> Option<T> {
        let line = self
            .index
            .lines()
            .find(|line| line.split(' ').next() == Some(name))?;
        let mut numbers = line
            .split(' ')
            .skip(1)
            .filter_map(|n| n.parse::<usize>().ok());
        let (start, length) = (numbers.next()?, numbers.next()?);
        let packed = self.bytes.get(start..start.checked_add(length)?)?;
        let mut text = Vec::new();
        flate2::read::DeflateDecoder::new(packed)
            .take(LARGEST)
            .read_to_end(&mut text)
            .ok()?;
        serde_json::from_slice(&text).ok()
    }
}
