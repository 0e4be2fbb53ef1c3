//! A platform team's blueprints, through the built binary.

mod commands;
mod hostile;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Begins a blueprint that extends the built-in one.
const HEAD: &str = "name: acme\nversion: 1.0.0\ndescription: Ours.\n\
                    extends: { source: \"builtin:aws-baseline\", version: 1.0.0 }\n";

/// A blueprint in `acme/`, and a service in `orders/` that uses it.
struct Team(TempDir);

struct Said {
    status: i32,
    text: String,
}

impl Team {
    /// The blueprint's text goes on after [`HEAD`].
    fn new(blueprint: &str) -> Self {
        let team = Self(tempfile::tempdir().unwrap());
        team.write("acme/blueprint.yaml", &format!("{HEAD}{blueprint}"));
        team.write(
            "orders/src/tidy/app.py",
            "def handler(event, context):\n    return None\n",
        );
        team.service("");
        team
    }

    /// The service says this besides.
    fn service(&self, more: &str) {
        self.manifest("{ source: \"path:../acme\", version: 1.0.0 }", more);
    }

    fn manifest(&self, baseline: &str, more: &str) {
        let region = if more.contains("region:") {
            ""
        } else {
            "environments: { prod: { account: \"111111111111\", region: eu-west-1 } }\n"
        };
        let functions = if more.contains("functions:") {
            ""
        } else {
            "functions:\n  tidy:\n    source: src/tidy\n    triggers: [{ schedule: rate(1 day) }]\n"
        };
        self.write(
            "orders/slgen.yaml",
            &format!("version: 1\nservice: orders\nbaseline: {baseline}\nalerts: {{ email: [you@example.com] }}\n{region}{more}{functions}"),
        );
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        Said {
            status: output.status.code().unwrap(),
            text: String::from_utf8(output.stdout).unwrap()
                + &String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn generate(&self) -> Said {
        self.run(&["-C", "orders", "generate"])
    }

    /// The generated file.
    fn generated(&self, path: &str) -> String {
        fs::read_to_string(self.path("orders/infra/orders").join(path)).unwrap()
    }

    /// Generating is refused with this status, says all of these, and writes nothing.
    fn refused(&self, status: i32, expected: &[&str]) {
        let said = self.generate();
        assert_eq!(said.status, status, "{}", said.text);
        for text in expected {
            assert!(
                said.text.contains(text),
                "{text:?} is not in\n{}",
                said.text
            );
        }
        assert!(!self.path("orders/infra").exists(), "something was written");
    }
}

const POLICY: &str = "\
defaults: { function: { memory_mb: 512 } }
locks:
  - { setting: logs.retention_days, value: 400, reason: The auditor asks for it. }
  - { setting: environments.*.region, value: eu-west-1, reason: Our data stays in Ireland. }
floors:
  - { setting: functions.*.timeout_s, max: 60, reason: Longer work belongs into steps. }
notes: [Tell the platform team.]
";

#[test]
fn what_a_team_says_holds_for_its_services() {
    let team = Team::new(POLICY);
    let said = team.generate();
    assert_eq!(said.status, 0, "{}", said.text);
    assert!(said.text.contains("note: Tell the platform team."));
    let function = team.generated("fn_tidy.tf");
    assert!(function.contains("memory_size"), "{function}");
    let variables = team.generated("variables.tf");
    assert!(variables.contains("400") || team.generated("logging.tf").contains("400"));
    let explained = team.run(&["-C", "orders", "validate", "--explain"]).text;
    for origin in [
        "memory_mb: 512                                      # baseline acme 1.0.0 (../acme/blueprint.yaml:5)",
        "locked by acme 1.0.0 (../acme/blueprint.yaml:7)",
        // The default of the archetype, moved below the floor.
        "timeout_s: 60                                       # bounded by acme 1.0.0 (../acme/blueprint.yaml:10)",
        "# baseline aws-baseline 1.0.0",
    ] {
        assert!(explained.contains(origin), "{origin}\n{explained}");
    }
}

#[test]
fn a_service_changes_nothing_that_is_locked() {
    let team = Team::new(POLICY);
    for (more, expected) in [
        (
            "logs: { retention_days: 731 }\n",
            [
                "error[SLG-BLUEPRINT-002]: acme 1.0.0 locks logs.retention_days to 400",
                "The auditor asks for it.",
                "../acme/blueprint.yaml:7",
            ],
        ),
        (
            "environments: { prod: { account: \"111111111111\", region: us-east-1 } }\n",
            [
                "error[SLG-BLUEPRINT-002]: acme 1.0.0 locks environments.*.region to eu-west-1",
                "Our data stays in Ireland.",
                "slgen.yaml:5:",
            ],
        ),
        (
            "environments: { prod: { account: \"111111111111\", region: eu-west-1, set: { logs.retention_days: 731 } } }\n",
            [
                "error[SLG-BLUEPRINT-002]: acme 1.0.0 locks logs.retention_days to 400",
                "The auditor asks for it.",
                "slgen.yaml:5:",
            ],
        ),
        (
            "functions: { tidy: { source: src/tidy, timeout_s: 61, triggers: [{ schedule: rate(1 day) }] } }\n",
            [
                "error[SLG-BLUEPRINT-003]: timeout_s is 61 and must be at most 60",
                "Longer work belongs into steps.",
                "slgen.yaml:6:",
            ],
        ),
        (
            "functions: { tidy: { source: src/tidy, package: zip, sign: false, triggers: [{ schedule: rate(1 day) }] } }\n",
            [
                "error[SLG-BLUEPRINT-002]: aws-baseline 1.0.0 locks sign to true",
                "Zip packages run only",
                "slgen.yaml:6:",
            ],
        ),
    ] {
        team.service(more);
        team.refused(1, &expected);
    }
    // Restating the same is no change.
    team.service("logs: { retention_days: 400 }\n");
    assert_eq!(team.generate().status, 0);
}

#[test]
fn blueprints_that_contradict_are_told_with_both_places() {
    for (blueprint, expected) in [
        (
            "floors: [{ setting: logs.retention_days, min: 30, reason: Costs. }]\n",
            "../acme/blueprint.yaml:5:12: acme 1.0.0 (../acme/blueprint.yaml:5) lets logs.retention_days be as little as 30, and aws-baseline 1.0.0 asks for at least 365",
        ),
        (
            "locks: [{ setting: functions.*.sign, value: false, reason: Later. }]\n",
            "acme 1.0.0 (../acme/blueprint.yaml:5) locks sign to false, and aws-baseline 1.0.0 locks it to true",
        ),
        (
            "locks:\n  - { setting: logs.retention_days, value: 400, reason: A. }\n  - { setting: logs.retention_days, value: 545, reason: B. }\n",
            "acme 1.0.0 (../acme/blueprint.yaml:7) locks logs.retention_days to 545, and acme 1.0.0 (../acme/blueprint.yaml:6) locks it to 400",
        ),
        (
            "defaults: { logs: { retention_days: 30 } }\n",
            "has logs.retention_days: 30, which must be at least 365 by aws-baseline 1.0.0",
        ),
        (
            "lock: []\n",
            "unknown key `lock` at the top level; did you mean `locks`?",
        ),
    ] {
        let team = Team::new(blueprint);
        team.refused(1, &["error[SLG-BLUEPRINT-001]", expected]);
        // Its author reads the same with the line.
        let said = team.run(&["blueprint", "lint", "acme"]);
        assert_eq!(said.status, 1);
        assert!(
            said.text.contains("--> acme/blueprint.yaml:"),
            "{}",
            said.text
        );
    }
}

#[test]
fn a_tighter_floor_holds() {
    let team =
        Team::new("floors: [{ setting: logs.retention_days, min: 731, reason: The law. }]\n");
    team.service("logs: { retention_days: 365 }\n");
    team.refused(
        1,
        &["retention_days is 365 and must be at least 731", "The law."],
    );
}

#[test]
fn inputs_are_checked_where_they_are_given() {
    let team = Team::new(
        "inputs:\n  type: object\n  required: [team]\n  properties:\n    team: { type: string, pattern: \"^team-[a-z]+$\", description: Who owns it. }\n    tier: { type: integer, default: 2 }\n\
         defaults: { owner: \"${input.team}\", tags: { tier: \"t${input.tier}\" } }\n",
    );
    let with = |inputs: &str| {
        team.manifest(
            &format!("{{ source: \"path:../acme\", version: 1.0.0, inputs: {inputs} }}"),
            "",
        );
    };
    with("{}");
    team.refused(1, &["the input `team` is missing", "Who owns it."]);
    with("{ team: orders }");
    team.refused(1, &["slgen.yaml:3:69", "the input `team` does not fit"]);
    with("{ team: team-orders, teir: 1 }");
    team.refused(
        1,
        &["the blueprint has no input `teir`", "did you mean `tier`?"],
    );
    with("{ team: team-orders, tier: 3 }");
    let said = team.generate();
    assert_eq!(said.status, 0, "{}", said.text);
    let locals = team.generated("locals.tf");
    assert!(
        locals.contains("\"team-orders\"") && locals.contains("\"t3\""),
        "{locals}"
    );
}

#[test]
fn inputs_are_asked_for_by_init() {
    let team = Team::new(
        "inputs:\n  type: object\n  required: [team]\n  properties:\n    team: { type: string, pattern: \"^team-[a-z]+$\", description: Who owns it. }\n    tier: { type: integer, default: 2 }\n\
         defaults: { owner: \"${input.team}\", tags: { tier: \"t${input.tier}\" } }\n",
    );
    fs::create_dir(team.path("notes")).unwrap();
    let init = |more: &[&str]| {
        let mut arguments = vec!["--no-input", "init", "notes"];
        arguments.extend(["--baseline", "path:../acme", "--account", "111111111111"]);
        arguments.extend([
            "--email",
            "you@example.com",
            "--name",
            "save",
            "--trigger",
            "schedule",
        ]);
        arguments.extend(["--schedule", "rate(1 day)", "--runtime", "python3.13"]);
        arguments.extend(more);
        team.run(&arguments)
    };
    let said = init(&[]);
    assert_eq!(said.status, 2, "{}", said.text);
    assert!(said.text.contains("--input team=…"), "{}", said.text);
    for (input, expected) in [
        ("team=orders", "--input team:"),
        ("tier=high", "--input tier:"),
        ("taem=x", "did you mean `team`?"),
    ] {
        let said = init(&["--input", input]);
        assert_eq!(said.status, 1, "{}", said.text);
        assert!(said.text.contains(expected), "{}", said.text);
        assert!(!team.path("notes/slgen.yaml").exists());
    }
    // Kept with the answers, and taken from their file; a flag goes before it.
    let kept = ["--input", "team=team-notes", "--input", "tier=3"];
    let said = init(&[&kept[..], &["--save-answers", "answers.yaml"]].concat());
    assert_eq!(said.status, 0, "{}", said.text);
    let manifest = fs::read_to_string(team.path("notes/slgen.yaml")).unwrap();
    let again = |more: &[&str]| {
        // Not there where the last answers did not fit.
        let _ = fs::remove_dir_all(team.path("notes"));
        let said = init(&[&["--answers", "answers.yaml"], more].concat());
        let manifest = fs::read_to_string(team.path("notes/slgen.yaml")).unwrap_or_default();
        (said, manifest)
    };
    assert_eq!(again(&[]).1, manifest);
    assert!(
        again(&["--input", "team=team-other"])
            .1
            .contains("team: team-other")
    );
    let answers = fs::read_to_string(team.path("answers.yaml")).unwrap();
    for (to, expected) in [
        ("team: 3", "the input `team` does not fit"),
        ("taem: team-notes", "did you mean `team`?"),
    ] {
        fs::write(
            team.path("answers.yaml"),
            answers.replace("team: team-notes", to),
        )
        .unwrap();
        let (said, manifest) = again(&[]);
        assert_eq!((said.status, manifest.as_str()), (1, ""), "{}", said.text);
        assert!(said.text.contains(expected), "{}", said.text);
    }
    fs::write(team.path("answers.yaml"), answers).unwrap();
    let manifest = again(&[]).1;
    assert!(
        manifest.contains("team: team-notes") && manifest.contains("tier: 3"),
        "{manifest}"
    );
    assert_eq!(team.run(&["-C", "notes", "generate"]).status, 0);
}

#[test]
fn what_is_not_allowed_is_refused_at_its_line() {
    let access = "resources: { notes: { type: dynamodb_table, partition_key: { name: id, type: S } } }\n\
                  functions: { tidy: { source: src/tidy, triggers: [{ schedule: rate(1 day) }], access: [{ to: notes, allow: [DeleteItem, GetItem] }] } }\n";
    for (blueprint, more, expected) in [
        (
            "denied: { actions: [{ actions: [\"dynamodb:Delete*\"], reason: We keep it. }] }\n",
            access,
            ["acme 1.0.0 denies dynamodb:DeleteItem", "We keep it."],
        ),
        (
            "allowed: { services: { only: [s3], reason: Not reviewed. } }\n",
            access,
            [
                "acme 1.0.0 does not allow the service dynamodb",
                "it allows s3; Not reviewed.",
            ],
        ),
        (
            "allowed: { actions: { only: [\"dynamodb:Get*\", \"kms:*\"], reason: Read only. } }\n",
            access,
            [
                "acme 1.0.0 does not allow the action dynamodb:DeleteItem",
                "Read only.",
            ],
        ),
        (
            "allowed: { runtimes: { only: [nodejs22.x], reason: We know it. } }\n",
            "",
            [
                "acme 1.0.0 does not allow the runtime python3.13",
                "it allows nodejs22.x; We know it.",
            ],
        ),
        (
            "allowed: { regions: { only: [eu-central-1], reason: The law. } }\n",
            "",
            ["acme 1.0.0 does not allow the region eu-west-1", "The law."],
        ),
        (
            "tags: { required: { cost-center: { pattern: \"[0-9]{4}\", reason: Finance. } } }\n",
            "",
            [
                "the tag `cost-center` is missing, which acme 1.0.0 asks for",
                "Finance.",
            ],
        ),
        (
            "tags: { required: { cost-center: { pattern: \"[0-9]{4}\", reason: Finance. } } }\n",
            "tags: { cost-center: \"47110\" }\n",
            ["the tag `cost-center` does not fit [0-9]{4}", "Finance."],
        ),
        (
            "tags: { fixed: { company: acme } }\n",
            "tags: { company: other }\n",
            [
                "acme 1.0.0 locks tags.company to acme",
                "puts this tag on every resource",
            ],
        ),
    ] {
        let team = Team::new(blueprint);
        team.service(more);
        team.refused(1, &expected);
    }
    let team = Team::new(
        "tags: { fixed: { company: acme }, required: { cost-center: { pattern: \"[0-9]{4}\", reason: x } } }\n\
                          allowed: { services: { only: [dynamodb], reason: x }, actions: { only: [\"dynamodb:*Item\"], reason: x }, runtimes: { only: [python3.13], reason: x } }\n\
                          denied: { actions: [{ actions: [\"dynamodb:Scan\"], reason: x }] }\n",
    );
    team.service(&format!("tags: {{ cost-center: \"4711\" }}\n{access}"));
    let said = team.generate();
    assert_eq!(said.status, 0, "{}", said.text);
    assert!(team.generated("locals.tf").contains("acme"));
}

#[test]
fn guardrails_are_raised_and_exceptions_bounded() {
    let zip = "functions: { tidy: { source: src/tidy, package: zip, triggers: [{ schedule: rate(1 day) }] } }\n\
               exceptions: [{ rule: SLG-PKG-003, scope: functions.tidy, reason: x, owner: team-x, expires: 2999-01-01 }]\n";
    let team = Team::new(
        "guardrails: { SLG-PKG-003: { exceptions: forbidden, reason: We scan images. } }\n",
    );
    team.service(zip);
    team.refused(
        1,
        &[
            "error[SLG-BLUEPRINT-006]: acme 1.0.0 lets nobody except SLG-PKG-003",
            "We scan images.",
        ],
    );
    let team =
        Team::new("guardrails: { SLG-PKG-003: { exception_days: 90, reason: Quarterly. } }\n");
    team.service(zip);
    team.refused(
        3,
        &[
            "lets an exception to SLG-PKG-003 last 90 days at most",
            "Quarterly.",
        ],
    );
    let team = Team::new("");
    team.service(zip);
    assert_eq!(team.generate().status, 0);
}

#[test]
fn a_template_is_added_and_one_replaced() {
    let team = Team::new(
        "inputs: { type: object, properties: { team: { type: string, default: \"a\\\"b${x}\" } } }\n",
    );
    team.write("acme/templates/on_call.tf.hbs", "{{> house}}\noutput \"on_call\" {\nvalue = {\n{{#each functions}}\n{{hcl name}} = \"{{../input.team}}\"\n{{/each}}\n}\n}\n");
    team.write(
        "acme/templates/house.hbs",
        "# The house rules apply to {{service}}.\n",
    );
    team.write(
        "acme/templates/header.hbs",
        "# Generated for Acme. Do not edit.\n",
    );
    let said = team.generate();
    assert_eq!(said.status, 0, "{}", said.text);
    assert_eq!(
        team.generated("on_call.tf"),
        "# The house rules apply to orders.\noutput \"on_call\" {\n  value = {\n    \"tidy\" = \"a\\\"b$${x}\"\n  }\n}\n"
    );
    assert!(
        team.generated("kms.tf")
            .starts_with("# Generated for Acme. Do not edit.\n")
    );
    assert_eq!(team.run(&["-C", "orders", "generate", "--check"]).status, 0);
    let shown = team.run(&["blueprint", "show", "acme"]).text;
    assert!(
        shown.contains("on_call.tf: adds this file")
            && shown.contains("header: replaces slgen's own"),
        "{shown}"
    );
}

#[test]
fn a_handler_begins_as_the_team_has_it() {
    let team = Team::new("");
    team.write("acme/handlers/scheduled-job/house.py", "HOUSE = True\n");
    fs::remove_file(team.path("orders/src/tidy/app.py")).unwrap();
    let said = team.run(&["-C", "orders", "scaffold", "tidy", "--language", "python"]);
    assert_eq!(said.status, 0, "{}", said.text);
    assert_eq!(
        fs::read_to_string(team.path("orders/src/tidy/house.py")).unwrap(),
        "HOUSE = True\n"
    );
    assert!(team.path("orders/src/tidy").read_dir().unwrap().count() > 1);
}

#[test]
fn a_blueprint_that_changed_under_its_version_is_an_error() {
    let team = Team::new("");
    assert_eq!(team.run(&["-C", "orders", "pin", "--offline"]).status, 0);
    assert_eq!(team.run(&["-C", "orders", "validate"]).status, 0);
    team.write("acme/templates/x.tf.hbs", "{{> header}}\n");
    let said = team.run(&["-C", "orders", "validate"]);
    assert_eq!(said.status, 1, "{}", said.text);
    assert!(
        said.text.contains("is not what was pinned"),
        "{}",
        said.text
    );
}
