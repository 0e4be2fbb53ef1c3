//! The generated trees through Terraform and a local AWS (moto): formatted, valid, applied, and
//! nothing left to change. Run by `scripts/test`, which finds Terraform and installs moto.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn orders_dev_is_applied() {
    apply(
        "orders",
        "dev",
        "111111111111",
        &["create-order", "fulfil-order"],
        &["nightly-report"],
    );
}

#[test]
fn orders_prod_is_applied() {
    apply(
        "orders",
        "prod",
        "222222222222",
        &["create-order", "fulfil-order"],
        &["nightly-report"],
    );
}

#[test]
fn compact_prod_is_applied() {
    apply(
        "compact",
        "prod",
        "222222222222",
        &["api", "worker", "nightly"],
        &[],
    );
}

/// A local AWS for one account, ended when dropped.
struct Moto {
    server: Child,
    endpoint: String,
}

impl Moto {
    fn start(account: &str) -> Self {
        let program = Path::new(ROOT).join(".tools/moto/bin/moto_server");
        assert!(
            program.exists(),
            "moto is not installed: run scripts/install-tools"
        );
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("MOTO_ACCOUNT_ID", account)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let moto = Self {
            server,
            endpoint: format!("http://127.0.0.1:{port}"),
        };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "moto did not start"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        moto
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-west-1")
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null());
        command
    }

    fn prepare(&self, folder: &Path, arguments: &[&str]) -> Value {
        let python = Path::new(ROOT).join(".tools/moto/bin/python");
        let output = self
            .command(python, folder)
            .arg(Path::new(ROOT).join("scripts/moto-prepare"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn slgen(project: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(project)
        .args(arguments)
        .output()
        .unwrap()
}

/// Generates an example and takes its tree through Terraform.
fn apply(example: &str, environment: &str, account: &str, images: &[&str], zips: &[&str]) {
    let temporary = tempfile::tempdir().unwrap();
    let project = temporary.path().join(example);
    copy(&Path::new(ROOT).join("examples").join(example), &project);
    let generated = slgen(&project, &["generate"]);
    assert!(generated.status.success(), "{}", text(&generated));
    let stack: PathBuf = project.join("infra/orders");

    let moto = Moto::start(account);
    let terraform = |arguments: &[&str]| {
        let output = moto
            .command("terraform", &stack)
            .args(arguments)
            .arg("-no-color")
            .output()
            .unwrap();
        (output.status.code(), text(&output))
    };
    let done = |arguments: &[&str]| {
        let (status, text) = terraform(arguments);
        assert_eq!(status, Some(0), "terraform {arguments:?}\n{text}");
        text
    };
    assert_eq!(
        done(&["fmt", "-check", "-recursive"]),
        "",
        "terraform fmt would change files"
    );

    let over = format!("tests/e2e/{example}.moto_override.tf");
    std::fs::copy(Path::new(ROOT).join(over), stack.join("moto_override.tf")).unwrap();
    done(&["init", "-input=false", "-lockfile=readonly"]);
    done(&["validate"]);

    let given = moto.prepare(&stack, &[environment]);
    std::fs::write(stack.join("given.tfvars.json"), given.to_string()).unwrap();
    let artifacts = stack.join(format!("environments/{environment}.artifacts.tfvars.json"));
    let mut built = serde_json::Map::new();
    for image in images {
        built.insert(
            (*image).to_owned(),
            json!({ "image_digest": format!("sha256:{}", "0".repeat(64)) }),
        );
    }
    for zip in zips {
        built.insert((*zip).to_owned(), json!({ "s3_key": "later", "s3_version": "later", "sha256": format!("{}=", "A".repeat(43)) }));
    }
    let write = |built: &serde_json::Map<String, Value>| {
        std::fs::write(&artifacts, json!({ "artifacts": built }).to_string()).unwrap();
    };
    write(&built);

    let files = [
        format!("-var-file=environments/{environment}.tfvars"),
        format!("-var-file=environments/{environment}.artifacts.tfvars.json"),
        "-var-file=given.tfvars.json".to_owned(),
    ];
    // Settings of an environment without functions in a VPC have no such variable.
    let files: Vec<&str> = files
        .iter()
        .map(String::as_str)
        .filter(|f| example == "orders" || !f.contains("given"))
        .collect();
    let with = |first: &[&'static str]| -> Vec<&str> {
        first.iter().copied().chain(files.iter().copied()).collect()
    };

    if !zips.is_empty() {
        // The bucket first: what is deployed must be uploaded before.
        done(&with(&[
            "apply",
            "-auto-approve",
            "-input=false",
            "-target=aws_s3_bucket_versioning.artifacts",
        ]));
        for zip in zips {
            let bucket = format!("orders-{environment}-artifacts-{account}");
            built.insert(
                (*zip).to_owned(),
                moto.prepare(&stack, &["--artifacts", &bucket]),
            );
        }
        write(&built);
    }
    done(&with(&["apply", "-auto-approve", "-input=false"]));
    let (status, plan) = terraform(&with(&["plan", "-input=false", "-detailed-exitcode"]));
    assert_eq!(status, Some(0), "the second plan is not empty:\n{plan}");

    let check = slgen(&project, &["generate", "--check"]);
    assert!(check.status.success(), "{}", text(&check));
}
