//! The orders example with each form of pipeline.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::example_files;

/// What stands in `ci`, by a name for it, with what else is put into the manifest.
pub(crate) const PIPELINES: [(&str, &str); 4] = [
    ("github", "ci: { platform: github }\n"),
    (
        "github-snyk",
        "ci:\n  platform: github\n  scanner: snyk\n  updates: dependabot\n  branch: release/2.x\n  runs_on: ubuntu-22.04\n  deployer_role: \"arn:aws:iam::${account}:role/ci/${service}-${env}\"\n  reader_role: \"arn:aws:iam::${account}:role/reader\"\n",
    ),
    (
        "github-owasp",
        "ci: { platform: github, scanner: dependency-check }\n",
    ),
    (
        "gitlab",
        "ci:\n  platform: gitlab\n  image: \"registry.example.com/tools/ci@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\"\n  reader_role: \"arn:aws:iam::${account}:role/reader\"\n",
    ),
];

/// One more function, in a language that is compiled.
const NATIVE: &str = "  audit-orders:\n    runtime: provided.al2023\n    source: src/audit_orders\n    handler: bootstrap\n\nexceptions:";

/// A repository with the project in a folder of it.
pub(crate) struct Project {
    _folder: tempfile::TempDir,
    /// The root of the repository.
    pub(crate) top: PathBuf,
    /// The project.
    pub(crate) root: PathBuf,
}

impl Project {
    pub(crate) fn new(below: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let root = top.join(below);
        std::fs::create_dir(top.join(".git")).unwrap();
        std::fs::create_dir_all(&root).unwrap();
        example_files::lay_out("orders", &root);
        let native = root.join("src/audit_orders");
        std::fs::create_dir_all(native.join("src")).unwrap();
        for (file, text) in [
            (
                "Cargo.toml",
                "[package]\nname = \"bootstrap\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
            ),
            (
                "Cargo.lock",
                "version = 4\n\n[[package]]\nname = \"bootstrap\"\nversion = \"0.1.0\"\n",
            ),
            ("src/main.rs", "fn main() {}\n"),
        ] {
            std::fs::write(native.join(file), text).unwrap();
        }
        let project = Self {
            _folder: folder,
            top,
            root,
        };
        project.with("");
        project
    }

    /// Its manifest, with `ci` at the end.
    pub(crate) fn with(&self, ci: &str) {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders/slgen.yaml");
        let text = std::fs::read_to_string(example).unwrap();
        let text = text.replacen("\nexceptions:", &format!("\n{NATIVE}"), 1);
        std::fs::write(self.root.join("slgen.yaml"), format!("{text}\n{ci}")).unwrap();
    }

    pub(crate) fn slgen(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(&self.root)
            .args(arguments)
            .env("NO_COLOR", "1")
            .output()
            .unwrap()
    }

    /// Generates, and gives the files of the pipeline: their path below the repository, and what is in them.
    pub(crate) fn generated(&self) -> Vec<(String, String)> {
        let output = self.slgen(&["generate"]);
        let shown = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{shown}");
        let below = self.root.strip_prefix(&self.top).unwrap();
        let out = below.join("infra/orders");
        let paths = [
            Path::new(".github/workflows/slgen-orders.yml").to_owned(),
            out.join("gitlab-ci.yml"),
            out.join("renovate.json"),
            out.join("dependabot.yml"),
        ];
        let found = paths.iter().filter_map(|path| {
            let text = std::fs::read_to_string(self.top.join(path)).ok()?;
            Some((path.to_str()?.to_owned(), text))
        });
        found.collect()
    }
}

/// Every script of a pipeline: with its environment, by the name of its step or job.
#[allow(dead_code, reason = "shared with other tests")]
pub(crate) fn scripts(yaml: &str) -> Vec<(String, String)> {
    let document: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
    let mut found = Vec::new();
    let jobs = document.get("jobs").unwrap_or(&document);
    for (name, job) in jobs.as_object().unwrap() {
        for step in job["steps"].as_array().into_iter().flatten() {
            if let Some(script) = step["run"].as_str() {
                let step = step["name"].as_str().unwrap_or_default();
                found.push((format!("{name}: {step}"), script.to_owned()));
            }
        }
        for part in ["before_script", "script"] {
            for script in job[part].as_array().into_iter().flatten() {
                found.push((name.clone(), script.as_str().unwrap().to_owned()));
            }
        }
    }
    found
}
