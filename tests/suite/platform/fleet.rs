//! `slgen fleet`.

use std::fs;

use serde_json::Value;

use super::schemas::holds;
use super::world::{World, files};

fn world() -> World {
    let world = World::new();
    world.service("a", "1.0.0");
    world.service("b", "1.1.0");
    world.begin("c", "1.0.0");
    world.edit("services/c/slgen.yaml", "service: c", "sorvice: c");
    world.service("d", "1.1.0");
    world.edit(
        "services/d/slgen.yaml",
        "expires: 2099-12-31",
        "expires: 2020-12-31",
    );
    world
}

#[test]
fn a_report_over_many_services() {
    let world = world();
    let before = files(&world.path("services"));
    let (status, out, err) = world.said(".", &["fleet", "services", "--format", "json"]);
    assert_eq!(status, 3, "{out}{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    holds("fleet", &report);
    assert_eq!(report["schema"], "slgen.fleet/1");
    let summary = &report["summary"];
    for (key, count) in [
        ("services", 4),
        ("sound", 2),
        ("gated", 1),
        ("unreadable", 1),
    ] {
        assert_eq!(summary[key], count, "{key}: {summary:#}");
    }
    let blueprints = summary["blueprints"].as_array().unwrap();
    let versions: Vec<(&str, u64)> = blueprints
        .iter()
        .map(|b| {
            (
                b["version"].as_str().unwrap(),
                b["services"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(versions, [("1.0.0", 1), ("1.1.0", 2)]);
    assert_eq!(
        summary["exceptions"],
        serde_json::json!({"open": 8, "expiring": 0, "expired": 1})
    );
    assert_eq!(
        summary["entries"],
        serde_json::json!({"event": 6, "jwt": 6})
    );
    assert_eq!(
        summary["pins"],
        serde_json::json!({"unlocked": 0, "old": 0, "behind": 0})
    );
    assert!(
        summary["permissions"]["Write"].as_u64().unwrap() > 3,
        "{summary:#}"
    );
    let services = report["services"].as_array().unwrap();
    assert_eq!(services[0]["service"], "a");
    assert_eq!(services[0]["functions"], 3);
    assert!(
        services[2]["reason"]
            .as_str()
            .unwrap()
            .contains("unknown key `sorvice`"),
        "{services:#?}"
    );
    let gated = services[3]["reason"].as_str().unwrap();
    assert!(gated.contains("SLG-"), "{gated}");
    assert_eq!(files(&world.path("services")), before);

    // One that cannot be read alone is incomplete, and a sound fleet is done.
    world.edit(
        "services/d/slgen.yaml",
        "expires: 2020-12-31",
        "expires: 2099-12-31",
    );
    assert_eq!(world.said(".", &["fleet", "services"]).0, 4);
    assert_eq!(
        world
            .said(".", &["fleet", "services/a", "services/b", "services"])
            .0,
        4
    );
    let (status, text, _) = world.said(".", &["fleet", "services/a", "services/b", "-v"]);
    assert_eq!(status, 0, "{text}");
    assert!(text.starts_with("slgen fleet  2 services on "), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    for part in [
        "acme 1.0.0",
        "findings      0 critical, 0 high",
        "entry points",
        "6 open, 0 expiring within 30 days, 0 expired",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (_, markdown, _) = world.said(".", &["fleet", "services", "--format", "markdown"]);
    assert!(
        markdown.contains("4 services: 3 sound, 0 gated, 1 unreadable."),
        "{markdown}"
    );
}

#[test]
fn old_pins_are_told_by_their_commit() {
    let world = World::new();
    world.service("a", "1.0.0");
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git")
            .current_dir(world.path("services/a"))
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_COMMITTER_DATE", "2020-02-01T00:00:00Z")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let pins = |arguments: &[&str]| {
        let mut all = vec!["fleet", "services", "--format", "json"];
        all.extend(arguments);
        let (_, out, _) = world.said(".", &all);
        let report: Value = serde_json::from_str(&out).unwrap();
        report["services"][0]["pins"].clone()
    };
    assert_eq!(pins(&[])["age_days"], Value::Null);
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "x"]);
    let found = pins(&[]);
    assert!(found["age_days"].as_i64().unwrap() > 2000, "{found}");
    assert_eq!(found["old"], true);
    assert_eq!(pins(&["--pins-older-than", "99999d"])["old"], false);
    fs::remove_file(world.path("services/a/slgen.lock")).unwrap();
    // A blueprint of a repository needs its lock.
    assert_eq!(world.said(".", &["fleet", "services"]).0, 4);
}

/// Everything between the tags of a page, and what runs in it.
#[test]
fn the_page_needs_nothing_else_and_nothing_breaks_out() {
    let world = world();
    let evil = "<script>alert(1)</script>";
    world.edit(
        "services/a/slgen.yaml",
        "reason: no image is asked about",
        &format!("reason: \"{evil}\""),
    );
    world.edit(
        "services/c/slgen.yaml",
        "sorvice: c",
        &format!("service: c\n\"{evil}\": 1"),
    );
    let folder = world.path("services/x\"><img src=x onerror=alert(1)>");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(
        world.path("services/c/slgen.yaml"),
        folder.join("slgen.yaml"),
    )
    .unwrap();
    let (status, _, err) = world.said(".", &["fleet", "services", "--html", "fleet.html"]);
    assert_eq!(status, 3, "{err}");
    let page = world.read("fleet.html");
    assert!(!page.contains(evil) && !page.contains("<img"), "{page}");
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
        "{page}"
    );
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<style").count(), 1);
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(
            !page.replace("http-equiv", "").contains(outside) || outside == "src=",
            "{outside}"
        );
    }
    // Its policy names what it holds.
    for (start, end, name) in [
        ("<style>", "</style>", "style-src"),
        ("<script>", "</script>", "script-src"),
    ] {
        let text = page.split(start).nth(1).unwrap().split(end).next().unwrap();
        let sum = hex_to_base64(&slgen::inputs::checksum(text.as_bytes()));
        assert!(page.contains(&format!("{name} 'sha256-{sum}'")), "{name}");
    }
    assert_eq!(page.matches("<figure>").count(), 4);
    assert_eq!(page.matches("<tr class=").count(), 5);
    // The same bytes on the same day.
    world.said(".", &["fleet", "services", "--html", "again.html"]);
    assert_eq!(world.read("again.html"), page);
}

fn hex_to_base64(hex: &str) -> String {
    use base64::Engine as _;
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
