//! Skips of scanner checks: on the resource, for the fact, and gone when the fact is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::example_files;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Resource → the checks skipped on it, in the orders example after a change of its manifest.
fn skips(from: &str, to: &str) -> BTreeMap<String, BTreeSet<String>> {
    let folder = tempfile::tempdir().unwrap();
    example_files::lay_out("orders", folder.path());
    let manifest = folder.path().join("slgen.yaml");
    let text = std::fs::read_to_string(Path::new(ROOT).join("examples/orders/slgen.yaml")).unwrap();
    assert!(text.contains(from), "{from}");
    let mut text = text.replacen(from, to, 1);
    if to.contains("schedule:") {
        // Instead of its queue, which nobody consumes then.
        text = text.replace(QUEUE_TRIGGER, "");
    }
    if to.contains("package: zip") {
        text += "  - { rule: SLG-PKG-003, scope: functions.fulfil-order, reason: a zip for now, owner: a@example.com, expires: 2099-12-31 }\n";
    }
    std::fs::write(&manifest, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder.path())
        .arg("generate")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let mut skips: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder.path().join("infra/orders"))
        .unwrap()
        .map(Result::unwrap)
        .filter(|e| e.path().extension().is_some_and(|x| x == "tf"))
    {
        let mut resource = None;
        for line in std::fs::read_to_string(entry.path()).unwrap().lines() {
            if let Some(rest) = line.strip_prefix("resource ") {
                let parts: Vec<&str> = rest.split('"').collect();
                resource = Some(format!("{}.{}", parts[1], parts[3]));
            } else if line == "}" {
                resource = None;
            } else if let Some((_, rest)) = line.split_once("checkov:skip=") {
                let (id, reason) = rest.split_once(':').unwrap();
                assert!(reason.len() > 20, "{line}");
                let resource = resource.clone().expect("a skip stands in a resource");
                assert!(skips.entry(resource).or_default().insert(id.to_owned()));
            }
        }
    }
    skips
}

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

const QUEUE_TRIGGER: &str = "    triggers:
      - { queue: jobs, batch: 10, max_receives: 5, schema: schemas/job.json }
";
const CREATE: &str = "aws_lambda_function.create_order";
const FULFIL: &str = "aws_lambda_function.fulfil_order";
const NIGHTLY: &str = "aws_lambda_function.nightly_report";

#[test]
fn every_skip_has_its_resource_and_fact() {
    let bucket = set(&["CKV_AWS_144"]);
    let expected = BTreeMap::from([
        (
            CREATE.to_owned(),
            set(&["CKV_AWS_116", "CKV_AWS_117", "CKV_AWS_272"]),
        ),
        (
            FULFIL.to_owned(),
            set(&["CKV_AWS_116", "CKV_AWS_117", "CKV_AWS_272"]),
        ),
        ("aws_s3_bucket.artifacts".to_owned(), bucket.clone()),
        ("aws_s3_bucket.incoming".to_owned(), bucket.clone()),
        ("aws_s3_bucket.logs".to_owned(), bucket),
        (
            "aws_s3_bucket.access_logs".to_owned(),
            set(&["CKV_AWS_144", "CKV_AWS_145", "CKV_AWS_18"]),
        ),
    ]);
    assert_eq!(skips("version: 1\n", "version: 1\n"), expected);
}

#[test]
fn a_skip_goes_with_its_fact() {
    // A zip package can be signed.
    let zip = skips(
        "runtime: nodejs22.x",
        "runtime: nodejs22.x\n    package: zip\n    sign: true",
    );
    assert_eq!(zip[FULFIL], set(&["CKV_AWS_116", "CKV_AWS_117"]));
    assert!(zip[CREATE].contains("CKV_AWS_272"));

    // A function in the environment's network.
    let network = skips(
        "concurrency: 20",
        "concurrency: 20\n    network: { vpc: true, egress: [aws.dynamodb] }",
    );
    assert_eq!(network[CREATE], set(&["CKV_AWS_116", "CKV_AWS_272"]));
    assert!(network[FULFIL].contains("CKV_AWS_117"));

    // The scheduler does not wait for an answer.
    let schedule = skips(
        "    blueprint: queue-worker\n    description: Reads",
        "    triggers:\n      - { schedule: \"rate(1 day)\" }\n    description: Reads",
    );
    assert_eq!(schedule[FULFIL], set(&["CKV_AWS_117", "CKV_AWS_272"]));
    assert!(schedule[CREATE].contains("CKV_AWS_116"));

    // Outside the network, unsigned packages aside, a scheduled zip function has one skip.
    let outside = skips(
        "    network: { vpc: true, egress: [aws.secretsmanager, aws.dynamodb, \"10.20.0.0/16:443\"] }",
        "    #",
    );
    assert_eq!(outside[NIGHTLY], set(&["CKV_AWS_117"]));

    // Something of the service lies in another region.
    let regions = skips(
        "existing: \"legacy-orders-${env}\"",
        "existing: \"legacy-orders-${env}\", region: us-east-1",
    );
    assert_eq!(
        regions["aws_s3_bucket.access_logs"],
        set(&["CKV_AWS_145", "CKV_AWS_18"])
    );
    assert!(!regions.contains_key("aws_s3_bucket.incoming"));
    let same = skips(
        "existing: \"legacy-orders-${env}\"",
        "existing: \"legacy-orders-${env}\", region: eu-west-1",
    );
    assert!(same["aws_s3_bucket.incoming"].contains("CKV_AWS_144"));

    // Where logs go to a central destination there is no archive, and nothing to say about it.
    let central = skips(
        "archive: s3",
        "archive: \"arn:aws:logs:eu-west-1:333333333333:destination:central\"",
    );
    assert!(!central.contains_key("aws_s3_bucket.logs"));
}
