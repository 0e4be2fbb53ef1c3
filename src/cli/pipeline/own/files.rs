//! The user's own Terraform beside what is generated, and the modules and files that it leads to.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::cli::Failure;
use crate::graph::{Graph, Location};
use crate::guardrail::ReadBack;
use crate::inputs::{self, Kind};
use crate::workspace;

/// Largest file that is read.
const LARGEST: u64 = 2 << 20;
/// How often what was read may lead to more.
const MOST_ROUNDS: usize = 20;
/// More files than any module tree has.
const MOST_FILES: usize = 5000;

/// Texts by path.
pub(super) type Texts = BTreeMap<Utf8PathBuf, String>;

/// What the user laid into the root module.
pub(super) struct Laid {
    /// By path below the root module.
    pub(super) texts: Texts,
    /// What Terraform reads and is not read here, and why.
    pub(super) unread: BTreeMap<Utf8PathBuf, String>,
}

impl Laid {
    /// What stands in the folder that is written and is neither generated nor to be removed; `None` where nothing does.
    /// That costs one listing.
    ///
    /// # Errors
    /// Something stands there, and what slgen wrote of it cannot be told.
    pub(super) fn beside(
        root: &Utf8Path,
        out: &Utf8Path,
        generated: &Texts,
    ) -> Result<Option<Self>, String> {
        let folder = root.join(out);
        let Ok(listing) = inputs::list(&folder) else {
            return Ok(None);
        };
        let entries = listing.entries.into_iter().filter(|entry| {
            let path = Utf8Path::new(&entry.name);
            entry.kind != Kind::Folder && is_read(&entry.name) && !generated.contains_key(path)
        });
        let kinds: BTreeMap<Utf8PathBuf, Kind> = entries
            .map(|entry| (entry.name.into(), entry.kind))
            .collect();
        if kinds.is_empty() {
            return Ok(None);
        }
        let mut laid = Self {
            texts: Texts::new(),
            unread: BTreeMap::new(),
        };
        for path in workspace::stay(root, out, kinds.keys().cloned().collect())? {
            match read(&folder.join(&path), &path, kinds.get(&path)) {
                Ok(text) => drop(laid.texts.insert(path, text)),
                Err(why) => drop(laid.unread.insert(path, why)),
            }
        }
        let is_laid = !laid.texts.is_empty() || !laid.unread.is_empty();
        Ok(is_laid.then_some(laid))
    }

    /// Paths of all of them.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.texts.keys().chain(self.unread.keys())
    }
}

/// Whether Terraform or `OpenTofu` reads a file of this name in a root module.
fn is_read(name: &str) -> bool {
    let plain = name.strip_suffix(".json").unwrap_or(name);
    !name.starts_with('.')
        && (matches!(Utf8Path::new(plain).extension(), Some("tf" | "tofu"))
            || plain == "terraform.tfvars"
            || plain.ends_with(".auto.tfvars"))
}

