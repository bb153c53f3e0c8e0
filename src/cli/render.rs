//! Reports for reading. [`document`] decides what is said and in which order; the printers only
//! decide how it looks, so that text, Markdown and HTML never tell different stories.

pub mod document;
pub mod html;
pub mod markdown;
pub mod numbers;
pub mod text;
