//! JSON Schema of plans and of user registry entries, with registry names.
