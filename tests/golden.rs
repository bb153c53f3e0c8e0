//! The reference's vectors.
