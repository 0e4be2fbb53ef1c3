//! Tests of the registrations and of what is derived from them.

use super::*;
use crate::catalog::aws::operations;
use proptest::prelude::*;

fn arn(kind_name: &str, action: &str, selector: Option<&str>) -> String {
    match kind(kind_name).unwrap().arn_for(action, selector).unwrap() {
        Target::Arn(form) => form.arn.clone(),
        Target::Any(reason) => format!("* because {reason}"),
    }
}

#[test]
fn the_registrations_agree_with_the_reference() {
    assert_eq!(kinds().len(), 13);
    for kind in kinds() {
        // To log in to a database is an action that no SDK has an operation for.
        let prefix = operations::iam_prefix(&kind.sdk_service);
        assert_eq!(prefix.is_none(), kind.name == "rds_db", "{}", kind.name);
        assert_eq!(
            prefix.unwrap_or(&kind.sdk_service),
            kind.iam_prefix,
            "{}",
            kind.name
        );
        assert!(Regex::new(&kind.name_rule.pattern).is_ok(), "{}", kind.name);
        assert!(
            kind.name_rule
                .forbidden
                .iter()
                .all(|pattern| Regex::new(pattern).is_ok()),
            "{}",
            kind.name
        );
        assert!(
            kind.name_rule
                .source
                .starts_with("https://docs.aws.amazon.com/"),
            "{}",
            kind.name
        );
        assert_eq!(
            kind.via_service.is_some(),
            kind.kms.is_some(),
            "{}",
            kind.name
        );
        for form in &kind.forms {
            let known = iam::actions_of(&kind.iam_prefix)
                .filter_map(|name| iam::action(&format!("{}:{name}", kind.iam_prefix)))
                .flat_map(|action| action.resource_types)
                .find(|known| known.name == form.resource_type)
                .unwrap_or_else(|| {
                    panic!("{} has no resource type {}", kind.name, form.resource_type)
                });
            assert!(
                sample_fits(&form.arn, &known.arn),
                "{} is not of the form {}",
                form.arn,
                known.arn
            );
            let chosen = form.selector.as_ref().map(|name| format!("${{{name}}}"));
            assert!(
                chosen.is_none_or(|placeholder| form.arn.contains(&placeholder)),
                "{}",
                form.arn
            );
        }
        for (action, needed) in kind.kms.iter().flat_map(|kms| &kms.actions) {
            assert_eq!(
                iam::action(action).map(|known| known.name).as_ref(),
                Some(action)
            );
            assert!(
                needed.is_sorted() && needed.iter().all(|kms| iam::action(kms).is_some()),
                "{action}"
            );
        }
    }
}

/// Whether our pattern, filled in, is an ARN of the reference's form.
fn sample_fits(ours: &str, reference: &str) -> bool {
    let mut sample = ours.replace("-??????", "-a1B2c3").replace('*', "x");
    while let Some((before, (_, after))) = sample
        .split_once("${")
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        sample = format!("{before}x{after}");
    }
    let mut pattern = String::from("^");
    for (at, part) in reference.split("${").enumerate() {
        let literal = if at == 0 {
            part
        } else {
            part.split_once('}').unwrap().1
        };
        if at > 0 {
            pattern.push_str("[^:/]+");
        }
        pattern.push_str(&regex_lite::escape(literal));
    }
    pattern.push('$');
    // A function's alias is no resource type of its own in the rows of actions.
    let unqualified = sample.strip_suffix(":x").unwrap_or(&sample);
    matches(&pattern, &sample) || ours.ends_with(":${alias}") && matches(&pattern, unqualified)
}

#[test]
fn the_form_follows_the_action() {
    let table = "arn:${partition}:dynamodb:${region}:${account}:table/${name}";
    assert_eq!(arn("dynamodb_table", "dynamodb:GetItem", None), table);
    assert_eq!(arn("dynamodb_table", "dynamodb:Query", None), table);
    assert_eq!(
        arn("dynamodb_table", "dynamodb:Query", Some("index")),
        format!("{table}/index/${{index}}")
    );
    assert_eq!(
        arn("dynamodb_table", "dynamodb:GetRecords", Some("stream")),
        format!("{table}/stream/${{stream}}")
    );
    assert_eq!(
        arn("s3_bucket", "s3:GetObject", None),
        "arn:${partition}:s3:::${name}/${path}"
    );
    assert_eq!(
        arn("s3_bucket", "s3:ListBucket", None),
        "arn:${partition}:s3:::${name}"
    );
    assert_eq!(
        arn("s3_bucket", "s3:AbortMultipartUpload", None),
        "arn:${partition}:s3:::${name}/${path}"
    );
    assert_eq!(
        arn("secret", "secretsmanager:GetSecretValue", None),
        "arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-??????"
    );
    assert_eq!(
        arn("state_machine", "states:DescribeExecution", None),
        "arn:${partition}:states:${region}:${account}:execution:${name}:*"
    );
    assert!(arn("sqs_queue", "sqs:ListQueues", None).starts_with("* because sqs:ListQueues"));
    assert!(arn("state_machine", "states:SendTaskSuccess", None).starts_with("* because"));
}

