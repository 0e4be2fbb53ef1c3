//! Stacks of one kind of trigger each.

use std::path::Path;

use crate::example_files::copy;

/// The stack of a kind of trigger, generated: the folder of its manifest.
pub(crate) fn generated(trigger: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let triggers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/triggers");
    copy(&triggers.join(trigger), folder.path());
    let handlers = SCAFFOLDED.iter().filter(|(of, _)| *of == trigger);
    let scaffold = handlers.map(|(_, function)| vec!["scaffold", function]);
    for arguments in scaffold.chain([vec!["generate"]]) {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{trigger}: {said}");
    }
    folder
}

/// Functions whose handlers have to be slgen's own, by the stack.
const SCAFFOLDED: [(&str, &str); 2] = [("signed", "hook"), ("signed", "charge")];
