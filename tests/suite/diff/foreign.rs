//! Hand-written Terraform of several styles, between two revisions, through the command line and
//! without a manifest: what is opened is found, and nothing else.

use std::path::Path;

use serde_json::Value;

use super::cli::{err, git, out, slgen};
use super::example::copy;

/// A repository with one of the trees of `tests/foreign/`.
fn repository(tree: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let trees = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
    copy(&trees.join(tree), &folder.path().join("infra"));
    commit(folder.path());
    folder
}

fn commit(folder: &Path) {
    if !folder.join(".git").exists() {
        git(folder, &["init", "-q"]);
    }
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "next"]);
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    write(folder, file, &text.replace(from, to));
}

struct Seen {
    /// `direction rule address path`, sorted.
    findings: Vec<String>,
    report: Value,
    status: i32,
}

/// What `diff --code` says of the folder against HEAD.
fn seen(folder: &Path, code: &str) -> Seen {
    let output = slgen(
        folder,
        &["diff", "--code", code, "--base", "HEAD", "--format", "json"],
    );
    let report: Value = serde_json::from_str(&out(&output))
        .unwrap_or_else(|e| panic!("{e}: {}{}", out(&output), err(&output)));
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let mut findings: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let path = f["path"].as_array().unwrap().iter().map(text);
            let path = path.collect::<Vec<_>>().join(".");
            let (direction, rule) = (text(&f["direction"]), text(&f["rule"]));
            format!("{direction} {rule} {} {path}", text(&f["address"]))
        })
        .collect();
    findings.sort();
    Seen {
        findings,
        status: output.status.code().unwrap(),
        report,
    }
}

impl Seen {
    fn witness(&self) -> String {
        let text = |name: &str| {
            self.report["findings"][0]["witness"][name]
                .as_str()
                .unwrap_or_default()
        };
        format!("{} {}", text("action"), text("resource"))
    }

    fn place(&self) -> String {
        let location = &self.report["findings"][0]["location"];
        format!(
            "{}:{}",
            location["file"].as_str().unwrap_or_default(),
            location["line"]
        )
    }

