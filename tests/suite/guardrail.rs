//! The rules as a whole, exceptions and the rules page.

use std::collections::{BTreeMap, BTreeSet};

use slgen::graph::{Address, Graph, Kind, Resource, Value};
use slgen::guardrail::{
    Date, ExceptionKind, ExceptionSpec, ExceptionState, Input, Risk, Severity, Verdict,
    exceptions_status, judge, markdown, rules,
};
use slgen::iam::{Effect, Permission, PolicyKind};

#[test]
fn metadata_is_whole_and_ids_are_unique() {
    let mut ids = BTreeSet::new();
    let mut names = BTreeSet::new();
    for rule in rules() {
        let m = rule.meta;
        let parts: Vec<&str> = m.id.split('-').collect();
        assert!(
            matches!(parts.as_slice(), ["SLG", family, number]
                if family.bytes().all(|b| b.is_ascii_uppercase()) && number.len() == 3
                    && number.bytes().all(|b| b.is_ascii_digit())),
            "{}",
            m.id
        );
        assert!(ids.insert(m.id), "{} twice", m.id);
        assert!(names.insert(m.name), "{} twice", m.name);
        for text in [m.name, m.title, m.why, m.fix] {
            assert!(text.len() > 5 && text.trim() == text, "{}: {text:?}", m.id);
        }
        assert!(!m.title.ends_with('.') && m.why.ends_with('.'), "{}", m.id);
        assert!(!m.references.is_empty(), "{}", m.id);
    }
    assert!(ids.len() >= 45, "{} rules", ids.len());
    let listed: Vec<&str> = rules().iter().map(|r| r.meta.id).collect();
    assert!(listed.is_sorted(), "registered by id");
    for risk in [
        Risk::Injection,
        Risk::Authentication,
        Risk::Dependencies,
        Risk::Logging,
        Risk::EventData,
        Risk::LeastPrivilege,
        Risk::Encryption,
        Risk::Resilience,
    ] {
        let against = rules().iter().filter(|r| r.meta.risk == risk).count();
        assert!(against >= 3, "{against} rules against {risk}");
    }
}

/// Every rule file is registered under its own name.
#[test]
fn every_file_is_the_rule_of_its_name() {
    let folders = [
        "aws",
        "image",
        "workflow",
        "shipped",
        "own",
        "review",
        "source",
        "dependency",
    ]
    .map(|of| format!("{}/src/guardrail/{of}", env!("CARGO_MANIFEST_DIR")));
    let mut files = BTreeSet::new();
    for entry in folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
    {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let Some(rest) = name.strip_prefix("slg_") else {
            continue;
        };
        let id = format!("SLG-{}", rest.to_uppercase().replace('_', "-"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.contains(&format!("id: \"{id}\"")) || text.contains(&format!("\"id\": \"{id}\"")),
            "{name}"
        );
        files.insert(id);
    }
    let registered: BTreeSet<String> = rules().iter().map(|r| r.meta.id.to_owned()).collect();
    assert_eq!(files, registered);
}

#[test]
fn the_rules_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, markdown()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == markdown(),
        "docs/rules.md is out of date: UPDATE=1 cargo test --test suite guardrail::"
    );
}

fn value(kind: Kind) -> Value {
    Value {
        kind,
        sensitive: false,
    }
}

/// A graph of functions that are zip archives, and nothing else right about them.
fn functions(names: &[&str]) -> Graph {
    let mut graph = Graph::default();
    for name in names {
        let address = Address {
            kind: "aws_lambda_function".into(),
            name: (*name).into(),
            ..Address::default()
        };
        let attributes = BTreeMap::from([
            ("package_type".to_owned(), value(Kind::String("Zip".into()))),
            (
                "function_name".to_owned(),
                value(Kind::String((*name).into())),
            ),
        ]);
        graph.resources.insert(
            address.clone(),
            Resource {
                address,
                attributes,
                location: None,
                attribute_lines: BTreeMap::new(),
                references: Vec::new(),
                provider: None,
                prevent_destroy: false,
                ignore_changes: Vec::new(),
            },
        );
    }
    graph
}

