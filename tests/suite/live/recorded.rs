//! What no local AWS can do, with recorded answers: a stack that is as its code says, and one answer changed at a time.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};
use slgen::diff::{ChangeKind, Finding, Nature, Pairing, Question, Side, compare};
use slgen::graph::{Graph, hcl};
use slgen::live::aws::{Error, Live, Place, Reason, Recorded, Scope};

const ACCOUNT: &str = "111111111111";

struct Corpus {
    code: Graph,
    answers: Vec<Json>,
    cases: Vec<Json>,
}

fn corpus() -> Corpus {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live");
    let code = std::fs::read_to_string(folder.join("recorded.tf")).unwrap();
    let files = BTreeMap::from([("main.tf".into(), code)]);
    let recorded = std::fs::read_to_string(folder.join("recorded.json")).unwrap();
    let recorded: Json = serde_json::from_str(&recorded).unwrap();
    let list = |name: &str| recorded[name].as_array().unwrap().clone();
    Corpus {
        code: hcl::read(&files, &[]).unwrap(),
        answers: list("answers"),
        cases: list("cases"),
    }
}

impl Corpus {
    /// What the account says when some answers are others.
    fn live(&self, others: &[Json]) -> Live {
        let answers: Json = self.answers.iter().chain(others).cloned().collect();
        let recorded = Recorded::parse(&answers.to_string()).unwrap();
        Live::read(&recorded, ACCOUNT, place(), Scope::of(&self.code)).unwrap()
    }

    fn findings(&self, live: &Live) -> Vec<Finding> {
        let code = live.comparable(&self.code);
        compare(
            Side {
                graph: &code,
                nature: Nature::Code,
            },
            Side {
                graph: &live.graph,
                nature: Nature::Account,
            },
            &Question {
                kind: ChangeKind::Drift,
                pairing: Pairing::Identity,
                environment: "prod",
                complete: &|kind| live.is_complete(kind),
            },
        )
    }
}

fn place() -> Place {
    Place {
        account: ACCOUNT.to_owned(),
        region: "eu-west-1".to_owned(),
    }
}

fn told(findings: &[Finding]) -> Vec<String> {
    let told = findings.iter().map(|f| {
        let (rule, direction, address) = (&f.rule, f.direction, &f.address);
        format!("{rule} {direction} {} {address} {}", f.severity, f.path)
    });
    told.collect()
}

#[test]
fn an_account_that_is_as_its_code_says_has_no_finding() {
    let corpus = corpus();
    let live = corpus.live(&[]);
    assert!(live.not_checked.is_empty(), "{:?}", live.not_checked);
    let found = corpus.findings(&live);
    assert!(found.is_empty(), "{:#?}", told(&found));
    // Every resource of the code was read, so that one changed in a case is the only difference.
    let read = live.graph.resources.len();
    assert!(read >= corpus.code.resources.len(), "{read}");
}

#[test]
fn each_change_is_what_it_is() {
    let corpus = corpus();
    let mut wrong = Vec::new();
    let [mut expected, mut found_of, mut right, mut extra] = [0; 4];
    for case in &corpus.cases {
        let others = case["answers"].as_array().unwrap();
        let live = corpus.live(others);
        let found = corpus.findings(&live);
        let id = case["id"].as_str().unwrap();
        let finds = case["finds"].as_array().unwrap();
        let is = |entry: &Json, finding: &Finding| {
            entry[0] == finding.rule.as_str()
                && finding.address.starts_with(entry[3].as_str().unwrap())
        };
        for entry in finds {
            expected += 1;
            let same = found.iter().find(|finding| is(entry, finding));
            found_of += usize::from(same.is_some());
            let exact = same.is_some_and(|f| {
                entry[1] == f.direction.to_string() && entry[2] == f.severity.to_string()
            });
            right += usize::from(exact);
            if !exact {
                wrong.push(format!("{id}: {entry} in {:#?}", told(&found)));
            }
        }
        let other: Vec<Finding> = found
            .into_iter()
            .filter(|finding| !finds.iter().any(|entry| is(entry, finding)))
            .collect();
        extra += other.len();
        wrong.extend(told(&other).iter().map(|t| format!("{id}: too many: {t}")));
    }
    println!(
        "recorded answers: {} cases, {found_of} of {expected} findings, {right} with direction and severity, {extra} too many",
        corpus.cases.len()
    );
    assert!(expected >= 20);
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn what_is_denied_or_throttled_is_neither_there_nor_gone() {
    let corpus = corpus();
    for (error, reason) in [("denied", Reason::Denied), ("throttled", Reason::Throttled)] {
        let url = json!({
            "call": "lambda:GetFunctionUrlConfig", "parameters": { "FunctionName": "f" }, "error": error
        });
        let live = corpus.live(&[url]);
        let not: Vec<_> = live.not_checked.iter().collect();
        assert_eq!(not.len(), 1, "{not:?}");
        assert_eq!(
            (not[0].check.as_str(), &not[0].reason),
            ("function_url", &reason)
        );
        assert_eq!(not[0].action, "lambda:GetFunctionUrlConfig");
        assert!(!live.is_complete("aws_lambda_function_url"));
        assert!(live.is_complete("aws_lambda_permission"));
        let found = corpus.findings(&live);
        assert!(found.is_empty(), "{:#?}", told(&found));
    }
    // One that does not exist is gone.
    let url = json!({
        "call": "lambda:GetFunctionUrlConfig", "parameters": { "FunctionName": "f" }, "error": "absent"
    });
    let found = corpus.findings(&corpus.live(&[url]));
    let gone = "SLG-AUTH-002 narrowing high aws_lambda_function_url.f ";
    assert_eq!(told(&found), [gone]);
}

#[test]
fn recorded_answers_are_checked_as_they_are_read() {
    let faulty = |text: &str| Recorded::parse(text).unwrap_err();
    let url = "lambda:GetFunctionUrlConfig";
    assert!(faulty("[").contains("EOF"));
    assert_eq!(
        faulty(r#"[{ "call": "lambda:DeleteFunction", "answer": {} }]"#),
        "lambda:DeleteFunction is no call of the reader"
    );
    let neither = format!("{url}: either an answer or an error");
    assert_eq!(faulty(&json!([{ "call": url }]).to_string()), neither);
    let both = json!([{ "call": url, "answer": {}, "error": "denied" }]);
    assert_eq!(faulty(&both.to_string()), neither);
    let unknown = json!([{ "call": url, "error": "tired" }]);
    assert!(faulty(&unknown.to_string()).contains("unknown variant `tired`"));
}

#[test]
fn credentials_that_end_while_reading_end_everything() {
    let corpus = corpus();
    let ended = json!([{
        "call": "lambda:GetFunctionConfiguration", "parameters": { "FunctionName": "f" }, "error": "credentials"
    }]);
    let recorded = Recorded::parse(&ended.to_string()).unwrap();
    let read = |caller: &str| Live::read(&recorded, caller, place(), Scope::of(&corpus.code));
    let Err(Error::Credentials(why)) = read(ACCOUNT) else {
        panic!("read without credentials");
    };
    assert_eq!(why, "the token has expired");
    // Another account is said before anything is asked.
    let wanted = Error::Account {
        wanted: ACCOUNT.to_owned(),
        found: "999999999999".to_owned(),
    };
    assert_eq!(read("999999999999").unwrap_err(), wanted);
}
