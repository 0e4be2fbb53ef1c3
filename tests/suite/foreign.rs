//! Hand-written Terraform of three styles (`tests/foreign/`): every policy in it is read, or it is
//! said what is not known.

use std::collections::BTreeMap;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use slgen::graph::{Address, Graph, Kind, Value, hcl};
use slgen::iam;

fn files(folder: &str) -> BTreeMap<Utf8PathBuf, String> {
    fn walk(folder: &Path, below: &Utf8Path, found: &mut BTreeMap<Utf8PathBuf, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let below = below.join(path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                walk(&path, &below, found);
            } else {
                found.insert(below, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
    walk(&root.join(folder), Utf8Path::new(""), &mut found);
    found
}

fn read(folder: &str) -> Graph {
    hcl::read_foreign(&files(folder), Utf8Path::new(""), &[])
}

fn text(main: &str) -> Graph {
    let files = BTreeMap::from([("main.tf".into(), main.to_owned())]);
    hcl::read_foreign(&files, Utf8Path::new(""), &[])
}

/// `holder action resource` of everything that is allowed by identity.
fn allowed(graph: &Graph) -> Vec<String> {
    let (permissions, unread) = iam::permissions(graph);
    assert_eq!(unread, []);
    permissions
        .into_iter()
        .filter(|p| p.kind == iam::PolicyKind::Identity)
        .map(|p| format!("{} {} {}", p.holder, p.action, p.resource))
        .collect()
}

fn at<'g>(graph: &'g Graph, address: &str) -> &'g slgen::graph::Resource {
    let address: Address = address.parse().unwrap();
    let found = graph.resources.get(&address);
    found.unwrap_or_else(|| panic!("{address} is not read"))
}

#[test]
fn inline_documents_are_read() {
    let graph = read("inline");
    assert_eq!(graph.not_read, []);
    assert_eq!(
        allowed(&graph),
        [
            "aws_iam_role.lambda logs:CreateLogStream <aws_cloudwatch_log_group.lambda.arn>:*",
            "aws_iam_role.lambda logs:PutLogEvents <aws_cloudwatch_log_group.lambda.arn>:*",
            "aws_iam_role.lambda s3:GetObject arn:aws:s3:::acme-uploads-prod/*",
            "aws_iam_role.lambda s3:PutObject arn:aws:s3:::acme-uploads-prod/*",
        ]
    );
}

#[test]
fn data_sources_are_evaluated() {
    let graph = read("data-source");
    assert_eq!(graph.not_read, []);
    let queue = "arn:aws:sqs:us-east-1:123456789012";
    let mut wanted = vec![
        "aws_iam_role.worker dynamodb:GetItem arn:aws:dynamodb:us-east-1:123456789012:table/orders".to_owned(),
        "aws_iam_role.worker dynamodb:PutItem arn:aws:dynamodb:us-east-1:123456789012:table/orders".to_owned(),
        "aws_iam_role.worker logs:CreateLogStream arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/worker:*".to_owned(),
        "aws_iam_role.worker logs:PutLogEvents arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/worker:*".to_owned(),
    ];
    for action in ["DeleteMessage", "GetQueueAttributes", "ReceiveMessage"] {
        for name in ["jobs", "retries"] {
            wanted.push(format!("aws_iam_role.worker sqs:{action} {queue}:{name}"));
        }
    }
    assert_eq!(allowed(&graph), wanted);
    let policy = at(&graph, "aws_sqs_queue_policy.this[\"jobs\"]");
    let document = policy.get("policy").unwrap().json().unwrap();
    let statement = document.get("Statement").unwrap().sole().source();
    assert_eq!(
        statement,
        format!(
            "{{\"Action\" = \"sqs:*\", \"Condition\" = {{\"Bool\" = {{\"aws:SecureTransport\" = \"false\"}}}}, \"Effect\" = \"Deny\", \"Principal\" = \"*\", \"Resource\" = \"{queue}:jobs\"}}"
        )
    );
}

#[test]
fn local_modules_are_followed_and_remote_ones_named() {
    let graph = read("module");
    let not_read: Vec<_> = graph.not_read.iter().map(|n| n.what.as_str()).collect();
    assert_eq!(not_read, ["module.vpc"]);
    let location = graph.not_read[0].location.as_ref().unwrap();
    assert_eq!((location.file.as_str(), location.line), ("main.tf", 34));
    let report = "module.function[\"report\"]";
    assert_eq!(
        allowed(&graph),
        [
            "aws_iam_role.schedule lambda:InvokeFunction <module.function[\"ingest\"].aws_lambda_function.this.arn>".to_owned(),
            format!(
                "aws_iam_role.schedule lambda:InvokeFunction <{report}.aws_lambda_function.this.arn>"
            ),
            "module.function[\"ingest\"].aws_iam_role.this s3:GetObject arn:aws:s3:::acme-landing/*".to_owned(),
            format!(
                "{report}.aws_iam_role.this dynamodb:GetItem arn:aws:dynamodb:eu-west-1:123456789012:table/reports"
            ),
            format!(
                "{report}.aws_iam_role.this dynamodb:Query arn:aws:dynamodb:eu-west-1:123456789012:table/reports"
            ),
            format!("{report}.aws_iam_role.this s3:PutObject arn:aws:s3:::acme-reports/*"),
        ]
    );
    let function = at(
        &graph,
        "module.function[\"report\"].aws_lambda_function.this",
    );
    assert_eq!(function.get("timeout").unwrap().as_u64(), Some(120));
    assert_eq!(
        function.location.as_ref().unwrap().file,
        "modules/function/main.tf"
    );
    let url = at(&graph, "aws_lambda_function_url.report");
    assert_eq!(
        url.get("function_name").unwrap().as_str(),
        Some("acme-report")
    );
    assert_eq!(
        graph.outputs["subnets"],
        Value::symbol("module.vpc.private_subnets")
    );
    let trust = at(&graph, "aws_iam_role.schedule")
        .get("assume_role_policy")
        .unwrap();
    assert!(
        trust
            .json()
            .unwrap()
            .source()
            .contains("scheduler.amazonaws.com")
    );
}

#[test]
fn what_cannot_be_read_is_listed_and_never_dropped() {
    let graph = text(
        "resource \"aws_sqs_queue\" \"q\" {\n  name = invented(\"x\")\n  brand_new = 1\n  policy = jsonencode({ A = missing.thing.x, B = 2 })\n  strange {\n    a = 1\n  }\n}\nsurprise \"x\" {}\nresource \"aws_sns_topic\" \"t\" {\n  for_each = [\"a\"]\n  name = each.key\n}\n",
    );
    let queue = at(&graph, "aws_sqs_queue.q");
    assert!(!queue.get("name").unwrap().is_known());
    assert_eq!(queue.get("brand_new").unwrap().as_u64(), Some(1));
    assert_eq!(queue.get("strange.a").unwrap().as_u64(), Some(1));
    let policy = queue.get("policy").unwrap().json().unwrap();
    assert_eq!(policy.get("B").unwrap().as_u64(), Some(2));
    assert!(matches!(policy.get("A").unwrap().kind, Kind::Symbol(_)));
    assert_eq!(graph.unexpanded.len(), 1);
    let lines: Vec<_> = graph
        .not_read
        .iter()
        .map(|n| n.location.as_ref().unwrap().line)
        .collect();
    assert_eq!(graph.not_read.len(), 4, "{:?}", graph.not_read);
    for line in [2, 4, 9, 11] {
        assert!(lines.contains(&line), "{line}: {lines:?}");
    }
    // A file with a fault is named, and the others are read.
    let files = BTreeMap::from([
        ("a.tf".into(), "resource {".to_owned()),
        (
            "b.tf".into(),
            "resource \"aws_sns_topic\" \"t\" {\n  name = \"t\"\n}\n".to_owned(),
        ),
        ("c.tf.json".into(), "{".to_owned()),
    ]);
    let graph = hcl::read_foreign(&files, Utf8Path::new(""), &[]);
    assert_eq!(graph.resources.len(), 1);
    let named: Vec<_> = graph.not_read.iter().map(|n| n.what.as_str()).collect();
    assert_eq!(named, ["a.tf", "c.tf.json"]);
}

#[test]
fn modules_that_contain_themselves_end() {
    let files = BTreeMap::from([
        (
            "main.tf".into(),
            "module \"a\" {\n  source = \"./a\"\n}\n".to_owned(),
        ),
        (
            "a/main.tf".into(),
            "module \"b\" {\n  source = \"../b\"\n}\n".to_owned(),
        ),
        (
            "b/main.tf".into(),
            "module \"a\" {\n  source = \"../a\"\n}\nmodule \"c\" {\n  source = \"../../c\"\n}\n"
                .to_owned(),
        ),
    ]);
    let graph = hcl::read_foreign(&files, Utf8Path::new(""), &[]);
    let notes: Vec<_> = graph
        .not_read
        .iter()
        .map(|n| (n.what.as_str(), n.why.as_str()))
        .collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert_eq!(
        notes[0],
        ("module.a.module.b.module.a", "it contains itself")
    );
    assert_eq!(notes[1].0, "module.a.module.b.module.c");
}

#[test]
fn generated_code_stays_strict() {
    let files = BTreeMap::from([(
        "main.tf".into(),
        "module \"a\" {\n  source = \"./a\"\n}\n".to_owned(),
    )]);
    let errors = hcl::read(&files, &[]).unwrap_err();
    assert_eq!(errors[0].message, "module blocks are not read");
}

#[test]
fn documents_merge_as_the_provider_merges_them() {
    let graph = text(
        "data \"aws_iam_policy_document\" \"d\" {\n  policy_id = \"p\"\n  source_policy_documents = [var.other, jsonencode({ Statement = { Sid = \"A\", Effect = \"Allow\", Action = \"s3:*\" } })]\n  override_policy_documents = [jsonencode({ Version = \"2012-10-17\", Statement = [{ Sid = \"B\", Effect = \"Deny\", Action = \"b:B\" }] })]\n  statement {\n    sid = \"A\"\n    actions = [\"a:A\", \"a:B\"]\n    resources = [\"arn:aws:s3:::x/&{aws:username}\"]\n  }\n  statement {\n    sid = \"B\"\n    actions = [\"b:A\"]\n    not_resources = [\"*\"]\n    not_principals {\n      type = \"AWS\"\n      identifiers = [\"*\"]\n    }\n  }\n}\nvariable \"other\" {}\n",
    );
    assert_eq!(graph.not_read, []);
    let json = at(&graph, "data.aws_iam_policy_document.d")
        .get("json")
        .unwrap()
        .json()
        .unwrap();
    let statements = json.get("Statement").unwrap().elements().unwrap();
    let sources: Vec<_> = statements.iter().map(Value::source).collect();
    assert_eq!(
        sources,
        [
            "jsondecode(var.other)",
            "{\"Action\" = [\"a:B\", \"a:A\"], \"Effect\" = \"Allow\", \"Resource\" = \"arn:aws:s3:::x/$${aws:username}\", \"Sid\" = \"A\"}",
            "{\"Action\" = \"b:B\", \"Effect\" = \"Deny\", \"Sid\" = \"B\"}",
        ]
    );
    assert_eq!(json.get("Id").unwrap().as_str(), Some("p"));
}

#[test]
fn functions_of_policies_are_evaluated() {
    for (expression, wanted) in [
        ("element([\"a\", \"b\"], 3)", "\"b\""),
        (
            "formatlist(\"%s:%s\", \"s3\", [\"Get\", \"Put\"])",
            "[\"s3:Get\", \"s3:Put\"]",
        ),
        ("formatlist(\"%s/*\", [var.u])", "[\"${var.u}/*\"]"),
        ("formatlist(\"%s\", var.u)", "formatlist(\"%s\", var.u)"),
        ("zipmap([\"a\"], [1])", "{\"a\" = 1}"),
        ("compact([\"\", \"a\", null])", "[\"a\"]"),
        ("compact([var.u])", "compact([var.u])"),
        ("slice([1, 2, 3], 1, 2)", "[2]"),
        ("index([\"a\", \"b\"], \"b\")", "1"),
        ("range(3)", "[0, 1, 2]"),
        ("reverse([1, 2])", "[2, 1]"),
        ("setunion([\"b\"], [\"a\", \"b\"])", "toset([\"a\", \"b\"])"),
        ("setsubtract([\"b\", \"a\"], [\"b\"])", "toset([\"a\"])"),
        ("setintersection([\"b\", \"a\"], [\"b\"])", "toset([\"b\"])"),
        ("one([])", "null"),
        ("one([\"a\"])", "\"a\""),
        ("coalescelist([], [1])", "[1]"),
        ("alltrue([true, var.u])", "alltrue([true, var.u])"),
        ("alltrue([false, var.u])", "false"),
        ("anytrue([])", "false"),
        ("sum([1, 2])", "3"),
        ("trim(\"--a-\", \"-\")", "\"a\""),
        ("chomp(\"a\\n\")", "\"a\""),
        ("basename(\"a/b.zip\")", "\"b.zip\""),
        ("base64decode(\"aGVsbG8=\")", "\"hello\""),
        ("try(local.missing, \"x\")", "\"x\""),
        ("can(local.missing)", "false"),
    ] {
        let graph = text(&format!(
            "variable \"u\" {{}}\noutput \"o\" {{\n  value = {expression}\n}}\n"
        ));
        assert_eq!(graph.outputs["o"].source(), wanted, "{expression}");
        assert_eq!(graph.not_read, [], "{expression}");
    }
}
