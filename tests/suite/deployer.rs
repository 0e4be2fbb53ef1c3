//! The pipeline's role, held against what Terraform was recorded to ask of AWS (`tests/deployer/requests.json`, kept
//! true by the end-to-end tests): enough for every call, and nothing to spare.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use slgen::iam::document::{Document, Statement};
use slgen::iam::evaluate::{Outcome, identity};
use slgen::iam::{Context, Effect, Request};

use crate::example_files;
use crate::update;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// IAM user guide, "IAM and STS quotas".
const MANAGED_POLICY: usize = 6144;

/// `slgen permissions`, in a folder.
fn permissions(project: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(project)
        .arg("permissions")
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn json_of(project: &Path, role: &str, environment: &str) -> Value {
    let text = permissions(project, &[role, "--env", environment, "--format", "json"]);
    serde_json::from_str(&text).unwrap()
}

fn documents(value: &Value) -> Vec<Document> {
    let policies = value["policies"].as_array().unwrap();
    policies
        .iter()
        .map(|policy| Document::from_value(&policy["document"]).unwrap())
        .collect()
}

fn example() -> std::path::PathBuf {
    Path::new(ROOT).join("examples/orders")
}

fn orders() -> Vec<Document> {
    documents(&json_of(&example(), "--deployer", "prod"))
}

/// The example with another manifest.
fn changed(change: impl Fn(&str) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    example_files::copy(&example(), folder.path());
    let path = folder.path().join("slgen.yaml");
    let manifest = std::fs::read_to_string(&path).unwrap();
    let text = change(&manifest);
    assert_ne!(text, manifest);
    std::fs::write(path, text).unwrap();
    folder
}

/// The policies of the manifest as the recorded update leaves it.
fn updated() -> Vec<Document> {
    let folder = changed(update::updated);
    documents(&json_of(folder.path(), "--deployer", "prod"))
}

fn request(value: &Value) -> Request {
    let mut context = Context::new();
    for (key, values) in value["context"].as_object().unwrap() {
        let values = values.as_array().unwrap().iter();
        context.set(key, values.map(|value| value.as_str().unwrap()));
    }
    Request {
        action: value["action"].as_str().unwrap().to_owned(),
        resource: value["resource"].as_str().unwrap().to_owned(),
        context,
        caller: None,
    }
}

/// Recorded requests by phase.
fn recorded() -> BTreeMap<String, Vec<Request>> {
    let text = std::fs::read_to_string(Path::new(ROOT).join("tests/deployer/requests.json"));
    let phases: BTreeMap<String, Vec<Value>> = serde_json::from_str(&text.unwrap()).unwrap();
    phases
        .into_iter()
        .map(|(phase, calls)| (phase, calls.iter().map(request).collect()))
        .collect()
}

fn all_recorded() -> Vec<Request> {
    recorded().into_values().flatten().collect()
}

fn refused<'a>(policies: &[Document], requests: &'a [Request]) -> Vec<&'a Request> {
    requests
        .iter()
        .filter(|request| identity(policies, None, request) != Outcome::Allowed)
        .collect()
}

#[test]
fn every_recorded_call_is_allowed() {
    let recorded = recorded();
    assert_eq!(
        recorded.keys().collect::<Vec<_>>(),
        ["apply", "destroy", "update"]
    );
    let first = refused(&orders(), &recorded["apply"]).len();
    assert_eq!(first, 0, "{:#?}", refused(&orders(), &recorded["apply"]));
    let all = all_recorded();
    assert!(all.len() > 500, "{}", all.len());
    let policies = updated();
    assert_eq!(
        refused(&policies, &all).len(),
        0,
        "{:#?}",
        refused(&policies, &all)
    );
}

/// One action of one statement.
type Part = (String, String);

fn parts(statement: &Statement) -> impl Iterator<Item = Part> + '_ {
    let sid = statement.sid.clone().unwrap();
    statement
        .action
        .values
        .iter()
        .map(move |action| (sid.clone(), action.clone()))
}

/// The policies without one action of one statement.
fn without(policies: &[Document], (sid, action): &Part) -> Vec<Document> {
    let mut policies = policies.to_vec();
    for policy in &mut policies {
        for statement in &mut policy.statements {
            if statement.sid.as_ref() == Some(sid) {
                statement.action.values.retain(|other| other != action);
            }
        }
        policy
            .statements
            .retain(|statement| !statement.action.values.is_empty());
    }
    policies
}

