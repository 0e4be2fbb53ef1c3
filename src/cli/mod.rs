//! Commands: arguments, wiring, exit status.

mod explain_defaults;
mod generate;
mod pipeline;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{Parser, Subcommand, ValueEnum};

use crate::diagnostic::{
    Diagnostic, Severity, Sources, render_github, render_gitlab, render_json, render_sarif,
    render_text,
};

/// Secure-by-default deployment generator for serverless functions.
#[derive(Debug, Parser)]
#[command(name = "slgen", version, arg_required_else_help = true)]
struct Cli {
    /// Run as if started in this folder.
    #[arg(
        short = 'C',
        long,
        global = true,
        value_name = "DIR",
        default_value = "."
    )]
    directory: Utf8PathBuf,
    /// Manifest, relative to that folder.
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        default_value = "slgen.yaml"
    )]
    manifest: Utf8PathBuf,
    /// How diagnostics are written.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the manifest; write nothing.
    Validate {
        /// Print the manifest with every default filled in and where each comes from.
        #[arg(long)]
        explain: bool,
    },
    /// Write the Terraform of every environment.
    Generate(generate::Arguments),
    /// Print the JSON Schema of the manifest.
    Schema,
}

/// Exit status, the same for all commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Done.
    Done = 0,
    /// An error; nothing was written.
    Error = 1,
    /// What is on disk differs.
    Differs = 2,
}

/// Why a command ended early.
struct Failure {
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
}

impl Failure {
    /// Only what warns: notes are for who asks by `validate`.
    fn warnings(mut self) -> Self {
        self.diagnostics.retain(|d| d.severity != Severity::Note);
        self
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self {
            diagnostics: vec![Diagnostic::error("SLG-WRITE-001", message)],
            sources: Sources::default(),
        }
    }
}

/// Parses the arguments, runs the command and reports; gives the exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // clap exits with 2 for usage errors; 2 is `differs` here.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(1)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let outcome = match &cli.command {
        Command::Validate { explain } => {
            pipeline::prepare(&cli.directory, &cli.manifest).map(|prepared| {
                report(&prepared.advice, cli.format);
                if *explain {
                    say(&match cli.format {
                        Format::Json => {
                            explain_defaults::json(&prepared.explained).to_string() + "\n"
                        }
                        _ => explain_defaults::text(&prepared.explained),
                    });
                    return Status::Done;
                }
                say(&format!(
                    "{}: valid, {} files would be generated\n",
                    cli.manifest,
                    prepared.files.len()
                ));
                Status::Done
            })
        }
        Command::Generate(arguments) => {
            generate::run(&cli.directory, &cli.manifest, cli.format, arguments)
        }
        Command::Schema => {
            let schema =
                serde_json::to_string_pretty(crate::manifest::schema()).unwrap_or_default();
            say(&(schema + "\n"));
            Ok(Status::Done)
        }
    };
    let status = outcome.unwrap_or_else(|failure| {
        report(&failure, cli.format);
        Status::Error
    });
    ExitCode::from(status as u8)
}

/// Results, on stdout. A closed pipe is no error.
fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Diagnostics, on stderr; the formats that are one document also when there are none.
fn report(failure: &Failure, format: Format) {
    let Failure {
        diagnostics,
        sources,
    } = failure;
    let document = |value: serde_json::Value| value.to_string() + "\n";
    let text = match format {
        Format::Text => {
            let choice = anstream::AutoStream::choice(&std::io::stderr());
            render_text(diagnostics, sources, choice != anstream::ColorChoice::Never)
        }
        Format::Json => document(render_json(diagnostics, sources)),
        Format::Sarif => document(render_sarif(diagnostics, sources, &[])),
        Format::Github => render_github(diagnostics, sources),
        Format::Gitlab => {
            let file = sources.0.keys().next().map_or("slgen.yaml", |f| f.as_str());
            document(render_gitlab(diagnostics, sources, file))
        }
    };
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
