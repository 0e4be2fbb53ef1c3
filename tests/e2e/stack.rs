//! An example's generated tree, byte by byte, with what is laid beside it for the tests.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Map, Value, json};

use crate::example_files::copy;
use crate::moto::Moto;
use crate::{ROOT, scanners, slgen, text};

/// Only the state is elsewhere: what is planned is what the generated files say.
const LOCAL_STATE: &str = "terraform {\n  backend \"local\" {}\n}\n";

/// The state in the local AWS, which serves buckets by path.
const S3_STATE: &str = "terraform {\n  backend \"s3\" {\n    use_path_style = true\n  }\n}\n";

/// A generated stack of one environment and the local AWS it is applied to.
pub(crate) struct Stack {
    example: &'static str,
    environment: &'static str,
    account: &'static str,
    folder: tempfile::TempDir,
    /// The local AWS.
    pub(crate) moto: Moto,
    /// The network's ids, which exist only now: given by `-var`.
    network: Option<String>,
    /// What is being done, where the calls are recorded: the name of the log.
    recorded: Option<Cell<&'static str>>,
}

/// What the tests lay into a generated tree.
fn overrides(out: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(out).unwrap().map(Result::unwrap);
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.to_str().unwrap().ends_with("_override.tf"))
        .collect()
}

/// Folder of an example, or of a kind of trigger.
fn home(example: &str) -> PathBuf {
    let root = Path::new(ROOT);
    let trigger = root.join("tests/triggers").join(example);
    if trigger.exists() {
        trigger
    } else {
        root.join("examples").join(example)
    }
}

impl Stack {
    /// Generates an example, shows that it is formatted and valid, and prepares the account.
    pub(crate) fn generate(
        example: &'static str,
        environment: &'static str,
        account: &'static str,
    ) -> Self {
        Self::of(example, environment, account, None)
    }

    /// The same, its state in the bucket that the manifest names and every call recorded.
    pub(crate) fn recorded(
        example: &'static str,
        environment: &'static str,
        account: &'static str,
    ) -> Self {
        Self::with_state(
            example,
            environment,
            account,
            None,
            Some(Cell::new("apply")),
        )
    }

    /// The same, with another manifest.
    pub(crate) fn of(
        example: &'static str,
        environment: &'static str,
        account: &'static str,
        manifest: Option<&str>,
    ) -> Self {
        Self::with_state(example, environment, account, manifest, None)
    }

    fn with_state(
        example: &'static str,
        environment: &'static str,
        account: &'static str,
        manifest: Option<&str>,
        recorded: Option<Cell<&'static str>>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&home(example), &folder.path().join("project"));
        let moto = Moto::start(account);
        let given = moto.prepare(folder.path(), &[environment]);
        let mut stack = Self {
            example,
            environment,
            account,
            folder,
            moto,
            network: None,
            recorded,
        };
        if let Some(manifest) = manifest {
            std::fs::remove_dir_all(stack.out()).unwrap();
            std::fs::write(stack.project().join("slgen.yaml"), manifest).unwrap();
        }
        // Their handlers have to be slgen's own.
        let handlers: &[&str] = if example == "signed" {
            &["hook", "charge"]
        } else {
            &[]
        };
        for function in handlers {
            let scaffolded = slgen(&stack.project(), &["scaffold", function]);
            assert!(scaffolded.status.success(), "{}", text(&scaffolded));
        }
        let generated = slgen(&stack.project(), &["generate"]);
        assert!(generated.status.success(), "{}", text(&generated));
        // For the scanners, which judge what slgen wrote and not the tests' overrides.
        copy(&stack.out(), &stack.source());
        let variables = std::fs::read_to_string(stack.out().join("variables.tf")).unwrap();
        if variables.contains("variable \"vpc\"") {
            stack.network = Some(format!("-var=vpc={}", given["vpc"]));
        }
        assert_eq!(
            stack.done(&["fmt", "-check", "-recursive"]),
            "",
            "terraform fmt would change files"
        );
        if stack.recorded.is_some() {
            stack.lay("state_override.tf", S3_STATE);
            let settings = format!("-backend-config=environments/{environment}.s3.tfbackend");
            stack.done(&["init", "-input=false", "-lockfile=readonly", &settings]);
        } else {
            stack.lay("state_override.tf", LOCAL_STATE);
            stack.done(&["init", "-input=false", "-lockfile=readonly"]);
        }
        stack.done(&["validate"]);
        stack.write_artifacts(&stack.artifacts());
        stack
    }

