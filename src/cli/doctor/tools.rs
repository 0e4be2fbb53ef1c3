//! The tools around slgen, asked for their version.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::io::{ErrorKind, Read as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

/// A tool that says nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of a tool.
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// Whether it applies what is generated.
    pub(super) applies: bool,
    /// Least version, and the first that is too new.
    range: ((u32, u32), (u32, u32)),
    found: Found,
}

enum Found {
    Missing,
    Silent,
    Unread,
    Version(String),
}

/// Looks for each on the path.
pub(super) fn look() -> Vec<Tool> {
    let any = ((0, 0), (u32::MAX, 0));
    let tools = [
        ("terraform", true, ((1, 11), (2, 0)), ["version", "-json"]),
        ("tofu", true, ((1, 10), (2, 0)), ["version", "-json"]),
        ("git", false, any, ["--version", ""]),
    ];
    let tools = tools.into_iter();
    tools
        .map(|(name, applies, range, arguments)| Tool {
            name,
            applies,
            range,
            found: ask(name, arguments),
        })
        .collect()
}

impl Tool {
    fn version(&self) -> Option<&str> {
        match &self.found {
            Found::Version(version) => Some(version),
            _ => None,
        }
    }

    pub(super) fn is_supported(&self) -> bool {
        let (least, beyond) = self.range;
        let version = self.version().and_then(numbers);
        version.is_some_and(|version| least <= version && version < beyond)
    }

    pub(super) fn text(&self) -> String {
        match &self.found {
            Found::Missing => "not found".to_owned(),
            Found::Silent => format!("no answer in {} seconds", PATIENCE.as_secs()),
            Found::Unread => "its version is not understood".to_owned(),
            Found::Version(version) if self.is_supported() => version.clone(),
            Found::Version(version) => {
                let (least, beyond) = self.range;
                format!(
                    "{version}, which is not supported: {}.{} to below {}.{} is",
                    least.0, least.1, beyond.0, beyond.1
                )
            }
        }
    }

    pub(super) fn data(&self) -> Value {
        let state = match self.found {
            Found::Missing => "missing",
            Found::Silent => "silent",
            Found::Unread => "not-understood",
            Found::Version(_) => "found",
        };
        json!({ "state": state, "version": self.version(), "supported": self.is_supported() })
    }
}

/// Runs a tool in a folder without any project, without the network check that Terraform makes
/// (Terraform documentation, "Upgrade and Security Bulletin Checks").
fn ask(name: &str, arguments: [&str; 2]) -> Found {
    let mut command = Command::new(name);
    command
        .args(
            arguments
                .into_iter()
                .filter(|argument| !argument.is_empty()),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env("CHECKPOINT_DISABLE", "1");
    for variable in ["TF_CLI_ARGS", "TF_CLI_ARGS_version", "TF_LOG"] {
        command.env_remove(variable);
    }
    let elsewhere = std::env::temp_dir();
    if elsewhere.is_dir() {
        command.current_dir(elsewhere);
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Found::Missing,
        Err(_) => return Found::Unread,
    };
    let (sender, answer) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut text = String::new();
            let read = output.take(64 * 1024).read_to_string(&mut text);
            let _ = sender.send(read.map(|_| text).unwrap_or_default());
        });
    }
    let answer = answer.recv_timeout(PATIENCE);
    let _ = child.kill();
    let _ = child.wait();
    match answer {
        Err(_) => Found::Silent,
        Ok(text) => version(&text).map_or(Found::Unread, Found::Version),
    }
}

/// `{"terraform_version": "1.11.4", …}`, or `git version 2.39.5`.
fn version(text: &str) -> Option<String> {
    let version = match serde_json::from_str::<Value>(text) {
        Ok(json) => json["terraform_version"].as_str()?.to_owned(),
        Err(_) => text.split_whitespace().nth(2)?.to_owned(),
    };
    numbers(&version)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    (version.len() <= 64 && version.chars().all(plain)).then_some(version)
}

/// Major and minor. A version before a release (`1.11.0-rc1`) counts as the release.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str, answer: &str) -> Tool {
        let mut tool = look().into_iter().find(|tool| tool.name == name).unwrap();
        tool.found = version(answer).map_or(Found::Unread, Found::Version);
        tool
    }

    #[test]
    fn versions_are_read_and_judged() {
        for (name, answer, text, supported) in [
            (
                "terraform",
                r#"{"terraform_version":"1.11.4"}"#,
                "1.11.4",
                true,
            ),
            (
                "terraform",
                r#"{"terraform_version":"1.10.9"}"#,
                "1.10.9, which is not",
                false,
            ),
            (
                "terraform",
                r#"{"terraform_version":"2.0.0"}"#,
                "2.0.0, which is not",
                false,
            ),
            (
                "terraform",
                r#"{"terraform_version":"1.12.0-rc1"}"#,
                "1.12.0-rc1",
                true,
            ),
            ("tofu", r#"{"terraform_version":"1.10.0"}"#, "1.10.0", true),
            (
                "tofu",
                r#"{"terraform_version":"1.9.1"}"#,
                "1.9.1, which is not",
                false,
            ),
            ("git", "git version 2.39.5\n", "2.39.5", true),
            ("git", "usage: git", "not understood", false),
            (
                "terraform",
                r#"{"terraform_version":"1.\u001b[2J"}"#,
                "not understood",
                false,
            ),
            ("terraform", "{}", "not understood", false),
        ] {
            let tool = tool(name, answer);
            assert!(tool.text().contains(text), "{answer}: {}", tool.text());
            assert_eq!(tool.is_supported(), supported, "{answer}");
        }
    }

    #[test]
    fn a_tool_that_is_not_there_is_missing() {
        assert!(matches!(
            ask("slgen-has-no-such-tool", ["--version", ""]),
            Found::Missing
        ));
    }
}