#[test]
fn what_has_no_form_says_why() {
    let table = kind("dynamodb_table").unwrap();
    assert_eq!(
        table.arn_for("dynamodb:GetItem", Some("index")),
        Err(ArnError::SelectorUnsupported)
    );
    assert_eq!(
        table.arn_for("dynamodb:GetRecords", None),
        Err(ArnError::NeedsSelector(vec!["stream".to_owned()]))
    );
    assert_eq!(
        table.arn_for("s3:GetObject", None),
        Err(ArnError::OtherService)
    );
    assert_eq!(
        table.arn_for("dynamodb:Frobnicate", None),
        Err(ArnError::UnknownAction)
    );
    assert_eq!(
        table.arn_for("dynamodb:DescribeBackup", None),
        Err(ArnError::OtherResource(vec!["backup".to_owned()]))
    );
}

#[test]
fn names() {
    for (kind_name, good, bad) in [
        ("dynamodb_table", "orders-dev.v1", "ab"),
        ("s3_bucket", "acme-uploads", "Acme"),
        ("s3_bucket", "a.b.c", "a..b"),
        ("s3_bucket", "10.0.0.1a", "10.0.0.1"),
        ("sqs_queue", "jobs.fifo", "jobs.fif"),
        ("sns_topic", "receipts", "receipts!"),
        ("secret", "orders/dev/erp", "orders erp"),
        (
            "kms_key",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
            "alias/orders",
        ),
        ("ssm_parameter", "/orders/dev/key", "/orders//key"),
        ("lambda_function", "orders-dev-create", "orders:live"),
        ("state_machine", "flow", ""),
        ("rds_data_api", "shop-prod", "shop--prod"),
        ("rds_db", "cluster-ABC123", "*"),
    ] {
        let kind = kind(kind_name).unwrap();
        assert_eq!(kind.check_name(good), Ok(()), "{kind_name}");
        assert!(
            kind.check_name(bad).unwrap_err().contains(&kind.title),
            "{kind_name} {bad}"
        );
        assert!(kind.check_name(&"a".repeat(2000)).is_err(), "{kind_name}");
    }
}

#[test]
fn arns_are_read_back() {
    let parts = kind("secret").unwrap();
    for arn in [
        "arn:aws:secretsmanager:eu-west-1:222222222222:secret:orders/db-AbC123",
        "arn:aws:secretsmanager:eu-west-1:222222222222:secret:orders/db",
    ] {
        assert_eq!(parts.parse_arn(arn).unwrap().name, "orders/db");
    }
    let bucket = kind("s3_bucket").unwrap();
    let read = bucket.parse_arn("arn:aws-cn:s3:::acme-uploads").unwrap();
    assert_eq!(
        (
            read.partition.as_str(),
            read.region.as_str(),
            read.name.as_str()
        ),
        ("aws-cn", "", "acme-uploads")
    );
    assert_eq!(bucket.parse_arn("arn:aws:s3:::acme-uploads/key"), None);
    assert_eq!(
        bucket.parse_arn("arn:aws:sqs:eu-west-1:222222222222:jobs"),
        None
    );
    let queue = kind("sqs_queue").unwrap();
    assert_eq!(
        queue
            .parse_arn("arn:aws:sqs:eu-west-1:222222222222:jobs")
            .unwrap()
            .account,
        "222222222222"
    );
    assert_eq!(queue.parse_arn("arn:aws:sqs:eu-west-1:2222:jobs"), None);
    assert_eq!(queue.parse_arn("arn:aws:sqs:*:222222222222:jobs"), None);
    let parameter = kind("ssm_parameter").unwrap();
    let read = parameter
        .parse_arn("arn:aws:ssm:eu-west-1:222222222222:parameter/orders/dev")
        .unwrap();
    assert_eq!(
        (read.name.as_str(), parameter.name_in_arn(&read.name)),
        ("/orders/dev", "orders/dev")
    );
}

proptest! {
    #[test]
    fn a_valid_name_survives_its_arn(name in "[a-z][a-z0-9]{3,20}", index in 0_usize..13) {
        let kind = &kinds()[index];
        let text = kind.arn().replace("${partition}", "aws").replace("${region}", "eu-west-1")
            .replace("${account}", "111111111111").replace("${name}", &name).replace("-??????", "-a1B2c3");
        prop_assert_eq!(kind.parse_arn(&text).map(|parts| parts.name), kind.check_name(&name).ok().map(|()| name));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}", index in 0_usize..13) {
        let kind = &kinds()[index];
        let _ = kind.check_name(&text);
        prop_assert!(kind.parse_arn(&text).is_none());
        prop_assert!(kind.arn_for(&text, None).is_err());
    }
}
