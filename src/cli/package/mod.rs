//! `slgen package`: a function's package, and what of it runs where.

mod image;
mod record;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::json;

use super::pipeline::{self, Prepared};
use super::{Cli, Failure, Format, Status, say};
use crate::diagnostic::Diagnostic;
use crate::manifest::similar;
use crate::package::{self, Packed};
use crate::service::model::{Function, Package};
use crate::workspace;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Function of the manifest.
    #[arg(required_unless_present = "check")]
    function: Option<String>,
    /// Pack this folder, which you have built, instead of the function's sources.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["record", "check"])]
    from: Option<Utf8PathBuf>,
    /// Where the archive goes; dist/FUNCTION.zip or, of an image, .tar beside the manifest unless told.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "check"])]
    output: Option<Utf8PathBuf>,
    /// Program that builds the image, buildah or docker; the first that is there unless told.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["record", "check", "from"])]
    builder: Option<String>,
    /// Note what was uploaded in the artifacts file of an environment (--env).
    #[arg(long, requires = "function")]
    record: bool,
    #[command(flatten)]
    uploaded: record::Uploaded,
    /// Write nothing; exit 3 when a function has nothing to run that is recorded.
    #[arg(long, conflicts_with_all = ["record", "function"])]
    check: bool,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let prepared = pipeline::prepare_for(cli.environment(), &cli.directory, &cli.manifest)?;
    if arguments.check {
        return record::check(cli, &prepared);
    }
    // What may not be generated is not built either.
    prepared.judged()?;
    let name = arguments.function.as_deref().unwrap_or_default();
    let function = function(&prepared, name)?;
    if arguments.record {
        return record::record(cli, &prepared, name, function, &arguments.uploaded);
    }
    match function.package {
        Package::Zip if arguments.builder.is_some() => Err(fault(
            format!("{name} is shipped as a zip package"),
            "leave --builder out: slgen packs it itself",
        )),
        Package::Zip => zip(cli, arguments, &prepared, name, function),
        Package::Image => image::build(cli, arguments, &prepared, name, function),
    }
}

/// A fault that has no place in a file.
fn fault(message: impl Into<String>, help: impl Into<String>) -> Failure {
    Diagnostic::error("SLG-PACKAGE-001", message)
        .help(help)
        .into()
}

fn function<'p>(prepared: &'p Prepared, name: &str) -> Result<&'p Function, Failure> {
    let functions = &prepared.service().functions;
    functions.get(name).ok_or_else(|| {
        let names: Vec<&str> = functions.keys().map(String::as_str).collect();
        let help = similar(name, names.iter().copied()).map_or_else(
            || format!("there are: {}", names.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        fault(format!("there is no function {name:?}"), help)
    })
}

fn zip(
    cli: &Cli,
    arguments: &Arguments,
    prepared: &Prepared,
    name: &str,
    function: &Function,
) -> Result<Status, Failure> {
    let packed = if let Some(folder) = &arguments.from {
        package::whole(&cli.directory.join(folder)).and_then(|files| package::pack(&files))
    } else {
        package::stage(&prepared.root, name, function)
            .and_then(|stage| package::pack(&stage.shipped()?))
    };
    let packed = packed.map_err(|message| fault(message, "nothing was written"))?;
    let beside = Utf8PathBuf::from(format!("dist/{name}.zip"));
    let file = if let Some(file) = &arguments.output {
        workspace::replace_at(&cli.directory.join(file), &packed.bytes)?;
        file
    } else {
        workspace::put(&prepared.root, &beside, &packed.bytes)?;
        &beside
    };
    tell(cli, name, file, &packed);
    Ok(Status::Done)
}

fn tell(cli: &Cli, name: &str, file: &Utf8Path, packed: &Packed) {
    let code = package::base64(&packed.sha256);
    if cli.format == Format::Json {
        let document = json!({
            "schema": "slgen.package/1",
            "function": name,
            "file": file,
            "bytes": packed.bytes.len(),
            "files": packed.files,
            "sha256": code,
        });
        say(&format!("{document}\n"));
    } else if !cli.is_quiet() {
        let (files, kib) = (packed.files, packed.bytes.len().div_ceil(1024));
        let unit = if files == 1 { "file" } else { "files" };
        say(&format!(
            "{file}: {files} {unit}, {kib} KiB, sha256 {code}\n"
        ));
    }
}
