//! The integration tests, one binary: each module is one subject.
#![allow(clippy::unwrap_used)]

mod cli;
mod defects;
mod dependencies;
mod explore;
mod faults;
mod files;
mod fuzzing;
mod gallery;
mod golden;
mod guidance;
mod keysets;
mod loads;
mod mcp;
mod net;
mod pictures;
mod plans;
mod properties;
mod pty;
mod readings;
mod registry;
mod screen;
mod shell;
mod studio_vectors;
mod validation;
mod views;
mod walls;
