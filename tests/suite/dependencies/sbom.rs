//! The bill of materials: valid by the standard's schema, and the same bytes each time.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::{DATA, FORMATS, data, project, slgen, write};

/// The schema of `CycloneDX` 1.5 with the list of licences in it, and without signatures.
fn schema() -> Json {
    fn settle(value: &mut Json, licences: &Json) {
        match value {
            Json::Object(object) => {
                let target = object
                    .get("$ref")
                    .and_then(Json::as_str)
                    .unwrap_or_default();
                if target == "spdx.SNAPSHOT.schema.json" {
                    *value = json!({ "enum": licences["enum"] });
                } else if target.starts_with("jsf-") {
                    *value = json!(true);
                } else {
                    object
                        .values_mut()
                        .for_each(|value| settle(value, licences));
                }
            }
            Json::Array(all) => all.iter_mut().for_each(|value| settle(value, licences)),
            _ => {}
        }
    }
    let mut schema: Json = serde_json::from_str(include_str!(
        "../../data/cyclonedx/bom-1.5.SNAPSHOT.schema.json"
    ))
    .unwrap();
    let licences: Json = serde_json::from_str(include_str!(
        "../../data/cyclonedx/spdx.SNAPSHOT.schema.json"
    ))
    .unwrap();
    settle(&mut schema, &licences);
    schema
}

fn bill(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = slgen(folder, &[&["sbom"], arguments].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn every_lockfile_gives_a_valid_bill() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    // It tells a bill from what is none.
    assert!(
        !validator.is_valid(
            &json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{}] })
        )
    );
    for (of, lock, manifest) in FORMATS {
        let folder = project(
            &[
                (lock, &data(&format!("{of}/{lock}"))),
                (manifest, &data(&format!("{of}/{manifest}"))),
            ],
            "",
        );
        let (status, text, errors) = bill(folder.path(), &["app"]);
        assert_eq!(status, Some(0), "{of}: {errors}");
        let json: Json = serde_json::from_str(&text).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&json)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert_eq!(faults, Vec::<String>::new(), "{of}: {text}");
        assert_eq!(json["metadata"]["component"]["name"], "app");
        assert!(json["metadata"]["timestamp"].is_null(), "{text}");
        let components = json["components"].as_array().unwrap();
        assert!(
            components
                .iter()
                .all(|c| c["purl"].as_str().unwrap().starts_with("pkg:")),
            "{text}"
        );
        // What the function needs directly, and what that needs.
        let edge = |from: &str| {
            let mut all = json["dependencies"].as_array().unwrap().iter();
            let found = all
                .find(|edge| edge["ref"] == from)
                .map(|edge| edge["dependsOn"].to_string());
            found.unwrap_or_default()
        };
        let direct = edge("function:app");
        let (asked, needs) = match of {
            "go" => ("pkg:golang/github.com/stretchr/testify@v1.7.2", None),
            "cargo" => ("pkg:cargo/itoa@", None),
            "npm" | "pnpm" | "yarn1" | "yarn4" => ("pkg:npm/debug@4.4.3", Some("pkg:npm/ms@2.1.3")),
            "maven-lockfile" => (
                "pkg:maven/com.google.code.gson/gson@2.13.2",
                Some("pkg:maven/com.google.errorprone/error_prone_annotations@2.41.0"),
            ),
            "gradle" | "maven" => ("pkg:maven/com.google.code.gson/gson@2.13.2", None),
            "pip-compile" => ("pkg:pypi/python-dateutil@2.9.0.post0", None),
            _ => (
                "pkg:pypi/python-dateutil@2.9.0.post0",
                Some("pkg:pypi/six@1.17.0"),
            ),
        };
        assert!(direct.contains(asked), "{of}: {direct}");
        if let Some(needs) = needs {
            assert!(edge(asked).contains(needs), "{of}: {text}");
        }
        let count = components.iter().filter(|c| c["hashes"].is_array()).count();
        let has_hashes = !matches!(of, "go" | "yarn4");
        assert_eq!(count > 0, has_hashes, "{of}: {text}");
        // What only development needs is marked where the lockfile tells.
        let excluded = components
            .iter()
            .filter(|c| c["scope"] == "excluded")
            .count();
        let marks = matches!(of, "npm" | "pnpm" | "yarn1" | "yarn4" | "uv");
        assert_eq!(excluded, usize::from(marks), "{of}: {text}");
        assert_eq!(bill(folder.path(), &["app"]).1, text);
    }
    assert!(Path::new(DATA).exists());
}

#[test]
fn licences_and_a_service_as_a_whole() {
    let folder = project(&[("package-lock.json", &data("npm/package-lock.json"))], "");
    let (status, text, _) = bill(folder.path(), &["--output", "bom.json"]);
    assert_eq!((status, text.as_str()), (Some(0), ""));
    let text = std::fs::read_to_string(folder.path().join("bom.json")).unwrap();
    assert!(
        text.contains("\"MIT\"") && text.contains("\"urn:uuid:"),
        "{text}"
    );
    let (status, _, errors) = bill(folder.path(), &["ap"]);
    assert_eq!(status, Some(1));
    assert!(errors.contains("did you mean `app`?"), "{errors}");
}

#[test]
fn what_cannot_be_known_is_said() {
    for (name, text) in [
        ("package.json", data("npm/package.json")),
        ("package-lock.json", "{".to_owned()),
        ("setup.py", String::new()),
    ] {
        let folder = project(&[(name, &text)], "");
        let (status, _, errors) = bill(folder.path(), &["app"]);
        assert_eq!(status, Some(4), "{name}: {errors}");
        assert!(errors.contains(name), "{errors}");
    }
    // No dependencies, nothing missing.
    let folder = project(&[], "");
    write(
        folder.path(),
        "src/app/app.py",
        "def handler(event, context): return None\n",
    );
    assert_eq!(bill(folder.path(), &["app"]).0, Some(0));
}
