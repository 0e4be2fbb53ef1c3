//! Rewrites of the generated Terraform that mean the same: no finding at all.

use std::path::Path;

use slgen::diff::{Direction, Finding};
use slgen::guardrail::ReadBack;

use super::{Files, between};

const QUEUE: &str = "queue_jobs.tf";
const FUNCTION: &str = "fn_create_order.tf";

/// The generated tree of the orders example.
fn orders() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/orders/infra/orders");
    let mut files = Files::new();
    for folder in ["", "environments"] {
        for entry in std::fs::read_dir(root.join(folder))
            .unwrap()
            .map(Result::unwrap)
        {
            if entry.file_type().unwrap().is_file() {
                let name = entry.file_name().into_string().unwrap();
                let path = if folder.is_empty() {
                    name
                } else {
                    format!("{folder}/{name}")
                };
                files.insert(path.into(), std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    files
}

/// Findings in the dev environment after replacing text in a file.
fn after(rewrites: &[(&str, &str, &str)]) -> Vec<Finding> {
    let before = orders();
    let mut files = before.clone();
    for (file, from, to) in rewrites {
        let text = files.entry((*file).into()).or_default();
        assert!(text.contains(from), "{file} has no {from:?}");
        *text = if from.is_empty() {
            format!("{text}{to}")
        } else {
            text.replace(from, to)
        };
    }
    let graph = |files: &Files| ReadBack::graph(files, "dev").unwrap();
    between(&graph(&before), &graph(&files))
}

/// File, text, text in its place.
type Edit<'a> = (&'a str, &'a str, &'a str);

#[test]
fn rewrites_that_mean_the_same() {
    let table = "arn:${local.partition}:dynamodb:${var.region}:${var.account_id}:table/${local.name}-orders-table";
    let quoted = format!("\"{table}\"");
    let split = format!(
        "Action = [\n          \"dynamodb:GetItem\",\n        ]\n        Resource = \"{table}\"\n      }},\n      {{\n        Effect = \"Allow\"\n        Action = \"dynamodb:PutItem\"\n        Resource = \"{table}\"\n      }},\n"
    );
    let whole = format!(
        "Action = [\n          \"dynamodb:GetItem\",\n          \"dynamodb:PutItem\",\n        ]\n        Resource = \"{table}\"\n      }},\n"
    );
    let more = format!(
        "{whole}      {{\n        Effect = \"Allow\"\n        Action = \"dynamodb:GetItem\"\n        Resource = \"{table}\"\n      }},\n"
    );
    let second = format!(
        "\nresource \"aws_iam_role_policy\" \"again\" {{\n  name = \"again\"\n  role = aws_iam_role.create_order.name\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"dynamodb:GetItem\", Resource = \"{table}\" }}] }})\n}}\n"
    );
    let heredoc = "policy = <<-EOT\n    {\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Deny\", \"Principal\": {\"AWS\": [\"*\"]}, \"Action\": [\"SQS:*\"], \"Resource\": \"arn:aws:sqs:${var.region}:${var.account_id}:${local.name}-jobs\", \"Condition\": {\"Bool\": {\"aws:securetransport\": [false]}}}}\n    EOT\n}\n\nresource \"aws_sqs_queue_redrive_allow_policy\" \"jobs_dlq\"";
    let queue = orders()[camino::Utf8Path::new(QUEUE)].clone();
    let from = queue.find("  policy = jsonencode").unwrap();
    let to = queue
        .find("resource \"aws_sqs_queue_redrive_allow_policy\" \"jobs_dlq\"")
        .unwrap();
    let policy =
        &queue[from..to + "resource \"aws_sqs_queue_redrive_allow_policy\" \"jobs_dlq\"".len()];
    let rewrites: Vec<(&str, Vec<Edit<'_>>)> = vec![
        (
            "actions in another order",
            vec![(
                FUNCTION,
                "\"dynamodb:GetItem\",\n          \"dynamodb:PutItem\",",
                "\"dynamodb:PutItem\",\n          \"dynamodb:GetItem\",",
            )],
        ),
        (
            "actions in another case",
            vec![(FUNCTION, "dynamodb:GetItem", "DynamoDB:getitem")],
        ),
        (
            "one action as a list",
            vec![(FUNCTION, "= \"dynamodb:Query\"", "= [\"dynamodb:Query\"]")],
        ),
        ("a statement split in two", vec![(FUNCTION, &whole, &split)]),
        ("a statement said twice", vec![(FUNCTION, &whole, &more)]),
        ("a policy that adds nothing", vec![(FUNCTION, "", &second)]),
        (
            "another Sid",
            vec![(FUNCTION, "\"OrdersTable\"", "\"Tables\"")],
        ),
        (
            "a heredoc instead of jsonencode",
            vec![(QUEUE, policy, heredoc)],
        ),
        (
            "everyone by another name",
            vec![(QUEUE, "Principal = \"*\"", "Principal = { AWS = \"*\" }")],
        ),
        (
            "a literal for a reference",
            vec![(
                FUNCTION,
                "role = aws_iam_role.create_order.name",
                "role = \"orders-dev-create-order\"",
            )],
        ),
        (
            "an ARN for a reference",
            vec![(
                FUNCTION,
                "= aws_iam_role.create_order.arn",
                "= \"arn:aws:iam::111111111111:role/orders-dev-create-order\"",
            )],
        ),
        (
            "a reference for an ARN",
            vec![(FUNCTION, &quoted, "aws_dynamodb_table.orders_table.arn")],
        ),
        (
            "comments and blank lines",
            vec![(QUEUE, "resource ", "\n\n# a queue\nresource ")],
        ),
        (
            "a default written down",
            vec![(
                QUEUE,
                "message_retention_seconds         = 345600",
                "message_retention_seconds = 345600\n  delay_seconds = 0\n  max_message_size = 262144",
            )],
        ),
        (
            "a default left out",
            vec![(QUEUE, "  message_retention_seconds         = 345600\n", "")],
        ),
        (
            "an empty list written down",
            vec![(
                FUNCTION,
                "publish                        = true",
                "publish = true\n  layers = []",
            )],
        ),
        (
            "null written down",
            vec![(
                FUNCTION,
                "publish                        = true",
                "publish = true\n  code_signing_config_arn = null",
            )],
        ),
        (
            "a local for a value",
            vec![
                (QUEUE, "345600", "local.days"),
                (
                    "locals.tf",
                    "locals {",
                    "locals {\n  days = 4 * 24 * 3600\n",
                ),
            ],
        ),
        (
            "a number as text",
            vec![(QUEUE, "= 345600", "= \"345600\"")],
        ),
        (
            "a document with its keys in another order",
            vec![(
                QUEUE,
                "    deadLetterTargetArn = \"arn:${local.partition}:sqs:${var.region}:${var.account_id}:${local.name}-jobs-dlq\"\n    maxReceiveCount     = 5",
                "    maxReceiveCount = 5\n    deadLetterTargetArn = \"arn:${local.partition}:sqs:${var.region}:${var.account_id}:${local.name}-jobs-dlq\"",
            )],
        ),
    ];
    assert!(rewrites.len() >= 15);
    let mut found = Vec::new();
    for (name, rewrite) in &rewrites {
        for finding in after(rewrite) {
            found.push(format!(
                "{name}: {} {} {}: {}",
                finding.direction, finding.address, finding.path, finding.meaning
            ));
        }
    }
    println!("{} rewrites, {} findings", rewrites.len(), found.len());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_resource_that_moves_is_followed() {
    let queue = orders()[camino::Utf8Path::new(QUEUE)].clone();
    let moved = queue
        .replace("\"jobs\"", "\"work\"")
        .replace("sqs_queue.jobs.", "sqs_queue.work.");
    let found = after(&[(QUEUE, &queue, &moved)]);
    assert!(!found.is_empty());
    for finding in &found {
        assert_eq!(finding.direction, Direction::Neutral, "{finding:?}");
        assert!(finding.meaning.contains("before"), "{finding:?}");
    }
}