    fn not_checked(&self) -> Vec<String> {
        let not = self.report["not_checked"].as_array().unwrap().iter();
        not.map(|n| n["check"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[test]
fn the_seeded_widening_is_found_in_each_style() {
    #[rustfmt::skip]
    let seeds = [
        ("inline", "infra/main.tf", "\"s3:PutObject\"]", "\"s3:PutObject\", \"s3:DeleteObject\"]",
         "aws_iam_role.lambda", "s3:DeleteObject arn:aws:s3:::acme-uploads-prod/", "infra/main.tf:57"),
        ("data-source", "infra/main.tf", "[\"GetItem\", \"PutItem\"]", "[\"GetItem\", \"PutItem\", \"DeleteItem\"]",
         "aws_iam_role.worker", "dynamodb:DeleteItem arn:aws:dynamodb:us-east-1:123456789012:table/orders", "infra/iam.tf:82"),
        ("module", "infra/main.tf", "[\"s3:GetObject\"]", "[\"s3:GetObject\", \"s3:DeleteObject\"]",
         "module.function[\"ingest\"].aws_iam_role.this", "s3:DeleteObject arn:aws:s3:::acme-landing/", "infra/modules/function/main.tf:17"),
        // Inside the module: it opens in every instance.
        ("module", "infra/modules/function/main.tf", "sort(actions)", "concat(actions, [\"sqs:SendMessage\"])",
         "", "sqs:SendMessage", ""),
    ];
    for (tree, file, from, to, address, witness, place) in seeds {
        let folder = repository(tree);
        edit(folder.path(), file, from, to);
        let seen = seen(folder.path(), "infra");
        let context = format!("{tree} {file}: {:#?}", seen.report);
        assert_eq!(seen.status, 3, "{context}");
        assert!(seen.witness().starts_with(witness), "{context}");
        if address.is_empty() {
            let roles = ["ingest", "report"].map(|name| {
                format!("widening SLG-DIFF-101 module.function[\"{name}\"].aws_iam_role.this permissions")
            });
            assert_eq!(seen.findings, roles, "{context}");
        } else {
            let one = format!("widening SLG-DIFF-101 {address} permissions");
            assert_eq!(seen.findings, [one], "{context}");
            assert!(
                seen.place().starts_with(place.split(':').next().unwrap()),
                "{context}"
            );
        }
        // The module of others is called alike on both sides.
        assert_eq!(seen.not_checked(), [""; 0], "{context}");
    }
}

/// File, text, other text.
type Rewrite = (&'static str, &'static str, &'static str);

#[test]
fn a_rewrite_that_means_the_same_finds_nothing() {
    #[rustfmt::skip]
    let rewrites: [(&str, &[Rewrite]); 3] = [
        ("inline", &[
            ("infra/main.tf", "\"Action\": [\"s3:GetObject\", \"s3:PutObject\"],", "\"Action\": [\"S3:putobject\", \"s3:GetObject\"], \"Sid\": \"Uploads\","),
            ("infra/main.tf", "\"Statement\": [\n    {\n      \"Action\": \"sts:AssumeRole\",", "\"Statement\": [\n    {\n      \"Action\": [\"sts:AssumeRole\"],"),
            ("infra/main.tf", "Action   = [\"logs:CreateLogStream\", \"logs:PutLogEvents\"]", "Action   = [for a in [\"PutLogEvents\", \"CreateLogStream\"] : \"logs:${a}\"]"),
            ("infra/main.tf", "memory_size      = 512", "memory_size      = 256 * 2"),
            ("infra/main.tf", "\"thumbnailer-${var.stage}\"", "join(\"-\", [\"thumbnailer\", var.stage])"),
        ]),
        ("data-source", &[
            ("infra/main.tf", "[\"GetItem\", \"PutItem\"]", "[\"PutItem\", \"GetItem\"]"),
            ("infra/iam.tf", "formatlist(\"dynamodb:%s\", statement.value)", "[for a in statement.value : \"dynamodb:${a}\"]"),
            ("infra/iam.tf", "actions   = [\"logs:PutLogEvents\", \"logs:CreateLogStream\"]", "actions   = [\"logs:CreateLogStream\", \"logs:PutLogEvents\"]"),
            ("infra/iam.tf", "data.aws_iam_policy_document.assume.json", "jsonencode({ Version = \"2012-10-17\", Statement = { Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = [\"lambda.amazonaws.com\"] } } })"),
        ]),
        ("module", &[
            ("infra/main.tf", "[\"dynamodb:Query\", \"dynamodb:GetItem\"]", "[\"dynamodb:GetItem\", \"dynamodb:Query\"]"),
            ("infra/main.tf", "try(each.value.timeout, 30)", "lookup(each.value, \"timeout\", 30)"),
            ("infra/main.tf", "templatefile(\"${path.module}/trust.json.tftpl\", { service = \"scheduler\" })", "jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"scheduler.amazonaws.com\" } }] })"),
            ("infra/modules/function/main.tf", "Action   = sort(actions)", "Action   = distinct(actions)"),
        ]),
    ];
    for (tree, edits) in rewrites {
        let folder = repository(tree);
        for (file, from, to) in edits {
            edit(folder.path(), file, from, to);
        }
        let seen = seen(folder.path(), "infra");
        assert_eq!(seen.findings, [""; 0], "{tree}: {:#?}", seen.report);
        // The module of others is called alike on both sides: it is said that it was not read.
        assert_eq!(seen.status, 0, "{tree}");
        let notes = seen.report["notes"].as_array().unwrap();
        assert_eq!(notes.len(), usize::from(tree == "module"), "{notes:?}");
        for note in notes {
            let note = note.as_str().unwrap();
            assert!(note.starts_with("module.vpc (infra/main.tf:"), "{note}");
        }
    }
}

/// Whatever a module makes that is not here, it makes on both sides only where it is called alike.
#[test]
fn a_module_that_is_not_here_is_not_checked_where_its_call_changes() {
    let call = "  version = \"5.8.1\"\n  name    = \"acme\"\n";
    for (to, not_checked) in [
        ("  name    = \"acme\"\n  version = \"5.8.1\"\n", 0),
        (
            "  version = \"5.8.1\"\n  name    = join(\"\", [\"ac\", \"me\"])\n",
            0,
        ),
        ("  version = \"5.8.2\"\n  name    = \"acme\"\n", 2),
        ("  version = \"5.8.1\"\n  name    = \"other\"\n", 2),
        (
            "  version = \"5.8.1\"\n  name    = \"acme\"\n  more    = true\n",
            2,
        ),
        (
            "  version = \"5.8.1\"\n  name    = \"acme\"\n  count   = 2\n",
            2,
        ),
        (
            "  version = \"5.8.1\"\n  name    = \"acme\"\n  providers = { aws = aws.other }\n",
            2,
        ),
    ] {
        let folder = repository("module");
        edit(folder.path(), "infra/main.tf", call, to);
        let seen = seen(folder.path(), "infra");
        assert_eq!(
            seen.not_checked().len(),
            not_checked,
            "{to}: {:#?}",
            seen.report
        );
        assert_eq!(seen.status, if not_checked > 0 { 4 } else { 0 }, "{to}");
    }
}

/// Code that does not say where it is applied still knows its own queue.
#[test]
fn an_arn_without_region_and_account_decides() {
    let code = |actions: &str, resource: &str, provider: &str| {
        format!(
            r#"
provider "aws" {{
{provider}
}}
resource "aws_sqs_queue" "q" {{
  name = "jobs"
}}
variable "other" {{
  type = string
}}
resource "aws_iam_role" "r" {{
  name               = "r"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
}}
resource "aws_iam_role_policy" "p" {{
  role   = aws_iam_role.r.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = {actions}, Resource = {resource} }}] }})
}}
"#
        )
    };
    let few = r#"["sqs:SendMessage"]"#;
    let more = r#"["sqs:SendMessage", "sqs:DeleteQueue"]"#;
    let (own, other) = ("aws_sqs_queue.q.arn", "var.other");
    let region = "  region = \"eu-west-1\"";
    for (before, after, direction) in [
        (code(few, own, ""), code(more, own, ""), "widening"),
        (code(more, own, ""), code(few, own, ""), "narrowing"),
        (code(few, own, region), code(more, own, region), "widening"),
        // Nobody knows what this is.
        (code(few, other, ""), code(more, other, ""), "undetermined"),
        (code(few, own, ""), code(few, other, ""), "undetermined"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "infra/main.tf", &before);
        commit(folder.path());
        write(folder.path(), "infra/main.tf", &after);
        let seen = seen(folder.path(), "infra");
        let expected = format!("{direction} SLG-DIFF-101 aws_iam_role.r permissions");
        assert_eq!(seen.findings, [expected], "{:#?}", seen.report);
        if direction == "widening" {
            let witness = seen.witness();
            assert!(
                witness.starts_with("sqs:DeleteQueue arn:aws:sqs:"),
                "{witness}"
            );
            assert!(witness.ends_with(":jobs"), "{witness}");
        }
    }
}

