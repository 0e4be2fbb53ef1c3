//! Blueprints from a registry.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::world::World;
use crate::registry::{MANIFEST, Registry, digest};

const ARTIFACT: &str = "application/vnd.slgen.blueprint.v1";
const LAYER: &str = "application/vnd.slgen.blueprint.v1.tar+gzip";

/// Publishes an archive under a tag; `kind` is what it says it is.
fn push(registry: &Registry, tag: &str, archive: &[u8], kind: &str) {
    let config = b"{}";
    registry.store(
        format!("blobs/{}", digest(config)),
        "application/octet-stream",
        config.to_vec(),
    );
    registry.store(
        format!("blobs/{}", digest(archive)),
        "application/octet-stream",
        archive.to_vec(),
    );
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": kind,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(config), "size": 2 },
        "layers": [{ "mediaType": LAYER, "digest": digest(archive), "size": archive.len() }],
    });
    registry.document(Some(tag), MANIFEST, &manifest);
}

#[test]
fn a_version_is_its_tag_and_pinned_by_digest() {
    let world = World::new();
    world.git(&["checkout", "-q", "v1.0.0"]);
    world.done("platform/acme", &["blueprint", "pack", "-o", "one.tar.gz"]);
    let archive = fs::read(world.path("platform/acme/one.tar.gz")).unwrap();
    let registry = Registry::start(|_, _, _| None);
    push(&registry, "1.0.0", &archive, ARTIFACT);
    push(
        &registry,
        "0.9.0",
        &archive,
        "application/vnd.example.other",
    );
    push(&registry, "0.8.0", b"no archive", ARTIFACT);

    let source = format!("oci://{}/team/base", registry.host);
    let begin = |version: &str| {
        world.begin("a", version);
        world.edit("services/a/slgen.yaml", &world.source(), &source);
    };
    for (version, told) in [
        ("0.7.0", "has no tag 0.7.0"),
        (
            "0.9.0",
            "its artifact type is \"application/vnd.example.other\"",
        ),
        ("0.8.0", "it is no tar archive"),
    ] {
        begin(version);
        let said = world.refused("services/a", &["pin"]);
        assert!(said.contains(told), "{version}: {said}");
    }
    begin("1.0.0");
    world.done("services/a", &["pin"]);
    let lock = world.read("services/a/slgen.lock");
    let line = lock.lines().find(|line| line.contains("oci://")).unwrap();
    assert!(
        line.contains("\"digest\": \"sha256:") && !line.contains("commit"),
        "{line}"
    );

    // Then nobody is asked, until the cache is gone; and a tag that moved shows.
    let asked = registry.asked().len();
    world.done("services/a", &["generate"]);
    assert_eq!(registry.asked().len(), asked);
    fs::remove_dir_all(world.path("cache")).unwrap();
    world.git(&["checkout", "-q", "v1.1.0"]);
    world.done("platform/acme", &["blueprint", "pack", "-o", "two.tar.gz"]);
    push(
        &registry,
        "1.0.0",
        &fs::read(world.path("platform/acme/two.tar.gz")).unwrap(),
        ARTIFACT,
    );
    let said = world.refused("services/a", &["validate"]);
    assert!(
        said.contains("was moved: it was pinned at digest sha256:"),
        "{said}"
    );
}

/// An archive whose header names a path that no honest tool would write.
fn with_entry(honest: &[u8], name: &str, kind: tar::EntryType, size: usize) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, &vec![b'x'; size][..]).unwrap();
    let mut all = builder.into_inner().unwrap();
    // Without the two empty blocks at its end, the honest archive goes on.
    all.truncate(all.len() - 1024);
    all.extend(honest);
    all
}

#[test]
fn an_archive_that_means_harm_is_refused() {
    let world = World::new();
    world.git(&["checkout", "-q", "v1.0.0"]);
    world.done("platform/acme", &["blueprint", "pack", "-o", "one.tar"]);
    let honest = fs::read(world.path("platform/acme/one.tar")).unwrap();
    let registry = Registry::start(|_, _, _| None);
    let source = format!("oci://{}/team/base", registry.host);
    let file = tar::EntryType::Regular;
    for (n, (name, kind, size, told)) in [
        ("../../../evil", file, 1, "no part of a blueprint"),
        ("/etc/evil", file, 1, "no part of a blueprint"),
        (
            "templates/../../evil",
            file,
            1,
            "no path inside a blueprint",
        ),
        (
            "templates/x.hbs",
            tar::EntryType::Symlink,
            0,
            "is no regular file",
        ),
        (
            "templates/x.hbs",
            tar::EntryType::Link,
            0,
            "is no regular file",
        ),
        ("templates/x.hbs", file, 2 << 20, "larger than 1 MiB"),
        ("templates/x.hbs", file, 64 << 20, "more than 16 MiB"),
    ]
    .into_iter()
    .enumerate()
    {
        let version = format!("0.1.{n}");
        let mut archive = with_entry(&honest, name, kind, size);
        if size > 4 << 20 {
            // A bomb is small until it is unpacked.
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(&archive).unwrap();
            archive = gzip.finish().unwrap();
        }
        push(&registry, &version, &archive, ARTIFACT);
        world.begin("a", &version);
        world.edit("services/a/slgen.yaml", &world.source(), &source);
        let said = world.refused("services/a", &["pin"]);
        assert!(said.contains(told), "{name}: {said}");
        assert!(!world.path("services/a/slgen.lock").exists());
    }
    for path in ["evil", "services/evil", "services/a/evil", "cache/evil"] {
        assert!(!world.path(path).exists(), "{path}");
    }
}