    /// Folder of the manifest.
    pub(crate) fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// Folder of the generated tree.
    pub(crate) fn out(&self) -> PathBuf {
        let service = self.manifest()["service"].as_str().unwrap().to_owned();
        self.project().join("infra").join(service)
    }

    /// Folder of the generated tree, without what the tests lay beside it.
    pub(crate) fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    fn lay(&self, name: &str, text: &str) {
        std::fs::write(self.out().join(name), text).unwrap();
    }

    /// slgen without what the tests lay beside the generated files, which it would judge as the user's own Terraform.
    pub(crate) fn slgen(&self, arguments: &[&str]) -> Output {
        let laid: Vec<(PathBuf, String)> = overrides(&self.out())
            .into_iter()
            .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
            .collect();
        for (path, _) in &laid {
            std::fs::remove_file(path).unwrap();
        }
        let output = slgen(&self.project(), arguments);
        for (path, text) in laid {
            std::fs::write(path, text).unwrap();
        }
        output
    }

    fn terraform(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = self.moto.command("terraform", &self.out());
        if let Some(phase) = &self.recorded {
            command
                .env("TF_LOG", "JSON")
                .env("TF_LOG_PATH", self.log(phase.get()));
        }
        let output = command
            .args(arguments)
            .arg("-no-color")
            .output()
            .expect("terraform is not on the PATH: install Terraform 1.11 or newer");
        (output.status.code(), text(&output))
    }

    fn done(&self, arguments: &[&str]) -> String {
        let (status, text) = self.terraform(arguments);
        assert_eq!(status, Some(0), "terraform {arguments:?}\n{text}");
        text
    }

    /// Arguments with the environment's variables: its settings, what was built, the network.
    fn with(&self, arguments: &[&str]) -> Vec<String> {
        let environment = self.environment;
        let variables = [
            format!("-var-file=environments/{environment}.tfvars"),
            format!("-var-file=environments/{environment}.artifacts.tfvars.json"),
        ];
        arguments
            .iter()
            .map(|a| (*a).to_owned())
            .chain(variables)
            .chain(self.network.clone())
            .collect()
    }

    fn with_variables(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let arguments = self.with(arguments);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.terraform(&arguments)
    }

    fn done_with_variables(&self, arguments: &[&str]) {
        let (status, text) = self.with_variables(arguments);
        assert_eq!(status, Some(0), "terraform {arguments:?}\n{text}");
    }

    /// What a pipeline would have built: each function's image digest or uploaded package.
    fn artifacts(&self) -> Map<String, Value> {
        let zips = self.zips();
        self.functions()
            .into_iter()
            .map(|name| {
                let built = if zips.contains(&name) {
                    json!({ "s3_key": "later", "s3_version": "later", "sha256": format!("{}=", "A".repeat(43)) })
                } else {
                    json!({ "image_digest": format!("sha256:{}", "0".repeat(64)) })
                };
                (name, built)
            })
            .collect()
    }

    fn manifest(&self) -> Value {
        let text = std::fs::read_to_string(self.project().join("slgen.yaml")).unwrap();
        serde_yaml::from_str(&text).unwrap()
    }

