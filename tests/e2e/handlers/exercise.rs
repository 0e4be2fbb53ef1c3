//! Good events are answered, hostile ones refused: the same of every language.

use serde_json::{Value, json};

use super::running::Running;
use super::{ACCOUNT, Language, Project, signed, streams};
use crate::moto::Moto;
use crate::{installed, text};

pub(super) const JOB: &str = "00000000-0000-4000-8000-000000000001";
/// Tables and topic of the manifest, made in the local AWS.
const PREPARE: &str = r#"
import boto3
dynamodb = boto3.client("dynamodb")
for name, key in (("orders", "order_id"), ("results", "job_id"), ("seen-python", "id"), ("seen-typescript", "id"), ("seen-rust", "id"), ("seen-go", "id")):
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
boto3.client("sns").create_topic(Name="finished")
"#;

pub(super) fn all(project: &Project) {
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
    if project.kinds().contains(&"fold") {
        streams::all(project, &moto);
    }
    if project.kinds().contains(&"events") {
        objects(project, &moto);
        events(project, &moto);
    }
    if project.kinds().contains(&"hook") {
        hooks(project, &moto);
        signed::all(project, &moto);
    }
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
pub(super) fn results(project: &Project, moto: &Moto) -> bool {
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

fn objects(project: &Project, moto: &Moto) {
    let mut running = Running::start(project, "files", moto);
    let hostile = project.data("files", "hostile.json");
    let place = format!("{}/in/", project.language.name());
    let record = |key: &str| {
        json!({
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "eu-west-1",
            "eventName": "ObjectCreated:Put",
            "s3": {
                "bucket": { "name": "uploads" },
                "object": { "key": key, "size": 10, "sequencer": "0055AED6DCD90281E5" },
            },
        })
    };
    let good = record(&format!("{place}list+of%20jobs.csv"));
    // What is done with it is not written yet: it fails, and not because it was refused.
    running.fails(&json!({ "Records": [good] }));
    assert_eq!(running.count("\"refused\""), 0);
    let mut records: Vec<Value> = Vec::new();
    let all = |part: &str| hostile[part].as_object().unwrap().values().cloned();
    for key in all("keys") {
        records.push(record(&format!("{place}{}.csv", key.as_str().unwrap())));
    }
    for said in all("strings") {
        records.push(record(said.as_str().unwrap()));
        for at in [
            "/eventName",
            "/eventSource",
            "/awsRegion",
            "/s3/bucket/name",
            "/s3/object/sequencer",
            "/s3/object/size",
        ] {
            let mut changed = good.clone();
            *changed.pointer_mut(at).unwrap() = said.clone();
            records.push(changed);
        }
    }
    for size in [json!(-1), json!(1e300), json!(9_000_000_000_000_000_u64)] {
        let mut changed = good.clone();
        changed["s3"]["object"]["size"] = size;
        records.push(changed);
    }
    records.extend(all("values"));
    let mut events: Vec<Value> = records
        .iter()
        .map(|record| json!({ "Records": [record] }))
        .collect();
    events.extend(all("values"));
    events.push(json!({ "Records": vec![good; 1000] }));
    assert!(events.len() >= 25);
    println!(
        "{}: {} hostile events of objects",
        project.language.name(),
        events.len()
    );
    for event in &events {
        running.fails(event);
    }
    assert_eq!(running.count("\"refused\""), events.len());
    running.assert_silent(&hostile);
}

fn events(project: &Project, moto: &Moto) {
    let mut running = Running::start(project, "events", moto);
    let hostile = project.data("events", "hostile.json");
    let good = json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000002",
        "source": "com.example.shop",
        "detail-type": "Job Started",
        "account": ACCOUNT,
        "time": "2026-03-01T03:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": project.data("events", "samples.json")["message"],
    });
    for done in [true, false] {
        assert_eq!(running.answer(&good), json!({ "status": "done" }));
        // Delivered again, it is not done again.
        assert_eq!(results(project, moto), done);
    }
    let mut events: Vec<Value> = Vec::new();
    let all = |part: &str| hostile[part].as_object().unwrap().values().cloned();
    for said in all("strings") {
        for key in ["source", "detail-type", "account", "id", "time", "region"] {
            let mut changed = good.clone();
            changed[key] = said.clone();
            events.push(changed);
        }
        for at in ["", "/detail"] {
            let mut changed = good.clone();
            changed.pointer_mut(at).unwrap()[said.as_str().unwrap()] = said.clone();
            events.push(changed);
        }
        let mut changed = good.clone();
        changed["detail"]["job_id"] = said;
        events.push(changed);
    }
    for value in all("values") {
        let mut changed = good.clone();
        changed["detail"] = value.clone();
        events.extend([changed, value]);
    }
    let mut bomb = json!(1);
    // What is nested deeper than 128, the runtime client in Rust does not give to the handler.
    for _ in 0..if project.language == Language::Rust {
        50
    } else {
        100
    } {
        bomb = json!({ "a": [bomb] });
    }
    for (key, value) in [
        ("account", json!("999999999999")),
        ("detail", bomb),
        (
            "detail",
            json!({ "job_id": JOB, "kind": "x".repeat(300_000) }),
        ),
    ] {
        let mut changed = good.clone();
        changed[key] = value;
        events.push(changed);
    }
    assert!(events.len() >= 25);
    println!(
        "{}: {} hostile events of a bus",
        project.language.name(),
        events.len()
    );
    for event in &events {
        running.fails(event);
    }
    assert_eq!(running.count("\"refused\""), events.len());
    running.assert_silent(&hostile);
    assert!(!results(project, moto), "a hostile event was worked off");
}

fn hooks(project: &Project, moto: &Moto) {
    let mut running = Running::start(project, "hook", moto);
    let hostile = project.data("hook", "hostile.json");
    let sample = project.data("hook", "samples.json")["POST /"]["body"].clone();
    let good = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "headers": { "content-type": "application/json" },
        "requestContext": {
            "http": { "method": "POST" },
            "authorizer": { "iam": { "userArn": "arn:aws:iam::111111111111:role/partner" } },
        },
        "body": sample.to_string(),
        "isBase64Encoded": false,
    });
    let mut status = |event: &Value| running.answer(event)["statusCode"].as_u64().unwrap();
    assert_eq!(status(&good), 202);
    let mut events: Vec<Value> = Vec::new();
    let with = |at: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(at).unwrap() = value;
        changed
    };
    for text in hostile_texts(&hostile, &sample) {
        events.push(with("/body", json!(text)));
    }
    for said in hostile["strings"].as_object().unwrap().values() {
        events.push(with("/rawPath", said.clone()));
        events.push(with("/requestContext/http/method", said.clone()));
        events.push(with("/headers/content-type", said.clone()));
    }
    for nobody in [json!(null), json!({}), json!({ "iam": {} }), json!([])] {
        events.push(with("/requestContext/authorizer", nobody));
    }
    assert!(events.len() >= 25);
    println!(
        "{}: {} hostile requests to a URL",
        project.language.name(),
        events.len()
    );
    for event in &events {
        let refused = status(event);
        assert!(
            [400, 401, 404, 413].contains(&refused),
            "{refused} for {event}"
        );
    }
    running.assert_clean(&hostile);
}

/// Bodies that no schema of an object takes.
pub(super) fn hostile_texts(hostile: &Value, good: &Value) -> Vec<String> {
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
