//! What the studio draws.
