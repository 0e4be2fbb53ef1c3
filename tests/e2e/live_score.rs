//! What `slgen diff --live` says of an applied stack: nothing unexplained while nobody touched it, and of each change of
//! `live_cases.json`, made alone to a copy of it, what it is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use crate::example_files::{copy, lay_out};
use crate::live::data;
use crate::moto::Copied;
use crate::stack::Stack;
use crate::{ROOT, installed, text};

/// Copies that are looked at at once: most of the time is spent waiting for what moto answers with 500.
const AT_ONCE: usize = 6;

/// Findings by rule, address and path.
type Findings = BTreeMap<(String, String, String), Value>;

#[derive(Default)]
struct Count {
    cases: usize,
    found: usize,
    right: usize,
    said: usize,
    extra: usize,
}

/// Holds the untouched account against what is explained, and every case against what is expected.
pub(crate) fn score(stack: &Stack, environment: &str, account: &str) {
    stack.settle_network();
    let explained = data("live_findings.json", environment, account);
    let moto = &stack.moto;
    let folder = tempfile::tempdir().unwrap();
    let project = own(stack, environment, folder.path());
    let untouched = untouched(&moto.copied(), &project, environment, &explained);
    let cases = data("live_cases.json", environment, account);
    let of_code = |case: &&Value| case.get("not_of_code").is_none();
    let cases: Vec<&Value> = cases.as_array().unwrap().iter().filter(of_code).collect();
    let open: Mutex<VecDeque<&Value>> = Mutex::new(cases.iter().copied().collect());
    let seen: Mutex<BTreeMap<String, Findings>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(case) = open.lock().unwrap().pop_front() else {
                        return;
                    };
                    let id = case["id"].as_str().unwrap();
                    let copy = moto.copied();
                    change(&copy, environment, account, id);
                    let (mut findings, _) = diff(&copy, &project, environment);
                    findings.retain(|key, _| !untouched.contains_key(key));
                    seen.lock().unwrap().insert(id.to_owned(), findings);
                }
            });
        }
    });
    judge(&cases, &seen.into_inner().unwrap());
}

/// The project without the tests' overrides, which would be taken for the user's own code.
fn own(stack: &Stack, environment: &str, folder: &Path) -> PathBuf {
    let project = folder.join("project");
    lay_out("orders", &project);
    for name in ["slgen.yaml", "slgen.lock"] {
        std::fs::copy(stack.project().join(name), project.join(name)).unwrap();
    }
    let out = project.join("infra/orders");
    copy(&stack.source(), &out);
    let built = format!("environments/{environment}.artifacts.tfvars.json");
    std::fs::copy(stack.out().join(&built), out.join(&built)).unwrap();
    project
}

fn change(copy: &Copied<'_>, environment: &str, account: &str, case: &str) {
    let changed = copy
        .command(installed("moto", "python"), Path::new(ROOT))
        .arg("scripts/moto-mutate")
        .args([&format!("orders-{environment}"), account, case])
        .output()
        .unwrap();
    assert!(changed.status.success(), "{}", text(&changed));
}

/// Findings by rule, address and path, and the checks that could not be made.
fn diff(copy: &Copied<'_>, project: &Path, environment: &str) -> (Findings, BTreeSet<String>) {
    let output = copy
        .command(env!("CARGO_BIN_EXE_slgen"), project)
        .args(["diff", "--live", "-e", environment, "--format", "json"])
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter().map(|f| {
        let key = (text(&f["rule"]), text(&f["address"]), f["path"].to_string());
        (key, f.clone())
    });
    let not_checked = report["not_checked"].as_array().unwrap().iter();
    (
        findings.collect(),
        not_checked.map(|n| text(&n["check"])).collect(),
    )
}

