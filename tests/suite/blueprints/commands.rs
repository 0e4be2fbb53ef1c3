//! `slgen blueprint`, and the schema of its file.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{HEAD, POLICY, ROOT, Team};

#[test]
fn a_new_blueprint_works_and_nothing_is_overwritten() {
    let team = Team::new("");
    let said = team.run(&["blueprint", "new", "base"]);
    assert_eq!(said.status, 0, "{}", said.text);
    assert_eq!(team.run(&["blueprint", "test", "base"]).status, 0);
    assert_eq!(team.run(&["blueprint", "lint", "base"]).status, 0);
    assert_eq!(team.run(&["blueprint", "new", "base"]).status, 1);
    // What comes out is other than expected.
    let blueprint = fs::read_to_string(team.path("base/blueprint.yaml")).unwrap();
    team.write(
        "base/blueprint.yaml",
        &blueprint.replace("value: 400", "value: 731"),
    );
    let said = team.run(&["blueprint", "test", "base", "--junit", "report.xml"]);
    assert_eq!(said.status, 2, "{}", said.text);
    assert!(
        said.text.contains("2 of 2 cases differ") && said.text.contains("731"),
        "{}",
        said.text
    );
    let report = fs::read_to_string(team.path("report.xml")).unwrap();
    assert!(report.contains("tests=\"2\" failures=\"2\""), "{report}");
    assert_eq!(
        team.run(&["blueprint", "test", "base", "--update"]).status,
        0
    );
    assert_eq!(team.run(&["blueprint", "test", "base"]).status, 0);
    // Tests are no part of what is pinned.
    let said = team.run(&["blueprint", "list"]);
    assert!(said.text.contains("builtin:aws-baseline 1.0.0"));
}

#[test]
fn lint_finds_what_is_not_meant_so() {
    let team = Team::new(
        "inputs: { type: object, properties: { team: { type: string } } }\n\
         archetypes: { job: { description: x, triggers: [shedule] } }\nallowed: { runtimes: { only: [python3.31], reason: x } }\n",
    );
    team.write(
        "acme/templates/x.tf.hbs",
        "output \"x\" {\nvalue = {{service}}\n}\n",
    );
    team.write("acme/handlers/nothing/a.py", "");
    let said = team.run(&["blueprint", "lint", "acme"]);
    assert_eq!(said.status, 1);
    for expected in [
        "nothing uses the input `team`",
        "there is no trigger `shedule`",
        "did you mean `schedule`?",
        "there is no runtime `python3.31`",
        "acme/templates/x.tf.hbs:2: `{{service}}` stands outside of double quotes",
        "there is no `nothing`",
    ] {
        assert!(said.text.contains(expected), "{expected}\n{}", said.text);
    }
}

