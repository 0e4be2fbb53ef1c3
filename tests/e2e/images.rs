//! Images of functions: built from a registry of our own, from bases made on the spot, and what they then are.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use slgen::service::model::Architecture;

use crate::handlers::runtime_api::{Outcome, RuntimeApi};
use crate::{ROOT, example_files, installed, slgen, text};

/// What each stage begins with, as packages of the release whose Python is 3.11.
const RELEASE: &str = "bookworm";
const BUILD: &str =
    "python3-minimal,python3-distutils,python3-pip,ca-certificates,libstdc++6,dash,coreutils";
const BASE: &str = "python3.11-minimal,libpython3.11-stdlib";
/// The interpreter alone stays in the base: no shell, no package manager.
const STRIP: &str = r#"cd "$1" && ln -s python3.11 usr/bin/python3 && find bin sbin usr/bin usr/sbin -mindepth 1 ! -name "python3*" -delete && rm -rf var/lib/dpkg var/lib/apt var/cache usr/share/dpkg usr/share/perl5 && mkdir -p tmp && chmod 1777 tmp"#;

const MANIFEST: &str = r#"
version: 1
service: shop
owner: team
environments: { prod: { account: "222222222222", region: eu-west-1 } }
baseline: { source: "builtin:aws-baseline", version: 1.0.0 }
alerts: { email: [oncall@example.com] }
functions:
  api:
    source: src/api
    runtime: python3.11
    handler: app.handler
    architecture: ARCHITECTURE
    description: 'say "hi" $HOME ${PATH} \ `id` <<EOT'
    image: { base: "REGISTRY/base:1", build: "REGISTRY/build:1" }
    triggers: [{ schedule: "cron(0 3 * * ? *)" }]
"#;
const HANDLER: &str = r#"
import os
import idna


def refused(path):
    try:
        open(path, "ab").close()
    except OSError:
        return True
    return False


def handler(event, context):
    shells = ["/bin/sh", "/bin/bash", "/bin/dash", "/bin/busybox", "/usr/bin/sh"]
    return {
        "event": event,
        "uid": os.getuid(),
        "idna": idna.__version__,
        "shells": [path for path in shells if os.path.exists(path)],
        "refused": [refused("/var/task/app.py"), refused("/var/task/new"), refused("/var/runtime/new")],
    }
"#;
const REQUIREMENTS: &str =
    "idna==3.10 --hash=sha256:946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3\n";

/// A program of the distribution.
fn program(name: &str) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(name).exists());
    assert!(
        found,
        "{name} is not installed: install the package {name}, or run `bash scripts/install-tools` as root"
    );
    Command::new(name)
}

fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The file tree of a stage as an archive; made once.
fn tree(name: &str, packages: &str, strip: Option<&str>) -> PathBuf {
    let folder = Path::new(ROOT).join(".tools/images");
    fs::create_dir_all(&folder).unwrap();
    let archive = folder.join(format!("{name}-{RELEASE}.tar"));
    if archive.exists() {
        return archive;
    }
    let fresh = folder.join(format!("{name}.{}.tar", std::process::id()));
    let mut command = program("mmdebstrap");
    command
        .args(["--quiet", "--variant=extract"])
        .arg(format!("--include={packages}"));
    if let Some(strip) = strip {
        command.arg(format!("--extract-hook={strip}"));
    }
    done(command.arg(RELEASE).arg(&fresh));
    fs::rename(fresh, &archive).unwrap();
    archive
}

/// An OCI registry on 127.0.0.1, and a store of images that uses it.
struct Registry {
    folder: tempfile::TempDir,
    address: String,
    server: Child,
}

