//! `slgen init`.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use indexmap::IndexMap;
use serde_json::Value as Json;

use super::ask::{self, Asked, Flags, Options};
use super::blueprint::refused;
use super::pipeline::{Disk, folder_of};
use super::{Cli, Failure, Status};
use crate::blueprint::{self, Blueprint, Local};
use crate::diagnostic::Diagnostic;
use crate::manifest::model::Baseline;
use crate::wizard::{self, Form, Project};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder of the service; made if it is not there.
    #[arg(value_name = "DIR")]
    folder: Option<Utf8PathBuf>,
    /// The blueprint: `builtin:NAME`, or `path:DIR` relative to the service's folder.
    #[arg(long, value_name = "SOURCE", default_value = "builtin:aws-baseline")]
    baseline: String,
    /// An input of the blueprint; those that it needs are asked for.
    #[arg(long, value_name = "NAME=VALUE")]
    input: Vec<String>,
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
    let form = &wizard::INIT;
    let given = ask::given(cli, form, &arguments.flags.0, &arguments.options)?;
    let (baseline, blueprint) = baseline(cli, arguments, given.inputs, &root)?;
    let project = Project {
        name: name(&root),
        file: cli.manifest.clone(),
        text: String::new(),
        manifest: None,
        blueprint,
        baseline,
        sources: Rc::new(Disk(root.clone())),
        root,
    };
    ask::run(cli, form, given.answers, &arguments.options, project)
}

/// The blueprint that was asked for, with its inputs.
fn baseline(
    cli: &Cli,
    arguments: &Arguments,
    kept: IndexMap<String, Json>,
    root: &Utf8Path,
) -> Result<(Baseline, Blueprint), Failure> {
    let local = Local::new(root);
    let found = blueprint::open_any(&arguments.baseline, &local).map_err(refused)?;
    let baseline = Baseline {
        source: arguments.baseline.clone(),
        version: found.version.clone(),
        inputs: ask::ask_inputs(cli, &found, kept, &arguments.input)?,
    };
    let found = blueprint::open(&baseline, &local).map_err(refused)?;
    Ok((baseline, found))
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
