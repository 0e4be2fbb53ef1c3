//! `slgen blueprint pack`.

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use crate::blueprint::{self, Files, files::DEFINITION};
use crate::cli::{Cli, Failure, Format, Status, say};
use crate::diagnostic::Diagnostic;
use crate::inputs::checksum;
use crate::remote::archive;
use crate::workspace;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder of the blueprint.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: Utf8PathBuf,
    /// Where the archive is written: compressed where it ends with .gz; unsaid: NAME-VERSION.tar.gz.
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let folder = cli.directory.join(&arguments.folder);
    let wrong = |message: String| Failure::from(Diagnostic::error("SLG-BLUEPRINT-001", message));
    let files = Files::read(&folder, &arguments.folder).map_err(wrong)?;
    let text = files.text(DEFINITION.into()).unwrap_or_default();
    let file = arguments.folder.join(DEFINITION);
    let Ok(definition) = blueprint::parse(&file, text) else {
        let fault = Diagnostic::error("SLG-BLUEPRINT-001", format!("{file} is no blueprint"));
        return Err(fault
            .help("`slgen blueprint lint` says what is wrong")
            .into());
    };
    let (name, version) = (&definition.name, &definition.version);
    let unpacked = |error: std::io::Error| wrong(format!("{}: {error}", arguments.folder));
    let tar = archive::pack(&files).map_err(unpacked)?;
    let output = arguments.output.clone();
    let output = output.unwrap_or_else(|| format!("{name}-{version}.tar.gz").into());
    let bytes = if output.extension() == Some("gz") {
        archive::compress(&tar).map_err(unpacked)?
    } else {
        tar
    };
    let sha256 = checksum(&bytes);
    workspace::replace_at(&cli.directory.join(&output), &bytes)?;
    say(&match cli.format {
        Format::Text | Format::Markdown => format!("{sha256}  {output}\n"),
        _ => {
            let packed = json!({
                "schema": "slgen.packed/1",
                "name": name,
                "version": version,
                "file": output,
                "sha256": sha256,
                "files_sha256": files.sha256(),
            });
            format!("{packed}\n")
        }
    });
    Ok(Status::Done)
}
