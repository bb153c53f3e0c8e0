//! Resolver vectors.
