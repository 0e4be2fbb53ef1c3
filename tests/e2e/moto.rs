//! A local AWS.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{ROOT, installed, text};

/// A local AWS for one account, ended when dropped.
pub(crate) struct Moto {
    server: Child,
    control: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    port: u16,
}

/// A copy of a local AWS with all that was in it, ended when dropped.
pub(crate) struct Copied<'a> {
    of: &'a Moto,
    port: u16,
}

impl Moto {
    /// Starts it on a free port.
    pub(crate) fn start(account: &str) -> Self {
        let port = free_port();
        let mut server = Command::new(installed("moto", "python"))
            .arg(Path::new(ROOT).join("scripts/moto-serve"))
            .arg(port.to_string())
            .env("MOTO_ACCOUNT_ID", account)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(server.stdout.take().unwrap());
        let control = Mutex::new((server.stdin.take().unwrap(), said));
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "moto did not start"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        Self {
            server,
            control,
            port,
        }
    }

    /// The same account as it is now, to be changed without changing this one.
    pub(crate) fn copied(&self) -> Copied<'_> {
        let port = free_port();
        let mut control = self.control.lock().unwrap();
        writeln!(control.0, "copy {port}").unwrap();
        let mut said = String::new();
        control.1.read_line(&mut said).unwrap();
        assert_eq!(said, "ready\n");
        Copied { of: self, port }
    }

    /// A command that talks to it.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        command(self.port, program, folder)
    }

    /// Runs `scripts/moto-prepare`.
    pub(crate) fn prepare(&self, folder: &Path, arguments: &[&str]) -> Value {
        let output = self
            .command(installed("moto", "python"), folder)
            .arg(Path::new(ROOT).join("scripts/moto-prepare"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Copied<'_> {
    /// A command that talks to it.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        command(self.port, program, folder)
    }
}

impl Drop for Copied<'_> {
    fn drop(&mut self) {
        if let Ok(mut control) = self.of.control.lock() {
            let _ = writeln!(control.0, "end {}", self.port);
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn command(port: u16, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-west-1")
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::null());
    command
}
