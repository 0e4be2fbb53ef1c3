//! Records of streams and messages of topics: good ones are handled, hostile ones are not.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::exercise::{JOB, hostile_texts, results};
use super::running::Running;
use super::{Language, Project};
use crate::moto::Moto;

pub(super) fn all(project: &Project, moto: &Moto) {
    records(project, moto);
    changes(project, moto);
    notices(project, moto);
}

/// The record from which on all come again.
fn failed(running: &mut Running, event: &Value) -> Vec<String> {
    let answer = running.answer(event);
    let items = answer["batchItemFailures"].as_array().unwrap().clone();
    let items = items.iter().map(|item| item["itemIdentifier"].as_str());
    items.map(|item| item.unwrap().to_owned()).collect()
}

fn values(hostile: &Value) -> Vec<Value> {
    let values = hostile["values"].as_object().unwrap();
    values.values().cloned().collect()
}

fn records(project: &Project, moto: &Moto) {
    let mut running = Running::start(project, "fold", moto);
    let hostile = project.data("fold", "hostile.json");
    let good = json!({ "job_id": JOB }).to_string();
    let record = |number: &str, text: &str| {
        json!({
            "kinesis": { "sequenceNumber": number, "data": BASE64_STANDARD.encode(text) },
            "eventSource": "aws:kinesis",
            "eventID": format!("shardId-000000000000:{number}"),
            "eventSourceARN": "arn:aws:kinesis:eu-west-1:111111111111:stream/shop-dev-visits",
        })
    };
    let batch = json!({ "Records": [record("1", &good), record("2", "{}"), record("3", &good)] });
    assert_eq!(failed(&mut running, &batch), ["2"]);
    assert!(results(project, moto), "the record was worked off");
    // Delivered again after its result has gone: it is not done again.
    let again = json!({ "Records": [record("1", &good)] });
    assert_eq!(failed(&mut running, &again), [""; 0]);
    assert!(!results(project, moto), "done twice");

    let texts = hostile_texts(&hostile, &json!({ "job_id": JOB }));
    assert!(texts.len() >= 25);
    println!(
        "{}: {} hostile records",
        project.language.name(),
        texts.len()
    );
    for text in &texts {
        let batch = json!({ "Records": [record("9", text)] });
        assert_eq!(failed(&mut running, &batch), ["9"], "{text}");
    }
    let mut other = record("9", &good);
    other["eventSourceARN"] = json!("arn:aws:kinesis:eu-west-1:111111111111:stream/another");
    let mut events = vec![json!({ "Records": [other] })];
    for value in values(&hostile) {
        events.push(json!({ "Records": [value] }));
        events.push(value);
    }
    for event in &events {
        assert_eq!(failed(&mut running, event), [""], "{event}");
    }
    running.assert_clean(&hostile);
    assert!(!results(project, moto), "a hostile record was worked off");
}

fn changes(project: &Project, moto: &Moto) {
    let mut running = Running::start(project, "watch", moto);
    let hostile = project.data("watch", "hostile.json");
    let table = match project.language {
        Language::Python | Language::Typescript => "orders",
        Language::Go | Language::Rust => "sold",
    };
    let stream = format!(
        "arn:aws:dynamodb:eu-west-1:111111111111:table/shop-dev-{table}/stream/2026-01-01T00:00:00.000"
    );
    let record = |number: &str, action: &str, image: &Value| {
        let mut images = json!({ "SequenceNumber": number, "Keys": { "order_id": { "S": "a" } } });
        if action != "REMOVE" {
            images["NewImage"] = image.clone();
        }
        if action != "INSERT" {
            images["OldImage"] = image.clone();
        }
        json!({
            "eventID": number,
            "eventName": action,
            "eventSource": "aws:dynamodb",
            "eventSourceARN": stream,
            "dynamodb": images,
        })
    };
    // What a change means is the author's: until then each of them fails, and says so.
    let good = json!({ "job_id": { "S": JOB } });
    for action in ["INSERT", "MODIFY", "REMOVE"] {
        let batch = json!({ "Records": [record("1", action, &good)] });
        assert_eq!(failed(&mut running, &batch), ["1"]);
    }
    let mut images: Vec<Value> = hostile["strings"]
        .as_object()
        .unwrap()
        .values()
        .map(|said| json!({ "job_id": { "S": JOB }, (said.as_str().unwrap()): { "S": said } }))
        .collect();
    images.extend(values(&hostile));
    images.extend([
        json!({ "job_id": { "N": "1e999" } }),
        json!({ "job_id": { "S": JOB, "N": "1" } }),
    ]);
    assert!(images.len() >= 25);
    println!(
        "{}: {} hostile changes",
        project.language.name(),
        images.len()
    );
    for image in &images {
        let batch = json!({ "Records": [record("9", "MODIFY", image)] });
        assert_eq!(failed(&mut running, &batch), ["9"], "{image}");
    }
    let mut other = record("9", "INSERT", &good);
    other["eventSourceARN"] =
        json!("arn:aws:dynamodb:eu-west-1:111111111111:table/another/stream/1");
    let mut events = vec![json!({ "Records": [other] })];
    for value in values(&hostile) {
        events.push(json!({ "Records": [value] }));
        events.push(value);
    }
    for event in &events {
        assert_eq!(failed(&mut running, event), [""], "{event}");
    }
    running.assert_clean(&hostile);
}

fn notices(project: &Project, moto: &Moto) {
    let mut running = Running::start(project, "notify", moto);
    let hostile = project.data("notify", "hostile.json");
    let good = json!({ "job_id": JOB }).to_string();
    let event = |id: &str, text: &str| {
        let topic = "arn:aws:sns:eu-west-1:111111111111:shop-dev-notices";
        let message =
            json!({ "Type": "Notification", "MessageId": id, "TopicArn": topic, "Message": text });
        json!({ "Records": [{ "EventSource": "aws:sns", "EventVersion": "1.0", "Sns": message }] })
    };
    let handled = json!({ "status": "handled" });
    assert_eq!(running.answer(&event("1", &good)), handled);
    assert!(results(project, moto), "the message was worked off");
    assert_eq!(running.answer(&event("1", &good)), handled);
    assert!(!results(project, moto), "done twice");

    let mut events: Vec<Value> = hostile_texts(&hostile, &json!({ "job_id": JOB }))
        .iter()
        .map(|text| event("9", text))
        .collect();
    for value in values(&hostile) {
        events.push(json!({ "Records": [value] }));
        events.push(value);
    }
    let mut other = event("9", &good);
    other["Records"][0]["Sns"]["TopicArn"] = json!("arn:aws:sns:eu-west-1:111111111111:another");
    events.push(other);
    assert!(events.len() >= 25);
    println!(
        "{}: {} hostile notices",
        project.language.name(),
        events.len()
    );
    for event in &events {
        running.fails(event);
    }
    // The runtime says where the handler raised, and nothing of the event.
    running.assert_silent(&hostile);
    assert!(!results(project, moto), "a hostile message was worked off");
}