#[test]
fn a_key_with_a_dot_is_one_step_of_a_path() {
    let code = |value: &str| {
        format!(
            "resource \"aws_sqs_queue\" \"q\" {{\n  name = \"q\"\n  tags = {{ \"acme.com/team\" = \"{value}\", plain = \"{value}\" }}\n}}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "infra/main.tf", &code("a"));
    commit(folder.path());
    write(folder.path(), "infra/main.tf", &code("b"));
    let seen = seen(folder.path(), "infra");
    let findings = seen.report["findings"].as_array().unwrap().iter();
    let paths: Vec<&Value> = findings.map(|f| &f["path"]).collect();
    assert_eq!(
        paths,
        [
            &serde_json::json!(["tags", "acme.com/team"]),
            &serde_json::json!(["tags", "plain"])
        ]
    );
}

#[test]
fn a_file_that_code_names_is_read_on_both_sides() {
    let folder = repository("module");
    edit(
        folder.path(),
        "infra/trust.json.tftpl",
        "${service}.amazonaws.com",
        "ec2.amazonaws.com",
    );
    let seen = seen(folder.path(), "infra");
    assert_eq!(
        seen.findings,
        ["widening SLG-DIFF-103 aws_iam_role.schedule assume_role_policy"],
        "{:#?}",
        seen.report
    );
}

const CALL: &str =
    "module \"f\" {\n  source = \"../../modules/f\"\n  actions = [\"s3:GetObject\"]\n}\n";
const MODULE: &str = r#"
variable "actions" { type = list(string) }
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = var.actions, Resource = "arn:aws:s3:::b/*" }] })
}
"#;

