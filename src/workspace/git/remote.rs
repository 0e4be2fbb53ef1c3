//! What tags of another repository stand for, by `git ls-remote`: git's own transports, certificates and proxies.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::{Files, LOCAL, Repository, printable};

/// Most bytes that are read of an answer.
const LARGEST: u64 = 8 << 20;
/// How often a running git is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Why a repository was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteError {
    /// It could not be asked, in words.
    Unanswered(String),
    /// What it answered is no list of tags.
    Wrong(String),
}

/// Commits of the tags of a repository, annotated tags peeled; nothing is fetched.
///
/// # Errors
/// See [`RemoteError`].
pub fn tags(url: &str, end: Instant) -> Result<BTreeMap<String, String>, RemoteError> {
    let mut command = remote();
    command.args(["ls-remote", "--tags", "--end-of-options", url]);
    let text = answer(command, end)?;
    let mut plain = BTreeMap::new();
    let mut peeled = BTreeMap::new();
    for line in text.lines() {
        let found = line
            .split_once('\t')
            .and_then(|(commit, name)| Some((commit, name.strip_prefix("refs/tags/")?)));
        let Some((commit, name)) = found.filter(|(commit, _)| is_object(commit)) else {
            return Err(RemoteError::Wrong("what is no list of tags".to_owned()));
        };
        match name.strip_suffix("^{}") {
            Some(name) => peeled.insert(name.to_owned(), commit.to_owned()),
            None => plain.insert(name.to_owned(), commit.to_owned()),
        };
    }
    plain.extend(peeled);
    Ok(plain)
}

/// Seconds since 1970 at which a tag, or its commit where the tag has no date, says that it was made.
///
/// # Errors
/// See [`RemoteError`].
pub fn tagged_at(url: &str, tag: &str, end: Instant) -> Result<u64, RemoteError> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let unique = now.unwrap_or_default().as_nanos();
    let name = format!("slgen-tag-{}-{unique}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let made = std::fs::create_dir(&folder);
    made.map_err(|e| RemoteError::Unanswered(format!("no temporary folder: {e}")))?;
    let found = fetched(&folder, url, tag, end);
    let _ = std::fs::remove_dir_all(&folder);
    found
}

fn fetched(
    folder: &std::path::Path,
    url: &str,
    tag: &str,
    end: Instant,
) -> Result<u64, RemoteError> {
    let run = |arguments: &[&str]| {
        let mut command = remote();
        command.current_dir(folder).args(arguments);
        answer(command, end)
    };
    run(&["init", "--quiet", "--bare", "."])?;
    // One commit without its files.
    let reference = format!("+refs/tags/{tag}:refs/tags/slgen");
    run(&[
        "fetch",
        "--quiet",
        "--depth=1",
        "--filter=tree:0",
        "--no-tags",
        "--end-of-options",
        url,
        &reference,
    ])?;
    let text = run(&[
        "for-each-ref",
        "--format=%(creatordate:unix)",
        "refs/tags/slgen",
    ])?;
    let seconds = text.trim().parse().ok();
    seconds.ok_or_else(|| RemoteError::Wrong("a tag without a date".to_owned()))
}

/// The text files below a folder of a tag's commit: the commit alone is fetched, into a folder that is removed again.
///
/// # Errors
/// See [`RemoteError`]; the tag stands for another commit than `commit`.
pub fn files(
    url: &str,
    tag: &str,
    commit: &str,
    folder: &Utf8Path,
    end: Instant,
) -> Result<Files, RemoteError> {
    let unmade = |why: String| RemoteError::Unanswered(format!("no temporary folder: {why}"));
    let place = tempfile::tempdir().map_err(|error| unmade(error.to_string()))?;
    let path = Utf8Path::from_path(place.path()).ok_or_else(|| unmade("no UTF-8".to_owned()))?;
    let run = |arguments: &[&str]| {
        let mut command = remote();
        command.current_dir(path).args(arguments);
        answer(command, end)
    };
    // Not bare: paths are read as from its folder. No template brings files of its own.
    run(&["init", "--quiet", "--template=", "."])?;
    run(&[
        "-c",
        "transfer.fsckObjects=true",
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--no-recurse-submodules",
        "--end-of-options",
        url,
        &format!("+refs/tags/{tag}:refs/tags/slgen"),
    ])?;
    let wrong = RemoteError::Wrong;
    let mut repository = Repository::discover(path).map_err(wrong)?;
    let found = repository.resolve("refs/tags/slgen").map_err(wrong)?;
    if found.to_string() != commit {
        return Err(RemoteError::Wrong(format!(
            "another commit for {tag} when it is asked again"
        )));
    }
    repository.files(&found, folder).map_err(wrong)
}

fn is_object(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn remote() -> Command {
    let mut command = Command::new("git");
    command
        .args(["--no-pager", "-c", "core.hooksPath=/dev/null"])
        // Hooks and helpers of other protocols are commands.
        .args(["-c", "protocol.allow=never"])
        .args(["-c", "protocol.https.allow=always"])
        .args(["-c", "protocol.ssh.allow=always"])
        .args(["-c", "protocol.file.allow=always"])
        // It would override the above.
        .env_remove("GIT_ALLOW_PROTOCOL")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "")
        .env("SSH_ASKPASS_REQUIRE", "never")
        .env("LC_ALL", "C")
        .current_dir(std::env::temp_dir());
    for variable in LOCAL {
        command.env_remove(variable);
    }
    command
}

/// What a command says, or that it did not end in time.
fn answer(mut command: Command, end: Instant) -> Result<String, RemoteError> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|e| {
        RemoteError::Unanswered(if e.kind() == std::io::ErrorKind::NotFound {
            "git was not found: install it, or put it on the PATH".to_owned()
        } else {
            format!("git could not be started: {e}")
        })
    })?;
    let out = child.stdout.take().map(read);
    let err = child.stderr.take().map(read);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < end => std::thread::sleep(LOOK),
            Ok(None) => {
                stop(&mut child);
                return Err(RemoteError::Unanswered("no answer in time".to_owned()));
            }
            Err(e) => return Err(RemoteError::Unanswered(e.to_string())),
        }
    };
    if !status.success() {
        let said = joined(err);
        let line = said.lines().find(|line| !line.trim().is_empty());
        return Err(RemoteError::Unanswered(printable(
            line.unwrap_or("git failed"),
        )));
    }
    Ok(joined(out))
}

fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn read(from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.take(LARGEST).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn joined(reader: Option<JoinHandle<String>>) -> String {
    reader.and_then(|r| r.join().ok()).unwrap_or_default()
}
