//! The shipped facts.
