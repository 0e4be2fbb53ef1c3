//! Holds what is pinned against what the registries say, and takes what is new where that is wanted.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::oci::{Registry, Resolved};
use super::reference::Reference;
use super::trouble::{Kind, Trouble, printable};
use super::{Lock, Needed, PinnedAction, PinnedImage, actions};
use crate::date::Date;
use crate::workspace::git::remote::{self, RemoteError};

/// Where actions are.
const ACTIONS: &str = "https://github.com";

/// What is wanted.
#[allow(missing_debug_implementations, reason = "a closure has none")]
pub struct Wanted<'a> {
    /// What a lock file has to pin.
    pub needed: &'a Needed,
    /// Whether something pinned, of a kind and a name, is to be replaced by what is new.
    pub update: &'a dyn Fn(&str, &str) -> bool,
    /// Versions of actions that were named: `actions/checkout`, `v7.0.1`.
    pub versions: &'a [(String, String)],
    /// What is younger than so many days is not taken.
    pub cooldown: Option<u16>,
    /// The day.
    pub today: Date,
    /// Longest time in all.
    pub budget: Duration,
}

/// What came of it.
#[derive(Debug)]
pub struct Refreshed {
    /// The new lock file.
    pub lock: Lock,
    /// What happened, a line each.
    pub told: Vec<String>,
    /// Whether something stands for something else than was pinned, and was left as pinned.
    pub moved: bool,
}

struct Run<'a> {
    wanted: &'a Wanted<'a>,
    end: Instant,
    registry: Option<Registry>,
    told: Vec<String>,
    moved: bool,
    troubles: Vec<Trouble>,
}

/// Asks about everything that is pinned or needed.
///
/// # Errors
/// Everything that could not be asked, is wrong or remains without a pin; nothing is to be written then.
pub fn refresh(mut lock: Lock, wanted: &Wanted<'_>) -> Result<Refreshed, Vec<Trouble>> {
    let mut run = Run {
        wanted,
        end: Instant::now() + wanted.budget,
        registry: None,
        told: Vec::new(),
        moved: false,
        troubles: Vec::new(),
    };
    let pinned = lock.images.iter().map(|i| i.image.clone());
    let names: BTreeSet<String> = pinned.chain(wanted.needed.images.iter().cloned()).collect();
    if !names.is_empty() {
        run.registry = Some(Registry::new(wanted.budget).map_err(|trouble| vec![trouble])?);
    }
    for name in names {
        let old = lock.images.iter().position(|i| i.image == name);
        let before = old.map(|at| lock.images[at].clone());
        match run.image(&name, before.as_ref()) {
            Ok(None) => {}
            Ok(Some(new)) => match old {
                Some(at) => lock.images[at] = new,
                None => lock.images.push(new),
            },
            Err(trouble) => run.troubles.push(trouble),
        }
    }
    let pinned = lock.actions.iter().map(|a| a.action.clone());
    let names: BTreeSet<String> = pinned
        .chain(wanted.needed.actions.iter().cloned())
        .collect();
    for name in names {
        let old = lock.actions.iter().position(|a| a.action == name);
        let before = old.map(|at| lock.actions[at].clone());
        match run.action(&name, before.as_ref()) {
            Ok(None) => {}
            Ok(Some(new)) => match old {
                Some(at) => lock.actions[at] = new,
                None => lock.actions.push(new),
            },
            Err(trouble) => run.troubles.push(trouble),
        }
    }
    let missing = wanted.needed.missing(&lock);
    let tools = missing.tools.iter();
    run.troubles
        .extend(tools.map(|name| unpinned("tool", name)));
    if run.troubles.is_empty() {
        Ok(Refreshed {
            lock,
            told: run.told,
            moved: run.moved,
        })
    } else {
        Err(run.troubles)
    }
}

/// Something needed that nothing pins.
pub fn unpinned(what: &str, name: &str) -> Trouble {
    let help = match what {
        "tool" => "use a slgen that carries it, or write its version and hashes into slgen.lock",
        _ => "run `slgen pin` where the registry can be reached",
    };
    Trouble::new(
        Kind::Unpinned,
        &format!("{what} {name} is needed and not pinned"),
        help,
    )
}