fn read(file: &Utf8Path, path: &Utf8Path, kind: Option<&Kind>) -> Result<String, String> {
    let plain = path.as_str().strip_suffix(".json").unwrap_or(path.as_str());
    if Utf8Path::new(plain).extension() == Some("tofu") {
        return Err("only OpenTofu reads this file: give it the ending .tf".to_owned());
    }
    match kind {
        Some(Kind::File) => {}
        Some(Kind::Link) => return Err("it is a symbolic link, which is not followed".to_owned()),
        _ => return Err("it is no regular file".to_owned()),
    }
    match inputs::text(file, LARGEST) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err("it is larger than 2 MiB".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The root module in its repository, with what it leads to there.
pub(super) struct Tree {
    /// The root of the repository.
    top: Utf8PathBuf,
    /// The root module, from there.
    folder: Utf8PathBuf,
    /// By path from there; without the user's own files of the root module.
    beside: Texts,
}

impl Tree {
    pub(super) fn new(
        root: &Utf8Path,
        out: &Utf8Path,
        service: &str,
        generated: &Texts,
    ) -> Result<Self, Failure> {
        let site = workspace::site(root, out, service)?;
        let folder = workspace::shown(&site.project.join(out));
        let is_code = |path: &Utf8Path| {
            let extension = path.extension();
            matches!(extension, Some("tf" | "tfvars" | "tfbackend" | "json"))
        };
        let generated = generated.iter().filter(|(path, _)| is_code(path));
        Ok(Self {
            beside: generated
                .map(|(path, text)| (folder.join(path), text.clone()))
                .collect(),
            top: site.top,
            folder,
        })
    }

    /// The graph of what is generated, read as the user's own code is.
    pub(super) fn generated(&self, environment: &str) -> Graph {
        self.located(ReadBack::foreign_in(
            &self.beside,
            &self.folder,
            environment,
        ))
    }

    /// The graph of each environment with the user's own, once all that it leads to is read.
    pub(super) fn whole(&mut self, own: &Texts, environments: &[&str]) -> Vec<Graph> {
        let own = own.iter();
        let own: Texts = own
            .map(|(path, text)| (self.folder.join(path), text.clone()))
            .collect();
        let mut tried = BTreeSet::new();
        let mut graphs = self.graphs(&own, environments);
        for _ in 0..MOST_ROUNDS {
            let missing = graphs
                .iter()
                .flat_map(|graph| graph.missing.iter().cloned());
            let missing: BTreeSet<_> = missing.filter(|path| !tried.contains(path)).collect();
            let before = self.beside.len();
            for path in missing {
                self.beside.extend(named(&self.top, &path));
                tried.insert(path);
            }
            if self.beside.len() == before || self.beside.len() > MOST_FILES {
                break;
            }
            graphs = self.graphs(&own, environments);
        }
        graphs
            .into_iter()
            .map(|graph| self.located(graph))
            .collect()
    }

    fn graphs(&self, own: &Texts, environments: &[&str]) -> Vec<Graph> {
        let mut all = self.beside.clone();
        all.extend(own.iter().map(|(path, text)| (path.clone(), text.clone())));
        let graph = |name: &&str| ReadBack::foreign_in(&all, &self.folder, name);
        environments.iter().map(graph).collect()
    }

    /// The text of a file, by its path from the root module.
    pub(super) fn text(&self, path: &Utf8Path) -> Option<&String> {
        self.beside.get(&workspace::shown(&self.folder.join(path)))
    }

    /// The graph with places from the root module.
    fn located(&self, mut graph: Graph) -> Graph {
        let place = |location: &mut Location| location.file = self.seen(&location.file);
        for resource in graph.resources.values_mut(|_| true) {
            if let Some(location) = &mut resource.location {
                place(location);
            }
        }
        for not in &mut graph.not_read {
            if let Some(location) = &mut not.location {
                if not.what == location.file {
                    not.what = self.seen(&location.file).into_string();
                }
                place(location);
            }
        }
        graph
    }

    /// A path from the root of the repository, as seen from the root module.
    fn seen(&self, path: &Utf8Path) -> Utf8PathBuf {
        let below = path.strip_prefix(&self.folder);
        below.map_or_else(
            |_| {
                let up: Utf8PathBuf = self.folder.components().map(|_| "..").collect();
                up.join(path)
            },
            Utf8Path::to_owned,
        )
    }
}

/// A file that code names, or the files of a folder that it names as a module; nothing where a link leads there.
fn named(top: &Utf8Path, path: &Utf8Path) -> Texts {
    let here = top.join(path);
    let mut found = Texts::new();
    if !inputs::real(&here).is_ok_and(|real| real == here) {
        return found;
    }
    if !inputs::is_folder(&here) {
        let text = inputs::text(&here, LARGEST).ok().flatten();
        found.extend(text.map(|text| (path.to_owned(), text)));
        return found;
    }
    let listing = inputs::list(&here).unwrap_or_default();
    for entry in listing.entries {
        let plain = entry.name.strip_suffix(".json").unwrap_or(&entry.name);
        let is_code = Utf8Path::new(plain).extension() == Some("tf");
        if entry.kind == Kind::File
            && is_code
            && let Ok(Some(text)) = inputs::text(&here.join(&entry.name), LARGEST)
        {
            found.insert(path.join(&entry.name), text);
        }
    }
    found
}
