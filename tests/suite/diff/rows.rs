//! Each row of the tables on code, and its reverse, whose direction must be the opposite.

use serde_json::Value as Json;
use slgen::diff::Direction;
use slgen::graph::schema;
use slgen::graph::types::Type;

use super::score::Score;
use super::{Finding, diff};

const ATTRIBUTES: &str = include_str!("../../../src/diff/aws/attributes.json");
const BEYOND: &str = include_str!("../../../src/diff/aws/beyond.json");
const PRESENCE: &str = include_str!("../../../src/diff/aws/presence.json");

/// The opposite of a direction.
fn reversed(direction: Direction) -> Direction {
    match direction {
        Direction::Widening => Direction::Narrowing,
        Direction::Narrowing => Direction::Widening,
        same => same,
    }
}

fn direction(name: &str) -> Direction {
    serde_json::from_value(Json::from(name)).unwrap()
}

/// HCL of one attribute at a path; `None` writes nothing of it.
fn written(kind: &str, path: &str, values: Option<&[&str]>) -> String {
    let Some(values) = values else {
        return String::new();
    };
    if matches!(
        kind,
        "terraform" | "terraform_backend" | "terraform_provider"
    ) {
        return format!("{path} = {}\n", literal(values[0]));
    }
    if kind == "provider" {
        return plainly(path, values, path.ends_with("_ids"));
    }
    let Some(schema) = schema::resource(kind, false) else {
        return plainly(path, values, values.len() > 1 || path.ends_with('s'));
    };
    let mut block = schema.block.clone();
    let steps: Vec<&str> = path.split('.').collect();
    let mut open = 0;
    let mut text = String::new();
    for (number, step) in steps.iter().enumerate() {
        if let Some(attribute) = block.attributes.get(*step) {
            let rest = &steps[number + 1..];
            text.push_str(&attribute_text(step, &attribute.kind, rest, values));
            break;
        }
        text.push_str(&format!("{step} {{\n"));
        open += 1;
        let inner = block.blocks[*step].block.clone();
        block = inner;
    }
    text.push_str(&"}\n".repeat(open));
    text
}

/// An attribute in its blocks, where no schema says what is which.
fn plainly(path: &str, values: &[&str], many: bool) -> String {
    let (blocks, name) = path.rsplit_once('.').unwrap_or(("", path));
    let value = if many {
        list(values)
    } else {
        literal(values[0])
    };
    let blocks: Vec<&str> = blocks.split('.').filter(|b| !b.is_empty()).collect();
    let open: String = blocks.iter().map(|b| format!("{b} {{\n")).collect();
    format!("{open}{name} = {value}\n{}", "}\n".repeat(blocks.len()))
}

fn attribute_text(name: &str, kind: &Type, rest: &[&str], values: &[&str]) -> String {
    match kind {
        // Attributes that are lists of objects, as the rules of a security group.
        Type::List(inner) | Type::Set(inner) if !rest.is_empty() => {
            let Type::Object(fields) = inner.as_ref() else {
                panic!("{name}");
            };
            let many = matches!(fields[rest[0]].kind, Type::List(_) | Type::Set(_));
            let value = if many {
                list(values)
            } else {
                literal(values[0])
            };
            format!("{name} = [{{ {} = {value} }}]\n", rest[0])
        }
        Type::List(_) | Type::Set(_) => format!("{name} = {}\n", list(values)),
        Type::Map(_) => {
            let entries: Vec<String> = values
                .iter()
                .map(|v| {
                    v.split_once('=')
                        .map_or_else(|| format!("{v:?} = 1"), |(k, v)| format!("{k} = {v:?}"))
                })
                .collect();
            format!("{name} = {{ {} }}\n", entries.join("\n"))
        }
        Type::Bool | Type::Number => format!("{name} = {}\n", values[0]),
        _ => format!("{name} = {}\n", literal(values[0])),
    }
}

fn literal(value: &str) -> String {
    format!("{value:?}")
}

fn list(values: &[&str]) -> String {
    format!("{values:?}")
}

/// A resource with this attribute.
fn code(kind: &str, attribute: &str) -> String {
    match kind {
        "terraform" => format!("terraform {{\n{attribute}}}\n"),
        "terraform_backend" => format!("terraform {{\nbackend \"s3\" {{\n{attribute}}}\n}}\n"),
        "terraform_provider" => {
            let entry = attribute.replace('\n', "");
            let other = if entry.contains("source") {
                ""
            } else {
                "source = \"hashicorp/aws\", "
            };
            format!("terraform {{\nrequired_providers {{\naws = {{ {other}{entry} }}\n}}\n}}\n")
        }
        "provider" if attribute.starts_with("region") => {
            format!("provider \"aws\" {{\n{attribute}}}\n")
        }
        "provider" => format!("provider \"aws\" {{\nregion = \"eu-west-1\"\n{attribute}}}\n"),
        kind => format!("resource \"{kind}\" \"x\" {{\n{attribute}}}\n"),
    }
}