/// What no local AWS exercises: action → where it is needed, and how that is known.
fn not_exercised() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join("tests/deployer/not_exercised.json"));
    serde_json::from_str(&text.unwrap()).unwrap()
}

/// Each action of each statement is taken away in turn, and a recorded call fails; or it is listed as one that Terraform
/// on moto does not come to, and then none fails.
#[test]
fn no_action_is_spare() {
    let policies = updated();
    let calls = all_recorded();
    // Only calls of the same action can be lost with it.
    let mut by_action: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for call in &calls {
        by_action.entry(&call.action).or_default().push(call);
    }
    let statements = policies.iter().flat_map(|policy| &policy.statements);
    let mut spare = BTreeSet::new();
    let mut needed = 0;
    for part in statements
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(parts)
    {
        let rest = without(&policies, &part);
        let lost = by_action.get(part.1.as_str()).into_iter().flatten();
        if lost
            .clone()
            .any(|call| identity(&rest, None, call) != Outcome::Allowed)
        {
            needed += 1;
        } else {
            spare.insert(listed(&policies, &part));
        }
    }
    let known = not_exercised();
    let unlisted: Vec<_> = spare
        .iter()
        .filter(|part| !known.contains_key(*part))
        .collect();
    assert!(unlisted.is_empty(), "no call needs these: {unlisted:#?}");
    let wrong: Vec<_> = known.keys().filter(|part| !spare.contains(*part)).collect();
    assert!(
        wrong.is_empty(),
        "these are needed, or not there: {wrong:#?}"
    );
    assert!(needed > 170, "{needed}");
}

/// The name in the list: the action, and by way of which service, on what or under which guard where that is needed to
/// tell it from the same action elsewhere.
fn listed(policies: &[Document], (sid, action): &Part) -> String {
    let statement = policies
        .iter()
        .flat_map(|policy| &policy.statements)
        .find(|statement| statement.sid.as_ref() == Some(sid))
        .unwrap();
    let via = statement
        .conditions
        .iter()
        .find(|condition| condition.key == "kms:ViaService")
        .map_or(String::new(), |condition| {
            let service = condition.values[0].split('.').next().unwrap();
            let state = statement
                .conditions
                .iter()
                .any(|c| c.key == "kms:ResourceAliases");
            format!(
                " via {service}{}",
                if state { " for the state" } else { "" }
            )
        });
    format!("{action}{via}")
}

#[test]
fn policies_fit_and_are_the_same_each_time() {
    let value = json_of(&example(), "--deployer", "prod");
    assert_eq!(value["schema"], "slgen.deployer/1");
    assert_eq!(value, json_of(&example(), "--deployer", "prod"));
    let policies = value["policies"].as_array().unwrap();
    assert!(policies.len() > 1, "the size is no limit");
    for policy in policies {
        let size = policy["document"].to_string().chars().count();
        assert!(size <= MANAGED_POLICY, "{}: {size}", policy["name"]);
    }
    let mut sids = BTreeSet::new();
    for statement in documents(&value).iter().flat_map(|p| &p.statements) {
        assert!(sids.insert(statement.sid.clone()), "{:?}", statement.sid);
        assert!(
            !statement
                .action
                .values
                .iter()
                .any(|action| action.contains(['*', '?']))
        );
    }
}

fn asked(action: &str, resource: &str, context: &[(&str, &str)]) -> Request {
    request(&json!({
        "action": action,
        "resource": resource,
        "context": context.iter().map(|(k, v)| ((*k).to_owned(), json!([v]))).collect::<serde_json::Map<_, _>>(),
    }))
}

const BOUNDARY: &str = "arn:aws:iam::222222222222:policy/service-boundary";

