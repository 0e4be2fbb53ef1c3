//! What was uploaded, in the artifacts file of an environment.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::json;

use super::fault;
use crate::cli::pipeline::Prepared;
use crate::cli::{Cli, Failure, Format, Status, say};
use crate::guardrail::artifacts;
use crate::package::{self, Artifact, Recorded};
use crate::service::model::{Function, Package};
use crate::workspace;

/// No file of artifacts comes near this size.
const BYTES: u64 = 4 * 1024 * 1024;

/// What was uploaded where.
#[derive(Debug, Args)]
pub(super) struct Uploaded {
    /// Digest of the image in its repository, `sha256:…`.
    #[arg(long, requires = "record", conflicts_with_all = ["s3_key", "s3_version", "file"])]
    digest: Option<String>,
    /// Key of the package in the artifact bucket.
    #[arg(long, value_name = "KEY", requires = "record")]
    s3_key: Option<String>,
    /// Version of that object.
    #[arg(long, value_name = "VERSION", requires = "record")]
    s3_version: Option<String>,
    /// The package as it was uploaded, after it was signed, or the archive of an image; its hash or digest is recorded.
    #[arg(long, value_name = "FILE", requires = "record")]
    file: Option<Utf8PathBuf>,
}

pub(super) fn record(
    cli: &Cli,
    prepared: &Prepared,
    name: &str,
    function: &Function,
    uploaded: &Uploaded,
) -> Result<Status, Failure> {
    let (environment, _) = prepared.environment(cli.environment())?;
    let artifact = artifact(cli, name, function, uploaded)?;
    artifact
        .check()
        .map_err(|message| fault(message, "nothing was recorded"))?;
    let path = prepared.out.join(artifacts(environment));
    let mut recorded = read(prepared, &path)?;
    let functions = &prepared.service().functions;
    recorded
        .artifacts
        .retain(|name, _| functions.contains_key(name));
    recorded.artifacts.insert(name.to_owned(), artifact);
    workspace::put(&prepared.root, &path, recorded.text().as_bytes())?;
    if !cli.is_quiet() {
        say(&format!("{path}: {name} is recorded\n"));
    }
    Ok(Status::Done)
}

fn artifact(
    cli: &Cli,
    name: &str,
    function: &Function,
    uploaded: &Uploaded,
) -> Result<Artifact, Failure> {
    match function.package {
        Package::Image => match (&uploaded.digest, &uploaded.file) {
            (Some(digest), _) => Ok(digest.clone()),
            (None, Some(file)) => package::digest(&cli.directory.join(file))
                .map_err(|message| fault(message, "nothing was recorded")),
            (None, None) => Err(fault(
                format!("{name} is shipped as an image"),
                "give the digest that its repository names, with --digest, or the archive that was pushed, with --file",
            )),
        }
        .map(|image_digest| Artifact::Image { image_digest }),
        Package::Zip => {
            let (Some(key), Some(version), Some(file)) =
                (&uploaded.s3_key, &uploaded.s3_version, &uploaded.file)
            else {
                return Err(fault(
                    format!("{name} is shipped as a zip package"),
                    "give --s3-key, --s3-version and --file, the package as it was uploaded",
                ));
            };
            let path = cli.directory.join(file);
            let sha256 = package::sha256(&path).map_err(|m| fault(m, "nothing was recorded"))?;
            Ok(Artifact::Zip {
                s3_key: key.clone(),
                s3_version: version.clone(),
                sha256: package::base64(&sha256),
            })
        }
    }
}

/// What is recorded so far; nothing when there is no file.
fn read(prepared: &Prepared, path: &Utf8Path) -> Result<Recorded, Failure> {
    let Some(bytes) = workspace::content(&prepared.root, path, BYTES)? else {
        return Ok(Recorded::default());
    };
    std::str::from_utf8(&bytes)
        .map_err(|error| error.to_string())
        .and_then(Recorded::parse)
        .map_err(|reason| {
            fault(
                format!("{path}: {reason}"),
                "restore it from version control, or remove it and record every function anew",
            )
        })
}

/// Says for every environment asked for what has nothing to run.
pub(super) fn check(cli: &Cli, prepared: &Prepared) -> Result<Status, Failure> {
    let service = prepared.service();
    let asked = cli.environment();
    let mut missing = Vec::new();
    for environment in service.environments.keys() {
        if asked.is_some_and(|asked| asked != environment) {
            continue;
        }
        let path = prepared.out.join(artifacts(environment));
        let recorded = read(prepared, &path)?;
        for (name, function) in &service.functions {
            let kept = recorded.artifacts.get(name);
            let is_kind = matches!(
                (function.package, kept),
                (Package::Image, Some(Artifact::Image { .. }))
                    | (Package::Zip, Some(Artifact::Zip { .. }))
            );
            let wrong = match kept {
                None => Some("nothing is recorded".to_owned()),
                Some(_) if !is_kind => Some("what is recorded is of the other kind".to_owned()),
                Some(artifact) => artifact.check().err(),
            };
            if let Some(wrong) = wrong {
                missing.push((environment.clone(), name.clone(), wrong));
            }
        }
    }
    if cli.format == Format::Json {
        let list: Vec<_> = missing
            .iter()
            .map(|(environment, name, reason)| json!({ "environment": environment, "function": name, "reason": reason }))
            .collect();
        let document = json!({ "schema": "slgen.package-check/1", "missing": list });
        say(&format!("{document}\n"));
    } else {
        for (environment, name, reason) in &missing {
            say(&format!(
                "{environment}: {name}: {reason}: run `slgen package {name}`, upload it, then `slgen package {name} --record -e {environment}`\n"
            ));
        }
    }
    Ok(if missing.is_empty() {
        Status::Done
    } else {
        Status::Gate
    })
}
