//! `slgen diff`.

mod base;
mod context;
mod earlier;
mod foreign;
mod output;
mod pipeline;
mod recorded;
mod sources;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::{Cli, Failure, Status};
use crate::diff::report::Report;
use crate::guardrail::Severity;
use crate::inputs;

pub(super) use sources::versions;

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct Arguments {
    /// Compare what is committed at REF with the files on disk; without REF, where HEAD left its
    /// upstream branch.
    #[arg(long, value_name = "REF", num_args = 0..=1, default_missing_value = "")]
    base: Option<String>,
    /// Terraform of this folder instead of slgen's own, with a revision (--base) or another folder
    /// (--against); needs no manifest.
    #[arg(long, value_name = "DIR")]
    code: Option<Utf8PathBuf>,
    /// Compare that folder with this one, instead of with a revision.
    #[arg(long, value_name = "DIR", requires = "code", conflicts_with = "base")]
    against: Option<Utf8PathBuf>,
    /// Compare a state file (format 4) with the files on disk.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "code"])]
    state: Option<Utf8PathBuf>,
    /// Compare before and after of a plan, as `terraform show -json PLAN` writes it; needs no
    /// manifest.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "code", "state"])]
    plan: Option<Utf8PathBuf>,
    /// Compare what would be generated with a snapshot of the account, as `slgen snapshot` writes it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "code", "state", "plan"])]
    snapshot: Option<Utf8PathBuf>,
    /// Compare what would be generated with the account.
    #[arg(long, conflicts_with_all = ["base", "code", "state", "plan", "snapshot"])]
    live: bool,
    /// Least severity at which something that opens fails the run (exit status 3).
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Level::High)]
    fail_on: Level,
    /// Exit 2 when anything differs.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Leave out changes that neither open nor close anything.
    #[arg(long)]
    security_only: bool,
    /// Look at everything anew, whatever an earlier run found; as with `SLGEN_CACHE=off`, and in CI.
    #[arg(long)]
    no_cache: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    Low,
    Medium,
    High,
    Critical,
    /// Never fail.
    Never,
}

impl Level {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let mut report = compared(cli, arguments)?;
    if arguments.security_only {
        let neutral = crate::diff::Direction::Neutral;
        report.findings.retain(|f| f.direction != neutral);
    }
    output::write(cli, arguments, &report);
    Ok(status(arguments, &report))
}

/// Compares what the arguments name.
fn compared(cli: &Cli, arguments: &Arguments) -> Result<Report, Failure> {
    if let Some(file) = &arguments.state {
        return recorded::state(cli, file);
    }
    if let Some(file) = &arguments.plan {
        return recorded::plan(cli, file);
    }
    if let Some(file) = &arguments.snapshot {
        return recorded::snapshot(cli, file);
    }
    if arguments.live {
        return recorded::live(cli);
    }
    match (&arguments.code, &arguments.base) {
        (Some(code), _) => foreign::report(cli, arguments, code),
        (None, Some(revision)) => base::report(cli, revision),
        (None, None) => generated(cli, arguments),
    }
}

/// The files on disk with what would be generated; as an earlier run said it, where all is as it was.
fn generated(cli: &Cli, arguments: &Arguments) -> Result<Report, Failure> {
    let Some(question) = earlier::Question::of(cli, arguments) else {
        return sources::generated(cli);
    };
    if let Some(report) = question.answer() {
        return Ok(report);
    }
    let (report, record) = inputs::recorded(|| sources::generated(cli));
    let report = report?;
    question.keep(&report, record);
    Ok(report)
}

/// A failed gate before what could not be checked before a difference.
fn status(arguments: &Arguments, report: &Report) -> Status {
    let gates = arguments
        .fail_on
        .severity()
        .is_some_and(|level| report.fails(level));
    if gates {
        Status::Gate
    } else if !report.not_checked.is_empty() {
        Status::Incomplete
    } else if arguments.detailed_exitcode
        && !(report.findings.is_empty() && report.texts.is_empty())
    {
        Status::Differs
    } else {
        Status::Done
    }
}
