//! `slgen blueprint update`.

use std::fs;

use serde_json::Value;

use super::schemas::holds;
use super::world::{World, files};

const FUNCTION: &str = "services/a/infra/a/fn_api.tf";

#[test]
fn a_service_moves_to_a_version_and_keeps_its_comments() {
    let world = World::new();
    world.service("a", "1.0.0");
    let before = files(&world.path("services/a"));
    let shown = world.done(
        "services/a",
        &["blueprint", "update", "--to", "1.1.0", "--dry-run"],
    );
    assert_eq!(files(&world.path("services/a")), before);
    assert!(
        shown.contains("1.0.0 → 1.1.0") && shown.contains("files would change"),
        "{shown}"
    );

    let told = world.done("services/a", &["blueprint", "update", "--to", "1.1.0"]);
    assert!(told.contains("acme 1.0.0 → 1.1.0"), "{told}");
    let manifest = world.read("services/a/slgen.yaml");
    assert!(
        manifest.contains("  version: 1.1.0  # what the platform team says\n"),
        "{manifest}"
    );
    assert!(
        world
            .read("services/a/slgen.lock")
            .contains("\"version\": \"1.1.0\"")
    );
    assert!(world.read(FUNCTION).contains("512"));
    world.done("services/a", &["generate", "--check"]);
    world.done("services/a", &["pin", "--check"]);
    let again = world.done("services/a", &["blueprint", "update", "--to", "1.1.0"]);
    assert!(again.contains("is in use already"), "{again}");
    // Everything else is as it was.
    for (path, bytes) in files(&world.path("services/a")) {
        let changed = ["infra", "slgen.yaml", "slgen.lock"];
        if !changed.iter().any(|part| path.iter().any(|p| p == *part)) {
            assert_eq!(before[&path], bytes, "{path:?}");
        }
    }
}

/// The line with the memory of the function.
fn memory(world: &World) -> String {
    let text = world.read(FUNCTION);
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with("memory_size"))
        .unwrap();
    line.to_owned()
}

