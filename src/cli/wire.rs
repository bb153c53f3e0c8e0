//! Interim.
#![allow(missing_docs, clippy::all, clippy::pedantic, dead_code)]
pub mod studio {
    use std::path::PathBuf;
    pub struct Options {
        pub plan: Option<PathBuf>,
        pub watch: bool,
        pub physics: Option<crate::registry::Physics>,
        pub theme: Option<String>,
        pub mono: bool,
        pub animation: bool,
        pub ascii: bool,
    }
    pub fn run(_options: Options) -> std::io::Result<()> {
        Err(std::io::Error::other("not here yet"))
    }
}
