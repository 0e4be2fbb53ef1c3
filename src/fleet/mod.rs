//! Many services at once: what a report says of them. Who reads them and judges is the command.

pub mod impact;
