//! Senders sign, and so does nobody else: what is forged, old, changed or sent again is refused in the same words.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::exercise::hostile_texts;
use super::running::Running;
use super::{ACCOUNT, Project};
use crate::moto::Moto;
use crate::{installed, text};

const SENDERS: [&str; 4] = ["github", "shopify", "slack", "stripe"];
const NOW: &str = "a key of these tests, of now";
const BEFORE: &str = "a key of these tests, of before";

/// What the deployment tells the handler.
pub(super) fn variables(language: &str) -> Vec<(String, String)> {
    let secret = format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:shop/sender");
    let named = |sender: &&str| format!("SIGNED_POST_{language}_{sender}").to_uppercase();
    let all = SENDERS.iter().map(named);
    all.map(|name| (name, secret.clone())).collect()
}

/// The secret, once rotated: both keys hold.
const PREPARE: &str = r#"
import boto3, sys
secrets = boto3.client("secretsmanager")
secrets.create_secret(Name="shop/sender", SecretString=sys.argv[1])
secrets.put_secret_value(SecretId="shop/sender", SecretString=sys.argv[2])
"#;

/// Signatures as the vendors' manuals make them, by another implementation than the handlers'.
const SIGN: &str = r#"
import base64, hashlib, hmac, json, sys
for line in json.load(sys.stdin):
    made = hmac.new(line["key"].encode(), base64.b64decode(line["content"]), hashlib.sha256)
    print(made.hexdigest(), base64.b64encode(made.digest()).decode())
"#;

/// What is signed, and with what.
struct Sent<'a> {
    sender: &'a str,
    key: &'a str,
    body: &'a str,
    time: u64,
}

impl Sent<'_> {
    fn content(&self) -> String {
        match self.sender {
            "slack" => format!("v0:{}:{}", self.time, self.body),
            "stripe" => format!("{}.{}", self.time, self.body),
            _ => self.body.to_owned(),
        }
    }

    /// Headers with a signature in both spellings: the sender's own, and the other one.
    fn headers(&self, (hex, base64): &(String, String)) -> Value {
        let time = self.time;
        let kind = json!("application/json");
        match self.sender {
            "github" => {
                json!({ "content-type": kind, "x-hub-signature-256": format!("sha256={hex}") })
            }
            "shopify" => json!({ "content-type": kind, "x-shopify-hmac-sha256": base64 }),
            "slack" => {
                json!({ "content-type": kind, "x-slack-signature": format!("v0={hex}"), "x-slack-request-timestamp": time.to_string() })
            }
            _ => {
                json!({ "content-type": kind, "stripe-signature": format!("t={time},v1={hex},v0={hex}") })
            }
        }
    }
}

