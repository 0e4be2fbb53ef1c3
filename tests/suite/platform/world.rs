//! A platform team's repository with versions of a blueprint, and services that use it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::example_files;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Everything in one folder, so that nothing of the machine takes part.
pub(crate) struct World {
    folder: tempfile::TempDir,
}

impl World {
    /// The blueprint `acme`: 1.0.0 is the baseline in zip packages; 1.1.0 gives more memory and keeps logs longer; 2.0.0
    /// bounds the time of an API's functions.
    pub(crate) fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(world.path("platform/acme")).unwrap();
        world.git(&["init", "-q", "-b", "main"]);
        let first = blueprint("1.0.0", &[]);
        world.publish("v1.0.0", &first);
        let more = [
            ("memory_mb: 256", "memory_mb: 512"),
            (
                "retention_days: 365, archive",
                "retention_days: 400, archive",
            ),
        ];
        world.publish("v1.1.0", &blueprint("1.1.0", &more));
        let bound = [
            more[0],
            more[1],
            ("defaults: { timeout_s: 10 }", "defaults: { timeout_s: 5 }"),
            (
                "max: 29, reason: API Gateway gives up after 30 seconds.",
                "max: 5, reason: Nobody waits longer.",
            ),
        ];
        world.publish("2.0.0", &blueprint("2.0.0", &bound));
        world
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap()
    }

    pub(crate) fn edit(&self, below: &str, from: &str, to: &str) {
        let text = self.read(below);
        assert!(text.contains(from), "{below} has no {from:?}:\n{text}");
        fs::write(self.path(below), text.replacen(from, to, 1)).unwrap();
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.path("platform"))
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits a blueprint's text and tags it.
    pub(crate) fn publish(&self, tag: &str, text: &str) {
        fs::write(self.path("platform/acme/blueprint.yaml"), text).unwrap();
        fs::write(self.path("platform/acme/README.md"), tag).unwrap();
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", tag]);
        self.git(&["tag", tag]);
    }

    /// `git::file://…//acme`.
    pub(crate) fn source(&self) -> String {
        format!("git::file://{}//acme", self.path("platform").display())
    }

    /// A service below `services/` that uses a version, pinned and generated.
    pub(crate) fn service(&self, name: &str, version: &str) {
        self.begin(name, version);
        let service = format!("services/{name}");
        self.done(&service, &["pin"]);
        self.done(&service, &["generate"]);
    }

    /// The same with nothing but its manifest.
    pub(crate) fn begin(&self, name: &str, version: &str) {
        let folder = self.path(&format!("services/{name}"));
        fs::create_dir_all(&folder).unwrap();
        example_files::lay_out("compact", &folder);
        let manifest = fs::read_to_string(format!("{ROOT}/examples/compact/slgen.yaml")).unwrap();
        let baseline = "baseline: { source: \"builtin:aws-baseline\", version: 1.0.0 }";
        assert!(manifest.contains(baseline));
        let own = format!(
            "baseline:\n  source: \"{}\"\n  version: {version}  # what the platform team says\n",
            self.source()
        );
        let manifest = manifest.replacen(baseline, &own, 1).replacen(
            "service: orders",
            &format!("service: {name}"),
            1,
        );
        let exceptions = ["api", "worker", "nightly"].map(|function| {
            format!(
                "  - {{ rule: SLG-PKG-003, scope: functions.{function}, reason: no image is asked about, \
                 owner: team@example.com, expires: 2099-12-31 }}\n"
            )
        });
        let manifest = format!("{manifest}exceptions:\n{}", exceptions.concat());
        fs::write(folder.join("slgen.yaml"), manifest).unwrap();
    }

    pub(crate) fn slgen(&self, folder: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(self.path(folder))
            .args(arguments)
            .env("NO_COLOR", "1")
            .env("CI", "true")
            .env("DOCKER_CONFIG", self.folder.path())
            .env("SLGEN_CACHE_DIR", self.path("cache"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap()
    }

    /// Exit status, stdout, stderr.
    pub(crate) fn said(&self, folder: &str, arguments: &[&str]) -> (i32, String, String) {
        let output = self.slgen(folder, arguments);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let status = output.status.code().unwrap();
        (status, text(&output.stdout), text(&output.stderr))
    }

    /// What a command says that has to succeed.
    pub(crate) fn done(&self, folder: &str, arguments: &[&str]) -> String {
        let (status, out, err) = self.said(folder, arguments);
        assert_eq!(status, 0, "{folder} {arguments:?}: {out}{err}");
        out
    }

    /// What a command says that has to fail, which leaves the lock file as it is.
    pub(crate) fn refused(&self, folder: &str, arguments: &[&str]) -> String {
        let lock = self.path(folder).join("slgen.lock");
        let before = fs::read(&lock).ok();
        let (status, out, err) = self.said(folder, arguments);
        assert_eq!(status, 1, "{folder} {arguments:?}: {out}{err}");
        assert_eq!(fs::read(&lock).ok(), before);
        err
    }
}

/// The baseline under another name and version, with changes.
pub(crate) fn blueprint(version: &str, changes: &[(&str, &str)]) -> String {
    let text =
        fs::read_to_string(format!("{ROOT}/blueprints/aws-baseline/blueprint.yaml")).unwrap();
    let version = format!("version: {version}");
    let own = [
        ("name: aws-baseline", "name: acme"),
        ("version: 1.0.0", version.as_str()),
        ("package: image", "package: zip"),
    ];
    own.iter().chain(changes).fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                found.insert(entry.path(), fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}