fn permission(action: &str) -> Permission {
    Permission {
        holder: "aws_iam_role.a".into(),
        kind: PolicyKind::Identity,
        effect: Effect::Allow,
        principal: None,
        action: action.into(),
        resource: "arn:aws:sqs:eu-west-1:111111111111:jobs".into(),
        conditions: BTreeMap::new(),
    }
}

fn exception(rule: &str, scope: &str, action: Option<&str>) -> ExceptionSpec {
    ExceptionSpec {
        rule: rule.into(),
        scope: scope.into(),
        action: action.map(Into::into),
        resource: None,
        reason: "until the image is there".into(),
        owner: "team@example.com".into(),
        expires: day("2027-03-31"),
        pointer: "/exceptions/0".into(),
    }
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn scopes(address: &str) -> Option<String> {
    let name = address
        .strip_prefix("aws_lambda_function.")
        .or_else(|| address.strip_prefix("aws_iam_role."))?;
    Some(format!("functions.{name}"))
}

fn verdict(
    graph: &Graph,
    permissions: &[Permission],
    exceptions: &[ExceptionSpec],
    today: &str,
) -> Verdict {
    let permissions = permissions.iter().cloned().collect();
    let input = Input {
        graph,
        permissions: &permissions,
        environment: "dev",
        permissions_boundary: None,
    };
    judge(
        &[input],
        Vec::new(),
        Vec::new(),
        exceptions,
        &scopes,
        day(today),
    )
}

/// Addresses a rule still fires on.
fn standing<'a>(verdict: &'a Verdict, rule: &str) -> Vec<&'a str> {
    let of_rule = verdict.findings.iter().filter(|f| f.rule == rule);
    of_rule.map(|f| f.address.as_str()).collect()
}

fn kinds(verdict: &Verdict) -> Vec<ExceptionKind> {
    verdict.exception_findings.iter().map(|f| f.kind).collect()
}

#[test]
fn an_exception_covers_its_rule_in_its_scope_only() {
    let graph = functions(&["a", "b"]);
    let verdict = verdict(
        &graph,
        &[],
        &[exception("SLG-PKG-003", "functions.a", None)],
        "2027-03-31",
    );
    assert_eq!(standing(&verdict, "SLG-PKG-003"), ["aws_lambda_function.b"]);
    assert_eq!(standing(&verdict, "SLG-PKG-002").len(), 2);
    let excepted: Vec<_> = verdict
        .excepted
        .iter()
        .map(|(f, index)| (&*f.rule, f.address.as_str(), *index))
        .collect();
    assert_eq!(excepted, [("SLG-PKG-003", "aws_lambda_function.a", 0)]);
    assert_eq!(kinds(&verdict), []);
}

#[test]
fn the_last_day_is_inclusive_and_the_next_gates() {
    let graph = functions(&["a"]);
    let exceptions = [exception("SLG-PKG-003", "functions.a", None)];
    let last = verdict(&graph, &[], &exceptions, "2027-03-31");
    assert_eq!(standing(&last, "SLG-PKG-003"), [""; 0]);
    let after = verdict(&graph, &[], &exceptions, "2027-04-01");
    assert_eq!(standing(&after, "SLG-PKG-003"), ["aws_lambda_function.a"]);
    assert_eq!(kinds(&after), [ExceptionKind::Expired]);
    assert!(after.gates());
}

