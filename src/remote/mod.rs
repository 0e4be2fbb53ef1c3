//! Blueprints from elsewhere: git repositories and registries, fetched, cached, and held against `slgen.lock`.
//!
//! What the lock does not pin is used by no command but those that write it, or that only compare. What it pins is
//! taken from the cache, by checksum, and asks nobody.

pub mod archive;
mod git;
mod oci;
mod store;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use camino::Utf8Path;

use crate::blueprint::{Fault, Fetch, Files, Local, Source};
use crate::pin::budget::Budget;
use crate::pin::{self, FILE, PinnedBlueprint};

/// How long a command that pins nothing waits for what is not in the cache.
const PATIENCE: Duration = Duration::from_mins(2);

/// Whom to ask about what is not at hand.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// Only what the lock pins is used; what is not in the cache is fetched again within so much time.
    Pinned(Budget),
    /// Nobody is asked.
    Offline,
    /// What the lock does not pin is asked about.
    Ask(Budget),
    /// Everything is asked about: a tag that moved shows.
    Anew(Budget),
}

/// What was fetched in this run, so that nothing is fetched twice.
#[derive(Debug, Default)]
pub struct Known(Mutex<BTreeMap<(String, String), Result<Fetched, Fault>>>);

/// Files, and what their source calls them.
#[derive(Debug, Clone)]
struct Fetched {
    files: Files,
    /// Of a git repository.
    commit: Option<String>,
    /// Of a registry.
    digest: Option<String>,
}

/// Every source of blueprints, as one manifest and its lock file allow them.
#[derive(Debug)]
pub struct Blueprints {
    local: Local,
    /// Read when it is asked for: most blueprints are at hand.
    pinned: LazyLock<Vec<PinnedBlueprint>, Box<dyn FnOnce() -> Vec<PinnedBlueprint> + Send>>,
    rule: Rule,
    known: Arc<Known>,
    met: Mutex<Vec<PinnedBlueprint>>,
}

impl Blueprints {
    /// What the lock file beside a manifest pins. One that cannot be read pins nothing: whoever needs it says why.
    pub fn beside(root: &Utf8Path, manifest: &Utf8Path) -> Self {
        let (folder, manifest) = (root.to_owned(), manifest.to_owned());
        let pinned = move || {
            let lock = pin::beside(&folder, &manifest).ok().flatten();
            lock.map_or_else(Vec::new, |placed| placed.lock.blueprints)
        };
        Self {
            pinned: LazyLock::new(Box::new(pinned)),
            ..Self::fetched(root, Vec::new())
        }
    }

    /// What was fetched in this run, for a manifest that has no lock file yet.
    pub fn fetched(root: &Utf8Path, fetched: Vec<PinnedBlueprint>) -> Self {
        let rule = Rule::Pinned(Budget::new(PATIENCE));
        Self::new(root, fetched, rule, Arc::default())
    }

    /// `root` is the manifest's folder, `pinned` what its lock says.
    pub fn new(
        root: &Utf8Path,
        pinned: Vec<PinnedBlueprint>,
        rule: Rule,
        known: Arc<Known>,
    ) -> Self {
        Self {
            local: Local::new(root),
            pinned: LazyLock::new(Box::new(move || pinned)),
            rule,
            known,
            met: Mutex::default(),
        }
    }

    /// Every blueprint that was loaded, as a lock file pins it, in the order of the sources.
    pub fn met(&self) -> Vec<PinnedBlueprint> {
        let mut met = guard(&self.met).clone();
        met.sort();
        met.dedup();
        met
    }

    /// Whether nothing is used but what the lock pins.
    pub fn pins(&self) -> bool {
        matches!(self.rule, Rule::Pinned(_) | Rule::Offline)
    }

    /// What the lock pins of this source and version.
    fn pin(&self, source: &Source, version: &str) -> Option<&PinnedBlueprint> {
        let name = source.to_string();
        let mut pinned = self.pinned.iter();
        pinned.find(|pin| pin.source == name && pin.version == version)
    }

