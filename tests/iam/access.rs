//! The decision beyond single identity policies: several policies, boundaries, symbols, variables, resource policies, limits.

use serde_json::{Value, json};
use slgen::iam::evaluate::{Outcome, identity, resource};
use slgen::iam::{
    Boundary, Caller, Document, Grants, Request, Verdict, new_access, new_resource_access,
};

fn document(statements: &Value) -> Document {
    Document::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn grants(statements: &Value) -> Grants {
    Grants::of([document(statements)])
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn yes(verdict: Verdict) -> Request {
    match verdict {
        Verdict::Yes(request) => *request,
        other => panic!("{other:?}"),
    }
}

fn unknown(verdict: Verdict) -> String {
    match verdict {
        Verdict::Unknown(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn policies_are_taken_together() {
    let (a, b) = (
        document(&json!([allow("s3:GetObject", "arn:aws:s3:::data/*")])),
        document(&json!([allow("s3:PutObject", "arn:aws:s3:::data/*")])),
    );
    let both = Grants::of([a.clone(), b.clone()]);
    let merged = grants(&json!([
        allow("s3:GetObject", "arn:aws:s3:::data/*"),
        allow("s3:PutObject", "arn:aws:s3:::data/*")
    ]));
    assert_eq!(new_access(&both, &merged), Verdict::No);
    assert_eq!(new_access(&merged, &both), Verdict::No);
    assert_eq!(
        yes(new_access(&Grants::of([a]), &both)).action,
        "s3:PutObject"
    );
    // A Deny in one policy cuts what another allows.
    let denied = Grants::of([
        b,
        document(&json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}])),
    ]);
    assert_eq!(new_access(&Grants::default(), &denied), Verdict::No);
}

#[test]
fn a_boundary_cuts_and_its_loss_opens() {
    let wide = json!([allow("*", "*")]);
    let bounded = |boundary| Grants {
        boundary,
        ..grants(&wide)
    };
    let read = || Boundary::Document(document(&json!([allow("s3:Get*", "*")])));
    let write = || {
        Boundary::Document(document(&json!([
            allow("s3:Put*", "*"),
            allow("s3:GetObject", "*")
        ])))
    };
    assert_eq!(
        new_access(&bounded(Boundary::None), &bounded(read())),
        Verdict::No
    );
    assert_eq!(new_access(&bounded(read()), &bounded(read())), Verdict::No);
    let lost = yes(new_access(&bounded(read()), &bounded(Boundary::None)));
    assert!(!lost.action.starts_with("s3:Get"), "{lost:?}");
    let moved = yes(new_access(&bounded(read()), &bounded(write())));
    assert!(
        moved.action.to_lowercase().starts_with("s3:put"),
        "{moved:?}"
    );
    // Within the boundary before and after: nothing new, although the policy grew.
    let narrow = Grants {
        boundary: read(),
        ..grants(&json!([allow("s3:GetObject", "*")]))
    };
    let same = Grants {
        boundary: read(),
        ..grants(&json!([allow("s3:GetObject", "*"), allow("sqs:*", "*")]))
    };
    assert_eq!(new_access(&narrow, &same), Verdict::No);
    // What the boundary denies is no access.
    let denying = Boundary::Document(document(&json!([
        allow("*", "*"), {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}])));
    let s3 = Grants {
        boundary: denying,
        ..grants(&json!([allow("s3:*", "*")]))
    };
    assert_eq!(new_access(&Grants::default(), &s3), Verdict::No);
}

#[test]
fn a_boundary_that_is_not_at_hand() {
    let with = |arn: Option<&str>, actions: &[&str]| Grants {
        boundary: arn.map_or(Boundary::None, |arn| Boundary::Unread(arn.into())),
        ..grants(&json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]))
    };
    let get = &["s3:GetObject"][..];
    let both = &["s3:GetObject", "s3:PutObject"][..];
    assert_eq!(
        new_access(&with(Some("b"), both), &with(Some("b"), get)),
        Verdict::No
    );
    unknown(new_access(&with(Some("b"), get), &with(Some("b"), both)));
    unknown(new_access(&with(Some("b"), get), &with(Some("c"), get)));
    unknown(new_access(&with(Some("b"), get), &with(None, get)));
    assert_eq!(
        new_access(&with(None, get), &with(Some("b"), get)),
        Verdict::No
    );
    assert_eq!(
        new_access(&with(Some("b"), get), &with(Some("c"), &[])),
        Verdict::No
    );
}

