//! What is read of the disk: contents, listings, what stands at a path.
//!
//! Everything that a result rests on is read through here, from whatever thread. So a run can be
//! [`recorded`], and a later one can ask whether all of it [still holds](Record::holds). The lint
//! `disallowed_methods` (`clippy.toml`) keeps other ways of reading out.
#![allow(
    clippy::disallowed_methods,
    reason = "this is the one place that reads"
)]

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// What something on the disk is, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, socket or device.
    Other,
}

impl From<fs::FileType> for Kind {
    fn from(kind: fs::FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_symlink() {
            Self::Link
        } else {
            Self::Other
        }
    }
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What it is.
    pub kind: Kind,
    /// Its permission bits, where there are such.
    pub mode: Option<u32>,
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// The entries of a folder in the order of their names.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that can be read.
    pub entries: Vec<Entry>,
    /// The others: a name that is no UTF-8.
    pub faults: Vec<io::Error>,
}

/// What was asked of the disk about one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Question {
    /// All bytes of a file.
    Content,
    /// Whether a file has more bytes than this.
    Larger(u64),
    /// Names and kinds in a folder.
    Listing,
    /// What stands there.
    Standing,
    /// Whether a folder stands there, or at what it links to.
    Folder,
    /// The path without links.
    Real,
}

/// What the answer was: a checksum, or a few words.
type Answer = String;

/// Everything that a run read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    answers: BTreeMap<(Question, Utf8PathBuf), Answer>,
    /// Two readings of the same differed: it changed meanwhile.
    torn: bool,
}

/// Of the run that is being recorded.
static RECORD: Mutex<Option<Record>> = Mutex::new(None);

fn record() -> MutexGuard<'static, Option<Record>> {
    RECORD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does some work and gives everything that was read meanwhile; `None` when some of it changed.
pub fn recorded<T>(work: impl FnOnce() -> T) -> (T, Option<Record>) {
    *record() = Some(Record::default());
    let done = work();
    let taken = record().take();
    (done, taken.filter(|record| !record.torn))
}

fn note(question: Question, path: &Utf8Path, answer: impl FnOnce() -> Answer) {
    let mut record = record();
    let Some(record) = record.as_mut() else {
        return;
    };
    let answer = answer();
    match record.answers.entry((question, path.to_owned())) {
        Slot::Vacant(slot) => drop(slot.insert(answer)),
        Slot::Occupied(slot) => record.torn |= *slot.get() != answer,
    }
}

/// At most `limit` bytes of a file; `None` when it has more.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Utf8Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let content = content(path, limit);
    match &content {
        Ok(None) => note(Question::Larger(limit), path, || true.to_string()),
        Ok(Some(bytes)) => note(Question::Content, path, || checksum(bytes)),
        Err(error) => note(Question::Content, path, || failed(error)),
    }
    content
}

fn content(path: &Utf8Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    let size = file.metadata().map_or(0, |meta| meta.len());
    if size > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).map_or(0, |size| size + 1));
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= limit))
}

/// SHA-256 of a file, in hexadecimal.
///
/// # Errors
/// It cannot be read.
pub fn sha256(path: &Utf8Path) -> io::Result<String> {
    let sum = sum(path);
    note(Question::Content, path, || of_sum(&sum));
    sum
}