    fn remote(&self, source: &Source, version: &str) -> Result<Fetched, Fault> {
        let pin = self.pin(source, version);
        let (budget, anew) = match (self.rule, pin) {
            (Rule::Pinned(_), None) => return Err(self.not_pinned(source, version)),
            (Rule::Offline, None) => {
                return Err(Fault::new(
                    "version",
                    format!("{FILE} does not pin {source} {version}, and nobody is to be asked"),
                    "run `slgen pin` with a network and review what it writes",
                ));
            }
            (Rule::Offline, Some(_)) => (None, false),
            (Rule::Pinned(budget) | Rule::Ask(budget), _) => (Some(budget), false),
            (Rule::Anew(budget), _) => (Some(budget), true),
        };
        if let Some(pin) = pin.filter(|_| !anew)
            && let Some(files) = store::get(&pin.sha256)
        {
            return Ok(Fetched {
                files,
                commit: pin.commit.clone(),
                digest: pin.digest.clone(),
            });
        }
        let Some(budget) = budget else {
            return Err(Fault::new(
                "source",
                format!("{source} {version} is not in the cache, and nobody is to be asked"),
                "run a command without --offline once, with a network",
            ));
        };
        let key = (source.to_string(), version.to_owned());
        let known = guard(&self.known.0).get(&key).cloned();
        let fetched = known.unwrap_or_else(|| {
            let fetched = match source {
                Source::Git { url, folder } => git::fetch(url, folder, version, budget),
                Source::Oci(repository) => oci::fetch(repository, version, budget),
                Source::Builtin(_) | Source::Path(_) => self.local(source, version),
            };
            guard(&self.known.0).insert(key, fetched.clone());
            fetched
        })?;
        if let Some(pin) = pin {
            same(source, version, pin, &fetched)?;
        }
        store::put(&fetched.files);
        Ok(fetched)
    }

    fn local(&self, source: &Source, version: &str) -> Result<Fetched, Fault> {
        let files = self.local.fetch(source, version)?;
        Ok(Fetched {
            files,
            commit: None,
            digest: None,
        })
    }

    fn not_pinned(&self, source: &Source, version: &str) -> Fault {
        let name = source.to_string();
        let other = self.pinned.iter().find(|pin| pin.source == name);
        match other {
            Some(pin) => Fault::new(
                "version",
                format!("{FILE} pins {name} at {}, not at {version}", pin.version),
                format!(
                    "`slgen blueprint update --to {version}` moves the service, and shows what changes"
                ),
            ),
            None => Fault::new(
                "source",
                format!("{FILE} does not pin {name}"),
                "run `slgen pin` and review what it writes",
            ),
        }
    }
}

impl Fetch for Blueprints {
    fn fetch(&self, source: &Source, version: &str) -> Result<Files, Fault> {
        let fetched = match source {
            Source::Builtin(_) | Source::Path(_) => self.local(source, version)?,
            Source::Git { .. } | Source::Oci(_) => self.remote(source, version)?,
        };
        guard(&self.met).push(PinnedBlueprint {
            source: source.to_string(),
            version: version.to_owned(),
            sha256: fetched.files.sha256(),
            commit: fetched.commit,
            digest: fetched.digest,
        });
        Ok(fetched.files)
    }
}

/// The versions that a source has, the newest last. A folder and the binary have one alone, which they say themselves.
///
/// # Errors
/// Why it cannot be asked.
pub fn versions(source: &Source, budget: Budget) -> Result<Vec<String>, Fault> {
    match source {
        Source::Git { url, .. } => git::versions(url, budget),
        Source::Oci(_) | Source::Builtin(_) | Source::Path(_) => Ok(Vec::new()),
    }
}

/// Whether what was fetched is what was pinned.
fn same(
    source: &Source,
    version: &str,
    pin: &PinnedBlueprint,
    fetched: &Fetched,
) -> Result<(), Fault> {
    let moved = |what: &str, then: &Option<String>, now: &Option<String>| {
        let then = then.as_deref()?;
        let now = now.as_deref().unwrap_or("nothing");
        (then != now).then(|| {
            Fault::new(
                "version",
                format!("{version} of {source} was moved: it was pinned at {what} {then}, and is {now} now"),
                format!(
                    "a version is published once: have the change published under a new one; {FILE} is as it was"
                ),
            )
        })
    };
    if let Some(fault) = moved("commit", &pin.commit, &fetched.commit)
        .or_else(|| moved("digest", &pin.digest, &fetched.digest))
    {
        return Err(fault);
    }
    let sum = fetched.files.sha256();
    if pin.sha256 == sum {
        return Ok(());
    }
    Err(Fault::new(
        "version",
        format!(
            "{source} {version} is not what was pinned: its checksum is {sum}, not {}",
            pin.sha256
        ),
        format!(
            "find out who changed it, or who wrote {FILE}; remove its line there and run `slgen pin` once that is known"
        ),
    ))
}

/// A version by its parts: `1.10.0` comes after `1.9.0`, and `2.0.0-rc1` before `2.0.0`.
pub fn order(version: &str) -> (Vec<u64>, bool, String) {
    let plain = version.split('+').next().unwrap_or(version);
    let (numbers, rest) = plain.split_once('-').unwrap_or((plain, ""));
    let numbers = numbers.split('.').map(|n| n.parse().unwrap_or(0));
    (numbers.collect(), rest.is_empty(), rest.to_owned())
}

fn guard<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_an_order() {
        let mut all = ["1.10.0", "2.0.0", "1.9.0", "2.0.0-rc1", "1.9.0-a"];
        all.sort_by_key(|version| order(version));
        assert_eq!(all, ["1.9.0-a", "1.9.0", "1.10.0", "2.0.0-rc1", "2.0.0"]);
    }
}