/// What somebody who has got hold of the pipeline would try. Each is near to something that is allowed.
#[test]
fn what_is_not_the_stacks_is_out_of_reach() {
    let role = |name: &str| format!("arn:aws:iam::222222222222:role/{name}");
    let bounded = [("iam:PermissionsBoundary", BOUNDARY)];
    let (key, region) = (
        "arn:aws:kms:eu-west-1:222222222222:key/other",
        ("aws:RequestedRegion", "eu-west-1"),
    );
    let ours = [
        ("aws:RequestTag/Service", "orders"),
        ("aws:RequestTag/Environment", "prod"),
        region,
    ];
    let theirs = [
        ("aws:RequestTag/Service", "orders"),
        ("aws:RequestTag/Environment", "prod"),
        ("aws:ResourceTag/Service", "billing"),
        ("aws:ResourceTag/Environment", "prod"),
        region,
    ];
    let policies = orders();
    let out_of_reach = [
        asked("iam:CreateRole", &role("orders-prod-x"), &[]),
        asked(
            "iam:CreateRole",
            &role("orders-prod-x"),
            &[(
                "iam:PermissionsBoundary",
                "arn:aws:iam::aws:policy/AdministratorAccess",
            )],
        ),
        asked("iam:CreateRole", &role("other"), &bounded),
        asked("iam:PutRolePolicy", &role("orders-prod-create-order"), &[]),
        asked("iam:PutRolePolicy", &role("admin"), &bounded),
        asked(
            "iam:AttachRolePolicy",
            &role("orders-prod-create-order"),
            &bounded,
        ),
        asked(
            "iam:UpdateAssumeRolePolicy",
            &role("orders-prod-create-order"),
            &bounded,
        ),
        asked(
            "iam:DeleteRolePermissionsBoundary",
            &role("orders-prod-create-order"),
            &bounded,
        ),
        asked(
            "iam:PutRolePermissionsBoundary",
            &role("orders-prod-create-order"),
            &bounded,
        ),
        asked("iam:CreatePolicyVersion", BOUNDARY, &[]),
        asked(
            "iam:PassRole",
            &role("orders-prod-create-order"),
            &[("iam:PassedToService", "ec2.amazonaws.com")],
        ),
        asked("iam:PassRole", &role("orders-prod-create-order"), &[]),
        asked(
            "iam:PassRole",
            &role("orders-prod-x"),
            &[("iam:PassedToService", "lambda.amazonaws.com")],
        ),
        asked("sts:AssumeRole", &role("orders-prod-create-order"), &[]),
        asked("kms:PutKeyPolicy", key, &theirs),
        asked("kms:TagResource", key, &theirs),
        asked(
            "kms:TagResource",
            key,
            &[
                ours[0],
                ours[1],
                region,
                ("kms:ResourceAliases", "alias/other"),
            ],
        ),
        asked("kms:CreateKey", "*", &[region]),
        asked(
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:222222222222:key/id",
            &[
                ("aws:ResourceTag/Service", "orders"),
                ("aws:ResourceTag/Environment", "prod"),
            ],
        ),
        asked(
            "lambda:AddPermission",
            "arn:aws:lambda:eu-west-1:222222222222:function:orders-prod-create-order",
            &[("lambda:Principal", "*")],
        ),
        asked(
            "lambda:InvokeFunction",
            "arn:aws:lambda:eu-west-1:222222222222:function:orders-prod-create-order",
            &[],
        ),
        asked(
            "lambda:UpdateFunctionCode",
            "arn:aws:lambda:eu-west-1:222222222222:function:billing-prod-pay",
            &[],
        ),
        asked(
            "lambda:UpdateFunctionCode",
            "arn:aws:lambda:eu-west-1:222222222222:function:orders-dev-create-order",
            &[],
        ),
        asked(
            "lambda:UpdateEventSourceMapping",
            "arn:aws:lambda:eu-west-1:222222222222:event-source-mapping:x",
            &[(
                "lambda:FunctionArn",
                "arn:aws:lambda:eu-west-1:222222222222:function:other",
            )],
        ),
        asked(
            "apigateway:PATCH",
            "arn:aws:apigateway:eu-west-1::/apis/other/routes/x",
            &[
                ("aws:ResourceTag/Service", "billing"),
                ("aws:ResourceTag/Environment", "prod"),
            ],
        ),
        asked(
            "apigateway:PUT",
            "arn:aws:apigateway:eu-west-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fapis%2Fother",
            &ours,
        ),
        asked(
            "ec2:CreateTags",
            "arn:aws:ec2:eu-west-1:222222222222:security-group/sg-other",
            &theirs,
        ),
        asked(
            "ec2:AuthorizeSecurityGroupEgress",
            "arn:aws:ec2:eu-west-1:222222222222:security-group/sg-other",
            &theirs,
        ),
        asked(
            "ec2:CreateSecurityGroup",
            "arn:aws:ec2:eu-west-1:222222222222:vpc/vpc-other",
            &[region],
        ),
        asked(
            "ec2:DescribeVpcEndpoints",
            "*",
            &[("aws:RequestedRegion", "us-east-1")],
        ),
        asked(
            "s3:GetObject",
            "arn:aws:s3:::orders-prod-incoming-222222222222/orders/1",
            &[],
        ),
        asked(
            "s3:DeleteObject",
            "arn:aws:s3:::orders-prod-logs-222222222222/logs/1",
            &[],
        ),
        asked(
            "s3:GetObject",
            "arn:aws:s3:::acme-tfstate-222222222222/billing/prod/terraform.tfstate",
            &[],
        ),
        asked(
            "s3:PutBucketPolicy",
            "arn:aws:s3:::acme-tfstate-222222222222",
            &[],
        ),
        asked(
            "dynamodb:GetItem",
            "arn:aws:dynamodb:eu-west-1:222222222222:table/orders-prod-orders-table",
            &[],
        ),
        asked(
            "dynamodb:DeleteTable",
            "arn:aws:dynamodb:eu-west-1:222222222222:table/legacy-orders-prod",
            &[],
        ),
        asked(
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:222222222222:secret:orders/prod/erp-123456",
            &[],
        ),
    ];
    for request in &out_of_reach {
        let outcome = identity(&policies, None, request);
        assert!(
            matches!(
                outcome,
                Outcome::ImplicitlyDenied | Outcome::ExplicitlyDenied
            ),
            "{outcome:?}: {request:?}"
        );
    }
}

