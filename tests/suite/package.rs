//! `slgen package`: the archive, and what is recorded of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::example_files;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RECORDED: &str = "infra/orders/environments/prod.artifacts.tfvars.json";

/// The orders example as it stands in the repository.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    example_files::copy(&Path::new(ROOT).join("examples/orders"), folder.path());
    folder
}

/// Exit status, stdout, stderr.
fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let (status, out, errors) = said(folder, arguments);
    assert_eq!(status, 0, "{arguments:?}: {errors}");
    out
}

#[test]
fn a_package_is_built_and_recorded() {
    let folder = project();
    let folder = folder.path();
    let source = folder.join("src/nightly_report");
    for secret in [".env", ".env.prod"] {
        fs::write(source.join(secret), "TOKEN=hunter2").unwrap();
    }
    let out = done(folder, &["package", "nightly-report", "--format", "json"]);
    let built: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(built["schema"], "slgen.package/1");
    assert_eq!(built["file"], "dist/nightly-report.zip");
    assert_eq!(built["files"], 1);
    let file = folder.join("dist/nightly-report.zip");
    let archive = fs::File::open(&file).unwrap();
    let archive = zip::ZipArchive::new(archive).unwrap();
    let names: Vec<_> = archive.file_names().map(Result::unwrap).collect();
    assert_eq!(names, ["app.py"]);
    assert_eq!(built["bytes"], fs::metadata(&file).unwrap().len());

    let recorded = [
        "package",
        "nightly-report",
        "--record",
        "-e",
        "prod",
        "--file",
        "dist/nightly-report.zip",
        "--s3-key",
        "a/b.zip",
        "--s3-version",
        "v1",
    ];
    assert_eq!(
        done(folder, &recorded),
        format!("{RECORDED}: nightly-report is recorded\n")
    );
    let digest = format!("sha256:{}", "5".repeat(64));
    done(
        folder,
        &[
            "package",
            "create-order",
            "--record",
            "-e",
            "prod",
            "--digest",
            &digest,
        ],
    );
    let text = fs::read_to_string(folder.join(RECORDED)).unwrap();
    let written: Value = serde_json::from_str(&text).unwrap();
    let expected = json!({"artifacts": {
        "create-order": {"image_digest": digest},
        "nightly-report": {"s3_key": "a/b.zip", "s3_version": "v1", "sha256": built["sha256"]},
    }});
    assert_eq!(written, expected);
    // What is recorded is not what is generated.
    done(folder, &["generate", "--check"]);

    // One function is left.
    let (status, out, _) = said(folder, &["package", "--check", "-e", "prod"]);
    assert_eq!(status, 3);
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(
        out.starts_with(
            "prod: fulfil-order: nothing is recorded: run `slgen package fulfil-order`"
        ),
        "{out}"
    );
    let (status, out, _) = said(folder, &["package", "--check", "--format", "json"]);
    assert_eq!(status, 3);
    let missing: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(missing["missing"].as_array().unwrap().len(), 4, "{out}");
    done(
        folder,
        &[
            "package",
            "fulfil-order",
            "--record",
            "-e",
            "prod",
            "--digest",
            &digest,
        ],
    );
    done(folder, &["package", "--check", "-e", "prod"]);
    // What belongs to the other way of shipping is told.
    let text = text.replace("nightly-report", "fulfil-order");
    fs::write(folder.join(RECORDED), text).unwrap();
    let (_, out, _) = said(folder, &["package", "--check", "-e", "prod"]);
    assert!(
        out.contains("fulfil-order: what is recorded is of the other kind"),
        "{out}"
    );
}

#[test]
fn a_folder_that_was_built_is_packed_as_it_is() {
    let folder = project();
    let folder = folder.path();
    fs::create_dir_all(folder.join("out/tests")).unwrap();
    for file in ["bootstrap", "tests/kept.py", ".hidden"] {
        fs::write(folder.join("out").join(file), file).unwrap();
    }
    let arguments = [
        "package",
        "nightly-report",
        "--from",
        "out",
        "--output",
        "x.zip",
    ];
    let out = done(folder, &arguments);
    assert!(out.starts_with("x.zip: 3 files, 1 KiB, sha256 "), "{out}");
    let first = fs::read(folder.join("x.zip")).unwrap();
    assert_eq!(done(folder, &arguments), out);
    assert_eq!(fs::read(folder.join("x.zip")).unwrap(), first);
}

