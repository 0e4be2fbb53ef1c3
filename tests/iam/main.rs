//! AWS policies: the evaluator and the new-access decision.

mod access;
mod cases;
mod evaluate;
mod findings;
mod properties;
