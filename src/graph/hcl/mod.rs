//! Reads Terraform code into a [`Graph`], for one environment.
//!
//! A root module is evaluated with the variables of that environment. What cannot be known before
//! apply stays in the graph as a symbol with canonical source text; nothing is dropped. Strings
//! made by `jsonencode` keep their structure (see [`Value::json`]).
//!
//! Not read, and an error where it would hide something: `module` blocks and `.tf.json` files.
//! Files whose name does not end in `.tf` are ignored.

mod blocks;
mod build;
mod calls;
mod eval;
mod format;
mod functions;
mod module;
mod operators;
mod references;
mod template;
mod types;
mod uses;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::Graph;
#[cfg(doc)]
use super::Value;

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

/// Stack of the thread that evaluates: expressions nest as deep as the limits allow, whatever
/// stack the caller has left.
const STACK: usize = 64 << 20;

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
    let failed = |message: String| {
        vec![ReadError {
            file: files.keys().next().cloned().unwrap_or_default(),
            line: 1,
            column: 1,
            message,
        }]
    };
    let outcome = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("read-hcl".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || build::graph(files, tfvars))
            .map(std::thread::ScopedJoinHandle::join)
    });
    match outcome {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(failed("internal error: the reader stopped".to_owned())),
        Err(e) => Err(failed(format!("the reader could not start: {e}"))),
    }
}
