use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::graph::hcl;
use crate::iam::Conditions;

const STACK: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}
resource "aws_iam_role" "front" {
  name = "front"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}
resource "aws_iam_role" "back" {
  name = "back"
  permissions_boundary = "arn:aws:iam::111111111111:policy/b"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}
resource "aws_iam_role" "timer" {
  name = "timer"
  path = "/x/"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = ["scheduler.amazonaws.com", "states.amazonaws.com"] } }] })
}
resource "aws_iam_role" "shared" {
  name = "shared"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::111111111111:root" } }] })
}
resource "aws_lambda_function" "front" {
  function_name = "front"
  role          = aws_iam_role.front.arn
}
resource "aws_lambda_function" "back" {
  function_name = "back"
  role          = aws_iam_role.back.arn
}
resource "aws_lambda_alias" "back" {
  name             = "live"
  function_name    = aws_lambda_function.back.function_name
  function_version = "1"
}
resource "aws_dynamodb_table" "orders" {
  name     = "orders"
  hash_key = "id"
}
resource "aws_sqs_queue" "jobs" { name = "jobs" }
resource "aws_sns_topic" "news" { name = "news" }
resource "aws_sns_topic_subscription" "news" {
  topic_arn = aws_sns_topic.news.arn
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:eu-west-1:111111111111:jobs"
}
resource "aws_lambda_event_source_mapping" "back" {
  event_source_arn = "arn:aws:sqs:eu-west-1:111111111111:jobs"
  function_name    = aws_lambda_alias.back.arn
}
resource "aws_cloudwatch_event_target" "back" {
  rule           = "r"
  event_bus_name = "shop"
  arn            = aws_lambda_alias.back.arn
}
resource "aws_kms_key" "stack" {}
"#;

fn graph() -> Graph {
    hcl::read(&BTreeMap::from([("main.tf".into(), STACK.to_owned())]), &[]).unwrap()
}

fn line(holder: &str, action: &str, resource: &str) -> Permission {
    Permission {
        holder: format!("aws_iam_role.{holder}"),
        kind: PolicyKind::Identity,
        effect: Effect::Allow,
        principal: None,
        action: action.to_owned(),
        resource: resource.to_owned(),
        conditions: Conditions::new(),
    }
}

fn when(mut line: Permission, operator: &str, key: &str, value: &str) -> Permission {
    let keys = line.conditions.entry(operator.to_owned()).or_default();
    keys.insert(key.to_owned(), BTreeSet::from([value.to_owned()]));
    line
}

fn denied(mut line: Permission) -> Permission {
    line.effect = Effect::Deny;
    line
}

fn of(lines: impl IntoIterator<Item = Permission>) -> Blast {
    let graph = graph();
    let (mut permissions, unread) = crate::iam::permissions(&graph);
    assert_eq!(unread, []);
    permissions.extend(lines);
    blast(&graph, &permissions, "aws_lambda_function.front").unwrap()
}

/// `chain: access target`, one for each.
fn texts(reaches: &[Reached]) -> Vec<String> {
    reaches
        .iter()
        .map(|r| {
            let chain: Vec<&str> = r.chain.iter().map(Step::subject).collect();
            let target = r.target.as_deref().unwrap_or(&r.resource);
            format!("{}: {} {target}", chain.join(">"), r.access)
        })
        .collect()
}

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111111111111:table/orders";

#[test]
fn its_own_role_comes_first() {
    let found = of([
        line("front", "dynamodb:GetItem", TABLE),
        line("front", "dynamodb:Query", &format!("{TABLE}/index/x")),
        line("front", "kms:Decrypt", "<aws_kms_key.stack.arn>"),
        line("front", "s3:GetObject", "arn:aws:s3:::elsewhere/*"),
        line("back", "dynamodb:DeleteItem", TABLE),
    ]);
    assert_eq!(
        texts(&found.reaches),
        [
            ": read arn:aws:s3:::elsewhere/*",
            ": read aws_dynamodb_table.orders",
            ": read aws_dynamodb_table.orders",
            ": use aws_kms_key.stack",
        ]
    );
    assert_eq!((found.influences, found.bounded), (vec![], BTreeSet::new()));
}