#[test]
fn an_expired_exception_gates_by_itself() {
    let graph = Graph {
        backend: Some(("s3".into(), BTreeMap::new())),
        ..Graph::default()
    };
    let exceptions = [exception("SLG-PKG-003", "service", None)];
    let verdict = verdict(&graph, &[], &exceptions, "2028-01-01");
    assert_eq!(verdict.gating().count(), 1, "required_version only");
    let with_version = Graph {
        required_version: Some(">= 1.11.0".into()),
        backend: Some(("s3".into(), BTreeMap::new())),
        ..Graph::default()
    };
    let clean = self::verdict(&with_version, &[], &[], "2028-01-01");
    assert!(!clean.gates());
    let expired = self::verdict(&with_version, &[], &exceptions, "2028-01-01");
    assert_eq!(expired.findings, []);
    assert!(expired.gates());
}

#[test]
fn unknown_rules_empty_scopes_and_stale_exceptions_are_found() {
    let graph = functions(&["a"]);
    let verdict = verdict(
        &graph,
        &[],
        &[
            exception("SLG-PKG-033", "functions.a", None),
            exception("SLG-PKG-003", "functions.z", None),
            exception("SLG-AUTH-002", "functions.a", None),
            exception("SLG-PKG-003", "functions.a", Some("sqs:SendMessage")),
            exception("invariant", "service", None),
        ],
        "2027-01-01",
    );
    assert_eq!(
        kinds(&verdict),
        [
            ExceptionKind::UnknownRule,
            ExceptionKind::EmptyScope,
            ExceptionKind::Stale,
            ExceptionKind::Stale,
            ExceptionKind::UnknownRule,
        ]
    );
    assert!(
        verdict.exception_findings[0]
            .message
            .contains("did you mean SLG-PKG-0")
    );
    assert_eq!(standing(&verdict, "SLG-PKG-003"), ["aws_lambda_function.a"]);
    assert!(!ExceptionKind::Stale.severity().gates());
    assert!(ExceptionKind::UnknownRule.severity().gates());
}

#[test]
fn an_exception_for_one_action_never_covers_another() {
    let mut graph = functions(&["a"]);
    graph.required_version = Some(">= 1.11.0".into());
    let permissions = [permission("sqs:*"), permission("sqs:Send*")];
    let held = |exceptions: &[ExceptionSpec]| {
        let verdict = verdict(&graph, &permissions, exceptions, "2027-01-01");
        let actions: Vec<String> = verdict
            .findings
            .iter()
            .filter(|f| f.rule == "SLG-IAM-001")
            .filter_map(|f| f.action.clone())
            .collect();
        (actions, verdict)
    };
    assert_eq!(held(&[]).0, ["sqs:*", "sqs:Send*"]);
    let one = exception("SLG-IAM-001", "functions.a", Some("SQS:send*"));
    assert_eq!(held(&[one]).0, ["sqs:*"]);
    let (actions, verdict) = held(&[exception("SLG-IAM-001", "functions.a", None)]);
    assert_eq!(actions, ["sqs:*", "sqs:Send*"]);
    let stale = &verdict.exception_findings[0];
    assert_eq!(stale.kind, ExceptionKind::Stale);
    assert!(
        stale.message.contains("sqs:*, sqs:Send*"),
        "{}",
        stale.message
    );
}

#[test]
fn equal_findings_of_environments_are_one() {
    let graph = functions(&["a"]);
    let mut prod = functions(&["a"]);
    for resource in prod.resources.values_mut(|_| true) {
        let eight = value(Kind::Number(8.into()));
        resource
            .attributes
            .insert("reserved_concurrent_executions".into(), eight);
    }
    let none = BTreeSet::new();
    let input = |graph, environment| Input {
        graph,
        permissions: &none,
        environment,
        permissions_boundary: None,
    };
    let verdict = judge(
        &[input(&prod, "prod"), input(&graph, "dev")],
        Vec::new(),
        Vec::new(),
        &[],
        &scopes,
        day("2027-01-01"),
    );
    let environments = |rule: &str| -> Vec<Vec<String>> {
        let of_rule = verdict.findings.iter().filter(|f| f.rule == rule);
        of_rule.map(|f| f.environments.clone()).collect()
    };
    assert_eq!(environments("SLG-PKG-003"), [["dev", "prod"]]);
    assert_eq!(environments("SLG-RES-004"), [["dev"]]);
    let severities: Vec<Severity> = verdict.findings.iter().map(|f| f.severity).collect();
    assert!(severities.is_sorted_by(|a, b| a >= b), "worst first");
}

