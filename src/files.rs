//! Files: reading with clear refusals, atomic saving, following a file that other programs change.
//!
//! | part | what it does |
//! | --- | --- |
//! | [`load`](mod@load) | a plan from the disk, or one sentence why not |
//! | [`save`](mod@save) | the text to the disk, whole or not at all |
//! | [`watch`](mod@watch) | says when another program changed a file |
//! | [`places`] | the user's own directories and what is in them |
//! | [`recovery`] | the copy that a crash leaves |
//! | [`proposals`] | changes that an agent proposes to a plan that is open |

pub mod git;
pub mod load;
pub mod places;
pub mod proposals;
pub mod recovery;
pub mod save;
pub mod watch;

use std::io;

pub use git::committed;
pub use load::{FileError, Loaded, MAX_BYTES, load};
pub use places::{PlanFiles, cache_dir, config_dir, state_dir, themes_dir, user_registry_files};
pub use recovery::{discard_recovery, find_recovery, write_recovery};
pub use save::{SaveError, Stream, save};
pub use watch::{DiskChange, Watch, watch, watch_dirs};

/// A number that tells texts apart; the same on every machine and in every version (FNV-1a).
pub fn content_hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// An operating system's error as the end of a sentence.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::QuotaExceeded => "your disk quota is used up".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text);
            let mut chars = text.chars();
            chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
        }
    }
}
