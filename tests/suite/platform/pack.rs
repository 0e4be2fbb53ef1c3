//! `slgen blueprint pack`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::world::{World, blueprint, files};

#[test]
fn an_archive_has_the_same_bytes_wherever_it_is_made() {
    let world = World::new();
    let text = blueprint("1.0.0", &[]);
    for (folder, mode, age) in [("one", 0o600, 0), ("some/other", 0o755, 4_000_000)] {
        let at = world.path(folder);
        fs::create_dir_all(at.join("templates")).unwrap();
        for (path, text) in [
            ("templates/b.hbs", "b"),
            ("templates/a.hbs", "a"),
            ("blueprint.yaml", text.as_str()),
            ("README.md", folder),
        ] {
            let path = at.join(path);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let time = SystemTime::now() - Duration::from_secs(age);
            fs::File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        for (name, umask) in [("packed.tar", "077"), ("packed.tar.gz", "002")] {
            let line = format!("umask {umask}; exec \"$0\" -C \"$1\" blueprint pack -o {name}");
            let output = Command::new("sh")
                .args(["-c", &line, env!("CARGO_BIN_EXE_slgen")])
                .arg(&at)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            let told = String::from_utf8(output.stdout).unwrap();
            let sum = slgen::inputs::checksum(&fs::read(at.join(name)).unwrap());
            assert_eq!(told, format!("{sum}  {name}\n"));
        }
    }
    for name in ["packed.tar", "packed.tar.gz"] {
        let read = |folder: &str| fs::read(world.path(folder).join(name)).unwrap();
        assert_eq!(read("one"), read("some/other"), "{name}");
    }
    let list = Command::new("tar")
        .arg("-tzvf")
        .arg(world.path("one/packed.tar.gz"))
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let names: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split(' ').next_back())
        .collect();
    assert_eq!(
        names,
        ["blueprint.yaml", "templates/a.hbs", "templates/b.hbs"]
    );
    assert!(
        list.lines().all(|line| line.starts_with("-rw-r--r-- 0/0")),
        "{list}"
    );
}

#[test]
fn what_is_no_blueprint_is_not_packed() {
    let world = World::new();
    fs::write(world.path("platform/acme/blueprint.yaml"), "name: [").unwrap();
    let before = files(&world.path("platform/acme"));
    for (folder, told) in [
        ("platform", "there is no file"),
        ("platform/acme", "is no blueprint"),
    ] {
        let (status, _, err) = world.said(folder, &["blueprint", "pack"]);
        assert_eq!(status, 1);
        assert!(err.contains(told), "{err}");
    }
    assert_eq!(files(&world.path("platform/acme")), before);
    fs::write(
        world.path("platform/acme/blueprint.yaml"),
        blueprint("1.0.0", &[]),
    )
    .unwrap();
    std::os::unix::fs::symlink("/etc", world.path("platform/acme/templates")).unwrap();
    let (status, _, err) = world.said("platform/acme", &["blueprint", "pack"]);
    assert_eq!(status, 1, "{err}");
    assert!(!world.path("platform/acme/acme-1.0.0.tar.gz").exists());
}
