//! What is asked of a revision, and what of it is at hand already.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use sha1::{Digest as _, Sha1};

/// What is asked of a revision.
pub(super) struct Asked<'a> {
    /// By the path below the folder.
    pub(super) wanted: &'a dyn Fn(&Utf8Path) -> bool,
    pub(super) at_hand: &'a BTreeMap<Utf8PathBuf, String>,
}

impl Default for Asked<'_> {
    fn default() -> Self {
        const NOTHING: &BTreeMap<Utf8PathBuf, String> = &BTreeMap::new();
        Self {
            wanted: &|_| true,
            at_hand: NOTHING,
        }
    }
}

impl Asked<'_> {
    /// The content of an object, where it is at hand and a text as git is read for: without NUL.
    pub(super) fn text(&self, path: &Utf8Path, object: &str) -> Option<&String> {
        let text = self.at_hand.get(path)?;
        (blob_name(text) == object && !text.contains('\0')).then_some(text)
    }
}

/// The name that git gives to a text (gitformat-loose(5) describes what it is the SHA-1 of). That of a repository that
/// uses SHA-256 is longer, and never the same. A repository has one content by one name: to take it from elsewhere asks no more
/// of SHA-1 than git does.
fn blob_name(text: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", text.len()));
    hash.update(text);
    hex::encode(hash.finalize())
}