#[test]
fn modules_above_the_folder_are_read_within_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write(path, "live/prod/main.tf", CALL);
    write(path, "modules/f/main.tf", MODULE);
    commit(path);
    edit(
        path,
        "modules/f/main.tf",
        "Action = var.actions",
        "Action = concat(var.actions, [\"s3:DeleteObject\"])",
    );
    let wider = ["widening SLG-DIFF-101 module.f.aws_iam_role.r permissions"];
    let first = seen(path, "live/prod");
    assert_eq!(first.findings, wider, "{:#?}", first.report);
    assert!(
        first.place().starts_with("modules/f/main.tf:"),
        "{}",
        first.place()
    );
    assert_eq!(first.not_checked(), [""; 0]);
    // From another folder, the same.
    let inside = seen(&path.join("live"), "prod");
    assert_eq!(inside.findings, wider);
    assert!(
        inside.place().starts_with("../modules/f/main.tf:"),
        "{}",
        inside.place()
    );

    // Beyond the repository nothing is read, on disk or by a link, and it is said.
    let beyond = tempfile::tempdir().unwrap();
    let repository = beyond.path().join("repository");
    write(beyond.path(), "modules/f/main.tf", MODULE);
    write(
        &repository,
        "live/prod/main.tf",
        &CALL.replace("../../", "../../../"),
    );
    commit(&repository);
    edit(&repository, "live/prod/main.tf", "GetObject", "*");
    let outside = seen(&repository, "live/prod");
    assert_eq!((outside.findings.as_slice(), outside.status), (&[][..], 4));
    assert!(
        outside.not_checked()[0].starts_with("module.f (live/prod/main.tf:1)"),
        "{:?}",
        outside.not_checked()
    );
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(beyond.path().join("modules"), repository.join("modules"))
            .unwrap();
        write(&repository, "live/prod/main.tf", CALL);
        let linked = seen(&repository, "live/prod");
        assert_eq!(
            (linked.findings.as_slice(), linked.status),
            (&[][..], 4),
            "{:#?}",
            linked.report
        );
    }
}

const QUEUE: &str = r#"
resource "aws_sqs_queue" "jobs" {
  name              = "jobs"
  kms_master_key_id = "alias/jobs"
  tags              = { a = "b" }
}
"#;

#[test]
fn override_files_are_merged_as_terraform_merges_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write(
        path,
        "main.tf",
        &format!(
            "locals {{\n  a = \"s3:GetObject\"\n  b = 1\n}}\nmodule \"f\" {{\n  source  = \"./f\"\n  actions = [local.a]\n}}\n{QUEUE}"
        ),
    );
    write(path, "f/main.tf", MODULE);
    commit(path);
    // One local, one argument; what is not written stays.
    write(
        path,
        "override.tf",
        "locals {\n  a = \"s3:*\"\n}\nresource \"aws_sqs_queue\" \"jobs\" {\n  kms_master_key_id = null\n}\n",
    );
    let wider = seen(path, ".");
    assert_eq!(
        wider.findings,
        [
            "widening SLG-DIFF-101 module.f.aws_iam_role.r permissions",
            "widening SLG-ENC-002 aws_sqs_queue.jobs kms_master_key_id",
        ],
        "{:#?}",
        wider.report
    );
    assert_eq!(wider.not_checked(), [""; 0]);
    // The same again changes nothing, in JSON neither, and the last file wins.
    write(
        path,
        "override.tf",
        "resource \"aws_sqs_queue\" \"jobs\" {\n  kms_master_key_id = null\n}\n",
    );
    write(
        path,
        "z_override.tf.json",
        r#"{"resource": {"aws_sqs_queue": {"jobs": {"kms_master_key_id": "alias/jobs"}}}, "locals": {"a": "s3:GetObject"}}"#,
    );
    let same = seen(path, ".");
    assert_eq!(
        (same.findings.as_slice(), same.status),
        (&[][..], 0),
        "{:#?}",
        same.report
    );
    // What overrides nothing is said: Terraform refuses it.
    write(
        path,
        "z_override.tf.json",
        r#"{"resource": {"aws_sqs_queue": {"other": {"name": "x"}}}}"#,
    );
    let other = seen(path, ".");
    assert!(
        other.not_checked()[0].starts_with("z_override.tf.json"),
        "{:#?}",
        other.report
    );
    assert!(
        other
            .report
            .to_string()
            .contains("aws_sqs_queue.other that this could override")
    );
}

