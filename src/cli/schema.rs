//! `slgen schema`.

use clap::{Args, ValueEnum};

use super::{Status, say};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Which file it describes.
    #[arg(long, value_enum, default_value_t = Of::Manifest)]
    of: Of,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// `slgen.yaml`.
    Manifest,
    /// `blueprint.yaml`.
    Blueprint,
    /// `policies/*.yaml` of a blueprint.
    Policies,
}

pub(super) fn run(arguments: &Arguments) -> Status {
    let schema = match arguments.of {
        Of::Manifest => crate::manifest::schema(),
        Of::Blueprint => crate::blueprint::schema(),
        Of::Policies => crate::policy::declarative::schema(),
    };
    let text = serde_json::to_string_pretty(schema).unwrap_or_default();
    say(&(text + "\n"));
    Status::Done
}