/// Whatever else the role is given, the boundary holds; and each action of the Deny is what holds it.
#[test]
fn the_boundary_holds_whatever_else_is_allowed() {
    let administrator = Document::parse(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
    )
    .unwrap();
    let mut policies = orders();
    policies.push(administrator);
    let role = "arn:aws:iam::222222222222:role/orders-prod-create-order";
    let mut tried = 0;
    for statement in policies.iter().flat_map(|policy| &policy.statements) {
        if statement.effect != Effect::Deny {
            continue;
        }
        for part in parts(statement) {
            let on = if part.1.ends_with("RolePolicy") || part.1.contains("Role") {
                role
            } else {
                BOUNDARY
            };
            let request = asked(&part.1, on, &[]);
            assert_eq!(
                identity(&policies, None, &request),
                Outcome::ExplicitlyDenied,
                "{part:?}"
            );
            let rest = without(&policies, &part);
            assert_eq!(
                identity(&rest, None, &request),
                Outcome::Allowed,
                "{part:?}"
            );
            tried += 1;
        }
    }
    assert_eq!(tried, 9);
}

#[test]
fn what_stands_of_escalation_is_held_by_the_boundary() {
    let held = |environment: &str| -> BTreeMap<String, String> {
        let value = json_of(&example(), "--deployer", environment);
        let found = value["escalations"].as_array().unwrap().iter();
        found
            .map(|found| {
                let text = |key: &str| found[key].as_str().unwrap().to_owned();
                (text("id"), text("held_by"))
            })
            .collect()
    };
    let prod = held("prod");
    let of = |what: &str| -> Vec<&str> {
        let found = prod.iter().filter(|(_, held)| *held == what);
        found.map(|(id, _)| id.as_str()).collect()
    };
    assert_eq!(
        of("boundary"),
        [
            "EditExistingLambdaFunctionWithRole",
            "PassExistingRoleToNewLambdaThenAddPermission",
            "PassExistingRoleToNewLambdaThenTriggerWithExistingDynamo",
            "PutRolePolicy",
            "SlgenPassRoleToSchedulerUniversalTarget",
            "UpdateLambdaFunctionAndAddPermission",
        ]
    );
    assert_eq!(
        of("own-resources"),
        [
            "SlgenBucketPolicy",
            "SlgenKmsCreateGrant",
            "SlgenPutKeyPolicy"
        ]
    );
    assert_eq!(of("nothing"), Vec::<&str>::new());
    // dev prescribes no boundary, and is told so.
    assert_eq!(held("dev")["PutRolePolicy"], "nothing");
}

