//! The client against a service that gives prepared answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use serde_json::json;

use super::super::read;
use super::*;

const SECRET: &str = "canary-secret-key";

/// A service that gives prepared answers, one a request, and keeps what it was asked.
struct Fake {
    endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

fn fake(answers: Vec<(u16, &'static str, String)>) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = asked.clone();
    std::thread::spawn(move || {
        for (status, error_type, body) in answers {
            let Ok((stream, _)) = listener.accept() else {
                return;
            };
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|n| n > 2) {}
            let length = head
                .lines()
                .find_map(|l| {
                    l.to_ascii_lowercase()
                        .strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0_usize);
            let mut sent = vec![0; length];
            let _ = reader.read_exact(&mut sent);
            kept.lock()
                .unwrap()
                .push(head + &String::from_utf8_lossy(&sent));
            let head = format!(
                "HTTP/1.1 {status} X\r\nx-amzn-errortype: {error_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = reader.get_mut().write_all((head + &body).as_bytes());
        }
    });
    Fake { endpoint, asked }
}

fn client_of(fake: &Fake, source: Source, attempts: u32) -> Client {
    let place = Place {
        account: "111111111111".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    let patience = Patience {
        attempts,
        total: Duration::from_secs(2),
        pause: |_| (),
    };
    Client::new(source, place, Some(fake.endpoint.clone()), patience).unwrap()
}

fn keys() -> Source {
    Box::new(|| {
        Ok(Credentials::new(
            "AKIDEXAMPLE",
            SECRET,
            Some("canary-token".to_owned()),
            None,
            "test",
        ))
    })
}

fn aliases() -> Query {
    Query::new("lambda:ListAliases", &[("FunctionName", json!("f"))]).unwrap()
}

fn ok(body: &str) -> (u16, &'static str, String) {
    (200, "", body.to_owned())
}

fn throttled() -> (u16, &'static str, String) {
    (429, "TooManyRequestsException", "{}".to_owned())
}

#[test]
fn requests_are_signed_for_their_service_and_follow_pages() {
    let fake = fake(vec![
        ok(r#"{"Aliases":[{"Name":"a"}],"NextMarker":"m/1"}"#),
        ok(r#"{"Aliases":[{"Name":"b"}]}"#),
        ok(
            "<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName></Role></GetRoleResult></GetRoleResponse>",
        ),
    ]);
    let client = client_of(&fake, keys(), 1);
    let answer = read::whole(&client, &aliases()).unwrap();
    assert_eq!(answer["Aliases"], json!([{"Name": "a"}, {"Name": "b"}]));
    let role = Query::new("iam:GetRole", &[("RoleName", json!("r"))]).unwrap();
    assert_eq!(
        client.get(&role).unwrap(),
        json!({"Role": {"RoleName": "r"}})
    );
    let asked = fake.asked.lock().unwrap();
    assert!(
        asked[0].starts_with("GET /2015-03-31/functions/f/aliases HTTP/1.1"),
        "{}",
        asked[0]
    );
    assert!(
        asked[1].starts_with("GET /2015-03-31/functions/f/aliases?Marker=m%2F1 "),
        "{}",
        asked[1]
    );
    for (request, scope) in [
        (&asked[0], "/eu-west-1/lambda/aws4_request"),
        (&asked[2], "/us-east-1/iam/aws4_request"),
    ] {
        let request = request.to_ascii_lowercase();
        assert!(
            request.contains("authorization: aws4-hmac-sha256 credential=akidexample/"),
            "{request}"
        );
        assert!(request.contains(scope), "{request}");
        assert!(
            request.contains("x-amz-security-token: canary-token"),
            "{request}"
        );
    }
    assert!(
        asked[2].ends_with("Action=GetRole&Version=2010-05-08&RoleName=r"),
        "{}",
        asked[2]
    );
    assert!(asked.iter().all(|request| !request.contains(SECRET)));
}

/// The example of the AWS General Reference ("Signature Version 4 signing process", the IAM `ListUsers` request) is
/// the crate's own test; here, that the same request gives the same signature and another one another.
#[test]
fn what_is_signed_is_what_is_sent() {
    let fake = fake(Vec::new());
    let client = client_of(&fake, keys(), 1);
    let service = calls::service("lambda").unwrap();
    let made = |name: &str| {
        let query = Query::new("lambda:ListAliases", &[("FunctionName", json!(name))]).unwrap();
        let request = request::request(&query, service, &client.place, None);
        client
            .signed(&request)
            .unwrap()
            .into_iter()
            .find(|(n, _)| n == "authorization")
            .unwrap()
            .1
    };
    assert_ne!(made("f").rsplit('=').next(), made("g").rsplit('=').next());
    assert!(
        made("f").contains("SignedHeaders=host;x-amz-date;x-amz-security-token"),
        "{}",
        made("f")
    );
}

#[test]
fn throttling_is_waited_out_and_then_said() {
    let fake = self::fake(vec![throttled(), throttled(), ok(r#"{"Aliases":[]}"#)]);
    let client = client_of(&fake, keys(), 3);
    assert!(client.get(&aliases()).is_ok());
    let fake = self::fake(vec![throttled(), throttled(), throttled(), throttled()]);
    let client = client_of(&fake, keys(), 3);
    assert_eq!(client.get(&aliases()), Err(ReadError::Throttled));
    assert_eq!(fake.asked.lock().unwrap().len(), 3);
    assert_eq!(client.waited.get(), Duration::from_millis(600));
}

#[test]
fn the_patience_is_that_of_a_whole_run() {
    let fake = fake((0..9).map(|_| throttled()).collect());
    let client = client_of(&fake, keys(), 9);
    // 0.2 + 0.4 + 0.8 s fit into 2 s; 1.6 s more do not, and for the next request 0.2 and 0.4 are left.
    assert_eq!(client.get(&aliases()), Err(ReadError::Throttled));
    assert_eq!(fake.asked.lock().unwrap().len(), 4);
    assert_eq!(client.get(&aliases()), Err(ReadError::Throttled));
    assert_eq!(fake.asked.lock().unwrap().len(), 7);
}

#[test]
fn denied_is_not_absent_and_neither_is_asked_again() {
    let fake = fake(vec![
        (
            403,
            "AccessDeniedException",
            r#"{"Message":"no"}"#.to_owned(),
        ),
        (404, "ResourceNotFoundException", "{}".to_owned()),
        (404, "", "<html>".to_owned()),
    ]);
    let client = client_of(&fake, keys(), 5);
    let denied = ReadError::Denied {
        action: "lambda:ListAliases".to_owned(),
    };
    assert_eq!(client.get(&aliases()), Err(denied));
    assert_eq!(client.get(&aliases()), Err(ReadError::Absent));
    assert!(matches!(client.get(&aliases()), Err(ReadError::Other(_))));
    assert_eq!(fake.asked.lock().unwrap().len(), 3);
}

#[test]
fn credentials_that_ended_are_renewed_once() {
    let expired = || {
        (
            403,
            "ExpiredTokenException",
            r#"{"message":"expired"}"#.to_owned(),
        )
    };
    let fake = self::fake(vec![
        expired(),
        ok(r#"{"Aliases":[]}"#),
        expired(),
        expired(),
    ]);
    let client = client_of(&fake, keys(), 1);
    assert!(client.get(&aliases()).is_ok());
    let Err(ReadError::Credentials(why)) = client.get(&aliases()) else {
        panic!("expired credentials are an answer");
    };
    assert!(why.contains("ExpiredTokenException: expired"), "{why}");
}

#[test]
fn credentials_that_end_soon_are_renewed_before_they_are_used() {
    let made = Arc::new(AtomicU64::new(0));
    let count = made.clone();
    let source: Source = Box::new(move || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let end = if number == 0 {
            UNIX_EPOCH
        } else {
            SystemTime::now() + SOON * 60
        };
        Ok(Credentials::new(
            format!("AKID{number}"),
            SECRET,
            None,
            Some(end),
            "test",
        ))
    });
    let fake = fake(vec![ok(r#"{"Aliases":[]}"#), ok(r#"{"Aliases":[]}"#)]);
    let client = client_of(&fake, source, 1);
    assert!(client.get(&aliases()).is_ok() && client.get(&aliases()).is_ok());
    assert_eq!(made.load(Ordering::Relaxed), 2);
    assert!(fake.asked.lock().unwrap()[0].contains("Credential=AKID1/"));
}

#[test]
fn credentials_are_in_no_debug_text() {
    let fake = fake(Vec::new());
    let text = format!("{:?}", client_of(&fake, keys(), 1));
    assert!(!text.contains("canary") && !text.contains("AKID"), "{text}");
}

#[test]
fn where_nobody_listens_is_a_fault_and_not_an_absence() {
    let endpoint = "http://127.0.0.1:1".to_owned();
    let client = client_of(
        &Fake {
            endpoint,
            asked: Arc::default(),
        },
        keys(),
        2,
    );
    assert!(matches!(client.get(&aliases()), Err(ReadError::Other(_))));
}
