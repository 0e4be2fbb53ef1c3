//! The files of a blueprint's folder, in memory: whatever they come from, they are read, limited and
//! summed up the same way.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::inputs::{self, Kind};

/// The file that makes a folder a blueprint.
pub const DEFINITION: &str = "blueprint.yaml";

/// What takes effect, besides [`DEFINITION`]: its tests and its README do not.
pub const FOLDERS: [&str; 3] = ["handlers", "policies", "templates"];

/// Most bytes of a file.
pub const LARGEST: u64 = 1024 * 1024;
/// Most bytes of all files.
pub const LARGEST_TOTAL: u64 = 16 * 1024 * 1024;
/// Most files.
pub const MOST: usize = 1000;
/// Most folders inside each other.
const DEEPEST: usize = 8;

/// Files by their path below the blueprint's folder: regular ones, without `..`, of limited size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<Utf8PathBuf, Vec<u8>>);

impl Files {
    /// Reads what takes effect of a blueprint's folder. `named` is the folder as messages name it.
    ///
    /// # Errors
    /// What is wrong with it: a link, a file too large, or that cannot be read.
    pub fn read(folder: &Utf8Path, named: &Utf8Path) -> Result<Self, String> {
        let mut files = Self::default();
        let at = |path: &str| named.join(path);
        match inputs::standing(&folder.join(DEFINITION)) {
            Ok(None) => return Err(format!("there is no file {}", at(DEFINITION))),
            Err(error) => return Err(format!("{}: {error}", at(DEFINITION))),
            Ok(Some(standing)) => files.file(folder, DEFINITION.into(), standing.kind, named)?,
        }
        for part in FOLDERS {
            match inputs::standing(&folder.join(part)) {
                Ok(None) => {}
                Ok(Some(standing)) if standing.kind == Kind::Folder => {
                    files.folder(folder, part.into(), named, 1)?;
                }
                Ok(Some(_)) => return Err(format!("{} is no folder", at(part))),
                Err(error) => return Err(format!("{}: {error}", at(part))),
            }
        }
        Ok(files)
    }

    fn folder(
        &mut self,
        root: &Utf8Path,
        part: Utf8PathBuf,
        named: &Utf8Path,
        depth: usize,
    ) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("{} lies too deep", named.join(part)));
        }
        let listing = inputs::list(&root.join(&part))
            .map_err(|error| format!("{}: {error}", named.join(&part)))?;
        if let Some(fault) = listing.faults.first() {
            return Err(format!("{}: {fault}", named.join(&part)));
        }
        for entry in listing.entries {
            let path = part.join(&entry.name);
            if entry.kind == Kind::Folder {
                self.folder(root, path, named, depth + 1)?;
            } else {
                self.file(root, path, entry.kind, named)?;
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        root: &Utf8Path,
        path: Utf8PathBuf,
        kind: Kind,
        named: &Utf8Path,
    ) -> Result<(), String> {
        let shown = named.join(&path);
        match kind {
            Kind::File => {}
            Kind::Link => return Err(format!("{shown} is a symbolic link: a blueprint has none")),
            Kind::Folder | Kind::Other => return Err(format!("{shown} is no regular file")),
        }
        let bytes = inputs::read(&root.join(&path), LARGEST)
            .map_err(|error| format!("{shown}: {error}"))?
            .ok_or_else(|| format!("{shown} is larger than 1 MiB"))?;
        self.insert(path, bytes)
    }

    /// Adds a file.
    ///
    /// # Errors
    /// A path that leaves the folder, or more than a blueprint may hold.
    pub fn insert(&mut self, path: Utf8PathBuf, bytes: Vec<u8>) -> Result<(), String> {
        let inside = path
            .components()
            .all(|part| matches!(part, Utf8Component::Normal(_)));
        if !inside || path.as_str().is_empty() || path.as_str().contains(['\\', '\0']) {
            return Err(format!("{path:?} is no path inside a blueprint"));
        }
        if bytes.len() as u64 > LARGEST {
            return Err(format!("{path} is larger than 1 MiB"));
        }
        let total: u64 = self.0.values().map(|bytes| bytes.len() as u64).sum();
        if total + bytes.len() as u64 > LARGEST_TOTAL {
            return Err("its files have more than 16 MiB".to_owned());
        }
        if self.0.len() >= MOST {
            return Err(format!("it has more than {MOST} files"));
        }
        self.0.insert(path, bytes);
        Ok(())
    }

    /// A file's bytes.
    pub fn get(&self, path: &Utf8Path) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// A file's text; `None` when there is no such file, or it is no UTF-8.
    pub fn text(&self, path: &Utf8Path) -> Option<&str> {
        std::str::from_utf8(self.get(path)?).ok()
    }

    /// The files below a folder, by their path in it, in the order of their paths.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a Utf8Path, &'a [u8])> {
        self.0
            .iter()
            .filter_map(move |(path, bytes)| Some((path.strip_prefix(folder).ok()?, &**bytes)))
    }

    /// Every file in the order of the paths.
    pub fn iter(&self) -> impl Iterator<Item = (&Utf8Path, &[u8])> {
        self.0.iter().map(|(path, bytes)| (&**path, &**bytes))
    }

    /// SHA-256 over path, length and bytes of each file, in hexadecimal.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for (path, bytes) in &self.0 {
            hash.update(path.as_str());
            // No path has a zero in it, and a length tells where bytes end.
            hash.update([0]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
        hex::encode(hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> Files {
        let mut files = Files::default();
        for (path, text) in all {
            files
                .insert((*path).into(), text.as_bytes().into())
                .unwrap();
        }
        files
    }

    #[test]
    fn nothing_leaves_the_folder() {
        for path in ["../x", "/etc/passwd", "a/../../b", "", "./a", "a\\b"] {
            let mut files = Files::default();
            assert!(files.insert(path.into(), Vec::new()).is_err(), "{path}");
        }
    }

    #[test]
    fn sizes_are_limited() {
        let mut files = Files::default();
        let large = vec![0; 1024 * 1024 + 1];
        assert!(files.insert("a".into(), large).is_err());
        for index in 0..16 {
            files
                .insert(format!("{index}").into(), vec![0; 1024 * 1024])
                .unwrap();
        }
        assert!(files.insert("more".into(), vec![0]).is_err());
    }

    #[test]
    fn the_checksum_tells_names_and_contents_apart() {
        let sums = [
            files(&[("a", "bc")]).sha256(),
            files(&[("ab", "c")]).sha256(),
            files(&[("a", "b"), ("c", "")]).sha256(),
            files(&[("a", ""), ("bc", "")]).sha256(),
        ];
        for (index, sum) in sums.iter().enumerate() {
            assert!(!sums[..index].contains(sum));
        }
    }
}
