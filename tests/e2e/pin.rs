//! The provider that is locked is taken, and no other.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{ROOT, example_files, slgen, terraform, text};

const VERSION: &str = "5.100.0";

/// The mirror that `scripts/tools-env` found, or one that Terraform makes here.
fn mirror(out: &Path, scratch: &Path) -> PathBuf {
    let config = std::env::var("TF_CLI_CONFIG_FILE").expect("run `source scripts/tools-env` first");
    let config = fs::read_to_string(config).unwrap();
    let path = config
        .split("path = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    if let Some(path) = path {
        return path.into();
    }
    let folder = scratch.join("registry");
    terraform(out, &["providers", "mirror", folder.to_str().unwrap()]);
    folder
}

/// Files of the pinned version, by path below the mirror.
fn files(mirror: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (
        Vec::new(),
        vec![mirror.join("registry.terraform.io/hashicorp/aws")],
    );
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().contains(VERSION) {
                found.push(path.strip_prefix(mirror).unwrap().to_owned());
            }
        }
    }
    found
}

fn init(out: &Path, mirror: &Path, config: &Path) -> Output {
    let text = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
        mirror.display()
    );
    fs::write(config, text).unwrap();
    let _ = fs::remove_dir_all(out.join(".terraform"));
    Command::new("terraform")
        .args([
            "init",
            "-backend=false",
            "-input=false",
            "-no-color",
            "-lockfile=readonly",
        ])
        .current_dir(out)
        .env("TF_CLI_CONFIG_FILE", config)
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .expect("terraform is not on the PATH: install Terraform 1.11 or newer")
}

#[test]
fn a_changed_byte_in_the_provider_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let project = scratch.path().join("project");
    example_files::lay_out("compact", &project);
    let manifest = format!("{ROOT}/examples/compact/slgen.yaml");
    fs::copy(manifest, project.join("slgen.yaml")).unwrap();
    for arguments in [&["pin", "--offline"][..], &["generate"]] {
        let done = slgen(&project, arguments);
        assert!(done.status.success(), "{}", text(&done));
    }
    let out = project.join("infra/orders");
    let lock = fs::read(out.join(".terraform.lock.hcl")).unwrap();
    let config = scratch.path().join("terraform.rc");
    let mirror = mirror(&out, scratch.path());

    let done = init(&out, &mirror, &config);
    assert!(done.status.success(), "{}", text(&done));
    assert_eq!(fs::read(out.join(".terraform.lock.hcl")).unwrap(), lock);

    let os = std::env::consts::OS.replace("macos", "darwin");
    let architecture = std::env::consts::ARCH
        .replace("x86_64", "amd64")
        .replace("aarch64", "arm64");
    let platform = format!("{os}_{architecture}");
    let pin = |mirror: &Path| {
        slgen(
            &project,
            &[
                "pin",
                "--offline",
                "--platform",
                &platform,
                "--mirror",
                mirror.to_str().unwrap(),
            ],
        )
    };
    let done = pin(&mirror);
    assert!(done.status.success(), "{}", text(&done));
    assert!(text(&done).contains("is the release's"), "{}", text(&done));

    // The same mirror, but for one byte of the largest file.
    let other = scratch.path().join("other");
    let files = files(&mirror);
    for file in &files {
        fs::create_dir_all(other.join(file).parent().unwrap()).unwrap();
        fs::copy(mirror.join(file), other.join(file)).unwrap();
    }
    let size = |file: &PathBuf| fs::metadata(other.join(file)).unwrap().len();
    let largest = other.join(files.iter().max_by_key(|file| size(file)).unwrap());
    flip(&largest);
    let done = init(&out, &other, &config);
    assert!(!done.status.success(), "{}", text(&done));
    assert!(text(&done).contains("checksum"), "{}", text(&done));
    let before = fs::read(project.join("slgen.lock")).unwrap();
    let done = pin(&other);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done));
    assert!(text(&done).contains("of the release"), "{}", text(&done));
    assert_eq!(fs::read(project.join("slgen.lock")).unwrap(), before);
}

fn flip(path: &Path) {
    let middle = fs::metadata(path).unwrap().len() / 2;
    let mut byte = [0];
    let mut file = File::open(path).unwrap();
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.read_exact(&mut byte).unwrap();
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
}