/// Status and words of what is refused; nothing is written then.
#[test]
fn what_cannot_be_packed_is_told() {
    let folder = project();
    let folder = folder.path();
    let source = folder.join("src/nightly_report");
    let refuse = |arguments: &[&str], status: i32, words: &str| {
        let (found, out, errors) = said(folder, arguments);
        assert_eq!(found, status, "{arguments:?}: {out}{errors}");
        assert!(errors.contains(words), "{arguments:?}: {errors}");
        assert!(!folder.join("dist").exists(), "{arguments:?}");
        assert!(!folder.join(RECORDED).exists(), "{arguments:?}");
    };
    let record = |extra: &[&'static str]| -> Vec<&'static str> {
        [
            &["package", "nightly-report", "--record", "-e", "prod"],
            extra,
        ]
        .concat()
    };
    refuse(&["package"], 1, "required arguments");
    refuse(
        &["package", "nightly-reports"],
        1,
        "did you mean `nightly-report`?",
    );
    refuse(
        &["package", "create-order", "--from", "src"],
        1,
        "what is in it, its Dockerfile says",
    );
    refuse(
        &["package", "create-order", "--builder", "bildah"],
        1,
        "did you mean buildah?",
    );
    refuse(
        &["package", "nightly-report", "--builder", "buildah"],
        1,
        "slgen packs it itself",
    );
    refuse(
        &[
            "package",
            "create-order",
            "--record",
            "-e",
            "prod",
            "--file",
            "slgen.yaml",
        ],
        1,
        "no OCI archive",
    );
    refuse(&record(&[]), 1, "give --s3-key, --s3-version and --file");
    refuse(&record(&["--digest", "sha256:0"]), 1, "give --s3-key");
    refuse(
        &record(&[
            "--s3-key",
            "k",
            "--s3-version",
            "null",
            "--file",
            "slgen.yaml",
        ]),
        1,
        "the bucket keeps versions",
    );
    refuse(
        &[
            "package",
            "nightly-report",
            "--record",
            "--file",
            "slgen.yaml",
            "--s3-key",
            "k",
            "--s3-version",
            "v",
        ],
        1,
        "there are several environments",
    );
    refuse(
        &[
            "package",
            "create-order",
            "--record",
            "-e",
            "prod",
            "--digest",
            "latest",
        ],
        1,
        "64 hexadecimal digits",
    );
    refuse(&["package", "nightly-report", "--from", "none"], 1, "none");
    // A lock file of a tool that slgen does not run.
    fs::write(source.join("uv.lock"), "version = 1\n").unwrap();
    refuse(&["package", "nightly-report"], 1, "run `uv export");
    fs::remove_file(source.join("uv.lock")).unwrap();
    // What Lambda would look for in vain.
    fs::rename(source.join("app.py"), source.join("test_app.py")).unwrap();
    refuse(&["package", "nightly-report"], 1, "app.py, app/__init__.py");
    fs::rename(source.join("test_app.py"), source.join("app.py")).unwrap();
    // Dependencies without hashes.
    fs::write(source.join("requirements.txt"), "attrs==25.3.0\n").unwrap();
    let (status, _, errors) = said(folder, &["package", "nightly-report"]);
    assert_ne!(status, 0);
    assert!(errors.contains("hash"), "{errors}");
    assert!(!folder.join("dist").exists());
}

#[cfg(unix)]
#[test]
fn no_link_is_written_through_or_packed() {
    let folder = project();
    let folder = folder.path();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.join("dist")).unwrap();
    let (status, _, errors) = said(folder, &["package", "nightly-report"]);
    assert_eq!(status, 1);
    assert!(errors.contains("symbolic link"), "{errors}");
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
    fs::remove_file(folder.join("dist")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.join("src/nightly_report/x")).unwrap();
    let (status, _, errors) = said(folder, &["package", "nightly-report"]);
    assert_eq!(status, 1);
    assert!(errors.contains("neither file nor folder"), "{errors}");
}

/// An OCI archive of one image; its digest.
fn archive(path: &Path) -> String {
    use sha2::Digest;
    let digest: String = sha2::Sha256::digest("{}")
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let index = json!({
        "schemaVersion": 2,
        "manifests": [{ "mediaType": media_type, "digest": format!("sha256:{digest}"), "size": 2 }],
    });
    let mut archive = tar::Builder::new(fs::File::create(path).unwrap());
    for (name, content) in [
        ("index.json".to_owned(), index.to_string()),
        (format!("blobs/sha256/{digest}"), "{}".to_owned()),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, name, content.as_bytes())
            .unwrap();
    }
    archive.into_inner().unwrap();
    format!("sha256:{digest}")
}

