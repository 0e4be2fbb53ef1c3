//! Terraform of the user's own beside what is generated, by the built binary on the orders example.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

use crate::example_files;
use crate::tree::tree;

const OUT: &str = "infra/orders";

fn slgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The orders example, generated once.
static GENERATED: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/orders");
    example_files::lay_out("orders", folder.path());
    for name in ["slgen.yaml", "slgen.lock"] {
        std::fs::copy(example.join(name), folder.path().join(name)).unwrap();
    }
    let generated = slgen(folder.path(), &["generate"]);
    assert!(generated.status.success(), "{}", err(&generated));
    folder
});

/// A copy of it.
struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        example_files::copy(GENERATED.path(), folder.path());
        Self(folder)
    }

    /// A copy with files of the user's own in the folder that is generated.
    fn with(files: &[(&str, &str)]) -> Self {
        let project = Self::new();
        for (name, text) in files {
            project.lay(name, text);
        }
        project
    }

    fn lay(&self, name: &str, text: &str) {
        let path = self.0.path().join(OUT).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        slgen(self.0.path(), arguments)
    }

    /// Code, place and message of what `validate` says, and its exit status.
    fn validate(&self, arguments: &[&str]) -> (i32, Vec<Told>) {
        let output = self.run(&[&["validate", "--format", "sarif"], arguments].concat());
        let log: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", err(&output)));
        let results = log["runs"][0]["results"].as_array().unwrap();
        let told = results.iter().map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            Told {
                code: result["ruleId"].as_str().unwrap().to_owned(),
                file: place["artifactLocation"]["uri"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                line: place["region"]["startLine"].as_u64().unwrap_or_default(),
                column: place["region"]["startColumn"].as_u64().unwrap_or_default(),
                text: result["message"]["text"].as_str().unwrap().to_owned(),
            }
        });
        (output.status.code().unwrap(), told.collect())
    }

    fn except(&self, exception: &str) {
        let path = self.0.path().join("slgen.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        let known = "exceptions:\n";
        assert!(text.contains(known));
        let line = format!(
            "{known}  - {{ {exception}, reason: reviewed, owner: team-checkout, expires: 2027-02-28 }}\n"
        );
        std::fs::write(path, text.replacen(known, &line, 1)).unwrap();
    }
}

#[derive(Debug)]
struct Told {
    code: String,
    file: String,
    line: u64,
    column: u64,
    text: String,
}

impl Told {
    fn place(&self) -> (&str, u64) {
        (self.file.as_str(), self.line)
    }
}

/// The one of this code about the user's own.
#[track_caller]
fn of<'a>(told: &'a [Told], code: &str) -> &'a Told {
    let found = told.iter().find(|told| told.code == code);
    found.unwrap_or_else(|| panic!("no {code}: {told:#?}"))
}

const POLICY: &str = r#"# Ours.
resource "aws_iam_role_policy" "own" {
  name = "own"
  role = aws_iam_role.create_order.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:*", Resource = "*" }]
  })
}
"#;

/// A role as narrow as slgen's.
const ROLE: &str = r#"
resource "aws_iam_role" "own" {
  name                 = "${local.name}-own"
  permissions_boundary = var.permissions_boundary
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "own" {
  name   = "own"
  role   = aws_iam_role.own.name
  policy = data.aws_iam_policy_document.own.json
}

data "aws_iam_policy_document" "own" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["arn:${local.partition}:sqs:${var.region}:${var.account_id}:${local.name}-own"]
  }
}
"#;

/// The queue that slgen generates under a name of the user's, and the role.
fn good() -> String {
    let queue = GENERATED.path().join(OUT).join("queue_jobs.tf");
    std::fs::read_to_string(queue)
        .unwrap()
        .replace("jobs", "own")
        + ROLE
}