fn address(kind: &str) -> String {
    match kind {
        "terraform" => "terraform.settings".to_owned(),
        "terraform_backend" => "terraform_backend.s3".to_owned(),
        "terraform_provider" | "provider" => format!("{kind}.aws"),
        kind => format!("{kind}.x"),
    }
}

/// Two values of the attribute, the second of which opens, and the part of it that is found.
#[allow(clippy::type_complexity, reason = "used once")]
fn values(row: &Json) -> Vec<(Option<Vec<String>>, Option<Vec<String>>, String)> {
    let some = |values: &[&str]| Some(values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
    let path = row["path"].as_str().unwrap();
    let none = String::new();
    let one = |a, b| vec![(a, b, none.clone())];
    if let Some(groups) = row["compare"]["order"].as_array() {
        let mut cases = Vec::new();
        for pair in groups.windows(2) {
            let text =
                |group: &Json, n: usize| some(&[group[n].as_str().or(group[0].as_str()).unwrap()]);
            cases.push((text(&pair[0], 0), text(&pair[1], 0), none.clone()));
            cases.push((text(&pair[0], 1), text(&pair[1], 1), none.clone()));
        }
        return cases;
    }
    if let Some(names) = row["compare"]["names"].as_array() {
        return names
            .iter()
            .map(|name| {
                let name = name.as_str().unwrap();
                (
                    some(&["STAGE=a"]),
                    some(&["STAGE=a", &format!("{name}=/opt/x")]),
                    format!(".{name}"),
                )
            })
            .collect();
    }
    match row["compare"].as_str().unwrap() {
        "removed" => one(some(&["arn:aws:x:eu-west-1:111111111111:thing/a"]), None),
        "added" => one(None, some(&["arn:aws:x:eu-west-1:111111111111:thing/a"])),
        "off" => one(some(&["true"]), some(&["false"])),
        "on" => one(some(&["false"]), some(&["true"])),
        "lowered" => one(some(&["12"]), some(&["9"])),
        "raised" => one(some(&["9"]), some(&["12"])),
        "grew" => one(some(&["a"]), some(&["a", "b"])),
        "shrank" => one(some(&["a", "b"]), some(&["a"])),
        "any_of" => {
            let mut cases = one(some(&["a"]), some(&["a", "b"]));
            cases.push((some(&["a"]), None, none.clone()));
            if path.contains("pattern") {
                // One block holds one pattern.
                cases.remove(0);
            }
            cases
        }
        "cidr" => {
            let v6 = path.contains("v6");
            let (a, b) = if v6 {
                ("fd00:1::/32", "::/0")
            } else {
                ("10.1.0.0/16", "0.0.0.0/0")
            };
            one(some(&[a]), some(&[b]))
        }
        "pin" => one(
            some(&["1.dkr.ecr.eu-west-1.amazonaws.com/a@sha256:00"]),
            some(&["1.dkr.ecr.eu-west-1.amazonaws.com/a:latest"]),
        ),
        "constraint" => one(some(&["5.100.0"]), some(&[">= 5.100.0"])),
        "runtime" => one(some(&["python3.13"]), some(&["nodejs16.x"])),
        "secret_names" => vec![(
            some(&["STAGE=a"]),
            some(&["STAGE=a", "DB_PASSWORD=correct-horse-battery"]),
            ".DB_PASSWORD".to_owned(),
        )],
        "changed" => one(some(&["aaa"]), some(&["bbb"])),
        other => panic!("no case for {other}"),
    }
}

#[test]
fn every_row_goes_its_way_and_back() {
    let mut rows: Vec<Json> = serde_json::from_str(ATTRIBUTES).unwrap();
    let beyond: Json = serde_json::from_str(BEYOND).unwrap();
    rows.extend(beyond["attributes"].as_array().unwrap().iter().cloned());
    let mut score = Score::default();
    for row in &rows {
        for kind in row["types"].as_array().unwrap() {
            let kind = kind.as_str().unwrap();
            // What is no resource is among the evasions.
            let other = ["*", "variable", "terraform_lock"].contains(&kind);
            // The sort of a backend is its label.
            let other = other || (kind == "terraform_backend" && row["path"] == "type");
            if other || kind.starts_with("data.") || row["kinds"] == serde_json::json!(["drift"]) {
                continue;
            }
            let path = row["path"].as_str().unwrap();
            for (before, after, part) in values(row) {
                let number = matches!(
                    path,
                    "routing_config.additional_version_weights" | "threshold"
                );
                let text = |values: &Option<Vec<String>>| {
                    let texts: Option<Vec<String>> = values.as_ref().map(|values| {
                        let plain = |v: &String| match v.as_str() {
                            "aaa" if number => "1".to_owned(),
                            "bbb" if number => "22".to_owned(),
                            _ => v.clone(),
                        };
                        values.iter().map(plain).collect()
                    });
                    let texts: Option<Vec<&str>> = texts
                        .as_ref()
                        .map(|v| v.iter().map(String::as_str).collect());
                    code(kind, &written(kind, path, texts.as_deref()))
                };
                let (mut before, mut after) = (text(&before), text(&after));
                // One block holds one element.
                if before == after {
                    let side = if row["compare"] == "grew" {
                        &mut before
                    } else {
                        &mut after
                    };
                    *side = text(&None);
                }
                let expected = match row["compare"].as_str() {
                    Some("changed") => direction(row["changed"].as_str().unwrap_or("undetermined")),
                    _ => Direction::Widening,
                };
                let sort = row["compare"].as_str().unwrap_or_else(|| {
                    if row["compare"]["order"].is_array() {
                        "order"
                    } else {
                        "names"
                    }
                });
                let place = (address(kind), format!("{path}{part}"));
                let mut both = |a: &str, b: &str, expected: Direction| {
                    let name = format!("{kind}.{path}\n{a}→\n{b}");
                    let found: Vec<Finding> = diff(a, b);
                    score.case(sort, &name, (&place.0, &place.1, expected), &found);
                };
                both(&before, &after, expected);
                let back = if sort == "changed" {
                    expected
                } else {
                    reversed(expected)
                };
                both(&after, &before, back);
            }
        }
    }
    score.check("attributes");
}

#[test]
fn every_resource_that_comes_or_goes() {
    let mut list: Vec<Json> = serde_json::from_str(PRESENCE).unwrap();
    let beyond: Json = serde_json::from_str(BEYOND).unwrap();
    list.extend(beyond["presence"].as_array().unwrap().iter().cloned());
    let mut score = Score::default();
    for entry in &list {
        let kind = entry["type"].as_str().unwrap();
        if kind == "terraform_lock" || kind.starts_with("data.") {
            continue;
        }
        let added = match entry["role"].as_str().unwrap() {
            "opens" => Direction::Widening,
            "protects" => Direction::Narrowing,
            _ => Direction::Neutral,
        };
        let (nothing, there) = (String::new(), code(kind, ""));
        let place = address(kind);
        let case = |a: &str, b: &str| diff(a, b);
        score.case("added", kind, (&place, "", added), &case(&nothing, &there));
        score.case(
            "removed",
            kind,
            (&place, "", reversed(added)),
            &case(&there, &nothing),
        );
    }
    score.check("resources");
}

#[test]
fn what_a_removed_parent_takes_along_opens_nothing() {
    let both = r#"
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_s3_bucket_public_access_block" "b" {
  bucket            = aws_s3_bucket.b.bucket
  block_public_acls = true
}
"#;
    let bucket = r#"resource "aws_s3_bucket" "b" { bucket = "b" }"#;
    let directions =
        |a: &str, b: &str| -> Vec<Direction> { diff(a, b).iter().map(|f| f.direction).collect() };
    assert!(
        directions(both, "")
            .iter()
            .all(|d| *d == Direction::Neutral)
    );
    assert!(
        directions("", both)
            .iter()
            .all(|d| *d == Direction::Neutral)
    );
    assert_eq!(directions(both, bucket), [Direction::Widening]);
    assert_eq!(directions(bucket, both), [Direction::Narrowing]);
}

