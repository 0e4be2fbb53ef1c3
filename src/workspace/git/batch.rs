//! A running `git cat-file` (git-cat-file(1), "Batch output").

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::Mode;

/// Requests that are written before the first answer is read: far below what a pipe holds.
const AHEAD: usize = 32;
/// Largest tree or commit; a tree of 20,000 entries has a megabyte.
const MAX_PLAIN: u64 = 8 << 20;
/// Longest line before a content: the request repeated, and a word.
const MAX_LINE: u64 = 16 << 10;
/// As much as a pipe holds.
const READ: usize = 64 << 10;

/// The process and its pipes.
#[derive(Debug)]
pub(super) struct Batch {
    child: Child,
    /// Taken when it ends.
    pipes: Option<(ChildStdin, BufReader<ChildStdout>)>,
    form: Form,
}

/// How git is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// It keeps its answers until it is told to send them: one write for many objects, in place of three for each.
    Commands,
    /// As git before 2.36 knows it.
    Names,
}

/// An object of the repository.
#[derive(Debug)]
pub(super) struct Object {
    /// Its full name.
    pub(super) name: String,
    /// `commit`, `tree`, `blob` or `tag`.
    pub(super) kind: String,
    /// Its bytes; `None` when there are too many.
    pub(super) content: Option<Vec<u8>>,
}

/// An entry of a tree.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) mode: Mode,
    pub(super) name: Vec<u8>,
    /// Full name of its object.
    pub(super) object: String,
}

impl Batch {
    /// Starts git, which says that it answers by what every repository has; `None` where it does not answer.
    pub(super) fn start(git: impl Fn() -> Command) -> io::Result<Option<Self>> {
        for form in [Form::Commands, Form::Names] {
            let mut batch = Self::spawn(git(), form)?;
            if batch.find("HEAD").is_ok() {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    pub(super) fn spawn(mut command: Command, form: Form) -> io::Result<Self> {
        let child = command.arg("cat-file").args(match form {
            Form::Commands => &["--batch-command", "--buffer"][..],
            Form::Names => &["--batch"],
        });
        let mut child = child
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Not read, so that it never fills: a failure is asked about anew.
            .stderr(Stdio::null())
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        Ok(Self {
            child,
            pipes: pipes.map(|(input, output)| (input, BufReader::with_capacity(READ, output))),
            form,
        })
    }

    /// Lets git end, as nothing more is asked.
    pub(super) fn close(&mut self) {
        self.pipes = None;
    }

    /// The object of one name (gitrevisions(7)); `None` when there is none.
    pub(super) fn find(&mut self, name: &str) -> io::Result<Option<Object>> {
        let mut found = self.all(&[name.to_owned()], MAX_PLAIN)?;
        Ok(found.pop().flatten())
    }

    /// The objects of some names, in their order. Contents beyond `most` bytes are not kept.
    pub(super) fn all(&mut self, names: &[String], most: u64) -> io::Result<Vec<Option<Object>>> {
        let (input, output) = self
            .pipes
            .as_mut()
            .ok_or_else(|| io::Error::from(ErrorKind::BrokenPipe))?;
        let mut objects = Vec::with_capacity(names.len());
        for names in names.chunks(AHEAD) {
            let mut request = String::new();
            for name in names {
                if self.form == Form::Commands {
                    request.push_str("contents ");
                }
                request.push_str(name);
                request.push('\n');
            }
            if self.form == Form::Commands {
                request.push_str("flush\n");
            }
            input.write_all(request.as_bytes())?;
            for _ in names {
                objects.push(answer(output, most)?);
            }
        }
        Ok(objects)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // It ends once its pipes are closed, whatever it was about to write.
        self.close();
        let _ = self.child.wait();
    }
}

fn answer(output: &mut impl BufRead, most: u64) -> io::Result<Option<Object>> {
    let mut line = Vec::new();
    output.take(MAX_LINE).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let Some((name, kind, size)) = header(&line) else {
        return Ok(None);
    };
    let kept = if kind == "blob" { most } else { MAX_PLAIN };
    let content = if size <= kept {
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        output.take(size).read_to_end(&mut content)?;
        if content.len() as u64 != size {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Some(content)
    } else {
        io::copy(&mut output.take(size), &mut io::sink())?;
        None
    };
    let mut end = [0];
    output.read_exact(&mut end)?;
    Ok(Some(Object {
        name,
        kind,
        content,
    }))
}

/// `<object> <type> <size>`; anything else (`… missing`, `… ambiguous`) is no object.
fn header(line: &[u8]) -> Option<(String, String, u64)> {
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split(' ');
    let (name, kind, size) = (words.next()?, words.next()?, words.next()?);
    let object = name.len() >= 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let known = ["commit", "tree", "blob", "tag"].contains(&kind);
    (object && known && words.next().is_none()).then_some(())?;
    Some((name.to_owned(), kind.to_owned(), size.parse().ok()?))
}

impl Object {
    /// Entries of a tree: mode, space, name, zero, object name in binary.
    pub(super) fn entries(&self) -> Option<Vec<Entry>> {
        let mut rest = self.content.as_deref()?;
        let length = self.name.len() / 2;
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let space = rest.iter().position(|b| *b == b' ')?;
            let zero = rest.iter().position(|b| *b == 0)?;
            let name = rest.get(space + 1..zero)?;
            let object = rest.get(zero + 1..zero + 1 + length)?;
            let mode = match rest.get(..space)? {
                b"40000" => Mode::Folder,
                b"120000" => Mode::Link,
                b"160000" => Mode::Submodule,
                _ => Mode::File,
            };
            // Git writes no such names; whoever writes objects by hand may.
            let plain = !name.is_empty() && name != b"." && name != b".." && !name.contains(&b'/');
            plain.then_some(())?;
            entries.push(Entry {
                mode,
                name: name.to_vec(),
                object: hex::encode(object),
            });
            rest = rest.get(zero + 1 + length..)?;
        }
        Some(entries)
    }
}
