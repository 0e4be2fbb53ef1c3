//! Writing below the project: all files or none, nothing of the user's lost.
//!
//! `<out>/.slgen.json` records what was generated, with checksums; it is written last. A file that
//! slgen did not write, or that was edited since, is never overwritten without `force`, which keeps
//! a copy. A run that is interrupted leaves a journal, which the next one completes.
//!
//! One generated file stands outside `out`: the workflow, where GitHub looks for it. Its path leads there by `../`. Manifest and
//! lock file are written together with the tree where a command changes both.

mod assess;
mod disk;
mod fresh;
pub mod git;
mod journal;
mod lock;
mod paths;
mod record;
mod single;

pub use assess::{Action, Assessment, assess, assess_merged, complete, differs, stay};
pub use fresh::{add, add_and, free};
pub use paths::{Site, WORKFLOWS, repository_of, shown, site};
pub use single::{content, place, put, put_by, replace, replace_at};

#[cfg(test)]
mod tests;