#[test]
fn a_breaking_change_needs_a_major_version() {
    let old = format!("{HEAD}floors: [{{ setting: functions.*.timeout_s, max: 60, reason: x }}]\n");
    for (new, expected) in [
        (
            old.replace("max: 60", "max: 30"),
            "its version 1.0.0 is not above 1.0.0",
        ),
        (
            old.replace("max: 60", "max: 30")
                .replacen("1.0.0", "1.1.0", 1),
            "the floor of functions.*.timeout_s is tighter",
        ),
        (
            old.replacen("1.0.0", "1.1.0", 1)
                + "locks: [{ setting: logs.archive, value: s3, reason: x }]\n",
            "logs.archive is locked",
        ),
        (
            old.replacen("1.0.0", "1.1.0", 1)
                + "allowed: { regions: { only: [eu-west-1], reason: x } }\n",
            "fewer regions are allowed",
        ),
        (
            old.replacen("1.0.0", "1.1.0", 1) + "tags: { required: { a: { reason: x } } }\n",
            "the tag `a` is needed now",
        ),
        (
            old.replacen("1.0.0", "1.1.0", 1)
                + "denied: { actions: [{ actions: [\"iam:*\"], reason: x }] }\n",
            "iam:* is denied now",
        ),
        (
            old.replacen("1.0.0", "1.1.0", 1)
                + "inputs: { type: object, required: [a], properties: { a: { type: string } } }\ndefaults: { owner: \"${input.a}\" }\n",
            "the input `a` is needed now",
        ),
    ] {
        let team = Team::new("");
        team.write("old/blueprint.yaml", &old);
        team.write("acme/blueprint.yaml", &new);
        let lint = ["blueprint", "lint", "acme", "--against", "old"];
        let said = team.run(&lint);
        assert_eq!(said.status, 1, "{expected}: {}", said.text);
        assert!(said.text.contains(expected), "{expected}\n{}", said.text);
        let start = new.find("version: ").unwrap() + "version: ".len();
        let major = format!("{}2.0.0{}", &new[..start], &new[start + 5..]);
        team.write("acme/blueprint.yaml", &major);
        assert_eq!(team.run(&lint).status, 0);
    }
    // Against what is committed.
    let team = Team::new("");
    team.write("acme/blueprint.yaml", &old);
    let git = |arguments: &[&str]| {
        let run = Command::new("git")
            .args(arguments)
            .current_dir(team.path("acme"))
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&[
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.com",
        "commit",
        "-qm",
        "x",
    ]);
    let lint = ["blueprint", "lint", "acme", "--against", "HEAD"];
    assert_eq!(team.run(&lint).status, 0);
    team.write("acme/blueprint.yaml", &old.replace("max: 60", "max: 30"));
    let said = team.run(&lint);
    assert!(
        said.text.contains("its version 1.0.0 is not above 1.0.0"),
        "{}",
        said.text
    );
    // What loosens nothing and asks for nothing breaks nobody.
    let team = Team::new("");
    team.write("old/blueprint.yaml", &old);
    team.write(
        "acme/blueprint.yaml",
        &(old.replacen("1.0.0", "1.1.0", 1) + "defaults: { function: { memory_mb: 512 } }\n"),
    );
    assert_eq!(
        team.run(&["blueprint", "lint", "acme", "--against", "old"])
            .status,
        0
    );
}

#[test]
fn what_is_shown_is_the_same_for_programs() {
    let team = Team::new(POLICY);
    let said = team.run(&["--format", "json", "blueprint", "show", "acme"]);
    let document: serde_json::Value = serde_json::from_str(&said.text).unwrap();
    assert_eq!(document["schema"], "slgen.blueprint/1");
    assert_eq!(document["locks"][1]["setting"], "logs.retention_days");
    assert_eq!(document["locks"][1]["value"], "400");
    assert_eq!(document["chain"][1]["source"], "builtin:aws-baseline");
    let said = team.run(&["--format", "markdown", "blueprint", "show", "acme"]);
    assert!(
        said.text
            .contains("| logs.retention\\_days | 400 | The auditor asks for it. | acme 1.0.0 |"),
        "{}",
        said.text
    );
}