fn sum(path: &Utf8Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut part = [0; 16 * 1024];
    loop {
        match file.read(&mut part) {
            Ok(0) => return Ok(hex::encode(hash.finalize())),
            Ok(length) => hash.update(part.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A text of at most `limit` bytes; `None` when it has more.
///
/// # Errors
/// It cannot be read, or is no UTF-8.
pub fn text(path: &Utf8Path, limit: u64) -> io::Result<Option<String>> {
    let Some(bytes) = read(path, limit)? else {
        return Ok(None);
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(io::Error::new(
            ErrorKind::InvalidData,
            "it is no UTF-8 text",
        )),
    }
}

/// The entries of a folder.
///
/// # Errors
/// It cannot be read, or is no folder.
pub fn list(folder: &Utf8Path) -> io::Result<Listing> {
    let listing = entries(folder);
    note(Question::Listing, folder, || of_listing(&listing));
    listing
}

fn entries(folder: &Utf8Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in folder.read_dir_utf8()? {
        let entry = entry.and_then(|entry| {
            Ok(Entry {
                name: entry.file_name().to_owned(),
                kind: entry.file_type()?.into(),
            })
        });
        match entry {
            Ok(entry) => listing.entries.push(entry),
            Err(error) => listing.faults.push(error),
        }
    }
    listing.entries.sort();
    Ok(listing)
}

/// What stands at a path, links not followed; `None` when nothing does.
///
/// # Errors
/// It cannot be told.
pub fn standing(path: &Utf8Path) -> io::Result<Option<Standing>> {
    let standing = stands(path);
    note(Question::Standing, path, || of_standing(&standing));
    standing
}

fn stands(path: &Utf8Path) -> io::Result<Option<Standing>> {
    match fs::symlink_metadata(path) {
        Ok(meta) => Ok(Some(Standing {
            kind: meta.file_type().into(),
            mode: mode(&meta),
        })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn mode(meta: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(meta.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> Option<u32> {
    None
}

/// Whether a folder stands at a path, or at what it links to.
pub fn is_folder(path: &Utf8Path) -> bool {
    let is = path.is_dir();
    note(Question::Folder, path, || is.to_string());
    is
}

/// The path without links.
///
/// # Errors
/// Nothing stands there, or it cannot be told.
pub fn real(path: &Utf8Path) -> io::Result<Utf8PathBuf> {
    let real = path.canonicalize_utf8();
    note(Question::Real, path, || of_path(&real));
    real
}

impl Record {
    /// Whether everything would be read now as it was then. Contents are read, not stamps.
    pub fn holds(&self) -> bool {
        let same = |((question, path), then): (&(Question, Utf8PathBuf), &Answer)| {
            question.answer(path).is_some_and(|now| now == *then)
        };
        !self.torn && self.answers.iter().all(same)
    }
}

/// Lines of question, path and answer.
impl Serialize for Record {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.answers.iter().map(|((q, path), a)| (q, path, a)))
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let lines: Vec<(Question, Utf8PathBuf, Answer)> = Vec::deserialize(from)?;
        let answers = lines.into_iter().map(|(q, path, a)| ((q, path), a));
        Ok(Self {
            answers: answers.collect(),
            torn: false,
        })
    }
}

impl Question {
    /// The answer as of now; `None` when there is none that could be the same.
    fn answer(self, path: &Utf8Path) -> Option<Answer> {
        Some(match self {
            // A pipe would block, and a device may have no end.
            Self::Content => match fs::metadata(path) {
                Ok(meta) if !meta.is_file() && !meta.is_dir() => return None,
                _ => of_sum(&sum(path)),
            },
            Self::Larger(limit) => {
                let larger = fs::metadata(path).is_ok_and(|meta| meta.len() > limit);
                larger.to_string()
            }
            Self::Listing => of_listing(&entries(path)),
            Self::Standing => of_standing(&stands(path)),
            Self::Folder => path.is_dir().to_string(),
            Self::Real => of_path(&path.canonicalize_utf8()),
        })
    }
}

/// What cannot be read is told from every other answer by its first character.
fn failed(error: &io::Error) -> Answer {
    format!("! {error}")
}

fn of_sum(sum: &io::Result<String>) -> Answer {
    sum.as_ref().map_or_else(failed, Clone::clone)
}

fn of_listing(listing: &io::Result<Listing>) -> Answer {
    let listing = match listing {
        Ok(listing) => listing,
        Err(error) => return failed(error),
    };
    let mut text = String::new();
    for entry in &listing.entries {
        // No name has a zero in it.
        text.push_str(&format!("{}\0{:?}\0", entry.name, entry.kind));
    }
    for fault in &listing.faults {
        text.push_str(&format!("\0{fault}\0"));
    }
    checksum(text.as_bytes())
}

fn of_standing(standing: &io::Result<Option<Standing>>) -> Answer {
    standing.as_ref().map_or_else(failed, |s| format!("{s:?}"))
}

fn of_path(path: &io::Result<Utf8PathBuf>) -> Answer {
    path.as_ref().map_or_else(failed, ToString::to_string)
}

/// SHA-256 in hexadecimal.
pub fn checksum(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One thing is asked, then changed, and told apart; and back again.
    #[test]
    fn a_record_holds_until_what_it_read_changes() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let (file, gone, link) = (root.join("a"), root.join("b"), root.join("c"));
        fs::write(&file, "12345").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("a", &link).unwrap();
        let asked = |ask: &dyn Fn()| {
            let mut record = recorded(ask).1.unwrap();
            // Other tests read meanwhile.
            record.answers.retain(|(_, path), _| path.starts_with(root));
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
            record
        };
        let records = [
            asked(&|| assert_eq!(read(&file, 5).unwrap().unwrap(), b"12345")),
            asked(&|| assert!(read(&file, 4).unwrap().is_none())),
            asked(&|| assert_eq!(list(root).unwrap().entries[0].name, "a")),
            asked(&|| assert!(standing(&gone).unwrap().is_none())),
            asked(&|| assert!(read(&gone, 9).is_err())),
            asked(&|| assert!(real(&link).unwrap().ends_with("a"))),
        ];
        let hold = |expected: [bool; 6]| {
            assert_eq!(records.each_ref().map(Record::holds), expected);
        };
        hold([true; 6]);
        fs::write(&file, "12346").unwrap();
        hold([false, true, true, true, true, true]);
        fs::write(&file, "1234").unwrap();
        hold([false, false, true, true, true, true]);
        fs::write(&file, "12345").unwrap();
        fs::write(&gone, "").unwrap();
        hold([true, true, false, false, false, true]);
        fs::remove_file(&gone).unwrap();
        fs::remove_file(&link).unwrap();
        fs::write(&link, "").unwrap();
        hold([true, true, false, true, true, false]);
    }
}
