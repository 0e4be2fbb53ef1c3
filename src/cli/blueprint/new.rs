//! `slgen blueprint new`.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use clap::Args;

use super::test;
use crate::cli::{Cli, Failure, Status, say};
use crate::diagnostic::Diagnostic;
use crate::{inputs, workspace};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder of the blueprint, whose name it takes; made if it is not there.
    #[arg(value_name = "DIR")]
    folder: Utf8PathBuf,
}

/// Path and text of each file; `NAME` stands for the blueprint's name.
const FILES: [(&str, &str); 6] = [
    (
        "README.md",
        include_str!("../../../templates/blueprint/README.md"),
    ),
    (
        "blueprint.yaml",
        include_str!("../../../templates/blueprint/blueprint.yaml"),
    ),
    (
        "tests/kept/slgen.yaml",
        include_str!("../../../templates/blueprint/kept.yaml"),
    ),
    (
        "tests/kept/src/tidy/app.py",
        include_str!("../../../templates/blueprint/app.py"),
    ),
    (
        "tests/refused/slgen.yaml",
        include_str!("../../../templates/blueprint/refused.yaml"),
    ),
    (
        "tests/refused/src/tidy/app.py",
        include_str!("../../../templates/blueprint/app.py"),
    ),
];

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let folder = cli.directory.join(&arguments.folder);
    let name = folder
        .file_name()
        .map(|name| name.to_lowercase().replace(['_', ' ', '.'], "-"))
        .filter(|name| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
        .ok_or_else(|| {
            let message = format!("{} gives a blueprint no name", arguments.folder);
            let help = "name the folder in a-z, 0-9 and -";
            Failure::from(Diagnostic::error("SLG-USAGE-001", message).help(help))
        })?;
    let taken = inputs::list(&folder).is_ok_and(|listing| !listing.entries.is_empty());
    if taken {
        let message = format!("{} is there already, and not empty", arguments.folder);
        let help = "name a folder that is not there";
        return Err(Diagnostic::error("SLG-USAGE-001", message)
            .help(help)
            .into());
    }
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", arguments.folder))?;
    let files: BTreeMap<Utf8PathBuf, String> = FILES
        .iter()
        .map(|(path, text)| ((*path).into(), text.replace("NAME", &name)))
        .collect();
    workspace::add(&folder, &files)?;
    // Its tests hold from the first day.
    for case in test::cases(&folder)? {
        test::update(&folder, &case)?;
    }
    if !cli.is_quiet() {
        for path in files.keys() {
            say(&format!("{}: written\n", arguments.folder.join(path)));
        }
        say(&format!(
            "next: slgen blueprint test {0} && slgen blueprint lint {0}\n",
            arguments.folder
        ));
    }
    Ok(Status::Done)
}