fn untouched(copy: &Copied<'_>, project: &Path, environment: &str, explained: &Value) -> Findings {
    let (findings, not_checked) = diff(copy, project, environment);
    let found: BTreeSet<(&str, &str)> = findings
        .keys()
        .map(|(rule, address, _)| (rule.as_str(), address.as_str()))
        .collect();
    let known = explained["untouched"].as_array().unwrap();
    let known: BTreeSet<(&str, &str)> = known
        .iter()
        .flat_map(|entry| {
            let rule = entry["rule"].as_str().unwrap();
            let on = entry["on"].as_array().unwrap().iter();
            on.map(move |address| (rule, address.as_str().unwrap()))
        })
        .collect();
    assert_eq!(found, known);
    let expected = explained["not_checked"].as_object().unwrap().keys();
    let expected: BTreeSet<String> = expected.cloned().collect();
    assert_eq!(not_checked, expected);
    findings
}

/// A finding that is expected: its rule, its direction, and how its address starts.
struct Expected<'a>(&'a str, &'a str, &'a str);

impl Expected<'_> {
    fn is(&self, finding: &Value) -> bool {
        finding["rule"] == self.0 && finding["address"].as_str().unwrap().starts_with(self.2)
    }
}

fn expected<'a>(case: &'a Value, part: &str) -> Vec<Expected<'a>> {
    let entries = case[part].as_array().into_iter().flatten();
    entries
        .map(|entry| {
            let text = |n: usize| entry[n].as_str().unwrap();
            Expected(text(0), text(1), text(2))
        })
        .collect()
}

fn judge(cases: &[&Value], seen: &BTreeMap<String, Findings>) {
    let levels = ["low", "medium", "high", "critical"];
    let level = |value: &Value| levels.iter().position(|l| value == l).unwrap();
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut critical = [0, 0];
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let kind = case["type"].as_str().unwrap().split('_').nth(1).unwrap();
        let (expected, besides) = (expected(case, "finds"), expected(case, "besides"));
        let findings: Vec<&Value> = seen[id].values().collect();
        let count = counts.entry(kind.to_owned()).or_default();
        count.cases += 1;
        let of = |e: &Expected<'_>| -> Vec<&Value> {
            findings.iter().copied().filter(|f| e.is(f)).collect()
        };
        let found = !expected.is_empty() && expected.iter().all(|e| !of(e).is_empty());
        let goes = |e: &Expected<'_>| of(e).iter().all(|f| f["direction"] == e.1);
        let right = found && expected.iter().all(goes);
        let severities = expected.iter().flat_map(of).map(|f| level(&f["severity"]));
        let severe = severities.max() >= Some(level(&case["severity"]));
        count.found += usize::from(found);
        count.right += usize::from(right);
        if case["severity"] == "critical" {
            critical[0] += 1;
            critical[1] += usize::from(right && severe);
        }
        if !(found && right && severe) {
            wrong.push(format!("{id}: {found} {right} {severe}: {findings:#?}"));
        }
        for finding in &findings {
            if expected.iter().any(|e| e.is(finding)) {
                count.said += 1;
            } else if !besides.iter().any(|e| e.is(finding)) {
                count.extra += 1;
                wrong.push(format!("{id}: one too many: {finding:#}"));
            }
        }
    }
    let mut all = Count::default();
    println!("slgen diff --live\nkind          cases  recall  precision  direction");
    for (kind, count) in &counts {
        println!("{}", count.line(kind));
        all.cases += count.cases;
        all.found += count.found;
        all.right += count.right;
        all.said += count.said;
        all.extra += count.extra;
    }
    println!(
        "{}\ncritical: {} of {}",
        all.line("all"),
        critical[1],
        critical[0]
    );
    assert!(all.cases >= 49 && critical[0] >= 20, "too few cases");
    assert_eq!(wrong, [""; 0]);
}

impl Count {
    fn line(&self, kind: &str) -> String {
        #[allow(clippy::cast_precision_loss, reason = "small counts")]
        let percent = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        format!(
            "{kind:12} {:6}  {:5.1}%  {:8.1}%  {:8.1}%",
            self.cases,
            percent(self.found, self.cases),
            percent(self.said, self.said + self.extra),
            percent(self.right, self.cases),
        )
    }
}
