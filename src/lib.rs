//! mlsysim-tui: a design studio for machine-learning systems.
//!
//! The map, lowest layer first. A module may use what stands above it in this list, never what
//! stands below (`tests/architecture.rs` holds the exact table):
//!
//! | module | what it is |
//! | --- | --- |
//! | [`yaml`] | text to a tree of values that know their place in the text |
//! | [`units`] | quantities of work, data, time, energy, money, carbon and tokens; how people write them |
//! | [`metrics`] | the table of metrics a report can carry: key, unit, meaning, which way is better |
//! | [`registry`] | sourced facts: accelerators, models, nodes, grids, prices |
//! | [`plan`] | the plan language: reading, diagnostics, schema, edits |
//! | [`engine`] | plan + registry to report; pure |
//! | [`files`] | reading and saving files, following a file that others change |
//! | [`render`] | reports as text, Markdown and HTML; the same story in each |
//! | [`search`] | walking a design space; fuzzy search |
//! | [`studio`] | the full-screen terminal program |
//! | [`mcp`] | the protocol server for agents |
//! | [`cli`] | the command line |

#![cfg_attr(test, allow(clippy::unwrap_used))]

// For `units` alone: the macros of uom call one another by bare name and are found no other way.
#[macro_use]
extern crate uom;

pub mod cli;
pub mod engine;
pub mod files;
pub mod mcp;
pub mod metrics;
pub mod net;
pub mod plan;
pub mod registry;
pub mod render;
pub mod search;
pub mod studio;
pub mod units;
pub mod yaml;
