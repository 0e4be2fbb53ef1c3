//! `slgen init`.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::ask::{self, Asked, Flags, Options};
use super::pipeline::{Disk, folder_of};
use super::{Cli, Failure, Status};
use crate::blueprint;
use crate::diagnostic::Diagnostic;
use crate::wizard::{self, Form, Project};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder of the service; made if it is not there.
    #[arg(value_name = "DIR")]
    folder: Option<Utf8PathBuf>,
    #[command(flatten)]
    flags: Flags<Init>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug)]
struct Init;

impl Asked for Init {
    const FORM: &'static Form = &wizard::INIT;
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let folder = arguments.folder.as_deref().unwrap_or(Utf8Path::new(""));
    let path = cli.directory.join(folder).join(&cli.manifest);
    if path.as_std_path().symlink_metadata().is_ok() {
        let message = format!("{} is there already", folder.join(&cli.manifest));
        let fault = Diagnostic::error("SLG-USAGE-001", message);
        return Err(fault.help("add to it with `slgen add`").into());
    }
    let root = folder_of(&path);
    let blueprint = blueprint::builtin().first().cloned();
    let project = Project {
        name: name(&root),
        file: cli.manifest.clone(),
        text: String::new(),
        manifest: None,
        blueprint: blueprint.unwrap_or_else(blueprint::neutral),
        sources: Rc::new(Disk(root.clone())),
        root,
    };
    ask::run(
        cli,
        &wizard::INIT,
        &arguments.flags.0,
        &arguments.options,
        project,
    )
}

/// The folder's own name, also where it is given as `.`.
fn name(root: &Utf8Path) -> String {
    let named = root.file_name().map(str::to_owned);
    named
        .or_else(|| {
            let full = root.canonicalize_utf8().ok()?;
            full.file_name().map(str::to_owned)
        })
        .unwrap_or_default()
}
