//! Lambda's Runtime API on 127.0.0.1: gives events to a real runtime client and takes its answers.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// How long one invocation may take, start-up included.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a runtime client said of an invocation.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Response(Value),
    /// The handler, or its start, failed: what Lambda is told.
    Error(String),
}

#[derive(Default)]
struct State {
    /// The event that waits to be fetched.
    next: Option<(String, String)>,
    outcomes: BTreeMap<String, Outcome>,
    failed_start: Option<String>,
}

pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    shared: Arc<(Mutex<State>, Condvar)>,
    invocations: usize,
}

impl RuntimeApi {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared: Arc<(Mutex<State>, Condvar)> = Arc::default();
        let theirs = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&theirs);
                std::thread::spawn(move || while serve(&stream, &shared).is_some() {});
            }
        });
        Self {
            address,
            shared,
            invocations: 0,
        }
    }

    /// Gives one event and waits for what the client says of it.
    pub(crate) fn invoke(&mut self, event: &str) -> Outcome {
        self.invocations += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.invocations);
        let (lock, changed) = &*self.shared;
        let mut state = lock.lock().unwrap();
        state.next = Some((id.clone(), event.to_owned()));
        changed.notify_all();
        let waits =
            |state: &mut State| !state.outcomes.contains_key(&id) && state.failed_start.is_none();
        let (mut state, _) = changed.wait_timeout_while(state, PATIENCE, waits).unwrap();
        if let Some(failed) = &state.failed_start {
            return Outcome::Error(failed.clone());
        }
        state
            .outcomes
            .remove(&id)
            .unwrap_or_else(|| Outcome::Error("no answer".into()))
    }
}

/// One request on a connection; `None` when it is over.
fn serve(stream: &TcpStream, shared: &(Mutex<State>, Condvar)) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    let mut chunked = false;
    loop {
        let mut header = String::new();
        reader
            .read_line(&mut header)
            .ok()
            .filter(|read| *read > 0)?;
        if header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        chunked |= name.eq_ignore_ascii_case("transfer-encoding") && value.contains("chunked");
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    while chunked {
        let mut size = String::new();
        reader.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).ok()?;
        body.extend_from_slice(&chunk[..size]);
        chunked = size > 0;
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    let (lock, changed) = shared;
    let mut state = lock.lock().unwrap();
    let parts: Vec<&str> = path.rsplit('/').collect();
    match parts[..] {
        ["next", ..] => {
            let waits = |state: &mut State| state.next.is_none();
            state = changed.wait_while(state, waits).unwrap();
            let (id, event) = state.next.take()?;
            drop(state);
            let end = SystemTime::now().duration_since(UNIX_EPOCH).ok()? + Duration::from_mins(1);
            let headers = format!(
                "Lambda-Runtime-Aws-Request-Id: {id}\r\nLambda-Runtime-Deadline-Ms: {}\r\n\
                 Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:111111111111:function:f\r\n\
                 Content-Type: application/json\r\n",
                end.as_millis()
            );
            return respond(stream, "200 OK", &headers, &event);
        }
        ["error", "init", ..] => state.failed_start = Some(body),
        ["error", id, ..] => {
            state.outcomes.insert(id.to_owned(), Outcome::Error(body));
        }
        ["response", id, ..] => {
            let value = serde_json::from_str(&body).unwrap_or(Value::Null);
            state
                .outcomes
                .insert(id.to_owned(), Outcome::Response(value));
        }
        _ => {}
    }
    changed.notify_all();
    drop(state);
    respond(stream, "202 Accepted", "", "")
}

fn respond(mut stream: &TcpStream, status: &str, headers: &str, body: &str) -> Option<()> {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).ok()
}
