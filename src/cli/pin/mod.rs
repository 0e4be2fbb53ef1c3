//! `slgen pin`.

mod online;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::pipeline::{Disk, folder_of};
use super::{Cli, Failure, Status, say};
use crate::diagnostic::Sources;
use crate::pin::budget::Budget;
use crate::pin::trouble::{Kind, Trouble};
use crate::pin::{self, Lock, Needed, Placed, Unread};
use crate::remote::{Blueprints, Rule};
use crate::{blueprint, ci, manifest, service, workspace};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Ask nobody and write nothing; exit 2 when slgen.lock is missing or stale, 3 when something needed is not pinned.
    #[arg(long, conflicts_with_all = ["update", "cooldown", "image", "action", "platform"])]
    check: bool,
    /// Take what is new: images, actions, providers, tools, blueprints, or one name; unsaid: all of them.
    #[arg(long, value_name = "WHAT", num_args = 0..=1, default_missing_value = "all")]
    update: Vec<String>,
    /// Take no image or action that is younger: 7d.
    #[arg(long, value_name = "DAYS", value_parser = online::days)]
    cooldown: Option<u16>,
    /// Ask nobody: keep what is pinned, and add what this slgen knows.
    #[arg(long)]
    offline: bool,
    /// Pin a base image too, as a Dockerfile names it: name:tag.
    #[arg(long, value_name = "IMAGE", conflicts_with = "offline")]
    image: Vec<String>,
    /// Pin this version of an action: owner/name@tag.
    #[arg(long, value_name = "ACTION", conflicts_with = "offline")]
    action: Vec<String>,
    /// Hold the provider's package for a platform against its registry, or pin a mirror's: `linux_arm64`.
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<String>,
    /// Folder that mirrors Terraform's registry, to read the package of a --platform from.
    #[arg(long, value_name = "DIR", requires = "platform")]
    mirror: Option<Utf8PathBuf>,
    /// Longest time that registries are asked, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

/// Where the lock file of a manifest stands.
pub(super) enum State {
    /// There is none: the values of the binary hold.
    Missing,
    /// It says what is here.
    Current,
    /// `slgen pin` would write another.
    Stale,
}

/// A lock file beside what it should be.
pub(super) struct Pins {
    pub(super) state: State,
    root: Utf8PathBuf,
    before: Option<Placed>,
    lock: Lock,
    /// What the service needs.
    needed: Needed,
    text: String,
}

impl Pins {
    /// Puts another lock in the place of the one that follows from the manifest.
    fn replace(&mut self, lock: Lock) {
        self.text = pin::render(&lock);
        self.lock = lock;
        self.state = State::of(self.before.as_ref(), &self.text);
    }
}

impl State {
    fn of(before: Option<&Placed>, text: &str) -> Self {
        match before {
            None => Self::Missing,
            Some(placed) if placed.text == text => Self::Current,
            Some(_) => Self::Stale,
        }
    }
}

/// Resolves what a manifest needs pinned; nothing is written.
///
/// # Errors
/// A baseline, blueprint or lock file that cannot be read.
pub(super) fn pins(cli: &Cli, rule: Rule) -> Result<Pins, Failure> {
    let path = cli.directory.join(&cli.manifest);
    let root = folder_of(&path);
    let failure = |diagnostics, file: &camino::Utf8Path, text: String| Failure {
        status: Status::Error,
        diagnostics,
        sources: Sources(BTreeMap::from([(file.to_owned(), text)])),
    };
    let text = manifest::read(&path)?;
    let loaded = manifest::load(&cli.manifest, &text)
        .map_err(|faults| failure(faults, &cli.manifest, manifest::masked(&text)))?;
    if loaded.is_doubtful("/baseline") || loaded.manifest.baseline.source.is_empty() {
        return Err(failure(loaded.diagnostics, &loaded.file, loaded.text));
    }
    let baseline = &loaded.manifest.baseline;
    let before = pin::beside(&root, &loaded.file)
        .map_err(|Unread { faults, file, text }| failure(faults, &file, text))?;
    let old = before.as_ref().map(|b| &b.lock);
    let pinned = old.map_or_else(Vec::new, |lock| lock.blueprints.clone());
    let remote = Blueprints::new(&root, pinned, rule, Arc::default());
    if let Err(faults) = blueprint::load(baseline, &remote) {
        let faults = faults.into_iter();
        let faults = faults.map(|fault| service::blueprint_fault(&loaded, fault));
        return Err(failure(faults.collect(), &loaded.file, loaded.text));
    }
    let ci = loaded.manifest.ci.as_ref();
    let needed = Needed {
        images: images(cli, &text, &root, &remote),
        ..ci.map(ci::needed).unwrap_or_default()
    };
    let lock = pin::resolve(remote.met(), &needed, old);
    let text = pin::render(&lock);
    Ok(Pins {
        state: State::of(before.as_ref(), &text),
        root,
        before,
        lock,
        needed,
        text,
    })
}

