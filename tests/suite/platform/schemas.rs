//! What is told to programs is as the published schemas say.

use std::fs;

use serde_json::Value;

use super::world::World;

/// A document of `slgen.NAME/1`.
pub(crate) fn holds(name: &str, document: &Value) {
    let read = |name: &str| -> Value {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schemas");
        let text = fs::read_to_string(format!("{path}/slgen.{name}-1.schema.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let mut schema = read(name);
    if name == "update" {
        let diff = read("diff");
        let errors = errors(&diff, &document["diff"]);
        assert!(errors.is_empty(), "{errors:#?}");
        // What is relative to a published file is judged by itself.
        schema["properties"]["diff"] = true.into();
    }
    let errors = errors(&schema, document);
    assert!(errors.is_empty(), "{name}: {errors:#?}\n{document:#}");
}

fn errors(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors = validator.iter_errors(document);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn what_is_told_to_programs_has_a_published_form() {
    let world = World::new();
    world.service("a", "1.0.0");
    world.begin("b", "1.0.0");
    world.edit("services/b/slgen.yaml", "service: b", "sorvice: b");
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let source = world.source();
    for (name, folder, arguments) in [
        ("fleet", ".", &["fleet", "services"][..]),
        (
            "impact",
            ".",
            &["blueprint", "impact", "--candidate", &source, "services"],
        ),
        (
            "update",
            "services/a",
            &["blueprint", "update", "--dry-run"],
        ),
        ("packed", "platform/acme", &["blueprint", "pack"]),
    ] {
        let arguments = [arguments, &["--format", "json"]].concat();
        let (_, out, err) = world.said(folder, &arguments);
        assert!(!out.is_empty(), "{name}: {err}");
        let mut document = parsed(&out);
        assert_eq!(document["schema"], format!("slgen.{name}/1"));
        holds(name, &document);
        // The schema is not one that everything holds to.
        document["surplus"] = 1.into();
        let failed = std::panic::catch_unwind(|| holds(name, &document));
        assert!(failed.is_err(), "{name}");
    }
}
