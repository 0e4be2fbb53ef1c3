//! Routes whose senders sign: what is granted and told, what the page and the ledger say, and that nothing is generated
//! where the handler does not check.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::trigger;

fn slgen(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn a_function_reads_the_secrets_of_its_senders_and_no_other() {
    let project = trigger::generated("signed");
    let ledger: Value =
        serde_json::from_str(&read(project.path(), "infra/orders/permissions.json")).unwrap();
    let lines = ledger["permissions"].as_array().unwrap();
    let of = |holder: &str, action: &str| -> BTreeSet<String> {
        let lines = lines
            .iter()
            .filter(|line| line["holder"] == holder && line["action"] == action);
        lines
            .map(|line| line["resource"].as_str().unwrap().to_owned())
            .collect()
    };
    let secret = |name: &str| {
        format!("arn:aws:secretsmanager:{{region}}:{{account}}:secret:orders/{name}-??????")
    };
    let hook = "aws_iam_role.hook";
    let charge = "aws_iam_role.charge";
    assert_eq!(
        of(hook, "secretsmanager:GetSecretValue"),
        [secret("github"), secret("partner")].into()
    );
    assert_eq!(
        of(charge, "secretsmanager:GetSecretValue"),
        [secret("partner")].into()
    );
    let key = "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    assert!(of(charge, "kms:Decrypt").contains(key));
    let all: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["action"].as_str())
        .filter(|action| action.starts_with("secretsmanager:"))
        .collect();
    assert_eq!(all, ["secretsmanager:GetSecretValue"; 3]);
}

#[test]
fn the_page_says_who_signs_and_the_code_which_secret() {
    let project = trigger::generated("signed");
    let page = read(project.path(), "infra/orders/SECURITY.md");
    for (route, secret) in [
        ("POST /github", "orders/github"),
        ("POST /partner/{id}", "orders/partner"),
        ("POST /stripe", "orders/partner"),
    ] {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| {route} |")))
            .unwrap();
        let who = format!("who signs the body with the secret {secret} (HMAC-SHA-256)");
        assert!(row.contains(&who), "{row}");
    }
    assert!(!page.contains("anyone: no authentication"));
    let hook = read(project.path(), "infra/orders/fn_hook.tf");
    for told in [
        "SIGNED_POST_GITHUB        = \"arn:${local.partition}:secretsmanager:${var.region}:${var.account_id}:secret:orders/github\"",
        "SIGNED_POST_PARTNER_BY_ID = \"arn:${local.partition}:secretsmanager:${var.region}:${var.account_id}:secret:orders/partner\"",
    ] {
        assert!(hook.contains(told), "{told}");
    }
    assert_eq!(hook.matches("checkov:skip=CKV_AWS_309:").count(), 2);
    let charge = read(project.path(), "infra/orders/fn_charge.tf");
    // The route that IAM guards needs no skip.
    assert_eq!(charge.matches("checkov:skip=CKV_AWS_309:").count(), 1);
    assert_eq!(charge.matches("\"AWS_IAM\"").count(), 1);
}

/// What becomes of a file's text; none takes it away.
type Change<'a> = &'a dyn Fn(&str) -> Option<String>;

