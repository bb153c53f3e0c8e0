//! Behaviour of the whole editor.
