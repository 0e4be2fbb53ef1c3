//! Commands: arguments, wiring, exit status.

mod add;
mod ask;
mod blueprint;
mod calendar;
mod ci;
mod completions;
mod diff;
mod doctor;
mod each;
mod exceptions;
mod explain;
mod explain_defaults;
mod fleet;
mod generate;
mod global;
mod handler;
mod images;
mod init;
mod judged;
mod lockfiles;
mod man;
mod package;
mod permissions;
mod pin;
mod pipeline;
mod policies;
mod sbom;
mod scaffold;
mod schema;
mod shipped;
mod signed;
mod snapshot;
mod sources;
mod validate;
mod verdict;
mod vulns;
mod workflows;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{Parser, Subcommand, ValueEnum};

use crate::diagnostic::{
    Diagnostic, Sources, render_github, render_gitlab, render_json, render_sarif, render_text,
};
use crate::threads::joined;

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
    #[command(flatten)]
    global: global::Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For pull requests and documents; diagnostics stay as text.
    Markdown,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begin a service: ask what cannot be known, write the manifest and its first function.
    Init(init::Arguments),
    /// Add to the manifest, keeping everything else in it as it is.
    Add(add::Arguments),
    /// Check the manifest; write nothing.
    Validate(validate::Arguments),
    /// Write the Terraform of every environment.
    Generate(generate::Arguments),
    /// Say what changes, and which way the security goes.
    Diff(diff::Arguments),
    /// Say why a rule, an action, a resource or a line of generated code is there.
    Explain(explain::Arguments),
    /// List the exceptions with their state.
    Exceptions(exceptions::Arguments),
    /// Say what a policy allows and risks, or what a change of it newly allows.
    Permissions(permissions::Arguments),
    /// Write the first code of a function's handler, with its tests; what is there stays.
    Scaffold(scaffold::Arguments),
    /// Build a function's package, the same bytes each time, or note where it was uploaded.
    Package(package::Arguments),
    /// Write slgen.lock: what blueprint, provider, base images and actions stand for, by checksum.
    Pin(pin::Arguments),
    /// Print what a function is made of, by its lockfiles (`CycloneDX`).
    Sbom(sbom::Arguments),
    /// The register of known vulnerabilities: list it, or import what scanners report.
    Vulns(vulns::Arguments),
    /// For platform teams: pack a blueprint, move services to a version, say what that changes.
    Blueprint(blueprint::Arguments),
    /// Report over many services: blueprints, exceptions, pins, findings, permissions, entry points.
    Fleet(fleet::Arguments),
    /// Say what slgen knows, of when, and what it finds around it.
    Doctor,
    /// Write what the account says of an environment into a file, without secrets.
    Snapshot(snapshot::Arguments),
    /// Print the JSON Schema of the manifest, of a blueprint, or of declarative policies.
    Schema(schema::Arguments),
    /// Print a completion script for a shell.
    Completions(completions::Arguments),
    /// Print the manual page.
    Man,
    /// Evaluate the policies that stand on the input, in a process of their own.
    #[command(hide = true, name = crate::policy::rego::COMMAND)]
    PolicyEngine,
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
    /// A gate failed: a guardrail, an expired exception; nothing was written.
    Gate = 3,
    /// Something that had to be looked at could not be.
    Incomplete = 4,
}

/// Why a command ended early.
struct Failure {
    status: Status,
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
}

impl From<Diagnostic> for Failure {
    /// An error that has no place in a file.
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            status: Status::Error,
            diagnostics: vec![diagnostic],
            sources: Sources::default(),
        }
    }
}

impl From<String> for Failure {
    /// A file that could not be written or read.
    fn from(message: String) -> Self {
        Self::from(Diagnostic::error("SLG-WRITE-001", message))
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
    cli.global.settle_color();
    let outcome = cli.check_environment().and_then(|()| match &cli.command {
        Command::Init(arguments) => init::run(&cli, arguments),
        Command::Add(arguments) => add::run(&cli, arguments),
        Command::Validate(arguments) => validate::run(&cli, arguments),
        Command::Generate(arguments) => generate::run(&cli, arguments),
        Command::Diff(arguments) => diff::run(&cli, arguments),
        Command::Explain(arguments) => explain::run(&cli, arguments),
        Command::Exceptions(arguments) => exceptions::run(&cli, arguments),
        Command::Completions(arguments) => Ok(completions::run(arguments)),
        Command::Man => man::run(),
        Command::PolicyEngine => policies::serve(),
        Command::Permissions(arguments) => permissions::run(&cli, arguments),
        Command::Blueprint(arguments) => blueprint::run(&cli, arguments),
        Command::Fleet(arguments) => fleet::run(&cli, arguments),
        Command::Doctor => Ok(doctor::run(&cli)),
        Command::Scaffold(arguments) => scaffold::run(&cli, arguments),
        Command::Package(arguments) => package::run(&cli, arguments),
        Command::Pin(arguments) => pin::run(&cli, arguments),
        Command::Vulns(arguments) => vulns::run(&cli, arguments),
        Command::Sbom(arguments) => sbom::run(&cli, arguments),
        Command::Snapshot(arguments) => snapshot::run(&cli, arguments),
        Command::Schema(arguments) => Ok(schema::run(arguments)),
    });
    let status = outcome.unwrap_or_else(|mut failure| {
        cli.hear(&mut failure.diagnostics);
        report(&failure.diagnostics, &failure.sources, cli.format);
        failure.status
    });
    ExitCode::from(status as u8)
}

/// Results, on stdout. A closed pipe is no error.
fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Diagnostics, on stderr.
fn report(diagnostics: &[Diagnostic], sources: &Sources, format: Format) {
    let color = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let text = rendered(diagnostics, sources, format, color);
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Diagnostics in a format; color is for people only.
fn rendered(diagnostics: &[Diagnostic], sources: &Sources, format: Format, color: bool) -> String {
    let document = |value: serde_json::Value| value.to_string() + "\n";
    match format {
        Format::Text | Format::Markdown => render_text(diagnostics, sources, color),
        Format::Json => document(render_json(diagnostics, sources)),
        Format::Sarif => document(render_sarif(diagnostics, sources, &verdict::descriptions())),
        Format::Github => render_github(diagnostics, sources),
        Format::Gitlab => {
            let file = sources.0.keys().next().map_or("slgen.yaml", |f| f.as_str());
            document(render_gitlab(diagnostics, sources, file))
        }
    }
}
