//! Many services at once.
