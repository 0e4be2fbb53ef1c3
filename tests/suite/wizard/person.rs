//! Someone at a terminal of 24 lines and 80 columns.

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use slgen::wizard::{Form, Kind};

pub(crate) const ESC: &str = "\u{1b}";
pub(crate) const CTRL_C: &str = "\u{3}";
pub(crate) const CTRL_D: &str = "\u{4}";

/// What never comes has not come by then.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Person {
    terminal: Arc<Mutex<vt100::Parser>>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    /// The terminal is there as long as this is.
    _master: Box<dyn MasterPty + Send>,
}

impl Person {
    pub(crate) fn starts(folder: &Path, arguments: &[&str]) -> Self {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_slgen"));
        command.args(arguments);
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        command.env_remove("CI");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let terminal = Arc::new(Mutex::new(vt100::Parser::new(24, 80, 0)));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let screen = Arc::clone(&terminal);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                screen.lock().unwrap().process(&buffer[..count]);
            }
        });
        Self {
            terminal,
            keyboard: pair.master.take_writer().unwrap(),
            child,
            _master: pair.master,
        }
    }

    pub(crate) fn screen(&self) -> String {
        self.terminal.lock().unwrap().screen().contents()
    }

    /// Waits for a text, wherever its lines are broken.
    pub(crate) fn sees(&self, text: &str) {
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        let wanted = bare(text);
        let start = Instant::now();
        while !bare(&self.screen()).contains(&wanted) {
            assert!(
                start.elapsed() < PATIENCE,
                "{text:?} is not on\n{}",
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for a question: its help is on the screen only as long as it is open.
    pub(crate) fn is_asked(&self, form: &Form, id: &str) {
        let question = form.question(id).unwrap();
        self.sees(&format!("{}?", question.text));
        if question.kind == Kind::Many {
            self.sees("space takes or leaves one");
        } else {
            self.sees(&format!("[{}]", question.help));
        }
    }

    pub(crate) fn answers(&mut self, form: &Form, answers: &[(&str, &str)]) {
        for (id, text) in answers {
            self.is_asked(form, id);
            self.presses(text);
            self.presses("\r");
        }
    }

    pub(crate) fn presses(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for the end; gives the exit status.
    pub(crate) fn leaves(mut self) -> u32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            if start.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("it goes on:\n{}", self.screen());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
