use super::*;
use crate::diagnostic::Diagnostic;

fn files(text: &str) -> Files {
    let mut files = Files::default();
    files
        .insert(files::DEFINITION.into(), text.as_bytes().to_vec())
        .unwrap();
    files
}

/// Blueprints by folder, beside the built-in ones.
struct Shelf(&'static [(&'static str, &'static str)]);

impl Fetch for Shelf {
    fn fetch(&self, source: &Source, version: &str) -> Result<Files, Fault> {
        match source {
            Source::Path(folder) => {
                let found = self.0.iter().find(|(name, _)| folder == name);
                found.map_or_else(
                    || Err(Fault::new("source", "nothing there", "look elsewhere")),
                    |(_, text)| Ok(files(text)),
                )
            }
            other => Local::new(Utf8Path::new("")).fetch(other, version),
        }
    }
}

fn baseline(source: &str, version: &str) -> Baseline {
    Baseline {
        source: source.into(),
        version: version.into(),
        inputs: IndexMap::new(),
    }
}

fn broken(shelf: &'static [(&'static str, &'static str)]) -> Vec<Diagnostic> {
    match open(&baseline("path:acme", "1.0.0"), &Shelf(shelf)) {
        Err(Refused::Broken(broken)) => broken.faults,
        Err(Refused::Faults(faults)) => panic!("{faults:?}"),
        Ok(found) => panic!("{found:?}"),
    }
}

macro_rules! acme {
    ($rest:literal) => {
        concat!(
            "name: acme\nversion: 1.0.0\ndescription: Ours.\n",
            "extends: { source: \"builtin:aws-baseline\", version: 1.0.0 }\n",
            $rest
        )
    };
}

#[test]
fn every_builtin_resolves() {
    assert_eq!(builtin().len(), fetch::BUILTIN.len());
    for blueprint in builtin() {
        assert_eq!(blueprint.version, "1.0.0");
        assert!(!blueprint.archetypes.is_empty());
    }
}

#[test]
fn an_unknown_version_or_source_is_named() {
    let load = |source: &str, version: &str| {
        super::load(&baseline(source, version), &Local::new(Utf8Path::new(".")))
            .map_err(|mut faults| faults.remove(0))
    };
    assert!(load("builtin:aws-baseline", "1.0.0").is_ok());
    assert_eq!(
        load("builtin:aws-baseline", "2.0.0").unwrap_err().help,
        "write version: 1.0.0"
    );
    assert!(
        load("builtin:nothing", "1.0.0")
            .unwrap_err()
            .help
            .contains("aws-baseline")
    );
    assert!(load("nothing", "1.0.0").is_err());
}

#[test]
fn every_fault_of_a_blueprint_is_told() {
    let text = fetch::BUILTIN[0].1[0]
        .1
        .replace("burst: 200", "brust: 200")
        .replace("min: 365", "min: many");
    let faults = parse(Utf8Path::new("b.yaml"), &text).unwrap_err();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(
        faults
            .iter()
            .any(|d| d.message.contains("unknown key `brust`"))
    );
    assert!(
        faults
            .iter()
            .any(|d| d.message.contains("a whole number is wanted"))
    );
}

#[test]
fn a_child_takes_what_its_parent_has() {
    let shelf = Shelf(&[(
        "acme",
        acme!(
            "defaults: { function: { memory_mb: 512 }, owner: team-x }\n\
             archetypes: { http-api: { defaults: { timeout_s: 5 } } }\n\
             locks: [{ setting: logs.retention_days, value: 400, reason: The auditor. }]\n"
        ),
    )]);
    let found = open(&baseline("path:acme", "1.0.0"), &shelf);
    let blueprint = found.map_err(|_| "refused").unwrap();
    let function = blueprint.defaults.function.clone().unwrap().settings;
    assert_eq!(
        (function.memory_mb, function.timeout_s),
        (Some(512), Some(30))
    );
    let api = &blueprint.archetypes["http-api"];
    assert_eq!(api.triggers, ["http"]);
    assert_eq!(api.defaults.settings.timeout_s, Some(5));
    assert_eq!(blueprint.locks.len(), 2);
    assert_eq!(
        blueprint.locks[1].origin.to_string(),
        "acme 1.0.0 (acme/blueprint.yaml:7)"
    );
}

#[test]
fn a_child_only_tightens() {
    for (shelf, expected) in [
        (
            &[(
                "acme",
                acme!("locks: [{ setting: functions.*.sign, value: false, reason: x }]"),
            )][..],
            "acme 1.0.0 (acme/blueprint.yaml:5) locks sign to false, and aws-baseline 1.0.0 locks it to true",
        ),
        (
            &[(
                "acme",
                acme!("floors: [{ setting: logs.retention_days, min: 30, reason: x }]"),
            )],
            "lets logs.retention_days be as little as 30, and aws-baseline 1.0.0 asks for at least 365",
        ),
        (
            &[("acme", acme!("defaults: { logs: { retention_days: 30 } }"))],
            "has logs.retention_days: 30, which must be at least 365 by aws-baseline 1.0.0",
        ),
        (
            &[(
                "acme",
                acme!("locks: [{ setting: logs.retention_days, value: 30, reason: x }]"),
            )],
            "locks logs.retention_days to 30, which must be at least 365 by aws-baseline 1.0.0",
        ),
        (
            &[("acme", acme!("defaults: { function: { sign: false } }"))],
            "has sign: false, and aws-baseline 1.0.0 locks it to true",
        ),
        (
            &[(
                "acme",
                acme!(
                    "locks:\n  - { setting: logs.archive, value: s3, reason: x }\n  - { setting: logs.archive, value: x, reason: y }"
                ),
            )],
            "acme 1.0.0 (acme/blueprint.yaml:7) locks logs.archive to x, and acme 1.0.0 (acme/blueprint.yaml:6) locks it to s3",
        ),
        (&[("acme", acme!("extends: x"))], "`extends`"),
        (
            &[(
                "acme",
                acme!("locks: [{ setting: logs.retention, value: 1, reason: x }]"),
            )],
            "`logs.retention` is no setting of a manifest",
        ),
        (
            &[(
                "acme",
                acme!("locks: [{ setting: logs.retention_days, value: long, reason: x }]"),
            )],
            "a whole number is wanted",
        ),
        (
            &[(
                "acme",
                acme!("locks: [{ setting: logs.archive, value: s3, reason: \"\" }]"),
            )],
            "there is no reason",
        ),
        (
            &[(
                "acme",
                acme!("guardrails: { SLG-IAM-001: { severity: low, reason: x } }"),
            )],
            "by itself",
        ),
        (
            &[("acme", acme!("defaults: { owner: \"${input.team}\" }"))],
            "there is no input `team`",
        ),
        (
            &[
                (
                    "acme",
                    "name: acme\nversion: 1.0.0\ndescription: x\nextends: { source: \"path:../b\", version: 1.0.0 }\n",
                ),
                (
                    "b",
                    "name: b\nversion: 1.0.0\ndescription: x\nextends: { source: \"path:../acme\", version: 1.0.0 }\n",
                ),
            ],
            "a circle of parents: path:acme → path:b → path:acme",
        ),
        (
            &[
                (
                    "acme",
                    "name: acme\nversion: 1.0.0\ndescription: x\nextends: { source: \"path:../b\", version: 1.0.0 }\nallowed: { regions: { only: [eu-west-1, us-east-1], reason: x } }\n",
                ),
                (
                    "b",
                    "name: b\nversion: 1.0.0\ndescription: x\nallowed: { regions: { only: [eu-west-1], reason: Law. } }\n",
                ),
            ],
            "us-east-1 is not among the regions that b 1.0.0 (b/blueprint.yaml:4) allows",
        ),
    ] {
        let faults = broken(shelf);
        assert!(
            faults.iter().any(|d| d.message.contains(expected)),
            "{expected}: {faults:#?}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "[ -~\\n]{0,200}") {
        let _ = parse(Utf8Path::new("blueprint.yaml"), &text);
    }
}