fn header(sender: &str) -> &'static str {
    match sender {
        "github" => "x-hub-signature-256",
        "shopify" => "x-shopify-hmac-sha256",
        "slack" => "x-slack-signature",
        _ => "stripe-signature",
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// The signature of each, in hexadecimal and in base64.
fn signatures(project: &Project, moto: &Moto, all: &[Sent<'_>]) -> Vec<(String, String)> {
    let lines: Vec<Value> = all
        .iter()
        .map(|sent| json!({ "key": sent.key, "content": base64(sent.content().as_bytes()) }))
        .collect();
    let input = project.folder.path().join("signed.json");
    std::fs::write(&input, json!(lines).to_string()).unwrap();
    let output = moto
        .command(installed("moto", "python"), project.folder.path())
        .args(["-c", SIGN])
        .stdin(std::fs::File::open(input).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let made = String::from_utf8(output.stdout).unwrap();
    let pairs = made.lines().map(|line| line.split_once(' ').unwrap());
    pairs
        .map(|(hex, base64)| (hex.to_owned(), base64.to_owned()))
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let all = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let number = all[0] << 16 | all[1] << 8 | all[2];
        for digit in 0..=chunk.len() {
            out.push(char::from(
                DIGITS[(number >> (18 - 6 * digit) & 63) as usize],
            ));
        }
        out.push_str(&"=".repeat(3 - chunk.len()));
    }
    out
}

pub(super) fn all(project: &Project, moto: &Moto) {
    let prepared = moto
        .command(installed("moto", "python"), project.folder.path())
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .args(["-c", PREPARE, BEFORE, NOW])
        .output()
        .unwrap();
    assert!(prepared.status.success(), "{}", text(&prepared));
    let mut running = Running::start(project, "signed", moto);
    for sender in SENDERS {
        of(project, moto, &mut running, sender);
    }
    let hostile = project.data("signed", "hostile.json");
    running.assert_clean(&hostile);
}

fn of(project: &Project, moto: &Moto, running: &mut Running, sender: &'static str) {
    let language = project.language.name();
    let route = format!("POST /{language}-{sender}");
    let samples = project.data("signed", "samples.json");
    let hostile = project.data("signed", "hostile.json");
    let sample = samples[&route]["body"].clone();
    let body = sample.to_string();
    let time = now();
    let tolerance = samples[&route]["signed"]["tolerance_s"].as_u64().unwrap();
    let event = |headers: Value, body: &str| {
        json!({
            "version": "2.0",
            "routeKey": route,
            "headers": headers,
            "pathParameters": null,
            "requestContext": { "http": { "method": "POST" } },
            "body": body,
            "isBase64Encoded": false,
        })
    };
    let sent = |key, body, time| Sent {
        sender,
        key,
        body,
        time,
    };
    let spaced = format!("{body} ");
    let other = body.replacen('0', "1", 1);
    let texts = hostile_texts(&hostile, &sample);
    let mut to_sign = vec![
        sent(NOW, &body, time),
        sent(BEFORE, &body, time - 1),
        sent(NOW, &spaced, time),
        sent("a key of somebody else", &body, time),
        sent("", &body, time),
        sent(NOW, "", time),
        sent(NOW, &body, time - tolerance - 10),
        sent(NOW, &body, time + tolerance + 30),
    ];
    to_sign.extend(texts.iter().map(|text| sent(NOW, text, time)));
    let made = signatures(project, moto, &to_sign);
    let headers: Vec<Value> = to_sign
        .iter()
        .zip(&made)
        .map(|(sent, made)| sent.headers(made))
        .collect();
    let mut answer = |event: &Value| {
        let answer = running.answer(event);
        let said: Value =
            serde_json::from_str(answer["body"].as_str().unwrap()).unwrap_or_default();
        (
            answer["statusCode"].as_u64().unwrap(),
            said["message"].clone(),
        )
    };

    // The keys of now and of before, and a body that is encoded for the way.
    let good = event(headers[0].clone(), &body);
    assert_eq!(answer(&good).0, 202, "{good}");
    assert_eq!(answer(&event(headers[1].clone(), &body)).0, 202);
    let mut encoded = event(headers[2].clone(), &base64(spaced.as_bytes()));
    encoded["isBase64Encoded"] = json!(true);
    assert_eq!(answer(&encoded).0, 202, "{encoded}");
    // What is signed is read, and held against the schema as ever.
    assert_eq!(answer(&event(headers[5].clone(), "")).0, 400);
    for (headers, text) in headers[8..].iter().zip(&texts) {
        let status = answer(&event(headers.clone(), text)).0;
        assert!([400, 413].contains(&status), "{status} for {text}");
    }

    let name = header(sender);
    let said = headers[0][name].as_str().unwrap().to_owned();
    let with = |value: Value| {
        let mut headers = headers[0].clone();
        headers[name] = value;
        event(headers, &spaced)
    };
    let fresh = |value: Value| {
        // Signed like the body that was taken encoded: only the header is wrong.
        let mut headers = headers[2].clone();
        headers[name] = value;
        event(headers, &spaced)
    };
    let signed = headers[2][name].as_str().unwrap().to_owned();
    let (hex, in_base64) = &made[2];
    let spelt_otherwise = match sender {
        "shopify" => hex.clone(),
        _ => signed.replace(hex.as_str(), in_base64),
    };
    let mut forged: Vec<Value> = vec![
        // Another's, of another body, and another key's.
        with(json!(said)),
        event(headers[3].clone(), &body),
        event(headers[4].clone(), &body),
        event(headers[2].clone(), &other),
        event(headers[2].clone(), &body),
        event(headers[2].clone(), ""),
        // The signature itself: cut, longer, in another case or spelling, twice.
        fresh(json!(signed[..signed.len() - 1])),
        fresh(json!(format!("{signed}0"))),
        fresh(json!(signed.to_uppercase())),
        fresh(json!(spelt_otherwise)),
        fresh(json!(format!("{signed},{signed}"))),
        fresh(json!(format!("{signed}, {signed}"))),
        fresh(json!("")),
        fresh(json!(null)),
        fresh(json!(17)),
        fresh(json!({ "$ne": "" })),
        fresh(json!([signed])),
        fresh(json!("sha256=")),
        fresh(json!("t=1,v1=")),
        fresh(json!("0".repeat(64))),
        fresh(json!("x".repeat(100_000))),
    ];
    // No header, and two.
    forged.push(event(
        json!({ "content-type": "application/json" }),
        &spaced,
    ));
    for none in [json!(null), json!([]), json!("x"), json!({})] {
        forged.push(event(none, &spaced));
    }
    let mut twice = headers[2].clone();
    twice[name.to_uppercase()] = json!(signed);
    forged.push(event(twice, &spaced));
    // One byte of the body, encoded, or not as it says.
    let mut encoded = event(headers[2].clone(), &base64(body.as_bytes()));
    encoded["isBase64Encoded"] = json!(true);
    forged.push(encoded.clone());
    encoded["body"] = json!("%%%");
    forged.push(encoded.clone());
    encoded["body"] = json!(base64(spaced.as_bytes()));
    encoded["isBase64Encoded"] = json!(false);
    forged.push(encoded);
    for at in 0..body.len().min(12) {
        let mut bytes = spaced.clone().into_bytes();
        bytes[at] ^= 1;
        let changed = String::from_utf8_lossy(&bytes).into_owned();
        forged.push(event(headers[2].clone(), &changed));
    }
    for value in [json!(null), json!(1), json!({}), json!([])] {
        let mut event = event(headers[2].clone(), &spaced);
        event["body"] = value;
        forged.push(event);
    }
    for said in hostile["strings"].as_object().unwrap().values() {
        forged.push(fresh(said.clone()));
    }
    if matches!(sender, "slack" | "stripe") {
        // Too old, not yet, another time than was signed, no time, and sent again.
        forged.push(event(headers[6].clone(), &body));
        forged.push(event(headers[7].clone(), &body));
        let mut moved = headers[2].clone();
        if sender == "slack" {
            for value in [
                json!((time - 1).to_string()),
                json!("x"),
                json!(""),
                json!(null),
                json!("-1"),
            ] {
                moved["x-slack-request-timestamp"] = value;
                forged.push(event(moved.clone(), &spaced));
            }
        } else {
            for value in [
                signed.replace(&time.to_string(), &(time - 1).to_string()),
                signed.replace("t=", "T="),
                format!("t={time},{signed}"),
            ] {
                moved[name] = json!(value);
                forged.push(event(moved.clone(), &spaced));
            }
        }
        forged.push(good);
        forged.push(event(headers[2].clone(), &spaced));
    }
    assert!(forged.len() >= 60);
    println!("{language}: {} forged requests of {sender}", forged.len());
    for event in &forged {
        assert_eq!(answer(event), (401, json!("Sign in first")), "{event}");
    }
}