/// What became of a candidate for a pin.
enum Age {
    Taken,
    TooYoung(String),
}

impl Run<'_> {
    /// What to pin for an image; `None` to leave it.
    fn image(
        &mut self,
        name: &str,
        old: Option<&PinnedImage>,
    ) -> Result<Option<PinnedImage>, Trouble> {
        let wrong =
            |why: String, help: &str| Trouble::new(Kind::Wrong, &format!("{name}: {why}"), help);
        let reference = Reference::parse(name).map_err(|why| wrong(why, "write name:tag"))?;
        let Some(registry) = self.registry.take() else {
            return Ok(None);
        };
        let outcome = self.image_by(&registry, &reference, name, old);
        self.registry = Some(registry);
        outcome
    }

    fn image_by(
        &mut self,
        registry: &Registry,
        reference: &Reference,
        name: &str,
        old: Option<&PinnedImage>,
    ) -> Result<Option<PinnedImage>, Trouble> {
        let update = (self.wanted.update)("images", name);
        let Some(found) = registry.resolve(reference)? else {
            let pinned = old.map_or_else(String::new, |old| format!(" (pinned: {})", old.digest));
            return Err(Trouble::new(
                Kind::Wrong,
                &format!("{name}: the registry has no such image{pinned}"),
                "check name and tag, and use an image that is kept",
            ));
        };
        let Some(old) = old else {
            return self.taken_if_old(registry, reference, name, &found, None);
        };
        if old.digest == found.digest {
            if old.platforms == found.platforms {
                return Ok(None);
            }
            let help = "find out who changed slgen.lock, then run `slgen pin --update images`";
            // What the binary carries names the index alone.
            if !update && !old.platforms.is_empty() {
                let message = format!(
                    "{name}: slgen.lock says other platforms than {}",
                    old.digest
                );
                return Err(Trouble::new(Kind::Wrong, &message, help));
            }
        } else if !update {
            if !registry.has(reference, &old.digest)? {
                return Err(Trouble::new(
                    Kind::Wrong,
                    &format!(
                        "{name}: the registry no longer has what is pinned, {}; the tag is now {}",
                        old.digest, found.digest
                    ),
                    "review the new image, then run `slgen pin --update images`",
                ));
            }
            self.moved = true;
            self.told.push(format!(
                "{name}: its tag has moved, and the pin was kept: `slgen pin --update images` takes the new one\n- {}\n+ {}",
                old.digest, found.digest
            ));
            return Ok(None);
        }
        self.taken_if_old(registry, reference, name, &found, Some(old))
    }

    fn taken_if_old(
        &mut self,
        registry: &Registry,
        reference: &Reference,
        name: &str,
        found: &Resolved,
        old: Option<&PinnedImage>,
    ) -> Result<Option<PinnedImage>, Trouble> {
        if let Some(days) = self.wanted.cooldown {
            let made = registry.created(reference, found)?;
            if let Age::TooYoung(why) = self.age(name, made, days) {
                return self.kept(name, &why, old.map(|old| old.digest.as_str()));
            }
        }
        self.told.push(format!(
            "{name}: {} is pinned, {}",
            found.digest,
            found.described()
        ));
        Ok(Some(PinnedImage {
            image: name.to_owned(),
            digest: found.digest.clone(),
            platforms: found.platforms.clone(),
        }))
    }

    /// Too young: what was pinned stays, and without that nothing is.
    fn kept<T>(&mut self, name: &str, why: &str, old: Option<&str>) -> Result<Option<T>, Trouble> {
        match old {
            Some(old) => {
                self.told.push(format!("{name}: {why}; {old} stays pinned"));
                Ok(None)
            }
            None => Err(Trouble::new(
                Kind::Unpinned,
                &format!("{name} is needed and not pinned: {why}"),
                "wait, name an older one, or pin it with a shorter --cooldown after a review",
            )),
        }
    }

    fn age(&mut self, name: &str, made: Option<Date>, days: u16) -> Age {
        let Some(made) = made else {
            self.told.push(format!(
                "{name}: nothing says when it was made, so that --cooldown does not hold it back"
            ));
            return Age::Taken;
        };
        let age = made.days_until(self.wanted.today);
        if age >= i64::from(days) {
            return Age::Taken;
        }
        Age::TooYoung(format!(
            "what is new is of {made}, younger than {days} days"
        ))
    }

    /// What to pin for an action; `None` to leave it.
    fn action(
        &mut self,
        name: &str,
        old: Option<&PinnedAction>,
    ) -> Result<Option<PinnedAction>, Trouble> {
        let url = format!("{ACTIONS}/{name}");
        let tags = remote::tags(&url, self.end).map_err(|error| unanswered(name, error))?;
        let update = (self.wanted.update)("actions", name);
        let named = self
            .wanted
            .versions
            .iter()
            .find(|(action, _)| action == name);
        let named = named.map(|(_, version)| version.as_str());
        if let Some(old) = old.filter(|old| !update && named.is_none_or(|n| n == old.version)) {
            return self.action_still(name, old, tags.get(&old.version));
        }
        let newest = actions::releases(&tags, None)
            .first()
            .map(|(tag, _)| (*tag).to_owned());
        let candidates: Vec<(&str, &str)> = match named {
            Some(version) => tags
                .get_key_value(version)
                .map(|(tag, commit)| (tag.as_str(), commit.as_str()))
                .into_iter()
                .collect(),
            None => actions::releases(&tags, old.map(|old| old.version.as_str())),
        };
        let mut young = None;
        for (tag, commit) in candidates {
            if commit.len() != 40 || printable(tag, 100) != tag {
                continue;
            }
            if old.is_some_and(|old| old.version == tag && old.commit == commit) {
                break;
            }
            if let Some(days) = self.wanted.cooldown {
                let at = remote::tagged_at(&url, tag, self.end);
                let made = at.map_err(|error| unanswered(name, error))?;
                if let Age::TooYoung(why) = self.age(name, Date::from_unix(made), days) {
                    young = Some(format!("{tag}: {why}"));
                    continue;
                }
            }
            self.told.push(format!("{name}: {tag} is pinned, {commit}"));
            if let Some(newest) = newest.filter(|newest| newest != tag) {
                self.told.push(format!(
                    "{name}: there is {newest} too: `slgen pin --action {name}@{newest}` takes it"
                ));
            }
            return Ok(Some(PinnedAction {
                action: name.to_owned(),
                version: tag.to_owned(),
                commit: commit.to_owned(),
            }));
        }
        match (old, young) {
            (old, Some(why)) => self.kept(name, &why, old.map(|old| old.version.as_str())),
            (Some(_), None) if named.is_none() => Ok(None),
            _ => Err(Trouble::new(
                Kind::Wrong,
                &format!(
                    "{name}: its repository has no tag {}",
                    named.unwrap_or("of the form v1.2.3")
                ),
                "name a version that it has: `slgen pin --action OWNER/NAME@TAG`",
            )),
        }
    }

    /// Whether the tag of a pinned action still stands for the same commit.
    fn action_still(
        &mut self,
        name: &str,
        old: &PinnedAction,
        now: Option<&String>,
    ) -> Result<Option<PinnedAction>, Trouble> {
        match now {
            Some(commit) if *commit == old.commit => Ok(None),
            Some(commit) => {
                self.moved = true;
                self.told.push(format!(
                    "{name}: its tag {} has moved, which a release's should never do, and the pin was kept: find out why before `slgen pin --update {name}`\n- {}\n+ {commit}",
                    old.version, old.commit
                ));
                Ok(None)
            }
            None => Err(Trouble::new(
                Kind::Wrong,
                &format!(
                    "{name}: its repository no longer has the tag {}",
                    old.version
                ),
                "find out why, then take another with `slgen pin --update actions`",
            )),
        }
    }
}

fn unanswered(name: &str, error: RemoteError) -> Trouble {
    match error {
        RemoteError::Unanswered(why) => Trouble::new(
            Kind::Unanswered,
            &format!("{name}: git could not read its tags: {why}"),
            "try later, or keep what is pinned with `slgen pin --offline`",
        ),
        RemoteError::Wrong(why) => Trouble::new(
            Kind::Wrong,
            &format!("{name}: git gave {why}"),
            "nothing was pinned: find out who answers in the repository's place",
        ),
    }
}