#[test]
fn a_policy_on_a_generated_role_stops_everything_that_judges() {
    let project = Project::with(&[("own.tf", POLICY)]);
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 3, "{told:#?}");
    let found = of(&told, "SLG-IAM-018");
    assert_eq!(found.place(), ("infra/orders/own.tf", 2));
    assert_eq!(found.column, 1);
    for part in [
        "dynamodb:* on *",
        "aws_iam_role.create_order",
        "environments: dev, prod",
        "access",
    ] {
        assert!(found.text.contains(part), "{part}: {}", found.text);
    }
    // What other rules say of the same stands at the same place, and does not send its reader to the manifest.
    let all: Vec<&Told> = told.iter().filter(|t| t.file.ends_with("own.tf")).collect();
    assert!(all.len() > 1, "{told:#?}");
    for other in all.iter().filter(|t| t.code != "SLG-IAM-018") {
        assert_eq!(other.place(), ("infra/orders/own.tf", 2));
        assert!(other.text.contains("your own Terraform"), "{}", other.text);
    }
    let before = tree(&project.0.path().join(OUT));
    for arguments in [&["generate"][..], &["generate", "--check"], &["validate"]] {
        let output = project.run(arguments);
        assert_eq!(output.status.code(), Some(3), "{}", err(&output));
        let said = err(&output);
        assert!(said.contains("infra/orders/own.tf:2:1"), "{said}");
        assert!(
            said.contains("resource \"aws_iam_role_policy\" \"own\" {"),
            "{said}"
        );
        assert!(!said.contains("SLG-INTERNAL"), "{said}");
    }
    assert_eq!(tree(&project.0.path().join(OUT)), before);
}

#[test]
fn what_is_as_strict_as_what_is_generated_passes() {
    let project = Project::with(&[("own.tf", &good())]);
    let (status, told) = project.validate(&[]);
    let own: Vec<&Told> = told.iter().filter(|t| t.file.ends_with("own.tf")).collect();
    assert_eq!(status, 0, "{told:#?}");
    assert!(own.iter().all(|t| t.text.contains("low: ")), "{own:#?}");
    let output = project.run(&["generate"]);
    assert!(output.status.success(), "{}", err(&output));
    let page = std::fs::read_to_string(project.0.path().join(OUT).join("SECURITY.md")).unwrap();
    let (_, section) = page.split_once("## Own Terraform").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    assert!(
        section.contains("aws\\_sqs\\_queue.own") || section.contains("aws_sqs_queue.own"),
        "{section}"
    );
    assert!(section.contains("| yes |"), "{section}");
    let check = project.run(&["generate", "--check"]);
    assert!(check.status.success(), "{}{}", out(&check), err(&check));
    // Without it the page says nothing of it.
    std::fs::remove_file(project.0.path().join(OUT).join("own.tf")).unwrap();
    assert_eq!(project.run(&["generate", "--check"]).status.code(), Some(2));
    assert!(project.run(&["generate"]).status.success());
    assert_eq!(
        tree(&project.0.path().join(OUT)),
        tree(&GENERATED.path().join(OUT))
    );
}

#[test]
fn nothing_is_said_where_nothing_is_laid() {
    let project = Project::new();
    let plain = project.run(&["validate", "--format", "json"]);
    // What Terraform does not read is not judged.
    for (name, text) in [
        ("notes.md", "x"),
        (".hidden.tf", POLICY),
        ("own.tf.bak", POLICY),
    ] {
        project.lay(name, text);
    }
    let output = project.run(&["validate", "--format", "json"]);
    assert_eq!(out(&output), out(&plain));
    assert_eq!(output.status, plain.status);
    assert!(project.run(&["generate", "--check"]).status.success());
}

