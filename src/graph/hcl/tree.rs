//! What was given to be read: modules by folder, and what was not read of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use hcl_edit::expr::Expression;
use hcl_edit::structure::Block;

use super::ReadError;
use super::module::{File, Module};
use super::overrides;
use crate::graph::{Location, ModuleStep, NotRead};

/// Files by folder, parsed.
pub(super) type Folders<'a> = BTreeMap<Utf8PathBuf, Vec<File<'a>>>;

/// Everything that was given, and what was not read of it.
pub(super) struct Tree<'a> {
    /// Modules by folder.
    pub(super) modules: BTreeMap<Utf8PathBuf, Module<'a>>,
    files: &'a BTreeMap<Utf8PathBuf, String>,
    root: &'a Utf8Path,
    pub(super) notes: RefCell<BTreeSet<NotRead>>,
    pub(super) missing: RefCell<BTreeSet<Utf8PathBuf>>,
}

/// Where a module is evaluated.
#[derive(Clone)]
pub(super) struct Place {
    /// Its folder.
    pub(super) folder: Utf8PathBuf,
    /// The modules that lead to it.
    pub(super) path: Vec<ModuleStep>,
    /// Folders of these modules, the root first.
    pub(super) chain: Vec<Utf8PathBuf>,
}

impl Place {
    pub(super) fn root(folder: &Utf8Path) -> Self {
        Self {
            folder: folder.to_owned(),
            path: Vec::new(),
            chain: Vec::new(),
        }
    }
}

/// Parses a root module and the local modules it leads to.
pub(super) fn parse<'a>(
    files: &'a BTreeMap<Utf8PathBuf, String>,
    root: &Utf8Path,
) -> (Folders<'a>, Vec<ReadError>) {
    let mut errors = Vec::new();
    let mut folders = Folders::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        if folders.contains_key(&folder) {
            continue;
        }
        let mut parsed = Vec::new();
        for (path, text) in files.iter().filter(|(p, _)| p.parent() == Some(&folder)) {
            let file = if path.as_str().ends_with(".tf.json") {
                File::parse_json(path, text)
            } else if path.extension() == Some("tf") {
                File::parse(path, text.into())
            } else {
                continue;
            };
            match file {
                Ok(file) => parsed.push(file),
                Err(e) => errors.push(e),
            }
        }
        let parsed = overrides::merged(parsed, &mut errors).into_iter();
        let parsed: Vec<_> = parsed.map(File::with_resources_aside).collect();
        let calls = parsed.iter().flat_map(|f| f.body.get_blocks("module"));
        open.extend(calls.filter_map(|call| local_source(&folder, call)));
        folders.insert(folder, parsed);
    }
    (folders, errors)
}

/// The folder of a module with a local source (`./x`, `../x`), inside what was given.
pub(super) fn local_source(from: &Utf8Path, call: &Block) -> Option<Utf8PathBuf> {
    let source = source_of(call)?;
    let local = source.starts_with("./") || source.starts_with("../") || source == "..";
    local.then(|| joined(from, source))?
}

pub(super) fn source_of(call: &Block) -> Option<&str> {
    let source = call.body.get_attribute("source")?;
    match &source.value {
        Expression::String(text) => Some(text.as_str()),
        _ => None,
    }
}

/// A path from a folder, without `.` and `..`; `None` when it leads outside.
fn joined(folder: &Utf8Path, path: &str) -> Option<Utf8PathBuf> {
    let mut joined = folder.to_owned();
    for component in Utf8Path::new(path).components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::Normal(name) => joined.push(name),
            Utf8Component::ParentDir => joined.pop().then_some(())?,
            Utf8Component::RootDir | Utf8Component::Prefix(_) => return None,
        }
    }
    Some(joined)
}

impl<'a> Tree<'a> {
    pub(super) fn new(
        folders: &'a Folders<'a>,
        files: &'a BTreeMap<Utf8PathBuf, String>,
        root: &'a Utf8Path,
        mut errors: Vec<ReadError>,
    ) -> Self {
        let modules = folders
            .iter()
            .map(|(folder, files)| (folder.clone(), Module::gather(files, &mut errors)))
            .collect();
        let tree = Self {
            modules,
            files,
            root,
            notes: RefCell::default(),
            missing: RefCell::default(),
        };
        for error in errors {
            tree.note_error(error);
        }
        tree
    }

    pub(super) fn note_error(&self, error: ReadError) {
        let ReadError {
            file,
            line,
            message: why,
            ..
        } = error;
        self.notes.borrow_mut().insert(NotRead {
            what: file.as_str().to_owned(),
            why,
            location: Some(Location { file, line }),
            call: None,
        });
    }

    /// All notes, sorted, and what was named and not given.
    pub(super) fn into_notes(self) -> (Vec<NotRead>, BTreeSet<Utf8PathBuf>) {
        let notes = self.notes.into_inner().into_iter().collect();
        (notes, self.missing.into_inner())
    }

    /// Text of a file that code names by its path from the root module.
    pub(super) fn file(&self, path: &str) -> Option<&'a str> {
        let path = joined(self.root, path)?;
        let text = self.files.get(&path).map(String::as_str);
        if text.is_none() {
            self.missing.borrow_mut().insert(path);
        }
        text
    }

    /// `path.module` of a folder: from the root module.
    pub(super) fn path_of(&self, folder: &Utf8Path) -> String {
        let mut from = self.root.components().peekable();
        let mut to = folder.components().peekable();
        while from.peek().is_some() && from.peek() == to.peek() {
            from.next();
            to.next();
        }
        let up = from.map(|_| "..");
        let steps: Vec<&str> = up.chain(to.map(|c| c.as_str())).collect();
        if steps.is_empty() {
            ".".to_owned()
        } else {
            steps.join("/")
        }
    }
}
