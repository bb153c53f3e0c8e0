//! Reports for reading. [`document`] decides what is said and in which order; the printers only
//! decide how it looks, so that text, Markdown and HTML never tell different stories.

// As in `cli`: pushing a formatted line reads better than a `write!` whose result is nothing.
#![allow(clippy::format_push_string)]

pub mod comparison;
pub mod derivation;
pub mod diff;
pub mod division;
pub mod document;
pub mod facts;
pub mod html;
pub mod markdown;
pub mod numbers;
pub mod paint;
pub mod plots;
pub mod safe;
pub mod text;
pub mod told;
