//! What `slgen pin` asks others about.

use std::time::Duration;

use super::{Arguments, Pins, failure, unpinned};
use crate::catalog::aws::suggest::nearest;
use crate::cli::{Cli, Failure, pipeline};
use crate::diagnostic::Diagnostic;
use crate::pin::budget::Budget;
use crate::pin::mirror;
use crate::pin::provider;
use crate::pin::reference::Reference;
use crate::pin::refresh::{Wanted, refresh as asked};
use crate::pin::update_tools;

/// Words of `--update`.
const KINDS: [&str; 6] = [
    "all",
    "images",
    "actions",
    "providers",
    "tools",
    "blueprints",
];

/// What came of it.
#[derive(Default)]
pub(super) struct Found {
    /// For people.
    pub(super) told: String,
    /// Whether something was left as pinned that stands for something else now.
    pub(super) moved: bool,
}

/// `7d`.
pub(super) fn days(text: &str) -> Result<u16, String> {
    let days = text
        .strip_suffix('d')
        .and_then(|number| number.parse().ok());
    days.ok_or_else(|| "write days: 7d".to_owned())
}

/// Brings what is pinned up to date, as far as that was asked for.
///
/// # Errors
/// Arguments that mean nothing, and everything that could not be asked or is wrong: the lock is left as it is.
pub(super) fn refresh(cli: &Cli, arguments: &Arguments, pins: &mut Pins) -> Result<Found, Failure> {
    let versions = named(arguments, pins)?;
    let update = |kind: &str, name: &str| {
        let mut wanted = arguments.update.iter();
        wanted.any(|what| what == "all" || what == kind || what == name)
    };
    known(arguments, pins)?;
    let mut lock = pins.lock.clone();
    let budget = Budget::new(Duration::from_secs(arguments.timeout));
    let mut found = Found::default();
    update_tools(&mut lock, |tool| update("tools", tool));
    for platform in &arguments.platform {
        let package = match &arguments.mirror {
            Some(folder) => mirror::package(&cli.directory.join(folder), platform),
            None if arguments.offline => {
                return Err(usage(
                    "--platform without --mirror has to ask someone: leave --offline out"
                        .to_owned(),
                ));
            }
            None => provider::package(platform, budget),
        };
        let package = package.map_err(|trouble| failure(&[trouble]))?;
        found.told += &format!(
            "{platform}: {} {}\n",
            package.hash,
            if package.known {
                "is the release's"
            } else {
                "is pinned unauthenticated: it is the mirror's, and no signature stands behind it"
            }
        );
        if let Some(provider) = lock.providers.first_mut()
            && !provider.hashes.contains(&package.hash)
        {
            provider.hashes.push(package.hash);
        }
    }
    pins.replace(lock.clone());
    if arguments.offline {
        unpinned(pins)?;
        return Ok(found);
    }
    let wanted = Wanted {
        needed: &pins.needed,
        update: &update,
        versions: &versions,
        cooldown: arguments.cooldown,
        today: pipeline::today(),
        budget,
    };
    match asked(lock, &wanted) {
        Ok(refreshed) => {
            found
                .told
                .extend(refreshed.told.iter().map(|line| format!("{line}\n")));
            found.moved = refreshed.moved;
            pins.replace(refreshed.lock);
            Ok(found)
        }
        Err(troubles) => Err(failure(&troubles)),
    }
}

/// Adds what was named on the command line to what is needed; gives the versions of actions.
fn named(arguments: &Arguments, pins: &mut Pins) -> Result<Vec<(String, String)>, Failure> {
    for image in &arguments.image {
        match Reference::parse(image) {
            Ok(Reference {
                tag: Some(_),
                digest: None,
                ..
            }) => {
                pins.needed.images.insert(image.clone());
            }
            Ok(_) => {
                return Err(usage(format!(
                    "--image {image}: name it with its tag and without a digest"
                )));
            }
            Err(why) => return Err(usage(format!("--image {image:?}: {why}"))),
        }
    }
    let mut versions = Vec::new();
    for action in &arguments.action {
        let found = action
            .split_once('@')
            .filter(|(name, tag)| crate::pin::is_repository(name) && crate::pin::is_version(tag));
        let Some((name, tag)) = found else {
            return Err(usage(format!("--action {action:?}: write owner/name@tag")));
        };
        pins.needed.actions.insert(name.to_owned());
        versions.push((name.to_owned(), tag.to_owned()));
    }
    Ok(versions)
}

/// # Errors
/// A word of `--update` that is no kind and no name, or one that needs asking where nobody is to be asked.
fn known(arguments: &Arguments, pins: &Pins) -> Result<(), Failure> {
    let lock = &pins.lock;
    let mut names: Vec<&str> = KINDS.to_vec();
    names.extend(lock.images.iter().map(|i| i.image.as_str()));
    names.extend(lock.actions.iter().map(|a| a.action.as_str()));
    let asked = names.len();
    names.extend(lock.tools.iter().map(|t| t.tool.as_str()));
    names.extend(lock.providers.iter().map(|p| p.source.as_str()));
    names.extend(lock.blueprints.iter().map(|b| b.source.as_str()));
    for what in &arguments.update {
        let Some(at) = names.iter().position(|name| name == what) else {
            let meant = nearest(what, names.iter().copied());
            let meant = meant.map_or_else(String::new, |meant| format!(", did you mean {meant}?"));
            return Err(usage(format!(
                "--update {what:?}: nothing of this name is pinned{meant}"
            )));
        };
        if arguments.offline && (at < 3 || (KINDS.len()..asked).contains(&at)) {
            return Err(usage(format!(
                "--update {what} has to ask someone: leave --offline out"
            )));
        }
    }
    Ok(())
}

fn usage(message: String) -> Failure {
    Diagnostic::error("SLG-USAGE-001", message)
        .help("`slgen help pin` says what there is")
        .into()
}
