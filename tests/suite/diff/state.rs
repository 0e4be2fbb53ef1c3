//! `slgen diff --state` on files of a real run (`tests/data/terraform/README.md`): nothing on the untouched stack but
//! what the local AWS makes of it.

use std::path::Path;

use serde_json::Value;

use super::cli::{err, out, slgen};
use super::example::{copy, lay_out};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A project with the code and the state of that run.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(ROOT).join("tests/data/terraform");
    lay_out("orders", folder.path());
    for name in ["slgen.yaml", "slgen.lock"] {
        let from = Path::new(ROOT).join("examples/orders").join(name);
        std::fs::copy(from, folder.path().join(name)).unwrap();
    }
    let infra = folder.path().join("infra/orders");
    copy(&data.join("orders"), &infra);
    let variables = infra.join("environments/dev.tfvars");
    std::fs::create_dir(variables.parent().unwrap()).unwrap();
    // The network that was made for the run comes last, as it did then.
    let read = |name: &str| std::fs::read_to_string(infra.join(name)).unwrap();
    let vpc: Value = serde_json::from_str(&read("vpc.tfvars.json")).unwrap();
    let settings = read("dev.tfvars");
    let (own, _) = settings.split_once("\nvpc =").unwrap();
    let vpc = &vpc["vpc"];
    let network = format!(
        "vpc = {{ id = {}, subnets = {} }}",
        vpc["id"], vpc["subnets"]
    );
    std::fs::write(variables, format!("{own}\n{network}\n")).unwrap();
    std::fs::copy(
        data.join("orders-dev.tfstate"),
        folder.path().join("dev.tfstate"),
    )
    .unwrap();
    folder
}

fn findings(folder: &Path) -> Vec<Value> {
    let arguments = [
        "diff",
        "--state",
        "dev.tfstate",
        "--env",
        "dev",
        "--format",
        "json",
    ];
    let output = slgen(folder, &arguments);
    let report: Value =
        serde_json::from_str(&out(&output)).unwrap_or_else(|e| panic!("{e}: {}", err(&output)));
    report["findings"].as_array().unwrap().clone()
}

#[test]
fn nothing_is_found_on_the_untouched_stack() {
    let known = std::fs::read_to_string(Path::new(ROOT).join("tests/e2e/diff_findings.json"));
    let known: Vec<Value> = serde_json::from_str(&known.unwrap()).unwrap();
    let folder = project();
    for finding in findings(folder.path()) {
        let path = finding["path"].as_array().unwrap().iter();
        let path: Vec<_> = path.map(|s| s.as_str().unwrap()).collect();
        let explained = known
            .iter()
            .any(|k| k["address"] == finding["address"] && k["path"] == path.join("."));
        assert!(explained, "{finding:#}");
    }
}

#[test]
fn an_instance_whose_key_only_the_state_knows_is_compared() {
    let folder = project();
    let path = folder.path().join("dev.tfstate");
    let mut state: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let before = findings(folder.path());
    let resources = state["resources"].as_array_mut().unwrap();
    let rule = resources
        .iter_mut()
        .find(|r| r["name"] == "nightly_report_secretsmanager" && r["mode"] == "managed")
        .unwrap();
    assert!(rule["instances"][0]["index_key"].is_string());
    rule["instances"][0]["attributes"]["to_port"] = 65535.into();
    std::fs::write(&path, state.to_string()).unwrap();
    let mut after = findings(folder.path());
    after.retain(|f| !before.contains(f));
    assert_eq!(after.len(), 1, "{after:#?}");
    let address = after[0]["address"].as_str().unwrap();
    assert!(
        address
            .starts_with("aws_vpc_security_group_egress_rule.nightly_report_secretsmanager[\"sg-"),
        "{address}"
    );
}

#[test]
fn what_terraform_ignores_is_no_change() {
    let folder = project();
    let path = folder.path().join("dev.tfstate");
    let mut known = findings(folder.path());
    known.retain(|f| f["address"] == "aws_lambda_function.create_order");
    let known: Vec<Value> = known.into_iter().map(|f| f["path"].clone()).collect();
    let mut state: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let resources = state["resources"].as_array_mut().unwrap();
    let function = resources
        .iter_mut()
        .find(|r| r["type"] == "aws_lambda_function" && r["name"] == "create_order")
        .unwrap();
    let attributes = &mut function["instances"][0]["attributes"];
    attributes["timeout"] = 77.into();
    attributes["environment"][0]["variables"]["JOBS_URL"] = "https://other.example".into();
    std::fs::write(&path, state.to_string()).unwrap();
    let code = folder.path().join("infra/orders/fn_create_order.tf");
    let text = std::fs::read_to_string(&code).unwrap();
    let line = "  timeout                        = 10\n";
    assert!(text.contains(line));
    for (ignored, left) in [
        ("", &["environment.variables.JOBS_URL", "timeout"][..]),
        (
            "[description]",
            &["environment.variables.JOBS_URL", "timeout"],
        ),
        ("[timeout]", &["environment.variables.JOBS_URL"]),
        ("[\"timeout\", environment]", &[]),
        ("[environment[0].variables[\"JOBS_URL\"]]", &["timeout"]),
        (
            "[environment[0].variables[\"OTHER\"]]",
            &["environment.variables.JOBS_URL", "timeout"],
        ),
        ("all", &[]),
    ] {
        let lifecycle = match ignored {
            "" => String::new(),
            ignored => format!("{line}  lifecycle {{\n    ignore_changes = {ignored}\n  }}\n"),
        };
        let with = if ignored.is_empty() { line } else { &lifecycle };
        std::fs::write(&code, text.replacen(line, with, 1)).unwrap();
        let mut found = findings(folder.path());
        found.retain(|f| f["address"] == "aws_lambda_function.create_order");
        found.retain(|f| !known.contains(&f["path"]));
        let paths = found.iter().map(|f| {
            let steps = f["path"].as_array().unwrap().iter();
            steps
                .map(|s| s.as_str().unwrap())
                .collect::<Vec<_>>()
                .join(".")
        });
        let mut paths: Vec<String> = paths.collect();
        paths.sort();
        assert_eq!(paths, left, "{ignored}: {found:#?}");
    }
}
