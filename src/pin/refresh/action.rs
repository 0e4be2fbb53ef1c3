//! Actions: by the tags of their repositories.

use super::{Age, Run};
use crate::date::Date;
use crate::pin::trouble::{Kind, Trouble, printable};
use crate::pin::{Lock, PinnedAction, Pins, actions};
use crate::workspace::git::remote::{self, RemoteError};

/// Where actions are.
const ACTIONS: &str = "https://github.com";

impl Run<'_> {
    /// Whether an action is to stay as this slgen carries it, so that nobody has to be asked.
    pub(super) fn carried_action(&self, lock: &Lock, name: &str) -> bool {
        let own = lock.actions.iter().find(|a| a.action == name);
        let named = self
            .wanted
            .versions
            .iter()
            .any(|(action, _)| action == name);
        own.is_some()
            && own == Pins::default().action(name)
            && !named
            && !(self.wanted.update)("actions", name)
    }

    /// What to pin for an action; `None` to leave it.
    pub(super) fn action(
        &mut self,
        name: &str,
        old: Option<&PinnedAction>,
    ) -> Result<Option<PinnedAction>, Trouble> {
        let url = format!("{ACTIONS}/{name}");
        let tags =
            remote::tags(&url, self.wanted.budget.end).map_err(|error| unanswered(name, error))?;
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
                let at = remote::tagged_at(&url, tag, self.wanted.budget.end);
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
            (Some(old), None) if named.is_none_or(|n| n == old.version) => {
                self.action_still(name, old, tags.get(&old.version))
            }
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
