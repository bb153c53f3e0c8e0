//! Entries squeezed by the build script and expanded when they are asked for.
//!
//! The texts of one section are much alike: the same keys, sources and dates. Each entry is written as what is new in
//! it and what stands in a dictionary of the section, or earlier in itself: a byte below 128 says how many bytes (less
//! one) follow as they are; one from 128 on says how many (less 128, plus [`LEAST`]) are to be copied, from how far
//! back in dictionary and text together (two bytes, little end first). Three quarters of a megabyte of the program are
//! saved by it, and an entry is expanded in microseconds, without touching the others.

/// A copy of fewer bytes would save nothing.
pub const LEAST: usize = 4;
/// Longest run of new bytes.
pub const RUN: usize = 128;

/// The text of an entry. Bytes that the build script did not write may give any text, never a panic.
pub fn expand(packed: &[u8], dictionary: &[u8]) -> Vec<u8> {
    // The dictionary is some fifty times as long as an entry: it is read where it is.
    let mut text = Vec::with_capacity(packed.len() * 6);
    let mut rest = packed;
    while let Some((&control, after)) = rest.split_first() {
        let control = usize::from(control);
        if control < RUN {
            let (new, after) = after.split_at((control + 1).min(after.len()));
            text.extend_from_slice(new);
            rest = after;
        } else {
            let Some(([low, high], after)) = after.split_first_chunk::<2>().map(|(two, rest)| (*two, rest))
            else {
                break;
            };
            let back = usize::from(u16::from_le_bytes([low, high])).max(1);
            let mut length = control - RUN + LEAST;
            if let Some(beyond) = back.checked_sub(text.len()) {
                let shared = &dictionary[dictionary.len().saturating_sub(beyond)..];
                let shared = &shared[..length.min(shared.len())];
                text.extend_from_slice(shared);
                length -= shared.len();
            }
            copy(&mut text, back, length);
            rest = after;
        }
    }
    text
}

/// Appends `length` bytes of what stands `back` bytes before the end; a copy may reach into itself.
fn copy(text: &mut Vec<u8>, back: usize, length: usize) {
    let from = text.len().saturating_sub(back);
    if from + length <= text.len() {
        text.extend_from_within(from..from + length);
    } else {
        for at in from..from + length {
            let byte = text.get(at).copied().unwrap_or_default();
            text.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_bytes_and_copies_make_the_text() {
        let packed = [1, b'a', b'b', 128, 3, 0, 129, 2, 0];
        assert_eq!(expand(&packed, b"xyz."), b"ab.ab.b.b.b");
    }

    #[test]
    fn a_copy_may_begin_in_the_dictionary_and_end_in_the_text() {
        assert_eq!(expand(&[0, b'a', 129, 3, 0], b"xyz"), b"ayzayz");
        assert_eq!(expand(&[130, 2, 0], b"xyz"), b"yzyzyz");
    }

    #[test]
    fn any_bytes_give_some_text() {
        for packed in [&[200][..], &[200, 255], &[200, 255, 255], &[127, 1], &[128, 0, 0]] {
            expand(packed, b"");
            expand(packed, b"dictionary");
        }
    }
}