#[test]
fn symbols_cancel_against_themselves_only() {
    let on = |resource: &str| grants(&json!([allow("kms:Decrypt", resource)]));
    let key = "<aws_kms_key.stack.arn>";
    assert_eq!(new_access(&on(key), &on(key)), Verdict::No);
    assert_eq!(new_access(&on("*"), &on(key)), Verdict::No);
    assert_eq!(
        new_access(
            &on("<aws_s3_bucket.b.arn>/*"),
            &on("<aws_s3_bucket.b.arn>/in/*")
        ),
        Verdict::No
    );
    for (old, new) in [
        (key, "<aws_kms_key.other.arn>"),
        ("arn:aws:kms:eu-west-1:111122223333:key/1", key),
        (key, "arn:aws:kms:eu-west-1:111122223333:key/1"),
        ("<aws_s3_bucket.b.arn>/in/*", "<aws_s3_bucket.b.arn>/*"),
    ] {
        assert!(
            unknown(new_access(&on(old), &on(new))).contains('<'),
            "{old} {new}"
        );
    }
    // A symbol that cannot matter: the new resource lies elsewhere than its text.
    let elsewhere = new_access(
        &on("arn:aws:sqs:<var.region>:1:q"),
        &on("arn:aws:kms:x:1:key/1"),
    );
    yes(elsewhere);
    // Certain new access is found beside what is not certain.
    let mixed = grants(&json!([
        allow("kms:Decrypt", "<aws_kms_key.other.arn>"),
        allow("sqs:SendMessage", "*")
    ]));
    assert_eq!(yes(new_access(&on(key), &mixed)).action, "sqs:SendMessage");
}

#[test]
fn a_symbol_with_another_definition_is_another() {
    let defined = |definition: &str| Grants {
        definitions: [("aws_kms_key.stack.arn".to_owned(), definition.to_owned())].into(),
        ..grants(&json!([allow("kms:Decrypt", "<aws_kms_key.stack.arn>")]))
    };
    assert_eq!(new_access(&defined("1"), &defined("1")), Verdict::No);
    unknown(new_access(&defined("1"), &defined("2")));
}

#[test]
fn a_symbol_in_a_deny_or_condition() {
    let deny = |resource: &str| {
        grants(
            &json!([allow("s3:*", "*"), {"Effect": "Deny", "Action": "s3:*", "Resource": resource}]),
        )
    };
    let bucket = "<aws_s3_bucket.b.arn>/*";
    assert_eq!(new_access(&deny(bucket), &deny(bucket)), Verdict::No);
    unknown(new_access(&deny(bucket), &deny("<aws_s3_bucket.c.arn>/*")));
    assert_eq!(new_access(&deny(bucket), &deny("*")), Verdict::No);
    let when = |values: Value| {
        let mut statement = allow("sqs:SendMessage", "*");
        statement["Condition"] = json!({"ArnEquals": {"aws:SourceArn": values}});
        grants(&json!([statement]))
    };
    let (a, b) = ("<aws_sns_topic.a.arn>", "<aws_sns_topic.b.arn>");
    assert_eq!(
        new_access(&when(json!([a, b])), &when(json!(a))),
        Verdict::No
    );
    unknown(new_access(&when(json!(a)), &when(json!([a, b]))));
}

