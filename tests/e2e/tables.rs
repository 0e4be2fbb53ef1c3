//! The attributes that `slgen diff` judges are attributes of the provider.

use std::path::Path;

use serde_json::Value;

use super::{ROOT, terraform};

const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";
const MODULE: &str = r#"
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
"#;

#[test]
fn what_diff_judges_is_in_the_provider() {
    let provider = provider();
    let mut judged = 0;
    let mut unknown = Vec::new();
    for table in ["attributes", "beyond", "plain", "policies", "presence"] {
        let file = Path::new(ROOT).join(format!("src/diff/aws/{table}.json"));
        let rows: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let mut named = Vec::new();
        if table == "plain" {
            named = plain(&rows);
        } else {
            gather(&rows, &mut named);
        }
        for (kind, path) in named {
            let Some(block) = block(&provider, &kind) else {
                unknown.push(format!("{table}: {kind}"));
                continue;
            };
            judged += 1;
            if !has(block, path.split('.').filter(|step| !step.is_empty())) {
                unknown.push(format!("{table}: {kind}.{path}"));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(judged > 1_000, "{judged}");
}

/// What the provider says of itself.
fn provider() -> Value {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), MODULE).unwrap();
    let run = |arguments: &[&str]| terraform(folder.path(), arguments);
    run(&["init", "-no-color", "-input=false"]);
    let mut schema: Value =
        serde_json::from_slice(&run(&["providers", "schema", "-json"])).unwrap();
    schema["provider_schemas"][PROVIDER].take()
}

/// Types and paths in the rows of a table, however deep they stand.
fn gather(rows: &Value, named: &mut Vec<(String, String)>) {
    match rows {
        Value::Array(rows) => rows.iter().for_each(|row| gather(row, named)),
        Value::Object(row) => {
            let one = row.get("type").and_then(Value::as_str);
            let several = row.get("types").and_then(Value::as_array);
            let kinds = several.into_iter().flatten().filter_map(Value::as_str);
            let severer = row.get("severer").and_then(Value::as_array);
            let severer = severer.into_iter().flatten().map(|case| &case["path"]);
            let keys = ["path", "attribute", "holder"];
            let paths: Vec<&str> = keys
                .iter()
                .filter_map(|key| row.get(*key))
                .chain(severer)
                .filter_map(Value::as_str)
                .chain([""])
                .collect();
            for kind in kinds.chain(one).filter(|kind| is_ours_to_ask(kind)) {
                named.extend(paths.iter().map(|path| (kind.into(), (*path).into())));
            }
            row.values().for_each(|value| gather(value, named));
        }
        _ => {}
    }
}

/// Of the list of what opens nothing, types that are spelt out, and attributes.
fn plain(rows: &Value) -> Vec<(String, String)> {
    let kinds = rows["types"].as_array().unwrap().iter();
    let kinds = kinds.map(|kind| (kind.as_str().unwrap().to_owned(), String::new()));
    let attributes = rows["attributes"].as_object().unwrap().iter();
    let attributes = attributes.flat_map(|(kind, paths)| {
        let paths = paths.as_array().unwrap().iter();
        paths.map(|path| (kind.clone(), path.as_str().unwrap().to_owned()))
    });
    let all = kinds.chain(attributes);
    all.filter(|(kind, _)| is_ours_to_ask(kind)).collect()
}

/// Whether a type is this provider's, and not Terraform's, another's or a pattern.
fn is_ours_to_ask(kind: &str) -> bool {
    let kind = kind.strip_prefix("data.").unwrap_or(kind);
    kind.starts_with("aws_") && !kind.contains('*')
}

fn block<'a>(provider: &'a Value, kind: &str) -> Option<&'a Value> {
    let (schemas, kind) = match kind.strip_prefix("data.") {
        Some(kind) => ("data_source_schemas", kind),
        None => ("resource_schemas", kind),
    };
    provider[schemas].get(kind)?.get("block")
}

/// Whether a block has an attribute, or one whose value is made of blocks.
fn has<'a>(block: &Value, mut path: impl Iterator<Item = &'a str>) -> bool {
    let Some(step) = path.next() else {
        return true;
    };
    if let Some(nested) = block["block_types"].get(step) {
        return has(&nested["block"], path);
    }
    let Some(attribute) = block["attributes"].get(step) else {
        return false;
    };
    // `["set", ["object", { … }]]`
    path.all(|step| attribute["type"][1][1].get(step).is_some())
}
