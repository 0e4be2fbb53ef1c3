//! `slgen man`.

use clap::CommandFactory as _;

use super::{Cli, Failure, Status, say};

pub(super) fn run() -> Result<Status, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Failure::from(error.to_string()))?;
    say(&String::from_utf8_lossy(&page));
    Ok(Status::Done)
}