    fn functions(&self) -> Vec<String> {
        let manifest = self.manifest();
        manifest["functions"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    }

    fn zips(&self) -> Vec<String> {
        let manifest = self.manifest();
        let functions = manifest["functions"].as_object().unwrap();
        functions
            .iter()
            .filter(|(_, function)| function["package"] == "zip")
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn write_artifacts(&self, artifacts: &Map<String, Value>) {
        let path = format!("environments/{}.artifacts.tfvars.json", self.environment);
        self.lay(&path, &json!({ "artifacts": artifacts }).to_string());
    }

    /// checkov on the source and on the plan of the files as generated; gives the file of the plan.
    pub(crate) fn scan(&self) -> PathBuf {
        let source = self.source();
        scanners::checkov(&["--framework", "terraform", "-d"], &source, &source);
        let plan = self.plan();
        let path = self.folder.path().join("plan.json");
        std::fs::write(&path, plan).unwrap();
        scanners::checkov(&["--framework", "terraform_plan", "-f"], &path, &source);
        path
    }

    /// The plan of the files as generated, as JSON.
    pub(crate) fn plan(&self) -> String {
        self.done_with_variables(&["plan", "-input=false", "-out=plan.bin"]);
        let plan = self.done(&["show", "-json", "plan.bin"]);
        std::fs::remove_file(self.out().join("plan.bin")).unwrap();
        plan
    }

    /// Applies, and shows that a second plan is empty and nothing was edited.
    pub(crate) fn apply(&self) {
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let beside =
            |name: &str| Path::new(ROOT).join(format!("tests/e2e/{name}.moto_override.tf"));
        let own = home(self.example).join("moto_override.tf");
        let over = if own.exists() {
            read(&beside("trigger")) + "\n" + &read(&own)
        } else {
            read(&beside(self.example))
        };
        let over = match self.recorded {
            Some(_) => over.replace("terraform {\n  backend \"local\" {}\n}\n", ""),
            None => over,
        };
        self.lay("moto_override.tf", &over);
        let zips = self.zips();
        if !zips.is_empty() {
            // The bucket first: what is deployed must be uploaded before.
            self.done_with_variables(&[
                "apply",
                "-auto-approve",
                "-input=false",
                "-target=aws_s3_bucket_versioning.artifacts",
            ]);
            for zip in &zips {
                self.upload(zip);
            }
        }
        self.done_with_variables(&["apply", "-auto-approve", "-input=false"]);
        for zip in &zips {
            self.build_elsewhere(zip);
        }
        let (status, plan) = self.with_variables(&["plan", "-input=false", "-detailed-exitcode"]);
        assert_eq!(status, Some(0), "the second plan is not empty:\n{plan}");
        let check = self.slgen(&["generate", "--check"]);
        assert!(check.status.success(), "{}", text(&check));
    }

    fn package(&self, arguments: &[&str]) {
        let done = self.slgen(&[&["package"], arguments].concat());
        assert!(done.status.success(), "{arguments:?}\n{}", text(&done));
    }

    /// Builds a function's package, uploads it and records where.
    fn upload(&self, zip: &str) {
        self.package(&[zip]);
        let file = format!("dist/{zip}.zip");
        let path = self.project().join(&file);
        let bucket = format!("orders-{}-artifacts-{}", self.environment, self.account);
        let place = ["--artifacts", &bucket, path.to_str().unwrap()];
        let place = self.moto.prepare(&self.out(), &place);
        self.record(zip, &place);
        self.package(&["--check", "-e", self.environment]);
    }

    /// Records the package that was built last, where it was uploaded.
    fn record(&self, zip: &str, place: &Value) {
        let file = format!("dist/{zip}.zip");
        let (key, version) = (&place["s3_key"], &place["s3_version"]);
        self.package(&[
            zip,
            "--record",
            "-e",
            self.environment,
            "--file",
            &file,
            "--s3-key",
            key.as_str().unwrap(),
            "--s3-version",
            version.as_str().unwrap(),
        ]);
    }

    /// Builds a package anew in another folder, under another umask, on another day, and records it: the plan that
    /// follows shows whether that is a change.
    fn build_elsewhere(&self, zip: &str) {
        let elsewhere = tempfile::tempdir().unwrap();
        let laid = Command::new("sh")
            .args([
                "-c",
                "umask 077 && cp -R \"$1\" \"$2\" && find \"$2\" -exec touch -d 2001-09-09 {} +",
                "sh",
            ])
            .args([self.project(), elsewhere.path().join("another")])
            .status()
            .unwrap();
        assert!(laid.success());
        let another = elsewhere.path().join("another");
        let file = format!("dist/{zip}.zip");
        std::fs::remove_file(another.join(&file)).unwrap();
        let out = self.out();
        for path in overrides(&another.join(out.strip_prefix(self.project()).unwrap())) {
            std::fs::remove_file(path).unwrap();
        }
        let built = slgen(&another, &["package", zip]);
        assert!(built.status.success(), "{}", text(&built));
        let here = std::fs::read(self.project().join(&file)).unwrap();
        assert!(
            here == std::fs::read(another.join(&file)).unwrap(),
            "{zip} is another package"
        );
        std::fs::copy(another.join(&file), self.project().join(&file)).unwrap();
        let path = format!("environments/{}.artifacts.tfvars.json", self.environment);
        let written = std::fs::read_to_string(self.out().join(path)).unwrap();
        let written: Value = serde_json::from_str(&written).unwrap();
        self.record(zip, &written["artifacts"][zip]);
    }

    /// The applied state, as JSON.
    pub(crate) fn state(&self) -> String {
        self.done(&["show", "-json"])
    }

    /// The applied state, as its file.
    pub(crate) fn state_file(&self) -> String {
        self.done(&["state", "pull"])
    }

    /// Puts the network that is here in the place of the manifest's in a file of variables.
    pub(crate) fn in_its_network(&self, variables: &Path) {
        let Some(network) = &self.network else {
            return;
        };
        let here: Value = serde_json::from_str(network.trim_start_matches("-var=vpc=")).unwrap();
        let manifest = self.manifest();
        let named = &manifest["environments"][self.environment]["vpc"];
        let ids = |vpc: &Value| -> Vec<String> {
            let subnets = vpc["subnets"].as_array().unwrap().iter();
            let ids = std::iter::once(&vpc["id"]).chain(subnets);
            ids.map(|id| id.as_str().unwrap().to_owned()).collect()
        };
        let mut text = std::fs::read_to_string(variables).unwrap();
        for (named, here) in ids(named).iter().zip(ids(&here)) {
            assert!(text.contains(named), "{named} is not in {text}");
            text = text.replace(named, &here);
        }
        std::fs::write(variables, text).unwrap();
    }

    /// The log of the calls of a phase.
    pub(crate) fn log(&self, phase: &str) -> PathBuf {
        self.folder.path().join(format!("{phase}.log"))
    }

    /// Another manifest, generated and applied.
    pub(crate) fn update(&self, manifest: &str) {
        std::fs::write(self.project().join("slgen.yaml"), manifest).unwrap();
        let generated = self.slgen(&["generate"]);
        assert!(generated.status.success(), "{}", text(&generated));
        // Images are built anew; the package stays, since moto lets nobody upload to a bucket that wants TLS.
        let path = format!("environments/{}.artifacts.tfvars.json", self.environment);
        let written = std::fs::read_to_string(self.out().join(path)).unwrap();
        let written: Value = serde_json::from_str(&written).unwrap();
        let mut artifacts = self.artifacts();
        for zip in self.zips() {
            artifacts.insert(zip.clone(), written["artifacts"][&zip].clone());
        }
        for built in artifacts.values_mut() {
            if built.get("image_digest").is_some() {
                built["image_digest"] = json!(format!("sha256:{}", "1".repeat(64)));
            }
        }
        self.write_artifacts(&artifacts);
        self.phase("update");
        self.done_with_variables(&["apply", "-auto-approve", "-input=false"]);
    }

    /// Deletion protection off and buckets emptied, as nobody but an administrator does it; then all goes.
    pub(crate) fn destroy(&self) {
        for entry in std::fs::read_dir(self.out()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "tf") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text
                    .replace("prevent_destroy = true", "prevent_destroy = false")
                    .replace(
                        "deletion_protection_enabled = true",
                        "deletion_protection_enabled = false",
                    );
                std::fs::write(&path, text).unwrap();
            }
        }
        self.phase("destroy");
        self.done_with_variables(&["apply", "-auto-approve", "-input=false"]);
        self.moto.prepare(
            &self.out(),
            &["--empty", &format!("orders-{}-", self.environment)],
        );
        self.done_with_variables(&["destroy", "-auto-approve", "-input=false"]);
    }