/// The images that the functions are made of, as far as the manifest can be read.
fn images(cli: &Cli, text: &str, root: &Utf8Path, remote: &Blueprints) -> BTreeSet<String> {
    let sources = Disk(root.to_owned());
    let checked = service::check(&cli.manifest, text, remote, &sources);
    checked.map_or_else(
        |_| BTreeSet::new(),
        |checked| {
            let images = checked.service.base_images().into_iter();
            images.map(str::to_owned).collect()
        },
    )
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let budget = Budget::new(Duration::from_secs(arguments.timeout));
    let anew = |what: &String| what == "all" || what == "blueprints" || what.contains(':');
    let rule = if arguments.check || arguments.offline {
        Rule::Offline
    } else if arguments.update.iter().any(anew) {
        Rule::Anew(budget)
    } else {
        Rule::Ask(budget)
    };
    let mut pins = pins(cli, rule)?;
    let file = cli.manifest.with_file_name(pin::FILE);
    let mut status = Status::Done;
    if arguments.check {
        unpinned(&pins)?;
    } else {
        let found = online::refresh(cli, arguments, &mut pins)?;
        if !cli.is_quiet() {
            say(&found.told);
        }
        if found.moved {
            status = Status::Differs;
        }
    }
    if let State::Current = pins.state {
        if !cli.is_quiet() {
            say(&format!("{file}: nothing has changed\n"));
        }
        return Ok(status);
    }
    let before = pins.before.as_ref();
    let changes = before.map_or_else(String::new, |before| changes(&before.text, &pins.text));
    if arguments.check {
        let what = match pins.state {
            State::Missing => "missing",
            _ => "stale",
        };
        say(&format!("{file}: {what}: run `slgen pin`\n{changes}"));
        return Ok(Status::Differs);
    }
    workspace::replace(&pins.root, pin::FILE, &pins.text)?;
    if !cli.is_quiet() {
        say(&format!("{file}: written\n{changes}"));
    }
    Ok(status)
}

/// # Errors
/// Whatever is needed and has no pin.
fn unpinned(pins: &Pins) -> Result<(), Failure> {
    let missing = pins.needed.missing(&pins.lock);
    let names = missing.names();
    let troubles = names
        .into_iter()
        .map(|(what, name)| pin::refresh::unpinned(what, name));
    match troubles.collect::<Vec<_>>() {
        none if none.is_empty() => Ok(()),
        troubles => Err(failure(&troubles)),
    }
}

/// Troubles with the status that they mean together.
fn failure(troubles: &[Trouble]) -> Failure {
    let any = |kind| troubles.iter().any(|trouble| trouble.kind == kind);
    Failure {
        status: if any(Kind::Wrong) {
            Status::Error
        } else if any(Kind::Unpinned) {
            Status::Gate
        } else {
            Status::Incomplete
        },
        diagnostics: troubles.iter().map(Trouble::diagnostic).collect(),
        sources: Sources::default(),
    }
}

/// Lines that go and lines that come: each entry is one.
fn changes(before: &str, after: &str) -> String {
    let lines = |text: &'_ str| -> BTreeSet<String> {
        let entries = text.lines().map(|line| line.trim().trim_end_matches(','));
        entries
            .filter(|line| line.contains('"') && !line.ends_with("\": ["))
            .map(str::to_owned)
            .collect()
    };
    let (before, after) = (lines(before), lines(after));
    let gone = before.difference(&after).map(|line| format!("- {line}\n"));
    let come = after.difference(&before).map(|line| format!("+ {line}\n"));
    gone.chain(come).collect()
}
