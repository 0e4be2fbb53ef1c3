//! `slgen vulns import`.

use camino::{Utf8Path, Utf8PathBuf};

use crate::cli::pipeline::Prepared;
use crate::cli::{Cli, Failure, Status, lockfiles, report, say};
use crate::date::Date;
use crate::diagnostic::{Diagnostic, Sources};
use crate::diff::report::escape;
use crate::inputs;
use crate::vulns::{self, Context, DueDays, Locked, Register, Report};
use crate::workspace;

/// Larger reports are not read.
const LARGEST: u64 = 64 << 20;

pub(super) fn run(
    cli: &Cli,
    prepared: &Prepared,
    mut register: Register,
    files: &[Utf8PathBuf],
    on: Date,
) -> Result<Status, Failure> {
    let mut reports = Vec::new();
    for file in files {
        let read = text(&cli.directory.join(file)).and_then(|text| vulns::read(&text));
        reports.push(read.map_err(|why| {
            let message = escape::terminal(&format!("{file}: {why}"));
            Diagnostic::error("SLG-VULN-002", message)
                .help("nothing was written: give SARIF 2.1.0, OSV-Scanner or pip-audit JSON, or OSV records")
        })?);
    }
    let locked = locked(prepared);
    let context = Context {
        locked: &locked,
        owner: prepared.service().owner.as_deref(),
        on,
        days: days(prepared),
    };
    let before = register.clone();
    vulns::update(&mut register, &reports, &context);
    workspace::replace(&prepared.root, vulns::FILE, vulns::render(&register))?;
    if !cli.is_quiet() {
        say(&summary(&before, &register));
    }
    Ok(incomplete(cli, files, &reports))
}

/// What the reports did not look at.
fn incomplete(cli: &Cli, files: &[Utf8PathBuf], reports: &[Report]) -> Status {
    let mut warnings = Vec::new();
    for (file, one) in files.iter().zip(reports) {
        warnings.extend(one.skipped.iter().map(|skipped| {
            let message = format!("{file}: not scanned: {}", escape::terminal(skipped));
            Diagnostic::warning("SLG-VULN-003", message)
                .help("not scanned is unknown, never clean: scan again")
        }));
    }
    if warnings.is_empty() {
        return Status::Done;
    }
    report(&warnings, &Sources::default(), cli.format);
    Status::Incomplete
}

fn summary(before: &Register, after: &Register) -> String {
    let open = |register: &Register| {
        register
            .vulnerabilities
            .iter()
            .filter(|e| e.fixed.is_none())
            .count()
    };
    let fixed = |register: &Register| register.vulnerabilities.len() - open(register);
    let new = after
        .vulnerabilities
        .len()
        .saturating_sub(before.vulnerabilities.len());
    format!(
        "{}: written: {new} new, {} newly fixed, {} open\n",
        vulns::FILE,
        fixed(after).saturating_sub(fixed(before)),
        open(after)
    )
}

/// Packages of all lockfiles.
fn locked(prepared: &Prepared) -> Vec<Locked> {
    let read = lockfiles::read(&prepared.root, prepared.service());
    let each = read.found.iter().flat_map(|found| {
        found.lockfile.packages.iter().map(|package| Locked {
            file: found.file.to_string(),
            functions: found.functions.clone(),
            ecosystem: package.ecosystem,
            name: package.name.clone(),
            version: package.version.clone(),
        })
    });
    each.collect()
}

/// The policy: the manifest's where it is stricter.
fn days(prepared: &Prepared) -> DueDays {
    let own = DueDays::default();
    let policy = prepared.loaded.manifest.vulnerabilities.as_ref();
    let Some(days) = policy.and_then(|policy| policy.due_days.as_ref()) else {
        return own;
    };
    let stricter = |stated: Option<u32>, own: u32| stated.map_or(own, |stated| stated.min(own));
    DueDays {
        critical: stricter(days.critical, own.critical),
        high: stricter(days.high, own.high),
        medium: stricter(days.medium, own.medium),
        low: stricter(days.low, own.low),
    }
}

/// # Errors
/// Why it cannot be read.
fn text(path: &Utf8Path) -> Result<String, String> {
    let text = inputs::text(path, LARGEST).map_err(|error| error.to_string())?;
    text.ok_or_else(|| "it is larger than 64 MiB".to_owned())
}