/// A file that slgen wrote for a function that is gone is removed, not judged as the user's.
#[test]
fn what_is_no_longer_generated_is_not_the_users() {
    let project = Project::new();
    let path = project.0.path().join("slgen.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("  incoming:").unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    let text = format!("{before}{rest}");
    let text = text.replace(
        "      - { to: incoming, paths: [\"orders/*\"], allow: [GetObject] }\n",
        "",
    );
    std::fs::write(&path, text).unwrap();
    let output = project.run(&["generate"]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(
        !project
            .0
            .path()
            .join(OUT)
            .join("bucket_incoming.tf")
            .exists()
    );
}

#[test]
fn what_opens_a_function_is_found_where_it_is_written() {
    let url = r#"
resource "aws_lambda_function_url" "open" {
  function_name      = aws_lambda_function.create_order.function_name
  authorization_type = "NONE"
}

resource "aws_lambda_permission" "open" {
  function_name = aws_lambda_function.create_order.function_name
  action        = "lambda:InvokeFunction"
  principal     = "*"
}

resource "aws_sqs_queue" "plain" {
  name                    = "plain"
  sqs_managed_sse_enabled = false
}
"#;
    let (status, told) = Project::with(&[("open.tf", url)]).validate(&[]);
    assert_eq!(status, 3);
    let lines: Vec<u64> = told
        .iter()
        .filter(|t| t.file == "infra/orders/open.tf")
        .map(|t| t.line)
        .collect();
    // The URL's attribute, the permission, the queue.
    for expected in [4, 7, 13] {
        assert!(
            lines
                .iter()
                .any(|line| (expected..expected + 4).contains(line)),
            "{expected}: {told:#?}"
        );
    }
}

#[test]
fn overrides_are_found_where_they_are_written() {
    let over = r#"
resource "aws_cloudwatch_log_group" "create_order" {
  retention_in_days = 1
  kms_key_id        = null
}

resource "aws_iam_role" "create_order" {
  permissions_boundary = null
}

resource "aws_sqs_queue_redrive_allow_policy" "jobs_dlq" {
  count = 0
}
"#;
    let (status, told) = Project::with(&[("own_override.tf", over)]).validate(&[]);
    assert_eq!(status, 3);
    let at = |line: u64| {
        let here = told
            .iter()
            .filter(move |t| t.place() == ("infra/orders/own_override.tf", line));
        here.map(|t| t.code.as_str()).collect::<Vec<_>>()
    };
    assert!(!at(3).is_empty(), "{told:#?}");
    assert!(!at(4).is_empty(), "{told:#?}");
    assert!(at(8).contains(&"SLG-IAM-018"), "{told:#?}");
    assert!(
        told.iter()
            .all(|t| t.file != "slgen.yaml" || !t.text.contains("create_order.retention"))
    );
    // A provider has no resource.
    let provider = "\nprovider \"aws\" {\n  skip_credentials_validation = true\n  skip_requesting_account_id = true\n  \
                    allowed_account_ids = []\n}\n";
    let (status, told) = Project::with(&[("x_override.tf", provider)]).validate(&[]);
    assert_eq!(status, 3, "{told:#?}");
    assert_eq!(
        of(&told, "SLG-TF-007").place(),
        ("infra/orders/x_override.tf", 3)
    );
}

/// What the manifest sets is weakened without any other rule saying so.
#[test]
fn what_gets_weaker_is_found_though_no_rule_forbids_it() {
    let function = |text: &str| {
        format!("resource \"aws_lambda_function\" \"create_order\" {{\n  {text}\n}}\n")
    };
    let judged = |text: &str| Project::with(&[("a_override.tf", text)]).validate(&[]);
    let (status, told) = judged(&function("memory_size = 512"));
    let found = of(&told, "SLG-OWN-002");
    assert_eq!(found.place(), ("infra/orders/a_override.tf", 2));
    assert!(
        found
            .text
            .contains("low: aws_lambda_function.create_order.memory_size"),
        "{found:?}"
    );
    assert_eq!(status, 0, "{told:#?}");
    // Neither weaker nor stricter, and stricter.
    for text in ["description = \"x\"", "memory_size = 128"] {
        let (status, told) = judged(&function(text));
        assert_eq!(status, 0, "{told:#?}");
        assert!(told.iter().all(|t| !t.file.contains(".tf")), "{told:#?}");
    }
    let role = "resource \"aws_iam_role\" \"create_order\" {\n  max_session_duration = 7200\n}\n";
    let (_, told) = judged(role);
    assert!(
        told.iter()
            .any(|t| t.place() == ("infra/orders/a_override.tf", 2)),
        "{told:#?}"
    );
}

#[test]
fn what_is_not_judged_is_said_and_can_be_excepted() {
    let module =
        "\nmodule \"vendor\" {\n  source  = \"acme/vendor/aws\"\n  version = \"1.0.0\"\n}\n";
    let project = Project::with(&[("own.tf", module)]);
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 3);
    let found = of(&told, "SLG-OWN-001");
    assert_eq!(found.place(), ("infra/orders/own.tf", 2));
    assert!(found.text.contains("acme/vendor/aws"), "{}", found.text);
    project.except("rule: SLG-OWN-001, scope: service, resource: module.vendor");
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 0, "{told:#?}");
    assert!(project.run(&["generate"]).status.success());
    let page = std::fs::read_to_string(project.0.path().join(OUT).join("SECURITY.md")).unwrap();
    assert!(page.contains("not all of it: module.vendor"), "{page}");
    // Another module is not covered by it.
    project.lay(
        "more.tf",
        "module \"more\" {\n  source = \"acme/more/aws\"\n}\n",
    );
    let (status, told) = project.validate(&[]);
    assert_eq!(
        (status, of(&told, "SLG-OWN-001").place()),
        (3, ("infra/orders/more.tf", 1))
    );
}

