//! `slgen add`.

use std::rc::Rc;

use clap::{Args, Subcommand};

use super::ask::{self, Asked, Flags, Options};
use super::pipeline::{self, Disk, folder_of};
use super::{Cli, Failure, Status};
use crate::manifest;
use crate::wizard::{self, Answers, Form, Project};

#[derive(Debug, Args)]
#[command(subcommand_value_name = "WHAT", subcommand_help_heading = "What")]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A function, with its trigger and its first line of access.
    Function(Flagged<Function>),
    /// A resource: one that slgen creates, or one that exists.
    Resource(Flagged<Resource>),
    /// A trigger of a function.
    Trigger(Flagged<Trigger>),
    /// A line of access of a function.
    Access(Flagged<Access>),
}

#[derive(Debug, Args)]
struct Flagged<F: Asked> {
    #[command(flatten)]
    flags: Flags<F>,
    #[command(flatten)]
    options: Options,
}

macro_rules! forms {
    ($($name:ident $form:ident)*) => {
        $(
            #[derive(Debug)]
            struct $name;

            impl Asked for $name {
                const FORM: &'static Form = &wizard::$form;
            }
        )*
    };
}

forms! { Function FUNCTION Resource RESOURCE Trigger TRIGGER Access ACCESS }

impl<F: Asked> Flagged<F> {
    fn parts(&self) -> (&'static Form, &Answers, &Options) {
        (F::FORM, &self.flags.0, &self.options)
    }
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let (form, given, options) = match &arguments.what {
        What::Function(flagged) => flagged.parts(),
        What::Resource(flagged) => flagged.parts(),
        What::Trigger(flagged) => flagged.parts(),
        What::Access(flagged) => flagged.parts(),
    };
    let given = ask::given(cli, form, given, options)?;
    // What is wrong already is told before anything is asked.
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    let path = cli.directory.join(&cli.manifest);
    let root = folder_of(&path);
    let project = Project {
        fetched: Vec::new(),
        name: String::new(),
        file: cli.manifest.clone(),
        text: manifest::read(&path)?,
        manifest: Some(prepared.loaded.manifest.clone()),
        blueprint: prepared.blueprint().clone(),
        baseline: prepared.loaded.manifest.baseline.clone(),
        sources: Rc::new(Disk(root.clone())),
        root,
    };
    ask::run(cli, form, given.answers, options, project)
}
