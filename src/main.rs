//! The `slgen` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    slgen::cli::run(std::env::args_os())
}