#[test]
fn each_environment_has_a_role_of_its_own() {
    for (arguments, expected) in [
        (&["--deployer"][..], "dev, prod: say one with --env"),
        (
            &["--deployer", "--env", "test"],
            "there is no environment test",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
            .arg("-C")
            .arg(example())
            .arg("permissions")
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.contains(expected), "{errors}");
    }
    let text = permissions(&example(), &["--deployer", "--env", "dev"]);
    assert!(text.contains("nothing bounds them"), "{text}");
}

fn reader() -> Value {
    json_of(&example(), "--reader", "prod")
}

/// It reads and lists, and nothing that it reads is content: no items, objects, secret values, code.
#[test]
fn the_reader_changes_nothing_and_reads_no_content() {
    let value = reader();
    assert_eq!(value["schema"], "slgen.reader/1");
    let mut actions = BTreeSet::new();
    for policy in value["policies"].as_array().unwrap() {
        assert!(policy["document"].to_string().chars().count() <= MANAGED_POLICY);
    }
    for statement in documents(&value).iter().flat_map(|p| &p.statements) {
        assert_eq!(statement.effect, Effect::Allow);
        actions.extend(statement.action.values.clone());
    }
    assert!(actions.len() > 40, "{}", actions.len());
    for action in &actions {
        let level = slgen::catalog::aws::iam::action(action).unwrap().level;
        let reads = format!("{level:?}");
        assert!(
            ["List", "Read"].contains(&reads.as_str()),
            "{action}: {reads}"
        );
    }
    for content in [
        "lambda:GetFunction",
        "s3:GetObject",
        "dynamodb:GetItem",
        "kms:Decrypt",
    ] {
        assert!(!actions.contains(content), "{content}");
    }
}

#[test]
fn the_reader_sees_the_stack_and_what_may_hang_on_it() {
    let policies = documents(&reader());
    let arn =
        |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:222222222222:{rest}");
    let region = [("aws:RequestedRegion", "eu-west-1")];
    let ours = [
        ("aws:ResourceTag/Service", "orders"),
        ("aws:ResourceTag/Environment", "prod"),
    ];
    let function = arn("lambda", "function:orders-prod-create-order");
    for (request, expected) in [
        (
            asked("lambda:GetPolicy", &format!("{function}:live"), &[]),
            Outcome::Allowed,
        ),
        (
            asked(
                "iam:GetRolePolicy",
                "arn:aws:iam::222222222222:role/orders-prod-firehose",
                &[],
            ),
            Outcome::Allowed,
        ),
        (
            asked("iam:GetPolicyVersion", BOUNDARY, &[]),
            Outcome::Allowed,
        ),
        (
            asked("events:DescribeRule", &arn("events", "rule/planted"), &[]),
            Outcome::Allowed,
        ),
        (
            asked("lambda:ListEventSourceMappings", "*", &region),
            Outcome::Allowed,
        ),
        (
            asked("kms:ListGrants", &arn("kms", "key/id"), &ours),
            Outcome::Allowed,
        ),
        (
            asked("kms:ListGrants", &arn("kms", "key/id"), &[]),
            Outcome::ImplicitlyDenied,
        ),
        (
            asked(
                "lambda:GetPolicy",
                &arn("lambda", "function:billing-prod-pay"),
                &[],
            ),
            Outcome::ImplicitlyDenied,
        ),
        (
            asked("iam:GetRole", "arn:aws:iam::222222222222:role/admin", &[]),
            Outcome::ImplicitlyDenied,
        ),
        (
            asked(
                "s3:GetBucketPolicy",
                "arn:aws:s3:::acme-tfstate-222222222222",
                &[],
            ),
            Outcome::ImplicitlyDenied,
        ),
        (
            asked(
                "ec2:DescribeSecurityGroups",
                "*",
                &[("aws:RequestedRegion", "us-east-1")],
            ),
            Outcome::ImplicitlyDenied,
        ),
    ] {
        assert_eq!(identity(&policies, None, &request), expected, "{request:?}");
    }
}
