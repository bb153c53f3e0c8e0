//! The studio in a real terminal.