#[test]
fn invocations_lead_on() {
    let back = "arn:aws:lambda:eu-west-1:111111111111:function:back";
    for resource in [format!("{back}:live"), back.to_owned(), "*".to_owned()] {
        let found = of([
            line("front", "lambda:InvokeFunction", &resource),
            line("back", "dynamodb:DeleteItem", TABLE),
        ]);
        let deletes = "aws_lambda_function.back: delete aws_dynamodb_table.orders".to_owned();
        assert!(texts(&found.reaches).contains(&deletes), "{resource}");
        assert_eq!(
            found.bounded,
            BTreeSet::from(["aws_iam_role.back".to_owned()])
        );
    }
    let other = of([
        line("front", "lambda:InvokeFunction", &format!("{back}-other")),
        line("front", "lambda:GetFunction", back),
        line("back", "dynamodb:DeleteItem", TABLE),
    ]);
    assert!(
        other.reaches.iter().all(|r| r.chain.is_empty()),
        "{other:?}"
    );
    // New code acts as the function does.
    let changed = of([
        line("front", "lambda:UpdateFunctionCode", back),
        line("back", "dynamodb:DeleteItem", TABLE),
    ]);
    let function = "aws_lambda_function.back".to_owned();
    assert!(changed.reaches.iter().any(|r| r.chain
        == [Step::Changes {
            function: function.clone()
        }]));
}

#[test]
fn roles_are_taken_on_where_both_sides_allow_it() {
    let shared = "arn:aws:iam::111111111111:role/shared";
    let used = line("shared", "dynamodb:PutItem", TABLE);
    let found = of([line("front", "sts:AssumeRole", shared), used.clone()]);
    assert!(
        texts(&found.reaches)
            .contains(&"aws_iam_role.shared: write aws_dynamodb_table.orders".to_owned())
    );
    // The account is trusted, but nothing lets the function ask; and a service's role trusts no role.
    assert!(of([used]).reaches.is_empty());
    let timer = of([
        line("front", "sts:AssumeRole", "*"),
        line("timer", "dynamodb:PutItem", TABLE),
    ]);
    assert!(!timer.reaches.iter().any(|r| r.class == Class::Data));
}

#[test]
fn passed_roles_say_to_whom_and_whether_that_is_enough() {
    let timer = "arn:aws:iam::111111111111:role/x/timer";
    let may = line("timer", "dynamodb:PutItem", TABLE);
    let step = |lines: Vec<Permission>| {
        let found = of(lines.into_iter().chain([may.clone()]));
        let mut chains = found.reaches.into_iter().map(|r| r.chain);
        chains.find_map(|chain| chain.into_iter().next())
    };
    let passes = |to: &[&str], usable| {
        Some(Step::Passes {
            role: "aws_iam_role.timer".to_owned(),
            to: to.iter().map(|&s| s.to_owned()).collect(),
            usable,
        })
    };
    let (scheduler, states) = ("scheduler.amazonaws.com", "states.amazonaws.com");
    let pass = line("front", "iam:PassRole", timer);
    let to = |service| when(pass.clone(), "StringEquals", "iam:PassedToService", service);
    let create = line("front", "scheduler:CreateSchedule", "*");
    assert_eq!(
        step(vec![pass.clone()]),
        passes(&[scheduler, states], false)
    );
    assert_eq!(step(vec![to(scheduler)]), passes(&[scheduler], false));
    assert_eq!(
        step(vec![to(scheduler), create.clone()]),
        passes(&[scheduler], true)
    );
    assert_eq!(step(vec![to(states), create]), passes(&[states], false));
    // Lambda may not assume it.
    assert_eq!(step(vec![to("lambda.amazonaws.com")]), None);
}

#[test]
fn what_is_surely_denied_is_left_out() {
    let attach = line("front", "ec2:DeleteNetworkInterface", "*");
    let deny = |function: &str| {
        let arn = format!("arn:aws:lambda:eu-west-1:111111111111:function:{function}");
        when(
            denied(attach.clone()),
            "ArnEquals",
            "lambda:SourceFunctionArn",
            &arn,
        )
    };
    assert_eq!(of([attach.clone()]).reaches.len(), 1);
    assert_eq!(of([attach.clone(), deny("front")]).reaches, []);
    assert_eq!(of([attach.clone(), deny("back")]).reaches.len(), 1);
    assert_eq!(
        of([attach.clone(), denied(line("front", "ec2:*", "*"))]).reaches,
        []
    );
}

