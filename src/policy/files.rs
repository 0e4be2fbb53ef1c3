//! The files of a blueprint's `policies/` folder, by what they are.

use camino::{Utf8Path, Utf8PathBuf};

use super::CODE;
use crate::blueprint::Member;
use crate::diagnostic::Diagnostic;

/// The folder.
pub(super) const FOLDER: &str = "policies";

/// Policies of one blueprint: files as messages name them, with their texts.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// Rego.
    pub(super) rego: Vec<(Utf8PathBuf, String)>,
    /// Documents that Rego sees as `data`.
    pub(super) data: Vec<(Utf8PathBuf, String)>,
    /// Declarative rules.
    pub(super) rules: Vec<(Utf8PathBuf, String)>,
}

impl Policies {
    /// Those of a blueprint.
    ///
    /// # Errors
    /// A file that is none of them.
    pub(super) fn of(member: &Member) -> Result<Self, Vec<Diagnostic>> {
        let mut policies = Self::default();
        let mut faults = Vec::new();
        for (path, bytes) in member.files.below(FOLDER) {
            let file = member.file.with_file_name(FOLDER).join(path);
            let list = match path.extension() {
                Some("rego") => &mut policies.rego,
                Some("json") => &mut policies.data,
                Some("yaml" | "yml") => &mut policies.rules,
                Some("md") => continue,
                _ => {
                    faults.push(no_policy(&file));
                    continue;
                }
            };
            if let Ok(text) = std::str::from_utf8(bytes) {
                list.push((file, text.to_owned()));
            } else {
                let fault = Diagnostic::error(CODE, format!("{file} is no UTF-8 text"));
                faults.push(fault.help("save it as UTF-8"));
            }
        }
        if faults.is_empty() {
            Ok(policies)
        } else {
            Err(faults)
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rego.is_empty() && self.data.is_empty() && self.rules.is_empty()
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = (Utf8PathBuf, String)> {
        let all = self.rego.iter().chain(&self.data).chain(&self.rules);
        all.cloned()
    }

    /// The text of a file of Rego or of its data.
    pub(super) fn text(&self, file: &str) -> Option<(&Utf8PathBuf, &str)> {
        let mut all = self.rego.iter().chain(&self.data);
        let found = all.find(|(name, _)| name == file)?;
        Some((&found.0, &found.1))
    }
}

fn no_policy(file: &Utf8Path) -> Diagnostic {
    Diagnostic::error(CODE, format!("{file} is no policy")).help(
        "a policy is Rego (NAME.rego), a file of declarative rules (NAME.yaml), or data for Rego (NAME.json)",
    )
}
