//! The full-screen terminal program.

pub mod editor;
pub mod picture;
