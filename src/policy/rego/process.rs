//! The process in which Rego runs: slgen itself, which is given all it needs and has nothing else.
//!
//! A policy may be anyone's. Within this process it could use up memory or the stack, which no library survives; there,
//! that ends the process, and the file or rule that was looked at last is known.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::wire::{Answer, Place, Request};

/// The command that is this process.
pub const COMMAND: &str = "policy-engine";
/// Most time of all rules on all inputs.
const LONGEST: Duration = Duration::from_mins(2);
/// Most bytes that it answers.
const LARGEST: u64 = 32 << 20;
/// Most bytes of memory.
#[cfg(unix)]
const MEMORY: u64 = 2 << 30;

/// Runs the engine in this process, on what stands on its input.
///
/// # Errors
/// The input is no request, or nobody listens.
pub fn serve() -> std::io::Result<()> {
    limit();
    super::engine::serve(std::io::stdin().lock(), std::io::stdout())
}

/// What the engine does not count itself.
#[cfg(unix)]
fn limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (resource, most) in [
        (Resource::As, MEMORY),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Cpu, LONGEST.as_secs()),
    ] {
        let had = getrlimit(resource).maximum;
        let most = Some(had.map_or(most, |had| had.min(most)));
        // Where the system knows no such limit, the time of the process is one still.
        let _ = setrlimit(
            resource,
            Rlimit {
                current: most,
                maximum: most,
            },
        );
    }
}

#[cfg(not(unix))]
fn limit() {}

/// Asks the process; gives what it answers up to its end.
///
/// # Errors
/// Why it gave no answer, and where it was.
pub(super) fn ask(request: &Request) -> Result<Vec<Answer>, (Place, String)> {
    let here = |message: String| (Place::default(), message);
    let program = std::env::current_exe().map_err(|e| here(format!("where slgen is: {e}")))?;
    let text = serde_json::to_vec(request).map_err(|error| here(error.to_string()))?;
    let mut child = Command::new(program)
        .arg(COMMAND)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| here(format!("the policies' process does not start: {error}")))?;
    let answers = converse(&mut child, text);
    // It may not have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    answers
}

fn converse(child: &mut Child, text: Vec<u8>) -> Result<Vec<Answer>, (Place, String)> {
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err((
            Place::default(),
            "the policies' process has no pipes".to_owned(),
        ));
    };
    let (sender, receiver) = channel();
    // They end with the process at the latest, and it ends after this function.
    std::thread::spawn(move || input.write_all(&text));
    std::thread::spawn(move || {
        for line in BufReader::new(output.take(LARGEST)).lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let end = Instant::now() + LONGEST;
    let mut answers = Vec::new();
    let mut met = Place::default();
    loop {
        let line = match receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                let message = format!(
                    "the policies take more than {} seconds together",
                    LONGEST.as_secs()
                );
                return Err((met, message));
            }
            Err(RecvTimeoutError::Disconnected) => {
                let message =
                    "it uses more memory, calls itself deeper or answers more than it may";
                return Err((met, message.to_owned()));
            }
        };
        match serde_json::from_str(&line) {
            Ok(Answer::End) => return Ok(answers),
            Ok(answer) => {
                match &answer {
                    Answer::At(place) => met.clone_from(place),
                    Answer::Rule(rule) => met.clone_from(&rule.place),
                    _ => {}
                }
                answers.push(answer);
            }
            // Cut off where it may answer no more.
            Err(_) => {
                return Err((met, "it answers more than it may".to_owned()));
            }
        }
    }
}
