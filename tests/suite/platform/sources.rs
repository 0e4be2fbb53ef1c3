//! Blueprints from git repositories.

use std::fs;

use super::world::{World, blueprint};

#[test]
fn a_version_is_pinned_by_commit_and_checksum_and_used_without_its_repository() {
    let world = World::new();
    world.begin("a", "1.0.0");
    let told = world.refused("services/a", &["validate"]);
    assert!(
        told.contains("slgen.lock does not pin git::file://"),
        "{told}"
    );
    assert!(told.contains("slgen.yaml:6:11"), "{told}");
    assert!(told.contains("run `slgen pin`"), "{told}");

    world.done("services/a", &["pin"]);
    let lock = world.read("services/a/slgen.lock");
    let commit = world.git(&["rev-parse", "v1.0.0^{commit}"]);
    let line = lock
        .lines()
        .find(|line| line.contains("git::file://"))
        .unwrap();
    assert!(
        line.contains(&format!("\"commit\": \"{commit}\"")),
        "{line}"
    );
    assert!(
        line.contains("\"version\": \"1.0.0\"") && line.contains("\"sha256\": \""),
        "{line}"
    );

    // From now on nobody is asked.
    fs::rename(world.path("platform"), world.path("elsewhere")).unwrap();
    world.done("services/a", &["generate"]);
    world.done("services/a", &["pin", "--check"]);
    world.done("services/a", &["pin", "--offline"]);
    assert_eq!(world.read("services/a/slgen.lock"), lock);

    // Without the cache it is fetched again, or said that it cannot be.
    fs::remove_dir_all(world.path("cache")).unwrap();
    let told = world.refused("services/a", &["validate"]);
    assert!(told.contains("could not be read"), "{told}");
    let told = world.refused("services/a", &["pin", "--offline"]);
    assert!(
        told.contains("is not in the cache, and nobody is to be asked"),
        "{told}"
    );
    fs::rename(world.path("elsewhere"), world.path("platform")).unwrap();
    world.done("services/a", &["validate"]);
}

#[test]
fn what_is_not_what_was_pinned_is_never_used() {
    let world = World::new();
    world.service("a", "1.0.0");
    let lock = world.read("services/a/slgen.lock");

    // A cache that somebody wrote into is no source.
    for entry in fs::read_dir(world.path("cache/blueprints")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.windows(4).position(|w| w == b"256\n").unwrap();
        bytes[at] = b'9';
        fs::write(&path, bytes).unwrap();
    }
    world.done("services/a", &["generate", "--check"]);

    // A tag that moved.
    fs::remove_dir_all(world.path("cache")).unwrap();
    world.git(&["tag", "-d", "v1.0.0"]);
    world.publish(
        "v1.0.0",
        &blueprint("1.0.0", &[("memory_mb: 256", "memory_mb: 1024")]),
    );
    for arguments in [
        &["validate"][..],
        &["pin"],
        &["pin", "--update", "blueprints"],
    ] {
        let told = world.refused("services/a", arguments);
        assert!(
            told.contains("was moved: it was pinned at commit"),
            "{told}"
        );
        assert!(told.contains("under a new one"), "{told}");
    }
    // A tag that is gone.
    world.git(&["tag", "-d", "v1.0.0"]);
    let told = world.refused("services/a", &["validate"]);
    assert!(told.contains("has no tag v1.0.0 or 1.0.0"), "{told}");
    assert!(told.contains("the newest there are 2.0.0, 1.1.0"), "{told}");
    // A lock file whose checksum is another's.
    let commit = lock.split("\"commit\": \"").nth(1).unwrap()[..40].to_owned();
    world.git(&["tag", "v1.0.0", &commit]);
    let sum = lock.split("\"sha256\": \"").nth(1).unwrap()[..64].to_owned();
    world.edit("services/a/slgen.lock", &sum, &"0a".repeat(32));
    let told = world.refused("services/a", &["validate"]);
    assert!(
        told.contains(&format!("its checksum is {sum}, not 0a0a")),
        "{told}"
    );
}

#[test]
fn a_version_in_the_manifest_that_the_lock_does_not_know_is_not_fetched() {
    let world = World::new();
    world.service("a", "1.0.0");
    world.edit("services/a/slgen.yaml", "version: 1.0.0", "version: 1.1.0");
    let told = world.refused("services/a", &["generate"]);
    assert!(told.contains("at 1.0.0, not at 1.1.0"), "{told}");
    assert!(
        told.contains("`slgen blueprint update --to 1.1.0`"),
        "{told}"
    );
    world.done("services/a", &["pin"]);
    world.done("services/a", &["generate"]);
    assert!(world.read("services/a/slgen.lock").contains("\"1.1.0\""));
}

