//! `slgen init`.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::rc::Rc;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use indexmap::IndexMap;
use serde_json::Value as Json;

use super::ask::{self, Asked, Flags, Options};
use super::blueprint::{asking, newest, parse, refused, split};
use super::pipeline::{Disk, folder_of};
use super::{Cli, Failure, Status};
use crate::blueprint::{self, Blueprint, Fault, Fetch, Files, Source};
use crate::diagnostic::Diagnostic;
use crate::manifest::model::Baseline;
use crate::pin::PinnedBlueprint;
use crate::remote::Blueprints;
use crate::wizard::{self, Form, Project};

/// Longest time that others are asked about the blueprint, in seconds.
const PATIENCE: u64 = 120;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder of the service; made if it is not there.
    #[arg(value_name = "DIR")]
    folder: Option<Utf8PathBuf>,
    /// The blueprint: `builtin:NAME`, `path:DIR` relative to the service's folder, `git::URL//DIR` or `oci://…`, with
    /// `@VERSION` for another than the newest.
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
    let (baseline, blueprint, fetched) = baseline(cli, arguments, given.inputs, &root)?;
    let project = Project {
        name: name(&root),
        file: cli.manifest.clone(),
        text: String::new(),
        manifest: None,
        blueprint,
        baseline,
        fetched,
        sources: Rc::new(Disk(root.clone())),
        root,
    };
    ask::run(cli, form, given.answers, &arguments.options, project)
}

/// A source at one version, for who does not name it.
struct At<'a> {
    remote: &'a Blueprints,
    version: &'a str,
}

impl Fetch for At<'_> {
    fn fetch(&self, source: &Source, version: &str) -> Result<Files, Fault> {
        // The one that is asked for without a version is the blueprint itself.
        let version = if version.is_empty() {
            self.version
        } else {
            version
        };
        self.remote.fetch(source, version)
    }
}

/// The blueprint that was asked for, with its inputs, and what of it nothing pins yet.
fn baseline(
    cli: &Cli,
    arguments: &Arguments,
    kept: IndexMap<String, Json>,
    root: &Utf8Path,
) -> Result<(Baseline, Blueprint, Vec<PinnedBlueprint>), Failure> {
    let (source, said) = split(&arguments.baseline);
    let rule = asking(PATIENCE);
    let parsed = parse(source)?;
    let is_remote = matches!(parsed, Source::Git { .. } | Source::Oci(_));
    let version = match said {
        None if is_remote => newest(&parsed, rule)?,
        said => said.unwrap_or_default().to_owned(),
    };
    let remote = Blueprints::new(root, Vec::new(), rule, Arc::default());
    let at = At {
        remote: &remote,
        version: &version,
    };
    let found = blueprint::open_any(source, &at).map_err(refused)?;
    let baseline = Baseline {
        source: source.to_owned(),
        version: said.unwrap_or(&found.version).to_owned(),
        inputs: ask::ask_inputs(cli, &found, kept, &arguments.input)?,
    };
    let found = blueprint::open(&baseline, &remote).map_err(refused)?;
    let mut fetched = remote.met();
    fetched.retain(|pin| pin.commit.is_some() || pin.digest.is_some());
    Ok((baseline, found, fetched))
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
