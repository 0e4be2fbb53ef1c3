use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn digest(byte: &str) -> String {
    format!("sha256:{}", byte.repeat(32))
}

fn index() -> Json {
    json!({
        "schemaVersion": 2,
        "mediaType": INDEXES[0],
        "manifests": [
            { "digest": digest("1a"), "platform": { "os": "linux", "architecture": "amd64" } },
            { "digest": digest("2b"), "platform": { "os": "linux", "architecture": "arm64", "variant": "v8" } },
            { "digest": digest("3c"), "platform": { "os": "linux", "architecture": "arm", "variant": "v7" } },
            { "digest": digest("4d"), "platform": { "os": "unknown", "architecture": "unknown" } },
            { "digest": digest("5e"), "platform": { "os": "windows", "architecture": "amd64" } },
        ],
        "annotations": { CREATED: "2026-03-04T05:06:07Z" },
    })
}

fn manifest() -> Json {
    json!({ "schemaVersion": 2, "config": { "digest": digest("6f") }, "layers": [] })
}

fn said(value: &Json, content_type: &str) -> Result<Document, String> {
    read(value.to_string().as_bytes(), Some(content_type))
}

#[test]
fn an_index_has_the_platforms_of_lambda() {
    let Document::Index { platforms, created } = said(&index(), INDEXES[0]).unwrap() else {
        panic!("no index");
    };
    let names: Vec<&str> = platforms.keys().map(String::as_str).collect();
    assert_eq!(names, PLATFORMS);
    assert_eq!(
        created.map(|d| d.to_string()).as_deref(),
        Some("2026-03-04")
    );
    // With parameters, or with no more than JSON by header.
    for header in [
        "application/vnd.oci.image.index.v1+json; charset=utf-8",
        "application/json",
    ] {
        assert!(said(&index(), header).is_ok(), "{header}");
    }
}

#[test]
fn a_manifest_has_a_configuration() {
    let expected = Document::Manifest {
        config: digest("6f"),
        created: None,
    };
    assert_eq!(said(&manifest(), MANIFESTS[1]), Ok(expected));
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let with = |mut value: Json, key: &str, new: Json| {
        value[key] = new;
        value
    };
    let twice =
        json!({ "digest": digest("7a"), "platform": { "os": "linux", "architecture": "amd64" } });
    let mut two = index();
    two["manifests"].as_array_mut().unwrap().push(twice);
    for (value, header, why) in [
        (index(), MANIFESTS[0], "media type"),
        (manifest(), INDEXES[0], "neither"),
        (manifest(), "text/html", "media type"),
        (
            with(index(), "mediaType", json!(MANIFESTS[0])),
            INDEXES[0],
            "media type",
        ),
        (with(index(), "layers", json!([])), INDEXES[0], "neither"),
        (
            with(index(), "config", json!({ "digest": digest("6f") })),
            INDEXES[0],
            "neither",
        ),
        (
            with(index(), "manifests", json!([])),
            INDEXES[0],
            "no manifest for a platform",
        ),
        (
            with(index(), "schemaVersion", json!(1)),
            INDEXES[0],
            "schema version",
        ),
        (two, INDEXES[0], "two manifests"),
        (
            with(manifest(), "config", json!({ "digest": "sha512:00" })),
            MANIFESTS[0],
            "no configuration",
        ),
        (json!([]), INDEXES[0], "no image"),
    ] {
        let fault = said(&value, header).unwrap_err();
        assert!(fault.contains(why), "{fault} / {why}");
    }
}

#[test]
fn days_of_reproducible_builds_are_none() {
    let of = |text: &str| day(text).map(|d| d.to_string());
    assert_eq!(of("2026-03-04T23:59:59.5Z").as_deref(), Some("2026-03-04"));
    assert_eq!(
        of("2026-03-04T23:59:59-08:00").as_deref(),
        Some("2026-03-05")
    );
    for none in [
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1980-01-01T00:00:01Z",
        "",
        "yesterday",
        "2026-13-01T00:00:00Z",
    ] {
        assert_eq!(of(none), None, "{none}");
    }
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0_usize..700, length in 0_usize..20, junk in "[ -~]{0,8}") {
        let mut text: Vec<char> = index().to_string().chars().collect();
        let at = at.min(text.len());
        let end = (at + length).min(text.len());
        text.splice(at..end, junk.chars());
        let text: String = text.into_iter().collect();
        if let Ok(Document::Index { platforms, .. }) = read(text.as_bytes(), Some(INDEXES[0])) {
            prop_assert!(platforms.values().all(|d| is_digest(d)));
        }
    }
}
