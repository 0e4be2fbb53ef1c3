//! Why the pipeline stops.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::cli::{Failure, Status};
use crate::diagnostic::{Diagnostic, Sources};

/// A defect of slgen: nothing is written.
pub(in crate::cli) fn internal(message: String) -> Diagnostic {
    Diagnostic::error("SLG-INTERNAL-001", message)
        .help("this is a defect of slgen: please report it with the manifest")
}

pub(in crate::cli) fn failure(
    diagnostics: Vec<Diagnostic>,
    file: &Utf8Path,
    text: &str,
) -> Failure {
    Failure {
        status: Status::Error,
        diagnostics,
        sources: sources(file, text),
    }
}

pub(super) fn sources(file: &Utf8Path, text: &str) -> Sources {
    Sources(BTreeMap::from([(file.to_owned(), text.to_owned())]))
}
