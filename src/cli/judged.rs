//! What is judged beside the graph: handler sources, lockfiles, workflows and Dockerfiles of the user.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;
use crate::guardrail::Finding;

/// What was found in files of the user, and what was not read.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) advice: Vec<Diagnostic>,
    /// Texts of the files with findings, as they may be shown.
    pub(super) texts: BTreeMap<Utf8PathBuf, String>,
}

impl Judged {
    /// The same with what another reader found.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.findings.extend(other.findings);
        self.advice.extend(other.advice);
        self.texts.extend(other.texts);
        self
    }
}
