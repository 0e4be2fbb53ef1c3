//! A context, AWS in memory, and events: what the tests share.
#![allow(dead_code, reason = "each kind of handler uses some of it")]

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Map, Value, json};
use tracing_subscriber::fmt::MakeWriter;

/// An event for a handler that has so many milliseconds.
pub fn event(payload: Value, left_ms: u128) -> LambdaEvent<Value> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut context = Context::default();
    context.request_id = "00000000-0000-4000-8000-000000000001".to_owned();
    context.invoked_function_arn =
        "arn:aws:lambda:eu-west-1:111111111111:function:function".to_owned();
    context.deadline = u64::try_from(now.as_millis() + left_ms).unwrap();
    LambdaEvent::new(payload, context)
}

/// Stands for DynamoDB, SQS and SNS: as much of them as the handler uses.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<Map<String, Value>>>>);

impl Memory {
    pub fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.clone())
            .build()
    }

    fn answer(&self, operation: &str, request: &Value) -> (u16, Value) {
        let mut items = self.0.lock().unwrap();
        let part = |name: &str| request[name].as_object().cloned().unwrap_or_default();
        let names = part("ExpressionAttributeNames");
        let named = |name: &str| names.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_at = |item: &Map<String, Value>, key: &Map<String, Value>| {
            key.iter()
                .all(|(name, value)| item.get(name) == Some(value))
        };
        let item = part("Item");
        let partition = [named("#key"), named("#id")].concat();
        let key = match item.get(&partition) {
            Some(value) => Map::from_iter([(partition.clone(), value.clone())]),
            None => part("Key"),
        };
        let found = items
            .iter()
            .position(|item| !key.is_empty() && is_at(item, &key));
        let owner = found.map(|at| items[at].get(named("#owner")).cloned());
        let caller = request["ExpressionAttributeValues"].get(":caller").cloned();
        let is_refused = match operation {
            "PutItem" if caller.is_some() => owner.is_some_and(|owner| owner != caller),
            "PutItem" => !partition.is_empty() && found.is_some(),
            "DeleteItem" => caller.is_some() && owner != Some(caller),
            _ => false,
        };
        if is_refused {
            let error = json!({
                "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                "Item": found.map(|at| items[at].clone()),
            });
            return (400, error);
        }
        match (operation, found) {
            ("PutItem", _) => {
                items.retain(|item| key.is_empty() || !is_at(item, &key));
                items.push(item);
            }
            ("UpdateItem", Some(at)) => {
                let done = request["ExpressionAttributeValues"][":done"].clone();
                items[at].insert("status".to_owned(), done);
            }
            ("DeleteItem", Some(at)) => {
                items.remove(at);
            }
            ("GetItem", Some(at)) => return (200, json!({ "Item": items[at] })),
            _ => {}
        }
        (200, json!({ "MessageId": "1" }))
    }
}

impl HttpConnector for Memory {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").map(str::to_owned);
        let (status, text) = match target.as_deref().and_then(|t| t.split('.').next_back()) {
            Some(operation) => {
                let body = request.body().bytes().unwrap_or_default();
                let body = serde_json::from_slice(body).unwrap_or_default();
                let (status, answer) = self.answer(operation, &body);
                (status, answer.to_string())
            }
            None => {
                let result = "<PublishResult><MessageId>1</MessageId></PublishResult>";
                (200, format!("<PublishResponse>{result}</PublishResponse>"))
            }
        };
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(text));
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for Memory {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// What is logged.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What a call gives, and what it logs.
pub async fn logged<T>(call: impl Future<Output = T>) -> (T, String) {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(crate::edge::log::subscriber(log.clone()));
    (call.await, log.text())
}

/// A part of what every language's tests send.
pub fn hostile(part: &str) -> Map<String, Value> {
    let all: Value = serde_json::from_str(include_str!("../../tests/hostile.json")).unwrap();
    all[part].as_object().unwrap().clone()
}

pub fn samples() -> Value {
    serde_json::from_str(include_str!("../../tests/samples.json")).unwrap()
}

pub fn strings() -> Vec<String> {
    let strings = hostile("strings").into_iter();
    strings
        .map(|(_, text)| text.as_str().unwrap().to_owned())
        .collect()
}

/// Bodies that no schema of an object takes: each is refused, whatever the handler does.
pub fn hostile_texts(good: &Value) -> HashMap<String, String> {
    let mut texts = HashMap::new();
    for (name, text) in hostile("raw") {
        texts.insert(format!("raw {name}"), text.as_str().unwrap().to_owned());
    }
    for (name, value) in hostile("values") {
        texts.insert(format!("instead {name}"), value.to_string());
    }
    for text in strings() {
        let mut with = good.clone();
        with[text.as_str()] = text.as_str().into();
        texts.insert(format!("unknown key {text}"), with.to_string());
    }
    for key in good.as_object().unwrap().keys() {
        let whole = good.to_string();
        let twice = format!("{}, {}: null}}", &whole[..whole.len() - 1], json!(key));
        texts.insert(format!("twice {key}"), twice);
    }
    let fill = json!({ "fill": "x".repeat(300_000) });
    texts.insert("oversize".to_owned(), fill.to_string());
    texts.insert("deep".to_owned(), "[".repeat(100_000));
    let deep = r#"{"a":"#.repeat(40) + "1" + &"}".repeat(40);
    texts.insert("deep object".to_owned(), deep);
    texts
}

/// The hostile strings that a text holds, as they are or in JSON.
pub fn leaked(text: &str) -> Vec<String> {
    let holds = |said: &String| {
        let quoted = json!(said).to_string();
        text.contains(said) || text.contains(quoted.trim_matches('"'))
    };
    strings().into_iter().filter(holds).collect()
}
