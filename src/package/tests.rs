use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::*;

fn lay(folder: &Utf8Path, files: &[&str]) {
    for file in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("content of {file}")).unwrap();
    }
}

fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    (folder, path)
}

fn names(files: &Shipped) -> Vec<&str> {
    files.keys().map(|path| path.as_str()).collect()
}

#[test]
fn neither_order_nor_dates_nor_modes_leave_a_trace() {
    let files = ["app.py", "lib/b.py", "lib/a.py", "lib.py", "data/x.json"];
    let (_one, one) = folder();
    lay(&one, &files);
    let (_other, other) = folder();
    let mut reversed = files;
    reversed.reverse();
    lay(&other, &reversed);
    #[cfg(unix)]
    for (mode, file) in files.iter().enumerate() {
        use std::os::unix::fs::PermissionsExt;
        let modes = [0o600, 0o644, 0o755, 0o400, 0o777];
        let permissions = fs::Permissions::from_mode(modes[mode]);
        fs::set_permissions(other.join(file), permissions).unwrap();
    }
    for file in files {
        let file = fs::File::open(other.join(file)).unwrap();
        let past =
            std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        file.set_modified(past).unwrap();
    }
    let packed = pack(&whole(&one).unwrap()).unwrap();
    assert_eq!(packed, pack(&whole(&other).unwrap()).unwrap());
    assert_eq!(packed.files, files.len());
    fs::write(other.join("lib/a.py"), "another").unwrap();
    assert_ne!(packed.sha256, pack(&whole(&other).unwrap()).unwrap().sha256);
}

/// Another program's opinion on what was written.
#[test]
fn an_archive_says_what_was_packed() {
    let (_folder, path) = folder();
    lay(&path, &["b.py", "a/é.txt"]);
    let packed = pack(&whole(&path).unwrap()).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&packed.bytes)).unwrap();
    let found: Vec<_> = (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
            let date = entry.last_modified().unwrap();
            (
                entry.name().unwrap().into_owned(),
                entry.unix_mode(),
                date.year(),
                text,
            )
        })
        .collect();
    let entry = |name: &str| {
        let text = format!("content of {name}");
        (name.to_owned(), Some(0o100_555), 1980, text)
    };
    assert_eq!(found, [entry("a/é.txt"), entry("b.py")]);
}

#[test]
fn what_is_not_run_is_not_shipped() {
    let (_folder, path) = folder();
    let shipped = [
        "app.py",
        "lib/tests/x.py",
        "lib/app.ts",
        "src/y.py",
        "test.py",
    ];
    lay(&path, &shipped);
    lay(
        &path,
        &[
            ".env",
            "lib/.env.local",
            ".git/config",
            "lib/__pycache__/x.pyc",
            "lib/x.pyc",
            "node_modules/x/index.js",
        ],
    );
    let built = ["tests/t.py", "requirements.txt", "README.md", "test_app.py"];
    lay(&path, &built);
    let mut expected: Vec<&str> = shipped.iter().chain(&built).copied().collect();
    expected.sort_by(|a, b| Utf8Path::new(a).cmp(Utf8Path::new(b)));
    assert_eq!(names(&collect::sources(&path).unwrap()), expected);
    let collected = collect::collect(&path).unwrap();
    let collected = names(&collected);
    for file in shipped {
        assert!(collected.contains(&file), "{file}: {collected:?}");
    }
    for file in built {
        assert!(!collected.contains(&file), "{file}: {collected:?}");
    }
    // Installed there by then.
    assert!(collected.contains(&"node_modules/x/index.js"));
}

#[cfg(unix)]
#[test]
fn no_link_is_followed() {
    let (_folder, path) = folder();
    lay(&path, &["app.py"]);
    std::os::unix::fs::symlink("/etc/hostname", path.join("lib.py")).unwrap();
    let refused = whole(&path).unwrap_err();
    assert!(refused.contains("neither file nor folder"), "{refused}");
}

#[test]
fn what_is_recorded_is_read_again() {
    let image = format!("sha256:{}", "0f".repeat(32));
    let text = format!(
        "{{\n  \"artifacts\": {{\n    \"a\": {{\"image_digest\":\"{image}\"}},\n    \"b\": {{\"s3_key\":\"k\",\"s3_version\":\"v\",\"sha256\":\"{}=\"}}\n  }}\n}}\n",
        "A".repeat(43)
    );
    let recorded = Recorded::parse(&text).unwrap();
    assert_eq!(recorded.text(), text);
    assert!(recorded.artifacts.values().all(|a| a.check().is_ok()));
    assert!(Recorded::parse("{\"artifacts\":{\"a\":{\"s3_key\":\"k\"}}}").is_err());
    let zip = |key: &str, version: &str, hash: String| Artifact::Zip {
        s3_key: key.to_owned(),
        s3_version: version.to_owned(),
        sha256: hash,
    };
    for wrong in [
        zip("", "v", "A".repeat(43) + "="),
        zip("k", "null", "A".repeat(43) + "="),
        zip("k", "v", "A".repeat(44)),
        zip("k", "v", "é".repeat(21) + "A="),
        Artifact::Image {
            image_digest: "sha256:0F".to_owned(),
        },
        Artifact::Image {
            image_digest: "latest".to_owned(),
        },
    ] {
        assert!(wrong.check().is_err(), "{wrong:?}");
    }
}
