//! The integration tests, one binary: each module is one subject.

mod cli;
mod files;
mod golden;
mod plans;
mod pty;
mod registry;
mod screen;
mod walls;
