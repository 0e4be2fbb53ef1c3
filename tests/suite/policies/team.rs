//! A blueprint in `acme/` with policies, and a service in `orders/` that uses it.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const HEAD: &str = "name: acme\nversion: 1.0.0\ndescription: Ours.\nextends: { source: \"builtin:aws-baseline\", version: 1.0.0 }\n";

pub(crate) struct Team(TempDir);

/// Exit status, and what is said on both streams.
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) text: String,
}

impl Team {
    /// The blueprint's text goes on after its head.
    pub(crate) fn new(blueprint: &str) -> Self {
        let team = Self(tempfile::tempdir().unwrap());
        team.write("acme/blueprint.yaml", &format!("{HEAD}{blueprint}"));
        team.write(
            "orders/src/tidy/app.py",
            "def handler(event, context):\n    return None\n",
        );
        team.service("");
        team
    }

    /// The service says this besides.
    pub(crate) fn service(&self, more: &str) {
        self.manifest("{ source: \"path:../acme\", version: 1.0.0 }", more);
    }

    pub(crate) fn manifest(&self, baseline: &str, more: &str) {
        let text = format!(
            "version: 1\nservice: orders\nowner: team\nbaseline: {baseline}\nalerts: {{ email: [you@example.com] }}\nenvironments: {{ prod: {{ account: \"111111111111\", region: eu-west-1 }} }}\n{more}functions:\n  tidy:\n    source: src/tidy\n    triggers: [{{ schedule: rate(1 day) }}]\n"
        );
        self.write("orders/slgen.yaml", &text);
    }

    pub(crate) fn policy(&self, name: &str, text: &str) {
        self.write(&format!("acme/policies/{name}"), text);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Runs slgen in the service's folder.
    pub(crate) fn slgen(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .args(arguments)
            .current_dir(self.path("orders"))
            .env("NO_COLOR", "1")
            .env_remove("CI")
            .output()
            .unwrap();
        Said {
            status: output.status.code().unwrap(),
            text: String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
        }
    }
}