#[test]
fn writing_influences_who_reads() {
    let via = |action: &str, resource: &str| -> Vec<Vec<String>> {
        let found = of([
            line("front", action, resource),
            line("back", "dynamodb:PutItem", TABLE),
        ]);
        for influence in &found.influences {
            assert_eq!(influence.function, "aws_lambda_function.back");
            assert_eq!(
                texts(&influence.reaches),
                [": write aws_dynamodb_table.orders"]
            );
        }
        found.influences.into_iter().map(|i| i.via).collect()
    };
    let (jobs, news) = ("aws_sqs_queue.jobs", "aws_sns_topic.news");
    let queue = "arn:aws:sqs:eu-west-1:111111111111:jobs";
    assert_eq!(via("sqs:SendMessage", queue), [[jobs]]);
    assert_eq!(via("sqs:ReceiveMessage", queue), [[""; 0]; 0]);
    assert_eq!(
        via("sns:Publish", "arn:aws:sns:eu-west-1:111111111111:news"),
        [[news, jobs]]
    );
    let bus = "arn:aws:events:eu-west-1:111111111111:event-bus/shop";
    assert_eq!(via("events:PutEvents", bus).len(), 1);
    assert_eq!(
        via("events:PutEvents", &bus.replace("shop", "default")),
        [[""; 0]; 0]
    );
    assert_eq!(via("events:DescribeEventBus", bus), [[""; 0]; 0]);
}

#[test]
fn a_resource_may_let_a_role_in_by_itself() {
    let named = Permission {
        holder: "aws_dynamodb_table.orders".to_owned(),
        kind: PolicyKind::Resource,
        principal: Some("AWS:<aws_iam_role.front.arn>".to_owned()),
        ..line("front", "dynamodb:Scan", "*")
    };
    let found = of([named.clone()]);
    assert_eq!(texts(&found.reaches), [": read aws_dynamodb_table.orders"]);
    let other = Permission {
        principal: Some("AWS:<aws_iam_role.back.arn>".to_owned()),
        ..named
    };
    assert!(of([other]).reaches.is_empty());
}

/// What could be done, however it is got at.
fn could(blast: &Blast) -> BTreeSet<(Access, Option<String>, String, String)> {
    let reaches = blast.reaches.iter();
    reaches
        .map(|r| {
            (
                r.access,
                r.target.clone(),
                r.resource.clone(),
                r.action.clone(),
            )
        })
        .collect()
}

fn lines() -> impl Strategy<Value = Permission> {
    let holder = prop::sample::select(vec!["front", "back", "timer", "shared"]);
    let action = prop::sample::select(vec![
        "dynamodb:GetItem",
        "dynamodb:*",
        "sqs:SendMessage",
        "sns:Publish",
        "lambda:InvokeFunction",
        "lambda:UpdateFunctionCode",
        "sts:AssumeRole",
        "iam:PassRole",
        "iam:*",
        "*",
    ]);
    let resource = prop::sample::select(vec![
        "*",
        TABLE,
        "arn:aws:sqs:eu-west-1:111111111111:jobs",
        "arn:aws:sns:*:*:n*",
        "arn:aws:lambda:eu-west-1:111111111111:function:back:live",
        "arn:aws:iam::111111111111:role/*",
        "<aws_iam_role.shared.arn>",
    ]);
    (holder, action, resource).prop_map(|(holder, action, resource)| line(holder, action, resource))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn another_line_never_takes_anything_away(
        some in prop::collection::vec(lines(), 0..6),
        deny in prop::collection::vec(lines(), 0..2),
        more in lines(),
    ) {
        let deny: Vec<_> = deny.into_iter().filter(|l| l.action != "*").map(denied).collect();
        let graph = graph();
        let (mut permissions, unread) = crate::iam::permissions(&graph);
        assert_eq!(unread, []);
        permissions.extend(some.into_iter().chain(deny));
        let before = blast(&graph, &permissions, "aws_lambda_function.front").unwrap();
        permissions.insert(more);
        let after = blast(&graph, &permissions, "aws_lambda_function.front").unwrap();
        prop_assert!(could(&before).is_subset(&could(&after)));
        let influenced = |blast: &Blast| -> BTreeSet<String> {
            blast.influences.iter().map(|i| i.function.clone()).collect()
        };
        prop_assert!(influenced(&before).is_subset(&influenced(&after)));
    }
}
