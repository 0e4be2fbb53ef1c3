//! AWS policies: the evaluator and the new-access decision.

mod cases;
mod evaluate;
