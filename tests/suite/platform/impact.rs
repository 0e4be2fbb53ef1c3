//! `slgen blueprint impact`.

use std::fs;

use serde_json::Value;

use super::schemas::holds;
use super::world::{World, blueprint, files};

fn impact(world: &World, candidate: &str, status: i32) -> Value {
    let arguments = [
        "blueprint",
        "impact",
        "--candidate",
        candidate,
        "services",
        "--format",
        "json",
    ];
    let (found, out, err) = world.said(".", &arguments);
    assert_eq!(found, status, "{out}{err}");
    let impact = serde_json::from_str(&out).unwrap();
    holds("impact", &impact);
    impact
}

fn outcome<'a>(impact: &'a Value, service: &str) -> &'a Value {
    let manifest = format!("services/{service}/slgen.yaml");
    let mut rows = impact["services"].as_array().unwrap().iter();
    rows.find(|row| row["manifest"] == *manifest).unwrap()
}

#[test]
fn every_service_says_what_a_version_would_change() {
    let world = World::new();
    world.service("a", "1.0.0");
    world.begin("b", "1.0.0");
    world.edit(
        "services/b/slgen.yaml",
        "source: src/api\n",
        "source: src/api\n    timeout_s: 20\n",
    );
    world.done("services/b", &["pin"]);
    world.begin("c", "1.0.0");
    world.edit("services/c/slgen.yaml", "service: c", "sorvice: c");
    world.begin("d", "1.0.0");
    world.edit(
        "services/d/slgen.yaml",
        &world.source(),
        "builtin:aws-baseline",
    );
    world.edit("services/a/infra/a/fn_api.tf", "256", "128");
    let before = files(&world.path("services"));

    let first = impact(&world, &format!("{}@1.1.0", world.source()), 4);
    assert_eq!(first["schema"], "slgen.impact/1");
    assert_eq!(
        (&first["blueprint"], &first["version"]),
        (&"acme".into(), &"1.1.0".into())
    );
    for service in ["a", "b"] {
        let row = outcome(&first, service);
        // More memory opens a little, longer logs close something, and neither stops anyone.
        assert_eq!(
            (&row["outcome"], &row["gates"]),
            (&"widening".into(), &false.into()),
            "{row:#}"
        );
        assert!(row["files"].as_u64().unwrap() > 3, "{row:#}");
        assert_eq!(row["from"], "1.0.0");
        let closes = row["changes"].as_array().unwrap();
        assert!(
            closes
                .iter()
                .any(|change| change["direction"] == "narrowing"),
            "{row:#}"
        );
    }
    assert_eq!(outcome(&first, "a")["edited"], 1);
    assert_eq!(outcome(&first, "a")["must_act"], true);
    assert_eq!(outcome(&first, "b")["must_act"], false);
    let unread = outcome(&first, "c");
    assert_eq!(unread["outcome"], "unreadable");
    assert!(
        unread["reason"].as_str().unwrap().contains("sorvice"),
        "{unread:#}"
    );
    assert_eq!(outcome(&first, "d")["outcome"], "other");
    assert_eq!(first["must_act"], 2);

    // Without a version it is the newest, which refuses one.
    let second = impact(&world, &world.source(), 3);
    assert_eq!(second["version"], "2.0.0");
    let refused = outcome(&second, "b");
    assert_eq!(refused["outcome"], "refused");
    let reason = refused["reason"].as_str().unwrap();
    assert!(
        reason.contains("slgen.yaml:") && reason.contains("Nobody waits longer."),
        "{reason}"
    );
    assert_eq!(outcome(&second, "a")["outcome"], "widening");

    assert_eq!(files(&world.path("services")), before);

    let (_, text, _) = world.said(
        ".",
        &[
            "blueprint",
            "impact",
            "--candidate",
            &world.source(),
            "services",
        ],
    );
    for part in [
        "4 services: 1 refused, 1 widening, 1 unreadable, 1 another blueprint; 3 must act",
        "refused     b  from 1.0.0  services/b/slgen.yaml",
        "files change, 1 edited by hand: they are merged",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let arguments = [
        "blueprint",
        "impact",
        "--candidate",
        &world.source(),
        "services",
        "--format",
        "markdown",
    ];
    let (_, markdown, _) = world.said(".", &arguments);
    assert!(markdown.contains("| refused | 1 |"), "{markdown}");
    assert!(markdown.contains("| b | 1.0.0 | refused |"), "{markdown}");
}

/// What is not published yet: the folder on the platform team's disk.
#[test]
fn a_folder_is_a_candidate_too_and_what_opens_gates() {
    let world = World::new();
    world.service("a", "1.0.0");
    let unchanged = impact(&world, &format!("{}@1.0.0", world.source()), 0);
    assert_eq!(outcome(&unchanged, "a")["outcome"], "unchanged");

    let open = [
        (
            "retention_days: 365, archive: s3",
            "retention_days: 1, archive: s3",
        ),
        ("min: 365", "min: 1"),
    ];
    fs::write(
        world.path("platform/acme/blueprint.yaml"),
        blueprint("3.0.0", &open),
    )
    .unwrap();
    let arguments = [
        "blueprint",
        "impact",
        "--candidate",
        "path:platform/acme",
        "services",
        "--format",
        "json",
    ];
    let (status, out, err) = world.said(".", &arguments);
    let found: Value = serde_json::from_str(&out).unwrap();
    let row = outcome(&found, "a");
    // A guardrail refuses it, or it opens something.
    assert_eq!(status, 3, "{out}{err}");
    assert!(
        row["outcome"] == "refused" || row["outcome"] == "widening",
        "{row:#}"
    );
    assert_eq!(found["version"], "3.0.0");
}

#[test]
fn a_candidate_that_cannot_be_had_is_an_error() {
    let world = World::new();
    world.service("a", "1.0.0");
    for (candidate, told) in [
        (format!("{}@9.9.9", world.source()), "has no tag v9.9.9"),
        ("path:nowhere".to_owned(), "nowhere"),
        ("acme".to_owned(), "is no source of a blueprint"),
        ("builtin:nothing".to_owned(), "nothing"),
    ] {
        let (status, _, err) = world.said(
            ".",
            &["blueprint", "impact", "--candidate", &candidate, "services"],
        );
        assert_eq!(status, 1, "{candidate}");
        assert!(err.contains(told), "{candidate}: {err}");
    }
    let (status, _, err) = world.said(
        ".",
        &[
            "blueprint",
            "impact",
            "--candidate",
            &world.source(),
            "platform",
        ],
    );
    assert_eq!(status, 1);
    assert!(
        err.contains("there is no slgen.yaml below platform"),
        "{err}"
    );
}
