//! Stacks of one kind of trigger each.

use std::path::Path;

use crate::example_files::copy;

/// The stack of a kind of trigger, generated: the folder of its manifest.
pub(crate) fn generated(trigger: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let triggers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/triggers");
    copy(&triggers.join(trigger), folder.path());
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder.path())
        .arg("generate")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{trigger}: {said}");
    folder
}