#[test]
fn variables_are_followed() {
    let on = |resource: &str| grants(&json!([allow("s3:GetObject", resource)]));
    let home = "arn:aws:s3:::data/${aws:username}/*";
    assert_eq!(
        new_access(&on("arn:aws:s3:::data/*"), &on(home)),
        Verdict::No
    );
    let found = yes(new_access(&Grants::default(), &on(home)));
    assert_eq!(found.context.get("aws:username").len(), 1);
    yes(new_access(&on(home), &on("arn:aws:s3:::data/*")));
    yes(new_access(
        &on(home),
        &on("arn:aws:s3:::data/${aws:userid}/*"),
    ));
    // The default counts where the key is absent.
    yes(new_access(
        &on(home),
        &on("arn:aws:s3:::data/${aws:username, 'shared'}/*"),
    ));
    let tag = |operator: &str| {
        let mut statement = allow("s3:GetObject", "*");
        statement["Condition"] =
            json!({operator: {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}});
        grants(&json!([statement]))
    };
    assert_eq!(
        new_access(&tag("StringEquals"), &tag("StringEquals")),
        Verdict::No
    );
    let loosened = yes(new_access(
        &tag("StringEquals"),
        &tag("StringEqualsIfExists"),
    ));
    assert!(loosened.context.get("aws:ResourceTag/team").is_empty());
    yes(new_access(&tag("StringEquals"), &tag("StringNotEquals")));
}

fn policy(principal: &Value, condition: &Value) -> Grants {
    grants(
        &json!([{"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:eu-west-1:111122223333:q", "Condition": condition}]),
    )
}