#[test]
fn json_syntax_is_the_same_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let hcl = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}
variable "stage" {
  type    = string
  default = "prod"
}
locals {
  name = "jobs-${var.stage}"
}
resource "aws_sqs_queue" "jobs" {
  count = 2
  name  = "${local.name}-${count.index}"
}
resource "aws_dynamodb_table" "t" {
  name         = "t"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  lifecycle {
    prevent_destroy = true
  }
}
resource "aws_iam_role" "r" {
  name               = local.name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "dynamodb:GetItem", Resource = aws_dynamodb_table.t.arn }] })
}
"#;
    write(path, "infra/main.tf", hcl);
    commit(path);
    std::fs::remove_file(path.join("infra/main.tf")).unwrap();
    let json = r#"{
  "//": "made by a program",
  "variable": { "stage": { "type": "string", "default": "prod" } },
  "locals": { "name": "jobs-${var.stage}" }, "provider": { "aws": { "region": "eu-west-1", "allowed_account_ids": ["123456789012"] } },
  "resource": {
    "aws_sqs_queue": { "jobs": { "count": 2, "name": "${local.name}-${count.index}" } },
    "aws_dynamodb_table": {
      "t": {
        "name": "t", "billing_mode": "PAY_PER_REQUEST", "hash_key": "id",
        "attribute": [{ "name": "id", "type": "S" }],
        "point_in_time_recovery": { "enabled": true },
        "lifecycle": { "prevent_destroy": true }
      }
    },
    "aws_iam_role": {
      "r": {
        "name": "${local.name}",
        "assume_role_policy": "{\"Version\": \"2012-10-17\", \"Statement\": []}"
      }
    },
    "aws_iam_role_policy": {
      "p": {
        "role": "${aws_iam_role.r.id}",
        "policy": "${jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"dynamodb:GetItem\", Resource = aws_dynamodb_table.t.arn }] })}"
      }
    }
  }
}
"#;
    write(path, "infra/main.tf.json", json);
    let same = seen(path, "infra");
    assert_eq!(
        (same.findings.as_slice(), same.status),
        (&[][..], 0),
        "{:#?}",
        same.report
    );
    edit(path, "infra/main.tf.json", "dynamodb:GetItem", "dynamodb:*");
    edit(
        path,
        "infra/main.tf.json",
        "\"enabled\": true",
        "\"enabled\": false",
    );
    let wider = seen(path, "infra");
    assert_eq!(wider.findings.len(), 2, "{:#?}", wider.report);
    assert!(
        wider.findings.iter().all(|f| f.starts_with("widening ")),
        "{:?}",
        wider.findings
    );
    let text = wider.report.to_string();
    assert!(text.contains("infra/main.tf.json\",\"line\":11"), "{text}");
    write(path, "infra/main.tf.json", "{\n  \"resource\": [}\n");
    let broken = seen(path, "infra");
    assert_eq!(
        broken.not_checked(),
        ["infra/main.tf.json (infra/main.tf.json:2)"]
    );
}

#[test]
fn a_moved_resource_is_compared_and_not_only_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write(path, "main.tf", QUEUE);
    commit(path);
    // Another address and another name: only the block says that it is the same queue.
    let renamed = QUEUE
        .replace("\"jobs\" {", "\"work\" {")
        .replace("\"jobs\"\n", "\"work\"\n")
        .replace("  kms_master_key_id = \"alias/jobs\"\n", "");
    write(
        path,
        "main.tf",
        &format!(
            "{renamed}moved {{\n  from = aws_sqs_queue.jobs\n  to   = aws_sqs_queue.work\n}}\n"
        ),
    );
    let moved = seen(path, ".");
    assert!(
        moved
            .findings
            .contains(&"widening SLG-ENC-002 aws_sqs_queue.work kms_master_key_id".to_owned()),
        "{:#?}",
        moved.report
    );
    assert!(
        moved
            .report
            .to_string()
            .contains("called aws_sqs_queue.jobs before")
    );
    // Without it one queue goes and another comes.
    write(path, "main.tf", &renamed);
    let other = seen(path, ".");
    assert!(
        other
            .findings
            .iter()
            .all(|f| !f.contains("kms_master_key_id")),
        "{:#?}",
        other.report
    );
    assert_eq!(other.findings.len(), 2);
    // Into a module.
    write(
        path,
        "main.tf",
        "module \"q\" {\n  source = \"./q\"\n}\nmoved {\n  from = aws_sqs_queue.jobs\n  to   = module.q.aws_sqs_queue.this\n}\n",
    );
    write(
        path,
        "q/main.tf",
        &renamed.replace("\"work\" {", "\"this\" {"),
    );
    let inside = seen(path, ".");
    assert!(
        inside.findings.contains(
            &"widening SLG-ENC-002 module.q.aws_sqs_queue.this kms_master_key_id".to_owned()
        ),
        "{:#?}",
        inside.report
    );
}