#[test]
fn the_published_schema_is_the_programs() {
    let team = Team::new("");
    let said = team.run(&["schema", "--of", "blueprint"]);
    let file = Path::new(ROOT).join("docs/schemas/slgen.blueprint-1.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &said.text).unwrap();
    }
    assert_eq!(said.text, fs::read_to_string(file).unwrap());
    let schema: serde_json::Value = serde_json::from_str(&said.text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let built_in = Path::new(ROOT).join("blueprints/aws-baseline/blueprint.yaml");
    let text = fs::read_to_string(built_in).unwrap();
    let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    assert!(validator.is_valid(&value));
}

/// Each archetype of the built-in blueprint is one that a team's own could have: it is listed, has a case of its own, and
/// a service begins with it by its name.
#[test]
fn archetypes_are_listed_tested_and_begun_with() {
    let team = Team::new("");
    let said = team.run(&["--format", "json", "blueprint", "list"]);
    let listed: serde_json::Value = serde_json::from_str(&said.text).unwrap();
    let archetypes = listed["builtin"][0]["archetypes"]
        .as_array()
        .unwrap()
        .clone();
    let names: Vec<&str> = archetypes
        .iter()
        .map(|archetype| archetype["name"].as_str().unwrap())
        .collect();
    assert!(names.len() >= 8, "{names:?}");
    let text = team.run(&["blueprint", "list"]).text;
    for archetype in &archetypes {
        let (name, what) = (&archetype["name"], &archetype["description"]);
        let (name, what) = (name.as_str().unwrap(), what.as_str().unwrap());
        assert!(
            text.lines()
                .any(|line| line.trim_start().starts_with(name) && line.ends_with(what)),
            "{name}: {text}"
        );
    }

    let folder = Path::new(ROOT).join("blueprints/aws-baseline");
    let mut cases = vec!["blueprint", "test", folder.to_str().unwrap()];
    if std::env::var_os("UPDATE").is_some() {
        cases.push("--update");
    }
    let said = team.run(&cases);
    assert_eq!(said.status, 0, "UPDATE=1 writes it: {}", said.text);
    for name in &names {
        let manifest = folder.join("tests").join(name).join("slgen.yaml");
        let manifest = fs::read_to_string(&manifest).unwrap();
        assert!(manifest.contains(&format!("blueprint: {name}\n")), "{name}");
    }

    let init = |name: &str, more: &[&str]| {
        let begin = [
            "--no-input",
            "init",
            "begun",
            "--blueprint",
            name,
            "--name",
            "save",
        ];
        let who = ["--account", "111111111111", "--email", "you@example.com"];
        let _ = fs::remove_dir_all(team.path("begun"));
        fs::create_dir(team.path("begun")).unwrap();
        team.run(&[&begin[..], &who, &["--runtime", "python3.13"], more].concat())
    };
    for (name, more) in [
        ("http-api", &["--route", "GET /notes", "--auth", "iam"][..]),
        ("queue-worker", &["--queue", "jobs"]),
        ("scheduled-job", &["--schedule", "rate(1 day)"]),
        ("stream-consumer", &["--stream", "visits"]),
        ("topic-subscriber", &["--topic", "notices"]),
        ("object-processor", &["--bucket", "incoming"]),
        (
            "event-consumer",
            &[
                "--event",
                "Order Placed",
                "--event-source",
                "com.example.shop",
            ],
        ),
        ("webhook", &["--method", "GET"]),
    ] {
        let said = init(name, more);
        assert_eq!(said.status, 0, "{name}: {}", said.text);
        let validated = team.run(&["-C", "begun", "validate", "--explain"]);
        assert_eq!(validated.status, 0, "{name}: {}", validated.text);
        let manifest = fs::read_to_string(team.path("begun/slgen.yaml")).unwrap();
        let kind = archetypes.iter().find(|a| a["name"] == *name).unwrap();
        let kind = kind["triggers"][0].as_str().unwrap();
        assert!(
            manifest.contains(&format!("{kind}: ")),
            "{name}: {manifest}"
        );
    }
    let said = init("strem-consumer", &[]);
    assert_eq!(said.status, 1);
    assert!(
        said.text.contains("did you mean `stream-consumer`?"),
        "{}",
        said.text
    );
    // One that takes the trigger beside others is named in the manifest.
    team.write(
        "acme/blueprint.yaml",
        &format!("{HEAD}archetypes: {{ report: {{ description: x, triggers: [schedule] }} }}\n"),
    );
    let more = ["--baseline", "path:../acme", "--schedule", "rate(1 day)"];
    let said = init("report", &more);
    assert_eq!(said.status, 0, "{}", said.text);
    let manifest = fs::read_to_string(team.path("begun/slgen.yaml")).unwrap();
    assert!(manifest.contains("blueprint: report"), "{manifest}");
}
