//! Findings by the facts: each fires, and its near miss does not.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use slgen::catalog::aws::{iam, risk};
use slgen::iam::escalation::escalations;
use slgen::iam::findings::{Finding, Topic, identity, resource, size, unused_services};
use slgen::iam::{Boundary, Document, Grants};

fn document(statements: &Value) -> Document {
    Document::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn grants(statements: &Value) -> Grants {
    Grants::of([document(statements)])
}

fn allow(actions: &[String]) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

fn ids(grants: &Grants) -> BTreeSet<String> {
    escalations(grants)
        .into_iter()
        .map(|open| open.path.id.clone())
        .collect()
}

fn subjects(found: &[Finding], topic: Topic) -> Vec<&str> {
    found
        .iter()
        .filter(|finding| finding.topic == topic)
        .map(|finding| finding.subject.as_str())
        .collect()
}

#[test]
fn each_path_is_found_alone_and_split_and_not_without_a_part() {
    let (mut whole, mut split) = (0, 0);
    for path in risk::privilege_escalation() {
        assert!(
            ids(&grants(&allow(&path.all_of))).contains(&path.id),
            "{}",
            path.id
        );
        whole += 1;
        if let [first, rest @ ..] = path.all_of.as_slice()
            && !rest.is_empty()
        {
            let two = [
                document(&allow(std::slice::from_ref(first))),
                document(&allow(rest)),
            ];
            assert!(
                ids(&Grants::of(two)).contains(&path.id),
                "{} split",
                path.id
            );
            split += 1;
        }
        for action in &path.all_of {
            let deny = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
            let denied = Grants::of([document(&allow(&path.all_of)), document(&deny)]);
            assert!(
                !ids(&denied).contains(&path.id),
                "{} without {action}",
                path.id
            );
        }
    }
    assert_eq!((whole, split), (76, 54));
}

#[test]
fn a_boundary_closes_a_path_and_a_wildcard_opens_it() {
    let path = "CreateAccessKey".to_owned();
    let wild = grants(&json!({"Effect": "Allow", "Action": "iam:Create*", "Resource": "*"}));
    assert!(ids(&wild).contains(&path));
    let not = grants(&json!({"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"}));
    assert_eq!(ids(&not).len(), 76);
    let bounded = Grants {
        boundary: Boundary::Document(document(
            &json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),
        )),
        ..wild
    };
    assert_eq!(ids(&bounded), BTreeSet::new());
}

#[test]
fn an_ordinary_function_role_gives_no_finding() {
    let role = json!([
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
         "Resource": "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders:*"},
        {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
         "Resource": ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
                      "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-date"]},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:jobs"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::incoming/in/*"},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
         "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:erp-??????"},
        {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "<aws_kms_key.stack.arn>",
         "Condition": {"StringEquals": {"kms:ViaService": "dynamodb.eu-west-1.amazonaws.com"}}},
    ]);
    assert_eq!(identity(&grants(&role)), []);
}

#[test]
fn credentials_and_bulk_reading() {
    let found = identity(&grants(&json!([
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/x"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"},
        {"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/*"},
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:eu-west-1:111122223333:parameter/orders/*"},
    ])));
    assert_eq!(
        subjects(&found, Topic::CredentialsExposure),
        ["sts:AssumeRole"]
    );
    assert_eq!(
        subjects(&found, Topic::DataExfiltration),
        ["dynamodb:Scan", "s3:GetObject"]
    );
    let denied = identity(&grants(&json!([
        {"Effect": "Allow", "Action": ["s3:GetObject", "sts:AssumeRole"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::data/*"},
        {"Effect": "Deny", "Action": "sts:*", "Resource": "*"},
    ])));
    assert_eq!(denied, []);
}

#[test]
fn what_grants_nothing_or_does_not_exist() {
    let found = identity(&grants(&json!([
        {"Effect": "Allow", "Action": ["dynamodb:ListTables", "dynamodb:GetItem"],
         "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},
        {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "s3:GetObjct", "s3:Gett*", "nosuch:Do"], "Resource": "*"},
        {"Effect": "Deny", "Action": "xray:PutTraceSegments", "Resource": "arn:aws:xray:::x"},
    ])));
    assert_eq!(
        subjects(&found, Topic::UnscopableAction),
        ["dynamodb:ListTables"]
    );
    assert_eq!(
        subjects(&found, Topic::UnknownAction),
        ["nosuch:Do", "s3:GetObjct", "s3:Gett*"]
    );
    let typo = found.iter().find(|f| f.subject == "s3:GetObjct").unwrap();
    assert!(
        typo.message.contains("did you mean s3:GetObject?"),
        "{}",
        typo.message
    );
    assert!(typo.message.contains(iam::vintage()));
}

#[test]
fn deputies_need_a_source_of_ours() {
    let policy = |service: &str, action: &str, condition: Value| {
        grants(
            &json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": action,
            "Resource": "*", "Condition": condition}),
        )
    };
    let sns = "sns.amazonaws.com";
    let confused = |grants: &Grants| !subjects(&resource(grants), Topic::ConfusedDeputy).is_empty();
    for (condition, expected) in [
        (json!({}), true),
        (
            json!({"StringEquals": {"aws:SourceAccount": "111122223333"}}),
            false,
        ),
        (
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:t"}}),
            false,
        ),
        (
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}),
            false,
        ),
        (json!({"StringEquals": {"aws:SourceOrgID": "o-1"}}), false),
        (json!({"ArnLike": {"aws:SourceArn": "*"}}), true),
        (json!({"StringLike": {"aws:SourceAccount": "*"}}), true),
        (
            json!({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}),
            true,
        ),
        (
            json!({"StringNotEquals": {"aws:SourceAccount": "444455556666"}}),
            true,
        ),
        (
            json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
            true,
        ),
    ] {
        assert_eq!(
            confused(&policy(sns, "sqs:SendMessage", condition.clone())),
            expected,
            "{condition}"
        );
    }
    assert!(!confused(&policy(
        "lambda.amazonaws.com",
        "sts:AssumeRole",
        json!({})
    )));
    assert!(confused(&policy(
        "lambda.amazonaws.com",
        "sqs:SendMessage",
        json!({})
    )));
    assert!(confused(&policy(
        "scheduler.amazonaws.com",
        "sts:AssumeRole",
        json!({})
    )));
    // A Deny elsewhere in the policies closes it too.
    let mut closed = policy(sns, "sqs:SendMessage", json!({}));
    closed.policies.push(document(
        &json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}}),
    ));
    assert!(!confused(&closed));
    let account = grants(
        &json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:*", "Resource": "*"}),
    );
    assert!(!confused(&account));
}

#[test]
fn services_that_nothing_uses() {
    let role = grants(&json!([
        {"Effect": "Allow", "Action": ["S3:GetObject", "sqs:SendMessage"], "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]));
    let used = BTreeSet::from(["s3".to_owned()]);
    assert_eq!(
        subjects(&unused_services(&role, &used), Topic::UnusedService),
        ["sqs"]
    );
}

#[test]
fn sizes_against_quotas() {
    let of = |count: usize| {
        let list: Vec<String> = (0..count)
            .map(|i| format!("arn:aws:s3:::bucket-{i:04}/*"))
            .collect();
        document(&json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": list}))
    };
    let id = "managed_policy_characters";
    assert_eq!(size(&of(10), id), None);
    assert!(!size(&of(190), id).unwrap().certain);
    let over = size(&of(300), id).unwrap();
    assert!(
        over.certain && over.message.contains("of 6144 characters, too many"),
        "{}",
        over.message
    );
}
