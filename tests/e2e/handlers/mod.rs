//! Scaffolded handlers with their real runtime clients, and under the tools that look for holes.

pub(crate) mod runtime_api;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use runtime_api::{Outcome, RuntimeApi};
use serde_json::{Value, json};

use crate::moto::Moto;
use crate::{ROOT, example_files, installed, slgen, text};

const ACCOUNT: &str = "111111111111";
const JOB: &str = "00000000-0000-4000-8000-000000000001";
/// Tables and topic of the manifest, made in the local AWS.
const PREPARE: &str = r#"
import boto3
dynamodb = boto3.client("dynamodb")
for name, key in (("orders", "order_id"), ("results", "job_id"), ("seen-python", "id"), ("seen-typescript", "id")):
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
boto3.client("sns").create_topic(Name="finished")
"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Typescript,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Typescript => "typescript",
        }
    }
}

/// A project with a handler of each trigger kind in a language.
struct Project {
    folder: tempfile::TempDir,
    language: Language,
}

impl Project {
    fn scaffold(language: Language) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let from = Path::new(ROOT).join("tests/e2e/handlers");
        std::fs::copy(from.join("slgen.yaml"), folder.path().join("slgen.yaml")).unwrap();
        example_files::copy(&from.join("schemas"), &folder.path().join("schemas"));
        let project = Self { folder, language };
        for kind in ["api", "worker", "nightly"] {
            let function = format!("{kind}-{}", language.name());
            let output = slgen(project.folder.path(), &["scaffold", &function]);
            assert!(output.status.success(), "{}", text(&output));
        }
        project
    }

    fn source(&self, kind: &str) -> PathBuf {
        let folder = format!("src/{kind}_{}", self.language.name());
        self.folder.path().join(folder)
    }

    fn data(&self, kind: &str, name: &str) -> Value {
        let path = self.source(kind).join("tests").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }
}

/// A handler that runs, and all that it has written.
struct Running {
    client: Child,
    api: RuntimeApi,
    log: PathBuf,
}

impl Running {
    fn start(project: &Project, kind: &str, moto: &Moto) -> Self {
        let api = RuntimeApi::start();
        let source = project.source(kind);
        let log = project.folder.path().join(format!("{kind}.log"));
        let out = File::create(&log).unwrap();
        let mut command = match project.language {
            Language::Python => {
                let python = installed("handlers-python", "python");
                let mut command = moto.command(python, &source);
                command.args(["-m", "awslambdaric", "app.handler"]);
                command
            }
            Language::Typescript => {
                let client = npm_tools().join("node_modules/aws-lambda-ric/index.mjs");
                // As an image starts it.
                let mut command = moto.command("node", &source.join("dist"));
                let transport = Path::new(ROOT).join("templates/images/transport.cjs");
                command.arg("--require").arg(transport).arg(client);
                command.arg("index.handler");
                command
            }
        };
        let seen = format!("SEEN_{}_NAME", project.language.name().to_uppercase());
        let client = command
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            // Lambda sets both.
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            // Asks Powertools to log events: the handlers do not let it.
            .env("POWERTOOLS_LOGGER_LOG_EVENT", "true")
            .env("ORDERS_NAME", "orders")
            .env("RESULTS_NAME", "results")
            .env("UPLOADS_NAME", "uploads")
            .env(seen, format!("seen-{}", project.language.name()))
            .env(
                "FINISHED_ARN",
                format!("arn:aws:sns:eu-west-1:{ACCOUNT}:finished"),
            )
            .env(
                "ERP_ARN",
                format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:shop/erp"),
            )
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        Self { client, api, log }
    }