#[test]
fn exceptions_cover_what_the_users_own_does() {
    let project = Project::with(&[(
        "own.tf",
        &POLICY
            .replace("dynamodb:*", "sqs:PurgeQueue")
            .replace("\"*\"", "aws_sqs_queue.jobs.arn"),
    )]);
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 3);
    for told in &told {
        let own = told.file.ends_with("own.tf");
        assert!(!own || told.code == "SLG-IAM-018", "{told:#?}");
    }
    project.except("rule: SLG-IAM-018, scope: functions.create-order, action: \"sqs:PurgeQueue\"");
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 0, "{told:#?}");
    // A resource of the user's own belongs to the service.
    let queue = "resource \"aws_sqs_queue\" \"plain\" {\n  name = \"plain\"\n  sqs_managed_sse_enabled = false\n}\n";
    let project = Project::with(&[("own.tf", queue)]);
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 3);
    let codes: std::collections::BTreeSet<&str> = told
        .iter()
        .filter(|t| t.file.ends_with("own.tf"))
        .map(|t| t.code.as_str())
        .collect();
    for code in codes {
        project.except(&format!(
            "rule: {code}, scope: service, resource: aws_sqs_queue.plain"
        ));
    }
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 0, "{told:#?}");
}

#[test]
fn a_fault_of_syntax_is_said_with_its_place() {
    let project = Project::with(&[(
        "own.tf",
        "locals {\n  x = 1\n}\n\nresource \"aws_sqs_queue\" \"x\" {\n  name = = 1\n}\n",
    )]);
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 3);
    let found = of(&told, "SLG-OWN-001");
    assert_eq!(found.place(), ("infra/orders/own.tf", 6));
    assert!(found.column > 2, "{found:?}");
    assert_eq!(
        told.iter().filter(|t| t.code == "SLG-OWN-001").count(),
        1,
        "{told:#?}"
    );
    let output = project.run(&["generate"]);
    assert_eq!(output.status.code(), Some(3));
    // JSON, a link, what only OpenTofu reads.
    for (name, text) in [
        ("own.tf.json", "{ \"resource\": [ }"),
        ("own.tofu", "locals {}\n"),
    ] {
        let (status, told) = Project::with(&[(name, text)]).validate(&[]);
        assert_eq!(
            (status, of(&told, "SLG-OWN-001").file.as_str()),
            (3, format!("infra/orders/{name}").as_str())
        );
    }
    #[cfg(unix)]
    {
        let project = Project::new();
        let target = project.0.path().join("elsewhere.tf");
        std::fs::write(&target, POLICY).unwrap();
        std::os::unix::fs::symlink(&target, project.0.path().join(OUT).join("own.tf")).unwrap();
        let (status, told) = project.validate(&[]);
        assert_eq!(status, 3);
        assert!(of(&told, "SLG-OWN-001").text.contains("symbolic link"));
    }
}

