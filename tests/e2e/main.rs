//! The generated trees through Terraform, a local AWS (moto) and the scanners: formatted, valid,
//! nothing found, applied, and nothing left to change. Run by `scripts/test`, which finds Terraform
//! and installs the other tools.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    clippy::print_stdout,
    reason = "a run's figures, seen with --nocapture"
)]

mod calls;
mod deployer;
mod diff;
#[path = "../common/example.rs"]
mod example_files;
#[path = "../common/fields.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod fields;
mod handlers;
mod hostile;
mod images;
mod live;
mod live_score;
mod moto;
mod package;
mod pin;
#[path = "../common/pipeline_files.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod pipeline_files;
mod policies;
mod scanners;
mod sql;
mod stack;
mod tables;
mod triggers;
#[path = "../common/update.rs"]
mod update;
mod wizard;
mod workflows;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stack::Stack;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn orders_dev_is_applied() {
    let stack = Stack::generate("orders", "dev", "111111111111");
    stack.apply();
    diff::recorded(&stack);
}

#[test]
fn orders_prod_is_applied_and_scanned() {
    let stack = Stack::generate("orders", "prod", "222222222222");
    let plan = stack.scan();
    policies::agree(&stack, "prod", &plan);
    stack.apply();
    scanners::explain_policies("orders", &stack.state());
    scanners::prowler(&stack);
    live_score::score(&stack, "prod", "222222222222");
    live::reader(&stack, "prod", "222222222222");
}

#[test]
fn orders_prod_is_updated_and_destroyed() {
    let stack = Stack::recorded("orders", "prod", "222222222222");
    stack.apply();
    deployer::update_and_destroy(&stack);
}

#[test]
fn compact_prod_is_applied_and_scanned() {
    let stack = Stack::generate("compact", "prod", "222222222222");
    stack.scan();
    stack.apply();
    scanners::explain_policies("compact", &stack.state());
}

/// A program of a tool that `scripts/install-tools` installs.
fn installed(tool: &str, program: &str) -> PathBuf {
    let path = Path::new(ROOT)
        .join(".tools")
        .join(tool)
        .join("bin")
        .join(program);
    assert!(
        path.exists(),
        "{tool} is not installed: run `bash scripts/install-tools`"
    );
    path
}

/// The same of a list for npm.
fn installed_npm(tool: &str, program: &str) -> PathBuf {
    let path = Path::new(ROOT)
        .join(".tools")
        .join(tool)
        .join("node_modules/.bin")
        .join(program);
    assert!(
        path.exists(),
        "{tool} is not installed: run `bash scripts/install-tools`"
    );
    path
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// What Terraform prints in a folder.
fn terraform(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("terraform")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    output.stdout
}

fn slgen(project: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(project)
        .args(arguments)
        .output()
        .unwrap()
}