#[test]
fn what_is_not_known_is_undetermined_and_gates_as_high() {
    let known = r#"resource "aws_lambda_function" "x" { timeout = 3 }"#;
    let unknown = "variable \"t\" {}\nresource \"aws_lambda_function\" \"x\" { timeout = var.t }";
    let found = diff(known, unknown);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].direction, Direction::Undetermined);
    assert_eq!(found[0].gate(), Some(slgen::guardrail::Severity::High));
    // Of an attribute that no row judges it is a change like any other.
    let unknown = "variable \"t\" {}\nresource \"aws_lambda_function\" \"x\" {\ntimeout = 3\ndescription = var.t\n}";
    let found = diff(known, unknown);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].direction, Direction::Neutral);
}

#[test]
fn a_lock_file_loses_its_hashes() {
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"5.100.0\"\n  hashes = [\n    \"h1:a\",\n    \"zh:b\",\n  ]\n}\n";
    let with = |text: &str| {
        let mut graph = super::graph("");
        slgen::diff::add_lock(&mut graph, ".terraform.lock.hcl", text);
        graph
    };
    let less = lock.replace("    \"zh:b\",\n", "");
    let found = super::between(&with(lock), &with(&less));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].direction, Direction::Widening);
    let found = super::between(&with(&less), &with(lock));
    assert_eq!(found[0].direction, Direction::Narrowing);
    let found = super::between(&with(lock), &with(""));
    assert_eq!(found[0].direction, Direction::Widening);
}