#[test]
fn a_new_principal_gets_in() {
    let role = json!({"AWS": "arn:aws:iam::111122223333:role/a"});
    let other = json!({"AWS": "arn:aws:iam::111122223333:role/b"});
    let account = json!({"AWS": "111122223333"});
    let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let sns = json!({"Service": "sns.amazonaws.com"});
    let anyone = json!("*");
    let none = json!({});
    for (old, new, expected) in [
        (&role, &role, false),
        (&role, &other, true),
        (&account, &role, false),
        (&role, &account, true),
        (&account, &root, false),
        (&root, &account, false),
        (&account, &json!({"AWS": "444455556666"}), true),
        (
            &sns,
            &json!({"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}),
            true,
        ),
        (
            &json!({"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}),
            &sns,
            false,
        ),
        (&role, &sns, true),
        (&anyone, &sns, false),
        (&anyone, &json!({"AWS": "*"}), false),
        (&account, &anyone, true),
        (&sns, &json!({"Federated": "accounts.google.com"}), true),
        (
            &json!({"CanonicalUser": "1"}),
            &json!({"CanonicalUser": "2"}),
            true,
        ),
        // The sessions of a role are the role's.
        (
            &role,
            &json!({"AWS": "arn:aws:sts::111122223333:assumed-role/a/s"}),
            false,
        ),
        (
            &json!({"AWS": "arn:aws:sts::111122223333:assumed-role/a/s"}),
            &role,
            true,
        ),
    ] {
        let (before, after) = (policy(old, &none), policy(new, &none));
        match new_resource_access(&before, &after) {
            Verdict::No => assert!(!expected, "{old} {new}"),
            Verdict::Yes(request) => {
                assert!(expected, "{old} {new}: {request:?}");
                assert_eq!(resource(&after.policies, &request), Outcome::Allowed);
                assert_ne!(resource(&before.policies, &request), Outcome::Allowed);
            }
            Verdict::Unknown(reason) => panic!("{old} {new}: {reason}"),
        }
    }
}

#[test]
fn conditions_bind_principals() {
    let sns = json!({"Service": "sns.amazonaws.com"});
    let from = |account: &str| json!({"StringEquals": {"aws:SourceAccount": account}});
    assert_eq!(
        new_resource_access(
            &policy(&sns, &json!({})),
            &policy(&sns, &from("111122223333"))
        ),
        Verdict::No
    );
    let opened = yes(new_resource_access(
        &policy(&sns, &from("111122223333")),
        &policy(&sns, &json!({})),
    ));
    assert_eq!(
        opened.caller,
        Some(Caller::Service("sns.amazonaws.com".into()))
    );
    // Everyone whose account is ours is our account.
    let ours = json!({"StringEquals": {"aws:PrincipalAccount": "111122223333"}});
    assert_eq!(
        new_resource_access(
            &policy(&json!({"AWS": "111122223333"}), &json!({})),
            &policy(&json!("*"), &ours)
        ),
        Verdict::No
    );
    let theirs = json!({"StringEquals": {"aws:PrincipalAccount": "444455556666"}});
    let found = yes(new_resource_access(
        &policy(&json!({"AWS": "111122223333"}), &json!({})),
        &policy(&json!("*"), &theirs),
    ));
    assert!(found.caller.unwrap().text().contains("444455556666"));
}

#[test]
fn not_principal_and_trust_policies() {
    let role = "arn:aws:iam::111122223333:role/a";
    let deny_others = |principal: &Value| {
        grants(&json!([
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
            {"Effect": "Deny", "NotPrincipal": principal, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}]))
    };
    let one = deny_others(&json!({"AWS": role}));
    let two = deny_others(&json!({"AWS": [role, "arn:aws:iam::111122223333:role/b"]}));
    assert_eq!(new_resource_access(&two, &one), Verdict::No);
    let caller = yes(new_resource_access(&one, &two)).caller.unwrap();
    assert!(caller.text().ends_with("role/b") || caller.text().contains("assumed-role/b/"));
    let trust = |service: &str| {
        grants(
            &json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}),
        )
    };
    assert_eq!(
        new_resource_access(
            &trust("lambda.amazonaws.com"),
            &trust("lambda.amazonaws.com")
        ),
        Verdict::No
    );
    let got = yes(new_resource_access(
        &trust("lambda.amazonaws.com"),
        &trust("ec2.amazonaws.com"),
    ));
    assert_eq!(got.action, "sts:AssumeRole");
    // The trust of a role of this stack that is only known after apply.
    let symbol = |name: &str| policy(&json!({"AWS": name}), &json!({}));
    let a = symbol("<aws_iam_role.a.arn>");
    assert_eq!(new_resource_access(&a, &a), Verdict::No);
    assert!(unknown(new_resource_access(&a, &symbol("<aws_iam_role.b.arn>"))).len() > 10);
}

/// Patterns made to blow up the automaton: no hang, and never a wrong no.
#[test]
fn work_is_bounded() {
    let hard = |letter: &str| {
        let list: Vec<String> = (0..30)
            .map(|i| format!("arn:aws:s3:::*{letter}*{i}*b?a*{}*", i * 7 % 13))
            .collect();
        grants(&json!([{"Effect": "Allow", "Action": "s3:*", "NotResource": list}]))
    };
    match new_access(&hard("a"), &hard("c")) {
        Verdict::Unknown(reason) => assert!(reason.contains("work"), "{reason}"),
        Verdict::Yes(request) => {
            let outcome = |g: &Grants| identity(&g.policies, None, &request);
            assert_eq!(outcome(&hard("c")), Outcome::Allowed);
            assert_ne!(outcome(&hard("a")), Outcome::Allowed);
        }
        Verdict::No => panic!("some string holds no c"),
    }
    // A formula that is hard to refute: pigeons and holes.
    let pigeons = 9;
    let mut statements = vec![allow("s3:GetObject", "*")];
    let mut denies = Vec::new();
    for pigeon in 0..pigeons {
        let keys: serde_json::Map<String, Value> = (0..pigeons - 1)
            .map(|hole| (format!("k:{pigeon}-{hole}"), json!("true")))
            .collect();
        denies.push(json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": keys}}));
    }
    for hole in 0..pigeons - 1 {
        for a in 0..pigeons {
            for b in 0..a {
                denies.push(json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition":
                    {"StringEquals": {format!("k:{a}-{hole}"): "true", format!("k:{b}-{hole}"): "true"}}}));
            }
        }
    }
    statements.extend(denies);
    let verdict = new_access(&Grants::default(), &grants(&json!(statements)));
    assert!(
        matches!(verdict, Verdict::No | Verdict::Unknown(_)),
        "{verdict:?}"
    );
}
