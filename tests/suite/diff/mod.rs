//! `slgen diff`: a corpus of changes with known directions, of rewrites that change nothing, its
//! outputs, and its command line.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints its figures"
)]

mod callers;
mod cli;
mod earlier;
mod evasions;
mod foreign;
mod formats;
mod gates;
mod hostile;
mod null;
mod policies;
mod ranks;
mod rows;
mod score;
mod secrets;
mod state;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use slgen::diff::{ChangeKind, Finding, Nature, Pairing, Question, Side, compare, fold};
use slgen::graph::{Graph, hcl};

use crate::example_files as example;
#[cfg(feature = "live")]
use crate::fake;
use crate::page;
use crate::validators;

/// Text by path.
type Files = BTreeMap<Utf8PathBuf, String>;

const PROVIDER: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}
"#;

/// One file, beside a provider block.
fn file(text: &str) -> Files {
    let text = if text.contains("provider \"aws\"") {
        text.to_owned()
    } else {
        format!("{PROVIDER}{text}")
    };
    BTreeMap::from([("main.tf".into(), text)])
}

/// The graph of one file beside a provider block.
fn graph(text: &str) -> Graph {
    hcl::read(&file(text), &[]).unwrap_or_else(|e| panic!("{e:?}\n{text}"))
}

/// Findings between two graphs of code.
fn between(before: &Graph, after: &Graph) -> Vec<Finding> {
    let side = |graph| Side {
        graph,
        nature: Nature::Code,
    };
    fold(compare(
        side(before),
        side(after),
        &Question {
            kind: ChangeKind::Pending,
            pairing: Pairing::Address,
            environment: "",
            complete: &|_| true,
        },
    ))
}

/// Findings between two texts.
fn diff(before: &str, after: &str) -> Vec<Finding> {
    let (old, new) = (graph(before), graph(after));
    // As `--base` reads them: nothing is taken over that has changed.
    let none: [&[(Utf8PathBuf, String)]; 1] = [&[]];
    let before_files = file(before);
    let second = || Some((&before_files, vec![Vec::new()]));
    let read = hcl::read_two((&file(after), &none), second);
    let alone = (vec![Ok(new.clone())], Some(vec![Ok(old.clone())]));
    assert!(read == alone, "{before}\n{after}");
    between(&old, &new)
}
