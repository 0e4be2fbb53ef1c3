//! An object is handled once; what is not as declared fails, and the log holds nothing of it.

mod support;

use std::cell::RefCell;

use lambda_runtime::Error;
use serde_json::{Value, json};

use crate::access::Access;
use crate::edge::errors::Fault;
use crate::edge::objects::{Changed, Objects};
use crate::handle;
use support::{Memory, event, hostile, leaked, logged, samples, strings};

fn trigger() -> Value {
    serde_json::from_str(include_str!("../../trigger.json")).unwrap()
}

/// The key of an object that the trigger names first, with this in the middle.
fn key(middle: &str) -> String {
    let keys = &trigger()["keys"][0];
    let part = |name: &str| keys[name].as_str().unwrap().to_owned();
    part("prefix") + middle + &part("suffix")
}

fn record(middle: &str) -> Value {
    let trigger = trigger();
    let name = match trigger["keys"][0]["events"][0].as_str() {
        Some("created") => "ObjectCreated:Put",
        _ => "ObjectRemoved:Delete",
    };
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventName": name,
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": { "name": trigger["bucket"], "arn": "arn:aws:s3:::bucket" },
            "object": {
                "key": key(middle),
                "size": 10,
                "eTag": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    })
}

/// A record with something else at a place.
fn with(at: &str, value: Value) -> Value {
    let mut record = record("a");
    *record.pointer_mut(at).unwrap() = value;
    record
}

/// Whether all was handled; what failed says nothing of it.
fn is_done(answer: Result<Value, Error>) -> bool {
    match answer {
        Ok(answer) => answer == json!({ "status": "done" }),
        Err(error) => {
            let said = "an object was not handled; the log says why";
            assert_eq!(error.to_string(), said);
            false
        }
    }
}

/// A bucket that keeps what is handled.
struct Kept {
    objects: Objects,
    handled: RefCell<Vec<Changed>>,
}

impl Kept {
    fn new() -> Self {
        Self {
            objects: Objects::new(&Memory::default().config()).unwrap(),
            handled: RefCell::default(),
        }
    }

    async fn take(&self, payload: Value, left_ms: u128) -> (bool, String) {
        let handle = |changed| {
            self.handled.borrow_mut().push(changed);
            std::future::ready(Ok(()))
        };
        let (answer, log) = logged(self.objects.take(event(payload, left_ms), handle)).await;
        (is_done(answer), log)
    }

    fn count(&self) -> usize {
        self.handled.borrow().len()
    }
}

#[tokio::test]
async fn unwritten_work_fails() {
    let config = Memory::default().config();
    let objects = Objects::new(&config).unwrap();
    let access = Access::new(&config).unwrap();
    let payload = event(json!({ "Records": [record("a")] }), 60_000);
    let answer = objects.take(payload, |changed| handle(&access, changed));
    assert_eq!(is_done(answer.await), samples()["written"] == true);
}

#[tokio::test]
async fn a_good_object() {
    let bucket = Kept::new();
    let payload = json!({ "Records": [record("a+b%20c%2Bd%C3%A9")] });
    assert!(bucket.take(payload, 60_000).await.0);
    let handled = bucket.handled.borrow();
    let [changed] = &handled[..] else {
        panic!("{} handled", handled.len());
    };
    // Decoded once: what was a plus is one.
    assert_eq!(changed.key, key("a b c+d\u{e9}"));
    assert_eq!(changed.bucket, trigger()["bucket"]);
    assert_eq!(changed.happened, trigger()["keys"][0]["events"][0]);
    assert_eq!(changed.size, Some(10));
}

#[tokio::test]
async fn an_object_is_handled_once() {
    let bucket = Kept::new();
    for _ in 0..3 {
        let payload = json!({ "Records": [record("one"), record("other")] });
        assert!(bucket.take(payload, 60_000).await.0);
    }
    assert_eq!(bucket.count(), 2);
}

#[tokio::test]
async fn what_is_good_is_handled_beside_what_is_not() {
    let bucket = Kept::new();
    let payload = json!({ "Records": [record("../x"), record("a")] });
    assert!(!bucket.take(payload, 60_000).await.0);
    assert_eq!(bucket.count(), 1);
}

#[tokio::test]
async fn what_fails_or_panics_is_tried_again_and_says_nothing() {
    let objects = Objects::new(&Memory::default().config()).unwrap();
    for panics in [false, true] {
        let work = async |_: Changed| {
            assert!(!panics, "{}", strings().concat());
            Err(Fault::NotFound)
        };
        let payload = event(json!({ "Records": [record("a")] }), 60_000);
        let (answer, log) = logged(objects.take(payload, work)).await;
        assert!(!is_done(answer));
        assert!(leaked(&log).is_empty(), "{log}");
    }
}

#[tokio::test]
async fn little_time() {
    let bucket = Kept::new();
    let payload = json!({ "Records": [record("a")] });
    assert!(!bucket.take(payload, 10).await.0);
    assert_eq!(bucket.count(), 0);
}

#[tokio::test]
async fn hostile_objects() {
    let mut records = vec![
        record(&"x".repeat(2000)),
        with("/s3/object", json!({ "sequencer": "00" })),
    ];
    if key("") != "" {
        records.push(with("/s3/object/key", json!("other place/x")));
    }
    for (_, text) in hostile("keys") {
        records.push(record(text.as_str().unwrap()));
    }
    for text in strings() {
        records.push(with("/s3/object/versionId", json!(format!("{text}/"))));
        for at in [
            "/eventName",
            "/eventSource",
            "/awsRegion",
            "/s3/bucket/name",
            "/s3/object/sequencer",
            "/s3/object/size",
        ] {
            records.push(with(at, json!(text)));
        }
    }
    for size in [
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(1.5),
        json!(true),
        json!(null),
    ] {
        records.push(with("/s3/object/size", size));
    }
    let of = |record: Value| json!({ "Records": [record] });
    let mut events: Vec<Value> = records.into_iter().map(of).collect();
    for (_, value) in hostile("values") {
        events.extend([of(value.clone()), json!({ "Records": value }), value]);
    }
    events.push(json!({ "Records": vec![record("a"); 1000] }));
    assert!(events.len() >= 25);
    let bucket = Kept::new();
    for payload in events {
        let (done, log) = bucket.take(payload.clone(), 60_000).await;
        assert!(!done, "{payload}");
        assert!(leaked(&log).is_empty(), "{payload}: {log}");
        assert!(!log.contains("panicked"), "{payload}: {log}");
    }
    assert_eq!(bucket.count(), 0);
}