#[test]
fn environments_are_judged_by_themselves() {
    let text = r#"
resource "aws_sqs_queue" "plain" {
  count                   = var.environment == "prod" ? 1 : 0
  name                    = "plain"
  sqs_managed_sse_enabled = false
}
"#;
    let project = Project::with(&[("own.tf", text)]);
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 3);
    let own: Vec<&Told> = told.iter().filter(|t| t.file.ends_with("own.tf")).collect();
    assert!(
        !own.is_empty() && own.iter().all(|t| t.text.contains("environments: prod")),
        "{told:#?}"
    );
    let (status, _) = project.validate(&["--env", "dev"]);
    assert_eq!(status, 0);
    let (status, _) = project.validate(&["--env", "prod"]);
    assert_eq!(status, 3);
}

#[test]
fn json_syntax_and_local_modules_are_judged() {
    let json = "{\n  \"resource\": {\n    \"aws_sqs_queue\": {\n      \"plain\": {\n        \"name\": \"plain\",\n        \
                \"sqs_managed_sse_enabled\": false\n      }\n    }\n  }\n}\n";
    let (status, told) = Project::with(&[("own.tf.json", json)]).validate(&[]);
    assert_eq!(status, 3);
    let own = told.iter().filter(|t| t.file == "infra/orders/own.tf.json");
    assert!(
        own.clone().count() > 0 && own.clone().all(|t| (4..=6).contains(&t.line)),
        "{told:#?}"
    );
    let queue = "resource \"aws_sqs_queue\" \"plain\" {\n  name = \"plain\"\n  sqs_managed_sse_enabled = false\n}\n";
    let project = Project::with(&[
        (
            "own.tf",
            "module \"below\" {\n  source = \"./modules/below\"\n}\nmodule \"above\" {\n  source = \"../../shared/above\"\n}\n",
        ),
        ("modules/below/main.tf", queue),
        ("../../shared/above/main.tf", queue),
    ]);
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 3);
    for file in ["infra/orders/modules/below/main.tf", "shared/above/main.tf"] {
        assert!(
            told.iter().any(|t| t.file == file && t.line > 0),
            "{file}: {told:#?}"
        );
    }
    assert!(told.iter().all(|t| t.code != "SLG-OWN-001"), "{told:#?}");
}

/// Values that Terraform takes by itself are read, and a resource of the user's own is explained.
#[test]
fn values_are_read_and_resources_explained() {
    let key = "kms_master_key_id                 = aws_kms_key.stack.arn";
    let chosen = "kms_master_key_id = var.sse ? aws_kms_key.stack.arn : null\n  sqs_managed_sse_enabled = false";
    let text = "variable \"sse\" {\n  type    = bool\n  default = true\n}\n\n".to_owned()
        + &good().replace(key, chosen);
    assert!(text.contains(chosen));
    let project = Project::with(&[("own.tf", &text)]);
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 0, "{told:#?}");
    project.lay("own.auto.tfvars", "sse = false\n");
    let (status, told) = project.validate(&[]);
    assert_eq!(status, 3, "{told:#?}");
    let output = project.run(&["explain", "aws_sqs_queue.own"]);
    assert!(output.status.success(), "{}", err(&output));
    let said = out(&output);
    assert!(said.contains("infra/orders/own.tf:"), "{said}");
    assert!(said.contains("your own Terraform"), "{said}");
}