impl Registry {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            free.local_addr().unwrap().to_string()
        };
        let config = folder.path().join("registry.yml");
        let kept = folder.path().join("registry");
        let text = json!({
            "version": "0.1",
            "storage": { "filesystem": { "rootdirectory": kept } },
            "http": { "addr": address },
        });
        fs::write(&config, text.to_string()).unwrap();
        let server = program("docker-registry")
            .arg("serve")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let registry = Self {
            folder,
            address,
            server,
        };
        for _ in 0..100 {
            if TcpStream::connect(&registry.address).is_ok() {
                return registry;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the registry does not answer");
    }

    fn buildah(&self) -> Command {
        let mut command = program("buildah");
        command
            .args(["--storage-driver", "vfs", "--root"])
            .arg(self.folder.path().join("store"))
            .arg("--runroot")
            .arg(self.folder.path().join("run"));
        command
    }

    /// Pushes a local image and gives its digest there.
    fn push(&self, image: &str, name: &str) -> String {
        let digest = self.folder.path().join("digest");
        let mut command = self.buildah();
        command
            .args(["push", "--quiet", "--tls-verify=false", "--digestfile"])
            .arg(&digest)
            .arg(image)
            .arg(format!("docker://{}/{name}", self.address));
        done(&mut command);
        fs::read_to_string(digest).unwrap().trim().to_owned()
    }

    /// Makes an image of an archive; its pin.
    fn base(&self, name: &str, archive: &Path) -> Value {
        let container = done(self.buildah().args(["from", "scratch"]));
        done(
            self.buildah()
                .args(["add", "--quiet", &container])
                .arg(archive)
                .arg("/"),
        );
        done(
            self.buildah()
                .args(["commit", "--quiet", "--rm", &container, name]),
        );
        let digest = self.push(name, &format!("{name}:1"));
        done(self.buildah().args(["rmi", name]));
        json!({ "image": format!("{}/{name}:1", self.address), "digest": digest })
    }

    /// Builds the function of a project; its digest. The files of configuration hold what only this test needs: a store of
    /// its own, no daemon's isolation, a registry without TLS, the machine's certificates.
    fn package(&self, project: &Path) -> String {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let certificates = "/etc/ssl/certs/ca-certificates.crt";
        let storage = format!(
            "[storage]\ndriver = \"vfs\"\ngraphroot = {:?}\nrunroot = {:?}\n",
            path("store"),
            path("run")
        );
        let registries = format!(
            "[[registry]]\nlocation = {:?}\ninsecure = true\n",
            self.address
        );
        let containers =
            format!("[containers]\nvolumes = [\"{certificates}:{certificates}:ro\"]\n");
        for (name, text) in [
            ("storage.conf", storage),
            ("registries.conf", registries),
            ("containers.conf", containers),
        ] {
            fs::write(path(name), text).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_slgen"));
        command
            .args(["package", "api", "--builder", "buildah"])
            .args(["--format", "json"])
            .current_dir(project)
            .env("BUILDAH_ISOLATION", "chroot")
            .env("CONTAINERS_STORAGE_CONF", path("storage.conf"))
            .env("CONTAINERS_REGISTRIES_CONF", path("registries.conf"))
            .env("CONTAINERS_CONF", path("containers.conf"));
        let built: Value = serde_json::from_str(&done(&mut command)).unwrap();
        assert_eq!(built["builder"], "buildah");
        assert_eq!(built["file"], "dist/api.tar");
        // Nothing else is left, neither beside the archive nor in the store.
        let left = fs::read_dir(project.join("dist")).unwrap();
        assert_eq!(left.count(), 1);
        let images = done(self.buildah().args(["images", "--format={{.Name}}"]));
        assert!(!images.contains("slgen"), "{images}");
        built["digest"].as_str().unwrap().to_owned()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn architecture() -> Architecture {
    if cfg!(target_arch = "aarch64") {
        Architecture::Arm64
    } else {
        Architecture::X86_64
    }
}

fn generate(project: &Path) -> Output {
    slgen(project, &["generate"])
}

#[test]
fn an_image_is_small_locked_reproducible_and_answers() {
    let registry = Registry::start();
    let build = registry.base("build", &tree("build", BUILD, None));
    let base = registry.base("base", &tree("base", BASE, Some(STRIP)));
    let projects = tempfile::tempdir().unwrap();
    let project = projects.path().join("shop");
    fs::create_dir_all(project.join("src/api/tests")).unwrap();
    let name = match architecture() {
        Architecture::Arm64 => "arm64",
        Architecture::X86_64 => "x86_64",
    };
    let manifest = MANIFEST.replace("REGISTRY", &registry.address);
    let manifest = manifest.replace("ARCHITECTURE", name);
    for (file, content) in [
        ("slgen.yaml", manifest.as_str()),
        ("src/api/app.py", HANDLER),
        ("src/api/requirements.txt", REQUIREMENTS),
        ("src/api/.env", "TOKEN=no part of the image"),
        ("src/api/tests/test_app.py", "raise SystemExit"),
    ] {
        fs::write(project.join(file), content).unwrap();
    }

    // Nothing is pinned yet.
    let output = generate(&project);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("has no digest: run `slgen pin`"));
    // The registry itself is asked; it speaks plain http, as it is on this machine.
    let output = slgen(&project, &["pin"]);
    assert!(output.status.success(), "{}", text(&output));
    let lock = fs::read_to_string(project.join("slgen.lock")).unwrap();
    let lock: Value = serde_json::from_str(&lock).unwrap();
    let pinned = lock["images"].as_array().unwrap().iter();
    let pinned: Vec<_> = pinned.map(|i| (&i["image"], &i["digest"])).collect();
    for made in [&base, &build] {
        assert!(
            pinned.contains(&(&made["image"], &made["digest"])),
            "{lock}"
        );
    }
    let output = generate(&project);
    assert!(output.status.success(), "{}", text(&output));
    let dockerfile = project.join("infra/shop/images/api/Dockerfile");
    let written = fs::read_to_string(&dockerfile).unwrap();
    for pinned in [&base, &build] {
        let pinned = format!(
            "{}@{}",
            pinned["image"].as_str().unwrap(),
            pinned["digest"].as_str().unwrap()
        );
        assert!(written.contains(&pinned), "{written}");
    }

    // The same again in another folder, from files with other modes and times.
    let other = projects.path().join("elsewhere");
    example_files::copy(&project, &other);
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(other.join("src/api/app.py"), mode).unwrap();
    // A file of that name in the source folder is not the one that is built.
    fs::write(project.join("src/api/Dockerfile"), "FROM scratch\n").unwrap();
    let digest = registry.package(&project);
    assert_eq!(digest, registry.package(&other));
    let recorded = [
        "package",
        "api",
        "--record",
        "-e",
        "prod",
        "--file",
        "dist/api.tar",
    ];
    let output = slgen(&project, &recorded);
    assert!(output.status.success(), "{}", text(&output));
    let artifacts = project.join("infra/shop/environments/prod.artifacts.tfvars.json");
    let artifacts = fs::read_to_string(artifacts).unwrap();
    assert!(artifacts.contains(&digest), "{artifacts}");
    let archive = format!("oci-archive:{}", project.join("dist/api.tar").display());
    let pulled = done(registry.buildah().args(["pull", "--quiet", &archive]));
    done(registry.buildah().args(["tag", &pulled, "one"]));

    let inspected = done(registry.buildah().args(["inspect", "--type=image", "one"]));
    let image: Value = serde_json::from_str(&inspected).unwrap();
    let config = &image["OCIv1"]["config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(image["OCIv1"]["created"], "1970-01-01T00:00:00Z");
    let label = |name: &str| &config["Labels"][format!("org.opencontainers.image.{name}")];
    assert_eq!(label("title"), "shop/api");
    assert_eq!(label("vendor"), "team");
    assert_eq!(
        label("description"),
        "say \"hi\" $HOME ${PATH} \\ `id` <<EOT"
    );

    let container = done(registry.buildah().args(["from", "--pull-never", "one"]));
    let root = PathBuf::from(done(registry.buildah().args(["mount", &container])));
    locked(&root);
    for left_out in [".env", "tests"] {
        assert!(!root.join("var/task").join(left_out).exists(), "{left_out}");
    }

    let mut api = RuntimeApi::start();
    let words = |key: &str| {
        let words = config[key].as_array().unwrap().iter();
        words.map(|word| word.as_str().unwrap().to_owned())
    };
    let mut running = registry
        .buildah()
        .args(["run", "--isolation=chroot", "--env"])
        .arg(format!("AWS_LAMBDA_RUNTIME_API={}", api.address))
        .args([&container, "--"])
        .args(words("Entrypoint").chain(words("Cmd")))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let answer = api.invoke(r#"{"order": 1}"#);
    let _ = running.kill();
    let _ = running.wait();
    let Outcome::Response(answer) = answer else {
        panic!("{answer:?}");
    };
    let expected = json!({
        "event": { "order": 1 },
        "uid": 65532,
        "idna": "3.10",
        "shells": [],
        "refused": [true, true, true],
    });
    assert_eq!(answer, expected);
    println!("an image: {digest}");
}

/// Neither a shell nor a package manager, and code that only root could write.
fn locked(root: &Path) {
    for folder in ["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin"] {
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name.starts_with("python3"), "{folder}/{name}");
        }
    }
    let mut files = 0;
    let mut open = vec![root.join("var/task"), root.join("var/runtime")];
    while let Some(path) = open.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        assert_eq!((meta.uid(), meta.gid()), (0, 0), "{}", path.display());
        let written_by = if meta.is_dir() { 0o022 } else { 0o222 };
        assert_eq!(meta.mode() & written_by, 0, "{}", path.display());
        assert_eq!(meta.mode() & 0o444, 0o444, "{}", path.display());
        assert_eq!(meta.mtime(), 0, "{}", path.display());
        if meta.is_dir() {
            let entries = fs::read_dir(&path).unwrap();
            open.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            files += 1;
        }
    }
    assert!(files > 20, "{files}");
}

/// A function of each language, and one for which only AWS's own image is there.
const LANGUAGES: &[(&str, &str, &[&str])] = &[
    ("python", "python3.13", &["app.py", "requirements.txt"]),
    ("plain", "python3.13", &["app.py"]),
    ("aws", "python3.12", &["app.py", "requirements.txt"]),
    ("node", "nodejs22.x", &["index.mjs", "package.json"]),
    (
        "typescript",
        "nodejs24.x",
        &["index.ts", "package.json", "tsconfig.json"],
    ),
    ("go", "provided.al2023", &["go.mod", "main.go"]),
    ("rust", "provided.al2023", &["Cargo.toml"]),
    ("java", "java21", &["pom.xml"]),
];

#[test]
fn nothing_is_found_in_any_dockerfile() {
    let folder = tempfile::tempdir().unwrap();
    let mut functions = String::new();
    for (name, runtime, files) in LANGUAGES {
        let source = folder.path().join("languages/src").join(name);
        fs::create_dir_all(&source).unwrap();
        for file in *files {
            // What a dependency gate asks of it is none of this test's.
            let text = match *file {
                "package.json" => r#"{ "name": "x", "version": "1.0.0" }"#,
                "tsconfig.json" => "{}",
                "pom.xml" => "<project/>",
                "go.mod" => "module x\n\ngo 1.22\n",
                "Cargo.toml" => "[package]\nname = \"bootstrap\"\nversion = \"0.1.0\"\n",
                _ => "",
            };
            fs::write(source.join(file), text).unwrap();
        }
        functions.push_str(&format!(
            "  {name}: {{ source: src/{name}, runtime: {runtime}, handler: app.handler, triggers: [{{ schedule: \"cron(0 3 * * ? *)\" }}] }}\n"
        ));
    }
    let project = folder.path().join("languages");
    let head = MANIFEST.split("  api:").next().unwrap();
    fs::write(project.join("slgen.yaml"), format!("{head}{functions}")).unwrap();
    // No registry is asked here: any digest will do for the one that slgen does not carry.
    let lock = Path::new(ROOT).join("examples/compact/slgen.lock");
    let mut lock: Value = serde_json::from_str(&fs::read_to_string(lock).unwrap()).unwrap();
    let digest = format!("sha256:{}", "0a".repeat(32));
    lock["images"] = json!([{ "image": "public.ecr.aws/lambda/python:3.12", "digest": digest }]);
    fs::write(project.join("slgen.lock"), lock.to_string()).unwrap();
    let mut projects = vec![project];
    for example in ["orders", "compact"] {
        let project = folder.path().join(example);
        example_files::lay_out(example, &project);
        let manifest = Path::new(ROOT).join(format!("examples/{example}/slgen.yaml"));
        fs::copy(manifest, project.join("slgen.yaml")).unwrap();
        projects.push(project);
    }
    let mut dockerfiles = Vec::new();
    for project in &projects {
        let output = generate(project);
        assert!(output.status.success(), "{}", text(&output));
        for service in fs::read_dir(project.join("infra")).unwrap() {
            let images = service.unwrap().path().join("images");
            for image in fs::read_dir(images).unwrap() {
                dockerfiles.push(image.unwrap().path().join("Dockerfile"));
            }
        }
    }
    assert_eq!(dockerfiles.len(), LANGUAGES.len() + 5);

    let hadolint = |files: &[PathBuf]| {
        Command::new(installed("hadolint", "hadolint"))
            .args(["--no-color", "--disable-ignore-pragma"])
            .args(["--ignore", "DL3029", "--failure-threshold", "style"])
            .args(files)
            .output()
            .unwrap()
    };
    let found = hadolint(&dockerfiles);
    assert!(found.status.success(), "{}", text(&found));
    let weak = folder.path().join("weak/Dockerfile");
    fs::create_dir_all(weak.parent().unwrap()).unwrap();
    fs::write(&weak, "FROM python\nRUN cd /x && pip install y\n").unwrap();
    assert!(!hadolint(std::slice::from_ref(&weak)).status.success());

    let failed = checkov(folder.path());
    let of_the_weak = |line: &&String| line.contains("/weak/");
    assert!(failed.iter().any(|line| of_the_weak(&line)));
    assert!(failed.iter().all(|line| of_the_weak(&line)), "{failed:?}");
}

/// The checks of Dockerfiles that fail below a folder.
fn checkov(folder: &Path) -> Vec<String> {
    let output = Command::new(installed("checkov", "checkov"))
        .args(["--framework", "dockerfile", "--skip-download", "--compact"])
        .args(["-o", "json", "-d"])
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    let results = &report["results"];
    let passed = report["summary"]["passed"].as_u64().unwrap();
    assert!(passed > 3, "{report}");
    assert_eq!(results["skipped_checks"], json!([]), "{report}");
    let failed = results["failed_checks"].as_array().unwrap().iter();
    failed
        .map(|check| format!("{} {}", check["check_id"], check["file_path"]))
        .collect()
}