#[test]
fn nothing_is_generated_where_the_handler_does_not_check() {
    let project = trigger::generated("signed");
    let folder = project.path();
    let cases: [(&str, Change<'_>); 9] = [
        ("src/hook/edge/signature.py", &|_| None),
        ("src/hook/edge/signature.py", &|text| {
            Some(text.replace(
                "raise Unauthenticated\n        known",
                "pass\n        known",
            ))
        }),
        ("src/hook/edge/http.py", &|text| {
            Some(text.replace("signature.verify(event) if signature else b\"\"", "b\"\""))
        }),
        ("src/hook/routes.json", &|text| {
            Some(text.replace("\"hmac\",", "\"none\","))
        }),
        ("src/hook/routes.json", &|text| {
            Some(text.replace("x-hub-signature-256", "x-hub-signature"))
        }),
        ("src/hook/app.py", &|text| {
            Some(text.replace("return answer(event, context, ROUTES)", "return {}"))
        }),
        ("src/charge/edge/signature.ts", &|text| {
            Some(text.replace("timingSafeEqual(spelt", "Boolean(spelt"))
        }),
        ("src/charge/edge/http.ts", &|text| {
            Some(text.replace("await checks.signature?.verify(event)", "\"\""))
        }),
        ("src/charge/index.ts", &|text| {
            Some(text.replace("  answer(event, context, routes);", "  mine(event);"))
        }),
    ];
    for (file, change) in cases {
        let path = folder.join(file);
        let before = fs::read_to_string(&path).unwrap();
        match change(&before) {
            Some(text) => {
                assert_ne!(text, before, "{file}");
                fs::write(&path, text).unwrap();
            }
            None => fs::remove_file(&path).unwrap(),
        }
        let (status, said) = slgen(folder, &["generate"]);
        assert_eq!(status, Some(3), "{file}: {said}");
        assert!(said.contains("error[SLG-AUTH-010]: "), "{said}");
        assert!(said.contains(file), "{said}");
        fs::write(&path, before).unwrap();
    }
    // What is the author's is theirs.
    for (file, from, to) in [
        (
            "src/hook/app.py",
            "raise NotImplementedError",
            "return Response(204)",
        ),
        (
            "src/charge/index.ts",
            "throw new Unwritten();",
            "return { status: 204 };",
        ),
    ] {
        let text = read(folder, file);
        assert!(text.contains(from));
        fs::write(folder.join(file), text.replace(from, to)).unwrap();
    }
    let (status, said) = slgen(folder, &["generate", "--check"]);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn what_opens_a_route_is_told_with_its_line() {
    let project = trigger::generated("signed");
    let folder = project.path();
    let manifest = read(folder, "slgen.yaml");
    let excepted = manifest.clone()
        + "exceptions:\n  - { rule: SLG-AUTH-001, scope: functions.hook, reason: a test, owner: a@example.com, expires: 2099-12-31 }\n";
    let signed = "auth: { hmac: { key: github-webhook, sender: github } }";
    assert!(manifest.contains(signed));
    let route = "aws_apigatewayv2_route.hook_post_github";
    let found = |to: &str| -> Value {
        fs::write(folder.join("slgen.yaml"), excepted.replace(signed, to)).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(folder)
            .args(["diff", "--format", "json"])
            .output()
            .unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut findings = told["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| {
                finding["address"] == route && finding["path"][0] == "authorization_type"
            });
        findings.next().cloned().unwrap_or_default()
    };
    for (to, direction, severity) in [
        ("auth: none", "widening", "critical"),
        ("auth: iam", "narrowing", "high"),
    ] {
        let finding = found(to);
        assert_eq!(finding["direction"], direction, "{to}: {finding}");
        assert_eq!(finding["severity"], severity, "{to}: {finding}");
        assert_eq!(finding["source"]["file"], "slgen.yaml", "{finding}");
    }
    // And back.
    for (from, direction, severity) in [
        ("auth: none", "narrowing", "critical"),
        ("auth: iam", "widening", "high"),
    ] {
        fs::write(folder.join("slgen.yaml"), excepted.replace(signed, from)).unwrap();
        let (status, said) = slgen(folder, &["generate"]);
        assert_eq!(status, Some(0), "{said}");
        let finding = found(signed);
        assert_eq!(finding["direction"], direction, "{from}: {finding}");
        assert_eq!(finding["severity"], severity, "{from}: {finding}");
    }
}

#[test]
fn the_rule_is_explained() {
    let project = trigger::generated("signed");
    let (status, said) = slgen(project.path(), &["explain", "SLG-AUTH-010"]);
    assert_eq!(status, Some(0));
    assert!(
        said.contains("critical") && said.contains("slgen scaffold"),
        "{said}"
    );
    let (_, said) = slgen(
        project.path(),
        &["explain", "secretsmanager:GetSecretValue"],
    );
    assert!(
        said.contains("checks signatures of POST /github by the secret github-webhook"),
        "{said}"
    );
}
