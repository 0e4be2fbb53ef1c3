//! Flags that mean the same for every command.
#![allow(clippy::disallowed_methods, reason = "it asks who is there")]

use std::io::IsTerminal as _;

use clap::{Args, ValueEnum};

use super::{Cli, Command, Failure};
use crate::diagnostic::{Diagnostic, Severity};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// One environment of the manifest; unsaid: all of them, equal findings told once.
    #[arg(short, long = "env", global = true, value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// Errors and what was asked for, nothing else.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Notes and every file that is written, too.
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Never ask; as when CI is set or there is no terminal.
    #[arg(long, global = true)]
    no_input: bool,
    /// Color diagnostics; auto: on a terminal, unless `NO_COLOR` is set, and always with `CLICOLOR_FORCE`.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Options {
    /// Makes the choice hold for whatever writes to a terminal.
    pub(super) fn settle_color(&self) {
        let choice = match self.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Whether this is a run of CI.
pub(super) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|v| !v.is_empty() && v != "false")
}

impl Cli {
    /// The one environment that was asked for.
    pub(super) fn environment(&self) -> Option<&str> {
        self.global.environment.as_deref()
    }

    /// Whether confirmations are left out.
    pub(super) fn is_quiet(&self) -> bool {
        self.global.quiet
    }

    /// Whether more is told.
    pub(super) fn is_verbose(&self) -> bool {
        self.global.verbose
    }

    /// Why nobody is to be asked; `None` when somebody may be.
    pub(super) fn input_refused(&self) -> Option<&'static str> {
        if self.global.no_input {
            Some("--no-input")
        } else if in_ci() {
            Some("CI is set")
        } else if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
            None
        } else {
            Some("there is no terminal")
        }
    }

    /// Keeps the diagnostics that are to be told to people; programs get all.
    pub(super) fn hear(&self, diagnostics: &mut Vec<Diagnostic>) {
        if self.is_quiet() && self.format == super::Format::Text {
            diagnostics.retain(|d| d.severity == Severity::Error);
        }
    }

    /// # Errors
    /// An environment for a command that is about all of them, or about none.
    pub(super) fn check_environment(&self) -> Result<(), Failure> {
        let one = match &self.command {
            Command::Blueprint(arguments) => arguments.takes_environment(),
            command => matches!(
                command,
                Command::Validate(_)
                    | Command::Diff(_)
                    | Command::Exceptions(_)
                    | Command::Package(_)
                    | Command::Permissions(_)
                    | Command::Snapshot(_)
            ),
        };
        match self.environment() {
            Some(_) if !one => Err(Failure::from(
                Diagnostic::error(
                    "SLG-USAGE-001",
                    "--env means nothing to this command, which is about every environment",
                )
                .help("leave it out, or judge one environment with `slgen validate --env`"),
            )),
            _ => Ok(()),
        }
    }
}