#[test]
fn hand_edits_are_merged_and_conflicts_are_real() {
    let world = World::new();
    world.service("a", "1.0.0");
    // An edit where the new version changes nothing.
    let text = world.read(FUNCTION);
    fs::write(world.path(FUNCTION), format!("{text}\n# ours\n")).unwrap();
    let (status, out, err) = world.said("services/a", &["blueprint", "update", "--to", "1.1.0"]);
    assert_eq!(status, 0, "{out}{err}");
    assert!(
        out.contains("infra/a/fn_api.tf: edited by hand, and merged"),
        "{out}"
    );
    let merged = world.read(FUNCTION);
    assert!(
        merged.ends_with("\n# ours\n") && memory(&world).contains("512"),
        "{merged}"
    );
    assert_eq!(
        world.read(&format!("{FUNCTION}.backup")),
        format!("{text}\n# ours\n")
    );
    // It is still an edit, and told as one.
    let (status, out, _) = world.said("services/a", &["generate", "--check"]);
    assert_eq!(status, 2);
    assert!(
        out.contains("infra/a/fn_api.tf: edited since slgen wrote it"),
        "{out}"
    );

    // An edit of the very line that the new version changes.
    let world = World::new();
    world.service("a", "1.0.0");
    let line = memory(&world);
    world.edit(FUNCTION, &line, &line.replace("256", "3008"));
    let mine = world.read(FUNCTION);
    let (status, out, err) = world.said(
        "services/a",
        &["blueprint", "update", "--to", "1.1.0", "--format", "json"],
    );
    assert_eq!(status, 2, "{out}{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    holds("update", &told);
    assert_eq!(told["conflicts"], serde_json::json!(["infra/a/fn_api.tf"]));
    assert_eq!(
        (&told["from"], &told["to"]),
        (&"1.0.0".into(), &"1.1.0".into())
    );
    let merged = world.read(FUNCTION);
    for part in ["<<<<<<<", "3008", "=======", "512", ">>>>>>>"] {
        assert!(merged.contains(part), "{merged}");
    }
    assert_eq!(world.read(&format!("{FUNCTION}.backup")), mine);
    assert!(
        world
            .read("services/a/slgen.yaml")
            .contains("version: 1.1.0")
    );
    // Decided for the new version, everything is as generated.
    world.done("services/a", &["generate", "--force"]);
    world.done("services/a", &["generate", "--check"]);
}

#[test]
fn a_version_that_refuses_the_service_changes_nothing() {
    let world = World::new();
    world.begin("a", "1.0.0");
    world.edit(
        "services/a/slgen.yaml",
        "source: src/api\n",
        "source: src/api\n    timeout_s: 20\n",
    );
    world.done("services/a", &["pin"]);
    world.done("services/a", &["generate"]);
    let before = files(&world.path("services/a"));
    // Unsaid, it is the newest.
    let told = world.refused("services/a", &["blueprint", "update"]);
    assert!(told.contains("Nobody waits longer."), "{told}");
    assert!(
        told.contains("slgen.yaml:") && told.contains("timeout_s"),
        "{told}"
    );
    let told = world.refused("services/a", &["blueprint", "update", "--to", "7.0.0"]);
    assert!(told.contains("has no tag v7.0.0 or 7.0.0"), "{told}");
    assert_eq!(files(&world.path("services/a")), before);
}

#[test]
fn what_is_not_slgens_is_not_written_over() {
    let world = World::new();
    world.service("a", "1.0.0");
    fs::remove_file(world.path("services/a/infra/a/.slgen.json")).unwrap();
    world.edit(FUNCTION, "256", "128");
    let before = files(&world.path("services/a"));
    let told = world.refused("services/a", &["blueprint", "update", "--to", "1.1.0"]);
    assert!(told.contains("slgen did not write"), "{told}");
    assert_eq!(files(&world.path("services/a")), before);
}

/// A run that was killed half way: its journal is committed, and part of the tree is new.
#[test]
fn an_update_that_was_interrupted_is_completed_before_anything_is_read() {
    let world = World::new();
    world.service("a", "1.0.0");
    let root = world.path("services/a");
    let before = files(&root);
    world.done("services/a", &["blueprint", "update", "--to", "1.1.0"]);
    let after = files(&root);
    let record = root.join("infra/a/.slgen.json");
    let inputs = ["slgen.yaml", "slgen.lock"].map(|name| root.join(name));
    for first in [&["generate"][..], &["blueprint", "update", "--to", "1.1.0"]] {
        // Manifest and tree are new already, the lock file and the record are still old.
        let half: Vec<_> = inputs.iter().chain([&record]).collect();
        for path in &half[1..] {
            fs::write(path, &before[*path]).unwrap();
        }
        let sum = |bytes: &[u8]| slgen::inputs::checksum(bytes);
        let journal = root.join("infra/a/.slgen.journal");
        fs::create_dir(&journal).unwrap();
        let entries = inputs.iter().map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            serde_json::json!({
                "path": format!("../../{name}"),
                "old": sum(&before[path]),
                "new": sum(&after[path]),
                "keep": false,
            })
        });
        let kept: Value = serde_json::from_slice(&after[&record]).unwrap();
        let plan = serde_json::json!({
            "record_was": sum(&before[&record]),
            "record": kept["files"],
            "entries": entries.collect::<Vec<_>>(),
        });
        let plan = format!("{plan:#}\n");
        let head = format!("slgen.journal/1 {}\n", sum(plan.as_bytes()));
        fs::write(journal.join("plan"), head + &plan).unwrap();
        fs::write(journal.join("1"), &after[&inputs[1]]).unwrap();

        // Nothing is written by who only looks.
        let (status, _, err) = world.said("services/a", &["generate", "--check"]);
        assert_eq!(status, 1, "{err}");
        assert!(err.contains("`slgen blueprint update --to 1.1.0`"), "{err}");
        let told = world.done("services/a", first);
        assert!(
            told.contains("an update was interrupted half way; it is completed now"),
            "{told}"
        );
        assert_eq!(files(&root), after);
        world.done("services/a", &["generate", "--check"]);
    }
}