    /// What the handler answers; it must not fail.
    fn answer(&mut self, event: &Value) -> Value {
        match self.api.invoke(&event.to_string()) {
            Outcome::Response(value) => value,
            Outcome::Error(error) => panic!("{event}: {error}\n{}", self.log()),
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The log is ours alone: neither a stack trace nor what a hostile event said.
    fn assert_clean(&self, hostile: &Value) {
        let log = self.log();
        assert!(log.lines().count() > 20, "{log}");
        for trace in ["Traceback", "\n    at ", "  File \"", "stackTrace"] {
            assert!(!log.contains(trace), "{log}");
        }
        for said in hostile["strings"].as_object().unwrap().values() {
            let plain = said.as_str().unwrap();
            let quoted = said.to_string();
            for form in [plain, quoted.trim_matches('"')] {
                assert!(!log.contains(form), "{form:?} in {log}");
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}

#[test]
fn python_handlers_run_and_refuse() {
    let project = Project::scaffold(Language::Python);
    for kind in ["api", "worker", "nightly"] {
        let source = project.source(kind);
        // What the venv holds is what the handler pins.
        assert_eq!(
            std::fs::read_to_string(source.join("requirements.txt")).unwrap(),
            std::fs::read_to_string(
                Path::new(ROOT).join("templates/handlers/python/requirements.txt")
            )
            .unwrap()
        );
        let output = Command::new(installed("handlers-python", "python"))
            .args(["-m", "unittest", "discover", "-t", ".", "-s", "tests"])
            .current_dir(source)
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{kind}: {}", text(&output));
        let count = text(&output)
            .split("Ran ")
            .nth(1)
            .and_then(|t| t.split(' ').next()?.parse().ok());
        assert!(
            count.is_some_and(|count: u32| count >= 3),
            "{}",
            text(&output)
        );
    }
    exercise(&project);
    clean_python(&project);
}

#[test]
fn typescript_handlers_run_and_refuse() {
    let project = Project::scaffold(Language::Typescript);
    for kind in ["api", "worker", "nightly"] {
        let npm = |arguments: &[&str]| -> Output {
            let output = Command::new("npm")
                .args(arguments)
                .current_dir(project.source(kind))
                .output()
                .unwrap();
            assert!(output.status.success(), "{kind}: {}", text(&output));
            output
        };
        // The lock file was cut to size: npm takes it only if it fits the package.
        npm(&[
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefer-offline",
        ]);
        let output = npm(&["test"]);
        assert!(text(&output).contains("# fail 0"), "{}", text(&output));
    }
    exercise(&project);
    clean_typescript(&project);
}

fn exercise(project: &Project) {
    let moto = Moto::start(ACCOUNT);
    let prepared = moto
        .command(installed("moto", "python"), project.folder.path())
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .args(["-c", PREPARE])
        .output()
        .unwrap();
    assert!(prepared.status.success(), "{}", text(&prepared));
    requests(project, &moto);
    messages(project, &moto);
    runs(project, &moto);
}

fn requests(project: &Project, moto: &Moto) {
    let mut running = Running::start(project, "api", moto);
    let samples = project.data("api", "samples.json");
    let hostile = project.data("api", "hostile.json");
    let at = |route: &str| route.replace("/x", &format!("/{}", project.language.name()));
    let (post, get, delete) = (
        at("POST /x"),
        at("GET /x/{order_id}"),
        at("DELETE /x/{order_id}"),
    );
    let event = |key: &str, caller: &str| {
        let sample = &samples[key];
        let mut event = json!({
            "version": "2.0",
            "routeKey": key,
            "headers": { "content-type": "application/json" },
            "pathParameters": sample["path"],
            "requestContext": { "authorizer": { "jwt": { "claims": { "sub": caller } } } },
            "isBase64Encoded": false,
        });
        if !sample["body"].is_null() {
            event["body"] = json!(sample["body"].to_string());
        }
        event
    };
    let mut status = |event: &Value| {
        let answer = running.answer(event);
        let body = answer["body"].as_str().unwrap_or_default().to_owned();
        (answer["statusCode"].as_u64().unwrap(), body)
    };
    let stored = status(&event(&post, "alice"));
    assert_eq!(stored.0, 201, "{}", stored.1);
    let (found, body) = status(&event(&get, "alice"));
    assert_eq!(found, 200);
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap(),
        samples[&post]["body"]
    );
    // Another's item is as if it were not there, for reading, writing and removing.
    for key in [&get, &post, &delete] {
        let (refused, body) = status(&event(key, "mallory"));
        assert_eq!(refused, 404, "{key}");
        assert!(!body.contains("lines"), "{body}");
    }
    assert_eq!(status(&event(&get, "alice")).0, 200);
    assert_eq!(
        status(&event(&at("GET /x/{order_id}/notes"), "alice")).0,
        501
    );
    // Text where text is allowed is only text.
    for said in hostile["strings"].as_object().unwrap().values() {
        let mut order = samples[&post]["body"].clone();
        order["note"] = said.clone();
        let mut free = event(&post, "alice");
        free["body"] = json!(order.to_string());
        assert_eq!(status(&free).0, 201, "{said}");
    }

    let mut events: Vec<Value> = hostile["values"]
        .as_object()
        .unwrap()
        .values()
        .cloned()
        .collect();
    for body in hostile_texts(&hostile, &samples[&post]["body"]) {
        let mut event = event(&post, "mallory");
        event["body"] = json!(body);
        events.push(event);
    }
    for said in hostile["strings"].as_object().unwrap().values() {
        let with = |key: &str, path: &str, value: Value| {
            let mut event = event(key, "mallory");
            event[path] = value;
            event
        };
        events.push(with(&get, "pathParameters", json!({ "order_id": said })));
        events.push(with(
            &get,
            "queryStringParameters",
            json!({ (said.as_str().unwrap()): said }),
        ));
        events.push(with(&get, "routeKey", said.clone()));
        events.push(with(&post, "headers", json!({ "content-type": said })));
        let mut order = samples[&post]["body"].clone();
        order["lines"][0]["sku"] = said.clone();
        events.push(with(&post, "body", json!(order.to_string())));
    }
    for (path, value) in [
        ("requestContext", json!(null)),
        (
            "requestContext",
            json!({ "authorizer": { "jwt": { "claims": { "sub": { "$ne": 1 } } } } }),
        ),
        ("requestContext", json!({ "authorizer": [] })),
        ("body", json!({ "order_id": "a1" })),
        (
            "body",
            json!("{\"order_id\": \"a1\\n\", \"lines\": [{\"sku\": \"ABC-1\\n\", \"count\": 1}]}"),
        ),
        ("isBase64Encoded", json!(true)),
        ("headers", json!([])),
    ] {
        let mut event = event(&post, "mallory");
        event[path] = value;
        events.push(event);
    }
    assert!(events.len() >= 25);
    println!(
        "{}: {} hostile requests",
        project.language.name(),
        events.len()
    );
    for event in &events {
        let (refused, body) = status(event);
        assert!(
            [400, 401, 404, 413].contains(&refused),
            "{refused} for {event}"
        );
        let body: Value = serde_json::from_str(&body).unwrap();
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["message", "request_id"], "{event}");
    }
    assert_eq!(status(&event(&delete, "alice")).0, 204);
    assert_eq!(status(&event(&get, "alice")).0, 404);
    running.assert_clean(&hostile);
}

fn messages(project: &Project, moto: &Moto) {
    let mut running = Running::start(project, "worker", moto);
    let hostile = project.data("worker", "hostile.json");
    let sample = project.data("worker", "samples.json")["message"].clone();
    assert_eq!(sample, json!({ "job_id": JOB }));
    let record =
        |id: &str, body: &str| json!({ "messageId": id, "body": body, "eventSource": "aws:sqs" });
    let mut failed = |records: Vec<Value>| {
        let answer = running.answer(&json!({ "Records": records }));
        let items = answer["batchItemFailures"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["itemIdentifier"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let good = sample.to_string();
    assert_eq!(
        failed(vec![record("good", &good), record("bad", "{}")]),
        ["bad"]
    );
    assert!(results(project, moto), "the message was worked off");
    // Delivered again after its result has gone: it is not done again.
    assert!(!results(project, moto), "taken away by the look before");
    assert_eq!(failed(vec![record("good", &good)]), [""; 0]);
    assert!(!results(project, moto), "done twice");

    let texts = hostile_texts(&hostile, &sample);
    assert!(texts.len() >= 25);
    println!(
        "{}: {} hostile messages",
        project.language.name(),
        texts.len()
    );
    for body in &texts {
        assert_eq!(failed(vec![record("hostile", body)]), ["hostile"], "{body}");
    }
    for said in hostile["strings"].as_object().unwrap().values() {
        let body = json!({ "job_id": JOB, "kind": said }).to_string();
        assert_eq!(
            failed(vec![record("hostile", &body)]),
            ["hostile"],
            "{said}"
        );
    }
    for value in hostile["values"].as_object().unwrap().values() {
        assert_eq!(failed(vec![value.clone()]), [""], "{value}");
    }
    for value in hostile["values"].as_object().unwrap().values() {
        let whole = running.answer(value);
        assert_eq!(
            whole,
            json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }),
            "{value}"
        );
    }
    running.assert_clean(&hostile);
    assert!(!results(project, moto), "a hostile message was worked off");
}

/// Whether the job's result is in its table; it is taken away.
fn results(project: &Project, moto: &Moto) -> bool {
    let script = format!(
        "import boto3; print(boto3.client('dynamodb').delete_item(TableName='results', Key={{'job_id': {{'S': '{JOB}'}}}}, ReturnValues='ALL_OLD').get('Attributes'))"
    );
    let output = moto
        .command(installed("moto", "python"), project.folder.path())
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .args(["-c", &script])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    text(&output).trim() != "None"
}

fn runs(project: &Project, moto: &Moto) {
    let mut running = Running::start(project, "nightly", moto);
    let hostile = project.data("nightly", "hostile.json");
    let time = json!({ "time": "2026-03-01T03:00:00Z" });
    for event in [&time, &time, &json!({})] {
        assert_eq!(running.answer(event), json!({ "status": "done" }));
    }
    let mut events: Vec<Value> = hostile["values"]
        .as_object()
        .unwrap()
        .values()
        .cloned()
        .collect();
    for said in hostile["strings"].as_object().unwrap().values() {
        events.push(json!({ "time": said }));
        events.push(json!({ (said.as_str().unwrap()): 1 }));
    }
    assert!(events.len() >= 25);
    println!(
        "{}: {} hostile events",
        project.language.name(),
        events.len()
    );
    for event in &events {
        assert_eq!(
            running.answer(event),
            json!({ "status": "refused" }),
            "{event}"
        );
    }
    running.assert_clean(&hostile);
}

/// Bodies that no schema of an object takes.
fn hostile_texts(hostile: &Value, good: &Value) -> Vec<String> {
    let all = |part: &str| hostile[part].as_object().unwrap().values().cloned();
    let mut texts: Vec<String> = all("raw")
        .map(|raw| raw.as_str().unwrap().to_owned())
        .collect();
    texts.extend(all("values").map(|value| value.to_string()));
    texts.extend(all("strings").map(|said| {
        let mut with = good.clone();
        with[said.as_str().unwrap()] = said.clone();
        with.to_string()
    }));
    for key in good.as_object().unwrap().keys() {
        texts.push(
            good.to_string()
                .replacen('{', &format!("{{\"{key}\": null, "), 1),
        );
    }
    texts.push(json!({ "fill": "x".repeat(300_000) }).to_string());
    texts.push("[".repeat(100_000));
    texts
}

fn npm_tools() -> PathBuf {
    let folder = Path::new(ROOT).join(".tools/handlers-npm");
    assert!(folder.exists(), "run `bash scripts/install-tools`");
    folder
}

/// A file with a hole, in a folder of its own: the tool that finds nothing in the handlers finds this.
fn planted(project: &Project, name: &str, content: &str) -> PathBuf {
    let folder = project.folder.path().join("planted");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), content).unwrap();
    folder
}

fn clean_python(project: &Project) {
    let sources = project.folder.path().join("src");
    let hole = planted(
        project,
        "hole.py",
        "import subprocess\n\ndef handler(event, context):\n    logger.info(event)\n    return eval(event)\n",
    );
    let bandit = |folder: &Path| {
        Command::new(installed("handlers", "bandit"))
            .args(["--quiet", "--recursive"])
            .arg(folder)
            .output()
            .unwrap()
    };
    let found = bandit(&hole);
    assert!(text(&found).contains("B307"), "{}", text(&found));
    let found = bandit(&sources);
    assert!(found.status.success(), "{}", text(&found));
    semgrep(&hole, &["python-runs-text", "python-logs-the-event"]);
    semgrep(&sources, &[]);
}

fn clean_typescript(project: &Project) {
    let sources = project.folder.path().join("src");
    let hole = planted(
        project,
        "hole.ts",
        "export const handler = (event: any) => { console.log(event); return eval(event.code); };\n",
    );
    let eslint = |folder: &Path| {
        Command::new("node")
            .arg(npm_tools().join("node_modules/eslint/bin/eslint.js"))
            .arg("--config")
            .arg(Path::new(ROOT).join("tests/e2e/handlers/eslint.config.mjs"))
            .arg(".")
            .current_dir(folder)
            .env("HANDLERS_NPM", npm_tools())
            .output()
            .unwrap()
    };
    let found = eslint(&hole);
    assert!(
        text(&found).contains("security/detect-eval-with-expression"),
        "{}",
        text(&found)
    );
    let found = eslint(&sources);
    assert!(found.status.success(), "{}", text(&found));
    semgrep(
        &hole,
        &["typescript-runs-text", "typescript-logs-the-event"],
    );
    semgrep(&sources, &[]);
}

/// Our rules and njsscan's give exactly these findings.
fn semgrep(folder: &Path, expected: &[&str]) {
    // Its own list leaves out tests and what was compiled.
    std::fs::write(folder.join(".semgrepignore"), "node_modules/\n").unwrap();
    let program = installed("handlers", "semgrep");
    let libraries = program.parent().unwrap().parent().unwrap().join("lib");
    let njsscan = std::fs::read_dir(libraries)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .join("site-packages/njsscan/rules/semantic_grep")
        })
        .find(|path| path.exists())
        .unwrap();
    let output = Command::new(&program)
        .args([
            "scan",
            "--metrics",
            "off",
            "--disable-version-check",
            "--no-git-ignore",
            "--json",
        ])
        .arg("--config")
        .arg(Path::new(ROOT).join("tests/tools/handlers-semgrep.yaml"))
        .arg("--config")
        .arg(njsscan)
        .arg(".")
        .current_dir(folder)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["errors"], json!([]));
    assert!(!report["paths"]["scanned"].as_array().unwrap().is_empty());
    let mut found: Vec<&str> = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|result| result["check_id"].as_str()?.rsplit('.').next())
        .collect();
    found.sort_unstable();
    found.dedup();
    if expected.is_empty() {
        assert!(found.is_empty(), "{:#}", report["results"]);
    }
    for rule in expected {
        assert!(found.contains(rule), "{rule} is not among {found:?}");
    }
}
