//! `slgen validate`.

use super::{Cli, Failure, Status, pipeline, say};

pub(super) fn run(cli: &Cli) -> Result<Status, Failure> {
    let prepared = pipeline::prepare(&cli.directory, &cli.manifest)?;
    prepared.gate(cli.format)?;
    say(&format!(
        "{}: valid, {} files would be generated\n",
        cli.manifest,
        prepared.files.len()
    ));
    Ok(Status::Done)
}
