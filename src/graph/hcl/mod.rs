//! Reads Terraform code into a [`Graph`], for one environment.
//!
//! A root module is evaluated with the variables of that environment. What cannot be known before
//! apply stays in the graph as a symbol with canonical source text; nothing is dropped. Strings
//! made by `jsonencode` keep their structure (see [`Value::json`]).
//!
//! Generated code is read strictly ([`read`]): `module` blocks, `.tf.json` files and what the
//! provider does not have are errors. Other people's is read as far as it goes
//! ([`read_foreign`]): local modules, JSON syntax and override files too, and what cannot be read is
//! listed.
//! Files whose name does not end in `.tf` are ignored.

mod again;
mod blocks;
mod build;
mod calls;
mod comprehension;
mod declared;
mod document;
mod eval;
mod expansion;
mod foreign;
mod functions;
mod module;
mod operators;
mod overrides;
mod read;
mod references;
mod resource;
mod split;
mod syntax;
mod template;
mod tree;
mod types;
mod uses;
mod written;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::thread::{Scope, ScopedJoinHandle};

use camino::{Utf8Path, Utf8PathBuf};
pub use written::{Written, is_override, written};

#[cfg(doc)]
use super::Value;
use super::{Graph, NotRead};
use crate::threads::joined;

/// Why code could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadError {
    /// File as given.
    pub file: Utf8PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
        } = self;
        write!(f, "{file}:{line}:{column}: {message}")
    }
}

impl std::error::Error for ReadError {}

/// Reads the `.tf` files of one root module with the given variable files (HCL, or JSON where the
/// name ends in `.json`; later ones win).
///
/// # Errors
/// Everything wrong that was found, sorted by place: syntax, unknown blocks, attributes that the
/// provider does not have, references to what is not declared, expressions that fail.
pub fn read(
    files: &BTreeMap<Utf8PathBuf, String>,
    tfvars: &[(Utf8PathBuf, String)],
) -> Result<Graph, Vec<ReadError>> {
    let mut graphs = read_each(files, &[tfvars]).into_iter();
    graphs.next().unwrap_or_else(|| Ok(Graph::default()))
}

/// Reads one root module with each of several sets of variable files, see [`read`]; what does not
/// depend on them is done once.
pub fn read_each(
    files: &BTreeMap<Utf8PathBuf, String>,
    environments: &[&[(Utf8PathBuf, String)]],
) -> Vec<Result<Graph, Vec<ReadError>>> {
    reading(|| read::graphs(files, environments))
        .unwrap_or_else(|message| stopped(files, &message, environments.len()))
}

thread_local! {
    /// Whether this thread has the stack for reading.
    static ROOMY: Cell<bool> = const { Cell::new(false) };
}

/// Does some work on a thread that has the stack for reading: what it reads needs no further thread.
pub fn roomy<T: Send>(work: &(dyn Fn() -> T + Sync)) -> T {
    let done = std::thread::scope(|scope| spawn(scope, work).map(joined));
    // Where there is none to be had.
    done.unwrap_or_else(|_| work())
}

/// Does the reading where there is the stack for it.
fn reading<T: Send>(read: impl FnOnce() -> T + Send) -> Result<T, String> {
    let stopped = |_| "internal error: the reader stopped".to_owned();
    if ROOMY.get() {
        return std::panic::catch_unwind(AssertUnwindSafe(read)).map_err(stopped);
    }
    std::thread::scope(|scope| {
        let reader = spawn(scope, read).map_err(|e| format!("the reader could not start: {e}"))?;
        reader.join().map_err(stopped)
    })
}

/// What is said where nothing was read.
fn stopped(files: &BTreeMap<Utf8PathBuf, String>, message: &str, environments: usize) -> Graphs {
    let error = ReadError {
        file: files.keys().next().cloned().unwrap_or_default(),
        line: 1,
        column: 1,
        message: message.to_owned(),
    };
    vec![Err(vec![error]); environments]
}

/// The files of a root module, and sets of variable files.
pub type Version<'a> = (
    &'a BTreeMap<Utf8PathBuf, String>,
    &'a [&'a [(Utf8PathBuf, String)]],
);

/// What is read with each set of variable files.
pub type Graphs = Vec<Result<Graph, Vec<ReadError>>>;

/// The same of a version that is still being read when the first is evaluated.
pub type Later<'a> = (
    &'a BTreeMap<Utf8PathBuf, String>,
    Vec<Vec<(Utf8PathBuf, String)>>,
);

/// Reads two versions of a root module as [`read_each`] reads each, with as many sets of variable files in the same
/// order. What is written in the second as in the first, and leads to nothing that is not, is read once. `second` is
/// asked when the first has been read; what it does not give is not read.
pub fn read_two<'a>(
    first: Version<'_>,
    second: impl FnOnce() -> Option<Later<'a>> + Send,
) -> (Graphs, Option<Graphs>) {
    reading(|| again::two(first, second))
        .unwrap_or_else(|message| (stopped(first.0, &message, first.1.len()), None))
}

/// Reads other people's Terraform: the root module in the folder `root` of `files`, and the local
/// modules (`./x`, `../x`) that it leads to, wherever they are among `files`. Values come from
/// `terraform.tfvars` and `*.auto.tfvars` in that folder, then from `tfvars`.
///
/// Nothing is an error: what cannot be evaluated is a symbol, what cannot be read (a remote
/// module, a file with a syntax error) is listed in [`Graph::not_read`]; files and folders that code
/// names and that are not among `files` in [`Graph::missing`].
pub fn read_foreign(
    files: &BTreeMap<Utf8PathBuf, String>,
    root: &Utf8Path,
    tfvars: &[(Utf8PathBuf, String)],
) -> Graph {
    reading(|| read::foreign(files, root, tfvars)).unwrap_or_else(|why| Graph {
        not_read: vec![NotRead {
            what: root.as_str().to_owned(),
            why,
            location: None,
            call: None,
        }],
        ..Graph::default()
    })
}

/// Stack of a thread that evaluates: expressions nest as deep as the limits allow, whatever stack
/// the caller has left.
const STACK: usize = 64 << 20;

fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> std::io::Result<ScopedJoinHandle<'scope, T>> {
    std::thread::Builder::new()
        .name("slgen".to_owned())
        .stack_size(STACK)
        .spawn_scoped(scope, move || {
            ROOMY.set(true);
            work()
        })
}
