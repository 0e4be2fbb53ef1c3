//! The evaluator, sentence by sentence of the IAM user guide.

use serde_json::{Value, json};
use slgen::iam::evaluate::{Outcome, identity, resource};
use slgen::iam::{Caller, Context, Document, Request};

const BUCKET: &str = "arn:aws:s3:::data/a/b";

fn document(statements: Value) -> Document {
    Document::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn request(action: &str, resource: &str, context: &Value) -> Request {
    let mut request = Request {
        action: action.into(),
        resource: resource.into(),
        ..Request::default()
    };
    for (key, value) in context.as_object().unwrap() {
        match value {
            Value::Array(list) => request
                .context
                .set(key, list.iter().map(|v| v.as_str().unwrap())),
            one => request.context.set(key, [one.as_str().unwrap()]),
        }
    }
    request
}

fn allows(statements: Value, action: &str, resource: &str, context: &Value) -> Outcome {
    identity(
        &[document(statements)],
        None,
        &request(action, resource, context),
    )
}

/// Whether a condition block holds in a context; none when that is undetermined.
fn holds(condition: Value, context: &Value) -> Option<bool> {
    let statements =
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    match allows(statements, "s3:GetObject", BUCKET, context) {
        Outcome::Allowed => Some(true),
        Outcome::ImplicitlyDenied => Some(false),
        Outcome::Undetermined => None,
        Outcome::ExplicitlyDenied => panic!("nothing denies"),
    }
}

#[test]
fn actions_ignore_case_and_resources_do_not() {
    let one = |action: &str, resource: &str| {
        allows(
            json!({"Effect": "Allow", "Action": action, "Resource": resource}),
            "s3:GetObject",
            BUCKET,
            &json!({}),
        )
    };
    for (action, resource, expected) in [
        ("S3:getobject", BUCKET, Outcome::Allowed),
        ("s3:Get*", "arn:aws:s3:::data/*", Outcome::Allowed),
        ("s3:GetObjec?", "*", Outcome::Allowed),
        ("s3:Put*", "*", Outcome::ImplicitlyDenied),
        ("*", "arn:aws:s3:::data/A/b", Outcome::ImplicitlyDenied),
        ("*", "arn:aws:s3:::data/?", Outcome::ImplicitlyDenied),
    ] {
        assert_eq!(one(action, resource), expected, "{action} {resource}");
    }
}

#[test]
fn negated_elements_take_the_rest() {
    let statement = json!({"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "NotResource": "arn:aws:s3:::data/secret/*"});
    for (action, resource, expected) in [
        ("s3:GetObject", BUCKET, Outcome::Allowed),
        ("IAM:ListUsers", "*", Outcome::ImplicitlyDenied),
        (
            "s3:GetObject",
            "arn:aws:s3:::data/secret/1",
            Outcome::ImplicitlyDenied,
        ),
    ] {
        assert_eq!(
            allows(statement.clone(), action, resource, &json!({})),
            expected
        );
    }
}

#[test]
fn a_deny_wins_and_a_boundary_cuts() {
    let wide = document(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
    ]));
    let boundary = document(
        json!([{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}]),
    );
    let policies = [wide];
    let outcome = |action: &str, boundary| {
        identity(&policies, boundary, &request(action, BUCKET, &json!({})))
    };
    assert_eq!(outcome("s3:DeleteObject", None), Outcome::ExplicitlyDenied);
    assert_eq!(outcome("s3:ListBucket", None), Outcome::Allowed);
    assert_eq!(
        outcome("s3:ListBucket", Some(&boundary)),
        Outcome::ImplicitlyDenied
    );
    assert_eq!(outcome("s3:GetObject", Some(&boundary)), Outcome::Allowed);
    assert_eq!(
        outcome("s3:PutObject", Some(&boundary)),
        Outcome::ExplicitlyDenied
    );
    // A boundary grants nothing.
    assert_eq!(
        identity(
            &[],
            Some(&boundary),
            &request("s3:GetObject", BUCKET, &json!({}))
        ),
        Outcome::ImplicitlyDenied
    );
}

#[test]
fn string_operators() {
    for (operator, value, given, expected) in [
        ("StringEquals", json!("a*"), "a*", true),
        ("StringEquals", json!("a*"), "ab", false),
        ("StringEquals", json!(["x", "A"]), "a", false),
        ("StringEqualsIgnoreCase", json!(["x", "A"]), "a", true),
        ("StringNotEqualsIgnoreCase", json!("A"), "a", false),
        ("StringLike", json!("a*c"), "abc", true),
        ("StringLike", json!("a?c"), "ac", false),
        ("StringNotLike", json!(["a*", "b*"]), "bc", false),
        ("StringNotEquals", json!(["a", "b"]), "c", true),
        ("Bool", json!(true), "True", true),
        ("Bool", json!("false"), "true", false),
        ("BinaryEquals", json!("QmluYXJ5"), "QmluYXJ5", true),
        ("BinaryEquals", json!("QmluYXJ5"), "qmluyxj5", false),
    ] {
        assert_eq!(
            holds(
                json!({operator: {"aws:x": value.clone()}}),
                &json!({"AWS:X": given})
            ),
            Some(expected),
            "{operator} {value} {given}"
        );
    }
}

#[test]
fn typed_operators() {
    for (operator, value, given, expected) in [
        ("NumericEquals", json!(10), "10.0", true),
        ("NumericNotEquals", json!("10"), "11", true),
        ("NumericLessThan", json!("10"), "9.999", true),
        ("NumericLessThan", json!("10"), "10", false),
        ("NumericLessThanEquals", json!("10"), "10", true),
        ("NumericGreaterThan", json!("-1"), "0", true),
        ("NumericGreaterThanEquals", json!("1"), "0", false),
        ("NumericLessThan", json!("10"), "many", false),
        ("NumericNotEquals", json!("10"), "many", true),
        (
            "DateLessThan",
            json!("2026-01-01T00:00:00Z"),
            "2025-12-31T23:59:59Z",
            true,
        ),
        (
            "DateLessThan",
            json!("2026-01-01T00:00:00Z"),
            "2026-01-01T00:00:00Z",
            false,
        ),
        (
            "DateLessThanEquals",
            json!("2026-01-01T00:00:00Z"),
            "2026-01-01T01:00:00+01:00",
            true,
        ),
        (
            "DateGreaterThan",
            json!("1970-01-02T00:00:00Z"),
            "86401",
            true,
        ),
        ("DateEquals", json!("1970-01-02"), "86400000", false),
        ("IpAddress", json!("10.0.0.0/8"), "10.255.255.255", true),
        ("IpAddress", json!("10.0.0.0/8"), "11.0.0.0", false),
        ("IpAddress", json!("203.0.113.7"), "203.0.113.7", true),
        (
            "IpAddress",
            json!("2001:DB8::/32"),
            "2001:db8:ffff::1",
            true,
        ),
        ("IpAddress", json!("0.0.0.0/0"), "::1", false),
        ("NotIpAddress", json!("10.0.0.0/8"), "10.1.1.1", false),
        ("NotIpAddress", json!("10.0.0.0/8"), "nowhere", true),
    ] {
        assert_eq!(
            holds(
                json!({operator: {"k": value.clone()}}),
                &json!({"k": given})
            ),
            Some(expected),
            "{operator} {value} {given}"
        );
    }
}

#[test]
fn arn_operators_compare_component_by_component() {
    let topic = "arn:aws:sns:eu-west-1:111122223333:alarms:one";
    for (pattern, expected) in [
        (topic, Some(true)),
        ("arn:aws:sns:*:111122223333:alarms*", Some(true)),
        ("arn:*:sns:eu-west-?:*:*", Some(true)),
        ("arn:aws:s*:alarms:one:x:y", Some(false)),
        // A star does not cross one of the first five colons.
        ("arn:aws:sns:*:alarms:one", Some(false)),
        ("*", Some(true)),
        ("arn:aws:sns:*", None),
    ] {
        for operator in ["ArnLike", "ArnEquals"] {
            assert_eq!(
                holds(
                    json!({operator: {"aws:SourceArn": pattern}}),
                    &json!({"aws:SourceArn": topic})
                ),
                expected,
                "{operator} {pattern}"
            );
        }
    }
    let not = json!({"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}});
    assert_eq!(
        holds(not.clone(), &json!({"aws:SourceArn": topic})),
        Some(false)
    );
    assert_eq!(holds(not, &json!({"aws:SourceArn": "no arn"})), Some(true));
}

#[test]
fn an_absent_key() {
    for (operator, expected) in [
        ("StringEquals", false),
        ("StringNotEquals", true),
        ("StringEqualsIfExists", true),
        ("StringNotLikeIfExists", true),
        ("Bool", false),
        ("BoolIfExists", true),
        ("IpAddress", false),
        ("NotIpAddress", true),
        ("ForAllValues:StringEquals", true),
        ("ForAnyValue:StringEquals", false),
        ("ForAnyValue:StringNotEquals", false),
        ("ForAnyValue:StringEqualsIfExists", true),
    ] {
        let condition = json!({operator: {"k": "true"}});
        assert_eq!(holds(condition, &json!({})), Some(expected), "{operator}");
    }
    for (value, context, expected) in [
        (json!("true"), json!({}), true),
        (json!(true), json!({"k": "v"}), false),
        (json!("false"), json!({"k": "v"}), true),
        (json!("false"), json!({}), false),
    ] {
        assert_eq!(
            holds(json!({"Null": {"k": value}}), &context),
            Some(expected)
        );
    }
}

#[test]
fn several_values() {
    for (operator, given, expected) in [
        ("ForAllValues:StringLike", json!(["a1", "b"]), true),
        ("ForAllValues:StringLike", json!(["a1", "c"]), false),
        ("ForAnyValue:StringLike", json!(["c", "b"]), true),
        ("ForAnyValue:StringLike", json!(["c", "d"]), false),
        ("ForAllValues:StringNotLike", json!(["c", "d"]), true),
        ("ForAllValues:StringNotLike", json!(["c", "b"]), false),
        ("ForAnyValue:StringNotLike", json!(["c", "b"]), true),
        ("ForAnyValue:StringNotLike", json!(["a", "b"]), false),
        ("StringLike", json!(["c", "b"]), true),
        ("StringNotLike", json!(["c", "b"]), false),
    ] {
        let condition = json!({operator: {"k": ["a*", "b"]}});
        assert_eq!(
            holds(condition, &json!({"k": given.clone()})),
            Some(expected),
            "{operator} {given}"
        );
    }
}

#[test]
fn operators_and_keys_must_all_hold() {
    let both = json!({"StringEquals": {"a": "1", "b": "2"}, "Bool": {"c": "true"}});
    assert_eq!(
        holds(both.clone(), &json!({"a": "1", "b": "2", "c": "true"})),
        Some(true)
    );
    for missing in [json!({"a": "1", "b": "2"}), json!({"a": "1", "c": "true"})] {
        assert_eq!(holds(both.clone(), &missing), Some(false));
    }
}

#[test]
fn variables() {
    let home = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::data/${aws:username}/*"});
    let tagged = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::data/${aws:PrincipalTag/team, 'none'}/*"});
    for (statement, resource, context, expected) in [
        (
            &home,
            "arn:aws:s3:::data/a/x",
            json!({"aws:UserName": "a"}),
            true,
        ),
        (
            &home,
            "arn:aws:s3:::data/b/x",
            json!({"aws:username": "a"}),
            false,
        ),
        (&home, "arn:aws:s3:::data//x", json!({}), false),
        (
            &home,
            "arn:aws:s3:::data/a/x",
            json!({"aws:username": ["a", "b"]}),
            false,
        ),
        // A wildcard in the value is a plain character.
        (
            &home,
            "arn:aws:s3:::data/a/x",
            json!({"aws:username": "*"}),
            false,
        ),
        (&tagged, "arn:aws:s3:::data/none/x", json!({}), true),
        (
            &tagged,
            "arn:aws:s3:::data/none/x",
            json!({"aws:PrincipalTag/team": "red"}),
            false,
        ),
    ] {
        let outcome = allows(statement.clone(), "s3:GetObject", resource, &context);
        assert_eq!(
            outcome == Outcome::Allowed,
            expected,
            "{statement} {resource}"
        );
    }
    let same = json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}});
    assert_eq!(
        holds(
            same.clone(),
            &json!({"aws:ResourceTag/team": "x", "aws:PrincipalTag/team": "x"})
        ),
        Some(true)
    );
    assert_eq!(
        holds(same, &json!({"aws:ResourceTag/team": "x"})),
        Some(false)
    );
    let literal = json!({"StringLike": {"k": "${*}a*"}});
    assert_eq!(holds(literal.clone(), &json!({"k": "*ab"})), Some(true));
    assert_eq!(holds(literal, &json!({"k": "xab"})), Some(false));
    let old = Document::from_value(&json!({"Version": "2008-10-17", "Statement": home})).unwrap();
    let asked = request(
        "s3:GetObject",
        "arn:aws:s3:::data/${aws:username}/x",
        &json!({"aws:username": "a"}),
    );
    assert_eq!(identity(&[old], None, &asked), Outcome::Allowed);
}

#[test]
fn what_is_not_known_is_never_guessed() {
    for condition in [
        json!({"StringFoo": {"k": "v"}}),
        json!({"NumericEquals": {"k": "many"}}),
        json!({"DateLessThan": {"k": "tomorrow"}}),
        json!({"IpAddress": {"k": "home"}}),
        json!({"StringEquals": {"k": "<aws_vpc_endpoint.s3.id>"}}),
        json!({"ArnLike": {"k": "<aws_sns_topic.t.arn>"}}),
    ] {
        let given = json!({"k": "arn:aws:sns:eu-west-1:111122223333:t"});
        assert_eq!(holds(condition.clone(), &given), None, "{condition}");
    }
    let outcome = |statements: Value| allows(statements, "s3:GetObject", BUCKET, &json!({}));
    let symbol =
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": "<aws_s3_bucket.b.arn>/*"});
    assert_eq!(outcome(symbol.clone()), Outcome::Undetermined);
    // It does not matter where something else decides.
    let any = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    assert_eq!(outcome(json!([symbol, any])), Outcome::Allowed);
    let deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
    assert_eq!(outcome(json!([symbol, deny])), Outcome::ExplicitlyDenied);
    let kept =
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:sqs:<var.region>:*"});
    assert_eq!(outcome(kept), Outcome::ImplicitlyDenied);
}

#[test]
fn principals() {
    let role = "arn:aws:iam::111122223333:role/app/worker";
    let session = "arn:aws:sts::111122223333:assumed-role/worker/s1";
    let aws = |arn: &str| Caller::Aws(arn.into());
    let sns = Caller::Service("sns.amazonaws.com".into());
    for (principal, caller, expected) in [
        (json!("*"), Caller::Anonymous, true),
        (json!({"AWS": "*"}), sns.clone(), true),
        (json!({"AWS": role}), aws(role), true),
        (json!({"AWS": role}), aws(session), true),
        (
            json!({"AWS": "arn:aws:iam::111122223333:role/other"}),
            aws(session),
            false,
        ),
        (
            json!({"AWS": "arn:aws:iam::444455556666:role/worker"}),
            aws(session),
            false,
        ),
        (json!({"AWS": "111122223333"}), aws(session), true),
        (
            json!({"AWS": "arn:aws:iam::111122223333:root"}),
            aws(role),
            true,
        ),
        (
            json!({"AWS": "arn:aws:iam::444455556666:root"}),
            aws(role),
            false,
        ),
        (json!({"AWS": "111122223333"}), Caller::Anonymous, false),
        (json!({"Service": "sns.amazonaws.com"}), sns.clone(), true),
        (json!({"Service": "sns.amazonaws.com"}), aws(role), false),
        (
            json!({"Service": ["s3.amazonaws.com", "sqs.amazonaws.com"]}),
            sns.clone(),
            false,
        ),
        (
            json!({"Federated": "cognito-identity.amazonaws.com"}),
            Caller::Federated("cognito-identity.amazonaws.com".into()),
            true,
        ),
        (
            json!({"CanonicalUser": "79a5"}),
            Caller::CanonicalUser("79a6".into()),
            false,
        ),
    ] {
        let asked = Request {
            caller: Some(caller.clone()),
            action: "sqs:SendMessage".into(),
            resource: "arn:aws:sqs:eu-west-1:111122223333:q".into(),
            context: Context::new(),
        };
        for (name, wanted) in [("Principal", expected), ("NotPrincipal", !expected)] {
            let policy = document(
                json!({"Effect": "Allow", name: principal.clone(), "Action": "sqs:*", "Resource": "*"}),
            );
            assert_eq!(
                resource(&[policy], &asked) == Outcome::Allowed,
                wanted,
                "{name} {principal} {caller:?}"
            );
        }
    }
}

#[test]
fn a_resource_policy_without_principal_lets_nobody_in() {
    let policy = document(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let asked = Request {
        caller: Some(Caller::Anonymous),
        ..request("sqs:SendMessage", "*", &json!({}))
    };
    assert_eq!(resource(&[policy], &asked), Outcome::ImplicitlyDenied);
}