/// What slgen writes no Dockerfile for is built from the function's own, once nothing is found in it.
#[cfg(unix)]
#[test]
fn a_dockerfile_of_ones_own_is_built() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let manifest = "version: 1\nservice: own\nenvironments: { dev: { account: \"111111111111\", region: eu-west-1 } }\nbaseline: { source: \"builtin:aws-baseline\", version: 1.0.0 }\nalerts: { email: [you@example.com] }\nfunctions:\n  app: { source: src/app, runtime: ruby3.4, handler: app.handler, package: image, triggers: [{ schedule: \"rate(1 day)\" }] }\n";
    fs::create_dir_all(folder.join("src/app")).unwrap();
    fs::write(folder.join("slgen.yaml"), manifest).unwrap();
    let (status, _, errors) = said(folder, &["package", "app"]);
    assert_eq!(status, 3, "{errors}");
    let digest = "0a".repeat(32);
    let dockerfile = format!("FROM public.ecr.aws/lambda/ruby:3.4@sha256:{digest}\nUSER 65532\n");
    fs::write(folder.join("src/app/Dockerfile"), &dockerfile).unwrap();
    let programs = tempfile::tempdir().unwrap();
    let image = programs.path().join("image.tar");
    let digest = archive(&image);
    let builder = programs.path().join("buildah");
    let seen = programs.path().display();
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\ncommand -p cp Dockerfile Dockerfile.dockerignore {seen}\ncommand -p cp {} image.tar\n",
        image.display()
    );
    fs::write(&builder, script).unwrap();
    fs::set_permissions(&builder, fs::Permissions::from_mode(0o755)).unwrap();
    for (ignored, expected) in [(None, "**/.env*"), (Some("*.log\n"), "*.log")] {
        if let Some(text) = ignored {
            fs::write(folder.join("src/app/.dockerignore"), text).unwrap();
        }
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(folder)
            .args(["package", "app"])
            .env("PATH", programs.path())
            .output()
            .unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        assert_eq!(out, format!("dist/app.tar: {digest}, built by buildah\n"));
        let built = fs::read_to_string(programs.path().join("Dockerfile")).unwrap();
        assert_eq!(built, dockerfile);
        let left_out = fs::read_to_string(programs.path().join("Dockerfile.dockerignore")).unwrap();
        assert!(left_out.lines().any(|line| line == expected), "{left_out}");
        // The next is another one.
        fs::remove_file(folder.join("dist/app.tar")).unwrap();
    }
}

/// A builder that writes down what it is asked and gives an image that is there; real ones are in the end-to-end tests.
#[cfg(unix)]
#[test]
fn an_image_is_built_by_the_first_builder_that_is_there() {
    use std::os::unix::fs::PermissionsExt;
    let project = project();
    let folder = project.path();
    let programs = tempfile::tempdir().unwrap();
    let program = |name: &str, does: &str| {
        let path = programs.path().join(name);
        fs::write(
            &path,
            format!("#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n{does}\n"),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let package = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(folder)
            .args(["package", "create-order"])
            .args(arguments)
            .env("PATH", programs.path())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let code = output.status.code().unwrap();
        (code, text(&output.stdout), text(&output.stderr))
    };
    let nothing_is_left = || {
        let dist = fs::read_dir(folder.join("dist")).into_iter().flatten();
        assert_eq!(dist.count(), 0);
    };

    let (status, _, errors) = package(&[]);
    assert_eq!(status, 1);
    assert!(
        errors.contains("nothing here builds images: install buildah"),
        "{errors}"
    );
    nothing_is_left();

    program(
        "docker",
        "echo a step of the build >&2\necho '\\033[31mno such base' >&2\nexit 7",
    );
    let (status, _, errors) = package(&[]);
    assert_eq!(status, 1);
    assert!(
        errors.contains("docker buildx build --platform=linux/arm64"),
        "{errors}"
    );
    assert!(
        errors.contains("no such base") && !errors.contains('\u{1b}'),
        "{errors}"
    );
    nothing_is_left();

    let image = programs.path().join("image.tar");
    let digest = archive(&image);
    let log = programs.path().join("log");
    let (log_at, image_at) = (log.display(), image.display());
    program(
        "buildah",
        &format!("echo \"$@\" >> {log_at}; command -p cp {image_at} image.tar"),
    );
    let (status, out, errors) = package(&[]);
    assert_eq!(status, 0, "{errors}");
    assert_eq!(
        out,
        format!("dist/create-order.tar: {digest}, built by buildah\n")
    );
    let asked = fs::read_to_string(&log).unwrap();
    let source = folder.join("src/create_order");
    let build = asked.lines().next().unwrap();
    assert!(
        build.starts_with("build --format=oci --platform=linux/arm64 --timestamp=0"),
        "{asked}"
    );
    assert!(build.ends_with(source.to_str().unwrap()), "{asked}");
    // Nor is the Dockerfile looked for in the source folder.
    assert!(
        build.contains(" --file=/") && build.contains("/Dockerfile --ignorefile=/"),
        "{asked}"
    );
    let left: Vec<_> = fs::read_dir(folder.join("dist")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");

    let (status, _, errors) =
        package(&["--record", "-e", "prod", "--file", "dist/create-order.tar"]);
    assert_eq!(status, 0, "{errors}");
    let recorded = fs::read_to_string(folder.join(RECORDED)).unwrap();
    assert!(recorded.contains(&digest), "{recorded}");

    // An image that is none: the one before stays.
    program("buildah", "echo none > image.tar");
    let (status, _, errors) = package(&["--builder", "buildah"]);
    assert_eq!(status, 1);
    assert!(errors.contains("no OCI archive"), "{errors}");
    let kept = fs::read(folder.join("dist/create-order.tar")).unwrap();
    assert_eq!(kept, fs::read(&image).unwrap());
}