#[test]
fn low_findings_warn_and_do_not_gate() {
    assert!(!Severity::Low.gates());
    assert!(
        [Severity::Medium, Severity::High, Severity::Critical]
            .iter()
            .all(|s| s.gates())
    );
    let verdict = verdict(&functions(&["a"]), &[], &[], "2027-01-01");
    let warned: Vec<&str> = verdict.warnings().map(|f| &*f.rule).collect();
    assert_eq!(warned, ["SLG-LOG-006", "SLG-LOG-009", "SLG-LOG-009"]);
}

#[test]
fn an_exception_for_one_resource_never_covers_another() {
    let mut graph = functions(&["a"]);
    graph.required_version = Some(">= 1.11.0".into());
    let other = Permission {
        resource: "arn:aws:sqs:eu-west-1:111111111111:other".into(),
        ..permission("sqs:*")
    };
    let permissions = [permission("sqs:*"), other.clone()];
    let held = |resource: Option<&str>| {
        let exception = ExceptionSpec {
            resource: resource.map(Into::into),
            ..exception("SLG-IAM-001", "functions.a", Some("sqs:*"))
        };
        let verdict = verdict(&graph, &permissions, &[exception], "2027-01-01");
        let found: Vec<String> = verdict
            .findings
            .iter()
            .filter(|f| f.rule == "SLG-IAM-001")
            .filter_map(|f| f.resource.clone())
            .collect();
        (found, verdict)
    };
    assert_eq!(held(None).0, [""; 0]);
    assert_eq!(
        held(Some(&other.resource)).0,
        [permissions[0].resource.as_str()]
    );
    assert_eq!(held(Some("aws_iam_role.a")).0, [""; 0]);
    let (found, verdict) = held(Some("arn:aws:sqs:eu-west-1:111111111111:third"));
    assert_eq!(found.len(), 2);
    assert_eq!(kinds(&verdict), [ExceptionKind::Stale]);
    let message = &verdict.exception_findings[0].message;
    assert!(message.contains(&other.resource), "{message}");
}

#[test]
fn the_state_of_each_exception_is_told() {
    let graph = functions(&["a", "b"]);
    let until = |expires: &str, spec: ExceptionSpec| ExceptionSpec {
        expires: day(expires),
        ..spec
    };
    let exceptions = [
        until("2027-12-31", exception("SLG-PKG-003", "functions.a", None)),
        until("2027-01-31", exception("SLG-PKG-003", "functions.b", None)),
        until("2026-12-31", exception("SLG-PKG-002", "functions.a", None)),
        until("2027-01-01", exception("SLG-AUTH-002", "functions.a", None)),
        until("2027-12-31", exception("SLG-PKG-099", "functions.a", None)),
        until("2027-12-31", exception("SLG-PKG-003", "functions.z", None)),
    ];
    let verdict = verdict(&graph, &[], &exceptions, "2027-01-01");
    let status = |within: u32| {
        let all = exceptions_status(&verdict, &exceptions, day("2027-01-01"), within);
        all.into_iter()
            .map(|s| (s.state, s.days_left, s.covers))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        status(30),
        [
            (ExceptionState::Active, 364, 1),
            (ExceptionState::Expiring, 30, 1),
            (ExceptionState::Expired, -1, 0),
            (ExceptionState::Stale, 0, 0),
            (ExceptionState::UnknownRule, 364, 0),
            (ExceptionState::EmptyScope, 364, 0),
        ]
    );
    assert_eq!(status(29)[1].0, ExceptionState::Active);
}