#[test]
fn only_files_of_a_blueprint_leave_a_repository() {
    let world = World::new();
    // What lies outside the blueprint's folders neither matters nor harms.
    std::os::unix::fs::symlink("/etc", world.path("platform/acme/docs")).unwrap();
    world.publish("v1.2.0", &blueprint("1.2.0", &[]));
    world.begin("a", "1.2.0");
    world.done("services/a", &["pin"]);

    fs::create_dir(world.path("platform/acme/templates")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", world.path("platform/acme/templates/x.hbs")).unwrap();
    world.publish("v1.3.0", &blueprint("1.3.0", &[]));
    world.begin("b", "1.3.0");
    let told = world.refused("services/b", &["pin"]);
    assert!(told.contains("acme/templates/x.hbs at v1.3.0"), "{told}");
    assert!(told.contains("it is a symbolic link"), "{told}");

    fs::remove_file(world.path("platform/acme/templates/x.hbs")).unwrap();
    fs::write(
        world.path("platform/acme/templates/x.hbs"),
        "x".repeat(1_100_000),
    )
    .unwrap();
    world.publish("v1.4.0", &blueprint("1.4.0", &[]));
    world.begin("c", "1.4.0");
    let told = world.refused("services/c", &["pin"]);
    assert!(told.contains("larger than 1 MiB"), "{told}");
    assert!(!world.path("services/c/slgen.lock").exists());
}

#[test]
fn other_ways_to_a_repository_are_refused() {
    let world = World::new();
    for (source, told) in [
        (
            "git::ext::sh -c id//acme",
            "is no address of a git repository",
        ),
        (
            "git::http://git.example.com/x.git//acme",
            "is no address of a git repository",
        ),
        (
            "git::--upload-pack=id//acme",
            "is no address of a git repository",
        ),
        ("git::file:///nowhere/at/all//acme", "could not be read"),
    ] {
        world.begin("a", "1.0.0");
        world.edit("services/a/slgen.yaml", &world.source(), source);
        let said = world.refused("services/a", &["pin"]);
        assert!(said.contains(told), "{source}: {said}");
    }
}

#[test]
fn a_service_begins_with_a_published_version() {
    let world = World::new();
    for version in ["2.1.0", "2.2.0"] {
        let text = blueprint(version, &[]).replace("package: zip", "package: image");
        world.publish(version, &text);
    }
    fs::create_dir_all(world.path("services/new")).unwrap();
    let source = world.source();
    let init = |baseline: &str| {
        let arguments = [
            ["init", "--baseline", baseline],
            ["--account", "111111111111", "--no-input"],
            ["--email", "you@example.com", "--name=save"],
            [
                "--trigger=schedule",
                "--schedule=rate(1 day)",
                "--runtime=python3.13",
            ],
        ];
        world.said("services/new", &arguments.concat())
    };
    for (baseline, told) in [
        (format!("{source}@9.9.9"), "has no tag v9.9.9"),
        (format!("{source}x"), "there is no file"),
        ("git::file:///nowhere//acme".to_owned(), "could not be read"),
    ] {
        let (status, _, err) = init(&baseline);
        assert_eq!(status, 1, "{baseline}: {err}");
        assert!(err.contains(told), "{baseline}: {err}");
        assert!(!world.path("services/new/slgen.yaml").exists());
    }
    let (status, out, err) = init(&format!("{source}@2.1.0"));
    assert_eq!(status, 0, "{out}{err}");
    assert!(out.contains("next: slgen pin && slgen generate"), "{out}");
    let manifest = world.read("services/new/slgen.yaml");
    assert!(
        manifest.contains(&source) && manifest.contains("version: \"2.1.0\""),
        "{manifest}"
    );
    // What was fetched to ask is no pin yet.
    let told = world.refused("services/new", &["generate"]);
    assert!(told.contains("run `slgen pin`"), "{told}");
    world.done("services/new", &["pin"]);

    fs::remove_dir_all(world.path("services/new")).unwrap();
    fs::create_dir_all(world.path("services/new")).unwrap();
    let (status, out, err) = init(&source);
    assert_eq!(status, 0, "{out}{err}");
    let manifest = world.read("services/new/slgen.yaml");
    assert!(manifest.contains("version: \"2.2.0\""), "{manifest}");
}
