//! AWS policies: the evaluator and the new-access decision.
#![allow(clippy::needless_pass_by_value, reason = "json! gives values")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    clippy::print_stdout,
    reason = "the random test says how much it covered"
)]

mod access;
mod cases;
mod evaluate;
mod findings;
mod mutants;
mod properties;