    fn phase(&self, name: &'static str) {
        if let Some(phase) = &self.recorded {
            phase.set(name);
        }
    }

    /// The manifest with the network's ids, which exist only now.
    pub(crate) fn settle_network(&self) {
        let Some(network) = &self.network else {
            return;
        };
        let here: Value = serde_json::from_str(network.trim_start_matches("-var=vpc=")).unwrap();
        let manifest = self.manifest();
        let named = &manifest["environments"][self.environment]["vpc"];
        let ids = |vpc: &Value| -> Vec<String> {
            let subnets = vpc["subnets"].as_array().unwrap();
            let ids = std::iter::once(&vpc["id"]).chain(subnets);
            ids.map(|id| id.as_str().unwrap().to_owned()).collect()
        };
        let path = self.project().join("slgen.yaml");
        let mut text = std::fs::read_to_string(&path).unwrap();
        for (named, here) in ids(named).iter().zip(ids(&here)) {
            text = text.replace(named, &here);
        }
        std::fs::write(path, text).unwrap();
    }

    /// What the network is called here and in the manifest.
    pub(crate) fn renamed(&self) -> Vec<(String, String)> {
        let Some(network) = &self.network else {
            return Vec::new();
        };
        let here: Value = serde_json::from_str(network.trim_start_matches("-var=vpc=")).unwrap();
        let manifest = self.manifest();
        let named = &manifest["environments"][self.environment]["vpc"]["id"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        vec![(text(&here["id"]), text(named))]
    }
}
